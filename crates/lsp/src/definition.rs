//! Where the name at a place is given: its `as:` or `set:`, or its input; or the file of the recipe or mapping that is named.

use bellhop_source::Span;

use crate::cursor::Cursor;
use crate::document::{Kind, Library};
use crate::hover::{whole_at, word_at};
use crate::known;
use crate::mention::{self, Way};
use crate::positions::floor;
use crate::shared::{self, Shared};
use crate::spite;

/// Where something is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// In the same document.
    Here(Span),
    /// In a file of its own.
    File(Shared),
}

/// Where what is named at a place is given.
pub(crate) fn definition(text: &str, offset: usize, kind: &Kind, library: &Library) -> Option<Target> {
    if !kind.is_recipe() {
        return None;
    }
    let offset = floor(text, offset);
    if let Some(whole) = whole_at(text, offset)
        && let Some(name) = text.get(whole.start..whole.end)
        && let Some(shared) = shared::at(&Cursor::find(text, whole.end), name)
    {
        let own = match &shared {
            Shared::Mapping(id) => shared::own_mapping(text, id),
            Shared::Recipe(_) => None,
        };
        return Some(own.map_or(Target::File(shared), Target::Here));
    }
    mentioned(text, offset, kind, library).map(Target::Here)
}

/// The place where what is mentioned at a place gets its name.
fn mentioned(text: &str, offset: usize, kind: &Kind, library: &Library) -> Option<Span> {
    let word = word_at(text, offset)?;
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
    known::names(text, word.end, library.world(kind)).into_iter().find(|known| known.name == *first)?.given
}
