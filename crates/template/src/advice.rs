//! What to say about an expression that the parser cannot read: the first habit from another language that stands in
//! it, with the correction. Only ever asked about expressions that are wrong, so that guesses cost nobody a good one.

mod words;

use self::words::{NODE_VARIABLES, PHRASES, SIGNS, SMALL_WORDS};
use crate::error::SyntaxError;
use crate::habits;
use std::ops::Range;

/// Explains. `detail` and `at` are the parser's own words and place, for what is no known habit.
pub(crate) fn explain(text: &str, detail: Option<&str>, at: Option<Range<usize>>) -> SyntaxError {
    whole_shapes(text).or_else(|| Scan::new(text).first()).unwrap_or_else(|| plain_words(text, detail, at))
}

/// Mistakes that are seen only in the whole: braces around a condition, `a ? b : c`.
fn whole_shapes(text: &str) -> Option<SyntaxError> {
    let whole = 0..text.len();
    let trimmed = text.trim();
    if trimmed.contains("{{") && trimmed.contains("}}") {
        let bare = trimmed.replace("${{", " ").replace("{{", " ").replace("}}", " ");
        let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        return Some(
            SyntaxError::new(
                "The braces `{{ }}` belong in texts; here the expression stands bare.",
                whole.clone(),
            )
            .help(format!("Write `{bare}`."))
            .suggest(whole, bare),
        );
    }
    if let Some(inside) = trimmed.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let bare = inside.trim().to_owned();
        return Some(
            SyntaxError::new("Names are written without `${ }`.", whole.clone())
                .help(format!("Write `{bare}`."))
                .suggest(whole, bare),
        );
    }
    if let Some(error) = habits::whole(text) {
        return Some(error);
    }
    let (asked, values) = trimmed.split_once(" ? ")?;
    let start = text.len() - text.trim_start().len();
    let whole = start..start + trimmed.len();
    let (yes, no) = values.split_once(" : ")?;
    let choice = format!("{} if {} else {}", yes.trim(), asked.trim(), no.trim());
    Some(
        SyntaxError::new("A choice is written with `if` and `else`.", whole.clone())
            .help(format!("Write `{choice}`."))
            .suggest(whole, choice),
    )
}

/// Goes through the text once, past quoted texts, and stops at the first mistake.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// Open brackets: where, which, and whether they hold arguments (where a single `=` is right).
    open: Vec<(usize, char, bool)>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: Vec::new() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn first(mut self) -> Option<SyntaxError> {
        while let Some(letter) = self.rest().chars().next() {
            let found = match letter {
                '\'' | '"' => match self.quoted(letter) {
                    Ok(end) => {
                        self.at = end;
                        continue;
                    }
                    Err(error) => return Some(error),
                },
                '(' | '[' | '{' => {
                    let call = letter == '('
                        && self.text[..self.at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                    self.open.push((self.at, letter, call));
                    None
                }
                ')' | ']' | '}' => self.close(letter),
                '$' => Some(self.dollar()),
                letter if letter.is_ascii_alphabetic() || letter == '_' => {
                    let found = self.word();
                    if found.is_none() {
                        let length = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                        self.at += length.unwrap_or(self.rest().len());
                        continue;
                    }
                    found
                }
                _ => match self.sign() {
                    Ok(passed) => {
                        self.at += passed;
                        continue;
                    }
                    Err(error) => Some(error),
                },
            };
            if found.is_some() {
                return found;
            }
            self.at += letter.len_utf8();
        }
        let (place, bracket, _) = self.open.pop()?;
        let closing = closing(bracket);
        Some(
            SyntaxError::new(format!("This `{bracket}` is never closed."), place..place + 1)
                .help(format!("Put the `{closing}` where it ends."))
                .suggest(self.text.trim_end().len()..self.text.trim_end().len(), closing.to_string()),
        )
    }

    /// The end of the quoted text that begins here.
    fn quoted(&self, quote: char) -> Result<usize, SyntaxError> {
        let mut escaped = false;
        for (index, letter) in self.rest().char_indices().skip(1) {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if letter == quote => return Ok(self.at + index + 1),
                _ => {}
            }
        }
        let end = self.text.trim_end().len();
        Err(SyntaxError::new("This quote is never closed.", self.at..self.text.len())
            .help(format!(
                "Put a {quote} where the text ends; an apostrophe inside needs the other quotes: \"it's\"."
            ))
            .suggest(end..end, quote.to_string()))
    }

    fn close(&mut self, bracket: char) -> Option<SyntaxError> {
        match self.open.pop() {
            Some((_, opened, _)) if closing(opened) == bracket => None,
            Some((_, opened, _)) => Some(
                SyntaxError::new(
                    format!("This `{bracket}` does not close the `{opened}` before it."),
                    self.here(1),
                )
                .suggest(self.here(1), closing(opened).to_string()),
            ),
            None => Some(
                SyntaxError::new(format!("This `{bracket}` closes nothing."), self.here(1))
                    .suggest(self.here(1), ""),
            ),
        }
    }

    fn here(&self, length: usize) -> Range<usize> {
        self.at..self.at + length
    }

    fn dollar(&self) -> SyntaxError {
        let length = if self.rest().starts_with("$.") { 2 } else { 1 };
        if let Some(error) = self.node_variable() {
            return error;
        }
        SyntaxError::new("Inside an expression names are written without `$`.", self.here(length))
            .help("Write `contact.email`; `$.contact.email` stands alone, as a value of its own.")
            .suggest(self.here(length), "")
    }

    /// What n8n calls the item before: `$json`, `$now`, `$vars`.
    fn node_variable(&self) -> Option<SyntaxError> {
        let (word, ours, help) = NODE_VARIABLES.iter().find(|(word, _, _)| {
            self.rest()
                .strip_prefix(*word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })?;
        let error =
            SyntaxError::new(format!("There is no `{word}` here."), self.here(word.len())).help(*help);
        Some(if ours.is_empty() { error } else { error.suggest(self.here(word.len()), *ours) })
    }

    /// A sign of another language, or how many bytes are good.
    fn sign(&self) -> Result<usize, SyntaxError> {
        let rest = self.rest();
        if let Some(error) = self.or_else() {
            return Err(error);
        }
        if let Some((sign, ours, help)) = SIGNS.iter().find(|(sign, _, _)| rest.starts_with(sign)) {
            return Err(SyntaxError::new(format!("`{sign}` is not understood here."), self.here(sign.len()))
                .help(*help)
                .suggest(self.here(sign.len()), self.spaced(ours, sign.len())));
        }
        if let Some(good) = ["==", "!=", "<=", ">=", "//", "**"].iter().find(|sign| rest.starts_with(**sign))
        {
            return Ok(good.len());
        }
        if let Some(negated) = rest.strip_prefix('!') {
            let blanks = negated.len() - negated.trim_start().len();
            return Err(SyntaxError::new("`!` is not understood here.", self.here(1))
                .help("Write `not` before what must not be.")
                .suggest(self.here(1 + blanks), "not "));
        }
        let in_arguments = self.open.last().is_some_and(|(_, _, call)| *call);
        if rest.starts_with('=') && !in_arguments {
            return Err(SyntaxError::new("A single `=` compares nothing.", self.here(1))
                .help("Equal is written `==`.")
                .suggest(self.here(1), "=="));
        }
        if rest.starts_with(';') {
            return Err(SyntaxError::new("An expression does not end with `;`.", self.here(1))
                .suggest(self.here(1), ""));
        }
        Ok(rest.chars().next().map_or(1, char::len_utf8))
    }

    /// `name || 'there'` and `name ?? 'there'`: a value for what may be missing.
    fn or_else(&self) -> Option<SyntaxError> {
        let rest = self.rest();
        let sign = ["||", "??"].into_iter().find(|sign| rest.starts_with(sign))?;
        let value = rest[sign.len()..].trim();
        let quote = value.chars().next().filter(|letter| ['\'', '"'].contains(letter));
        let text = quote
            .is_some_and(|quote| value[1..].find(quote).is_some_and(|closing| closing + 2 == value.len()));
        let help = "A value for what may be missing is written `contact.firstName | default('friend')`.";
        let error =
            SyntaxError::new(format!("`{sign}` is not understood here."), self.here(sign.len())).help(help);
        if text {
            return Some(
                error.suggest(self.at..self.at + rest.trim_end().len(), format!("| default({value})")),
            );
        }
        (sign == "??").then_some(error)
    }

    /// The replacement with blanks around it where words would touch.
    fn spaced(&self, ours: &str, length: usize) -> String {
        let word = ours.bytes().all(|byte| byte.is_ascii_alphabetic());
        let touches = |letter: Option<char>| word && letter.is_some_and(|letter| !letter.is_whitespace());
        let before = if touches(self.text[..self.at].chars().next_back()) { " " } else { "" };
        let after = if touches(self.rest()[length..].chars().next()) { " " } else { "" };
        format!("{before}{ours}{after}")
    }

    fn word(&self) -> Option<SyntaxError> {
        let rest = self.rest();
        let before = self.text[..self.at].trim_end();
        if before.ends_with(['.', '|'])
            || self.text[..self.at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        {
            return None;
        }
        let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
        if let Some(small) =
            SMALL_WORDS.iter().find(|small| word != **small && word.eq_ignore_ascii_case(small))
        {
            return Some(
                SyntaxError::new(format!("`{word}` is written in small letters."), self.here(word.len()))
                    .suggest(self.here(word.len()), *small),
            );
        }
        if before.is_empty() {
            return None;
        }
        for (phrase, ours) in PHRASES {
            if let Some(length) = phrase_length(rest, phrase) {
                return Some(
                    SyntaxError::new(
                        format!("`{}` is not understood here.", &rest[..length]),
                        self.here(length),
                    )
                    .help(format!("Write `{ours}` instead."))
                    .suggest(self.here(length), *ours),
                );
            }
        }
        for (phrase, ours) in [("is not", "!="), ("is", "==")] {
            let Some(length) = phrase_length(rest, phrase) else {
                continue;
            };
            let after = rest[length..].trim_start();
            if after.starts_with(|c: char| c == '\'' || c == '"' || c.is_ascii_digit()) {
                return Some(
                    SyntaxError::new(format!("`{phrase}` does not compare values."), self.here(length))
                        .help(format!("Write `{ours}` instead."))
                        .suggest(self.here(length), ours),
                );
            }
        }
        None
    }
}

/// How many bytes a phrase takes at the start of the text, whatever its capitals and blanks.
fn phrase_length(text: &str, phrase: &str) -> Option<usize> {
    let mut rest = text;
    for (index, word) in phrase.split(' ').enumerate() {
        if index > 0 {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        let start = rest.get(..word.len())?;
        if !start.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = &rest[word.len()..];
    }
    let ends = !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    ends.then(|| text.len() - rest.len())
}

fn closing(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

/// The parser's words made plain.
fn plain_words(text: &str, detail: Option<&str>, at: Option<Range<usize>>) -> SyntaxError {
    let end = text.trim_end().len();
    let detail = detail.unwrap_or_default();
    let range = at
        .map(|range| range.start.min(text.len())..range.end.min(text.len()))
        .filter(|range| range.start < range.end && text.get(range.clone()).is_some());
    if detail.contains("end of input") {
        let last = text[..end].char_indices().next_back().map_or(0, |(index, _)| index);
        return SyntaxError::new("The expression ends where something is still missing.", last..end);
    }
    if text.trim_start().starts_with(['>', '<', '=']) {
        return SyntaxError::new("A condition begins with the value that is compared.", 0..text.len())
            .help("Write for example `contact.score >= 80`.");
    }
    let range = range.unwrap_or(0..text.len());
    let word = text.get(range.clone()).unwrap_or_default().trim();
    if let Some(error) = habits::blank_for_dot(text, &range) {
        return error;
    }
    if detail.contains("after expression") {
        return SyntaxError::new(format!("`{word}` does not belong here."), range)
            .help("Between two conditions stands `and` or `or`; a text stands in quotes.");
    }
    SyntaxError::new(format!("The expression cannot be read from `{word}` on."), range)
        .help("Texts stand in quotes, names without: `contact.source == 'web'`.")
}
