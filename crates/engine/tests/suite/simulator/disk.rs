//! What a dead process has left on disk: what was finished and must not be done again, and in the middle of what it died.

use std::collections::{BTreeMap, HashMap};

use bellhop_clock::Clock as _;
use bellhop_journal::{
    Ahead, Awaited, Entry, Run, RunFilter, RunStatus, State, StepState, Store as _, Turns,
};
use jiff::{SignedDuration, Timestamp};

use super::outside::ANSWER;
use crate::support::Bench;

/// In the middle of what processes died, by its name, and how often.
pub(crate) type Hits = BTreeMap<&'static str, u64>;

/// All that a tale may be in the middle of.
pub(crate) const MIDDLES: [&str; 12] = [
    "a wait for an event",
    "a question to a person",
    "a call of a recipe",
    "a recipe that was called",
    "a page",
    "the reading of a page",
    "a loop over a list",
    "parallel branches",
    "what is done on failure",
    "a history that was folded",
    "a call in doubt",
    "a refusal that proves nothing",
];

/// All the ways in which the time of a wait may be up while its answer is on disk and nobody has read it.
pub(crate) const RACES: [&str; 3] = [
    "the time of a wait was up before its run, in hand, was told of the answer",
    "the time of a wait was up before its run, at rest, was told of the answer",
    "the time of a wait was up, its answer on disk, while no process lived",
];

/// Counts the waits whose time is up after so long, though their answer has come and nobody has read it; whether there are any.
pub(crate) async fn unread(bench: &Bench, after: SignedDuration, hits: &mut Hits) -> bool {
    let (now, mut found) = (bench.clock.now(), 0);
    for run in runs(bench).await {
        let signals = bench.store.signals(&run.id).await.expect("a store in memory");
        let answers = signals.iter().filter(|signal| signal.data["body"] == ANSWER);
        let answered: Vec<_> = answers.map(|signal| &signal.step).collect();
        if answered.is_empty() {
            continue;
        }
        let ends = |until: &Timestamp| *until > now && *until <= now + after;
        let states = bench.state(&run.id).await.steps;
        found += answered.iter().filter(|step| matches!(states.get(**step), Some(StepState::Awaiting { until: Some(until), .. }) if ends(until))).count() as u64;
    }
    *hits.entry(RACES[2]).or_default() += found;
    found > 0
}

/// Counts the times at which an answer was kept and the time was up before anybody was told.
pub(crate) fn time_passed(bench: &Bench, hits: &mut Hits) {
    let passed = bench.store.time_passed();
    *hits.entry(RACES[0]).or_default() += passed.in_hand;
    *hits.entry(RACES[1]).or_default() += passed.at_rest;
}

/// What was found finished or over, with how many calls and pages there had been by then.
#[derive(Default)]
pub(crate) struct Finished {
    /// Steps, as the apps' idempotency keys name them.
    steps: HashMap<String, usize>,
    /// Pages, by the search's text and the first item.
    pages: HashMap<(String, u64), usize>,
    /// Runs.
    over: HashMap<String, usize>,
}

/// All runs that there are.
pub(crate) async fn runs(bench: &Bench) -> Vec<Run> {
    bench.store.runs(RunFilter { limit: 10_000, ..RunFilter::default() }).await.expect("a store in memory")
}

impl Finished {
    /// Reads what there is after a death.
    pub(crate) async fn read(&mut self, bench: &Bench, hits: &mut Hits) {
        let (calls, read) = (bench.crm.calls(), bench.crm.pages().len());
        let mut middles: BTreeMap<&'static str, bool> = BTreeMap::new();
        for run in runs(bench).await {
            let history = bench.store.whole_history(&run.id);
            let state = State::fold(&history);
            if run.status.is_over() {
                self.over.entry(run.id.to_string()).or_insert(calls);
            }
            for (step, state) in &state.steps {
                if matches!(state, StepState::Ended { .. }) {
                    self.steps.entry(format!("{}:{step}", run.id)).or_insert(calls);
                }
                if run.status.is_over() {
                    continue;
                }
                for middle in middle_of(step, state) {
                    middles.insert(middle, true);
                }
            }
            let (mut texts, mut firsts) = (HashMap::new(), HashMap::new());
            for stamped in &history {
                match &stamped.entry {
                    Entry::StepStarted { step, call, .. } if call.operation == "search" => {
                        texts.insert(step, call.input["text"].as_str().unwrap_or_default());
                    }
                    Entry::PageRead { step, items, .. } => {
                        let first = firsts.entry(step).or_insert(0);
                        let text = texts.get(step).copied().unwrap_or_default().to_owned();
                        self.pages.entry((text, *first)).or_insert(read);
                        *first += items.len() as u64;
                    }
                    _ => {}
                }
            }
            if !run.status.is_over() {
                let is_fold = |entry: &Entry| matches!(entry, Entry::Folded { .. });
                if history.iter().any(|stamped| is_fold(&stamped.entry)) {
                    middles.insert("a history that was folded", true);
                }
                if run.recipe != "r" && !matches!(run.status, RunStatus::NeedsAttention) {
                    middles.insert("a recipe that was called", true);
                }
            }
        }
        for middle in middles.into_keys() {
            *hits.entry(middle).or_default() += 1;
        }
    }

    /// What was finished and was done again.
    pub(crate) fn done_again(&self, bench: &Bench) -> Vec<String> {
        let mut wrong = Vec::new();
        for (number, call) in bench.crm.every_call().iter().enumerate() {
            if self.steps.get(&call.idempotency_key).is_some_and(|from| number >= *from) {
                wrong.push(format!("{} was finished and was done again", call.idempotency_key));
            }
            let run = call.idempotency_key.split(':').next().unwrap_or_default();
            if self.over.get(run).is_some_and(|from| number >= *from) {
                wrong.push(format!("{} was called after the run was over", call.idempotency_key));
            }
        }
        for (number, page) in bench.crm.pages().iter().enumerate() {
            if self.pages.get(page).is_some_and(|from| number >= *from) {
                wrong.push(format!("the page {page:?} was kept and was read again"));
            }
        }
        wrong
    }
}

fn middle_of(step: &str, state: &StepState) -> Vec<&'static str> {
    let mut found = Vec::new();
    match state {
        StepState::Awaiting { what: Awaited::Event(_), .. } => found.push("a wait for an event"),
        StepState::Awaiting { what: Awaited::Approval { .. }, .. } => found.push("a question to a person"),
        StepState::Awaiting { what: Awaited::Run { .. }, .. } => found.push("a call of a recipe"),
        StepState::Branched { branch } if branch == "parallel" => found.push("parallel branches"),
        StepState::Started { refused: Some(_), .. } => found.push("a refusal that proves nothing"),
        StepState::Started { .. } => found.push("a call in doubt"),
        StepState::Looping(Turns { ahead: Ahead::Nothing, .. }) => found.push("a loop over a list"),
        StepState::Looping(turns) if turns.open.is_empty() => found.push("the reading of a page"),
        StepState::Looping(_) => found.push("a page"),
        _ => {}
    }
    if step.starts_with("/on_failure/") && !matches!(state, StepState::Ended { .. }) {
        found.push("what is done on failure");
    }
    found
}
