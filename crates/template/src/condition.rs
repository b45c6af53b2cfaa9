//! Condition.

use crate::{Comparison, Context, EvalError, EvalErrorKind, Reference, Scope, SyntaxError};
use std::sync::Arc;

/// Condition.
#[derive(Debug, Clone)]
pub struct Condition {
    source: Arc<str>,
}

impl Condition {
    /// Reads it.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// Evaluates it.
    pub fn evaluate(&self, _scope: &Scope, _context: &Context) -> Result<bool, EvalError> {
        Err(EvalError { message: self.source.to_string(), kind: EvalErrorKind::Other, range: None })
    }

    /// What it refers to.
    pub fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// What it compares.
    pub fn comparisons(&self) -> Vec<Comparison> {
        Vec::new()
    }
}
