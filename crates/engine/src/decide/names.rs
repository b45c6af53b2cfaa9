//! What names mean: the names every step sees, and those that steps give to the ones after them.

use std::sync::Arc;

use bellhop_journal::{State, StepState};
use bellhop_recipe::{Action, Block, OnError, Step};
use bellhop_template::Scope;
use serde_json::{Value, json};

use super::Facts;
use super::place::Place;

/// What every step of a run sees: `trigger`, `inputs`, `run`.
pub(crate) fn every_step(facts: &Facts) -> Scope {
    let run = json!({"id": facts.run, "recipe": &*facts.recipe, "started": facts.started});
    Scope::new()
        .with("inputs", Arc::clone(&facts.inputs))
        .with("run", Arc::new(run))
        .with("trigger", Arc::clone(&facts.trigger))
}

/// Adds to `scope` what a step that is done gives: its result by its name, the values of a `set`, and what the steps of
/// the branch that was taken give. Read from the history alone, so that it is the same after a crash.
pub(crate) fn give(step: &Step, id: &str, place: &Place, state: &State, scope: &mut Scope) {
    match state.steps.get(id) {
        Some(StepState::Ended { output, .. }) => match &step.action {
            Action::Set(_) => {
                for (name, value) in output.as_object().into_iter().flatten() {
                    scope.insert(name, Arc::new(value.clone()));
                }
            }
            Action::If { then, otherwise, .. } => {
                give_all(then, place, state, scope);
                give_all(otherwise, place, state, scope);
            }
            Action::Choose { cases, otherwise } => {
                for case in cases {
                    give_all(&case.block, place, state, scope);
                }
                give_all(otherwise, place, state, scope);
            }
            Action::Parallel(branches) => {
                for (_, branch) in branches {
                    give_all(branch, place, state, scope);
                }
            }
            // An event that did not come is absent, like the results of a branch that was not taken.
            Action::WaitFor(_) if output.is_null() => {}
            Action::Call(_)
            | Action::ForEach(_)
            | Action::Wait(_)
            | Action::WaitFor(_)
            | Action::Map { .. }
            | Action::Run { .. }
            | Action::Approve(_)
            | Action::Stop(_)
            | Action::Fail(_) => {
                if let Some(name) = &step.name {
                    scope.insert(name, Arc::clone(output));
                }
            }
        },
        Some(StepState::Failed { .. }) => {
            if let OnError::Handle(block) = &step.on_error {
                give_all(block, place, state, scope);
            }
        }
        _ => {}
    }
}

fn give_all(block: &Block, place: &Place, state: &State, scope: &mut Scope) {
    for step in block.graph.node_weights() {
        give(step, &place.id(step), place, state, scope);
    }
}

/// What `error` means to the steps that handle it.
pub(crate) fn error(step: &str, class: &str, message: &str, existing: &Value) -> Value {
    json!({"step": step, "class": class, "message": message, "existing": existing})
}
