//! Which ways the runs of tests have taken, read from their histories.

use std::collections::{HashMap, HashSet};

use bellhop_journal::{Awaited, Claimed, Entry, RunStatus, StepId};
use bellhop_recipe::{Action, Block, OnError, Plan};
use serde_json::Value;

use super::{Key, Way, What};
use crate::Story;

/// Where the steps stand that are done when a run has failed.
const ON_FAILURE: &str = "/on_failure";

/// The ways that runs have taken.
#[derive(Clone, Debug, Default)]
pub struct Taken(HashSet<Key>);

impl Taken {
    /// Adds the ways that the runs of a test took.
    pub fn add(&mut self, plan: &Plan, story: &Story) {
        for run in story.runs.iter().filter(|run| run.run.recipe == plan.id) {
            self.add_run(plan, run);
        }
    }

    fn add_run(&mut self, plan: &Plan, run: &Claimed) {
        let mut skipped = HashSet::new();
        let mut with_items = HashSet::new();
        let mut awaited: HashMap<&StepId, &Awaited> = HashMap::new();
        for stamped in &run.history {
            match &stamped.entry {
                Entry::StepSkipped { step } => {
                    skipped.insert(written(step));
                    self.take(step, What::PassedOver);
                }
                Entry::Branched { step, branch } => {
                    self.take(step, What::Branch(branch.clone()));
                    self.take(step, What::Done);
                }
                Entry::LoopOpened { step, items, by_page } => {
                    if !items.is_empty() {
                        self.take(step, What::Items);
                    } else if !by_page {
                        self.take(step, What::NoItems);
                    }
                    self.take(step, What::Done);
                }
                Entry::PageRead { step, items, next } => {
                    if !items.is_empty() {
                        with_items.insert(step);
                        self.take(step, What::Items);
                    } else if next.is_none() && !with_items.contains(step) {
                        self.take(step, What::NoItems);
                    }
                }
                Entry::StepFailed { step, handled: true, .. } => {
                    self.take(step, What::Failed);
                    self.take(step, What::Done);
                }
                Entry::Awaited { step, what, .. } => {
                    awaited.insert(step, what);
                    self.take(step, What::Done);
                }
                Entry::StepEnded { step, output } => {
                    if let Some(what) = awaited.get(step).and_then(|what| came_of(what, output)) {
                        self.take(step, what);
                    }
                    self.take(step, What::Done);
                }
                Entry::StepStarted { step, .. } | Entry::Slept { step, .. } => self.take(step, What::Done),
                _ => {}
            }
        }
        let end @ (RunStatus::Stopped | RunStatus::Failed) = run.run.status else { return };
        // The history does not say which step ended the run: the first that could, and that nothing passed over.
        let mut could = Vec::new();
        self.ends_of(&plan.body, end, &mut could);
        let last = could.iter().find(|step| !skipped.contains(**step)).or(could.first());
        if let Some(step) = last {
            self.0.insert(((*step).to_owned(), What::Done));
        }
    }

    fn take(&mut self, step: &str, what: What) {
        if step.starts_with(ON_FAILURE) {
            self.0.insert((ON_FAILURE.to_owned(), What::Failed));
        }
        self.0.insert((written(step), what));
    }

    /// The steps that end a run so, in blocks that were entered.
    fn ends_of<'p>(&self, block: &'p Block, end: RunStatus, found: &mut Vec<&'p str>) {
        for step in block.graph.node_weights() {
            let place = step.address.as_str();
            let is_taken = |what: What| self.0.contains(&(place.to_owned(), what));
            let is_branch = |name: &str| is_taken(What::Branch(name.to_owned()));
            match &step.action {
                Action::Stop(_) if end == RunStatus::Stopped => found.push(place),
                Action::Fail(_) if end == RunStatus::Failed => found.push(place),
                Action::If { then, otherwise, .. } => {
                    if is_branch("then") {
                        self.ends_of(then, end, found);
                    }
                    if is_branch("else") {
                        self.ends_of(otherwise, end, found);
                    }
                }
                Action::Choose { cases, otherwise } => {
                    for (number, case) in cases.iter().enumerate() {
                        if is_branch(&format!("choose/{number}/do")) {
                            self.ends_of(&case.block, end, found);
                        }
                    }
                    if is_branch("otherwise") {
                        self.ends_of(otherwise, end, found);
                    }
                }
                Action::ForEach(each) if is_taken(What::Items) => self.ends_of(&each.block, end, found),
                Action::Parallel(branches) => {
                    for (_, block) in branches {
                        self.ends_of(block, end, found);
                    }
                }
                _ => {}
            }
            if let OnError::Handle(block) = &step.on_error
                && is_taken(What::Failed)
            {
                self.ends_of(block, end, found);
            }
        }
    }

    /// The ways that were not taken, without those that lie behind one of them.
    pub fn missing<'w>(&self, ways: &'w [Way]) -> Vec<&'w Way> {
        let is_open = |way: &&Way| way.behind.as_ref().is_none_or(|key| self.0.contains(key));
        ways.iter().filter(|way| !self.0.contains(&way.key)).filter(is_open).collect()
    }
}

/// What came of a wait or a question.
fn came_of(what: &Awaited, output: &Value) -> Option<What> {
    match what {
        Awaited::Event(_) if output.is_null() => Some(What::TimeUp),
        Awaited::Event(_) => Some(What::Came),
        Awaited::Approval { .. } if output["timed_out"] == true => Some(What::TimeUp),
        Awaited::Approval { .. } if output["approved"] == true => Some(What::Yes),
        Awaited::Approval { .. } => Some(What::No),
        Awaited::Run { .. } => None,
    }
}

/// A step's address as it is written, without the turns of loops.
fn written(step: &str) -> String {
    let parts: Vec<&str> =
        step.split('/').map(|part| part.split_once('#').map_or(part, |(part, _)| part)).collect();
    parts.join("/")
}
