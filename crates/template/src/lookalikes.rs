//! Other tools' marks for "put a value here" in a text: `${x}`, `{x}`, `$x.y`. Each would be sent as it stands, so that
//! the person who wrote it is told.

use crate::error::SyntaxError;
use crate::node::is_name;
use std::ops::Range;

/// The first such mark in a stretch of literal text, `offset` bytes into the whole.
pub(crate) fn first(text: &str, offset: usize) -> Option<SyntaxError> {
    for (at, letter) in text.char_indices() {
        let rest = &text[at..];
        if let Some((length, path)) = parted_braces(rest) {
            return Some(mistake(text, at..at + length, path, offset));
        }
        let before = text[..at].chars().next_back();
        let found = match letter {
            '$' if before == Some('$') => None,
            '$' => dollar_braces(rest).or_else(|| dollar_path(rest)),
            '{' if before != Some('{') && before != Some('$') => braces(rest),
            _ => None,
        };
        if let Some((length, path)) = found {
            return Some(mistake(text, at..at + length, path, offset));
        }
    }
    None
}

/// Whether the text as a whole, or a `${…}` in it, can only be meant as a template.
pub(crate) fn is_meant(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if dollar_braces(&rest[at..]).is_some() {
            return true;
        }
        rest = &rest[at + 2..];
    }
    let whole = text.trim();
    dollar_path(whole).is_some_and(|(length, path)| length == whole.len() && path.contains('.'))
}

fn mistake(text: &str, range: Range<usize>, path: &str, offset: usize) -> SyntaxError {
    let written = &text[range.clone()];
    let replacement = format!("{{{{ {path} }}}}");
    let place = range.start + offset..range.end + offset;
    SyntaxError::new(
        format!("`{written}` is not filled in; values in a text stand in double braces."),
        place.clone(),
    )
    .help(format!("Write `{replacement}`. To send it as it stands, write `{{{{ '{written}' }}}}`."))
    .suggest(place, replacement)
}

fn dollar_braces(text: &str) -> Option<(usize, &str)> {
    let (length, path) = braces(text.strip_prefix('$')?)?;
    Some((length + 1, path))
}

/// `{name}` or `{name.field}`, with blanks inside or without, and the second closing brace where there is one.
fn braces(text: &str) -> Option<(usize, &str)> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find('}')?;
    let path = inside[..end].trim();
    let doubled = usize::from(inside[end + 1..].starts_with('}'));
    is_path(path).then_some((end + 2 + doubled, path))
}

/// `{ { name } }`.
fn parted_braces(text: &str) -> Option<(usize, &str)> {
    let inside = text.strip_prefix('{')?.trim_start_matches(' ').strip_prefix('{')?;
    let end = inside.find('}')?;
    let path = inside[..end].trim();
    let after = inside[end + 1..].trim_start_matches(' ').strip_prefix('}')?;
    let doubled = text.starts_with("{{") && inside[end + 1..].starts_with('}');
    (is_path(path) && !doubled).then_some((text.len() - after.len(), path))
}

/// `$name` or `$name.field`.
fn dollar_path(text: &str) -> Option<(usize, &str)> {
    let path = text.strip_prefix('$')?;
    let length = path.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '.');
    let path = path[..length.unwrap_or(path.len())].trim_end_matches('.');
    is_path(path).then_some((path.len() + 1, path))
}

fn is_path(text: &str) -> bool {
    // `$US` and `{ID}` are not how anyone names a field here.
    text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.split('.').all(is_name)
}
