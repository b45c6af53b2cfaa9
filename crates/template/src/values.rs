//! Values as people see them: what kind they are, how they print, what counts as empty. Changes none.

use serde_json::{Number, Value};

/// The kind of a value, to be put after "is".
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty (null)",
        Value::Bool(_) => "a yes/no value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a record",
    }
}

/// A value in a message: its kind and as much of it as helps.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing (null)".to_owned(),
        Value::Bool(yes) => format!("the yes/no value {yes}"),
        Value::Number(_) => format!("the number {}", printed(value)),
        Value::String(text) => format!("the text '{}'", shortened(text)),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "a record".to_owned(),
    }
}

/// At most forty characters of a text, for a message.
pub(crate) fn shortened(text: &str) -> String {
    const KEPT: usize = 40;
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(KEPT).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}

/// A value as it stands in a text. Null is empty text; a list of plain values is separated by commas.
pub(crate) fn printed(value: &Value) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

/// Appends what [`printed`] gives.
pub(crate) fn print(value: &Value, to: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => to.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => to.push_str(&whole(number).to_string()),
        Value::String(text) => to.push_str(text),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    to.push_str(", ");
                }
                print(item, to);
            }
        }
        Value::Array(_) | Value::Object(_) => to.push_str(&value.to_string()),
    }
}

/// The number without its `.0` where it is a whole one.
pub(crate) fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() => number_from(float).unwrap_or_else(|| number.clone()),
        _ => number.clone(),
    }
}

/// A float as a number; whole ones become whole numbers where no digit is lost. None for infinities and the like.
pub(crate) fn number_from(float: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() < EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}

/// Absent, null, `''`, `[]` and `{}`; a number or a yes/no value is never empty.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What `or` and `and` go by between values: empty ones, `false` and zero count as no.
pub(crate) fn counts_as_yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        other => !is_empty(other),
    }
}
