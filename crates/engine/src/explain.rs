//! Tells afterwards what each step of a run saw: the names in scope when it was its turn, read from the history alone. For
//! people who ask why a run went the way it did; the run itself never asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bellhop_journal::{Entry, RunStatus, Stamped, State, StepId, StepState};
use bellhop_recipe::{Action, Block, OnError, Plan, Step};
use bellhop_template::Scope;
use serde_json::{Value, json};

use crate::decide::{Facts, Place, every_step, give};

/// A step that a run came to.
#[derive(Clone, Debug)]
pub struct Seen<'p> {
    /// The step's id in the run.
    pub id: StepId,
    /// The step.
    pub step: &'p Step,
    /// The names it saw.
    pub scope: Scope,
}

/// The steps that a run came to, in the order of writing, loops turn by turn.
pub fn seen<'p>(plan: &'p Plan, facts: &Facts, history: &[Stamped]) -> Vec<Seen<'p>> {
    let mut loops: HashMap<&str, Found<'_>> = HashMap::new();
    for stamped in history {
        match &stamped.entry {
            Entry::LoopOpened { step, items, .. } | Entry::PageRead { step, items, .. } => {
                loops.entry(step).or_default().add(items);
            }
            Entry::Folded { state } => {
                for (step, state) in &state.steps {
                    if let StepState::Looping(turns) = state {
                        let found = loops.entry(step).or_default();
                        found.known = turns.known;
                        let items = turns.open.iter().chain(&turns.failed);
                        found.items.extend(items.map(|(turn, item)| (*turn, &**item)));
                    }
                }
            }
            _ => {}
        }
    }
    let mut look = Look { state: State::fold_all(history), loops, seen: Vec::new() };
    look.block(&plan.body, &Place::root(), every_step(facts));
    if let Some(error) = failure(history) {
        look.block(&plan.on_failure, &Place::root(), every_step(facts).with("error", Arc::new(error)));
    }
    look.seen
}

/// What `error` meant to the steps that are done when a run has failed, as far as the history has it.
fn failure(history: &[Stamped]) -> Option<Value> {
    let failed = |stamped: &Stamped| match &stamped.entry {
        Entry::StepFailed { step, class, message, retry_at: None, handled: false, .. }
            if !step.starts_with("/on_failure/") =>
        {
            Some(json!({"step": step, "class": class, "message": message, "existing": null}))
        }
        Entry::RunEnded { status: RunStatus::Failed, reason, .. } => {
            Some(json!({"step": null, "class": "fail", "message": reason, "existing": null}))
        }
        _ => None,
    };
    history.iter().rev().find_map(failed)
}

/// What a loop goes over, as far as the history has it.
#[derive(Default)]
struct Found<'h> {
    known: u64,
    items: BTreeMap<u64, &'h Value>,
}

impl<'h> Found<'h> {
    fn add(&mut self, items: &'h [Value]) {
        for item in items {
            self.items.insert(self.known, item);
            self.known += 1;
        }
    }
}

struct Look<'h, 'p> {
    state: State,
    loops: HashMap<&'h str, Found<'h>>,
    seen: Vec<Seen<'p>>,
}

impl<'p> Look<'_, 'p> {
    fn block(&mut self, block: &'p Block, place: &Place, mut scope: Scope) {
        for step in block.graph.node_weights() {
            let id = place.id(step);
            if !self.state.steps.contains_key(&id) {
                continue;
            }
            self.seen.push(Seen { id: id.clone(), step, scope: scope.clone() });
            self.inside(step, &id, place, &scope);
            give(step, &id, place, &self.state, &mut scope);
        }
    }

    fn inside(&mut self, step: &'p Step, id: &str, place: &Place, scope: &Scope) {
        match &step.action {
            Action::If { then, otherwise, .. } => {
                self.block(then, place, scope.clone());
                self.block(otherwise, place, scope.clone());
            }
            Action::Choose { cases, otherwise } => {
                for case in cases {
                    self.block(&case.block, place, scope.clone());
                }
                self.block(otherwise, place, scope.clone());
            }
            Action::ForEach(each) => {
                let found = self.loops.get(id).map(|found| found.items.clone()).unwrap_or_default();
                for (number, item) in found {
                    let scope = scope.with(&each.item, Arc::new(item.clone()));
                    self.block(&each.block, &Place::turn(step, id, number), scope);
                }
            }
            Action::Parallel(branches) => {
                for (_, branch) in branches {
                    self.block(branch, place, scope.clone());
                }
            }
            _ => {}
        }
        if let OnError::Handle(block) = &step.on_error {
            self.block(block, place, scope.clone());
        }
    }
}
