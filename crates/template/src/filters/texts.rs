//! Filters over texts, and to and from numbers. Results stay below the limits; nothing is guessed.

use super::Input;
use crate::arithmetic::read_number;
use crate::error::Complaint;
use crate::limits;
use crate::values::{number_from, printed, shortened, shown};
use serde_json::Value;

pub(super) fn upper(input: &Input<'_>) -> Result<Value, Complaint> {
    Ok(Value::String(input.text()?.to_uppercase()))
}

pub(super) fn lower(input: &Input<'_>) -> Result<Value, Complaint> {
    Ok(Value::String(input.text()?.to_lowercase()))
}

pub(super) fn trim(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.text()?;
    let trimmed = match input.text_argument(0)? {
        Some(letters) => text.trim_matches(|letter| letters.contains(letter)),
        None => text.trim(),
    };
    Ok(Value::String(trimmed.to_owned()))
}

pub(super) fn replace(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.text()?;
    let (old, new) = match input.arguments {
        [old, new] => (printed(old), printed(new)),
        _ => (String::new(), String::new()),
    };
    if old.is_empty() {
        return Err(Complaint::other(
            "is to have an empty text replaced; `replace` needs a text to look for",
        ));
    }
    let grown = text.len() + text.matches(&old).count().saturating_mul(new.len());
    if grown > limits::TEXT_BYTES {
        return Err(too_long());
    }
    Ok(Value::String(text.replace(&old, &new)))
}

pub(super) fn split(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.text()?;
    Ok(match input.text_argument(0)? {
        Some("") | None => text.split_whitespace().map(Value::from).collect(),
        Some(separator) => text.split(separator).map(Value::from).collect(),
    })
}

pub(super) fn lines(input: &Input<'_>) -> Result<Value, Complaint> {
    Ok(input.text()?.lines().map(Value::from).collect())
}

pub(super) fn truncate(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.text()?;
    let length =
        input.arguments.first().and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
    let Some(length) = length else {
        return Err(Complaint::wrong_type("is to be shortened to something that is no number"));
    };
    if text.chars().count() <= length {
        return Ok(Value::String(text));
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    Ok(Value::String(format!("{}…", kept.trim_end())))
}

pub(super) fn string(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = printed(input.value);
    if text.len() > limits::TEXT_BYTES { Err(too_long()) } else { Ok(Value::String(text)) }
}

pub(super) fn json(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.value.to_string();
    if text.len() > limits::TEXT_BYTES {
        return Err(too_long());
    }
    Ok(Value::String(text))
}

pub(super) fn int(input: &Input<'_>) -> Result<Value, Complaint> {
    let number = float(input)?;
    match number.as_f64() {
        Some(float) if number.is_f64() => number_from(float.trunc())
            .map(Value::Number)
            .ok_or_else(|| Complaint::other("is too large for a whole number")),
        _ => Ok(number),
    }
}

pub(super) fn float(input: &Input<'_>) -> Result<Value, Complaint> {
    let number = match input.value {
        Value::Number(_) => return Ok(input.value.clone()),
        Value::String(text) => read_number(text),
        Value::Bool(yes) => Some(u8::from(*yes).into()),
        _ => None,
    };
    match (number, input.arguments.first()) {
        (Some(number), _) => Ok(Value::Number(number)),
        (None, Some(fallback)) => Ok(fallback.clone()),
        (None, None) => Err(Complaint::wrong_type(match input.value {
            Value::String(text) => format!("is the text '{}', which is no number", shortened(text)),
            other => format!("is {}, which is no number", shown(other)),
        })),
    }
}

/// Halves go up, away from zero, as people round.
pub(super) fn round(input: &Input<'_>) -> Result<Value, Complaint> {
    const MOST: i64 = 12;
    let Value::Number(number) = input.value else {
        return Err(input.needs("a number", input.value));
    };
    let places = match input.arguments.first() {
        None => 0,
        Some(value) => value.as_i64().filter(|places| places.abs() <= MOST).ok_or_else(|| {
            Complaint::wrong_type(format!(
                "is to be rounded to {}, not to a number of places up to 12",
                shown(value)
            ))
        })?,
    };
    let float = number.as_f64().unwrap_or(0.0);
    let scale = 10_f64.powi(i32::try_from(places).unwrap_or(0));
    number_from((float * scale).round() / scale)
        .map(Value::Number)
        .ok_or_else(|| Complaint::other("is too large to be rounded"))
}

pub(super) fn too_long() -> Complaint {
    Complaint::limit("gives a text of more than one megabyte")
}
