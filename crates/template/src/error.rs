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
