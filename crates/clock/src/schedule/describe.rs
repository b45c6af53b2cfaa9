//! Cron in words, for the shapes that people use. What is said here is read back by `words` as the same schedule.

use std::fmt::Write as _;

/// From Sunday, and Sunday again.
const DAYS: [&str; 8] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// From January.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The five fields in words; nothing where they say more than words do well.
pub(super) fn in_words(cron: &str) -> Option<String> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    let any_day = (day, month, weekday) == ("*", "*", "*");
    if hour == "*" && any_day {
        return match minute {
            "*" => Some("every minute".into()),
            "0" => Some("every hour".into()),
            _ => match minute.strip_prefix("*/") {
                Some(step) => Some(format!("every {} minutes", number(step)?)),
                None => Some(format!("every hour at minute {}", number(minute)?)),
            },
        };
    }
    if let (Some(step), "0", true) = (hour.strip_prefix("*/"), minute, any_day) {
        return Some(format!("every {} hours", number(step)?));
    }
    let minute = number(minute)?;
    let times: Option<Vec<String>> =
        hour.split(',').map(|hour| Some(format!("{:02}:{minute:02}", number(hour)?))).collect();
    Some(format!("{} at {}", days(day, month, weekday)?, listed(&times?)))
}

fn days(day: &str, month: &str, weekday: &str) -> Option<String> {
    if day == "*" {
        if month != "*" {
            return None;
        }
        return match weekday {
            "*" => Some("every day".into()),
            "1-5" => Some("every weekday".into()),
            "0,6" | "6,0" | "6,7" | "6-7" => Some("every saturday and sunday".into()),
            _ => {
                let names: Option<Vec<String>> = weekday
                    .split(',')
                    .map(|day| DAYS.get(number(day)?).map(|name| (*name).to_owned()))
                    .collect();
                Some(format!("every {}", listed(&names?)))
            }
        };
    }
    if weekday != "*" {
        return None;
    }
    let days: Option<Vec<String>> = day
        .split(',')
        .map(|day| match day {
            "L" => Some("last day".to_owned()),
            day => number(day).map(ordinal),
        })
        .collect();
    let of = if month == "*" {
        "every month".to_owned()
    } else {
        let names: Option<Vec<String>> = month
            .split(',')
            .map(|month| MONTHS.get(number(month)?.checked_sub(1)?).map(|name| (*name).to_owned()))
            .collect();
        listed(&names?)
    };
    Some(format!("on the {} of {of}", listed(&days?)))
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn ordinal(day: usize) -> String {
    let ending = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let separator = match at {
            0 => "",
            _ if at + 1 == words.len() => " and ",
            _ => ", ",
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{separator}{word}");
    }
    text
}
