//! Entries: the facts of a run's history, one after the other. Their serialised form is stored for years, so
//! variants and fields are only ever added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{RunId, State, TurnFailure};

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
    /// The app refused a call that may happen only once, in a way that does not prove that nothing was done. The step is in
    /// doubt; where a look finds nothing, the refusal stands.
    StepRefused {
        /// Which step.
        step: StepId,
        /// What the app said.
        refused: Refused,
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
        /// Whether they are still to be read, page by page.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_page: bool,
    },
    /// A loop read a page of what it goes over. It is never read again.
    PageRead {
        /// Which step.
        step: StepId,
        /// The page's items: they are numbered on from those of the pages before.
        items: Vec<Value>,
        /// What the connector wants back for the next page; none: this was the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Value>,
    },
    /// A loop's turn is over. Of one that did not fail nothing is needed any more.
    TurnEnded {
        /// The loop.
        step: StepId,
        /// The turn, from 0.
        turn: u64,
        /// Why it failed, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<TurnFailure>,
    },
    /// All that the entries before this one come to, so that they need not be read to go on with the run.
    Folded {
        /// What they fold to.
        state: Box<State>,
    },
    /// A wait began.
    Slept {
        /// Which step.
        step: StepId,
        /// When it ends.
        until: Timestamp,
    },
    /// A wait for something outside of the run began: an event, another run's end, a person's decision.
    Awaited {
        /// Which step.
        step: StepId,
        /// What it waits for.
        what: Awaited,
        /// When it is waited for no longer; none: for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
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
        /// Who, where it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A person said how an unclear step ended.
    Resolved {
        /// Which step.
        step: StepId,
        /// What they said.
        resolution: Resolution,
        /// Who, where it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// The run is over.
    RunEnded {
        /// How.
        status: crate::RunStatus,
        /// Why, in words, where there is something to say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// The person who ended it, where one did and it was said who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
}

impl Entry {
    /// Whether a history can be begun with this entry, because it says all that came before.
    pub fn begins_a_history(&self) -> bool {
        matches!(self, Self::Folded { .. })
    }
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Awaited {
    /// An event that comes in.
    Event(Sought),
    /// The end of another run.
    Run {
        /// The other run.
        run: RunId,
        /// Its recipe.
        recipe: String,
    },
    /// A person's decision.
    Approval {
        /// The question.
        ask: String,
        /// Who is asked, in words; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        of: String,
    },
}

/// Which events may end a wait, as far as a store can tell. The step's own condition is asked of those that fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// The event's name: `contacts.message_received`.
    pub name: String,
    /// Only from this connection; none: from any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Only where this is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// Events count that were stored at this time or later.
    pub since: Timestamp,
}

/// What a store can compare to tell the events that fit from the many that do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Only {
    /// The record that the event is about, as `kind id`.
    Record {
        /// The record.
        record: String,
    },
    /// A text in the event's data.
    Field {
        /// Where: a JSON pointer (RFC 6901).
        pointer: String,
        /// The text.
        text: String,
    },
}

impl Awaited {
    /// What is waited for, for people: `Waits for contacts.message_received`.
    pub fn words(&self) -> String {
        match self {
            Self::Event(sought) => format!("Waits for {}", sought.name),
            Self::Run { run, recipe } => format!("Waits for the end of {run} ({recipe})"),
            Self::Approval { ask, of } if of.is_empty() => format!("Waits for an approval: {ask}"),
            Self::Approval { ask, of } => format!("Waits for an approval of {of}: {ask}"),
        }
    }
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

/// A refusal of an app that does not prove that nothing was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The class that the failure has where nothing was done (`invalid`, `not_found`, …).
    pub class: String,
    /// The sentence for people.
    pub message: String,
    /// What the app answered, redacted.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub evidence: Value,
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
