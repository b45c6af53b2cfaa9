//! The blocks around a place of a recipe, and the names that each gives. What a name means is looked up in `names`.

use std::collections::{BTreeSet, HashMap};

use bellhop_source::{Address, Span};

use super::names::Type;

/// A name and what it means.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) value: Type,
    /// The step of the frame's block whose result it is; none for what is there before the first step.
    pub(super) given_by: Option<usize>,
    /// Where it is given; none for the language's own names.
    pub(super) place: Option<Span>,
}

/// Names in the order given, found by name without going through them: a recipe may give tens of thousands.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: Vec<Binding>,
    /// Where each stands; the last one, should a name be given again.
    at: HashMap<String, usize>,
}

impl Names {
    pub(super) fn push(&mut self, binding: Binding) {
        self.at.insert(binding.name.clone(), self.all.len());
        self.all.push(binding);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        self.all.get(*self.at.get(name)?)
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Binding> {
        self.all.iter()
    }
}

impl Extend<Binding> for Names {
    fn extend<T: IntoIterator<Item = Binding>>(&mut self, bindings: T) {
        for binding in bindings {
            self.push(binding);
        }
    }
}

impl FromIterator<Binding> for Names {
    fn from_iter<T: IntoIterator<Item = Binding>>(bindings: T) -> Self {
        let mut names = Self::default();
        names.extend(bindings);
        names
    }
}

impl IntoIterator for Names {
    type Item = Binding;
    type IntoIter = std::vec::IntoIter<Binding>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl<'n> IntoIterator for &'n Names {
    type Item = &'n Binding;
    type IntoIter = std::slice::Iter<'n, Binding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A block being read.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) names: Names,
    /// The step being read.
    pub(super) current: usize,
    /// Which step's result is used by which step.
    pub(super) uses: BTreeSet<(usize, usize)>,
    /// What stands under `after:`, to be understood when the whole block is read.
    pub(super) after: Vec<Named>,
}

impl Frame {
    /// Notes that the step being read uses the result of another.
    pub(super) fn note_use(&mut self, giver: usize) {
        if giver != self.current {
            self.uses.insert((giver, self.current));
        }
    }
}

/// A step that another is to come after, by the name of its result.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The step that says so.
    pub(super) step: usize,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) address: Address,
}
