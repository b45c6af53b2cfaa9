//! Five-field cron as text: what is wrong with it, field by field, before croner's own words.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::civil::{DateTime, date};

use crate::WordsError;
use crate::words::shown;

/// The fields in order, with what they go from and to.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31"),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of the week", "0 to 7 or SUN to SAT, Sunday being 0 and 7"),
];

const HELP: &str = "A schedule has five fields: minute, hour, day of the month, month, day of the week, such as \
                    `0 9 * * 1-5` for every weekday at 09:00.";

/// What crontabs know beside the five fields.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The text with one space between its fields, and what it means.
pub(super) fn parse(text: &str) -> Result<(String, Cron), WordsError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let written = fields.join(" ");
    let Ok(five) = <[&str; 5]>::try_from(fields.as_slice()) else {
        return Err(wrong_count(&written, &fields));
    };
    for (at, field) in five.iter().enumerate() {
        let mut alone = ["*"; 5];
        alone[at] = field;
        if !is_plain(field) || read(&alone.join(" ")).is_none() {
            let (name, range) = FIELDS[at];
            return Err(WordsError::new(format!("`{}` is no {name}", shown(field))).help(format!(
                "The {name} goes from {range}; `*` is any, `1,3` a choice, `1-5` a range, `*/2` every second."
            )));
        }
    }
    let cron = read(&written)
        .ok_or_else(|| WordsError::new(format!("`{}` is no schedule", shown(&written))).help(HELP))?;
    if never_fires(&five, &cron) {
        return Err(WordsError::new(format!(
            "`{written}` names a day that does not exist, so it would never start"
        ))
        .help("Look at the day of the month and the month."));
    }
    Ok((written, cron))
}

fn read(text: &str) -> Option<Cron> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(text).ok()
}

/// Only letters that cron has, and few of them: the rest of the checks is croner's.
fn is_plain(field: &str) -> bool {
    field.len() <= 200
        && field.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"*/,-#?".contains(&letter))
}

/// Days such as 30 February, which croner would look for until the year 5000.
fn never_fires(fields: &[&str; 5], cron: &Cron) -> bool {
    if fields[2] == "*" || fields[3] == "*" || fields[4] != "*" {
        return false;
    }
    // Eight years hold every date there is, also around a year such as 1900 that is no leap year.
    let mut day = date(2024, 1, 1);
    let end = date(2032, 1, 1);
    while day < end {
        let noon = DateTime::from_parts(day, jiff::civil::time(12, 0, 0, 0));
        let matches = cron
            .pattern
            .day_match(
                i32::from(day.year()),
                u32::from(day.month().unsigned_abs()),
                u32::from(day.day().unsigned_abs()),
                croner::CronDateTime::civil_weekday(&noon),
            )
            .unwrap_or(false);
        if matches && cron.pattern.month_match(u32::from(day.month().unsigned_abs())).unwrap_or(false) {
            return false;
        }
        let Ok(next) = day.tomorrow() else { return true };
        day = next;
    }
    true
}

fn wrong_count(written: &str, fields: &[&str]) -> WordsError {
    if let Some((_, cron)) = NICKNAMES.iter().find(|(name, _)| *name == written.to_lowercase()) {
        return WordsError::new(format!("`{written}` is written as five fields here"))
            .help(HELP)
            .suggest(Some((*cron).to_owned()));
    }
    let message = match fields.len() {
        0 => "there is no schedule here".to_owned(),
        1 => format!("`{}` has one field, a schedule has five", shown(written)),
        6 | 7 => format!(
            "`{}` has {} fields, a schedule has five: no seconds and no year",
            shown(written),
            fields.len()
        ),
        count => format!("`{}` has {count} fields, a schedule has five", shown(written)),
    };
    // With seconds first, as many programs write it.
    let without = (matches!(fields.len(), 6 | 7) && fields[0] == "0").then(|| fields[1..6].join(" "));
    WordsError::new(message).help(HELP).suggest(without.filter(|five| parse(five).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fields_are_told_by_name() {
        for (text, part) in [
            ("60 * * * *", "`60` is no minute"),
            ("0 24 * * *", "`24` is no hour"),
            ("0 0 0 * *", "`0` is no day of the month"),
            ("0 0 32 * *", "`32` is no day of the month"),
            ("0 0 * 13 *", "`13` is no month"),
            ("0 0 * * 8", "`8` is no day of the week"),
            ("0 0 * * mo", "`mo` is no day of the week"),
            ("a 0 * * *", "`a` is no minute"),
            ("0 9-x * * *", "`9-x` is no hour"),
            ("0 9 * *", "has 4 fields"),
            ("0 0 9 * * 1-5", "has 6 fields, a schedule has five: no seconds"),
            ("0 0 9 * * 1-5 2026", "has 7 fields"),
            ("9", "has one field"),
            ("", "no schedule here"),
            ("0 0 30 2 *", "does not exist"),
            ("0 0 31 4,6 *", "does not exist"),
            ("é * * * *", "`é` is no minute"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_was_meant_is_proposed() {
        assert_eq!(parse("0 0 9 * * MON").unwrap_err().suggestion.as_deref(), Some("0 9 * * MON"));
        assert_eq!(parse("@daily").unwrap_err().suggestion.as_deref(), Some("0 0 * * *"));
        assert_eq!(parse("30 0 9 * * 1").unwrap_err().suggestion, None);
    }

    #[test]
    fn rare_days_exist() {
        for text in ["0 0 29 2 *", "0 0 31 1,2 *", "0 0 L 2 *", "  0  0 * * 1#2 ", "0 0 30 2 1"] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
