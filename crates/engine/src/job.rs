//! A run in hand: what a worker needs to go on with it.

use std::sync::Arc;

use bellhop_connector::Lane;
use bellhop_journal::{Claimed, EventId, Origin, RunId, Signal, State, StepId};
use jiff::Timestamp;
use serde_json::Value;

use crate::book::Loaded;
use crate::lane;

/// A run in hand.
pub(crate) struct Job {
    pub(crate) id: RunId,
    pub(crate) event: EventId,
    pub(crate) recipe: Arc<str>,
    pub(crate) record: Option<Arc<str>>,
    pub(crate) trigger: Arc<Value>,
    /// The inputs it was given, over the recipe's defaults.
    pub(crate) given: Value,
    pub(crate) created: Timestamp,
    /// What its history folds to.
    pub(crate) state: State,
    pub(crate) pinned: Pinned,
    pub(crate) start: Start,
    /// What it waited for and has happened.
    pub(crate) signals: Vec<Signal>,
    /// Whether it goes before others.
    pub(crate) lane: Lane,
    /// The step that is tried again though it is not yet time, because its app works again.
    pub(crate) early: Option<StepId>,
}

/// The recipe of a run.
pub(crate) enum Pinned {
    /// At hand.
    Loaded(Arc<Loaded>),
    /// To be looked up by its version.
    Version(String),
}

/// What is known about whether the run should have been made at all.
pub(crate) enum Start {
    /// It was made rightly.
    Clear,
    /// Its trigger's condition gave no answer: the trigger's address, and the sentence for a person.
    Unclear(String, String),
    /// To be asked again where the run has no history: the process that made it may have died before it could say.
    Unknown(Origin),
}

impl Job {
    /// A run as the store hands it out.
    pub(crate) fn claimed(claimed: Claimed) -> Self {
        let Claimed { run, event, history, signals } = claimed;
        Self {
            lane: lane::of_event(&event),
            id: run.id,
            event: event.id,
            recipe: run.recipe.into(),
            record: run.record.or(event.record).map(Arc::from),
            trigger: Arc::new(event.data),
            given: run.inputs,
            created: run.created_at,
            state: State::fold(&history),
            pinned: Pinned::Version(run.version),
            start: Start::Unknown(event.origin),
            signals,
            early: None,
        }
    }
}
