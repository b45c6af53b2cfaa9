//! Filters over lists. `map` and `select` reach every other filter and test by name, under the same rules.

use super::{Input, texts};
use crate::checks::{self, Asked};
use crate::error::Complaint;
use crate::node::Operator;
use crate::patterns;
use crate::values::{counts_as_yes, print, shortened, shown};
use crate::{arithmetic, limits};
use serde_json::Value;

pub(super) fn length(input: &Input<'_>) -> Result<Value, Complaint> {
    match input.value {
        Value::String(text) => Ok(text.chars().count().into()),
        Value::Array(items) => Ok(items.len().into()),
        Value::Object(fields) => Ok(fields.len().into()),
        other => Err(input.needs("a text or a list", other)),
    }
}

pub(super) fn first(input: &Input<'_>) -> Result<Value, Complaint> {
    end(input, <[Value]>::first, |text| text.chars().next())
}

pub(super) fn last(input: &Input<'_>) -> Result<Value, Complaint> {
    end(input, <[Value]>::last, |text| text.chars().next_back())
}

fn end(
    input: &Input<'_>,
    item: fn(&[Value]) -> Option<&Value>,
    letter: fn(&str) -> Option<char>,
) -> Result<Value, Complaint> {
    let found = match input.value {
        Value::String(text) => letter(text).map(|letter| Value::String(letter.to_string())),
        _ => item(input.list()?).cloned(),
    };
    found.ok_or_else(|| Complaint::other(format!("is empty, so that it has no {} item", input.filter)))
}

pub(super) fn join(input: &Input<'_>) -> Result<Value, Complaint> {
    let separator = input.text_argument(0)?.unwrap_or_default();
    let mut text = String::new();
    for (index, item) in input.list()?.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        print(item, &mut text);
        if text.len() > limits::TEXT_BYTES {
            return Err(texts::too_long());
        }
    }
    Ok(Value::String(text))
}

pub(super) fn batch(input: &Input<'_>) -> Result<Value, Complaint> {
    let size = input.arguments.first().and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    match size {
        Some(size @ 1..) => {
            Ok(input.list()?.chunks(size).map(|batch| Value::Array(batch.to_vec())).collect())
        }
        _ => Err(Complaint::wrong_type("is to be cut into batches of a size that is no number from 1 up")),
    }
}

pub(super) fn map(input: &Input<'_>) -> Result<Value, Complaint> {
    let named = |wanted: &str| input.named.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let mut mapped = Mapped::default();
    match (named("attribute"), input.text_argument(0)?) {
        (Some(Value::String(path)), None) => {
            for item in input.list()? {
                match (field(item, path), named("default")) {
                    (Some(value), _) => mapped.push(value.clone())?,
                    (None, Some(fallback)) => mapped.push(fallback.clone())?,
                    (None, None) => {
                        return Err(Complaint {
                            message: format!(
                                "has an item without `{}`. Write `map(attribute='{}', default='')` if that may be",
                                shortened(path),
                                shortened(path)
                            ),
                            kind: crate::EvalErrorKind::Missing { path: path.clone() },
                        });
                    }
                }
            }
        }
        (None, Some(name)) => {
            let filter = super::find(name).ok_or_else(|| {
                Complaint::other(format!("is mapped by `{}`, which is no filter", shortened(name)))
            })?;
            let arguments = &input.arguments[1..];
            if !(filter.arguments.0..=filter.arguments.1).contains(&arguments.len()) {
                return Err(Complaint::other(format!(
                    "is mapped by `{name}` with the wrong number of values"
                )));
            }
            for value in input.list()? {
                let each =
                    Input { filter: filter.name, value, arguments, named: &[], context: input.context };
                mapped.push((filter.apply)(&each)?)?;
            }
        }
        _ => {
            return Err(Complaint::other(
                "is mapped by nothing. Write `map(attribute='email')` or `map('upper')`",
            ));
        }
    }
    Ok(Value::Array(mapped.items))
}

/// Of numbers only: texts and lists put together this way would be copied once for each item.
pub(super) fn sum(input: &Input<'_>) -> Result<Value, Complaint> {
    let named = |wanted: &str| input.named.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let path = match named("attribute").or_else(|| input.arguments.first()) {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(other) => {
            return Err(Complaint::wrong_type(format!(
                "is summed by {}, which names no field",
                shown(other)
            )));
        }
    };
    let mut total = named("start").or_else(|| input.arguments.get(1)).cloned().unwrap_or_else(|| 0.into());
    let number = |value: &Value| {
        value.is_number().then_some(()).ok_or_else(|| {
            Complaint::wrong_type(format!(
                "is to be summed, but {} is in it; `sum` adds numbers",
                shown(value)
            ))
        })
    };
    number(&total)?;
    for item in input.list()? {
        let value = path.map_or(Some(item), |path| field(item, path));
        let Some(value) = value else {
            let path = path.map_or("", String::as_str);
            return Err(Complaint {
                message: format!("has an item without `{}`, so it cannot be summed", shortened(path)),
                kind: crate::EvalErrorKind::Missing { path: path.to_owned() },
            });
        };
        number(value)?;
        total = arithmetic::apply(Operator::Add, &total, value)?;
    }
    Ok(total)
}

/// The results so far and their weight.
#[derive(Default)]
struct Mapped {
    items: Vec<Value>,
    weight: usize,
}

impl Mapped {
    fn push(&mut self, value: Value) -> Result<(), Complaint> {
        self.weight += limits::weight(&value, limits::VALUE_BYTES);
        if self.weight > limits::VALUE_BYTES {
            return Err(Complaint::limit("gives a list of more than eight megabytes"));
        }
        self.items.push(value);
        Ok(())
    }
}

pub(super) fn select(input: &Input<'_>) -> Result<Value, Complaint> {
    pick_items(input, None, input.arguments, true)
}

pub(super) fn reject(input: &Input<'_>) -> Result<Value, Complaint> {
    pick_items(input, None, input.arguments, false)
}

pub(super) fn select_by_field(input: &Input<'_>) -> Result<Value, Complaint> {
    pick_items(input, input.text_argument(0)?, &input.arguments[1..], true)
}

pub(super) fn reject_by_field(input: &Input<'_>) -> Result<Value, Complaint> {
    pick_items(input, input.text_argument(0)?, &input.arguments[1..], false)
}

/// The items for which a test answers `wanted`; without a test, those that count as yes.
fn pick_items(
    input: &Input<'_>,
    path: Option<&str>,
    test: &[Value],
    wanted: bool,
) -> Result<Value, Complaint> {
    let check = match test.first() {
        None => None,
        Some(Value::String(name)) => {
            let check = checks::find(name).ok_or_else(|| {
                Complaint::other(format!("is asked `{}`, which is no test", shortened(name)))
            })?;
            if !(check.arguments.0..=check.arguments.1).contains(&(test.len() - 1)) {
                return Err(Complaint::other(format!("is asked `{name}` with the wrong number of values")));
            }
            Some(check)
        }
        Some(other) => {
            return Err(Complaint::wrong_type(format!("is asked {}, which is no test's name", shown(other))));
        }
    };
    // Compiled once, not once for each item.
    let pattern = check
        .filter(|check| check.takes_pattern())
        .and_then(|_| test.get(1)?.as_str())
        .and_then(patterns::compile);
    let mut picked = Vec::new();
    for item in input.list()? {
        let value = path.map_or(Some(item), |path| field(item, path));
        let answer = match check {
            None => value.is_some_and(counts_as_yes),
            Some(check) => {
                let arguments = &test[1..];
                check.answer(&Asked {
                    value,
                    arguments,
                    pattern: pattern.as_ref(),
                    context: input.context,
                })?
            }
        };
        if answer == wanted {
            picked.push(item.clone());
        }
    }
    Ok(Value::Array(picked))
}

/// A field by its dotted path.
fn field<'v>(item: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(item, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    })
}
