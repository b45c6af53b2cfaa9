//! Moments in words.

use jiff::{Timestamp, tz::TimeZone};

use crate::WordsError;

/// A moment in words, relative to now: `in 2 days at 09:00`, `next monday`, `2026-03-01`, `2 hours ago`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment(());

impl Moment {
    /// Reads a moment in words or an ISO 8601 date or date-time.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let _ = text;
        todo!()
    }

    /// The moment, seen from `now` in `zone`.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let _ = (now, zone);
        todo!()
    }

    /// Whether only a day is said (`tomorrow`, `2026-03-01`); it resolves to the start of that day.
    pub fn is_date_only(&self) -> bool {
        todo!()
    }
}
