//! Dotted paths into JSON: `meta.startAfterId`, `contacts.0.id`. They find one thing or nothing; no wildcards.

use serde_json::Value;

/// What a dotted path finds in a value; the empty path is the value itself. A number steps into a list. A key that
/// holds dots itself cannot be reached.
pub fn dotted<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, part| match value {
        Value::Object(members) => members.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value as people would write it in a sentence or an address: texts bare, lists with commas, no null.
pub fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(plain_text).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{dotted, plain_text};

    #[test]
    fn steps_into_objects_and_lists() {
        let value = json!({"meta": {"next": null, "ids": ["a", "b"]}, "7": "seven"});
        for (path, found) in [
            ("", Some(value.clone())),
            ("meta.next", Some(json!(null))),
            ("meta.ids.1", Some(json!("b"))),
            ("7", Some(json!("seven"))),
            ("meta.ids.2", None),
            ("meta.ids.x", None),
            ("meta.next.id", None),
            ("other", None),
        ] {
            assert_eq!(dotted(&value, path), found.as_ref(), "{path}");
        }
    }

    #[test]
    fn writes_values_as_people_do() {
        assert_eq!(plain_text(&json!(["a", 2, null, true])).as_deref(), Some("a, 2, true"));
        assert_eq!(plain_text(&json!("a b")).as_deref(), Some("a b"));
        assert_eq!(plain_text(&json!(null)), None);
    }
}
