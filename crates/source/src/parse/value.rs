//! What can be wrong with one value, seen in its line alone, with the mended value beside it.

use super::line::{Line, Shape, balance, closing_quote, inner_colon, quote};
use crate::{Address, Diagnostic, Span, codes};

/// The value of a line, where it is the kind that YAML cannot read or reads as something else.
pub(super) fn trouble(line: &Line<'_>, shape: &Shape, address: &Address) -> Option<Diagnostic> {
    let value = &line.text[shape.value.clone()];
    let span = line.span(&shape.value);
    let address = || address.clone();
    let first = value.chars().next()?;
    match first {
        '{' if value.starts_with("{{") => {
            let mark = value.find("}}").map_or(span, |at| span.within(0, at + 2));
            Some(bare_expression(line.text, mark, span, address()).suggest(span, quote(value)))
        }
        '[' | '{' => bracketed(value, span, address()),
        '"' | '\'' => quoted(value, span, address()),
        '!' => Some(tag(span, value, address())),
        '@' | '`' | '%' => Some(reserved(value, span, address())),
        '>' | '|' if !is_block_header(value) => Some(reserved(value, span, address())),
        ',' | ']' | '}' => Some(reserved(value, span, address())),
        '*' | '&' => {
            let word = value.split_whitespace().next().unwrap_or(value);
            let message = format!("`{word}` is a YAML reference, which is not used here");
            let diagnostic = Diagnostic::error(codes::REFERENCE, span, address(), message);
            Some(
                diagnostic
                    .help("Put the text in quotes if it is meant as it stands.")
                    .suggest(span, quote(value)),
            )
        }
        '>' | '|' | '#' => None,
        _ => colon_in_text(value, span, address()),
    }
}

fn colon_in_text(value: &str, span: Span, address: Address) -> Option<Diagnostic> {
    let colon = inner_colon(value)?;
    if let Some(mended) = liquid(value, colon) {
        return Some(
            Diagnostic::error(
                codes::COLON_IN_TEXT,
                span.within(colon, colon + 1),
                address,
                "what a filter is given stands in brackets, not after a colon",
            )
            .suggest(span, mended),
        );
    }
    Some(
        Diagnostic::error(
            codes::COLON_IN_TEXT,
            span.within(colon, colon + 1),
            address,
            "this text has a colon followed by a space in it, which YAML reads as a new field",
        )
        .help("Put the text in quotes.")
        .suggest(span, quote(value)),
    )
}

/// `{{ name | default: 'you' }}`, as some tools write it, with the argument in brackets.
fn liquid(value: &str, colon: usize) -> Option<String> {
    let before = &value[..colon];
    let inside = before.rfind("{{").is_some_and(|open| !before[open..].contains("}}"));
    let filter = before.rsplit_once('|').map(|(_, filter)| filter.trim())?;
    let rest = &value[colon + 1..];
    let end = rest.find("}}").into_iter().chain(rest.find('|')).min()?;
    let argument = rest[..end].trim();
    let plain = inside && filter.bytes().all(|letter| letter.is_ascii_alphabetic() || letter == b'_');
    (plain && !argument.is_empty() && inner_colon(&rest[end..]).is_none())
        .then(|| format!("{before}({argument}) {}", &rest[end..]))
}

/// `{{ … }}` without quotes; `mark` is the expression, `replace` the value that belongs in quotes.
pub(super) fn bare_expression(text: &str, mark: Span, replace: Span, address: Address) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::BARE_EXPRESSION,
        mark,
        address,
        "a value that starts with `{{` must stand in quotes",
    )
    .help("Without quotes YAML reads the braces as a group of fields. Put the whole text in quotes.");
    match text.get(replace.start..replace.end) {
        Some(value) if !value.contains('\n') => diagnostic.suggest(replace, quote(value)),
        _ => diagnostic,
    }
}

/// A value that starts with `!`; `text` is the whole text that `span` lies in, or the value itself.
pub(super) fn tag(span: Span, text: &str, address: Address) -> Diagnostic {
    let value = text.get(span.start..span.end).filter(|value| value.starts_with('!')).unwrap_or(text);
    let word = value.split_whitespace().next().unwrap_or(value);
    if word.starts_with("!!") || word.starts_with("!<") || word.len() < 2 {
        let rest = value[word.len()..].trim_start();
        let message = format!("`{word}` is a YAML tag, which is not used here");
        return Diagnostic::error(codes::TAG, span.within(0, word.len()), address, message)
            .help("Leave it out; the field decides the type of its value.")
            .suggest(span, rest);
    }
    let spoken = value.contains(' ')
        && ["=", ".", "(", ">", "<", " and ", " or ", " is "].iter().all(|sign| !value.contains(sign));
    if spoken {
        return Diagnostic::error(
            codes::TAG,
            span.within(0, word.len()),
            address,
            format!("`{word}` is read by YAML as a tag, not as a text"),
        )
        .help("Put the text in quotes.")
        .suggest(span, quote(value));
    }
    let without = value[1..].trim_start_matches('=').trim_start();
    let message = format!("`{word}` is read by YAML as a tag, not as a condition or a text");
    Diagnostic::error(codes::TAG, span.within(0, word.len()), address, message)
        .help("For the opposite of something write `not`; put the value in quotes if a text is meant.")
        .suggest(span, format!("not {without}"))
}

fn reserved(value: &str, span: Span, address: Address) -> Diagnostic {
    let first = value.chars().next().unwrap_or(' ');
    if value.starts_with("```") && !value.contains(' ') {
        let message = "this line is a mark of the page that the text was copied from";
        return Diagnostic::error(codes::RESERVED_CHARACTER, span, address, message)
            .help("Take the line out.")
            .suggest(span, "");
    }
    Diagnostic::error(
        codes::RESERVED_CHARACTER,
        span.within(0, first.len_utf8()),
        address,
        format!("a text that starts with `{first}` must stand in quotes"),
    )
    .help("Put the text in quotes.")
    .suggest(span, quote(value))
}

/// `|` or `>` with what may follow: `+`, `-` and a digit.
fn is_block_header(value: &str) -> bool {
    let marks = value[1..].trim();
    marks.len() <= 2 && marks.chars().all(|mark| matches!(mark, '+' | '-' | '1'..='9'))
}

fn bracketed(value: &str, span: Span, address: Address) -> Option<Diagnostic> {
    match balance(value) {
        Ok(end) if !value[end..].trim().is_empty() => Some(reserved(value, span, address)),
        Ok(_) => {
            let item = bare_item(value)?;
            let mark = span.within(item.start, item.end);
            let text = &value[item.start..item.end];
            let mut told = bare_expression(value, mark, item, address).suggest(mark, quote(text));
            if !text.starts_with("{{") {
                "a text with `{{` in it must stand in quotes inside brackets".clone_into(&mut told.message);
            }
            Some(told)
        }
        Err(Some(missing)) => Some(unclosed_bracket(value, span, missing, address)),
        Err(None) => {
            // The last bracket is of the other kind than the first.
            let (first, last) = (value.chars().next()?, value.chars().next_back()?);
            let missing = match (first, last) {
                ('[', '}') => ']',
                ('{', ']') => '}',
                _ => return None,
            };
            let mended = format!("{}{missing}", &value[..value.len() - 1]);
            (balance(&mended) == Ok(mended.len())).then(|| {
                let end = Span::new(span.end - 1, span.end);
                unclosed_bracket(value, span, missing, address).suggest(end, missing)
            })
        }
    }
}

/// The first item in brackets that has `{{` in it, outside quotes.
fn bare_item(value: &str) -> Option<Span> {
    let start = value.find("{{")?;
    let before = value[..start].trim_end();
    let start = if before.ends_with(['[', ',', ':']) {
        start
    } else {
        // Words stand before the expression: the item begins with them.
        let ends = ["[", "{ ", ", ", ": "].iter().filter_map(|mark| Some(before.rfind(mark)? + mark.len()));
        let words = ends.max()?;
        if before[words..].contains(['"', '\'']) {
            return None;
        }
        words
    };
    let close = start + value[start..].rfind("}}")? + 2;
    let first_close = start + value[start..].find("}}")? + 2;
    let rest = &value[first_close..close];
    let end = rest.find(", ").map_or(close, |at| first_close + at);
    let tail = &value[end..];
    let more = tail.find([',', ']', '}']).unwrap_or(0);
    Some(Span::new(start, end + tail[..more].trim_end().len()))
}

/// A bracket that nothing closes in its line.
pub(super) fn unclosed_bracket(value: &str, span: Span, missing: char, address: Address) -> Diagnostic {
    let first = value.chars().next().unwrap_or('[');
    let kind = if first == '[' { "list" } else { "group" };
    Diagnostic::error(
        codes::UNCLOSED_BRACKET,
        span.within(0, 1),
        address,
        format!("this {kind} starts with `{first}` and is never closed"),
    )
    .help(format!("Add the missing `{missing}`; put the text in quotes if no {kind} is meant."))
    .suggest(
        Span::new(span.end, span.end),
        if value.starts_with("{ ") { format!(" {missing}") } else { missing.to_string() },
    )
}

fn quoted(value: &str, span: Span, address: Address) -> Option<Diagnostic> {
    let mark = value.chars().next()?;
    let Some(close) = closing_quote(value) else {
        return Some(
            Diagnostic::error(
                codes::UNCLOSED_QUOTE,
                span.within(0, 1),
                address,
                format!("this text starts with a {} and is never closed", name_of(mark)),
            )
            .help("Close it at the end of the text.")
            .suggest(Span::new(span.end, span.end), mark),
        );
    };
    if value[close + 1..].trim().is_empty() {
        return None;
    }
    if !value.ends_with(mark) && value.matches(mark).count() % 2 == 1 {
        // The quote that seems to close it is one of the text's own.
        return Some(
            Diagnostic::error(
                codes::UNCLOSED_QUOTE,
                span.within(0, 1),
                address,
                format!("this text starts with a {} and does not end with one", name_of(mark)),
            )
            .help("Put the whole text in quotes that it does not have inside.")
            .suggest(span, quote(&value[1..])),
        );
    }
    let rest = value[close + 1..].trim_start();
    let mended = if value.len() > 2 && value.ends_with(mark) && !rest.starts_with([',', '+', '~', '=']) {
        // Quotes around a text that has the same quotes in it: unless two texts are meant.
        let inner = &value[1..value.len() - 1];
        match other_quotes(value, inner) {
            Some(mended) => mended,
            None if is_two_texts(value, close) => quote(value),
            None => quote(inner),
        }
    } else {
        quote(value)
    };
    Some(
        Diagnostic::error(
            codes::TEXT_AFTER_QUOTE,
            span.within(close + 1, value.len()),
            address,
            format!("there is text after the closing {}", name_of(mark)),
        )
        .help("A value that starts with a quote ends with its partner. Put the whole value in quotes.")
        .suggest(span, mended),
    )
}

/// A text in double quotes with expressions that have double quotes: these become single ones.
fn other_quotes(value: &str, inner: &str) -> Option<String> {
    let outside: String =
        inner.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after)).collect();
    let first = inner.split("{{").next()?;
    let fits =
        value.starts_with('"') && inner.contains("{{") && !inner.contains('\'') && !first.contains('"');
    let after = outside.get(first.len()..).unwrap_or_default();
    (fits && !after.contains('"')).then(|| format!("\"{}\"", inner.replace('"', "'")))
}

/// Whether `"a" in "b"` is meant rather than `"a "b" c"`: a word stands between spaces after the closing quote.
fn is_two_texts(value: &str, close: usize) -> bool {
    let rest = &value[close + 1..];
    let next = rest[..rest.len() - 1].rfind(&value[..1]).map(|at| &rest[..at]);
    next.is_some_and(|between| between.starts_with(' ') && between.ends_with(' '))
}

fn name_of(mark: char) -> &'static str {
    if mark == '"' { "double quote" } else { "single quote" }
}

/// What may follow a backslash in double quotes (YAML 1.2, section 5.7).
const KNOWN_ESCAPES: &str = "0abt\tnvfre \"/\\N_LPxuU";

/// A backslash in double quotes that YAML does not know.
pub(super) fn unknown_escape(line: &Line<'_>, shape: &Shape, address: Address) -> Option<Diagnostic> {
    let value = &line.text[shape.value.clone()];
    let span = line.span(&shape.value);
    let close = closing_quote(value).filter(|_| value.starts_with('"'))?;
    let mut letters = value.char_indices();
    let at = loop {
        let (at, letter) = letters.next()?;
        if letter == '\\' {
            let escaped = letters.next()?.1;
            if !KNOWN_ESCAPES.contains(escaped) {
                break at..at + 1 + escaped.len_utf8();
            }
        }
    };
    let inner = value[1..close].replace("\\\"", "\"").replace('\'', "''");
    Some(
        Diagnostic::error(
            codes::UNKNOWN_ESCAPE,
            span.within(at.start, at.end),
            address,
            "a backslash in double quotes starts a special sign, and this is none of those YAML knows",
        )
        .help("In single quotes a backslash is a backslash.")
        .suggest(span.within(0, close + 1), format!("'{inner}'")),
    )
}

/// `tag: #vip`: what follows the `#` looks like text, not like a remark.
pub(super) fn hidden_by_comment(text: &str, span: Span, address: Address) -> Option<Diagnostic> {
    let rest = &text[span.end..];
    let after = rest.trim_start_matches(' ');
    let hash = rest.len() - after.len();
    if hash == 0 || !after.starts_with('#') {
        return None;
    }
    let hidden = after[..after.find('\n').unwrap_or(after.len())].trim_end();
    if !hidden.chars().nth(1).is_some_and(char::is_alphanumeric) || hidden.contains(' ') {
        return None;
    }
    let whole = if span.start == span.end {
        Span::new(span.end + hash, span.end + hash + hidden.len())
    } else {
        Span::new(span.start, span.end + hash + hidden.len())
    };
    let value = &text[whole.start..whole.end];
    if value.contains('\n') {
        return None;
    }
    Some(
        Diagnostic::warning(
            codes::HIDDEN_BY_COMMENT,
            Span::new(span.end + hash, span.end + hash + hidden.len()),
            address,
            format!("`{hidden}` is a remark for YAML and not part of the value"),
        )
        .help("Put the whole text in quotes; if a remark is meant, leave a space after the `#`.")
        .suggest(whole, quote(value)),
    )
}

/// A text over several lines of which one starts like a list item or a field.
pub(super) fn swallowed_item(text: &str, span: Span, address: Address) -> Option<Diagnostic> {
    let value = &text[span.start..span.end];
    let (first, _) = value.split_once('\n')?;
    let mut start = span.start + first.len() + 1;
    for line in value[first.len() + 1..].split('\n') {
        let item = line.trim_start();
        if item.starts_with("- ") {
            let at = start + line.len() - item.len();
            return Some(
                Diagnostic::error(
                    codes::INDENTATION,
                    Span::new(at, at + item.trim_end().len()),
                    address,
                    "this line is read as part of the text above, not as an item of the list",
                )
                .help("Start it in the same column as the `-` of the item above."),
            );
        }
        start += line.len() + 1;
    }
    None
}
