//! What the engine answers to an event or to a wish for a run.

use bellhop_journal::{EventId, RunId};

/// The engine has an event: it is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The event's id.
    pub event: EventId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was new.
    New {
        /// Runs that have begun.
        started: Vec<RunId>,
        /// Runs that wait for an earlier run of the same order key.
        queued: Vec<RunId>,
        /// Recipes that listen to it and did not run, with the reason.
        passed_over: Vec<(String, String)>,
    },
    /// It had been received before; nothing was changed.
    Duplicate,
}

/// Why an event was not taken. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The engine has not started yet, or is about to stop: 429, so that the sender tries again.
    #[error("Bellhop is not ready yet; send it again in a moment")]
    NotReady,
    /// More is waiting than is good: 429.
    #[error("Bellhop has more work waiting than it can keep up with; send it again in a moment")]
    Overloaded,
    /// No connection, or no webhook, of that name: 404.
    #[error("{0}")]
    Unknown(String),
    /// No recipe of that webhook accepts what the sender has shown: 401.
    #[error("{0}")]
    Unproven(String),
    /// The store cannot be used any more; the sentence says what to do. 429, because HighLevel retries nothing else.
    #[error("{0}")]
    Broken(String),
}

/// Why a run could not be started by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunNowError {
    /// No recipe has that id.
    #[error("there is no recipe `{0}`, or it has errors; `bellhop check` tells which")]
    UnknownRecipe(String),
    /// The inputs do not fit.
    #[error("{}", .0.join("; "))]
    Inputs(Vec<String>),
    /// The engine takes nothing at the moment.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}
