//! Values on one line, for messages: as they would be written in a test.

use serde_json::Value;

/// Longer texts are cut, in characters.
const LONGEST: usize = 160;

/// A value as one would write it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let flat = text.trim_end().replace('\n', "\\n");
    let cut = match flat.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    };
    let is_plain = cut.chars().next().is_some_and(|first| first.is_alphanumeric() || first == '+')
        && !cut.contains([',', '[', ']', '{', '}', '#', '"'])
        && !cut.contains(": ");
    if is_plain { cut } else { format!("\"{cut}\"") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;

    #[test]
    fn values_stand_as_they_are_written() {
        for (value, text) in [
            (json!({"tags": ["hot lead", "a, b"], "n": 3}), "{ tags: [hot lead, \"a, b\"], n: 3 }"),
            (json!({}), "{}"),
            (json!(""), "\"\""),
            (json!("two\nlines\n"), "two\\nlines"),
            (json!(null), "null"),
        ] {
            assert_eq!(shown(&value), text);
        }
        assert!(shown(&json!("x".repeat(500))).chars().count() < 170);
    }
}
