//! What can be wrong with an expression: when it is read, and when it is evaluated. Words only; no place in a file.
//!
//! Ranges are bytes in the text that was parsed; whoever knows the file turns them into a line and a column.

use std::ops::Range;

/// An expression that cannot be read. The message is a plain sentence for people who do not program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that can be said.
    pub help: Option<String>,
    /// The bytes of the source text that are wrong.
    pub range: Range<usize>,
    /// A replacement for some bytes of the source text that corrects it.
    pub suggestion: Option<(Range<usize>, String)>,
}

/// An expression that could be read but gives no value with this data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What happened and what to do about it, in a plain sentence or two.
    pub message: String,
    /// What sort of problem it is.
    pub kind: EvalErrorKind,
    /// The bytes of the source text that gave no value, where they are known.
    pub range: Option<Range<usize>>,
}

/// The sorts of problems an evaluation can meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvalErrorKind {
    /// A name or field is not there; `path` is the part that is missing, as written (`contact.firstName`).
    Missing {
        /// The path down to the first part that is missing.
        path: String,
    },
    /// A value is there but of a kind that cannot be used so (text compared with a number).
    WrongType,
    /// The evaluation would take too long or its result is too large.
    Limit,
    /// Anything else, such as a phone number that is none.
    Other,
}

/// What a filter, a test or an operator says against a value. The sentence lacks its subject: `evaluate` puts the
/// expression in front ("`contact.score` is a text, …").
#[derive(Debug)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) kind: EvalErrorKind,
}

impl Complaint {
    pub(crate) fn wrong_type(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: EvalErrorKind::WrongType }
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: EvalErrorKind::Limit }
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: EvalErrorKind::Other }
    }
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self { message: message.into(), help: None, range, suggestion: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn suggest(mut self, range: Range<usize>, replacement: impl Into<String>) -> Self {
        self.suggestion = Some((range, replacement.into()));
        self
    }
}
