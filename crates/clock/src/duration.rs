//! Durations in words: `2 days`, `1 week 2 days`, `90 seconds`, `30m`, `500 ms`.
//!
//! A day, a week, a month and a year are the calendar's, so that `1 day` after nine o'clock is nine o'clock, whatever the
//! clocks did that night. Nothing here is negative.

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};

use crate::WordsError;
use crate::words::{mended, nearest, number_word, shown};

/// A duration as people write it. Two are equal when they say the same: `60 seconds` is not `1 minute`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DurationWords([u64; 8]);

/// A unit, largest first: its name, how else it is written, its length in milliseconds (a month as 30 days, a year as 365).
struct Unit {
    one: &'static str,
    many: &'static str,
    short: &'static [&'static str],
    milliseconds: u64,
}

const UNITS: [Unit; 8] = [
    Unit { one: "year", many: "years", short: &["y", "yr", "yrs"], milliseconds: 365 * DAY },
    Unit { one: "month", many: "months", short: &["mo", "mos"], milliseconds: 30 * DAY },
    Unit { one: "week", many: "weeks", short: &["w", "wk", "wks"], milliseconds: 7 * DAY },
    Unit { one: "day", many: "days", short: &["d"], milliseconds: DAY },
    Unit { one: "hour", many: "hours", short: &["h", "hr", "hrs"], milliseconds: 3_600_000 },
    Unit { one: "minute", many: "minutes", short: &["m", "min", "mins"], milliseconds: 60_000 },
    Unit { one: "second", many: "seconds", short: &["s", "sec", "secs"], milliseconds: 1000 },
    Unit { one: "ms", many: "ms", short: &["millisecond", "milliseconds", "msec"], milliseconds: 1 },
];
const DAY: u64 = 86_400_000;
/// The first unit that is the same length on every day.
const HOURS: usize = 4;
/// A hundred years: more is a slip.
const LONGEST: u64 = 100 * 366 * DAY;

const HELP: &str = "Write a number and a unit, such as `2 days`, `90 minutes` or `1 week 2 days`.";

/// Reads a duration in words.
///
/// Units: years, months, weeks, days, hours, minutes, seconds, ms, and their usual short forms. Several add up, with
/// or without `and` between them. Fractions (`1.5 hours`) are for hours, minutes and seconds.
pub fn parse_duration(text: &str) -> Result<DurationWords, WordsError> {
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return Err(WordsError::new("there is no duration here").help(HELP));
    }
    let mut total = DurationWords::default();
    let mut rest = lower.as_str();
    let mut parts = 0;
    while !rest.is_empty() {
        let number_end =
            rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let after = after.trim_start();
        let unit_end = after.find(|letter: char| !letter.is_alphabetic()).unwrap_or(after.len());
        let (word, next) = after.split_at(unit_end);
        let unit = UNITS.iter().position(|unit| unit.is_called(word));
        let (Some(unit), false) = (unit, number.is_empty()) else {
            return Err(refused(text, &lower, number, word));
        };
        total.add(number, unit, text)?;
        parts += 1;
        rest = next.trim_start().trim_start_matches(',').trim_start();
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
        if parts > 1 && total.milliseconds() > LONGEST {
            break;
        }
    }
    if total.milliseconds() > LONGEST {
        return Err(WordsError::new(format!("`{}` is more than 100 years", shown(text))));
    }
    Ok(total)
}

impl Unit {
    fn is_called(&self, word: &str) -> bool {
        word == self.one || word == self.many || self.short.contains(&word)
    }
}

/// The names of all units, as they are best written.
pub(crate) fn unit_names() -> impl Iterator<Item = &'static str> {
    UNITS.iter().flat_map(|unit| [unit.many, unit.one])
}

fn is_unit(word: &str) -> bool {
    UNITS.iter().any(|unit| unit.is_called(word))
}

/// Why the part that starts with `number` and `word` cannot be read.
fn refused(text: &str, lower: &str, number: &str, word: &str) -> WordsError {
    let written = shown(text.trim());
    if lower.starts_with('-') {
        return WordsError::new(format!("`{written}` is negative; a duration never is")).help(HELP);
    }
    let bytes = lower.as_bytes();
    let comma = lower.char_indices().find(|(at, letter)| {
        *letter == ','
            && *at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    });
    if let Some((at, _)) = comma {
        let candidate = format!("{}.{}", &lower[..at], &lower[at + 1..]);
        return WordsError::new(format!("`{written}` has a comma in a number; write it with a point"))
            .help(HELP)
            .suggest(parse_duration(&candidate).is_ok().then_some(candidate));
    }
    let suggestion = mended(lower, |word| {
        number_word(word)
            .map(|number| number.to_string())
            .or_else(|| nearest(word, unit_names()).filter(|_| !is_unit(word)).map(str::to_owned))
    })
    .filter(|candidate| parse_duration(candidate).is_ok());
    let message = if number.is_empty() && number_word(word).is_some() {
        format!("numbers are written in digits, not as `{word}`")
    } else if number.is_empty() {
        format!("`{written}` is no duration")
    } else if word.is_empty() {
        format!("`{number}` has no unit after it in `{written}`")
    } else {
        format!("`{word}` is no unit of time")
    };
    WordsError::new(message).help(HELP).suggest(suggestion)
}

impl DurationWords {
    /// Adds `number` of a unit, where the number can be read and is not absurd.
    fn add(&mut self, number: &str, unit: usize, text: &str) -> Result<(), WordsError> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number = !whole.is_empty()
            && (fraction.is_empty() != number.contains('.'))
            && fraction.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number {
            return Err(WordsError::new(format!("`{}` is no number", shown(number))).help(HELP));
        }
        let too_long = || WordsError::new(format!("`{}` is more than 100 years", shown(text)));
        let amount: u64 = whole.parse().map_err(|_| too_long())?;
        if amount.saturating_mul(UNITS[unit].milliseconds) > LONGEST {
            return Err(too_long());
        }
        self.0[unit] += amount;
        if fraction.is_empty() {
            return Ok(());
        }
        if unit < HOURS || fraction.len() > 6 {
            let hours = (unit == 3 && fraction == "5").then(|| format!("{} hours", amount * 24 + 12));
            return Err(WordsError::new(format!(
                "`{} {}` has a fraction, which only hours, minutes and seconds can have",
                shown(number),
                UNITS[unit].many
            ))
            .help("Write it with a smaller unit beside it, such as `1 day 12 hours`.")
            .suggest(hours));
        }
        let part: u64 = fraction.parse().map_err(|_| too_long())?;
        let scale = 10_u64.pow(u32::try_from(fraction.len()).unwrap_or(6));
        let mut rest = part * UNITS[unit].milliseconds / scale;
        for (at, smaller) in UNITS.iter().enumerate().skip(unit + 1) {
            self.0[at] += rest / smaller.milliseconds;
            rest %= smaller.milliseconds;
        }
        Ok(())
    }

    /// With a day as 24 hours, a month as 30 days and a year as 365.
    fn milliseconds(&self) -> u64 {
        self.0
            .iter()
            .zip(&UNITS)
            .map(|(amount, unit)| amount.saturating_mul(unit.milliseconds))
            .fold(0, u64::saturating_add)
    }

    /// Exactly this much time, in hours, minutes, seconds and milliseconds. Negative time counts as none.
    pub fn exactly(time: SignedDuration) -> Self {
        let mut rest = u64::try_from(time.as_millis()).unwrap_or(0).min(LONGEST);
        let mut words = Self::default();
        for (at, unit) in UNITS.iter().enumerate().skip(HOURS) {
            words.0[at] = rest / unit.milliseconds;
            rest %= unit.milliseconds;
        }
        words
    }

    /// The moment this long after `start`; days and longer units are those of `zone`'s calendar. The last moment there
    /// is, where that would be later still.
    pub fn add_to(&self, start: Timestamp, zone: &TimeZone) -> Timestamp {
        let sum = start.to_zoned(zone.clone()).checked_add(self.span());
        sum.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    /// The moment this long before `end`; days and longer units are those of `zone`'s calendar. The first moment there
    /// is, where that would be earlier still.
    pub fn subtract_from(&self, end: Timestamp, zone: &TimeZone) -> Timestamp {
        let difference = end.to_zoned(zone.clone()).checked_sub(self.span());
        difference.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }

    /// The elapsed time, with a day as 24 hours, a month as 30 days and a year as 365: for time-outs and comparisons.
    pub fn elapsed(&self) -> SignedDuration {
        SignedDuration::from_millis(i64::try_from(self.milliseconds()).unwrap_or(i64::MAX))
    }

    /// The same as a calendar span.
    pub fn span(&self) -> Span {
        // A hundred years in any unit is far inside what a span holds.
        let part = |unit: usize| i64::try_from(self.0[unit]).unwrap_or(i64::MAX);
        Span::new()
            .years(part(0))
            .months(part(1))
            .weeks(part(2))
            .days(part(3))
            .hours(part(4))
            .minutes(part(5))
            .seconds(part(6))
            .milliseconds(part(7))
    }
}

impl std::fmt::Display for DurationWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for (amount, unit) in self.0.iter().zip(&UNITS).filter(|(amount, _)| **amount > 0) {
            let name = if *amount == 1 { unit.one } else { unit.many };
            write!(formatter, "{separator}{amount} {name}")?;
            separator = " ";
        }
        if separator.is_empty() { formatter.write_str("0 seconds") } else { Ok(()) }
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

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    use super::{DurationWords, parse_duration};

    #[test]
    fn words_are_read_and_given_back() {
        for (text, words) in [
            ("2 days", "2 days"),
            ("1 hour", "1 hour"),
            ("90 seconds", "90 seconds"),
            ("1 week 2 days", "1 week 2 days"),
            ("1 week, 2 days and 3 hours", "1 week 2 days 3 hours"),
            ("30m", "30 minutes"),
            ("1h30m", "1 hour 30 minutes"),
            ("500 ms", "500 ms"),
            ("1.5 hours", "1 hour 30 minutes"),
            (" 2 Days ", "2 days"),
            ("0 seconds", "0 seconds"),
            ("1 month", "1 month"),
        ] {
            assert_eq!(parse_duration(text).unwrap().to_string(), words, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        for (text, part, meant) in [
            ("2 dyas", "no unit", Some("2 days")),
            ("two days", "digits", Some("2 days")),
            ("an hour", "digits", Some("1 hour")),
            ("1,5 hours", "comma", Some("1.5 hours")),
            ("1.5 days", "fraction", Some("36 hours")),
            ("30", "no unit after it", None),
            ("-2 days", "negative", None),
            ("", "no duration", None),
            ("soon", "no duration", None),
            ("3 lightyears", "no unit", None),
            ("1.2.3 hours", "no number", None),
            ("1. hours", "no number", None),
            ("101 years", "100 years", None),
            ("99999999999999999999999 days", "100 years", None),
            ("2 days x", "no duration", None),
        ] {
            let error = parse_duration(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
            assert_eq!(error.suggestion.as_deref(), meant, "{text}: {error}");
        }
    }

    #[test]
    fn a_day_is_a_calendar_day_and_24_hours_are_not() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        // The night the clocks went forward.
        let start: Timestamp = "2026-03-28T09:00:00+01:00".parse().unwrap();
        let add = |text: &str| parse_duration(text).unwrap().add_to(start, &zone);
        assert_eq!(add("1 day"), "2026-03-29T09:00:00+02:00".parse().unwrap());
        assert_eq!(add("24 hours"), "2026-03-29T10:00:00+02:00".parse().unwrap());
        let back = parse_duration("1 day").unwrap().subtract_from(add("1 day"), &zone);
        assert_eq!(back, start);
    }

    #[test]
    fn time_beyond_all_time_is_the_edge_of_time() {
        let words = parse_duration("99 years").unwrap();
        assert_eq!(words.add_to(Timestamp::MAX, &TimeZone::UTC), Timestamp::MAX);
        assert_eq!(words.subtract_from(Timestamp::MIN, &TimeZone::UTC), Timestamp::MIN);
    }

    #[test]
    fn serde_reads_and_writes_words() {
        let words: DurationWords = serde_json::from_str("\"2 days\"").unwrap();
        assert_eq!(serde_json::to_string(&words).unwrap(), "\"2 days\"");
        let error = serde_json::from_str::<DurationWords>("\"2 dyas\"").unwrap_err().to_string();
        assert!(error.contains("Did you mean `2 days`?"), "{error}");
    }

    #[test]
    fn exact_time_is_in_hours() {
        let words = DurationWords::exactly(SignedDuration::from_secs(90_061));
        assert_eq!(words.to_string(), "25 hours 1 minute 1 second");
        assert_eq!(words.elapsed(), SignedDuration::from_secs(90_061));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-0-9a-z., é]{0,30}|.{0,30}") {
            if let Ok(words) = parse_duration(&text) {
                prop_assert_eq!(parse_duration(&words.to_string()), Ok(words));
                let _ = words.add_to(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
            }
        }

        #[test]
        fn suggestions_can_be_read(text in "(a|two|2|1,5|7) (dyas|days|huors|minuts|weks)( and)?( 3 dais)?") {
            if let Err(error) = parse_duration(&text) && let Some(meant) = error.suggestion {
                prop_assert!(parse_duration(&meant).is_ok(), "{meant}");
            }
        }
    }
}
