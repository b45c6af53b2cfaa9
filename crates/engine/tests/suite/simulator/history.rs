//! One history: a tale lived through by one process after the other, each dying at a set moment, the last one living on
//! until everything is at rest and a person has said of every doubt what the app shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_clock::Clock as _;
use bellhop_engine::Engine;
use bellhop_journal::{Awaited, Entry, Resolution, Run, RunId, RunStatus, StepId, StepState, Store as _};
use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;
use super::disk::{self, Finished, Hits};
use super::end::{End, wrong};
use super::outside::Outside;
use super::tale::Tale;
use crate::support::crm::name;
use crate::support::{Bench, created, on_one_thread, run_of};

/// A moment after which no life dies any more.
const NEVER: usize = 0;
/// The days within which everything must have come to rest.
const DAYS: i64 = 4;
/// How long nothing lives at times: longer than anything is waited for.
const GAP: SignedDuration = SignedDuration::from_mins(20);

/// What was seen of one history.
pub(crate) struct Seen {
    pub(crate) end: End,
    /// Whether everything came to rest.
    pub(crate) rests: bool,
    /// How many moments the first life had at which it could have died.
    pub(crate) moments: usize,
    /// How often each text was called, where nothing died.
    pub(crate) calls: BTreeMap<String, usize>,
    /// What must never be, whatever the end.
    pub(crate) wrong: Vec<String>,
}

/// A history under way.
struct Telling<'t> {
    tale: &'t Tale,
    bench: Bench,
    outside: Outside<'t>,
    /// How many events have been acknowledged.
    acknowledged: usize,
    /// When each life began.
    lives: Vec<Timestamp>,
    /// What a person was told is done: the run, and the step on which they have given their word; none: they ended it.
    words: Vec<(RunId, Option<StepId>)>,
}

/// Lives a tale through. `deaths` are the moments at which the first lives die; `luck` decides how things fall out
/// beside each other: how long calls and writes take, what a sync takes along, and how long it is until the next life.
pub(crate) fn live(tale: &Tale, world: &Bench, deaths: &[usize], luck: u64, hits: &mut Hits) -> Seen {
    let mut dice = Dice::new(luck);
    let bench = world.afresh();
    bench.crm.takes_its_time(dice.throw());
    bench.store.syncs_by_chance(dice.throw());
    tale.spoil(&bench.crm);
    let outside = Outside::of(tale);
    let mut telling = Telling { tale, bench, outside, acknowledged: 0, lives: Vec::new(), words: Vec::new() };
    let mut moments = 0;
    let mut rests = false;
    let mut finished = Finished::default();
    for (life, death) in deaths.iter().copied().chain([NEVER]).enumerate() {
        telling.bench.death.at(death);
        telling.lives.push(telling.bench.clock.now());
        let mortal = telling.bench.death.clone();
        rests = on_one_thread(mortal.or_lives(telling.live(life))) == Some(true);
        if life == 0 {
            moments = telling.bench.death.moments();
        }
        let died = telling.bench.death.has_come();
        let bench = &mut telling.bench;
        bench.death.never();
        bench.store = bench.store.reopened();
        if died {
            on_one_thread(finished.read(bench, hits));
            telling.outside.outlive(&telling.bench);
            // Whoever has something to say says it before the time is up.
            let in_peace = tale.approvals == 0 && telling.outside.is_heard();
            if in_peace && (on_one_thread(disk::unread(&telling.bench, GAP, hits)) || dice.one_in(4)) {
                telling.bench.clock.advance(GAP);
            }
        }
    }
    let Telling { bench, acknowledged, lives, words, .. } = telling;
    disk::time_passed(&bench, hits);
    let events: Vec<RunId> = (0..tale.contacts.len()).map(|event| run_of(&delivery(event), "r")).collect();
    let mut wrong = on_one_thread(wrong(&bench, tale, &events, &lives));
    wrong.extend(unkept(&bench, &words));
    wrong.extend(finished.done_again(&bench));
    if acknowledged != events.len() {
        wrong.push(format!("{acknowledged} of {} events were acknowledged", events.len()));
    }
    let calls = if deaths.is_empty() { calls(&bench) } else { BTreeMap::new() };
    Seen { end: on_one_thread(End::of(&bench)), rests, moments, calls, wrong }
}

/// How often each text was called.
fn calls(bench: &Bench) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in bench.crm.every_call() {
        *calls.entry(name(&call.input)).or_default() += 1;
    }
    calls
}

/// A person's words that were taken and are in no history.
fn unkept(bench: &Bench, words: &[(RunId, Option<StepId>)]) -> Vec<String> {
    let is_kept = |entry: &Entry, step: &Option<StepId>| match entry {
        Entry::Resolved { step: of, .. } => step.as_ref() == Some(of),
        Entry::RunEnded { status, .. } => step.is_none() && *status == RunStatus::Cancelled,
        _ => false,
    };
    let mut wrong = Vec::new();
    for word @ (run, step) in words {
        let said = words.iter().filter(|other| *other == word).count();
        let history = bench.store.whole_history(run);
        let kept = history.iter().filter(|stamped| is_kept(&stamped.entry, step)).count();
        if kept < said {
            wrong.push(format!("{said} words of a person were taken for {run} {step:?}, and {kept} kept"));
        }
    }
    wrong
}

fn delivery(event: usize) -> String {
    format!("w{event}")
}

impl Telling<'_> {
    /// One life, until nothing is left to be done; whether it came to that.
    async fn live(&mut self, life: usize) -> bool {
        let engine = self.send(life).await;
        loop {
            if !self.rest(&engine).await {
                return false;
            }
            if !self.help(&engine).await {
                return true;
            }
        }
    }

    /// Starts a life and sends what has not been acknowledged yet.
    async fn send(&mut self, life: usize) -> Arc<Engine> {
        let (mut bench, tale) = (self.bench.clone_lives(life), self.tale);
        let engine = bench.started_with(|options| options.fold_every = tale.fold_every).await;
        while let Some(contact) = tale.contacts.get(self.acknowledged) {
            let event = created(&delivery(self.acknowledged), contact, tale.data(self.acknowledged));
            match engine.receive("crm", event).await {
                Ok(_) => self.acknowledged += 1,
                Err(_) => tokio::task::yield_now().await,
            }
        }
        engine
    }

    /// Waits, with the clock moving, until no run goes on by itself and nobody has anything to say.
    async fn rest(&mut self, engine: &Arc<Engine>) -> bool {
        let end = self.bench.clock.now() + SignedDuration::from_hours(24 * DAYS);
        loop {
            let moments = self.bench.death.moments();
            for _ in 0..40 {
                tokio::task::yield_now().await;
            }
            if self.tale.leaps && self.bench.death.moments() != moments {
                continue;
            }
            if self.outside.go_on(&self.bench, engine).await {
                continue;
            }
            let bench = &self.bench;
            if bench.clock.now() > end {
                return false;
            }
            let runs = disk::runs(bench).await;
            if self.outside.is_silent() && all_rest(bench, &runs).await {
                return true;
            }
            let (now, engine_looks) = (bench.clock.now(), bench.clock.next_wake());
            let is_idle = |run: &Run| run.holder.is_none() && run.status != RunStatus::Ready;
            let next = if self.tale.leaps && runs.iter().all(is_idle) {
                // What is due already is taken when the engine looks next.
                engine_looks.max(bench.store.next_due().await.expect("a store in memory"))
            } else {
                engine_looks
            };
            let outside = self.outside.next().filter(|at| *at > now);
            let Some(next) = next.into_iter().chain(outside).min() else { return false };
            bench.clock.set(next.max(now));
        }
    }

    /// A person says of a call in doubt what the app shows, or ends a run that was called and has failed; whether there was
    /// any.
    async fn help(&mut self, engine: &Arc<Engine>) -> bool {
        let bench = &self.bench;
        let mut helped = false;
        for run in disk::runs(bench).await {
            // Who waits for a run that has just been helped is on its way.
            if run.status != RunStatus::NeedsAttention && (helped || run.status != RunStatus::Waiting) {
                continue;
            }
            let doubt = bench.state(&run.id).await.steps.into_iter().find_map(|(step, state)| match state {
                StepState::Started { call, .. } => Some((step, call)),
                _ => None,
            });
            // The store says so before the worker has let go of the run.
            bench.breathe().await;
            if let Some((step, call)) = doubt {
                let resolution = match bench.crm.made(&call.operation, &call.input) {
                    Some(output) => Resolution::Happened(output),
                    None => Resolution::DidNotHappen,
                };
                let said = engine.resolve(&run.id, Some(step.clone()), resolution).await;
                said.expect("the run is let go of by now");
                self.words.push((run.id, Some(step)));
                helped = true;
            } else if run.status == RunStatus::NeedsAttention
                && run.recipe != "r"
                && self.tale.gives_up(&run.recipe, &run.inputs)
            {
                engine.cancel(&run.id).await.expect("the run is let go of by now");
                self.words.push((run.id, None));
                helped = true;
            }
        }
        helped
    }
}

/// Whether no run goes on: each is over, or needs a person, or waits for another that does.
async fn all_rest(bench: &Bench, runs: &[Run]) -> bool {
    let needs_nobody = |run: &&Run| !run.status.is_over() && run.status != RunStatus::NeedsAttention;
    for run in runs.iter().filter(needs_nobody) {
        if run.status != RunStatus::Waiting || run.wake_at.is_some() {
            return false;
        }
        let is_over = |id: &RunId| runs.iter().any(|run| run.id == *id && run.status.is_over());
        let waits = bench.state(&run.id).await.steps.into_values().all(|state| match state {
            StepState::Awaiting { what: Awaited::Run { run, .. }, .. } => !is_over(&run),
            StepState::Awaiting { .. } => false,
            _ => true,
        });
        if !waits {
            return false;
        }
    }
    true
}
