//! How a history ends, which must be the same for all histories of one tale; and what must never be, whatever the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

use bellhop_journal::{
    Awaited, Entry, Only, Reading, Run, RunId, RunStatus, Stamped, State, StepState, Turns,
};
use jiff::Timestamp;
use serde_json::Value;

use super::disk;
use super::oracle::Should;
use super::outside::{ANSWER, event_of};
use super::tale::Tale;
use super::times::Times;
use crate::support::Bench;

/// Before what went wrong in `on_failure`, in the sentence of a run that failed.
const BESIDES: &str = "`on_failure` says could not be done either: ";

/// How a history ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    /// Every run by its id, those that were called as well: a step that calls the same run again has called it once.
    runs: BTreeMap<String, Fate>,
    /// What was done that may happen once, as often as it was.
    once: Vec<String>,
    /// What was done that may happen again.
    again: BTreeSet<String>,
    /// The pages that were read to their end.
    pages: BTreeSet<(String, u64)>,
}

fn compare<T: PartialEq + Debug>(wrong: &mut Vec<String>, what: &str, is: &[T], should: &[T]) {
    let times = |all: &[T], one: &T| all.iter().filter(|other| *other == one).count();
    wrong.extend(
        should
            .iter()
            .filter(|one| times(is, one) < times(should, one))
            .map(|one| format!("missing: the {what} {one:?}")),
    );
    wrong.extend(
        is.iter()
            .filter(|one| times(is, one) > times(should, one))
            .map(|one| format!("not as told: the {what} {one:?}")),
    );
}

/// What has become of a run.
#[derive(Clone, Debug, PartialEq)]
struct Fate {
    recipe: String,
    /// What tells the event with which all began, and the turns of loops on the way.
    mark: String,
    status: RunStatus,
    /// Why it ended. Why it needs a person, and what went wrong in `on_failure` besides, hangs on how the last try was cut
    /// short.
    reason: Option<String>,
    /// What came of its steps, those of loops' turns that are over as well.
    steps: BTreeMap<String, String>,
    /// Which steps called which runs.
    called: BTreeMap<String, Vec<RunId>>,
}

impl End {
    /// What is missing of what should have happened, and what should not have.
    pub(crate) fn differs_from(&self, should: &Should) -> Vec<String> {
        let mut wrong = Vec::new();
        let runs: Vec<_> =
            self.runs.values().map(|fate| (fate.recipe.clone(), fate.mark.clone(), fate.status)).collect();
        compare(&mut wrong, "run", &runs, &should.runs);
        compare(&mut wrong, "effect", &self.once, &should.once);
        compare(
            &mut wrong,
            "effect",
            &Vec::from_iter(self.again.clone()),
            &Vec::from_iter(should.again.clone()),
        );
        compare(
            &mut wrong,
            "page",
            &Vec::from_iter(self.pages.clone()),
            &Vec::from_iter(should.pages.clone()),
        );
        wrong
    }

    /// The end that everything has come to.
    pub(crate) async fn of(bench: &Bench) -> Self {
        let mut runs = BTreeMap::new();
        for run in disk::runs(bench).await {
            let history = bench.store.whole_history(&run.id);
            let state = State::fold_all(&history);
            let fate = Fate {
                recipe: run.recipe,
                mark: mark(&run.inputs),
                status: run.status,
                reason: run.status.is_over().then(|| why(&run.summary)),
                steps: state.steps.iter().map(|(step, state)| (step.clone(), words(state))).collect(),
                called: called(history.iter().map(|stamped| &stamped.entry)),
            };
            runs.insert(run.id.to_string(), fate);
        }
        let is_once = |effect: &String| effect.starts_with("create_note") || effect.starts_with("send");
        let (mut once, again): (Vec<String>, Vec<String>) =
            bench.crm.effects().into_iter().partition(is_once);
        once.sort();
        Self {
            runs,
            once,
            again: again.into_iter().collect(),
            pages: bench.crm.pages().into_iter().collect(),
        }
    }
}

/// The reason of an end without the words of what went wrong in `on_failure`.
fn why(summary: &str) -> String {
    let end = summary.find(BESIDES).map_or(summary.len(), |at| at + BESIDES.len());
    summary[..end].to_owned()
}

/// What a called run was told of where it comes from; empty for one that an event has started.
pub(super) fn mark(inputs: &Value) -> String {
    inputs["mark"].as_str().unwrap_or_default().to_owned()
}

fn called<'h>(history: impl Iterator<Item = &'h Entry>) -> BTreeMap<String, Vec<RunId>> {
    let mut called: BTreeMap<String, Vec<RunId>> = BTreeMap::new();
    for entry in history {
        if let Entry::Awaited { step, what: Awaited::Run { run, .. }, .. } = entry {
            called.entry(step.clone()).or_default().push(run.clone());
        }
    }
    called
}

fn words(state: &StepState) -> String {
    match state {
        StepState::Ended { output, .. } => format!("ended with {output}"),
        StepState::Failed { class, handled, .. } => format!("failed {class} {handled}"),
        // When something began or ends is the clock's, not the tale's.
        StepState::Sleeping { .. } => "sleeping".to_owned(),
        StepState::Awaiting { what: Awaited::Event(sought), .. } => format!("waits for {:?}", sought.only),
        StepState::Awaiting { what, .. } => what.words(),
        StepState::Looping(Turns { known, open, failed, given_up, ahead, reading, .. }) => {
            let reading = match reading {
                Reading::Failed { class, .. } => class,
                _ => "goes on",
            };
            format!("goes over {known}, open {open:?}, failed {failed:?} {given_up:?}, {ahead:?} {reading}")
        }
        other => format!("{other:?}"),
    }
}

/// What must never be.
/// `lives` are the times at which the processes began to live.
pub(crate) async fn wrong(bench: &Bench, tale: &Tale, events: &[RunId], lives: &[Timestamp]) -> Vec<String> {
    let mut wrong: Vec<String> =
        bench.crm.twice().into_iter().map(|effect| format!("`{effect}` happened twice")).collect();
    let runs = disk::runs(bench).await;
    for (event, run) in events.iter().enumerate() {
        let is_there = runs.iter().any(|one| one.id == *run);
        if is_there != tale.starts(event) {
            wrong.push(format!("event {event} has a run: {is_there}"));
        }
    }
    let (effects, looks) = (bench.crm.effects(), bench.crm.every_look());
    let mut children = BTreeSet::new();
    for run in &runs {
        let history = bench.store.whole_history(&run.id);
        let entries = || history.iter().map(|stamped| &stamped.entry);
        for (step, called) in called(entries()) {
            if called.len() != 1 {
                wrong.push(format!("{} {step} has called {called:?}", run.id));
            }
            children.extend(called);
        }
        wrong.extend(misheard(tale, &effects, entries()));
        wrong.extend(ends(run, &history));
        let key = format!("{}:", run.id);
        let looks = looks.iter().filter_map(|(of, since)| Some((of.strip_prefix(&key)?.to_owned(), *since)));
        wrong.extend(Times { lives, in_time: tale.leaps }.wrong(
            run.id.as_str(),
            &history,
            &looks.collect::<Vec<_>>(),
        ));
    }
    for run in runs.iter().filter(|run| !events.contains(&run.id) && !children.contains(&run.id)) {
        wrong.push(format!("nobody has called {} of {}", run.id, run.recipe));
    }
    if !tale.overlaps {
        wrong.extend(out_of_order(tale, &effects));
    }
    wrong
}

/// What was asked, and ended in another way than those who were asked have said.
fn misheard<'h>(tale: &Tale, effects: &[String], history: impl Iterator<Item = &'h Entry>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut awaited: HashMap<&String, &Awaited> = HashMap::new();
    for entry in history {
        match entry {
            Entry::Awaited { step, what, .. } => {
                awaited.insert(step, what);
            }
            Entry::StepEnded { step, output } => {
                let (heard, said) = match awaited.get(step) {
                    Some(Awaited::Event(sought)) => {
                        let Some(Only::Field { text, .. }) = &sought.only else { continue };
                        let asked = effects
                            .iter()
                            .any(|effect| effect.split_once(' ').is_some_and(|(_, of)| of == text));
                        let said = asked && tale.reply(text).is_some();
                        (output["body"].clone(), if said { Value::from(ANSWER) } else { Value::Null })
                    }
                    Some(Awaited::Approval { ask, .. }) => {
                        let decision = tale.decision(ask).map(|(approved, _)| approved);
                        (output["approved"].clone(), Value::from(decision.unwrap_or(false)))
                    }
                    _ => continue,
                };
                if heard != said {
                    wrong.push(format!("{step}: said was {said}, heard was {heard}"));
                }
            }
            _ => {}
        }
    }
    wrong
}

/// A run that has another end than it stands by, or went on after one.
fn ends(run: &Run, history: &[Stamped]) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_end = |stamped: &Stamped| matches!(stamped.entry, Entry::RunEnded { .. });
    let ends = history.iter().filter(|stamped| is_end(stamped)).count();
    if ends != usize::from(run.status.is_over()) || (ends > 0 && !history.last().is_some_and(is_end)) {
        wrong.push(format!("{} is {:?} and has {ends} ends, or went on after one", run.id, run.status));
    }
    wrong
}

fn out_of_order(tale: &Tale, effects: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut latest: HashMap<&str, usize> = HashMap::new();
    for effect in effects {
        let Some(event) = event_of(effect) else { continue };
        let before = latest.insert(tale.contacts[event], event);
        if before.is_some_and(|before| before > event) {
            wrong.push(format!("`{effect}` came after what was done for a later event of its record"));
        }
    }
    wrong
}
