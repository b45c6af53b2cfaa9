//! Expression.

use crate::{Comparison, Context, EvalError, EvalErrorKind, Reference, Scope, SyntaxError};
use std::sync::Arc;

/// Expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
}

impl Expression {
    /// Reads it.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// Evaluates it.
    pub fn evaluate(&self, _scope: &Scope, _context: &Context) -> Result<serde_json::Value, EvalError> {
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
