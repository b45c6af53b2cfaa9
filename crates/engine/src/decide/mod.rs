//! What is next in a run: [`decide`]. Pure: it never awaits, reads no clock and rolls no dice, so that the same history
//! always goes on in the same way. It changes nothing; whoever calls it records what it says and calls again.
//!
//! Start at [`Action`], then `frame` (a block of steps under way) and `begin` (a step's first moment). What an answer
//! of an app means for a step is in `settle`.

mod action;
mod backoff;
mod begin;
mod cursor;
mod frame;
mod inside;
mod names;
mod place;
mod settle;
mod trouble;
mod turns;
mod waits;
mod walk;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bellhop_journal::{RunId, State, StepId};
use bellhop_recipe::Plan;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

pub use action::{Action, Wake};
pub use cursor::Cursor;
pub(crate) use names::{every_step, give};
pub(crate) use place::Place;
pub(crate) use settle::{Rules, Settled, in_doubt, not_happened, settle, settle_page};
pub(crate) use trouble::Trouble;
pub(crate) use waits::{CALLED, decided};
pub(crate) use walk::is_handled;

/// What is known of a run beside its plan and its history.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The run.
    pub run: RunId,
    /// The recipe's name for people.
    pub recipe: Arc<str>,
    /// What recipes see as `trigger`.
    pub trigger: Arc<Value>,
    /// What recipes see as `inputs`.
    pub inputs: Arc<Value>,
    /// When the run was made.
    pub started: Timestamp,
    /// The record it is about, as `kind id`.
    pub record: Option<Arc<str>>,
}

/// What the process that holds a run knows beside the run's history, and a crash wipes out.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// Steps whose call or look-up is under way. A step that the history calls begun and that is not here is in doubt.
    pub busy: HashSet<StepId>,
    /// Steps in doubt whose look-up failed: not to be looked up again before then.
    pub later: HashMap<StepId, Timestamp>,
    /// What was told of calls whose end is not known, as far as anybody was there to hear it.
    pub said: HashMap<StepId, String>,
    /// Steps in doubt that only a person can settle, with the sentence that asks them.
    pub unknown: HashMap<StepId, String>,
    /// Steps that are tried again after that attempt though it is not yet time, because their app works again.
    pub early: HashMap<StepId, u32>,
    /// What has happened of what steps await, in order.
    pub signals: HashMap<StepId, Vec<Arc<Value>>>,
    /// By the step that awaits something: the time up to which nothing of it can have happened unnoticed.
    pub listened: HashMap<StepId, Timestamp>,
}

/// What is next in a run. With a history that grows, [`Cursor`] gives the same answers without beginning anew.
pub fn decide<'p>(
    plan: &'p Plan,
    facts: &Facts,
    state: &State,
    hands: &Hands,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<Action<'p>> {
    Cursor::new(plan, facts, zone).decide(state, hands, now)
}
