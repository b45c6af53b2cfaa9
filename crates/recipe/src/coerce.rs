//! What a field makes of data: its own kind, or a sentence that says why not. Written values never come here.

use bellhop_clock::Moment;
use bellhop_connector::{FieldKind, Format};
use bellhop_template::Context;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use crate::Want;
use crate::compile::literals::{is_whole, number};

/// The longest value that is shown in an error, in characters.
const SHOWN: usize = 60;

/// Data as the field wants it. The error is a sentence with the value in it.
pub(crate) fn coerce(value: Value, want: Want, context: &Context) -> Result<Value, String> {
    match (want.kind, value) {
        (FieldKind::Any, value) => Ok(value),
        (FieldKind::String, Value::String(text)) => match want.format {
            Some(format @ (Format::DateTime | Format::Date)) => moment_in(&text, format, context),
            _ => Ok(Value::String(text)),
        },
        (FieldKind::String, Value::Number(number)) if !is_moment(want) => {
            Ok(Value::String(number.to_string()))
        }
        (FieldKind::String, Value::Bool(value)) if !is_moment(want) => Ok(Value::String(value.to_string())),
        (FieldKind::Number, value @ Value::Number(_)) => Ok(value),
        (FieldKind::Number, Value::String(text)) => match number(&text) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(wrong(&Value::String(text), "a number")),
        },
        (FieldKind::Integer, Value::Number(number)) if is_whole(&number) => Ok(Value::Number(number)),
        (FieldKind::Integer, Value::String(text)) => match number(&text).filter(is_whole) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(wrong(&Value::String(text), "a whole number")),
        },
        (FieldKind::Boolean, value @ Value::Bool(_)) => Ok(value),
        (FieldKind::Boolean, Value::String(text)) if text == "true" => Ok(Value::Bool(true)),
        (FieldKind::Boolean, Value::String(text)) if text == "false" => Ok(Value::Bool(false)),
        (FieldKind::Array, value @ Value::Array(_)) => Ok(value),
        (FieldKind::Object, value @ Value::Object(_)) => Ok(value),
        (kind, value) => Err(wrong(&value, wanted(kind, want.format))),
    }
}

fn is_moment(want: Want) -> bool {
    matches!(want.format, Some(Format::DateTime | Format::Date))
}

fn wanted(kind: FieldKind, format: Option<Format>) -> &'static str {
    match (kind, format) {
        (FieldKind::Any, _) => "anything",
        (FieldKind::String, Some(Format::DateTime)) => "a date and time",
        (FieldKind::String, Some(Format::Date)) => "a date",
        (FieldKind::String, _) => "one text",
        (FieldKind::Number, _) => "a number",
        (FieldKind::Integer, _) => "a whole number",
        (FieldKind::Boolean, _) => "true or false",
        (FieldKind::Array, _) => "a list",
        (FieldKind::Object, _) => "a group of fields",
    }
}

fn wrong(value: &Value, wanted: &str) -> String {
    let mut shown = value.to_string();
    if let Some((cut, _)) = shown.char_indices().nth(SHOWN) {
        shown.truncate(cut);
        shown.push('…');
    }
    format!("{shown} is not {wanted}")
}

/// A moment in data: ISO 8601, with or without a zone, or words.
fn moment_in(text: &str, format: Format, context: &Context) -> Result<Value, String> {
    // A day that is written as a day is the same day in every zone.
    if let Ok(day) = text.parse::<civil::Date>()
        && text.len() == 10
    {
        if format == Format::Date {
            return Ok(Value::String(day.to_string()));
        }
        let start = day.to_zoned(context.zone.clone()).map_err(|error| error.to_string())?;
        return Ok(moment(start.timestamp(), Some(format), context));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(moment(at, Some(format), context));
    }
    match Moment::parse(text) {
        Ok(words) => Ok(moment(words.resolve(context.now, &context.zone), Some(format), context)),
        Err(error) => {
            let kind = if format == Format::Date { "a date" } else { "a date and time" };
            Err(format!("{}: {}", wrong(&Value::from(text), kind), error.message))
        }
    }
}

/// A moment as the app takes it: `2026-11-23T09:00:00.000Z`, or for a day `2026-11-23` in the workspace's zone.
pub(crate) fn moment(at: Timestamp, format: Option<Format>, context: &Context) -> Value {
    let text = if format == Some(Format::Date) {
        at.to_zoned(context.zone.clone()).date().to_string()
    } else {
        at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    };
    Value::String(text)
}
