//! Time zones by their IANA names.

use jiff::tz::TimeZone;

use crate::WordsError;

/// The time zone of an IANA name such as `Europe/Madrid`; `UTC` too.
pub fn time_zone(name: &str) -> Result<TimeZone, WordsError> {
    let _ = name;
    todo!()
}
