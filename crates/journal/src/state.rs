//! The state of a run: what its entries fold to. Applying is total: any order of entries gives a state, so
//! that a history written by another version never stops the engine.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::turns::{Reading, Turns};
use crate::{Awaited, CallNote, Entry, Refused, Resolution, RunId, RunStatus, Stamped, StepId};

/// The class of a failure that does not count as an attempt.
const RATE_LIMITED: &str = "rate_limited";

/// Where the steps stand that are done when a run has failed.
const ON_FAILURE: &str = "/on_failure/";

/// Where one step stands. A step that is not in [`State::steps`] has not begun, or belongs to a turn of a loop that is
/// over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// A call was begun. In the process that began it: under way. After a crash: in doubt.
    Started {
        /// From 1.
        attempt: u32,
        /// When the first attempt began.
        since: Timestamp,
        /// What was called.
        call: CallNote,
        /// What the app said against it, where that does not prove that nothing was done: the step is in doubt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refused>,
    },
    /// A call failed and is tried again.
    Retrying {
        /// Attempts made so far; one that the app's rate limit turned away does not count.
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
    /// A wait for something outside of the run.
    Awaiting {
        /// What it waits for.
        what: Awaited,
        /// When it is waited for no longer; none: for ever.
        until: Option<Timestamp>,
    },
    /// A branching step, its branch under way; empty: none was taken.
    Branched {
        /// The branch's address below the step.
        branch: String,
    },
    /// A loop under way.
    Looping(Turns),
    /// Done.
    Ended {
        /// Its result.
        output: Arc<Value>,
        /// For a call: when the first attempt began.
        since: Option<Timestamp>,
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
        /// When the first attempt began.
        since: Option<Timestamp>,
        /// Attempts made so far.
        attempt: u32,
        /// For a conflict: what is known of the thing that exists already; else null.
        existing: Arc<Value>,
    },
}

/// The state of one run. It is stored in [`Entry::Folded`], so variants and fields are only ever added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The steps that have begun, without those of loops' turns that are over.
    pub steps: BTreeMap<StepId, StepState>,
    /// The step and sentence that a person is asked about.
    pub halted: Option<(StepId, String)>,
    /// How it ended.
    pub ended: Option<(RunStatus, String)>,
    /// The runs that each calling step has called so far, in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub called: BTreeMap<StepId, Vec<RunId>>,
    /// How many entries made this state.
    pub entries: u64,
    /// How many there were when it was last kept in the history.
    #[serde(default)]
    pub folded_at: u64,
    /// Whether the steps of turns that are over are kept: to look back, never to go on.
    #[serde(skip)]
    keeps: bool,
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

    /// The state that a history folds to, with the steps of turns that are over: to look back at what happened.
    pub fn fold_all<'a>(history: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut state = Self { keeps: true, ..Self::default() };
        for stamped in history {
            state.apply(stamped);
        }
        state
    }

    /// How many items of loops it holds.
    pub fn items(&self) -> usize {
        let held = |state: &StepState| match state {
            StepState::Looping(turns) => turns.open.len() + turns.failed.len(),
            _ => 0,
        };
        self.steps.values().map(held).sum()
    }

    /// One more entry.
    pub fn apply(&mut self, stamped: &Stamped) {
        self.entries += 1;
        match &stamped.entry {
            Entry::StepStarted { step, attempt, call } => {
                let (_, since, _) = self.attempts(step, stamped.at);
                if let Some(StepState::Looping(turns)) = self.steps.get_mut(step) {
                    turns.reading = Reading::Started { attempt: *attempt, since };
                    return;
                }
                let since = match self.steps.get(step) {
                    Some(StepState::Started { since, .. } | StepState::Retrying { since, .. }) => *since,
                    _ => stamped.at,
                };
                let state =
                    StepState::Started { attempt: *attempt, since, call: call.clone(), refused: None };
                self.steps.insert(step.clone(), state);
            }
            Entry::StepEnded { step, output } => {
                self.leave_loop(step);
                let since = match self.steps.get(step) {
                    Some(StepState::Started { since, .. } | StepState::Retrying { since, .. }) => {
                        Some(*since)
                    }
                    _ => None,
                };
                self.steps.insert(step.clone(), StepState::Ended { output: Arc::new(output.clone()), since });
            }
            Entry::StepFailed { step, class, message, evidence, retry_at, handled } => {
                let (attempt, since, call) = self.attempts(step, stamped.at);
                let counted = if class == RATE_LIMITED { attempt.saturating_sub(1) } else { attempt };
                if !handled && let Some(StepState::Looping(turns)) = self.steps.get_mut(step) {
                    let message = message.clone();
                    turns.reading = match retry_at {
                        Some(at) => Reading::Retrying { attempt: counted, since, at: *at, message },
                        None => Reading::Failed { class: class.clone(), message },
                    };
                    return;
                }
                self.leave_loop(step);
                let state = match retry_at {
                    Some(at) => {
                        StepState::Retrying { attempt: counted, since, at: *at, message: message.clone() }
                    }
                    None => StepState::Failed {
                        class: class.clone(),
                        message: message.clone(),
                        handled: *handled,
                        call,
                        since: Some(since),
                        attempt,
                        existing: Arc::new(evidence.get("existing").cloned().unwrap_or_default()),
                    },
                };
                self.steps.insert(step.clone(), state);
            }
            Entry::StepRefused { step, refused: said } => {
                if let Some(StepState::Started { refused, .. }) = self.steps.get_mut(step) {
                    *refused = Some(said.clone());
                }
            }
            Entry::NotHappened { step } => self.repeat(step, stamped.at),
            Entry::StepSkipped { step } => {
                self.steps.insert(step.clone(), StepState::Skipped);
            }
            Entry::Branched { step, branch } => {
                self.steps.insert(step.clone(), StepState::Branched { branch: branch.clone() });
            }
            Entry::LoopOpened { step, items, by_page } => {
                let turns = Turns::open(stamped.at, items, *by_page);
                self.steps.insert(step.clone(), StepState::Looping(turns));
            }
            Entry::PageRead { step, items, next } => {
                if let Some(StepState::Looping(turns)) = self.steps.get_mut(step) {
                    turns.page(items, next.as_ref());
                }
            }
            Entry::TurnEnded { step, turn, failure } => {
                if let Some(StepState::Looping(turns)) = self.steps.get_mut(step) {
                    turns.end(*turn, failure.as_ref());
                }
                if failure.as_ref().is_none_or(|failure| failure.given_up) {
                    self.forget(&format!("{step}#{turn}/"));
                }
            }
            Entry::Folded { state } => self.begin_with(state),
            Entry::Slept { step, until } => {
                self.steps.insert(step.clone(), StepState::Sleeping { until: *until });
            }
            Entry::Awaited { step, what, until } => {
                if let Awaited::Run { run, .. } = what {
                    let called = self.called.entry(step.clone()).or_default();
                    if called.last() != Some(run) {
                        called.push(run.clone());
                    }
                }
                self.steps.insert(step.clone(), StepState::Awaiting { what: what.clone(), until: *until });
            }
            Entry::Halted { step, message } => self.halted = Some((step.clone(), message.clone())),
            Entry::RetryRequested { step, .. } => {
                let halted = self.halted.take().map(|(step, _)| step);
                // A step in doubt stays in doubt: another try of it begins with another look.
                if let Some(step) = step.clone().or(halted) {
                    match self.steps.get_mut(&step) {
                        Some(StepState::Started { .. }) | None => {}
                        // A loop goes on at the page that failed.
                        Some(StepState::Looping(turns)) => turns.reading = Reading::Idle,
                        Some(_) => {
                            self.steps.remove(&step);
                        }
                    }
                }
                // What was done about the failure is done again if there is another one.
                self.forget(ON_FAILURE);
                self.ended = None;
            }
            Entry::Resolved { step, resolution, .. } => {
                self.halted = None;
                match resolution {
                    Resolution::Happened(output) => {
                        let output = Arc::new(output.clone());
                        self.steps.insert(step.clone(), StepState::Ended { output, since: None });
                    }
                    Resolution::DidNotHappen => {
                        self.steps.remove(step);
                    }
                }
            }
            Entry::RunEnded { status, reason, .. } => self.ended = Some((*status, reason.clone())),
        }
    }

    /// A loop is over: nothing of its turns is needed any more.
    fn leave_loop(&mut self, step: &StepId) {
        if matches!(self.steps.get(step), Some(StepState::Looping(_))) {
            self.forget(&format!("{step}#"));
        }
    }

    /// Drops all steps whose ids begin so.
    fn forget(&mut self, beginning: &str) {
        if self.keeps {
            return;
        }
        let steps = self.steps.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        let over: Vec<StepId> =
            steps.map(|(step, _)| step).take_while(|step| step.starts_with(beginning)).cloned().collect();
        for step in over {
            self.steps.remove(&step);
        }
        self.called.retain(|step, _| !step.starts_with(beginning));
    }

    /// Goes on from what was kept in the history.
    fn begin_with(&mut self, kept: &Self) {
        let before = std::mem::replace(self, Self { keeps: self.keeps, ..kept.clone() });
        self.entries = kept.entries.saturating_add(1);
        self.folded_at = self.entries;
        if self.keeps {
            for (step, state) in before.steps {
                self.steps.entry(step).or_insert(state);
            }
        }
    }

    /// Attempts made of a step, when the first began, and what is being called.
    fn attempts(&self, step: &StepId, at: Timestamp) -> (u32, Timestamp, Option<CallNote>) {
        match self.steps.get(step) {
            Some(StepState::Started { attempt, since, call, .. }) => (*attempt, *since, Some(call.clone())),
            Some(StepState::Retrying { attempt, since, .. }) => (*attempt, *since, None),
            Some(StepState::Looping(turns)) => match &turns.reading {
                Reading::Started { attempt, since } | Reading::Retrying { attempt, since, .. } => {
                    (*attempt, *since, None)
                }
                _ => (0, at, None),
            },
            _ => (0, at, None),
        }
    }

    fn repeat(&mut self, step: &StepId, at: Timestamp) {
        let Some(state) = self.steps.get_mut(step) else { return };
        if let StepState::Started { attempt, since, .. } = state {
            *state = StepState::Retrying { attempt: *attempt, since: *since, at, message: String::new() };
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64, entry: Entry) -> Stamped {
        Stamped { at: Timestamp::from_second(second).unwrap(), entry }
    }

    fn started(second: i64, attempt: u32) -> Stamped {
        let call = CallNote {
            connector: "contacts".into(),
            operation: "create_note".into(),
            connection: "contacts".into(),
            input: json!({}),
        };
        at(second, Entry::StepStarted { step: "/steps/0".into(), attempt, call })
    }

    fn failed(second: i64, class: &str, retry_at: Option<i64>) -> Stamped {
        at(
            second,
            Entry::StepFailed {
                step: "/steps/0".into(),
                class: class.into(),
                message: "no".into(),
                evidence: json!({"existing": {"id": "c1"}}),
                retry_at: retry_at.map(|second| Timestamp::from_second(second).unwrap()),
                handled: false,
            },
        )
    }

    #[test]
    fn the_first_attempt_says_since_when() {
        let state = State::fold(&[started(1, 1), failed(2, "transient", Some(5)), started(5, 2)]);
        let Some(StepState::Started { attempt: 2, since, .. }) = state.steps.get("/steps/0") else {
            panic!("not started: {state:?}");
        };
        assert_eq!(since.as_second(), 1);
    }

    #[test]
    fn a_call_turned_away_by_a_rate_limit_is_no_attempt() {
        let state = State::fold(&[started(1, 1), failed(2, "rate_limited", Some(5))]);
        assert!(matches!(state.steps.get("/steps/0"), Some(StepState::Retrying { attempt: 0, .. })));
    }

    #[test]
    fn what_exists_already_is_known_to_who_handles_it() {
        let state = State::fold(&[started(1, 1), failed(2, "conflict", None)]);
        let Some(StepState::Failed { existing, .. }) = state.steps.get("/steps/0") else {
            panic!("not failed: {state:?}");
        };
        assert_eq!(**existing, json!({"id": "c1"}));
    }

    #[test]
    fn a_refusal_that_proves_nothing_leaves_the_step_in_doubt_until_it_is_called_again() {
        let said = Refused { class: "invalid".into(), message: "no".into(), evidence: Value::Null };
        let refused = at(2, Entry::StepRefused { step: "/steps/0".into(), refused: said.clone() });
        let kept = |history: &[Stamped]| match State::fold(history).steps.remove("/steps/0") {
            Some(StepState::Started { attempt, refused, .. }) => (attempt, refused),
            other => panic!("not in doubt: {other:?}"),
        };
        assert_eq!(kept(&[started(1, 1), refused.clone()]), (1, Some(said)));
        let again = at(3, Entry::NotHappened { step: "/steps/0".into() });
        assert_eq!(kept(&[started(1, 1), refused.clone(), again, started(4, 2)]), (2, None));
        assert!(State::fold(&[refused]).steps.is_empty());
    }

    #[test]
    fn a_retry_clears_a_failure_and_leaves_a_doubt() {
        let retry = at(9, Entry::RetryRequested { step: None, by: None });
        let halted = at(8, Entry::Halted { step: "/steps/0".into(), message: "?".into() });
        let failed = State::fold(&[started(1, 1), failed(2, "invalid", None), halted.clone(), retry.clone()]);
        assert!(failed.steps.is_empty() && failed.halted.is_none());
        let doubtful = State::fold(&[started(1, 1), halted, retry]);
        assert!(matches!(doubtful.steps.get("/steps/0"), Some(StepState::Started { .. })));
        assert!(doubtful.halted.is_none());
    }
}
