//! The tree that an expression becomes: owned, checked, and independent of the parser it came from.
//!
//! It only holds; `read` builds it, `evaluate` and `mentions` walk it.

use crate::checks::Check;
use crate::filters::Filter;
use regex::Regex;
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// One part of an expression and where it stands in the source text.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Bytes in the text that was parsed (the whole text, where the expression stands in a text).
    pub(crate) range: Range<usize>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Constant(Value),
    Path(Path),
    /// A field of something that is no plain path.
    Field(Box<Node>, String),
    /// A computed subscript: `prices[currency]`.
    Item(Box<Node>, Box<Node>),
    /// `list[from:to]`.
    Slice(Box<Node>, Option<Box<Node>>, Option<Box<Node>>),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Arithmetic(Operator, Box<Node>, Box<Node>),
    /// `a < b <= c`: the first operand, then each comparison with its right operand.
    Compare(Box<Node>, Vec<(Relation, Node)>),
    /// `yes if test else no`.
    Choice {
        test: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
    /// `input | default(fallback, also_when_empty)`.
    Default {
        input: Box<Node>,
        fallback: Box<Node>,
        also_when_empty: Option<Box<Node>>,
    },
    Filter {
        filter: &'static Filter,
        input: Box<Node>,
        arguments: Vec<Node>,
        named: Vec<(String, Node)>,
    },
    /// `input is name arguments`; a written pattern is compiled once, for all that have it.
    Check {
        check: &'static Check,
        input: Box<Node>,
        arguments: Vec<Node>,
        pattern: Option<Arc<Regex>>,
    },
    List(Vec<Node>),
    Record(Vec<(Node, Node)>),
    /// A part that was refused, with what it is made of: it tells what is mentioned, and no tree with one is evaluated.
    Unread(Vec<Node>),
}

/// A name in scope and the fields below it. The shape nearly every expression has, evaluated without copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
    Power,
    Join,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Relation {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

impl Path {
    /// The path as a person writes it, down to and including its first `steps` steps.
    pub(crate) fn written(&self, steps: usize) -> String {
        let mut text = self.root.clone();
        for step in self.steps.iter().take(steps) {
            match step {
                Step::Name(name) if is_name(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Name(name) => {
                    text.push_str("['");
                    text.push_str(name);
                    text.push_str("']");
                }
                Step::Index(index) => {
                    text.push('[');
                    text.push_str(&index.to_string());
                    text.push(']');
                }
            }
        }
        text
    }
}

/// Whether a field can be written after a dot.
pub(crate) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
