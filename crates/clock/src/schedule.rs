//! Schedules: five-field cron or words, in a time zone.

use jiff::{Timestamp, tz::TimeZone};

use crate::WordsError;

/// When something happens again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(());

impl Schedule {
    /// Reads five-field cron: minute, hour, day of the month, month, day of the week (Sunday is 0 and 7).
    pub fn parse_cron(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        let _ = (text, zone);
        todo!()
    }

    /// Reads words: `every weekday at 09:00`, `every 15 minutes`, `on the 1st of every month at 08:00`.
    pub fn parse_words(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        let _ = (text, zone);
        todo!()
    }

    /// Reads words or cron, whichever it is.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        let _ = (text, zone);
        todo!()
    }

    /// The first firing strictly after `after`; nothing where there is none any more.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let _ = after;
        todo!()
    }

    /// The schedule in words.
    pub fn describe(&self) -> String {
        todo!()
    }

    /// The schedule as five-field cron.
    pub fn cron(&self) -> &str {
        todo!()
    }

    /// Its time zone.
    pub fn zone(&self) -> &TimeZone {
        todo!()
    }
}
