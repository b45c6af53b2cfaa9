//! Schedules: five-field cron or words, in a time zone. It says when; it starts nothing.
//!
//! What the clocks do twice a year: a schedule by times of day fires once for each of its times, at the first moment after the
//! gap where a time is skipped, at the first of the two where a time is shown twice. A schedule for every hour (`*` as the
//! hour: `every 15 minutes`, `every hour`) goes by elapsed time and has no gap and no double.

mod cron;
mod describe;
mod words;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use crate::WordsError;

/// When something happens again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Five fields, one space between them.
    text: String,
    cron: croner::Cron,
    zone: TimeZone,
}

impl Schedule {
    /// Reads five-field cron: minute, hour, day of the month, month, day of the week. Sunday is 0 and 7, `1-5` is Monday to
    /// Friday; where both days are given, either will do. Names (`MON`, `JAN`), `L` (last) and `#` (the n-th) are known.
    pub fn parse_cron(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        let (text, cron) = cron::parse(text)?;
        Ok(Self { text, cron, zone })
    }

    /// Reads words: `every weekday at 09:00`, `every monday and thursday at 9:00`, `every 15 minutes`, `every hour`,
    /// `on the 1st of every month at 08:00`.
    pub fn parse_words(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        Self::parse_cron(&words::to_cron(text)?, zone)
    }

    /// Reads words or cron, whichever it is.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, WordsError> {
        if text.trim_start().starts_with(char::is_alphabetic) {
            Self::parse_words(text, zone)
        } else {
            Self::parse_cron(text, zone)
        }
    }

    /// The first firing strictly after `after`; nothing where there is none any more.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.text.split(' ').nth(1) == Some("*") {
            self.next_elapsed(after)
        } else {
            self.next_by_clock(after)
        }
    }

    /// The first firing of a schedule by times of day.
    fn next_by_clock(&self, after: Timestamp) -> Option<Timestamp> {
        let mut civil = after.to_zoned(self.zone.clone()).datetime();
        loop {
            // Later local times are never earlier moments here: all times of a gap are the moment after it, and
            // all times shown twice are their first showing. So the first that is late enough is the next.
            civil = self.next_civil(civil)?;
            let at = self.moment_of(civil)?;
            if at > after {
                return Some(at);
            }
        }
    }

    /// The first firing of a schedule for every hour.
    fn next_elapsed(&self, after: Timestamp) -> Option<Timestamp> {
        let mut from = after;
        let mut offset = self.zone.to_offset(after);
        loop {
            let at = offset.to_timestamp(self.next_civil(offset.to_datetime(from))?).ok()?;
            match self.zone.following(from).next() {
                Some(change) if change.timestamp() <= at => {
                    // From the change on the clocks show something else; its very first moment counts too.
                    offset = change.offset();
                    let start = change.timestamp();
                    let before = start.checked_sub(SignedDuration::from_secs(1)).ok()?;
                    let first = offset.to_timestamp(self.next_civil(offset.to_datetime(before))?).ok()?;
                    if first > after && self.zone.to_offset(first) == offset {
                        return Some(first);
                    }
                    from = start;
                }
                _ => return Some(at),
            }
        }
    }

    /// The first matching local time after `civil`, as if no clock were ever changed.
    fn next_civil(&self, civil: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&civil, false).ok().filter(|next| *next > civil)
    }

    /// The moment of a local time: after the gap where it is skipped, the first where it is shown twice.
    fn moment_of(&self, civil: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        let Ok(moment) = ambiguous.compatible() else { return None };
        if !ambiguous.is_ambiguous() || self.shows(moment, civil) {
            return Some(moment);
        }
        // `compatible` is as far behind the gap as the time was inside; the gap ends at the change before that.
        let after = moment.checked_add(SignedDuration::from_nanos(1)).ok()?;
        self.zone.preceding(after).next().map(|change| change.timestamp())
    }

    fn shows(&self, moment: Timestamp, civil: DateTime) -> bool {
        self.zone.to_datetime(moment) == civil
    }

    /// The schedule in words, without its time zone: `every weekday at 09:00`.
    pub fn describe(&self) -> String {
        describe::in_words(&self.text).unwrap_or_else(|| self.cron.describe())
    }

    /// The schedule as five-field cron.
    pub fn cron(&self) -> &str {
        &self.text
    }

    /// Its time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    use super::Schedule;

    fn firings(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let schedule = Schedule::parse(text, zone.clone()).unwrap();
        let mut at: Timestamp = after.parse().unwrap();
        (0..count)
            .map(|_| {
                at = schedule.next_after(at).unwrap();
                at.to_zoned(zone.clone()).strftime("%a %m-%d %H:%M%:::z").to_string()
            })
            .collect()
    }

    #[test]
    fn one_to_five_is_monday_to_friday_and_sunday_is_zero_and_seven() {
        let after = "2026-03-05T12:00:00Z";
        assert_eq!(
            firings("0 9 * * 1-5", "UTC", after, 3),
            ["Fri 03-06 09:00+00", "Mon 03-09 09:00+00", "Tue 03-10 09:00+00"]
        );
        for sunday in ["0 9 * * 0", "0 9 * * 7", "0 9 * * SUN"] {
            assert_eq!(firings(sunday, "UTC", after, 1), ["Sun 03-08 09:00+00"], "{sunday}");
        }
        assert_eq!(firings("0 9 * * 5-7", "UTC", after, 3)[2], "Sun 03-08 09:00+00");
    }

    #[test]
    fn a_skipped_time_fires_once_after_the_gap() {
        // Madrid, the night to 29 March 2026: two o'clock is three o'clock.
        let after = "2026-03-28T12:00:00+01:00";
        assert_eq!(
            firings("30 2 * * *", "Europe/Madrid", after, 2),
            ["Sun 03-29 03:00+02", "Mon 03-30 02:30+02"]
        );
        assert_eq!(
            firings("15,45 2,3 * * *", "Europe/Madrid", after, 4),
            ["Sun 03-29 03:00+02", "Sun 03-29 03:15+02", "Sun 03-29 03:45+02", "Mon 03-30 02:15+02"]
        );
        assert_eq!(
            firings("0 2,3 * * *", "Europe/Madrid", after, 2),
            ["Sun 03-29 03:00+02", "Mon 03-30 02:00+02"]
        );
    }

    #[test]
    fn a_time_shown_twice_fires_once() {
        // Madrid, the night to 25 October 2026: three o'clock is two o'clock.
        let after = "2026-10-24T12:00:00+02:00";
        assert_eq!(
            firings("30 2 * * *", "Europe/Madrid", after, 2),
            ["Sun 10-25 02:30+02", "Mon 10-26 02:30+01"]
        );
        assert_eq!(
            firings("0,30 2,3 * * *", "Europe/Madrid", after, 4),
            ["Sun 10-25 02:00+02", "Sun 10-25 02:30+02", "Sun 10-25 03:00+01", "Sun 10-25 03:30+01"]
        );
        // Asked between the two showings.
        assert_eq!(
            firings("30 2 * * *", "Europe/Madrid", "2026-10-25T02:10:00+01:00", 1),
            ["Mon 10-26 02:30+01"]
        );
    }

    #[test]
    fn every_so_many_minutes_goes_by_elapsed_time() {
        assert_eq!(
            firings("every 30 minutes", "Europe/Madrid", "2026-10-25T02:00:00+02:00", 4),
            ["Sun 10-25 02:30+02", "Sun 10-25 02:00+01", "Sun 10-25 02:30+01", "Sun 10-25 03:00+01"]
        );
        assert_eq!(
            firings("every hour", "Europe/Madrid", "2026-03-29T00:30:00+01:00", 3),
            ["Sun 03-29 01:00+01", "Sun 03-29 03:00+02", "Sun 03-29 04:00+02"]
        );
        // A clock that changes by half an hour.
        assert_eq!(
            firings("every hour", "Australia/Lord_Howe", "2026-04-04T14:30:00Z", 2),
            ["Sun 04-05 02:00+10:30", "Sun 04-05 03:00+10:30"]
        );
    }

    #[test]
    fn a_day_that_never_was_fires_after_it() {
        // Samoa went from 29 to 31 December 2011.
        assert_eq!(
            firings("0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 2),
            ["Sat 12-31 00:00+14", "Sat 12-31 09:00+14"]
        );
    }

    #[test]
    fn seconds_of_the_start_do_not_matter() {
        assert_eq!(firings("0 9 * * *", "UTC", "2026-03-05T08:59:59.9Z", 1), ["Thu 03-05 09:00+00"]);
        assert_eq!(firings("0 9 * * *", "UTC", "2026-03-05T09:00:00.1Z", 1), ["Fri 03-06 09:00+00"]);
    }

    #[test]
    fn there_is_an_end_of_time() {
        let schedule = Schedule::parse("every day at 9:00", TimeZone::UTC).unwrap();
        assert_eq!(schedule.next_after(Timestamp::MAX), None);
        assert!(schedule.next_after(Timestamp::MIN).is_some());
    }

    proptest! {
        #[test]
        fn firings_strictly_increase_and_show_the_time(
            minute in prop::sample::select(vec!["0", "30", "*/15", "5,55", "*", "10-12"]),
            hour in prop::sample::select(vec!["2", "1-3", "*", "*/2", "0,23"]),
            day in prop::sample::select(vec!["* *", "1 *", "L *", "* 3,10", "25-31 3,10"]),
            weekday in prop::sample::select(vec!["*", "0", "1-5", "7"]),
            zone in prop::sample::select(vec!["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC", "Africa/Cairo"]),
            second in 1_700_000_000_i64..1_900_000_000,
        ) {
            let text = format!("{minute} {hour} {day} {weekday}");
            let schedule = Schedule::parse_cron(&text, TimeZone::get(zone).unwrap()).unwrap();
            let mut last = Timestamp::from_second(second).unwrap();
            for _ in 0..30 {
                let next = schedule.next_after(last).unwrap();
                prop_assert!(next > last);
                prop_assert_eq!(next.subsec_nanosecond(), 0);
                // Nothing fires between the two: asking from just before gives the same answer.
                let just_before = next - jiff::SignedDuration::from_secs(1);
                if just_before > last {
                    prop_assert_eq!(schedule.next_after(just_before), Some(next));
                }
                last = next;
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-0-9*/,?LW#A-Z ]{0,20}|(every|on the|[0-9a-z]{1,9}|at| |:){1,9}|.{0,30}") {
            if let Ok(schedule) = Schedule::parse(&text, TimeZone::UTC) {
                let _ = (schedule.next_after(Timestamp::UNIX_EPOCH), schedule.describe());
            }
            let _ = Schedule::parse_words(&text, TimeZone::UTC);
            let _ = Schedule::parse_cron(&text, TimeZone::UTC);
        }
    }
}
