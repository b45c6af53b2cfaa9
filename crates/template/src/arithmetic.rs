//! `+ - * / // % ** ~`: numbers with numbers, texts with texts, lists with lists. Never turns one into another.

use crate::compare::exact;
use crate::error::Complaint;
use crate::limits;
use crate::node::Operator;
use crate::values::{self, number_from, printed, shown};
use serde_json::{Number, Value};

/// The result of an operator. A complaint's subject is the whole expression.
pub(crate) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Complaint> {
    match (operator, left, right) {
        (Operator::Join, _, _) => join(&printed(left), &printed(right)),
        (_, Value::Number(left), Value::Number(right)) => numbers(operator, left, right),
        (Operator::Add, Value::String(left), Value::String(right)) => join(left, right),
        (Operator::Add, Value::Array(left), Value::Array(right)) => {
            Ok(left.iter().chain(right).cloned().collect())
        }
        _ => Err(Complaint::wrong_type(format!(
            "calculates with {} and {}. {}",
            shown(left),
            shown(right),
            advice(operator, left, right)
        ))),
    }
}

fn advice(operator: Operator, left: &Value, right: &Value) -> &'static str {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => "Add `| default(0)` to what may be empty",
        _ if operator == Operator::Add && (left.is_string() || right.is_string()) => {
            "To put texts together write `~`; to add numbers make the text one with `| float`"
        }
        _ => "Make a text a number with `| float`",
    }
}

fn join(left: &str, right: &str) -> Result<Value, Complaint> {
    if left.len() + right.len() > limits::TEXT_BYTES {
        return Err(Complaint::limit("gives a text of more than one megabyte"));
    }
    Ok(Value::String(format!("{left}{right}")))
}

/// The opposite number.
pub(crate) fn negative(value: &Value) -> Result<Value, Complaint> {
    match value {
        Value::Number(number) => numbers(Operator::Subtract, &Number::from(0), number),
        other => Err(Complaint::wrong_type(format!("puts a minus before {}", shown(other)))),
    }
}

fn numbers(operator: Operator, left: &Number, right: &Number) -> Result<Value, Complaint> {
    if let (Some(left), Some(right)) = (exact(left), exact(right))
        && let Some(result) = whole_numbers(operator, left, right)
    {
        return Ok(Value::Number(result));
    }
    let (left, right) = (left.as_f64().unwrap_or(0.0), right.as_f64().unwrap_or(0.0));
    let divides = matches!(operator, Operator::Divide | Operator::DivideWhole | Operator::Remainder);
    if divides && right == 0.0 {
        return Err(Complaint::other("divides by zero"));
    }
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::DivideWhole => left.div_euclid(right),
        Operator::Remainder => left.rem_euclid(right),
        Operator::Power => left.powf(right),
        Operator::Join => return join(&left.to_string(), &right.to_string()),
    };
    number_from(result)
        .map(Value::Number)
        .ok_or_else(|| Complaint::other("gives a number that is too large or is none at all"))
}

/// Exact arithmetic where operands and result are whole and fit; None leaves it to floats.
fn whole_numbers(operator: Operator, left: i128, right: i128) -> Option<Number> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::DivideWhole => left.checked_div_euclid(right),
        Operator::Remainder => left.checked_rem_euclid(right),
        Operator::Power => u32::try_from(right).ok().and_then(|power| left.checked_pow(power)),
        Operator::Divide | Operator::Join => None,
    }?;
    i64::try_from(result).map(Number::from).or_else(|_| u64::try_from(result).map(Number::from)).ok()
}

/// Reads a number as people write it in a field: `85`, ` 85.5 `.
pub(crate) fn read_number(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let float = text.parse::<f64>().ok().filter(|_| plain)?;
    number_from(float).map(|number| values::whole(&number))
}
