//! Moments in words, relative to now: `tomorrow at 9:00`, `in 2 days`, `next monday at 09:00`, `2 hours ago`, and ISO 8601.
//!
//! Reading needs no clock; [`Moment::resolve`] is told what time it is and where.

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

use crate::duration::{DurationWords, parse_duration, unit_names};
use crate::time_of_day::{self, parse_time_of_day};
use crate::words::{mended, nearest, number_word, shown};
use crate::{WordsError, weekday};

/// A moment in words, relative to now: `in 2 days at 09:00`, `next monday`, `2026-03-01`, `2 hours ago`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    text: String,
    base: Base,
    time: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    Now,
    /// Days from today.
    Day(i32),
    /// The first such day after today, or the last before it.
    Weekday(Weekday, Direction),
    In(DurationWords),
    Ago(DurationWords),
    Date(Date),
    /// In the zone it is resolved in.
    Local(DateTime),
    Exact(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Next,
    Last,
}

const HELP: &str = "Write a moment such as `tomorrow at 9:00`, `in 2 days`, `next monday at 09:00`, `2 hours ago`, \
                    `2026-03-01` or `2026-03-01T09:00:00+01:00`.";

const WORDS: [&str; 12] =
    ["now", "today", "tomorrow", "yesterday", "in", "ago", "from", "at", "next", "last", "noon", "midnight"];

impl Moment {
    /// Reads a moment in words or an ISO 8601 date or date-time.
    ///
    /// Words: `now`, `today`, `tomorrow`, `yesterday`, `monday` or `next monday` (the first one after today), `last monday`,
    /// `in` a duration, a duration `from now`, a duration `ago`; each of a day can be followed by `at` a time of day.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let written = text.trim();
        let moment = |base, time| Ok(Self { text: written.to_owned(), base, time });
        if written.starts_with(|first: char| first.is_ascii_digit())
            && let Some(base) = iso(written)
        {
            return moment(base, None);
        }
        let lower = written.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let (day, time) = match lower.split_once(" at ") {
            Some((day, time)) => (day, Some(time)),
            None => (lower.as_str(), None),
        };
        let Some(base) = base(day) else { return Err(refused(written, &lower, day)) };
        let time = match time {
            None => None,
            Some(_) if matches!(base, Base::Now | Base::Local(_) | Base::Exact(_)) => {
                return Err(
                    WordsError::new(format!("`{}` already says the time of day", shown(day))).help(HELP)
                );
            }
            Some(time) => Some(parse_time_of_day(time)?),
        };
        moment(base, time)
    }

    /// The moment, seen from `now` in `zone`. A day without a time of day is its first moment. A time that the clocks skip is
    /// as much later, one that they show twice is the first of the two.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let here = now.to_zoned(zone.clone());
        let base = match &self.base {
            Base::Now => return now,
            Base::Exact(at) => return *at,
            Base::Local(datetime) => return local(*datetime, zone),
            Base::In(duration) => duration.add_to(now, zone),
            Base::Ago(duration) => duration.subtract_from(now, zone),
            Base::Day(_) | Base::Weekday(..) | Base::Date(_) => {
                return local(self.day(&here).to_datetime(self.time.unwrap_or(Time::MIN)), zone);
            }
        };
        match self.time {
            None => base,
            Some(time) => local(base.to_zoned(zone.clone()).date().to_datetime(time), zone),
        }
    }

    fn day(&self, here: &Zoned) -> Date {
        let today = here.date();
        let days_on = |days: i32| {
            let edge = if days < 0 { Date::MIN } else { Date::MAX };
            today.checked_add(jiff::Span::new().days(days)).unwrap_or(edge)
        };
        match &self.base {
            Base::Day(days) => days_on(*days),
            Base::Weekday(weekday, Direction::Next) => today.nth_weekday(1, *weekday).unwrap_or(Date::MAX),
            Base::Weekday(weekday, Direction::Last) => today.nth_weekday(-1, *weekday).unwrap_or(Date::MIN),
            Base::Date(date) => *date,
            Base::Now | Base::In(_) | Base::Ago(_) | Base::Local(_) | Base::Exact(_) => today,
        }
    }

    /// Whether only a day is said (`tomorrow`, `next monday`, `2026-03-01`); it resolves to the first moment of that day.
    pub fn is_date_only(&self) -> bool {
        self.time.is_none() && matches!(self.base, Base::Day(_) | Base::Weekday(..) | Base::Date(_))
    }

    /// Whether the moment is the same whenever and wherever it is resolved.
    pub fn is_fixed(&self) -> bool {
        matches!(self.base, Base::Exact(_))
    }
}

/// The moment of a local date and time; beyond the edges of time, the edge.
fn local(datetime: DateTime, zone: &TimeZone) -> Timestamp {
    let edge = if datetime.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    zone.to_ambiguous_zoned(datetime).compatible().map_or(edge, |zoned| zoned.timestamp())
}

fn iso(text: &str) -> Option<Base> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= 10
    {
        return Some(Base::Date(date));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Base::Exact(at));
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(Base::Exact(zoned.timestamp()));
    }
    text.contains(':').then(|| text.parse::<DateTime>().ok().map(Base::Local))?
}

fn base(day: &str) -> Option<Base> {
    match day {
        "now" => return Some(Base::Now),
        "today" => return Some(Base::Day(0)),
        "tomorrow" => return Some(Base::Day(1)),
        "yesterday" => return Some(Base::Day(-1)),
        "the day after tomorrow" => return Some(Base::Day(2)),
        _ => {}
    }
    if let Some(duration) = day.strip_prefix("in ") {
        return parse_duration(duration).ok().map(Base::In);
    }
    if let Some(duration) = day.strip_suffix(" from now") {
        return parse_duration(duration).ok().map(Base::In);
    }
    if let Some(duration) = day.strip_suffix(" ago") {
        return parse_duration(duration).ok().map(Base::Ago);
    }
    let (direction, name) = match day.split_once(' ') {
        Some(("next" | "on", name)) => (Direction::Next, name),
        Some(("last", name)) => (Direction::Last, name),
        _ => (Direction::Next, day),
    };
    weekday::named(name)
        .map(|weekday| Base::Weekday(weekday, direction))
        .or_else(|| iso(day).filter(|base| matches!(base, Base::Date(_))))
}

/// Why `day` is no day and no moment.
fn refused(written: &str, lower: &str, day: &str) -> WordsError {
    let message = if written.is_empty() {
        "there is no moment here".to_owned()
    } else {
        format!("`{}` is no moment", shown(written))
    };
    let error = WordsError::new(message).help(HELP);
    let with_rest = |better: &str| lower.replacen(day, better, 1);
    let good = |candidate: String| Moment::parse(&candidate).is_ok().then_some(candidate);
    if parse_duration(day).is_ok() {
        return error.suggest(good(with_rest(&format!("in {day}"))));
    }
    if time_of_day::parse_time_of_day(day.strip_prefix("at ").unwrap_or(day)).is_ok() {
        let time = day.strip_prefix("at ").unwrap_or(day);
        return error.suggest(good(format!("today at {time}")));
    }
    for (before, after) in [("in ", ""), ("", " ago"), ("", " from now")] {
        if let Some(inner) = day.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
            && let Err(inner_error) = parse_duration(inner)
            && let Some(better) = inner_error.suggestion
        {
            let suggestion = good(with_rest(&format!("{before}{better}{after}")));
            return WordsError { message: inner_error.message, ..error }.suggest(suggestion);
        }
    }
    let known = || WORDS.into_iter().chain(weekday::NAMES).chain(unit_names());
    let suggestion = mended(lower, |word| {
        if known().any(|known| known == word) {
            return None;
        }
        number_word(word)
            .map(|number| number.to_string())
            .or_else(|| nearest(word, known()).map(str::to_owned))
    });
    error.suggest(suggestion.and_then(good))
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::str::FromStr for Moment {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    use super::Moment;

    /// A Thursday, the week before the clocks go forward in Madrid.
    const NOW: &str = "2026-03-26T15:30:00+01:00";

    fn resolved(text: &str) -> String {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let at = Moment::parse(text).unwrap().resolve(NOW.parse().unwrap(), &zone);
        at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    #[test]
    fn words_become_moments() {
        for (text, at) in [
            ("now", "2026-03-26T15:30:00+01:00"),
            ("today", "2026-03-26T00:00:00+01:00"),
            ("tomorrow", "2026-03-27T00:00:00+01:00"),
            ("Tomorrow at 9:00", "2026-03-27T09:00:00+01:00"),
            ("yesterday at noon", "2026-03-25T12:00:00+01:00"),
            ("in 2 days", "2026-03-28T15:30:00+01:00"),
            ("in 2 days at 09:00", "2026-03-28T09:00:00+01:00"),
            ("in 4 days", "2026-03-30T15:30:00+02:00"),
            ("in 90 minutes", "2026-03-26T17:00:00+01:00"),
            ("2 hours from now", "2026-03-26T17:30:00+01:00"),
            ("2 hours ago", "2026-03-26T13:30:00+01:00"),
            ("next monday at 09:00", "2026-03-30T09:00:00+02:00"),
            ("thursday", "2026-04-02T00:00:00+02:00"),
            ("last thursday", "2026-03-19T00:00:00+01:00"),
            ("friday at 5pm", "2026-03-27T17:00:00+01:00"),
            ("2026-03-01", "2026-03-01T00:00:00+01:00"),
            ("2026-03-01 at 9:00", "2026-03-01T09:00:00+01:00"),
            ("2026-07-01T09:00:00Z", "2026-07-01T11:00:00+02:00"),
            ("2026-07-01T09:00:00-05:00", "2026-07-01T16:00:00+02:00"),
            ("2026-07-01T09:00", "2026-07-01T09:00:00+02:00"),
            ("2026-07-01 09:00", "2026-07-01T09:00:00+02:00"),
            // The clocks skip from two to three in that night.
            ("2026-03-29 at 2:30", "2026-03-29T03:30:00+02:00"),
        ] {
            assert_eq!(resolved(text), at, "{text}");
        }
    }

    #[test]
    fn days_are_told_from_moments() {
        for text in ["today", "tomorrow", "next monday", "2026-03-01"] {
            assert!(Moment::parse(text).unwrap().is_date_only(), "{text}");
        }
        for text in ["now", "in 2 days", "tomorrow at 9:00", "2026-03-01T09:00", "2 hours ago"] {
            assert!(!Moment::parse(text).unwrap().is_date_only(), "{text}");
        }
        assert!(Moment::parse("2026-07-01T09:00:00Z").unwrap().is_fixed());
        assert!(!Moment::parse("2026-07-01T09:00").unwrap().is_fixed());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        for (text, meant) in [
            ("tomorow", Some("tomorrow")),
            ("tomorow at 9:00", Some("tomorrow at 9:00")),
            ("next mondey at 9:00", Some("next monday at 9:00")),
            ("in 2 dyas", Some("in 2 days")),
            ("in two days at 9:00", Some("in 2 days at 9:00")),
            ("2 days", Some("in 2 days")),
            ("2 dyas ago", Some("2 days ago")),
            ("9:00", Some("today at 9:00")),
            ("at 9:00", Some("today at 9:00")),
            ("", None),
            ("soon", None),
            ("tomorrow at 25:00", None),
            ("now at 9:00", None),
            ("2026-13-01", None),
            ("2026-02-30", None),
        ] {
            let error = Moment::parse(text).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), meant, "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in "((in|at|next|last|2 days|ago|tomorrow|monday|9:00|2026-03-01|T| ){1,6})|.{0,30}",
            second in -377_705_116_800_i64..=253_402_207_200,
        ) {
            if let Ok(moment) = Moment::parse(&text) {
                prop_assert_eq!(Moment::parse(&moment.to_string()), Ok(moment.clone()));
                let _ = moment.resolve(Timestamp::from_second(second).unwrap(), &TimeZone::get("Asia/Tokyo").unwrap());
            }
        }
    }
}
