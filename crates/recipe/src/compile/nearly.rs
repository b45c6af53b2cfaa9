//! Moments and durations as other tools and other countries write them, put the way they are written here. Only ever asked about
//! what cannot be read.

use bellhop_clock::{Moment, Schedule, parse_duration};
use bellhop_source::closest;
use jiff::tz::TimeZone;

use super::reworded;

/// A date in numbers, where only one reading makes a date: `24.12.2026`, `12/24/2026`; and `now + 2 days`.
pub(super) fn moment(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(better) = from_now(text) {
        return Some(better);
    }
    let later = text.strip_prefix("now").or_else(|| text.strip_prefix("today")).map(str::trim_start);
    if let Some(duration) = later.and_then(|rest| rest.strip_prefix('+')) {
        let duration = duration.trim();
        return parse_duration(duration).is_ok().then(|| format!("in {duration}"));
    }
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let [first, second, year] = parts.as_slice() else { return None };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
    let (first, second) = (number(first)?, number(second)?);
    let four_digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let (day, month) = match (first > 12, second > 12) {
        (true, false) => (first, second),
        (false, true) => (second, first),
        _ => return None,
    };
    let date = format!("{year}-{month:02}-{day:02}");
    (four_digits && Moment::parse(&date).is_ok()).then_some(date)
}

/// `2 days later`, `a week from now`, `in two days`: a duration from now in other words.
fn from_now(text: &str) -> Option<String> {
    let bare = [" later", " from now", " from today", " ahead"].iter().find_map(|end| text.strip_suffix(end));
    let bare = bare.or_else(|| text.strip_prefix("in ").or_else(|| text.strip_prefix("after ")))?;
    let duration = if parse_duration(bare).is_ok() { bare.to_owned() } else { reworded::duration(bare)? };
    Some(format!("in {duration}"))
}

/// A schedule in words that are not quite those: `daily at 9am`, `mondays at 9:00`, `weekly on monday at 9:00`, `@daily`, `09:00`.
pub(super) fn schedule(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let mut words: Vec<String> = lower.replace(',', " ").split_whitespace().map(str::to_owned).collect();
    let first = words.first()?.clone();
    let named = match first.as_str() {
        "@hourly" => Some("every hour"),
        "@daily" | "@midnight" => Some("every day at 00:00"),
        "@weekly" => Some("every sunday at 00:00"),
        "@monthly" => Some("on the 1st of every month at 00:00"),
        _ => None,
    };
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let begins = match first.as_str() {
        "daily" | "everyday" => vec!["every", "day"],
        "hourly" => vec!["every", "hour"],
        "weekdays" | "workdays" => vec!["every", "weekday"],
        "weekly" => vec!["every"],
        "each" => vec!["every"],
        "at" => vec!["every", "day", "at"],
        _ if first.starts_with(|letter: char| letter.is_ascii_digit()) => {
            vec!["every", "day", "at", first.as_str()]
        }
        "on" | "every" => vec![first.as_str()],
        _ => vec!["every", first.as_str()],
    };
    let begins: Vec<String> = begins.into_iter().map(str::to_owned).collect();
    words.splice(..1, begins);
    let weekly = first == "weekly";
    words.retain(|word| !weekly || word != "on");
    for word in &mut words {
        *word = day(word).or_else(|| clock(word)).unwrap_or_else(|| word.clone());
    }
    let before_time = words.iter().position(|word| word.contains(':'));
    if let Some(at) = before_time.filter(|at| *at > 0 && words[at - 1] != "at" && words[at - 1] != "and") {
        words.insert(at, "at".to_owned());
    }
    let better = words.join(" ");
    (better != lower && Schedule::parse(&better, TimeZone::UTC).is_ok()).then_some(better)
}

/// A weekday in the plural, or misspelt.
fn day(word: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let bare = word.strip_suffix('s').unwrap_or(word);
    let day = DAYS.into_iter().find(|day| *day == bare);
    day.or_else(|| closest(bare, DAYS).filter(|_| bare.len() > 5 && bare.ends_with("day"))).map(str::to_owned)
}

/// `9am` is `9:00`, `5pm` is `17:00`.
fn clock(word: &str) -> Option<String> {
    let (number, later) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(number), _) => (number, 0),
        (_, Some(number)) => (number, 12),
        _ => return None,
    };
    let (hour, minute) = number.split_once(':').unwrap_or((number, "00"));
    let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    Some(format!("{}:{minute}", hour % 12 + later))
}

/// A duration with a word before it, `for 2 days`, or by the clock, `00:30:00`.
pub(super) fn duration(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(better) = reworded::duration(text) {
        return Some(better);
    }
    let bare = ["for ", "after ", "wait "].iter().find_map(|word| text.strip_prefix(word)).map(str::trim);
    if let Some(bare) = bare.filter(|bare| parse_duration(bare).is_ok()) {
        return Some(bare.to_owned());
    }
    let parts: Option<Vec<u32>> = text.split(':').map(|part| part.parse().ok()).collect();
    let parts = parts?;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, 0),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let units = [(hours, "hour"), (minutes, "minute"), (seconds, "second")];
    let words: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    let words = words.join(" ");
    parse_duration(&words).is_ok().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::{duration, moment};

    #[test]
    fn dates_are_turned_round_only_where_one_reading_is_a_date() {
        for (text, meant) in [
            ("24.12.2026", Some("2026-12-24")),
            ("12/24/2026", Some("2026-12-24")),
            ("4.5.2026", None),
            ("31.02.2026", None),
            ("24.12.26", None),
            ("now + 2 days", Some("in 2 days")),
            ("now + x", None),
            ("", None),
        ] {
            assert_eq!(moment(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn durations_by_the_clock_are_said_in_words() {
        for (text, meant) in [
            ("00:30:00", Some("30 minutes")),
            ("01:05", Some("1 hour 5 minutes")),
            ("for 2 days", Some("2 days")),
            ("00:00", None),
            ("soon", None),
        ] {
            assert_eq!(duration(text).as_deref(), meant, "{text}");
        }
    }
}
