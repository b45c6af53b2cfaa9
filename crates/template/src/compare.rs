//! Equal, less, greater, within: comparisons that never mix kinds silently. Knows nothing of expressions.

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Two values of kinds that cannot be compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch;

/// Whether two values are the same. Null equals only null; otherwise both must be of one kind.
pub(crate) fn equal(left: &Value, right: &Value) -> Result<bool, Mismatch> {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => Ok(other.is_null()),
        _ if same_kind(left, right) => Ok(same(left, right)),
        _ => Err(Mismatch),
    }
}

/// Which of two numbers or texts comes first. Two moments in time compare as moments, whatever their offsets.
pub(crate) fn order(left: &Value, right: &Value) -> Result<Ordering, Mismatch> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(order_numbers(left, right)),
        (Value::String(left), Value::String(right)) => {
            if let (Some(left), Some(right)) = (moment(left), moment(right)) {
                return Ok(left.cmp(&right));
            }
            Ok(left.cmp(right))
        }
        _ => Err(Mismatch),
    }
}

/// Whether a list has the value, a text the part, or a record the field.
pub(crate) fn contains(container: &Value, part: &Value) -> Result<bool, Mismatch> {
    match (container, part) {
        (Value::Null, _) => Ok(false),
        (Value::Array(items), _) => {
            // A list of texts that is asked for a number could only ever say no.
            if !items.is_empty() && !part.is_null() && items.iter().all(|item| scalar_mismatch(item, part)) {
                return Err(Mismatch);
            }
            Ok(items.iter().any(|item| same(item, part)))
        }
        (Value::String(_) | Value::Object(_), Value::Null) => Ok(false),
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        (Value::Object(fields), Value::String(name)) => Ok(fields.contains_key(name)),
        _ => Err(Mismatch),
    }
}

/// Sameness to the depth, with 1 and 1.0 the same number.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right) == Ordering::Equal,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, field)| right.get(name).is_some_and(|other| same(field, other)))
        }
        _ => left == right,
    }
}

fn scalar_mismatch(left: &Value, right: &Value) -> bool {
    matches!(
        (left, right),
        (Value::String(_), Value::Number(_) | Value::Bool(_))
            | (Value::Number(_), Value::String(_) | Value::Bool(_))
            | (Value::Bool(_), Value::Number(_) | Value::String(_))
    )
}

fn same_kind(left: &Value, right: &Value) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

fn order_numbers(left: &Number, right: &Number) -> Ordering {
    if let (Some(left), Some(right)) = (exact(left), exact(right)) {
        return left.cmp(&right);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(0.0);
    float(left).total_cmp(&float(right))
}

/// The number as a whole one, where it is.
pub(crate) fn exact(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
        .or_else(|| crate::values::whole(number).as_i64().map(i128::from))
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    let looks_so = text.len() >= 17 && text.as_bytes()[0].is_ascii_digit() && text.as_bytes()[10] == b'T';
    looks_so.then(|| text.parse().ok()).flatten()
}
