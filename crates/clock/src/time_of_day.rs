//! Times of day in words: `9:00`, `09:00`, `9`, `5pm`, `9:30 am`, `noon`, `midnight`. They know no day and no zone.

use jiff::civil::Time;

use crate::WordsError;
use crate::words::shown;

/// Reads a time of day, in lower case.
pub(crate) fn parse_time_of_day(text: &str) -> Result<Time, WordsError> {
    let text = text.trim();
    let refused = || {
        let written = shown(text);
        WordsError::new(format!("`{written}` is no time of day"))
            .help("Write hours and minutes, such as `09:00` or `17:30`.")
            .suggest(
                text.contains('.')
                    .then(|| text.replace('.', ":"))
                    .filter(|text| parse_time_of_day(text).is_ok()),
            )
    };
    match text {
        "noon" => return Ok(Time::constant(12, 0, 0, 0)),
        "midnight" => return Ok(Time::MIN),
        _ => {}
    }
    let (clock, half) = if let Some(clock) = text.strip_suffix("am") {
        (clock.trim_end(), Some(0))
    } else if let Some(clock) = text.strip_suffix("pm") {
        (clock.trim_end(), Some(12))
    } else {
        (text, None)
    };
    let mut parts = [0_i8; 3];
    for (count, part) in clock.split(':').enumerate() {
        let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|digit| digit.is_ascii_digit());
        if count == 3 || !is_number || count > 0 && part.len() != 2 {
            return Err(refused());
        }
        parts[count] = part.parse().map_err(|_| refused())?;
    }
    let [hour, minute, second] = parts;
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return Err(refused()),
        Some(half) => hour % 12 + half,
    };
    Time::new(hour, minute, second, 0).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse_time_of_day;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, time) in [
            ("9:00", "09:00:00"),
            ("09:00", "09:00:00"),
            ("9", "09:00:00"),
            ("17:30:15", "17:30:15"),
            ("5pm", "17:00:00"),
            ("9:30 am", "09:30:00"),
            ("12am", "00:00:00"),
            ("12pm", "12:00:00"),
            ("noon", "12:00:00"),
            ("midnight", "00:00:00"),
        ] {
            assert_eq!(parse_time_of_day(text).unwrap().to_string(), time, "{text}");
        }
    }

    #[test]
    fn others_are_refused() {
        for text in ["", "24:00", "9:60", "9:5", "13pm", "0am", "9:00:00:00", "nine", "-1", "9:", "+9"] {
            assert!(parse_time_of_day(text).is_err(), "{text}");
        }
        assert_eq!(parse_time_of_day("9.30").unwrap_err().suggestion.as_deref(), Some("9:30"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9:.apm ]{0,9}|.{0,9}") {
            let _ = parse_time_of_day(&text);
        }
    }
}
