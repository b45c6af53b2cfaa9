//! Words to cron: `every weekday at 09:00` is `0 9 * * 1-5`.

use jiff::civil::Time;

use super::describe::MONTHS;
use crate::WordsError;
use crate::time_of_day::parse_time_of_day;
use crate::weekday;
use crate::words::{mended, nearest, number_word, shown};

const HELP: &str = "Write a schedule such as `every weekday at 09:00`, `every monday and thursday at 9:00`, `every 15 minutes`, \
                    `every hour` or `on the 1st of every month at 08:00`, or five cron fields.";

const WORDS: [&str; 16] = [
    "every", "day", "weekday", "weekend", "week", "month", "hour", "hours", "minute", "minutes", "at", "on",
    "the", "of", "last", "and",
];

/// Schedules that people write without `every`.
const HABITS: [(&str, &str); 4] =
    [("daily", "every day"), ("hourly", "every hour"), ("weekdays", "every weekday"), ("each", "every")];

/// The five fields that the words mean.
pub(super) fn to_cron(text: &str) -> Result<String, WordsError> {
    let lower = text.to_lowercase().replace(',', " , ");
    let words: Vec<&str> = lower.split_whitespace().collect();
    let written = words.join(" ").replace(" , ", ", ");
    if words.is_empty() {
        return Err(WordsError::new("there is no schedule here").help(HELP));
    }
    let (days, times) = match words.iter().position(|word| *word == "at") {
        Some(at) => (&words[..at], Some(&words[at + 1..])),
        None => (&words[..], None),
    };
    match days {
        ["every", "minute"] if times.is_none() => return Ok("* * * * *".into()),
        ["every", "hour"] => return hourly(times, &written),
        ["every", number, unit] if times.is_none() && is_number(number) => {
            return interval(number, unit, &written);
        }
        ["every", "week"] => {
            return Err(WordsError::new("`every week` does not say on which day")
                .help(HELP)
                .suggest(times.map(|times| format!("every monday at {}", times.join(" ")))));
        }
        _ => {}
    }
    let Some(day_fields) = day_fields(days) else { return Err(refused(&written, days)) };
    let Some(times) = times.filter(|times| !times.is_empty()) else {
        return Err(WordsError::new(format!("`{}` does not say at what time", shown(&written)))
            .help("Add a time of day, such as `at 09:00`.")
            .suggest(Some(format!("{} at 09:00", written.trim_end_matches(" at")))));
    };
    let (minute, hours) = time_fields(times)?;
    Ok(format!("{minute} {hours} {day_fields}"))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|digit| digit.is_ascii_digit())
}

fn hourly(times: Option<&[&str]>, written: &str) -> Result<String, WordsError> {
    match times {
        None => Ok("0 * * * *".into()),
        Some(["minute", minute]) if is_number(minute) => Ok(format!("{minute} * * * *")),
        Some(_) => {
            Err(WordsError::new(format!("`{}` says both every hour and a time of day", shown(written)))
                .help("Write `every hour`, `every hour at minute 15` or `every day at 09:00`."))
        }
    }
}

/// `every 15 minutes`: only steps that come out even, so that the clock shows the same minutes each hour or the same hours
/// each day.
fn interval(number: &str, unit: &str, written: &str) -> Result<String, WordsError> {
    let (whole, name) = match unit {
        "minute" | "minutes" | "min" | "mins" => (60, "minutes"),
        "hour" | "hours" => (24, "hours"),
        _ => return Err(refused(written, &["every", number, unit])),
    };
    let step: u32 = number.parse().unwrap_or(0);
    match (name, step) {
        ("minutes", 1) => return Ok("* * * * *".into()),
        ("minutes", 60) | ("hours", 1) => return Ok("0 * * * *".into()),
        _ => {}
    }
    if step == 0 || step >= whole || whole % step != 0 {
        let even: Vec<String> =
            (2..whole).filter(|step| whole % step == 0).map(|step| step.to_string()).collect();
        let nearest = (1..whole).filter(|even| whole % even == 0).min_by_key(|even| even.abs_diff(step));
        return Err(WordsError::new(format!("`every {number} {name}` does not come out even"))
            .help(format!("The steps that do are {} {name}.", even.join(", ")))
            .suggest(nearest.filter(|step| *step > 1).map(|step| format!("every {step} {name}"))));
    }
    Ok(if name == "minutes" { format!("*/{step} * * * *") } else { format!("0 */{step} * * *") })
}

/// The day of the month, the month and the day of the week.
fn day_fields(words: &[&str]) -> Option<String> {
    match words {
        ["every", "day"] => Some("* * *".into()),
        ["every", "weekday"] => Some("* * 1-5".into()),
        ["every", "weekend"] => Some("* * 0,6".into()),
        ["every", from, "to", to] => {
            let (from, to) = (weekday_number(from)?, weekday_number(to)?);
            // A range that ends on Sunday ends on the seven.
            let to = if to == 0 { 7 } else { to };
            (from < to).then(|| format!("* * {from}-{to}"))
        }
        ["every", names @ ..] => {
            let days = listed(names, |name| weekday_number(name).map(|day| day.to_string()))?;
            Some(format!("* * {days}"))
        }
        ["on", "the", rest @ ..] | ["the", rest @ ..] => monthly(rest),
        _ => None,
    }
}

fn monthly(words: &[&str]) -> Option<String> {
    let of = words.iter().position(|word| *word == "of")?;
    let (days, months) = (&words[..of], &words[of + 1..]);
    let without_day: Vec<&str> = days.iter().copied().filter(|word| *word != "day").collect();
    let days = listed(&without_day, |word| {
        if word == "last" {
            return Some("L".to_owned());
        }
        let digits =
            ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
        let day: u32 = digits.parse().ok()?;
        (1..=31).contains(&day).then(|| day.to_string())
    })?;
    let months = match months {
        ["every" | "each" | "the", "month"] => "*".to_owned(),
        names => listed(names, |name| {
            let month = MONTHS
                .iter()
                .position(|known| *known == name || name.len() >= 3 && known.get(..3) == Some(name))?;
            Some((month + 1).to_string())
        })?,
    };
    Some(format!("{days} {months} *"))
}

/// As cron counts: Sunday is 0.
fn weekday_number(name: &str) -> Option<i8> {
    weekday::named(name).map(jiff::civil::Weekday::to_sunday_zero_offset)
}

/// `a`, `a and b`, `a, b and c` as a list of cron.
fn listed(words: &[&str], mut read: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut items: Vec<String> = Vec::new();
    let mut is_item = true;
    for word in words {
        match *word {
            "and" | "," | "on" if !is_item => is_item = true,
            "and" => {}
            word if is_item => {
                items.push(read(word)?);
                is_item = false;
            }
            _ => return None,
        }
    }
    (!items.is_empty() && !is_item).then(|| items.join(","))
}

/// The minute and the hours of one or several times of day.
fn time_fields(words: &[&str]) -> Result<(i8, String), WordsError> {
    let joined = words.join(" ");
    let joined = joined.replace(" and ", " , ");
    let times: Result<Vec<Time>, WordsError> = joined.split(" , ").map(parse_time_of_day).collect();
    let times = times?;
    let minute = times.first().map_or(0, |time| time.minute());
    if times.iter().any(|time| time.minute() != minute || time.second() != 0) {
        return Err(WordsError::new(
            "one schedule has its times at the same minute of the hour, without seconds",
        )
        .help("Write two schedules, one for each time."));
    }
    let hours: Vec<String> = times.iter().map(|time| time.hour().to_string()).collect();
    Ok((minute, hours.join(",")))
}

/// Why the words are no schedule.
fn refused(written: &str, days: &[&str]) -> WordsError {
    let message = match days {
        ["every", number, "day" | "days" | "week" | "weeks" | "month" | "months"] if is_number(number) => {
            format!("`{}` needs a first day to count from, which a schedule does not have", shown(written))
        }
        _ => format!("`{}` is no schedule", shown(written)),
    };
    let known = || WORDS.into_iter().chain(weekday::NAMES).chain(MONTHS);
    let suggestion = mended(written, |word| {
        if let Some((_, habit)) = HABITS.iter().find(|(known, _)| *known == word) {
            return Some((*habit).to_owned());
        }
        let bare = word.trim_end_matches(',');
        if known().any(|known| known == bare) || bare.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let comma = &word[bare.len()..];
        number_word(bare)
            .map(|number| number.to_string())
            .or_else(|| nearest(bare, known()).map(str::to_owned))
            .map(|better| format!("{better}{comma}"))
    })
    .filter(|candidate| to_cron(candidate).is_ok())
    .or_else(|| {
        let candidate = format!("every {written}");
        (days.first() != Some(&"every") && to_cron(&candidate).is_ok()).then_some(candidate)
    });
    WordsError::new(message).help(HELP).suggest(suggestion)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{cron, describe::in_words};
    use super::to_cron;

    #[test]
    fn words_become_cron() {
        for (text, cron) in [
            ("every weekday at 09:00", "0 9 * * 1-5"),
            ("Every day at 7:30", "30 7 * * *"),
            ("every monday and thursday at 9:00", "0 9 * * 1,4"),
            ("every mon, wed and fri at 5pm", "0 17 * * 1,3,5"),
            ("every monday to friday at 8", "0 8 * * 1-5"),
            ("every friday to sunday at 8", "0 8 * * 5-7"),
            ("every sunday at noon", "0 12 * * 0"),
            ("every weekend at 10:00", "0 10 * * 0,6"),
            ("every hour", "0 * * * *"),
            ("every hour at minute 15", "15 * * * *"),
            ("every minute", "* * * * *"),
            ("every 15 minutes", "*/15 * * * *"),
            ("every 2 hours", "0 */2 * * *"),
            ("every 60 minutes", "0 * * * *"),
            ("every day at 9:00 and 17:00", "0 9,17 * * *"),
            ("on the 1st of every month at 08:00", "0 8 1 * *"),
            ("on the 1st and 15th of every month at 08:00", "0 8 1,15 * *"),
            ("on the last day of every month at 18:00", "0 18 L * *"),
            ("on the 2nd of january and july at 8:00", "0 8 2 1,7 *"),
        ] {
            let found = to_cron(text).unwrap();
            assert_eq!(found, cron, "{text}");
            assert!(cron::parse(&found).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        for (text, part, meant) in [
            ("every weekdy at 09:00", "no schedule", Some("every weekday at 09:00")),
            ("every mondai, friday at 9:00", "no schedule", Some("every monday, friday at 9:00")),
            ("evry day at 9:00", "no schedule", Some("every day at 9:00")),
            ("daily at 9:00", "no schedule", Some("every day at 9:00")),
            ("monday at 9:00", "no schedule", Some("every monday at 9:00")),
            ("every day", "at what time", Some("every day at 09:00")),
            ("every day at", "at what time", Some("every day at 09:00")),
            ("every week at 9:00", "on which day", Some("every monday at 9:00")),
            ("every two hours", "no schedule", Some("every 2 hours")),
            ("every 45 minutes", "come out even", Some("every 30 minutes")),
            ("every 7 hours", "come out even", Some("every 6 hours")),
            ("every 0 minutes", "come out even", None),
            ("every 90 minutes", "come out even", Some("every 30 minutes")),
            ("every 2 days at 9:00", "first day", None),
            ("every day at 9:00 and 17:30", "same minute", None),
            ("every day at 25:00", "no time of day", None),
            ("every hour at 9:00", "both", None),
            ("on the 32nd of every month at 9:00", "no schedule", None),
            ("", "no schedule here", None),
            ("sometimes", "no schedule", None),
        ] {
            let error = to_cron(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
            assert_eq!(error.suggestion.as_deref(), meant, "{text}: {error}");
        }
    }

    #[test]
    fn cron_is_told_in_words() {
        for (cron, words) in [
            ("0 9 * * 1-5", Some("every weekday at 09:00")),
            ("30 7 * * *", Some("every day at 07:30")),
            ("0 9,17 * * 1,3,4", Some("every monday, wednesday and thursday at 09:00 and 17:00")),
            ("*/15 * * * *", Some("every 15 minutes")),
            ("0 * * * *", Some("every hour")),
            ("0 */2 * * *", Some("every 2 hours")),
            ("0 8 1,22,13 * *", Some("on the 1st, 22nd and 13th of every month at 08:00")),
            ("0 18 L 6 *", Some("on the last day of june at 18:00")),
            ("0 0 1 * 1", None),
            ("0-5 9 * * *", None),
        ] {
            assert_eq!(in_words(cron).as_deref(), words, "{cron}");
        }
    }

    proptest! {
        #[test]
        fn words_read_back_are_the_same_schedule(
            minute in 0..60_u8,
            hours in prop::collection::btree_set(0..24_u8, 1..3),
            day in prop::sample::select(vec!["* * *", "* * 1-5", "* * 0,6", "* * 2", "* * 1,4", "1 * *", "L * *", "2,15 1,7 *"]),
        ) {
            let hours: Vec<String> = hours.iter().map(u8::to_string).collect();
            let text = format!("{minute} {} {day}", hours.join(","));
            let again = to_cron(&in_words(&text).unwrap()).unwrap();
            prop_assert_eq!(again.replace("6,0", "0,6"), text);
        }
    }
}
