//! A bare expression that gives a value, as in `once_per: trigger.email`.

use crate::evaluate::Evaluation;
use crate::node::Node;
use crate::{Comparison, Context, EvalError, Mistakes, Reference, Scope, SyntaxError, mentions, read};
use serde_json::Value;
use std::sync::Arc;

/// A bare expression, compiled. Cheap to clone and to evaluate many times.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    root: Arc<Node>,
}

impl Expression {
    /// Reads an expression. Ranges in the error are bytes of `source`.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let root = read::read(source, 0..source.len())?;
        Ok(Self { source: source.into(), root: Arc::new(root) })
    }

    /// All that is wrong with an expression that [`Expression::parse`] refuses, and what the rest of it mentions.
    pub fn mistakes(source: &str) -> Mistakes {
        Mistakes::of(source, mentions::Wanted::Value)
    }

    /// The value. Absent is an error of kind `Missing`, null a value.
    pub fn evaluate(&self, scope: &Scope, context: &Context) -> Result<Value, EvalError> {
        Evaluation::new(&self.source, scope, context).value(&self.root).map(std::borrow::Cow::into_owned)
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to, in the order written; `now` included.
    pub fn references(&self) -> Vec<Reference> {
        mentions::references(&self.root, mentions::Wanted::Value)
    }

    /// What it compares.
    pub fn comparisons(&self) -> Vec<Comparison> {
        mentions::comparisons(&self.root)
    }
}
