//! A store in memory that dies when told to: after a given number of writes nothing of it answers any more, and what was
//! not synced by then is gone. It passes the journal's own conformance checks.

mod passing;
mod port;
mod search;
mod waits;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bellhop_journal::{
    Accepted, Append, Appended, Await, BEGINNING, BoxFuture, Claimed, EventId, LONG, NewEvent, NewRun,
    REPEATED, RecipeVersion, Run, RunId, RunStatus, Signal, Stamped, StoreError, StoredEvent, Turn,
};
use jiff::{SignedDuration, Timestamp};

use super::death::Death;
use passing::{Passed, Passes};

#[derive(Clone, Default)]
struct Image {
    // What never changes is shared: every sync is a copy of everything.
    events: HashMap<EventId, Arc<StoredEvent>>,
    runs: Vec<Kept>,
    recipes: HashMap<(String, String), Arc<RecipeVersion>>,
    notes: HashMap<String, String>,
    owners: HashMap<String, Timestamp>,
    spoiled: HashMap<RunId, StoreError>,
    /// Events in the order in which they came.
    order: Vec<EventId>,
    /// Who passed an event over, and why.
    passed_over: HashMap<EventId, Vec<(String, String)>>,
    /// When each key of a recipe last made a run.
    keys: HashMap<(String, String), Timestamp>,
    signals: u64,
}

#[derive(Clone)]
struct Kept {
    run: Run,
    turn: bool,
    history: Vec<Arc<Stamped>>,
    /// Where its last snapshot is.
    begins: usize,
    awaits: Vec<Await>,
    signals: Vec<Signal>,
}

/// The store. Clones share what is kept.
#[derive(Clone, Default)]
pub(crate) struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
    death: Death,
}

#[derive(Default)]
struct Inner {
    now: Image,
    synced: Option<Image>,
    broken: Option<String>,
    appends: usize,
    /// So many appends are still refused as too much.
    busy: usize,
    /// So many turns of the scheduler pass between the next claim and its answer.
    claim_takes: usize,
    /// Decides which syncs take along what may wait, and how long a write takes; none: every second, and no time.
    chance: Option<u64>,
    /// What the clock does when an event has been kept.
    passes: Option<Passes>,
    passed: Passed,
}

impl Inner {
    /// The next number of chance, where there is any.
    fn chance(&mut self) -> Option<u64> {
        let chance = self.chance.as_mut()?;
        *chance = chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        Some(*chance >> 33)
    }
}

impl MemoryStore {
    /// A store that forgets what was not synced when `death` comes.
    pub(crate) fn mortal(death: &Death) -> Self {
        let store = Self { inner: Arc::default(), death: death.clone() };
        store.lock().synced = Some(Image::default());
        store
    }

    /// What is on disk after the process has died.
    pub(crate) fn reopened(&self) -> Self {
        let before = self.lock();
        let mut image = before.synced.clone().expect("a mortal store");
        image.owners.clear();
        image.runs.iter_mut().for_each(|kept| kept.run.holder = None);
        let (chance, passed) = (before.chance, before.passed);
        let inner = Inner { now: image.clone(), synced: Some(image), chance, passed, ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), death: self.death.clone() }
    }

    /// From now on chance decides what a sync takes along and how long a write takes.
    pub(crate) fn syncs_by_chance(&self, chance: u64) {
        self.lock().chance = Some(chance);
    }

    /// From now on every write fails.
    pub(crate) fn break_down(&self) {
        self.lock().broken = Some("The disk is full. Make room, then start Bellhop again.".into());
    }

    /// The next so many appends are refused as too much.
    pub(crate) fn be_busy(&self, times: usize) {
        self.lock().busy = times;
    }

    /// The next claim is answered only after so many turns of the scheduler.
    pub(crate) fn answer_a_claim_after(&self, turns: usize) {
        self.lock().claim_takes = turns;
    }

    /// As if that owner had not given a sign of life for long.
    pub(crate) fn forget_owner(&self, owner: &str) {
        self.lock().now.owners.insert(owner.to_owned(), Timestamp::MIN);
    }

    /// The versions of that recipe have this text; none: they are gone.
    pub(crate) fn rewrite_recipe(&self, recipe: &str, text: Option<&str>) {
        let mut inner = self.lock();
        let recipes = &mut inner.now.recipes;
        recipes.retain(|(id, _), _| id != recipe || text.is_some());
        for version in recipes.values_mut().filter(|version| version.recipe == recipe) {
            text.unwrap_or_default().clone_into(&mut Arc::make_mut(version).text);
        }
    }

    /// All entries of a run, however many.
    pub(crate) fn whole_history(&self, run: &RunId) -> Vec<Stamped> {
        let inner = self.lock();
        let kept = inner.now.runs.iter().find(|kept| kept.run.id == *run);
        kept.map_or_else(Vec::new, |kept| entries(&kept.history))
    }

    /// How many entries a run has.
    pub(crate) fn entries_of(&self, run: &RunId) -> usize {
        self.lock().now.runs.iter().find(|kept| kept.run.id == *run).map_or(0, |kept| kept.history.len())
    }

    /// How many appends there were, of either kind.
    pub(crate) fn appends(&self) -> usize {
        self.lock().appends
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// A write that is synced when it resolves. Death may come before it, or after it and before anybody knows.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Image) -> Result<T, StoreError>,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        if self.death.comes() {
            return Box::pin(std::future::pending());
        }
        let mut inner = self.lock();
        let result = match &inner.broken {
            Some(sentence) => Err(StoreError::Broken(sentence.clone())),
            None => work(&mut inner.now),
        };
        if inner.synced.is_some() {
            inner.synced = Some(inner.now.clone());
        }
        let turns = inner.chance().map_or(0, |chance| chance % 5);
        drop(inner);
        if self.death.comes() {
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            result
        })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Image) -> T,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        if self.death.has_come() {
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(Ok(read(&self.lock().now))))
    }
}

impl Image {
    /// Whether a run has the turn of that order key.
    fn turn_is_taken(&self, key: Option<&str>) -> bool {
        let mut runs = self.runs.iter();
        runs.any(|kept| kept.turn && key.is_some() && kept.run.order_key.as_deref() == key)
    }

    /// An owner that never gave a sign of life is given some time for its first.
    fn meet(&mut self, owner: &str, now: Timestamp) {
        self.owners.entry(owner.to_owned()).or_insert(now + SignedDuration::from_secs(30));
    }

    fn accept(&mut self, owner: &str, event: NewEvent, runs: Vec<NewRun>) -> Accepted {
        let id = EventId::of(&event.origin.source, &event.delivery_id);
        if self.events.contains_key(&id) {
            return Accepted::Duplicate;
        }
        let (mut ready, mut repeated) = (Vec::new(), Vec::new());
        let recipes: Vec<_> = runs.iter().map(|run| (run.id.clone(), run.recipe.clone())).collect();
        for run in runs {
            if self.is_repeated(&run, event.received_at) {
                repeated.push(run.id);
                continue;
            }
            let waits = self.turn_is_taken(run.order_key.as_deref());
            if !waits {
                ready.push(run.id.clone());
            }
            self.runs.push(Kept {
                turn: run.order_key.is_some() && !waits,
                history: Vec::new(),
                begins: 0,
                awaits: Vec::new(),
                signals: Vec::new(),
                run: Run {
                    id: run.id,
                    recipe: run.recipe,
                    version: run.version,
                    event: id.clone(),
                    status: if waits { RunStatus::Queued } else { RunStatus::Ready },
                    record: event.record.clone(),
                    order_key: run.order_key,
                    inputs: run.inputs,
                    created_at: event.received_at,
                    updated_at: event.received_at,
                    wake_at: None,
                    summary: String::new(),
                    troubled: false,
                    holder: (!waits).then(|| owner.to_owned()),
                },
            });
        }
        let NewEvent { origin, delivery_id, received_at, record, data, mut passed_over } = event;
        passed_over.extend(
            recipes
                .into_iter()
                .filter(|(run, _)| repeated.contains(run))
                .map(|(_, recipe)| (recipe, REPEATED.to_owned())),
        );
        self.passed_over.insert(id.clone(), passed_over);
        let stored = StoredEvent { id: id.clone(), origin, delivery_id, received_at, record, data };
        let woken = self.tell_of_event(&stored);
        self.events.insert(id.clone(), Arc::new(stored));
        self.order.push(id);
        Accepted::New { ready, repeated, woken }
    }

    /// A run as people see it: with its whole history, but for the middle of a very long one.
    fn shown(&self, at: usize) -> Claimed {
        let kept = &self.runs[at];
        let length = kept.history.len() as u64;
        let beginning = usize::try_from(BEGINNING).unwrap();
        let history = if length > LONG && kept.begins > beginning {
            [entries(&kept.history[..beginning]), entries(&kept.history[kept.begins..])].concat()
        } else {
            entries(&kept.history)
        };
        Claimed { history, ..self.claimed(at) }
    }

    fn claimed(&self, at: usize) -> Claimed {
        let kept = &self.runs[at];
        Claimed {
            run: kept.run.clone(),
            event: StoredEvent::clone(&self.events[&kept.run.event]),
            history: entries(&kept.history[kept.begins..]),
            signals: kept.signals.clone(),
        }
    }

    fn add(&mut self, append: &Append) -> Result<usize, StoreError> {
        let taken = || StoreError::Taken(append.run.clone());
        let at = self.runs.iter().position(|kept| kept.run.id == append.run).ok_or_else(taken)?;
        let kept = &mut self.runs[at];
        if kept.run.holder.as_deref() != Some(&*append.owner) || kept.history.len() as u64 != append.after {
            return Err(taken());
        }
        if append.entries.first().is_some_and(|first| first.entry.begins_a_history()) {
            kept.begins = kept.history.len();
        }
        kept.history.extend(append.entries.iter().cloned().map(Arc::new));
        if let Some(last) = append.entries.last() {
            kept.run.updated_at = last.at;
        }
        Ok(at)
    }

    fn append(&mut self, append: &Append) -> Result<Appended, StoreError> {
        if let Some(error) = self.spoiled.remove(&append.run) {
            return Err(error);
        }
        let at = self.add(append)?;
        let Some(turn) = &append.turn else { return Ok(Appended { next: None, woken: Vec::new() }) };
        let woken = self.settle_awaits(at, turn);
        let next = self.stand(at, turn, &append.owner);
        if woken.contains(&append.run) {
            self.due_at_once(at);
        }
        Ok(Appended { next: next.map(|next| self.claimed(next)), woken })
    }

    fn stand(&mut self, at: usize, turn: &Turn, owner: &str) -> Option<usize> {
        let key = self.runs[at].run.order_key.clone();
        let had = self.runs[at].turn;
        let mut has = had && !(turn.yields || turn.status.is_over());
        let mut status = turn.status;
        if status == RunStatus::Queued {
            let others = !had && self.turn_is_taken(key.as_deref());
            status = if others { RunStatus::Queued } else { RunStatus::Ready };
            has = has || (key.is_some() && !others);
        }
        let kept = &mut self.runs[at];
        kept.turn = has;
        kept.run.status = status;
        kept.run.summary.clone_from(&turn.summary);
        kept.run.troubled = turn.troubled;
        let rests = matches!(status, RunStatus::Sleeping | RunStatus::Waiting);
        kept.run.wake_at = rests.then_some(turn.wake_at).flatten();
        if turn.status != RunStatus::Ready {
            kept.run.holder = None;
        }
        if !had || has {
            return None;
        }
        let next = self.runs.iter().position(|kept| {
            key.is_some() && kept.run.order_key == key && kept.run.status == RunStatus::Queued
        })?;
        let kept = &mut self.runs[next];
        kept.turn = true;
        kept.run.status = RunStatus::Ready;
        if kept.run.holder.is_some() {
            return None;
        }
        kept.run.holder = Some(owner.to_owned());
        Some(next)
    }

    fn claim(&mut self, owner: &str, now: Timestamp, limit: usize) -> Vec<Claimed> {
        let gone: Vec<String> = self
            .owners
            .iter()
            .filter(|(name, until)| *name != owner && **until < now)
            .map(|(name, _)| name.clone())
            .collect();
        for kept in &mut self.runs {
            if kept.run.holder.as_ref().is_some_and(|holder| gone.contains(holder)) {
                kept.run.holder = None;
            }
        }
        let mut claimed = Vec::new();
        for at in 0..self.runs.len() {
            let run = &mut self.runs[at].run;
            let due = match run.status {
                RunStatus::Ready => true,
                RunStatus::Sleeping => run.wake_at.is_none_or(|at| at <= now),
                RunStatus::Waiting => run.wake_at.is_some_and(|at| at <= now),
                _ => false,
            };
            if due && run.holder.is_none() && claimed.len() < limit {
                run.status = RunStatus::Ready;
                run.wake_at = None;
                run.holder = Some(owner.to_owned());
                claimed.push(self.claimed(at));
            }
        }
        claimed
    }

    fn claim_run(&mut self, owner: &str, run: &RunId, now: Timestamp) -> Option<Claimed> {
        let at = self.runs.iter().position(|kept| kept.run.id == *run)?;
        let holder = &mut self.runs[at].run.holder;
        if let Some(other) = holder.as_ref().filter(|holder| *holder != owner)
            && self.owners.get(other).is_none_or(|until| *until >= now)
        {
            return None;
        }
        *holder = Some(owner.to_owned());
        Some(self.claimed(at))
    }
}

fn entries(history: &[Arc<Stamped>]) -> Vec<Stamped> {
    history.iter().map(|entry| Stamped::clone(entry)).collect()
}
