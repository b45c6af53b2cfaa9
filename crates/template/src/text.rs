//! Text.

use crate::{Comparison, Context, EvalError, EvalErrorKind, Reference, Scope, SyntaxError};
use std::sync::Arc;

/// Text.
#[derive(Debug, Clone)]
pub struct Text {
    source: Arc<str>,
}

impl Text {
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
impl Text {
    /// Whether a written value is to be read as a [`Text`].
    pub fn is_template(source: &str) -> bool {
        source.contains("{{") || source.contains("{%")
    }
}
