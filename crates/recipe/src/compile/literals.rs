//! Written scalars and the kinds they may be read as: the field decides, from the raw text (rule R2).

use bellhop_connector::{Field, FieldKind};
use bellhop_source::Node;
use serde_json::{Number, Value};

/// `true`, `false`, `yes` and `no`, in any letter case.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

/// What people write instead of `true` and `false`.
pub(super) fn nearly_yes_no(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "y" | "1" | "enabled" | "t" => Some("true"),
        "off" | "n" | "0" | "disabled" | "f" => Some("false"),
        other => bellhop_source::closest(other, ["true", "false"]),
    }
}

/// A number as JSON writes it: `80`, `-3`, `1.50`, `1e5`.
pub(crate) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    let plain = !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && (whole == "0" || !whole.starts_with('0'))
        && !digits.ends_with('.');
    if !plain {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(Number::from(whole));
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).and_then(Number::from_f64)
}

/// Whether a number is whole.
pub(crate) fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}

/// The number in a text that has more than a number in it: `80%`, `1,000`, `$ 12.50`.
pub(super) fn number_in(text: &str) -> Option<String> {
    let kept: String = text
        .trim()
        .trim_start_matches(['+', '$', '€', '£', ' '])
        .trim_end_matches(|last: char| !last.is_ascii_digit())
        .replace([',', '_', ' '], "");
    let kept = match kept.trim_start_matches('0') {
        "" if kept.starts_with('0') => "0".to_owned(),
        rest if rest.starts_with('.') => format!("0{rest}"),
        rest => rest.to_owned(),
    };
    number(&kept).map(|_| kept)
}

/// The value of a scalar for a field that is one of a few: the choice it names, if any.
pub(super) fn choice<'f>(text: &str, field: &'f Field) -> Option<&'f Value> {
    field.choices.iter().find(|choice| as_text(choice) == text)
}

/// A choice as it is written.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A scalar read as a kind, where it can be; lists and groups never.
pub(super) fn read(node: &Node, kind: FieldKind) -> Option<Value> {
    let text = node.text()?;
    match kind {
        FieldKind::Any => Some(node.to_json()),
        FieldKind::String => Some(Value::from(text)),
        FieldKind::Number => number(text).map(Value::Number),
        FieldKind::Integer => {
            number(text).filter(|number| is_whole(number) && !text.contains(['e', 'E'])).map(Value::Number)
        }
        FieldKind::Boolean => yes_no(text).map(Value::Bool),
        FieldKind::Array | FieldKind::Object => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{number, number_in};

    #[test]
    fn numbers_are_what_json_calls_numbers() {
        for text in ["80", "-3", "0", "1.50", "1e5", "0.5"] {
            assert!(number(text).is_some(), "{text}");
        }
        for text in
            ["", "-", "01234", "+5", ".5", "1.", "1_000", "inf", "nan", "0x10", "80%", "12:30", "1e999"]
        {
            assert!(number(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_number_in_a_text_is_found() {
        for (text, inside) in [
            ("80%", Some("80")),
            ("1,000", Some("1000")),
            ("+5", Some("5")),
            ("€ 12.50", Some("12.50")),
            ("007", Some("7")),
            ("eighty", None),
            ("", None),
        ] {
            assert_eq!(number_in(text).as_deref(), inside, "{text}");
        }
    }
}
