//! Where the name at a place is given: its `as:` or `set:`, or its input.

use bellhop_source::Span;

use crate::cursor::Cursor;
use crate::document::{Kind, Library};
use crate::hover::word_at;
use crate::known;
use crate::mention::{self, Way};
use crate::positions::floor;
use crate::spite;

/// The place where what is mentioned at a place gets its name.
pub(crate) fn definition(text: &str, offset: usize, kind: &Kind, library: &Library) -> Option<Span> {
    if !kind.is_recipe() {
        return None;
    }
    let word = word_at(text, floor(text, offset))?;
    let mention = mention::at(&Cursor::find(text, word.end), text)?;
    let first = match mention.above.first() {
        Some(Way::Name(name)) => name,
        Some(Way::Item) => return None,
        None => &mention.last,
    };
    if first == "inputs" {
        let input = match mention.above.get(1) {
            Some(Way::Name(name)) => name,
            _ => &mention.last,
        };
        let root = spite::tree(text)?;
        let inputs = root.member("inputs")?;
        return Some(inputs.1.member(input).map_or(inputs.0.span, |(key, _)| key.span));
    }
    if first == "trigger" {
        return Some(spite::tree(text)?.member("trigger")?.0.span);
    }
    known::names(text, word.end, library.world()).into_iter().find(|known| known.name == *first)?.given
}
