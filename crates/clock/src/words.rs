//! What is wrong with words about time.

/// Words about time that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WordsError {
    /// What is wrong, one plain sentence without a full stop at the end.
    pub message: String,
    /// What to do, in words.
    pub help: Option<String>,
    /// The whole text as it was probably meant.
    pub suggestion: Option<String>,
}
