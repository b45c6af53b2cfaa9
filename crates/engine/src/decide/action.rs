//! What may be next in a run.

use bellhop_journal::{Entry, RunStatus, StepId};
use bellhop_recipe::{CallAction, Step};
use jiff::Timestamp;
use serde_json::Value;

/// One thing to do now. All of one answer of [`super::decide`] belong together: records come first.
#[derive(Clone, Debug)]
pub enum Action<'p> {
    /// Add this to the history.
    Record(Entry),
    /// Journal the attempt, then call.
    Call {
        /// Which step.
        step: StepId,
        /// Its part of the plan.
        plan: &'p Step,
        /// From 1.
        attempt: u32,
        /// What to call.
        call: &'p CallAction,
        /// With what.
        input: Value,
        /// When the call gives up.
        deadline: Timestamp,
    },
    /// Look whether a `once` call that was cut short has happened.
    Confirm {
        /// Which step.
        step: StepId,
        /// Its part of the plan.
        plan: &'p Step,
        /// What was called.
        call: &'p CallAction,
        /// With what.
        input: Value,
        /// When the first attempt began.
        since: Timestamp,
        /// When the look-up gives up.
        deadline: Timestamp,
    },
    /// Nothing more by itself before this time.
    WaitUntil(Wake),
    /// A person is needed.
    Halt {
        /// The step that could not be done.
        step: StepId,
        /// What happened and what to do.
        message: String,
    },
    /// The run is over.
    End {
        /// How.
        status: RunStatus,
        /// Why, in words; may be empty.
        reason: String,
    },
}

/// When a run goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The earliest time at which something is due.
    pub at: Timestamp,
    /// Whether all that is waited for are waits that the author wrote: then others of the same order key may go on.
    pub yields: bool,
    /// Why, in words: the failure that is being retried. Empty for a wait that the author wrote.
    pub reason: String,
}
