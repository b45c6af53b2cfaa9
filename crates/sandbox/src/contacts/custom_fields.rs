//! Custom field values: written by id or key as `field_value` or `fieldValue`, shown as `{id, value}` only.
//!
//! A field that the location does not define is dropped without a word, as is reported of the real service
//! (facts 8, rows 1 and 21); that is why clients look the ids up first.

use serde_json::{Number, Value, json};

use crate::data::{Record, Table, text};

/// The definition of a field, by id, by key (`contact.lead_score`), or by a contact key's last part (`lead_score`).
pub(crate) fn definition<'a>(definitions: &'a Table, id_or_key: &str) -> Option<&'a Record> {
    let id_or_key = id_or_key.trim().trim_matches(['{', '}']).trim();
    if let Some(found) = definitions.get(id_or_key) {
        return found.as_object();
    }
    definitions.values().filter_map(Value::as_object).find(|field| {
        let key = text(field, "fieldKey");
        key == id_or_key || key.strip_prefix("contact.") == Some(id_or_key)
    })
}

/// Sets one value; a blank one takes it away.
pub(crate) fn set(values: &mut Vec<Value>, definition: &Record, value: &Value) {
    let id = text(definition, "id");
    let value = fit(text(definition, "dataType"), value);
    let blank = value.is_null() || value.as_str().is_some_and(str::is_empty);
    let place = values.iter().position(|item| item["id"] == id);
    match (place, blank) {
        (Some(place), true) => drop(values.remove(place)),
        (Some(place), false) => values[place]["value"] = value,
        (None, true) => {}
        (None, false) => values.push(json!({"id": id, "value": value})),
    }
}

/// Merges a body's items into a contact's values; the answer is the list of violations.
pub(crate) fn merge(values: &mut Vec<Value>, items: &[Value], definitions: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(item) = item.as_object() else {
            wrong.push(format!("customFields.{index} must be an object"));
            continue;
        };
        let before = wrong.len();
        for key in item.keys() {
            if !["id", "key", "field_value", "fieldValue"].contains(&key.as_str()) {
                wrong.push(format!("customFields.{index}.property {key} should not exist"));
            }
        }
        let name = [text(item, "id"), text(item, "key")].into_iter().find(|name| !name.is_empty());
        let Some(name) = name else {
            wrong.push(format!("customFields.{index}.id must be a string"));
            continue;
        };
        let value = item.get("field_value").or_else(|| item.get("fieldValue"));
        if let (true, Some(definition), Some(value)) =
            (wrong.len() == before, definition(definitions, name), value)
        {
            set(values, definition, value);
        }
    }
    wrong
}

/// Numbers are numbers and choices are lists, whichever way they were written.
fn fit(kind: &str, value: &Value) -> Value {
    match (kind, value) {
        ("NUMERICAL" | "MONETORY", Value::String(written)) => {
            let written = written.trim();
            let whole = written.parse::<i64>().ok().map(Number::from);
            let number = whole.or_else(|| written.parse().ok().and_then(Number::from_f64));
            number.map_or_else(|| value.clone(), Value::Number)
        }
        ("CHECKBOX" | "MULTIPLE_OPTIONS", Value::String(one)) if !one.is_empty() => json!([one]),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Data;

    #[test]
    fn both_spellings_and_both_names_are_taken_and_the_rest_stays() {
        let data = Data::sample();
        let mut values = vec![json!({"id": "fieldLeadSource00001", "value": "Phone"})];
        let items = [
            json!({"key": "contact.lead_score", "field_value": "81"}),
            json!({"id": "fieldServicesWanted1", "fieldValue": "Design"}),
            json!({"key": "no_such_field", "field_value": "x"}),
        ];
        assert!(merge(&mut values, &items, &data.custom_fields).is_empty());
        assert_eq!(
            Value::from(values.clone()),
            json!([
                {"id": "fieldLeadSource00001", "value": "Phone"},
                {"id": "fieldLeadScore000001", "value": 81},
                {"id": "fieldServicesWanted1", "value": ["Design"]},
            ])
        );
        let gone = [json!({"key": "lead_source", "field_value": null})];
        merge(&mut values, &gone, &data.custom_fields);
        assert_eq!(values.len(), 2);
        let wrong = merge(&mut values, &[json!({"value": 1}), json!("x")], &data.custom_fields);
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }
}
