//! The books: what the engine's journal says was done, against what the sandbox recorded. Nothing here asks the engine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use bellhop_journal::{Claimed, Entry, EventId, Run, RunFilter, RunId, RunStatus, StepId, Store as _};
use bellhop_sandbox::{Call, Running};
use bellhop_store::SqliteStore;
use jiff::Timestamp;
use serde_json::Value;

use crate::load::{Errand, mark_in, number_of};

/// More runs than there ever are.
const ALL: usize = 1_000_000;

/// Steps that were found finished on disk after a death, by their marks, with how many calls there had been by then.
#[derive(Default)]
pub(crate) struct Finished {
    steps: HashMap<String, usize>,
    read: HashSet<RunId>,
    /// What had ended in each run at the last death.
    ended: HashMap<RunId, HashSet<StepId>>,
    /// Until when each step waits that does.
    waits: HashMap<(RunId, StepId), Timestamp>,
    /// What was on disk at one death and no more, or something else, at the next.
    forgotten: Vec<String>,
}

impl Finished {
    /// Reads what a dead engine left on disk: from a copy, so that the next engine finds it as it was left.
    pub(crate) async fn read(&mut self, store: &Path, calls: usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.db");
        if !store.is_file() {
            return;
        }
        std::fs::copy(store, &copy).expect("a copy");
        let log = store.with_extension("db-wal");
        if log.is_file() {
            std::fs::copy(log, copy.with_extension("db-wal")).expect("a copy");
        }
        let copy = SqliteStore::open(&copy).expect("a store that was killed can be opened");
        let runs = copy.runs(RunFilter { limit: ALL, ..RunFilter::default() }).await.expect("its runs");
        let listed: HashSet<&RunId> = runs.iter().map(|run| &run.id).collect();
        let gone = self.ended.keys().filter(|run| !listed.contains(run));
        self.forgotten.extend(gone.map(|run| format!("{run} was on disk at a death, and is gone")));
        for run in runs {
            if self.read.contains(&run.id) {
                continue;
            }
            let claimed = copy.run(run.id.as_str()).await.expect("a run").expect("it was listed");
            for mark in finished(&claimed) {
                self.steps.entry(mark).or_insert(calls);
            }
            for (step, until) in waits(&claimed) {
                let before = self.waits.insert((run.id.clone(), step.clone()), until);
                if let Some(before) = before.filter(|before| *before != until) {
                    let run = &run.id;
                    self.forgotten
                        .push(format!("{step} in {run} waited until {before}, and now until {until}"));
                }
            }
            let ended = ended(&claimed);
            let before = self.ended.insert(run.id.clone(), ended.clone()).unwrap_or_default();
            let missing = before.difference(&ended);
            self.forgotten.extend(
                missing.map(|step| {
                    format!("the end of {step} in {} was on disk at a death, and is gone", run.id)
                }),
            );
            if run.status.is_over() {
                self.read.insert(run.id);
            }
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.steps.len()
    }
}

/// The marks of the steps whose end is in a history.
fn finished(claimed: &Claimed) -> Vec<String> {
    let mut marks = HashMap::new();
    let mut finished = Vec::new();
    for stamped in &claimed.history {
        match &stamped.entry {
            Entry::StepStarted { step, call, .. } => {
                if let Some(mark) = mark_in(&call.input.to_string()) {
                    marks.insert(step.clone(), mark.to_owned());
                }
            }
            Entry::StepEnded { step, .. } => finished.extend(marks.get(step).cloned()),
            _ => {}
        }
    }
    finished
}

/// The steps whose end is in a history.
fn ended(claimed: &Claimed) -> HashSet<StepId> {
    let steps = claimed.history.iter().filter_map(|stamped| match &stamped.entry {
        Entry::StepEnded { step, .. } => Some(step.clone()),
        _ => None,
    });
    steps.collect()
}

/// Each wait that is in a history, as often as it was begun, with its end.
fn waits(claimed: &Claimed) -> Vec<(StepId, Timestamp)> {
    let waits = claimed.history.iter().filter_map(|stamped| match &stamped.entry {
        Entry::Slept { step, until } | Entry::Awaited { step, until: Some(until), .. } => {
            Some((step.clone(), *until))
        }
        _ => None,
    });
    waits.collect()
}

/// How often each mark stands in the CRM: on notes, tasks, contacts and messages.
pub(crate) fn written(sandbox: &Running) -> HashMap<String, usize> {
    let state = sandbox.snapshot();
    let mut written = HashMap::new();
    for (kind, field) in
        [("notes", "body"), ("tasks", "title"), ("contacts", "firstName"), ("messages", "message")]
    {
        for record in state[kind].as_array().into_iter().flatten() {
            if let Some(mark) = record[field].as_str().and_then(mark_in) {
                *written.entry(mark.to_owned()).or_default() += 1;
            }
        }
    }
    written
}

/// The mark of the step that a run halted at because nobody knows whether its call happened.
pub(crate) fn doubtful(claimed: &Claimed) -> Option<String> {
    let mut open: HashMap<&str, &Value> = HashMap::new();
    for stamped in &claimed.history {
        match &stamped.entry {
            Entry::StepStarted { step, call, .. } => {
                open.insert(step, &call.input);
            }
            Entry::StepEnded { step, .. } | Entry::StepFailed { step, .. } | Entry::NotHappened { step } => {
                open.remove(step.as_str());
            }
            _ => {}
        }
    }
    let halted = claimed.history.iter().any(|stamped| matches!(stamped.entry, Entry::Halted { .. }));
    let inputs = open.into_values().filter(|_| halted);
    inputs.map(Value::to_string).find_map(|input| mark_in(&input).map(str::to_owned))
}

/// All that is counted in the end.
pub(crate) struct Account<'a> {
    /// What was acknowledged.
    pub(crate) acknowledged: &'a [Errand],
    /// What the sandbox was called with.
    pub(crate) calls: &'a [Call],
    /// How many of the calls had been made when a person began to help.
    pub(crate) unaided: usize,
    /// What stands in the CRM.
    pub(crate) written: &'a HashMap<String, usize>,
    /// What was found finished after each death.
    pub(crate) finished: &'a Finished,
}

impl Account<'_> {
    /// Everything that does not add up.
    pub(crate) async fn faults(&self, store: &SqliteStore) -> Vec<String> {
        let mut faults = self.finished.forgotten.clone();
        let runs = store.runs(RunFilter { limit: ALL, ..RunFilter::default() }).await.expect("the runs");
        let runs: HashMap<&RunId, &Run> = runs.iter().map(|run| (&run.id, run)).collect();
        let mut keys: HashMap<String, usize> = HashMap::new();
        for errand in self.acknowledged {
            let id = RunId::of(&EventId::of("contacts", &errand.delivery()), errand.recipe());
            if errand.recipe() == "once" {
                *keys.entry(errand.key()).or_default() += usize::from(runs.contains_key(&id));
            }
            match runs.get(&id) {
                None if errand.recipe() == "once" => {}
                None => faults.push(format!("{errand:?} was acknowledged and has no run")),
                Some(run) => self.handled(*errand, run, &mut faults),
            }
        }
        for (key, times) in keys.into_iter().filter(|(_, times)| *times != 1) {
            faults.push(format!("{times} runs for the key {key}"));
        }
        let (called, started): (Vec<&Run>, Vec<&Run>) = runs.values().partition(|run| run.recipe == "helper");
        if started.len() > self.acknowledged.len() {
            faults.push(format!("{} runs for {} events", started.len(), self.acknowledged.len()));
        }
        let callers = started.iter().filter(|run| run.recipe == "caller").count();
        if called.len() > callers {
            faults.push(format!("{} runs were called by {callers}", called.len()));
        }
        for run in called {
            match run.status {
                RunStatus::Succeeded => {}
                RunStatus::Failed if run.summary.starts_with("On purpose.") => {}
                status => faults.push(format!("{} is {}: {}", run.id, status.name(), run.summary)),
            }
        }
        self.nothing_twice(&mut faults);
        self.nothing_finished_again(&mut faults);
        self.in_order(&mut faults);
        self.in_time(&mut faults);
        faults
    }

    /// What was written before its time: a wait must be as long as it says, whoever goes on with it.
    fn in_time(&self, faults: &mut Vec<String>) {
        let mut first: HashMap<&str, Timestamp> = HashMap::new();
        let bodies: Vec<_> = self.calls.iter().map(|call| (call, call.body.to_string())).collect();
        for (call, body) in bodies.iter().filter(|(call, _)| call.method != "GET") {
            if let (Some(mark), Ok(at)) = (mark_in(body), call.at.parse()) {
                first.entry(mark).or_insert(at);
            }
        }
        for (before, after, pause) in self.acknowledged.iter().flat_map(|errand| errand.pauses()) {
            let (Some(began), Some(ended)) = (first.get(&*before), first.get(&*after)) else { continue };
            if ended.duration_since(*began) < pause {
                faults.push(format!("{after} was written at {ended}, less than {pause} after {before}"));
            }
        }
    }

    fn handled(&self, errand: Errand, run: &Run, faults: &mut Vec<String>) {
        if run.status != errand.end() {
            faults.push(format!("{errand:?}: {} is {}: {}", run.id, run.status.name(), run.summary));
            return;
        }
        for mark in errand.once() {
            if !self.written.contains_key(&mark) {
                faults.push(format!("{mark} was never written, and {} has ended well", run.id));
            }
        }
    }

    fn nothing_twice(&self, faults: &mut Vec<String>) {
        for (mark, times) in self.written {
            if *times > 1 {
                faults.push(format!("{mark} stands {times} times in the CRM"));
            }
            let wanted = number_of(mark).is_some_and(|number| Errand(number).once().contains(mark));
            if !wanted {
                faults.push(format!("{mark} stands in the CRM, and no recipe wants it"));
            }
        }
    }

    fn nothing_finished_again(&self, faults: &mut Vec<String>) {
        for (number, call) in self.calls.iter().enumerate() {
            let body = call.body.to_string();
            let Some(mark) = mark_in(&body) else { continue };
            let Some(from) = self.finished.steps.get(mark).filter(|from| number >= **from) else { continue };
            let others =
                self.calls.iter().enumerate().filter(|(_, call)| call.body.to_string().contains(mark));
            let all: Vec<String> =
                others.map(|(number, call)| format!("{number} at {} {:?}", call.at, call.faults)).collect();
            faults.push(format!(
                "{mark} was finished after {from} calls, at a death, and called again after it: {call:?}; all its calls: {}",
                all.join(", ")
            ));
        }
    }

    /// What was written for the events of one contact by the recipe without waits, one event after the other.
    fn in_order(&self, faults: &mut Vec<String>) {
        let mut latest: BTreeMap<String, u64> = BTreeMap::new();
        for call in self.calls.iter().take(self.unaided).filter(|call| call.method != "GET") {
            let body = call.body.to_string();
            let Some(number) = mark_in(&body).and_then(number_of) else { continue };
            if Errand(number).recipe() != "in-turn" {
                continue;
            }
            let before = latest.insert(Errand(number).contact(), number);
            if before.is_some_and(|before| before > number) {
                faults.push(format!("a call for event {number} came after one for {before:?}: {call:?}"));
            }
        }
    }
}
