//! What a person may ask of a run: another try, its end, or their word on a step in doubt.

use bellhop_journal::StoreError;

/// Why a person's wish could not be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// There is no such run.
    #[error("there is no run `{0}`")]
    UnknownRun(String),
    /// The run is being worked on, here or by another process.
    #[error("run {0} is being worked on right now; try again once it waits or needs attention")]
    Busy(String),
    /// The wish makes no sense where the run stands; the sentence says why.
    #[error("{0}")]
    NotPossible(String),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
