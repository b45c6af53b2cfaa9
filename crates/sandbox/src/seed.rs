//! Completes the records of a data file: ids, dates, relative moments, tags, custom fields by key.
//!
//! It accepts what a person would write by hand and says which record does not fit. It never invents content.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    clock,
    contacts::{custom_fields, fields},
    data::{Data, DataError, Record, find, text},
    ids,
};

/// Turns every text that is a relative moment (`now-3d`) into its instant.
pub(crate) fn resolve_moments(value: &mut Value, now: Timestamp) {
    match value {
        Value::String(text) => {
            if let Some(at) = clock::relative(text, now) {
                *text = clock::iso(at);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve_moments(item, now)),
        Value::Object(map) => map.values_mut().for_each(|item| resolve_moments(item, now)),
        _ => {}
    }
}

/// One record of the collection `kind`, with an id, its location and its dates.
pub(crate) fn record(kind: &str, value: Value, location_id: &str, now: Timestamp) -> Option<Record> {
    let mut record = match value {
        Value::Object(record) => record,
        Value::String(name) if kind == "tags" => json!({"name": name}).as_object()?.clone(),
        _ => return None,
    };
    let id = record.shift_remove("id").filter(Value::is_string).unwrap_or_else(|| ids::record().into());
    record.shift_insert(0, "id".to_owned(), id);
    if !matches!(kind, "tasks" | "notes" | "users") {
        record.entry("locationId").or_insert_with(|| location_id.into());
    }
    let at = clock::iso(now);
    let dates: &[&str] = match kind {
        "contacts" | "appointments" => &["dateAdded", "dateUpdated"],
        "tasks" | "notes" | "messages" => &["dateAdded"],
        "opportunities" => &["createdAt", "updatedAt"],
        _ => &[],
    };
    for (index, name) in dates.iter().enumerate() {
        let fallback = if index == 0 { at.clone() } else { text(&record, dates[0]).to_owned() };
        record.entry(*name).or_insert_with(|| fallback.into());
    }
    Some(record)
}

/// What can only be done once all collections are there: contacts' fields and the links between records.
pub(crate) fn finish(data: &mut Data) -> Result<(), DataError> {
    let ids: Vec<String> = data.contacts.keys().cloned().collect();
    for id in ids {
        let Some(mut contact) = find(&data.contacts, &id).cloned() else { continue };
        complete_contact(data, &mut contact)
            .map_err(|problem| DataError(format!("contact {id}: {problem}")))?;
        let tags = crate::request::texts(contact.get("tags"));
        data.contacts.insert(id, Value::Object(contact));
        data.learn_tags(&tags);
    }
    for task in data.tasks.values_mut().filter_map(Value::as_object_mut) {
        task.entry("completed").or_insert(Value::Bool(false));
    }
    for (kind, table) in [
        ("tasks", &data.tasks),
        ("notes", &data.notes),
        ("appointments", &data.appointments),
        ("opportunities", &data.opportunities),
    ] {
        for record in table.values().filter_map(Value::as_object) {
            let contact = text(record, "contactId");
            if !data.contacts.contains_key(contact) {
                return Err(DataError(format!(
                    "{} of `{kind}` belongs to the contact `{contact}`, which is not among the contacts",
                    text(record, "id")
                )));
            }
        }
    }
    Ok(())
}

fn complete_contact(data: &Data, contact: &mut Record) -> Result<(), String> {
    let tags = fields::clean_tags(&crate::request::texts(contact.get("tags")));
    contact.insert("tags".to_owned(), tags.into());
    contact.entry("dnd").or_insert(Value::Bool(false));
    contact.entry("type").or_insert_with(|| "lead".into());
    contact.entry("followers").or_insert_with(|| json!([]));
    fields::complete_name(contact);
    let items: Vec<(String, Value)> = match contact.shift_remove("customFields") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(by_key)) => by_key.into_iter().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(item).collect(),
        Some(_) => return Err("`customFields` is neither a list nor an object".to_owned()),
    };
    let mut values = Vec::new();
    for (key, value) in items {
        let definition = custom_fields::definition(&data.custom_fields, &key)
            .ok_or_else(|| format!("the custom field `{key}` is not defined in `customFields`"))?;
        custom_fields::set(&mut values, definition, &value);
    }
    contact.insert("customFields".to_owned(), values.into());
    Ok(())
}

fn item(item: &Value) -> Option<(String, Value)> {
    let key = item.get("id").or_else(|| item.get("key"))?.as_str()?.to_owned();
    let value = ["value", "field_value", "fieldValue"].iter().find_map(|name| item.get(*name))?;
    Some((key, value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        clock::read("2026-01-10T00:00:00Z").unwrap()
    }

    #[test]
    fn a_hand_written_file_is_completed() {
        let file = json!({"contacts": [{
            "firstName": "Ona", "lastName": "Pell", "tags": ["VIP", "vip"], "dateAdded": "now-3d",
            "customFields": {"lead_score": "71"},
        }]});
        let data = Data::from_json_at(&file, now()).unwrap();
        let contact = data.contacts.values().next().unwrap();
        assert_eq!(contact["tags"], json!(["vip"]));
        assert_eq!(contact["dateAdded"], "2026-01-07T00:00:00.000Z");
        assert_eq!(contact["customFields"][0]["value"], 71);
        assert_eq!(contact["id"].as_str().map(str::len), Some(20));
        assert!(data.tasks.is_empty() && !data.users.is_empty(), "dictionaries are kept, records are not");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (file, part) in [
            (json!([]), "no JSON object"),
            (json!({"people": []}), "`people` is unknown"),
            (json!({"contacts": {}}), "`contacts` is no list"),
            (json!({"contacts": [1]}), "record 1 of `contacts`"),
            (json!({"contacts": [{"customFields": {"shoe": 1}}]}), "custom field `shoe`"),
            (json!({"tasks": [{"title": "x", "contactId": "nobody"}]}), "contact `nobody`"),
            (json!({"contacts": [{"id": "a"}, {"id": "a"}]}), "id a twice"),
        ] {
            let message = Data::from_json_at(&file, now()).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn what_is_told_can_be_read_back() {
        let sample = Data::sample_at(now());
        assert_eq!(Data::from_json_at(&sample.to_json(), now()).unwrap(), sample);
    }
}
