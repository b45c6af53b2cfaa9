//! Which names mean something at a place of a recipe: for editors, which ask while a recipe is being written.
//!
//! It is the checker itself that answers, on its way through the recipe. Complaints are not its business.

use bellhop_connector::Field;
use bellhop_source::{Node, Source, Span};

use super::Checker;
use super::names::Type;
use crate::World;

/// A name that means something at a place.
#[derive(Clone, Debug)]
pub struct KnownName {
    /// The name.
    pub name: String,
    /// What is known about its value.
    pub value: std::sync::Arc<Field>,
    /// Where it is given; none for the language's own names.
    pub given: Option<Span>,
}

/// A place whose names are asked for, and what was found so far.
pub(super) struct Look {
    offset: usize,
    /// How far its line is indented, in bytes: a step that stands further to the right does not hold it.
    indent: usize,
    found: Vec<(String, Type, Option<Span>)>,
}

/// The names that a step at `offset` sees, innermost first, each once. `root` is the recipe's tree, perhaps read in
/// spite of errors; `indent` is the column in bytes (from 0) at which the text of the place's line begins.
pub fn names_at(root: &Node, source: &Source, world: &World, offset: usize, indent: usize) -> Vec<KnownName> {
    let mut checker = Checker::new(source, world, root, Vec::new());
    checker.look = Some(Look { offset, indent, found: Vec::new() });
    checker.document(root);
    let found = checker.look.map(|look| look.found).unwrap_or_default();
    found.into_iter().map(|(name, value, given)| KnownName { name, value, given }).collect()
}

impl Checker<'_> {
    /// Notes the names known here, where this is the nearest place so far before the one that is asked for.
    pub(super) fn look_around(&mut self, span: Span) {
        let Some(look) = &self.look else { return };
        let text = self.source.text();
        let line = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let beside = !text.get(span.start..look.offset).unwrap_or("\n").contains('\n');
        if span.start > look.offset || (span.start - line > look.indent && !beside) {
            return;
        }
        let mut found: Vec<(String, Type, Option<Span>)> = Vec::new();
        for binding in self.frames.iter().rev().flat_map(|frame| frame.names.iter().rev()) {
            if !found.iter().any(|(name, ..)| *name == binding.name) {
                found.push((binding.name.clone(), binding.value.clone(), binding.place));
            }
        }
        if let Some(look) = &mut self.look {
            look.found = found;
        }
    }
}
