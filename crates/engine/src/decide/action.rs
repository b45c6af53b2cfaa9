//! What may be next in a run.

use bellhop_journal::{Await, Entry, RunStatus, StepId};
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
    /// Journal the attempt, then read a page of what a loop goes over.
    ReadPage {
        /// The loop.
        step: StepId,
        /// Its part of the plan.
        plan: &'p Step,
        /// From 1.
        attempt: u32,
        /// What to call.
        call: &'p CallAction,
        /// With what.
        input: Value,
        /// What the page before gave; none: the first page.
        after: Option<Value>,
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
    /// Have another recipe run, then record that its end is awaited; or that it cannot be called.
    Summon {
        /// Which step.
        step: StepId,
        /// Its part of the plan.
        plan: &'p Step,
        /// The other recipe.
        recipe: &'p str,
        /// Its inputs: an object.
        inputs: Value,
    },
    /// Find out what has happened until now of what is awaited, before a wait is given up whose time is up.
    Listen(Vec<Await>),
    /// Nothing more by itself before this time, or before something else happens.
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

/// When and by what a run goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// The earliest time at which something is due; none: only what is awaited lets it go on.
    pub at: Option<Timestamp>,
    /// What is awaited from outside.
    pub awaits: Vec<Await>,
    /// Whether all that is waited for are waits that the author wrote: then others of the same order key may go on.
    pub yields: bool,
    /// Why, in words: the failure that is being retried, or what is awaited. Empty for a wait that the author wrote.
    pub reason: String,
}
