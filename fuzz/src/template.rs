//! Any text as a text with expressions and as a condition: refused with a place in it, or evaluated to the same each
//! time, within the limits.

use crate::{complaints, sample};
use bellhop_template::{Condition, Reference, SyntaxError, Text};

/// What no text may be longer than, in bytes; one step of a limit beyond it is allowed.
const LONGEST: usize = 4 << 20;

/// Tries one text.
pub fn run(text: &str) {
    let (scope, context) = (sample::scope(), sample::context());
    let _ = Text::is_template(text);
    Text::lookalike(text).into_iter().for_each(|error| is_sound(text, &error));
    match Text::parse(text) {
        Ok(parsed) => {
            refers_inside(text, &parsed.references());
            let _ = parsed.comparisons();
            let value = parsed.evaluate(&scope, &context);
            assert!(value == parsed.evaluate(&scope, &context), "not the same twice");
            match value {
                Ok(value) => {
                    let length = value.as_str().map_or(0, str::len);
                    assert!(length <= LONGEST, "{length} bytes");
                }
                Err(error) => error.range.iter().for_each(|range| complaints::is_range(text, range)),
            }
        }
        Err(error) => is_sound(text, &error),
    }
    match Condition::parse(text) {
        Ok(parsed) => {
            refers_inside(text, &parsed.references());
            let _ = parsed.comparisons();
            parsed.hints().iter().for_each(|hint| is_sound(text, hint));
            let answer = parsed.evaluate(&scope, &context);
            assert!(answer == parsed.evaluate(&scope, &context), "not the same twice");
        }
        Err(error) => is_sound(text, &error),
    }
}

/// Words, and places inside the text.
pub fn is_sound(text: &str, error: &SyntaxError) {
    assert!(!error.message.is_empty());
    complaints::is_range(text, &error.range);
    if let Some((range, _)) = &error.suggestion {
        complaints::is_range(text, range);
    }
}

/// Places of names inside the text.
pub fn refers_inside(text: &str, references: &[Reference]) {
    for reference in references {
        complaints::is_range(text, &reference.range);
    }
}
