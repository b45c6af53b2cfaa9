//! One history: a tale lived through by one process after the other, each dying at a set moment, the last one living on
//! until everything is at rest and a person has said of every doubt what the app shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bellhop_journal::{Resolution, RunFilter, RunId, RunStatus, State, StepState, Store as _};
use bellhop_recipe::Plan;
use serde_json::json;

use super::dice::Dice;
use super::tale::{LISTS, Tale};
use crate::support::{Bench, created, on_one_thread, run_of};

/// A moment after which no life dies any more.
const NEVER: usize = 0;
/// The days within which everything must have come to rest.
const DAYS: i64 = 4;

/// How a history ends: the same for all histories of one tale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    /// Each event's run: where it stands and what came of its steps.
    runs: Vec<(Option<RunStatus>, BTreeMap<String, String>)>,
    /// What was done that may happen once, as often as it was.
    once: Vec<String>,
    /// What was done that may happen again.
    again: BTreeSet<String>,
}

impl End {
    /// Whether every run came to rest.
    pub(crate) fn rests(&self) -> bool {
        self.runs.iter().all(|(status, _)| {
            status.is_some_and(|status| status.is_over() || status == RunStatus::NeedsAttention)
        })
    }
}

/// What was seen of one history.
pub(crate) struct Seen {
    pub(crate) end: End,
    /// How many moments the first life had at which it could have died.
    pub(crate) moments: usize,
    /// What must never be, whatever the end.
    pub(crate) wrong: Vec<String>,
}

/// Lives a tale through. `deaths` are the moments at which the first lives die; `luck` decides how things fall out
/// beside each other: how long calls and writes take, and what a sync takes along.
pub(crate) fn live(tale: &Tale, plan: &Arc<Plan>, deaths: &[usize], luck: u64) -> Seen {
    let mut bench = bench(plan, luck);
    tale.spoil(&bench.crm);
    let runs: Vec<RunId> = (0..tale.contacts.len()).map(|event| run_of(&delivery(event), "r")).collect();
    let mut acknowledged = 0;
    let mut moments = 0;
    let mut finished: HashMap<String, usize> = HashMap::new();
    for (life, death) in deaths.iter().copied().chain([NEVER]).enumerate() {
        bench.death.at(death);
        on_one_thread(async {
            let work = std::pin::pin!(send(&bench, life, tale, &mut acknowledged));
            let dead = std::pin::pin!(bench.until(1, async || false));
            if let futures::future::Either::Left((engine, _)) = futures::future::select(work, dead).await {
                rest(&bench, &runs).await;
                if death == NEVER {
                    help(&bench, &engine, &runs).await;
                }
            }
        });
        if life == 0 {
            moments = bench.death.moments();
        }
        bench.death.never();
        bench.store = bench.store.reopened();
        if death != NEVER {
            for step in on_one_thread(finished_steps(&bench)) {
                finished.entry(step).or_insert_with(|| bench.crm.calls());
            }
        }
    }
    let wrong = wrong(&bench, tale, acknowledged, &finished);
    Seen { end: on_one_thread(end(&bench, &runs)), moments, wrong }
}

fn bench(plan: &Arc<Plan>, luck: u64) -> Bench {
    let mut dice = Dice::new(luck);
    let mut bench = Bench::new(&[]);
    bench.recipes = vec![Arc::clone(plan)];
    bench.crm.takes_its_time(dice.throw());
    bench.store.syncs_by_chance(dice.throw());
    bench
}

fn delivery(event: usize) -> String {
    format!("w{event}")
}

/// Starts a life and sends what has not been acknowledged yet.
async fn send(
    bench: &Bench,
    life: usize,
    tale: &Tale,
    acknowledged: &mut usize,
) -> Arc<bellhop_engine::Engine> {
    let engine = bench.clone_lives(life).started().await;
    while let Some(contact) = tale.contacts.get(*acknowledged) {
        let data = json!({
            "id": contact, "mark": format!("e{acknowledged}"), "yes": true, "no": false, "lists": LISTS,
        });
        let event = created(&delivery(*acknowledged), contact, data);
        if engine.receive("crm", event).await.is_ok() {
            *acknowledged += 1;
        }
    }
    engine
}

/// Waits, with the clock moving, until no run goes on by itself.
async fn rest(bench: &Bench, runs: &[RunId]) {
    bench
        .until(DAYS, async || {
            for run in runs {
                let status = bench.status(run).await;
                if !status.is_some_and(|status| status.is_over() || status == RunStatus::NeedsAttention) {
                    return false;
                }
            }
            true
        })
        .await;
}

/// A person says of every call in doubt what the app shows, until there is none.
async fn help(bench: &Bench, engine: &Arc<bellhop_engine::Engine>, runs: &[RunId]) {
    loop {
        let mut helped = false;
        for run in runs {
            if bench.status(run).await != Some(RunStatus::NeedsAttention) {
                continue;
            }
            let state = bench.state(run).await;
            let doubt = state.steps.iter().find_map(|(step, state)| match state {
                StepState::Started { call, .. } => Some((step.clone(), call.clone())),
                _ => None,
            });
            let Some((step, call)) = doubt else { continue };
            let resolution = match bench.crm.made(&call.operation, &call.input) {
                Some(output) => Resolution::Happened(output),
                None => Resolution::DidNotHappen,
            };
            if engine.resolve(run, Some(step.clone()), resolution.clone()).await.is_err() {
                // The store says so before the worker has let go of the run: a person would ask once more.
                bench.breathe().await;
                engine.resolve(run, Some(step), resolution).await.expect("the run is let go of by now");
            }
            helped = true;
            rest(bench, runs).await;
        }
        if !helped {
            return;
        }
    }
}

/// The steps whose end is on disk, as the apps' idempotency keys name them.
async fn finished_steps(bench: &Bench) -> Vec<String> {
    let runs = bench.store.runs(RunFilter { limit: 100, ..RunFilter::default() }).await.unwrap();
    let mut steps = Vec::new();
    for run in runs {
        let state = bench.state(&run.id).await;
        let ended = state.steps.iter().filter(|(_, state)| matches!(state, StepState::Ended { .. }));
        steps.extend(ended.map(|(step, _)| format!("{}:{step}", run.id)));
    }
    steps
}

fn wrong(bench: &Bench, tale: &Tale, acknowledged: usize, finished: &HashMap<String, usize>) -> Vec<String> {
    let mut wrong = Vec::new();
    if acknowledged != tale.contacts.len() {
        wrong.push(format!("{acknowledged} of {} events were acknowledged", tale.contacts.len()));
    }
    wrong.extend(bench.crm.twice().into_iter().map(|effect| format!("`{effect}` happened twice")));
    for (number, call) in bench.crm.every_call().iter().enumerate() {
        if finished.get(&call.idempotency_key).is_some_and(|from| number >= *from) {
            wrong.push(format!("{} was finished and was done again", call.idempotency_key));
        }
    }
    if !tale.overlaps {
        let mut latest: HashMap<&str, usize> = HashMap::new();
        for effect in bench.crm.effects() {
            let event = effect.split(" e").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
            let Some(event) = event else { continue };
            let before = latest.insert(tale.contacts[event], event);
            if before.is_some_and(|before| before > event) {
                wrong.push(format!("`{effect}` came after what was done for a later event of its record"));
            }
        }
    }
    wrong
}

async fn end(bench: &Bench, runs: &[RunId]) -> End {
    let mut ends = Vec::new();
    for run in runs {
        let status = bench.status(run).await;
        let steps = if status.is_some() { steps(&bench.state(run).await) } else { BTreeMap::new() };
        ends.push((status, steps));
    }
    let is_once = |effect: &String| effect.starts_with("create_note") || effect.starts_with("send");
    let (mut once, again): (Vec<String>, Vec<String>) = bench.crm.effects().into_iter().partition(is_once);
    once.sort();
    End { runs: ends, once, again: again.into_iter().collect() }
}

fn steps(state: &State) -> BTreeMap<String, String> {
    let words = |state: &StepState| match state {
        StepState::Ended { output, .. } => format!("ended with {output}"),
        StepState::Failed { class, handled, .. } => format!("failed {class} {handled}"),
        StepState::Sleeping { .. } => "sleeping".to_owned(),
        // When it began is the clock's, not the tale's.
        StepState::Looping(turns) => {
            format!("goes over {} items, failed: {:?}, open: {:?}", turns.known, turns.failed, turns.open)
        }
        other => format!("{other:?}"),
    };
    state.steps.iter().map(|(step, state)| (step.clone(), words(state))).collect()
}
