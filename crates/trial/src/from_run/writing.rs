//! Values in YAML's short form, on one line.

use serde_json::Value;

/// A value as it may stand behind a key.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn key(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if begins && name.chars().all(is_plain) { name.to_owned() } else { quoted(name) }
}

/// A text in quotes, so that it stays a text. JSON's quotes are YAML's.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
