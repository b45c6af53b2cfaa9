//! The filters of the contact search: which fields know which operators, and whether a contact meets one.
//!
//! A filter is `{field, operator, value}` or `{group: AND|OR, filters: […]}`.

use std::cmp::Ordering;

use serde_json::Value;

use crate::data::Record;

const EQUAL: &[&str] = &["eq", "not_eq", "exists", "not_exists"];
const TEXT: &[&str] = &["eq", "not_eq", "exists", "not_exists", "contains", "not_contains"];
const RANGE: &[&str] = &["range", "exists", "not_exists"];
const ALL: &[&str] = &["eq", "not_eq", "exists", "not_exists", "contains", "not_contains", "range"];

/// The operators that a field knows; `None` for an unknown field.
fn operators(field: &str) -> Option<&'static [&'static str]> {
    Some(match field {
        "id" => &["eq", "not_eq"],
        "contactName" | "assignedTo" | "country" | "dnd" | "email" | "followers" | "isValidWhatsapp"
        | "timezone" | "type" | "validEmail" | "website" | "activeWorkflows" | "finishedWorkflows" => EQUAL,
        "address" | "businessName" | "city" | "companyName" | "firstNameLowerCase" | "lastNameLowerCase"
        | "phone" | "postalCode" | "source" | "state" | "tags" => TEXT,
        "dateAdded"
        | "dateUpdated"
        | "dateOfBirth"
        | "lastEmailClickedDate"
        | "lastEmailOpenedDate"
        | "lastAppointment" => RANGE,
        "opportunities" => &["nested"],
        _ if field.starts_with("customFields.") => ALL,
        _ => return None,
    })
}

/// What is wrong with a filter, at every depth.
pub(crate) fn violations(filter: &Value) -> Vec<String> {
    let text = |name: &str| filter.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(inner) = filter.get("filters") {
        let mut wrong: Vec<String> = inner.as_array().into_iter().flatten().flat_map(violations).collect();
        if !["AND", "OR"].contains(&text("group")) {
            wrong.push("filters.group must be one of the following values: AND, OR".to_owned());
        }
        return wrong;
    }
    let (field, operator) = (text("field"), text("operator"));
    let Some(known) = operators(field) else {
        return vec![format!("filters.field {field} is not supported")];
    };
    if !known.contains(&operator) {
        return vec![format!(
            "filters.operator {operator} is not supported for {field}; use {}",
            known.join(", ")
        )];
    }
    let value = filter.get("value");
    match operator {
        "exists" | "not_exists" => Vec::new(),
        "range" if !value.is_some_and(Value::is_object) => {
            vec![format!("filters.value of {field} must be an object")]
        }
        "range" | "nested" => Vec::new(),
        _ if value.is_none_or(Value::is_null) => {
            vec![format!("filters.value of {field} should not be empty")]
        }
        _ if value.and_then(Value::as_str).is_some_and(|text| text.chars().count() > 75) => {
            vec![format!("filters.value of {field} must be shorter than or equal to 75 characters")]
        }
        _ => Vec::new(),
    }
}

/// Whether the contact meets the filter.
pub(crate) fn meets(document: &Record, filter: &Value) -> bool {
    if let Some(inner) = filter.get("filters").and_then(Value::as_array) {
        return if filter["group"] == "OR" {
            inner.iter().any(|filter| meets(document, filter))
        } else {
            inner.iter().all(|filter| meets(document, filter))
        };
    }
    let field = filter["field"].as_str().unwrap_or_default();
    if filter["operator"] == "nested" {
        let inner = filter["value"].as_array().map_or(&[][..], Vec::as_slice);
        let owned = document.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        return owned.iter().filter_map(Value::as_object).any(|one| {
            inner.iter().all(|filter| {
                let name = filter["field"].as_str().unwrap_or_default();
                let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
                holds(one.get(name), filter)
            })
        });
    }
    holds(value_of(document, field).as_ref(), filter)
}

fn value_of(document: &Record, field: &str) -> Option<Value> {
    let Some(id) = field.strip_prefix("customFields.") else { return document.get(field).cloned() };
    let id = id.split('.').next().unwrap_or(id);
    let items = document.get("customFields")?.as_array()?;
    items.iter().find(|item| item["id"] == id)?.get("value").cloned()
}

fn holds(actual: Option<&Value>, filter: &Value) -> bool {
    let wanted = &filter["value"];
    let actual = actual.filter(|value| !value.is_null() && value.as_str() != Some(""));
    let there = actual.is_some_and(|value| value.as_array().is_none_or(|items| !items.is_empty()));
    let each = |holds: &dyn Fn(&Value) -> bool| {
        actual.is_some_and(|value| {
            value.as_array().map_or_else(|| holds(value), |items| items.iter().any(holds))
        })
    };
    let equal = || {
        let one_of = wanted.as_array();
        each(&|value| {
            one_of.map_or_else(|| same(value, wanted), |list| list.iter().any(|one| same(value, one)))
        })
    };
    let contains = || {
        let part = plain(wanted);
        each(&|value| plain(value).contains(&part))
    };
    match filter["operator"].as_str().unwrap_or_default() {
        "eq" => equal(),
        "not_eq" => !equal(),
        "contains" => contains(),
        "not_contains" => !contains(),
        "exists" => there,
        "not_exists" => !there,
        "range" => each(&|value| within(value, wanted)),
        _ => false,
    }
}

/// The lower-case letters of a plain value.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

fn same(a: &Value, b: &Value) -> bool {
    plain(a) == plain(b)
        || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a.total_cmp(&b) == Ordering::Equal)
}

fn within(value: &Value, bounds: &Value) -> bool {
    bounds.as_object().into_iter().flatten().all(|(name, bound)| {
        let order = compare(value, bound);
        match name.as_str() {
            "gt" => order == Ordering::Greater,
            "gte" => order != Ordering::Less,
            "lt" => order == Ordering::Less,
            "lte" => order != Ordering::Greater,
            _ => false,
        }
    })
}

/// Orders two values: numbers and instants by size, the rest by letters; nothing comes before something.
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => match (a.is_null(), b.is_null()) {
            (false, false) => plain(a).cmp(&plain(b)).then_with(|| a.to_string().cmp(&b.to_string())),
            (a, b) => b.cmp(&a),
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| {
        let text = value.as_str()?;
        text.parse().ok().or_else(|| crate::clock::read(text).map(|at| at.as_millisecond() as f64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Record {
        let json = json!({
            "tags": ["customer", "vip"], "city": "Leeds", "dnd": false, "dateAdded": "2026-01-05T10:00:00.000Z",
            "customFields": [{"id": "score", "value": 61}], "followers": [],
            "opportunities": [{"pipelineId": "p", "status": "won"}, {"pipelineId": "q", "status": "open"}],
        });
        json.as_object().unwrap().clone()
    }

    #[test]
    fn each_operator_does_as_it_says() {
        for (field, operator, value, wanted) in [
            ("tags", "eq", json!("VIP"), true),
            ("tags", "contains", json!("custom"), true),
            ("tags", "not_contains", json!("custom"), false),
            ("city", "not_eq", json!("York"), true),
            ("dnd", "eq", json!(false), true),
            ("followers", "exists", json!(null), false),
            ("email", "not_exists", json!(null), true),
            ("dateAdded", "range", json!({"gte": "2026-01-05", "lt": "2026-01-06T00:00:00Z"}), true),
            ("dateAdded", "range", json!({"gt": 1_800_000_000_000_i64}), false),
            ("customFields.score", "range", json!({"gt": 60}), true),
            ("customFields.score", "eq", json!(61), true),
            ("customFields.other", "exists", json!(null), false),
            (
                "opportunities",
                "nested",
                json!([
                    {"field": "pipelineId", "operator": "eq", "value": "p"},
                    {"field": "opportunities.status", "operator": "eq", "value": "open"},
                ]),
                false,
            ),
        ] {
            let filter = json!({"field": field, "operator": operator, "value": value});
            assert!(violations(&filter).is_empty(), "{filter}");
            assert_eq!(meets(&document(), &filter), wanted, "{filter}");
        }
    }

    #[test]
    fn groups_nest_and_mistakes_are_found_at_every_depth() {
        let leeds = json!({"field": "city", "operator": "eq", "value": "Leeds"});
        let york = json!({"field": "city", "operator": "eq", "value": "York"});
        assert!(meets(&document(), &json!({"group": "OR", "filters": [york, leeds]})));
        assert!(!meets(&document(), &json!({"group": "AND", "filters": [york, leeds]})));
        let wrong = json!({"group": "XOR", "filters": [
            {"field": "shoeSize", "operator": "eq", "value": 1},
            {"field": "email", "operator": "contains", "value": "a"},
            {"field": "city", "operator": "eq"},
        ]});
        assert_eq!(violations(&wrong).len(), 4);
    }

    proptest::proptest! {
        #[test]
        fn a_filter_and_its_opposite_never_agree(word in "[a-zA-Z ]{1,8}") {
            for (is, is_not) in [("eq", "not_eq"), ("contains", "not_contains"), ("exists", "not_exists")] {
                let of = |operator| json!({"field": "city", "operator": operator, "value": word});
                assert_ne!(meets(&document(), &of(is)), meets(&document(), &of(is_not)));
            }
        }
    }
}
