//! The store's port: which of its calls write, which read, and where death may come.

use std::sync::Arc;

use bellhop_journal::{
    Accepted, Append, Appended, BoxFuture, Claimed, EventFilter, EventId, Heard, NewEvent, NewRun,
    RecipeVersion, Run, RunFilter, RunId, RunStatus, Signal, Store, StoreError, StoredEvent, Sweep, Swept,
};
use jiff::Timestamp;

use super::MemoryStore;

impl Store for MemoryStore {
    fn accept(
        &self,
        owner: &str,
        event: NewEvent,
        runs: Vec<NewRun>,
    ) -> BoxFuture<'_, Result<Accepted, StoreError>> {
        let owner = owner.to_owned();
        let accepted = self.write(move |image| {
            image.meet(&owner, event.received_at);
            Ok(image.accept(&owner, event, runs))
        });
        let turns = self.time_passes();
        Box::pin(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            accepted.await
        })
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        let mut inner = self.lock();
        inner.appends += 1;
        if inner.busy > 0 {
            inner.busy -= 1;
            return Box::pin(std::future::ready(Err(StoreError::Busy)));
        }
        drop(inner);
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
        let along = inner.chance().unwrap_or(inner.appends as u64).is_multiple_of(2);
        if inner.synced.is_some() && along {
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
        let claimed = self.write(move |image| {
            image.meet(&owner, now);
            Ok(image.claim(&owner, now, limit))
        });
        let turns = std::mem::take(&mut self.lock().claim_takes);
        Box::pin(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            claimed.await
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

    fn signals(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Signal>, StoreError>> {
        let run = run.clone();
        self.read(move |image| {
            let kept = image.runs.iter().find(|kept| kept.run.id == run);
            kept.map_or_else(Vec::new, |kept| kept.signals.clone())
        })
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, StoreError>> {
        self.read(|image| {
            let rests = [RunStatus::Sleeping, RunStatus::Waiting];
            let sleeping = image.runs.iter().filter(|kept| rests.contains(&kept.run.status));
            sleeping.filter_map(|kept| kept.run.wake_at).min()
        })
    }

    fn put_recipe(&self, version: RecipeVersion) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write(move |image| {
            image.recipes.insert((version.recipe.clone(), version.version.clone()), Arc::new(version));
            Ok(())
        })
    }

    fn recipe(
        &self,
        recipe: &str,
        version: &str,
    ) -> BoxFuture<'_, Result<Option<RecipeVersion>, StoreError>> {
        let key = (recipe.to_owned(), version.to_owned());
        self.read(move |image| image.recipes.get(&key).map(|version| RecipeVersion::clone(version)))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, StoreError>> {
        self.read(move |image| {
            let fits = |run: &&Run| {
                filter.recipe.as_ref().is_none_or(|recipe| run.recipe == *recipe)
                    && (filter.statuses.is_empty() && !filter.or_troubled
                        || filter.statuses.contains(&run.status)
                        || filter.or_troubled && run.troubled)
                    && filter.record.as_ref().is_none_or(|wanted| {
                        run.record.as_ref().is_some_and(|record| {
                            record == wanted || record.split_once(' ').is_some_and(|(_, id)| id == wanted)
                        })
                    })
            };
            let about = image.runs.iter().rev().filter(|kept| image.is_about(kept, &filter));
            about.map(|kept| &kept.run).filter(fits).take(filter.limit).cloned().collect()
        })
    }

    fn run(&self, id: &str) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>> {
        let id = id.to_owned();
        self.read(move |image| {
            let exact = image.runs.iter().position(|kept| kept.run.id.as_str() == id);
            let mut begun =
                (0..image.runs.len()).filter(|at| image.runs[*at].run.id.as_str().starts_with(&id));
            let only = begun.next().filter(|_| begun.next().is_none());
            exact.or(only).map(|at| image.shown(at))
        })
    }

    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<Heard>, StoreError>> {
        self.read(move |image| image.heard(&filter))
    }

    fn prune(&self, before: Timestamp, _: Sweep) -> BoxFuture<'_, Result<Swept, StoreError>> {
        self.write(move |image| Ok(image.prune(before)))
    }

    fn event(&self, id: &EventId) -> BoxFuture<'_, Result<Option<StoredEvent>, StoreError>> {
        let id = id.clone();
        self.read(move |image| image.events.get(&id).map(|event| StoredEvent::clone(event)))
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

    fn counts(&self, statuses: &[RunStatus]) -> BoxFuture<'_, Result<Vec<(RunStatus, u64)>, StoreError>> {
        let statuses = statuses.to_vec();
        self.read(move |image| {
            let count =
                |status: RunStatus| image.runs.iter().filter(|kept| kept.run.status == status).count() as u64;
            statuses.iter().map(|status| (*status, count(*status))).collect()
        })
    }
}
