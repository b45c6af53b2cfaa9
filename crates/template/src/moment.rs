//! Times as they stand in data: reading them, moving them, printing them. Reads no clock.

use crate::error::Complaint;
use crate::values::{shortened, shown};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit, Zoned};
use serde_json::Value;

/// A day without an hour, or an instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Moment {
    Day(Date),
    Instant(Timestamp),
}

impl Moment {
    /// Reads ISO text: a day, a time with an offset, or a time without one, which is then in `zone`.
    pub(crate) fn read(value: &Value, zone: &TimeZone) -> Result<Self, Complaint> {
        let Value::String(text) = value else {
            return Err(Complaint::wrong_type(format!(
                "is {}, not a time. Times are texts such as '2026-11-21T09:00:00Z'",
                shown(value)
            )));
        };
        Self::read_text(text.trim(), zone).ok_or_else(|| {
            Complaint::other(format!(
                "is the text '{}', which is no time. Times look like '2026-11-21' or '2026-11-21T09:00:00Z'",
                shortened(text)
            ))
        })
    }

    fn read_text(text: &str, zone: &TimeZone) -> Option<Self> {
        if text.len() == 10 {
            return text.parse::<Date>().ok().map(Self::Day);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(Self::Instant(instant));
        }
        if let Ok(zoned) = text.parse::<Zoned>() {
            return Some(Self::Instant(zoned.timestamp()));
        }
        let civil = text.parse::<DateTime>().ok()?;
        civil.to_zoned(zone.clone()).ok().map(|zoned| Self::Instant(zoned.timestamp()))
    }

    /// The instant: of a day, its first one in `zone`.
    pub(crate) fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Instant(instant) => Some(*instant),
            Self::Day(day) => day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp()),
        }
    }

    /// The time on the clocks of `zone`.
    pub(crate) fn zoned(&self, zone: &TimeZone) -> Option<Zoned> {
        self.instant(zone).map(|instant| instant.to_zoned(zone.clone()))
    }

    /// Moved by a duration: days and months by the calendar of `zone`. A day stays a day where the duration allows it.
    pub(crate) fn moved(&self, by: Span, zone: &TimeZone) -> Option<String> {
        let days_only = by.get_hours() == 0
            && by.get_minutes() == 0
            && by.get_seconds() == 0
            && by.get_milliseconds() == 0
            && by.get_microseconds() == 0
            && by.get_nanoseconds() == 0;
        if let (Self::Day(day), true) = (self, days_only) {
            return day.checked_add(by).ok().map(|day| day.to_string());
        }
        let moved = self.zoned(zone)?.checked_add(by).ok()?;
        Some(written(moved.timestamp(), zone))
    }
}

/// An instant as ISO text with the zone's offset, to the millisecond.
pub(crate) fn written(instant: Timestamp, zone: &TimeZone) -> String {
    let instant = instant.round(Unit::Millisecond).unwrap_or(instant);
    instant.display_with_offset(zone.to_offset(instant)).to_string()
}

/// A duration in words: `2 days`, `1 hour 30 minutes`.
pub(crate) fn duration(text: &str) -> Option<Span> {
    text.trim().parse::<Span>().ok()
}

/// What is said about words that are no duration.
pub(crate) fn no_duration(text: &str) -> String {
    format!("'{}' is no duration; write for example '2 days' or '1 hour 30 minutes'", shortened(text))
}
