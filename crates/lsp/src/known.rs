//! The names that mean something at a place, and what is known about what a mention leads to.

use std::sync::Arc;

use bellhop_connector::Field;
use bellhop_recipe::{KnownName, World, names_at};
use bellhop_source::Source;

use crate::line::{Mark, Shape};
use crate::mention::Way;
use crate::spite;

/// The names that mean something at a place of a half-written recipe; none where it cannot be read at all.
pub(crate) fn names(text: &str, offset: usize, world: &World) -> Vec<KnownName> {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
    let shape = Shape::of(line);
    let last_dash = shape.marks.iter().rev().find(|(_, mark)| *mark == Mark::Dash);
    let indent = match (shape.key(), line.trim().is_empty()) {
        (Some((column, _)), _) => column,
        (None, true) => offset - start,
        (None, false) => shape.rest,
    };
    let mut read = text.to_owned();
    if last_dash.is_some() && shape.rest >= line.trim_end().len() {
        // A step of which only the dash is there has no place yet.
        let end = start + line.trim_end_matches('\r').len();
        read.insert_str(end, " x");
    }
    let Some(root) = spite::tree(&read) else { return Vec::new() };
    names_at(&root, &Source::new("", read), world, offset, indent)
}

/// What a mention's parts lead to. None where nothing is known.
pub(crate) fn follow(names: &[KnownName], above: &[Way]) -> Option<Arc<Field>> {
    let (Way::Name(first), rest) = above.split_first()? else { return None };
    let root = &names.iter().find(|known| known.name == *first)?.value;
    let mut inside: &Field = root;
    for way in rest {
        inside = match way {
            Way::Name(name) => inside.fields.get(name)?,
            Way::Item => inside.items.as_deref()?,
        };
    }
    Some(Arc::new(inside.clone()))
}
