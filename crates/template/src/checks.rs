//! The tests (`is name …`): one table of all there are and what they answer. A test asked of something absent answers
//! too, where that answer can only be one.

use crate::compare;
use crate::error::{Complaint, EvalErrorKind};
use crate::moment::{Moment, duration, no_duration};
use crate::patterns;
use crate::scope::Context;
use crate::values::{is_empty, shortened, shown};
use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt;

/// One test. Static: there is one table.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    /// Fewest and most arguments.
    pub(crate) arguments: (usize, usize),
    /// How it is written, for messages.
    pub(crate) example: &'static str,
    /// The answer for something absent; None makes that an error.
    pub(crate) absent: Option<bool>,
    /// What is wrong with the first argument, where that is written and can be known.
    pub(crate) wrong_argument: fn(&Value) -> Option<String>,
    ask: fn(&Value, &Asked<'_>) -> Result<bool, Complaint>,
}

/// What a test is asked.
pub(crate) struct Asked<'i> {
    /// None where it is absent.
    pub(crate) value: Option<&'i Value>,
    pub(crate) arguments: &'i [Value],
    /// The first argument as a pattern, where it was compiled before.
    pub(crate) pattern: Option<&'i Regex>,
    pub(crate) context: &'i Context,
}

impl Check {
    pub(crate) fn answer(&self, asked: &Asked<'_>) -> Result<bool, Complaint> {
        match (asked.value, self.absent) {
            (Some(value), _) => (self.ask)(value, asked),
            (None, Some(answer)) => Ok(answer),
            (None, None) => Err(Complaint {
                message: "is not there".to_owned(),
                kind: EvalErrorKind::Missing { path: String::new() },
            }),
        }
    }

    /// Whether its first argument is a pattern, to be compiled once.
    pub(crate) fn takes_pattern(&self) -> bool {
        self.name == "matching"
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The test of that name.
pub(crate) fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

/// All of them.
pub(crate) fn all() -> &'static [Check] {
    CHECKS
}

/// All names, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.name)
}

type Ask = fn(&Value, &Asked<'_>) -> Result<bool, Complaint>;

const fn check(
    name: &'static str,
    arguments: usize,
    absent: Option<bool>,
    example: &'static str,
    ask: Ask,
) -> Check {
    Check { name, arguments: (arguments, arguments), example, absent, wrong_argument: |_| None, ask }
}

const fn checked(check: Check, wrong_argument: fn(&Value) -> Option<String>) -> Check {
    Check { wrong_argument, ..check }
}

const NO: Option<bool> = Some(false);
const YES: Option<bool> = Some(true);

static CHECKS: &[Check] = &[
    check("defined", 0, NO, "contact.email is defined", |_, _| Ok(true)),
    check("undefined", 0, YES, "contact.email is undefined", |_, _| Ok(false)),
    check("none", 0, YES, "contact.email is none", |value, _| Ok(value.is_null())),
    check("null", 0, YES, "contact.email is null", |value, _| Ok(value.is_null())),
    check("empty", 0, YES, "contact.tags is empty", |value, _| Ok(is_empty(value))),
    check("containing", 1, NO, "contact.tags is containing 'vip'", containing),
    checked(check("matching", 1, NO, "contact.email is matching '@example'", matching), wrong_pattern),
    check("before", 1, NO, "task.dueDate is before now", |value, asked| {
        Ok(order_moments(value, asked)? == Ordering::Less)
    }),
    check("after", 1, NO, "task.dueDate is after now", |value, asked| {
        Ok(order_moments(value, asked)? == Ordering::Greater)
    }),
    checked(check("within", 1, NO, "contact.dateAdded is within '7 days'", within), wrong_duration),
    check("in", 1, NO, "contact.source is in ['web', 'ads']", |value, asked| {
        compare::contains(argument(asked), value).map_err(|_| {
            Complaint::wrong_type(format!(
                "is {} and is looked for in {}",
                shown(value),
                shown(argument(asked))
            ))
        })
    }),
    check("startingwith", 1, NO, "contact.phone is startingwith '+44'", |value, asked| {
        part(value, asked, |text, part| text.starts_with(part))
    }),
    check("endingwith", 1, NO, "contact.email is endingwith '.org'", |value, asked| {
        part(value, asked, |text, part| text.ends_with(part))
    }),
    check("true", 0, NO, "contact.dnd is true", |value, _| Ok(value.as_bool() == Some(true))),
    check("false", 0, NO, "contact.dnd is false", |value, _| Ok(value.as_bool() == Some(false))),
    check("boolean", 0, NO, "contact.dnd is boolean", |value, _| Ok(value.is_boolean())),
    check("number", 0, NO, "contact.score is number", |value, _| Ok(value.is_number())),
    check("integer", 0, NO, "contact.score is integer", |value, _| {
        Ok(value.as_number().is_some_and(|number| compare::exact(number).is_some()))
    }),
    check("float", 0, NO, "contact.score is float", |value, _| {
        Ok(value.as_number().is_some_and(|number| compare::exact(number).is_none()))
    }),
    check("string", 0, NO, "contact.name is string", |value, _| Ok(value.is_string())),
    check("sequence", 0, NO, "contact.tags is sequence", |value, _| Ok(value.is_array())),
    check("iterable", 0, NO, "contact.tags is iterable", |value, _| {
        Ok(matches!(value, Value::Array(_) | Value::Object(_) | Value::String(_)))
    }),
    check("mapping", 0, NO, "contact is mapping", |value, _| Ok(value.is_object())),
    check("lower", 0, NO, "name is lower", |value, _| {
        Ok(value.as_str().is_some_and(|text| text.to_lowercase() == text))
    }),
    check("upper", 0, NO, "name is upper", |value, _| {
        Ok(value.as_str().is_some_and(|text| text.to_uppercase() == text))
    }),
    check("odd", 0, None, "number is odd", |value, _| Ok(remainder(value, 2)? == 1)),
    check("even", 0, None, "number is even", |value, _| Ok(remainder(value, 2)? == 0)),
    check("divisibleby", 1, None, "number is divisibleby 3", |value, asked| {
        match argument(asked).as_number().and_then(compare::exact) {
            Some(divisor) if divisor != 0 => Ok(remainder(value, divisor)? == 0),
            _ => Err(Complaint::wrong_type(format!("is divided by {}", shown(argument(asked))))),
        }
    }),
    check("eq", 1, NO, "source is eq 'web'", equal),
    check("equalto", 1, NO, "source is equalto 'web'", equal),
    check("sameas", 1, NO, "source is sameas 'web'", equal),
    check("ne", 1, YES, "source is ne 'web'", |value, asked| equal(value, asked).map(|same| !same)),
    check("lt", 1, None, "score is lt 80", |value, asked| Ok(order(value, asked)? == Ordering::Less)),
    check("lessthan", 1, None, "score is lessthan 80", |value, asked| {
        Ok(order(value, asked)? == Ordering::Less)
    }),
    check("le", 1, None, "score is le 80", |value, asked| Ok(order(value, asked)? != Ordering::Greater)),
    check("gt", 1, None, "score is gt 80", |value, asked| Ok(order(value, asked)? == Ordering::Greater)),
    check("greaterthan", 1, None, "score is greaterthan 80", |value, asked| {
        Ok(order(value, asked)? == Ordering::Greater)
    }),
    check("ge", 1, None, "score is ge 80", |value, asked| Ok(order(value, asked)? != Ordering::Less)),
];

fn argument<'i>(asked: &Asked<'i>) -> &'i Value {
    asked.arguments.first().unwrap_or(&Value::Null)
}

fn equal(value: &Value, asked: &Asked<'_>) -> Result<bool, Complaint> {
    compare::equal(value, argument(asked)).map_err(|_| mixed(value, asked))
}

fn order(value: &Value, asked: &Asked<'_>) -> Result<Ordering, Complaint> {
    compare::order(value, argument(asked)).map_err(|_| mixed(value, asked))
}

fn mixed(value: &Value, asked: &Asked<'_>) -> Complaint {
    Complaint::wrong_type(format!("is {} and is compared with {}", shown(value), shown(argument(asked))))
}

fn remainder(value: &Value, divisor: i128) -> Result<i128, Complaint> {
    match value.as_number().and_then(compare::exact) {
        Some(number) => Ok(number.rem_euclid(divisor)),
        None => Err(Complaint::wrong_type(format!("is {}, not a whole number", shown(value)))),
    }
}

/// Small and capital letters count as the same: tags are lower-cased by the CRM, and people write them as they like.
fn containing(value: &Value, asked: &Asked<'_>) -> Result<bool, Complaint> {
    let wanted = argument(asked);
    let alike = |item: &Value| match (item, wanted) {
        (Value::String(item), Value::String(wanted)) => item.to_lowercase() == wanted.to_lowercase(),
        _ => compare::same(item, wanted),
    };
    match (value, wanted) {
        (_, Value::Array(_) | Value::Object(_)) => Err(Complaint::wrong_type(format!(
            "is asked for {}; ask for one value at a time: `… is containing 'a' or … is containing 'b'`",
            shown(wanted)
        ))),
        (Value::Null, _) => Ok(false),
        (Value::Array(items), _) => Ok(items.iter().any(alike)),
        (Value::String(text), Value::String(part)) => Ok(text.to_lowercase().contains(&part.to_lowercase())),
        (Value::Object(fields), Value::String(name)) => Ok(fields.contains_key(name)),
        _ => Err(Complaint::wrong_type(format!("is {} and cannot contain {}", shown(value), shown(wanted)))),
    }
}

fn matching(value: &Value, asked: &Asked<'_>) -> Result<bool, Complaint> {
    let text = match value {
        Value::Null => return Ok(false),
        Value::String(text) => text,
        other => {
            return Err(Complaint::wrong_type(format!(
                "is {}; only a text can match a pattern",
                shown(other)
            )));
        }
    };
    if let Some(pattern) = asked.pattern {
        return Ok(pattern.is_match(text));
    }
    let pattern = argument(asked);
    match pattern.as_str().and_then(patterns::compile) {
        Some(pattern) => Ok(pattern.is_match(text)),
        None => Err(Complaint::other(format!("is matched with {}, which is no pattern", shown(pattern)))),
    }
}

fn wrong_pattern(pattern: &Value) -> Option<String> {
    let fits = pattern.as_str().and_then(patterns::shared).is_some();
    (!fits).then(|| format!("{} is no pattern (or too large a one)", shown(pattern)))
}

fn part(value: &Value, asked: &Asked<'_>, holds: fn(&str, &str) -> bool) -> Result<bool, Complaint> {
    match (value, argument(asked)) {
        (Value::Null, _) => Ok(false),
        (Value::String(text), Value::String(part)) => Ok(holds(text, part)),
        _ => Err(mixed(value, asked)),
    }
}

fn instant(value: &Value, context: &Context) -> Result<Timestamp, Complaint> {
    Moment::read(value, &context.zone)?
        .instant(&context.zone)
        .ok_or_else(|| Complaint::other("is a time outside the calendar"))
}

/// Null stands for a time that never comes: neither before nor after any other.
fn order_moments(value: &Value, asked: &Asked<'_>) -> Result<Ordering, Complaint> {
    if value.is_null() {
        return Ok(Ordering::Equal);
    }
    let other = instant(argument(asked), asked.context).map_err(|complaint| Complaint {
        message: format!("is compared with what {}", complaint.message),
        ..complaint
    })?;
    Ok(instant(value, asked.context)?.cmp(&other))
}

/// At most so far from now, before or after it.
fn within(value: &Value, asked: &Asked<'_>) -> Result<bool, Complaint> {
    if value.is_null() {
        return Ok(false);
    }
    let words = argument(asked).as_str().unwrap_or_default();
    let span = duration(words)
        .ok_or_else(|| {
            Complaint::other(format!("is asked for a distance from now, but {}", no_duration(words)))
        })?
        .abs();
    let now = asked.context.now.to_zoned(asked.context.zone.clone());
    let (Ok(earliest), Ok(latest)) = (now.checked_sub(span), now.checked_add(span)) else {
        return Err(Complaint::other(format!(
            "is asked for a distance of '{}', beyond the calendar",
            shortened(words)
        )));
    };
    let instant = instant(value, asked.context)?;
    Ok(earliest.timestamp() <= instant && instant <= latest.timestamp())
}

fn wrong_duration(words: &Value) -> Option<String> {
    match words {
        Value::String(text) if duration(text).is_some() => None,
        Value::String(text) => Some(no_duration(text)),
        other => Some(format!("{} is no duration; write for example '7 days'", shown(other))),
    }
}
