//! What is known about the word at a place.

use bellhop_source::Span;

use crate::cursor::{Cursor, Part, Slot};
use crate::document::{Kind, Library};
use crate::known;
use crate::line::Shape;
use crate::mention;
use crate::pages;
use crate::positions::floor;
use crate::shared;

/// The page of what stands at a place, and where that stands.
pub(crate) fn hover(text: &str, offset: usize, kind: &Kind, library: &Library) -> Option<(Span, String)> {
    let offset = floor(text, offset);
    let word = word_at(text, offset)?;
    if kind.is_recipe()
        && let Some(found) = of_data(text, word, kind, library)
    {
        return Some(found);
    }
    of_key(text, offset, kind, library).or_else(|| of_value(text, offset, word, kind, library))
}

/// The letters, digits and underscores around a place.
pub(crate) fn word_at(text: &str, offset: usize) -> Option<Span> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = text.get(..offset)?;
    let start = offset - before.len() + before.trim_end_matches(is_part).len();
    let after = text.get(offset..)?;
    let end = offset + after.len() - after.trim_start_matches(is_part).len();
    (start < end).then_some(Span::new(start, end))
}

fn of_data(text: &str, word: Span, kind: &Kind, library: &Library) -> Option<(Span, String)> {
    let mention = mention::at(&Cursor::find(text, word.end), text)?;
    let names = known::names(text, word.end, library.world(kind));
    let field = if mention.above.is_empty() {
        names.iter().find(|name| name.name == mention.last)?.value.clone()
    } else {
        let inside = known::follow(&names, &mention.above)?;
        inside.fields.get(&mention.last)?.clone().into()
    };
    Some((word, pages::data(&mention.last, &field)))
}

fn of_key(text: &str, offset: usize, kind: &Kind, library: &Library) -> Option<(Span, String)> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.split('\n').next()?;
    let shape = Shape::of(line);
    let (column, key) = shape.key()?;
    let span = Span::new(start + column, start + shape.colon?);
    if offset < span.start || offset > span.end {
        return None;
    }
    let cursor = Cursor::find(text, span.start);
    // Inside a longer text it only looks like a key.
    if cursor.slot != Slot::Open {
        return None;
    }
    if let Some(page) = input(key, &cursor, text, kind, library) {
        return Some((span, page));
    }
    Some((span, page(key, &cursor.path, kind, library)?))
}

/// The page of an input of the recipe that the step calls.
fn input(key: &str, cursor: &Cursor, text: &str, kind: &Kind, library: &Library) -> Option<String> {
    let inputs = kind.is_recipe().then(|| shared::inputs(cursor, text, library.world(kind)))??;
    inputs.iter().find(|input| input.name == key).map(shared::input)
}

fn page(key: &str, path: &[Part], kind: &Kind, library: &Library) -> Option<String> {
    if kind.is_recipe()
        && let Some(page) = pages::named(key, library.world(kind))
    {
        return Some(page);
    }
    let schema = library.schema(kind);
    let (_, child) = schema.keys(path).into_iter().find(|(known, _)| *known == key)?;
    let (title, description) = schema.words(child);
    Some(pages::key(key, title, description))
}

/// The name of an event, a recipe or a mapping, or a key inside braces; any other value says what its key says.
fn of_value(text: &str, offset: usize, word: Span, kind: &Kind, library: &Library) -> Option<(Span, String)> {
    let whole = whole_at(text, offset)?;
    let written = text.get(whole.start..whole.end)?;
    if kind.is_recipe()
        && let Some(page) = pages::named(written, library.world(kind))
    {
        return Some((whole, page));
    }
    let cursor = Cursor::find(text, word.start);
    if kind.is_recipe()
        && let Some(page) =
            shared::at(&cursor, written).and_then(|one| shared::page(&one, library.world(kind)))
    {
        return Some((whole, page));
    }
    if cursor.slot == Slot::Open && cursor.in_flow {
        if let Some(page) = input(written, &cursor, text, kind, library) {
            return Some((whole, page));
        }
        return Some((whole, page(written, &cursor.path, kind, library)?));
    }
    None
}

/// What stands around a place up to blanks, brackets, colons and quotes.
pub(crate) fn whole_at(text: &str, offset: usize) -> Option<Span> {
    let ends = |letter: char| letter.is_whitespace() || "[]{},:\"'".contains(letter);
    let before = text.get(..offset)?;
    let start = before
        .rfind(ends)
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let after = text.get(offset..)?;
    let end = after.find(ends).map_or(text.len(), |at| offset + at);
    Some(Span::new(start, end))
}
