//! Entries: the facts of a run's history, one after the other. Their serialised form is stored for years, so
//! variants and fields are only ever added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One step of one run: the step's address in the recipe, with `#n` (from 0) behind the loop it is in:
/// `/steps/3#5/do/0` is the first step of the sixth turn of the loop at `/steps/3`.
pub type StepId = String;

/// One fact about a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Entry {
    /// A call is about to be made. Durable before the call where the operation's effect is `once`.
    StepStarted {
        /// Which step.
        step: StepId,
        /// From 1.
        attempt: u32,
        /// What is called.
        call: CallNote,
    },
    /// A step is done, with its result. It never runs again.
    StepEnded {
        /// Which step.
        step: StepId,
        /// Its result: what its `as:` name means from here on.
        output: Value,
    },
    /// A call failed.
    StepFailed {
        /// Which step.
        step: StepId,
        /// The failure's class (`transient`, `invalid`, …).
        class: String,
        /// The sentence for people.
        message: String,
        /// What the app answered, redacted.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        evidence: Value,
        /// When it is tried again; none: not by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
        /// Whether the run goes on all the same (`on_error: continue`, or steps that handle it).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        handled: bool,
    },
    /// The look-up after an unclear end found that the call had not happened, so it may be repeated.
    NotHappened {
        /// Which step.
        step: StepId,
    },
    /// A step was passed over: its guard said no.
    StepSkipped {
        /// Which step.
        step: StepId,
    },
    /// A branching step chose its branch: `then`, `else`, `choose/1/do`, `otherwise`; empty: none.
    Branched {
        /// Which step.
        step: StepId,
        /// The branch's address below the step, without a leading slash.
        branch: String,
    },
    /// A loop learned what it goes over.
    LoopOpened {
        /// Which step.
        step: StepId,
        /// The items, in order.
        items: Vec<Value>,
    },
    /// A wait began.
    Slept {
        /// Which step.
        step: StepId,
        /// When it ends.
        until: Timestamp,
    },
    /// The run needs a person.
    Halted {
        /// The step that could not be done.
        step: StepId,
        /// What happened and what to do.
        message: String,
    },
    /// A person asked for another try of what failed.
    RetryRequested {
        /// The step from which on; none: the one that failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
    },
    /// A person said how an unclear step ended.
    Resolved {
        /// Which step.
        step: StepId,
        /// What they said.
        resolution: Resolution,
    },
    /// The run is over.
    RunEnded {
        /// How.
        status: crate::RunStatus,
        /// Why, in words, where there is something to say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

/// What a person says of an unclear step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It happened, with this result.
    Happened(Value),
    /// It did not: do it again.
    DidNotHappen,
}

/// What was called, for the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallNote {
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// The connection.
    pub connection: String,
    /// The input, redacted.
    pub input: Value,
}

/// An entry with its place and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// When it was written, by the clock of the process that wrote it.
    pub at: Timestamp,
    /// The fact.
    pub entry: Entry,
}
