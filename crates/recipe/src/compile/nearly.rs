//! Moments and durations as other tools and other countries write them, put the way they are written here. Only ever asked about
//! what cannot be read.

use bellhop_clock::{Moment, parse_duration};

/// A date in numbers, where only one reading makes a date: `24.12.2026`, `12/24/2026`; and `now + 2 days`.
pub(super) fn moment(text: &str) -> Option<String> {
    let text = text.trim();
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

/// A duration with a word before it, `for 2 days`, or by the clock, `00:30:00`.
pub(super) fn duration(text: &str) -> Option<String> {
    let text = text.trim();
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
