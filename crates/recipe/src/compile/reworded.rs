//! Keys of other tools that say here what another key with another value says: `unless: x` is `if: not x`, `timeout_minutes: 5`
//! is `timeout: 5 minutes`. Only ever asked about keys that no step has.

use bellhop_clock::{Moment, parse_duration};

/// Keys for a condition that must not hold.
const NEGATED: [&str; 8] =
    ["unless", "if_not", "not_if", "skip_if", "skip_when", "except_if", "except_when", "ignore_if"];
/// Keys for a pause until a moment.
const UNTIL: [&str; 4] = ["delay_until", "wait_until", "sleep_until", "pause_until"];
/// Keys for the number of tries.
const TRIES: [&str; 6] = ["retries", "retry_count", "max_retries", "max_attempts", "attempts", "tries"];
const UNITS: [&str; 5] = ["second", "minute", "hour", "day", "week"];

/// The whole line that says the same here.
pub(super) fn reworded(word: &str, value: &str) -> Option<String> {
    let word = snake(word);
    let value = value.trim();
    if NEGATED.contains(&word.as_str()) {
        return Some(format!("if: {}", negated(value)));
    }
    if UNTIL.contains(&word.as_str()) && (Moment::parse(value).is_ok() || value.starts_with("$.")) {
        return Some(format!("wait: {{ until: {value} }}"));
    }
    let count = value.parse::<u32>().ok();
    if TRIES.contains(&word.as_str()) {
        return count.map(|count| format!("retry: {{ times: {count} }}"));
    }
    let (verb, unit) = word.rsplit_once('_')?;
    let unit = UNITS.iter().find(|known| unit.strip_suffix('s').unwrap_or(unit) == **known)?;
    let key = match verb {
        "timeout" | "time_out" | "timeout_in" => "timeout",
        "wait" | "delay" | "sleep" | "pause" | "wait_for" | "delay_for" => "wait",
        _ => return None,
    };
    let count = count?;
    Some(format!("{key}: {count} {unit}{}", if count == 1 { "" } else { "s" }))
}

/// The opposite of a condition.
pub(super) fn negated(condition: &str) -> String {
    if let Some(rest) = condition.strip_prefix("not ").filter(|rest| is_one(rest)) {
        return rest.to_owned();
    }
    if let Some((value, test)) = condition.split_once(" is ").filter(|_| is_one(condition)) {
        return match test.strip_prefix("not ") {
            Some(test) => format!("{value} is {test}"),
            None => format!("{value} is not {test}"),
        };
    }
    if is_one(condition) && !condition.contains(' ') {
        format!("not {condition}")
    } else {
        format!("not ({condition})")
    }
}

/// Whether it is one condition and not several that are joined.
pub(super) fn is_one(condition: &str) -> bool {
    ![" and ", " or ", " if "].iter().any(|word| condition.contains(word))
}

/// A duration whose number is a word, or whose unit is one letter: `three days`, `2d`.
pub(super) fn duration(text: &str) -> Option<String> {
    let (count, unit) = match text.trim().split_once(' ') {
        Some((count, unit)) => (count, unit),
        None => text.trim().split_at(text.trim().find(|letter: char| !letter.is_ascii_digit())?),
    };
    let count = count.parse::<u32>().ok().or_else(|| number_word(count))?;
    let unit = match unit.trim() {
        "s" | "sec" | "secs" => "second",
        "m" | "min" | "mins" => "minute",
        "h" | "hr" | "hrs" => "hour",
        "d" => "day",
        "w" | "wk" | "wks" => "week",
        other => {
            let bare = other.strip_suffix('s').unwrap_or(other);
            bellhop_source::closest(bare, UNITS)?
        }
    };
    let text = format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    parse_duration(&text).is_ok().then_some(text)
}

/// `three` is 3; `a` and `an` are 1.
pub(super) fn number_word(word: &str) -> Option<u32> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if ["a", "an"].contains(&word) {
        return Some(1);
    }
    WORDS.iter().position(|known| *known == word.to_lowercase()).and_then(|at| u32::try_from(at).ok())
}

/// A key in small letters with underscores: `timeoutMinutes` and `timeout-minutes` are `timeout_minutes`.
pub(super) fn snake(word: &str) -> String {
    let mut snake = String::with_capacity(word.len() + 4);
    for letter in word.chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(
            letter.to_lowercase().map(|letter| if matches!(letter, '-' | ' ') { '_' } else { letter }),
        );
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::{duration, negated, reworded, snake};

    #[test]
    fn a_line_of_another_tool_becomes_one_of_this_language() {
        for (word, value, line) in [
            ("unless", "contact.dnd", Some("if: not contact.dnd")),
            ("skipIf", "a or b", Some("if: not (a or b)")),
            ("skip_if", "a is empty", Some("if: a is not empty")),
            ("timeout-minutes", "5", Some("timeout: 5 minutes")),
            ("delaySeconds", "1", Some("wait: 1 second")),
            ("delay_until", "tomorrow at 09:00", Some("wait: { until: tomorrow at 09:00 }")),
            ("max_retries", "3", Some("retry: { times: 3 }")),
            ("max_retries", "many", None),
            ("text", "5", None),
        ] {
            assert_eq!(reworded(word, value).as_deref(), line, "{word}");
        }
    }

    #[test]
    fn the_opposite_of_the_opposite_is_plain() {
        for (condition, opposite) in
            [("not a", "a"), ("a is not empty", "a is empty"), ("a == 1", "not (a == 1)"), ("a", "not a")]
        {
            assert_eq!(negated(condition), opposite);
        }
    }

    #[test]
    fn durations_in_words_and_letters() {
        for (text, meant) in [
            ("three days", Some("3 days")),
            ("2d", Some("2 days")),
            ("3 dyas", Some("3 days")),
            ("1h", Some("1 hour")),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(duration(text).as_deref(), meant, "{text}");
        }
        assert_eq!(snake("timeoutMinutes"), "timeout_minutes");
    }
}
