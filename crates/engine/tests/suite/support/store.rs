//! A store in memory that dies when told to: after a given number of writes nothing of it answers any more, and what was
//! not synced by then is gone. It passes the journal's own conformance checks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bellhop_journal::{
    Accepted, Append, Appended, BoxFuture, Claimed, EventId, NewEvent, NewRun, RecipeVersion, Run, RunFilter,
    RunId, RunStatus, Store, StoreError, StoredEvent, Turn,
};
use jiff::{SignedDuration, Timestamp};

use super::death::Death;

#[derive(Clone, Default)]
struct Image {
    events: HashMap<EventId, StoredEvent>,
    runs: Vec<Kept>,
    recipes: HashMap<(String, String), RecipeVersion>,
    notes: HashMap<String, String>,
    owners: HashMap<String, Timestamp>,
    spoiled: HashMap<RunId, StoreError>,
}

#[derive(Clone)]
struct Kept {
    run: Run,
    turn: bool,
    history: Vec<bellhop_journal::Stamped>,
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
        let mut image = self.lock().synced.clone().expect("a mortal store");
        image.owners.clear();
        image.runs.iter_mut().for_each(|kept| kept.run.holder = None);
        let inner = Inner { now: image.clone(), synced: Some(image), broken: None, appends: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), death: self.death.clone() }
    }

    /// From now on every write fails.
    pub(crate) fn break_down(&self) {
        self.lock().broken = Some("The disk is full. Make room, then start Bellhop again.".into());
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
        drop(inner);
        if self.death.comes() {
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(result))
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
        let mut ready = Vec::new();
        for run in runs {
            let waits = self.turn_is_taken(run.order_key.as_deref());
            if !waits {
                ready.push(run.id.clone());
            }
            self.runs.push(Kept {
                turn: run.order_key.is_some() && !waits,
                history: Vec::new(),
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
                    holder: (!waits).then(|| owner.to_owned()),
                },
            });
        }
        let NewEvent { origin, delivery_id, received_at, record, data, .. } = event;
        self.events.insert(id.clone(), StoredEvent { id, origin, delivery_id, received_at, record, data });
        Accepted::New(ready)
    }

    fn claimed(&self, at: usize) -> Claimed {
        let kept = &self.runs[at];
        Claimed {
            run: kept.run.clone(),
            event: self.events[&kept.run.event].clone(),
            history: kept.history.clone(),
        }
    }

    fn add(&mut self, append: &Append) -> Result<usize, StoreError> {
        let taken = || StoreError::Taken(append.run.clone());
        let at = self.runs.iter().position(|kept| kept.run.id == append.run).ok_or_else(taken)?;
        let kept = &mut self.runs[at];
        if kept.run.holder.as_deref() != Some(&*append.owner) || kept.history.len() as u64 != append.after {
            return Err(taken());
        }
        kept.history.extend(append.entries.iter().cloned());
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
        let next = append.turn.as_ref().and_then(|turn| self.stand(at, turn, &append.owner));
        Ok(Appended { next: next.map(|next| self.claimed(next)) })
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
        kept.run.wake_at = (status == RunStatus::Sleeping).then_some(turn.wake_at).flatten();
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

impl Store for MemoryStore {
    fn accept(
        &self,
        owner: &str,
        event: NewEvent,
        runs: Vec<NewRun>,
    ) -> BoxFuture<'_, Result<Accepted, StoreError>> {
        let owner = owner.to_owned();
        self.write(move |image| {
            image.meet(&owner, event.received_at);
            Ok(image.accept(&owner, event, runs))
        })
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        self.lock().appends += 1;
        self.write(move |image| image.append(&append))
    }

    fn append_soon(&self, append: Append) {
        if self.death.comes() {
            return;
        }
        let mut inner = self.lock();
        inner.appends += 1;
        if inner.broken.is_none()
            && let Err(error) = inner.now.add(&append)
        {
            inner.now.spoiled.insert(append.run, error);
        }
        // Half the time somebody else's sync takes it along at once.
        if inner.synced.is_some() && inner.appends.is_multiple_of(2) {
            inner.synced = Some(inner.now.clone());
        }
    }

    fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Claimed>, StoreError>> {
        let owner = owner.to_owned();
        self.write(move |image| {
            image.meet(&owner, now);
            Ok(image.claim(&owner, now, limit))
        })
    }

    fn claim_run(
        &self,
        owner: &str,
        run: &RunId,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>> {
        let (owner, run) = (owner.to_owned(), run.clone());
        self.write(move |image| {
            image.meet(&owner, now);
            Ok(image.claim_run(&owner, &run, now))
        })
    }

    fn keep_alive(&self, owner: &str, until: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        let owner = owner.to_owned();
        self.write(move |image| {
            image.owners.insert(owner, until);
            Ok(())
        })
    }

    fn leave(&self, owner: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let owner = owner.to_owned();
        self.write(move |image| {
            image.owners.remove(&owner);
            for kept in image.runs.iter_mut().filter(|kept| kept.run.holder.as_ref() == Some(&owner)) {
                kept.run.holder = None;
            }
            Ok(())
        })
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, StoreError>> {
        self.read(|image| {
            let sleeping = image.runs.iter().filter(|kept| kept.run.status == RunStatus::Sleeping);
            sleeping.filter_map(|kept| kept.run.wake_at).min()
        })
    }

    fn put_recipe(&self, version: RecipeVersion) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write(move |image| {
            image.recipes.insert((version.recipe.clone(), version.version.clone()), version);
            Ok(())
        })
    }

    fn recipe(
        &self,
        recipe: &str,
        version: &str,
    ) -> BoxFuture<'_, Result<Option<RecipeVersion>, StoreError>> {
        let key = (recipe.to_owned(), version.to_owned());
        self.read(move |image| image.recipes.get(&key).cloned())
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, StoreError>> {
        self.read(move |image| {
            let fits = |run: &&Run| {
                filter.recipe.as_ref().is_none_or(|recipe| run.recipe == *recipe)
                    && (filter.statuses.is_empty() || filter.statuses.contains(&run.status))
                    && filter.record.as_ref().is_none_or(|wanted| {
                        run.record.as_ref().is_some_and(|record| {
                            record == wanted || record.split_once(' ').is_some_and(|(_, id)| id == wanted)
                        })
                    })
            };
            image.runs.iter().rev().map(|kept| &kept.run).filter(fits).take(filter.limit).cloned().collect()
        })
    }

    fn run(&self, id: &str) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>> {
        let id = id.to_owned();
        self.read(move |image| {
            let exact = image.runs.iter().position(|kept| kept.run.id.as_str() == id);
            let mut begun =
                (0..image.runs.len()).filter(|at| image.runs[*at].run.id.as_str().starts_with(&id));
            let only = begun.next().filter(|_| begun.next().is_none());
            exact.or(only).map(|at| image.claimed(at))
        })
    }

    fn event(&self, id: &EventId) -> BoxFuture<'_, Result<Option<StoredEvent>, StoreError>> {
        let id = id.clone();
        self.read(move |image| image.events.get(&id).cloned())
    }

    fn note(&self, name: &str) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let name = name.to_owned();
        self.read(move |image| image.notes.get(&name).cloned())
    }

    fn put_note(&self, name: &str, value: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |image| {
            image.notes.insert(name, value);
            Ok(())
        })
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(RunStatus, u64)>, StoreError>> {
        self.read(|image| {
            let count =
                |status: RunStatus| image.runs.iter().filter(|kept| kept.run.status == status).count() as u64;
            let counts = RunStatus::ALL.into_iter().map(|status| (status, count(status)));
            counts.filter(|(_, count)| *count > 0).collect()
        })
    }
}
