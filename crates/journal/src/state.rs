//! The state of a run: what its entries fold to. Applying is total: any order of entries gives a state, so
//! that a history written by another version never stops the engine.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::{CallNote, Entry, Resolution, RunStatus, Stamped, StepId};

/// Where one step stands. A step that is not in [`State::steps`] has not begun.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// A call was begun. In the process that began it: under way. After a crash: in doubt.
    Started {
        /// From 1.
        attempt: u32,
        /// When.
        since: Timestamp,
        /// What was called.
        call: CallNote,
    },
    /// A call failed and is tried again.
    Retrying {
        /// Attempts made so far.
        attempt: u32,
        /// When the first attempt began.
        since: Timestamp,
        /// When the next is due.
        at: Timestamp,
        /// What the last failure was.
        message: String,
    },
    /// A wait.
    Sleeping {
        /// When it ends.
        until: Timestamp,
    },
    /// A branching step, its branch under way; empty: none was taken.
    Branched {
        /// The branch's address below the step.
        branch: String,
    },
    /// A loop under way.
    Looping {
        /// What it goes over.
        items: Arc<Vec<Value>>,
    },
    /// Done.
    Ended {
        /// Its result.
        output: Arc<Value>,
    },
    /// Passed over by its guard.
    Skipped,
    /// Failed for good.
    Failed {
        /// The failure's class.
        class: String,
        /// What happened.
        message: String,
        /// Whether the run goes on all the same.
        handled: bool,
        /// What was called, where it was a call.
        call: Option<CallNote>,
        /// When the failed attempt began.
        since: Option<Timestamp>,
        /// Attempts made so far.
        attempt: u32,
    },
}

/// The state of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The steps that have begun.
    pub steps: HashMap<StepId, StepState>,
    /// The step and sentence that a person is asked about.
    pub halted: Option<(StepId, String)>,
    /// How it ended.
    pub ended: Option<(RunStatus, String)>,
    /// How many entries made this state.
    pub entries: u64,
}

impl State {
    /// The state that a history folds to.
    pub fn fold<'a>(history: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut state = Self::default();
        for stamped in history {
            state.apply(stamped);
        }
        state
    }

    /// One more entry.
    pub fn apply(&mut self, stamped: &Stamped) {
        self.entries += 1;
        match &stamped.entry {
            Entry::StepStarted { step, attempt, call } => {
                let state = StepState::Started { attempt: *attempt, since: stamped.at, call: call.clone() };
                self.steps.insert(step.clone(), state);
            }
            Entry::StepEnded { step, output } => {
                self.steps.insert(step.clone(), StepState::Ended { output: Arc::new(output.clone()) });
            }
            Entry::StepFailed { step, class, message, retry_at, handled, .. } => {
                self.fail(step, class, message, *retry_at, *handled, stamped.at);
            }
            Entry::NotHappened { step } => self.repeat(step, stamped.at),
            Entry::StepSkipped { step } => {
                self.steps.insert(step.clone(), StepState::Skipped);
            }
            Entry::Branched { step, branch } => {
                self.steps.insert(step.clone(), StepState::Branched { branch: branch.clone() });
            }
            Entry::LoopOpened { step, items } => {
                self.steps.insert(step.clone(), StepState::Looping { items: Arc::new(items.clone()) });
            }
            Entry::Slept { step, until } => {
                self.steps.insert(step.clone(), StepState::Sleeping { until: *until });
            }
            Entry::Halted { step, message } => self.halted = Some((step.clone(), message.clone())),
            Entry::RetryRequested { step } => {
                let halted = self.halted.take().map(|(step, _)| step);
                if let Some(step) = step.clone().or(halted) {
                    self.steps.remove(&step);
                }
                self.ended = None;
            }
            Entry::Resolved { step, resolution } => {
                self.halted = None;
                match resolution {
                    Resolution::Happened(output) => {
                        let output = Arc::new(output.clone());
                        self.steps.insert(step.clone(), StepState::Ended { output });
                    }
                    Resolution::DidNotHappen => {
                        self.steps.remove(step);
                    }
                }
            }
            Entry::RunEnded { status, reason } => self.ended = Some((*status, reason.clone())),
        }
    }

    fn fail(
        &mut self,
        step: &StepId,
        class: &str,
        message: &str,
        retry_at: Option<Timestamp>,
        handled: bool,
        at: Timestamp,
    ) {
        let (attempt, since, call) = match self.steps.get(step) {
            Some(StepState::Started { attempt, since, call }) => (*attempt, *since, Some(call.clone())),
            Some(StepState::Retrying { attempt, since, .. }) => (*attempt, *since, None),
            _ => (0, at, None),
        };
        let state = match retry_at {
            Some(at) => StepState::Retrying { attempt, since, at, message: message.into() },
            None => StepState::Failed {
                class: class.into(),
                message: message.into(),
                handled,
                call,
                since: Some(since),
                attempt,
            },
        };
        self.steps.insert(step.clone(), state);
    }

    fn repeat(&mut self, step: &StepId, at: Timestamp) {
        let Some(state) = self.steps.get_mut(step) else { return };
        if let StepState::Started { attempt, since, .. } = state {
            *state = StepState::Retrying { attempt: *attempt, since: *since, at, message: String::new() };
        }
    }
}
