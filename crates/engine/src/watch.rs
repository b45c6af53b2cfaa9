//! Watching runs as they happen.

use std::sync::Arc;

use bellhop_journal::{RunId, Stamped};

/// One entry of one run, told to whoever watches. An end, a halt or a sleep is told once it is on disk, the rest as
/// it happens.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The run.
    pub run: RunId,
    /// The recipe's id.
    pub recipe: Arc<str>,
    /// The record it is about, as `kind id`.
    pub record: Option<Arc<str>>,
    /// What happened and when.
    pub entry: Stamped,
}
