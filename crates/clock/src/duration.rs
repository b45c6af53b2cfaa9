//! Durations in words.

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};

use crate::WordsError;

/// A duration as people write it: `2 days`, `1 week 2 days`, `90 seconds`, `500 ms`. Never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DurationWords {
    months: u32,
    days: u32,
    milliseconds: u64,
}

/// Reads a duration in words.
pub fn parse_duration(text: &str) -> Result<DurationWords, WordsError> {
    let _ = text;
    todo!()
}

impl DurationWords {
    /// The moment this long after `start`; a day is a calendar day of `zone`.
    pub fn add_to(&self, start: Timestamp, zone: &TimeZone) -> Timestamp {
        let _ = (start, zone);
        todo!()
    }

    /// The moment this long before `end`; a day is a calendar day of `zone`.
    pub fn subtract_from(&self, end: Timestamp, zone: &TimeZone) -> Timestamp {
        let _ = (end, zone);
        todo!()
    }

    /// The elapsed time, with a day as 24 hours and a month as 30 days: for time-outs and comparisons.
    pub fn elapsed(&self) -> SignedDuration {
        todo!()
    }

    /// The same as a calendar span.
    pub fn span(&self) -> Span {
        todo!()
    }
}

impl std::fmt::Display for DurationWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = formatter;
        todo!()
    }
}

impl std::str::FromStr for DurationWords {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_duration(text)
    }
}

impl serde::Serialize for DurationWords {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for DurationWords {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map_err(serde::de::Error::custom)
    }
}
