//! Picks.

use crate::{EvalError, Reference, Scope, SyntaxError};
use serde_json::Value;
use std::sync::Arc;

/// A pick.
#[derive(Debug, Clone)]
pub struct Pick {
    source: Arc<str>,
}

/// What a [`Pick`] found.
#[derive(Debug, Clone, PartialEq)]
pub enum Picked {
    /// Nothing: the field is left out.
    Absent,
    /// The one value of a path that can match once.
    One(Value),
    /// The values of a path that can match many, in their order.
    Many(Vec<Value>),
}

impl Pick {
    /// Whether a written value is to be read as a pick.
    pub fn is_pick(source: &str) -> bool {
        source.starts_with("$.") || source.starts_with("$[")
    }

    /// Reads it.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// Whether it can match at most once.
    pub fn is_singular(&self) -> bool {
        !self.source.contains('*')
    }

    /// Finds the value.
    pub fn evaluate(&self, _scope: &Scope) -> Result<Picked, EvalError> {
        Ok(Picked::Absent)
    }

    /// What it refers to.
    pub fn references(&self) -> Vec<Reference> {
        Vec::new()
    }
}
