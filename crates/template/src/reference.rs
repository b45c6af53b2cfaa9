//! What an expression refers to and what it compares, for the checker. Decides nothing about right or wrong.

use std::ops::Range;

/// One mention of data in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// From the name in scope downwards: `contact.tags[0]` is `contact`, `tags`, `0`.
    pub path: Vec<Segment>,
    /// The bytes of the source text that say it.
    pub range: Range<usize>,
    /// Under `default(…)`, `is defined`, `is empty` and the like: it may be absent without an error.
    pub guarded: bool,
}

/// One part of a [`Reference`]'s path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A name in scope, or a field.
    Name(String),
    /// A place in a list, from 0; negative from the end.
    Index(i64),
    /// Any field or item: a computed subscript, `[*]`, a filter.
    Any,
}

/// Two values that an expression compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What stands on the left.
    pub left: Operand,
    /// What stands on the right.
    pub right: Operand,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `not in`.
    pub operator: &'static str,
    /// The bytes of the whole comparison in the source text.
    pub range: Range<usize>,
}

/// One side of a [`Comparison`].
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Data.
    Reference(Reference),
    /// A written text.
    Text(String),
    /// A written number.
    Number(f64),
    /// A written `true` or `false`.
    Bool(bool),
    /// Anything else: a list, a filter's result, arithmetic.
    Other,
}
