//! All that can be told of a text or an expression that cannot be taken: what is wrong with it, as far as the parts can be
//! told apart, and what data the rest mentions, so that whoever knows the data can judge that too.
//!
//! It only holds. `read` finds it.

use crate::node::Node;
use crate::{Comparison, Reference, SyntaxError, answers, mentions, read};

/// What is wrong with an expression, and what else is in it.
#[derive(Debug, Default)]
pub struct Mistakes {
    /// At least one; the first is the one that parsing gives.
    pub errors: Vec<SyntaxError>,
    /// What is mentioned in the parts that could be read.
    pub references: Vec<Reference>,
    /// What is compared in them.
    pub comparisons: Vec<Comparison>,
}

impl Mistakes {
    pub(crate) fn new(errors: Vec<SyntaxError>) -> Self {
        Self { errors, ..Self::default() }
    }

    pub(crate) fn mentioned(&mut self, node: &Node, wanted: mentions::Wanted) {
        self.references.extend(mentions::references(node, wanted));
        self.comparisons.extend(mentions::comparisons(node));
    }

    /// Of a bare expression.
    pub(crate) fn of(source: &str, wanted: mentions::Wanted) -> Self {
        let (node, errors) = read::read_on(source, 0..source.len());
        let mut mistakes = Self::new(errors);
        match node {
            Ok(node) => {
                mistakes.mentioned(&node, wanted);
                if wanted == mentions::Wanted::Answer {
                    mistakes.errors.extend(answers::must_answer(source, &node).err());
                }
            }
            Err(error) => mistakes.errors.push(error),
        }
        mistakes
    }
}
