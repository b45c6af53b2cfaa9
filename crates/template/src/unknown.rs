//! What to say about a filter or test that does not exist: the word other tools use, or the nearest one that is.

use crate::error::SyntaxError;
use crate::nearest::nearest;
use crate::values::shortened;
use crate::{checks, filters};
use std::ops::Range;

/// Other languages' words, and Bellhop's for the same.
const FILTER_WORDS: &[(&str, &str)] = &[
    ("len", "length"),
    ("size", "length"),
    ("lowercase", "lower"),
    ("downcase", "lower"),
    ("tolowercase", "lower"),
    ("uppercase", "upper"),
    ("upcase", "upper"),
    ("touppercase", "upper"),
    ("strip", "trim"),
    ("titlecase", "title"),
    ("capitalise", "capitalize"),
    ("proper", "title_name"),
    ("name", "title_name"),
    ("number", "float"),
    ("tonumber", "float"),
    ("to_number", "float"),
    ("decimal", "float"),
    ("integer", "int"),
    ("to_int", "int"),
    ("parseint", "int"),
    ("str", "string"),
    ("text", "string"),
    ("tostring", "string"),
    ("to_string", "string"),
    ("json", "tojson"),
    ("to_json", "tojson"),
    ("currency", "money"),
    ("format_currency", "money"),
    ("strftime", "date"),
    ("format_date", "date"),
    ("date_format", "date"),
    ("dateformat", "date"),
    ("add", "plus"),
    ("add_days", "plus"),
    ("date_add", "plus"),
    ("adddays", "plus"),
    ("dateadd", "plus"),
    ("subtract_days", "minus"),
    ("date_sub", "minus"),
    ("formatdate", "date"),
    ("tolower", "lower"),
    ("toupper", "upper"),
    ("subtract", "minus"),
    ("sha256", "hash"),
    ("md5", "hash"),
    ("slugify", "slug"),
    ("e164", "phone"),
    ("fallback", "default"),
    ("coalesce", "default"),
    ("ifempty", "default"),
    ("if_empty", "default"),
    ("ifnull", "default"),
    ("nvl", "default"),
];

const TEST_WORDS: &[(&str, &str)] = &[
    ("contains", "containing"),
    ("contain", "containing"),
    ("has", "containing"),
    ("having", "containing"),
    ("include", "containing"),
    ("includes", "containing"),
    ("including", "containing"),
    ("match", "matching"),
    ("matches", "matching"),
    ("like", "matching"),
    ("regex", "matching"),
    ("blank", "empty"),
    ("missing", "empty"),
    ("exists", "defined"),
    ("existing", "defined"),
    ("present", "defined"),
    ("set", "defined"),
    ("nil", "none"),
    ("text", "string"),
    ("list", "sequence"),
    ("starts", "startingwith"),
    ("startswith", "startingwith"),
    ("starting_with", "startingwith"),
    ("ends", "endingwith"),
    ("endswith", "endingwith"),
    ("ending_with", "endingwith"),
    ("earlier", "before"),
    ("later", "after"),
    ("equal", "eq"),
    ("equals", "eq"),
    ("greater", "gt"),
    ("more", "gt"),
    ("less", "lt"),
    ("past", "before now"),
    ("future", "after now"),
];

fn known_as(word: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    let lower = word.to_lowercase();
    words.iter().find(|(other, _)| *other == lower).map(|(_, ours)| *ours)
}

/// The filter that is meant by a word of another tool, or the one of that name.
pub(crate) fn meant_filter(word: &str) -> Option<&'static str> {
    known_as(word, FILTER_WORDS).or_else(|| filters::find(word).map(|filter| filter.name))
}

/// The test that is meant by a word of another tool, or the one of that name.
pub(crate) fn meant_test(word: &str) -> Option<&'static str> {
    known_as(word, TEST_WORDS).or_else(|| checks::find(word).map(|check| check.name))
}

pub(crate) fn filter(name: &str, range: Range<usize>) -> SyntaxError {
    let meant = known_as(name, FILTER_WORDS).or_else(|| nearest(name, filters::names()));
    unknown(format!("There is no filter `{}`.", shortened(name)), meant, range)
}

pub(crate) fn test(name: &str, range: Range<usize>) -> SyntaxError {
    let meant = known_as(name, TEST_WORDS).or_else(|| nearest(name, checks::names()));
    unknown(format!("There is no test `is {}`.", shortened(name)), meant, range)
}

fn unknown(message: String, meant: Option<&'static str>, range: Range<usize>) -> SyntaxError {
    let error = SyntaxError::new(message, range.clone());
    match meant {
        Some(meant) => error.help(format!("Did you mean `{meant}`?")).suggest(range, meant),
        None => error,
    }
}
