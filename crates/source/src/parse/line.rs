//! The shape of one line of YAML as a person sees it: indentation, dashes, a field's name, a value. It is a guess, made
//! for explaining mistakes; the tree never comes from here.

use std::ops::Range;

use crate::Span;

/// One line without its line break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Byte offset of its first character.
    pub(super) start: usize,
    pub(super) text: &'a str,
}

/// What stands where in a line, in bytes from its start.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// Leading spaces.
    pub(super) indent: usize,
    /// The columns of `- `.
    pub(super) dashes: Vec<usize>,
    /// After the dashes.
    pub(super) content: usize,
    /// The field's name, where there is one.
    pub(super) key: Option<Range<usize>>,
    /// After the name, or the content itself; without the comment. May be empty.
    pub(super) value: Range<usize>,
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let this = Line { start, text: line.strip_suffix('\r').unwrap_or(line) };
            start += line.len() + 1;
            this
        })
        .collect()
}

impl<'a> Line<'a> {
    /// The line that a byte offset lies in.
    pub(super) fn around(text: &'a str, offset: usize) -> Self {
        let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
        let line = &text[start..end];
        Self { start, text: line.strip_suffix('\r').unwrap_or(line) }
    }

    /// From `start`, an offset into the whole text, to the end of the value that begins there.
    pub(super) fn end_of_value(&self, text: &str, start: usize) -> Span {
        let end = self.start + self.text.len();
        let value = without_comment(&text[start..end.max(start)]);
        Span::new(start, start + value.len())
    }

    /// A line of nothing but spaces or a comment.
    pub(super) fn is_blank(&self) -> bool {
        let text = self.text.trim();
        text.is_empty() || text.starts_with('#')
    }

    /// The span of a range of this line.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.start + range.start, self.start + range.end)
    }

    pub(super) fn shape(&self) -> Shape {
        let indent = self.text.len() - self.text.trim_start_matches(' ').len();
        let mut shape = Shape { indent, content: indent, ..Shape::default() };
        while self.text[shape.content..].starts_with("- ") || &self.text[shape.content..] == "-" {
            shape.dashes.push(shape.content);
            let rest = &self.text[shape.content + 1..];
            shape.content = self.text.len() - rest.trim_start().len();
        }
        let rest = &self.text[shape.content..];
        let mut value = shape.content;
        if let Some(colon) = colon_after_key(rest) {
            shape.key = Some(shape.content..shape.content + rest[..colon].trim_end().len());
            value += colon + 1;
        }
        value = self.text.len() - self.text[value..].trim_start().len();
        shape.value = value..value + without_comment(&self.text[value..]).len();
        shape
    }
}

/// Where the colon after a field's name stands.
fn colon_after_key(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if let '"' | '\'' = first {
        let close = closing_quote(text)?;
        let after = text[close + 1..].trim_start();
        let colon = text.len() - after.len();
        return (after.starts_with(": ") || after == ":").then_some(colon);
    }
    if matches!(first, '{' | '[' | '#' | '|' | '>' | '@' | '`' | '!' | '&' | '*' | '%') {
        return None;
    }
    let colon = inner_colon(text)?;
    (!text[..colon].contains(" #")).then_some(colon)
}

/// The first colon that YAML takes for the end of a name: before a space or at the end.
pub(super) fn inner_colon(text: &str) -> Option<usize> {
    let found = text.find(": ").or_else(|| text.find(":\t"));
    found.or_else(|| text.trim_end().strip_suffix(':').map(str::len))
}

/// The offset of the quote that closes the one `text` starts with.
pub(super) fn closing_quote(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if quote == '"' && letter == '\\' {
            letters.next();
        } else if letter == quote {
            if quote == '\'' && letters.peek().is_some_and(|(_, next)| *next == '\'') {
                letters.next();
            } else {
                return Some(at);
            }
        }
    }
    None
}

/// A value without the comment and the spaces after it.
pub(super) fn without_comment(value: &str) -> &str {
    if value.starts_with('#') {
        return "";
    }
    let quoted = if value.starts_with(['"', '\'']) { closing_quote(value).unwrap_or(0) } else { 0 };
    let end = value[quoted..].find(" #").map_or(value.len(), |at| quoted + at);
    value[..end].trim_end()
}

/// The text in quotes that YAML reads back as the same text.
pub(super) fn quote(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// How far the brackets of `text`, which starts with one, reach: the offset after the last closing one, or the
/// bracket that is missing at the end.
pub(super) fn balance(text: &str) -> Result<usize, Option<char>> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(closing), _) if closing == letter => quote = None,
            (Some(_), _) => {}
            // Quotes open a text only where one can begin; elsewhere they are apostrophes.
            (None, '"' | '\'') if matches!(before, ' ' | '[' | '{' | ',' | '(' | ':') => quote = Some(letter),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ']' | '}') => {
                if open.pop() != Some(letter) {
                    return Err(None);
                }
                if open.is_empty() {
                    return Ok(at + 1);
                }
            }
            (None, _) => {}
        }
        before = letter;
    }
    Err(open.last().copied())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Line, balance, closing_quote, lines, quote, without_comment};

    fn parts(text: &str) -> (usize, usize, Option<&str>, &str) {
        let shape = Line { start: 0, text }.shape();
        (shape.indent, shape.dashes.len(), shape.key.map(|key| &text[key]), &text[shape.value])
    }

    #[test]
    fn a_line_falls_into_its_parts() {
        assert_eq!(parts("  - - a.b: c: d # e"), (2, 2, Some("a.b"), "c: d"));
        assert_eq!(parts("key:"), (0, 0, Some("key"), ""));
        assert_eq!(parts("\"a: b\": 'c # d' # e"), (0, 0, Some("\"a: b\""), "'c # d'"));
        assert_eq!(parts("  text"), (2, 0, None, "text"));
        assert_eq!(parts("- {{ a }}: b"), (0, 1, None, "{{ a }}: b"));
        assert_eq!(parts("at: 12:30"), (0, 0, Some("at"), "12:30"));
    }

    #[test]
    fn quotes_and_brackets_are_followed() {
        assert_eq!(closing_quote(r#""a\"b" c"#), Some(5));
        assert_eq!(closing_quote("'it''s' c"), Some(6));
        assert_eq!(closing_quote("'it"), None);
        assert_eq!(balance("[a, 'b]'] c"), Ok(9));
        assert_eq!(balance("[a, {b}"), Err(Some(']')));
        assert_eq!(balance("{{ it's }} c"), Ok(10));
        assert_eq!(balance("[a}"), Err(None));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(?s)[-a'\"{}\\[\\]#:| \\t\\r\\né\\\\]{0,40}") {
            for line in lines(&text) {
                let shape = line.shape();
                prop_assert!(shape.value.end <= line.text.len());
                let _ = (without_comment(line.text), quote(line.text), line.is_blank());
                let _ = (balance(line.text), closing_quote(line.text));
            }
        }
    }
}
