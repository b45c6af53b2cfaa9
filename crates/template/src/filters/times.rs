//! Filters over times: printing them and moving them, in the zone of the workspace.

use super::Input;
use crate::error::Complaint;
use crate::moment::{Moment, duration, no_duration};
use crate::values::{shortened, shown};
use jiff::Zoned;
use jiff::fmt::strtime;
use serde_json::Value;

/// The time by a strftime pattern.
pub(super) fn date(input: &Input<'_>) -> Result<Value, Complaint> {
    let zone = &input.context.zone;
    let zoned = Moment::read(input.value, zone)?
        .zoned(zone)
        .ok_or_else(|| Complaint::other("is a time outside the calendar"))?;
    let pattern = input.text_argument(0)?.unwrap_or_default();
    formatted(pattern, &zoned).map(Value::String).ok_or_else(|| {
        Complaint::other(format!("is printed by '{}', which is no date pattern", shortened(pattern)))
    })
}

fn formatted(pattern: &str, zoned: &Zoned) -> Option<String> {
    // Padding is written by the letter count that the pattern asks for; longer patterns serve nobody.
    const LONGEST: usize = 200;
    let pads = pattern.as_bytes().windows(2).any(|pair| pair[0] == b'%' && pair[1].is_ascii_digit());
    (pattern.len() <= LONGEST && !pads).then(|| strtime::format(pattern, zoned).ok()).flatten()
}

pub(super) fn wrong_format(pattern: &Value) -> Option<String> {
    let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let fits = pattern.as_str().is_some_and(|pattern| formatted(pattern, &sample).is_some());
    (!fits).then(|| format!("{} is no date pattern such as '%d %B %Y' or '%H:%M'", shown(pattern)))
}

pub(super) fn plus(input: &Input<'_>) -> Result<Value, Complaint> {
    moved(input, false)
}

pub(super) fn minus(input: &Input<'_>) -> Result<Value, Complaint> {
    moved(input, true)
}

fn moved(input: &Input<'_>, back: bool) -> Result<Value, Complaint> {
    let words = input.text_argument(0)?.unwrap_or_default();
    let by = duration(words)
        .ok_or_else(|| Complaint::other(format!("is moved by a duration, but {}", no_duration(words))))?;
    let zone = &input.context.zone;
    Moment::read(input.value, zone)?
        .moved(if back { by.negate() } else { by }, zone)
        .map(Value::String)
        .ok_or_else(|| Complaint::other("is moved out of the calendar"))
}

pub(super) fn wrong_duration(words: &Value) -> Option<String> {
    match words {
        Value::String(text) if duration(text).is_some() => None,
        Value::String(text) => Some(no_duration(text)),
        other => Some(format!("{} is no duration; write for example '2 days'", shown(other))),
    }
}
