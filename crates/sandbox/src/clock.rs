//! Time, as the sandbox tells it: the instant, its spellings in the API, and pauses.
//!
//! The sandbox is the other side of the wire and may know no other room of the house, so this file is the one place
//! in it that asks the machine for the time. Whoever holds time still hands [`NowFn`] in by the configuration.
//! It refuses to keep any state.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil, tz::TimeZone};

/// A source of the current instant. Without one the sandbox asks the machine.
pub type NowFn = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox may not depend on bellhop_clock; this is its only clock"
)]
pub(crate) fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// Waits for real: fault delays, and the webhook sender's retry schedule.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox may not depend on bellhop_clock; this is its only sleep"
)]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// ISO 8601 in UTC with milliseconds: `2026-11-02T09:22:00.137Z`, the API's usual spelling.
pub(crate) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `2026-11-02 09:22:00` on the wall of `zone`: the spelling of `GET /contacts/:id/appointments`.
pub(crate) fn wall(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// ISO 8601 with the offset of `zone`: the spelling of the calendars API and of appointment webhooks.
pub(crate) fn with_offset(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The zone of that name; UTC where the name is unknown.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Reads an instant: ISO 8601 with `Z` or an offset, or a bare date (midnight UTC).
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        let date = text.parse::<civil::Date>().ok()?;
        (text.len() == 10).then(|| date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp()))?
    })
}

/// Reads a moment of a data file: `now`, `now-3d`, `now+90m` (`m`inutes, `h`ours, `d`ays, `w`eeks).
pub(crate) fn relative(text: &str, now: Timestamp) -> Option<Timestamp> {
    let rest = text.strip_prefix("now")?;
    if rest.is_empty() {
        return Some(now);
    }
    let unit = match rest.chars().last()? {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    if !rest.starts_with(['+', '-']) {
        return None;
    }
    let count: i64 = rest.get(..rest.len() - 1)?.parse().ok()?;
    Timestamp::from_millisecond(now.as_millisecond().checked_add(count.checked_mul(unit * 1_000)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_now() {
        let now: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        let told = |text| relative(text, now).map(iso);
        assert_eq!(told("now").as_deref(), Some("2026-01-10T00:00:00.000Z"));
        assert_eq!(told("now-3d").as_deref(), Some("2026-01-07T00:00:00.000Z"));
        assert_eq!(told("now+90m").as_deref(), Some("2026-01-10T01:30:00.000Z"));
        assert_eq!(told("nowhere"), None);
        assert_eq!(told("now3d"), None);
        assert_eq!(told("tomorrow"), None);
    }

    #[test]
    fn instants_are_read_in_every_spelling_and_wall_times_follow_the_zone() {
        assert_eq!(read("2026-07-01T12:00:00+02:00").map(iso).as_deref(), Some("2026-07-01T10:00:00.000Z"));
        assert_eq!(read("2026-07-01").map(iso).as_deref(), Some("2026-07-01T00:00:00.000Z"));
        assert_eq!(read("soon"), None);
        let at = read("2026-07-01T10:00:00Z").unwrap();
        assert_eq!(wall(at, &zone("Europe/London")), "2026-07-01 11:00:00");
        assert_eq!(with_offset(at, &zone("Europe/London")), "2026-07-01T11:00:00+01:00");
    }
}
