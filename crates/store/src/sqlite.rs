//! The store: the journal's port, each call handed to the thread that writes or to one that reads.
//!
//! What is to be written is queued when a method is called, not when its future is first polled; a future that is
//! dropped takes nothing back. So the calls of one caller are written in the order in which they were made.

use std::path::Path;

use bellhop_journal::{
    Accepted, Append, Appended, BoxFuture, Claimed, EventFilter, EventId, Heard, NewEvent, NewRun,
    RecipeVersion, Run, RunFilter, RunId, RunStatus, Signal, Store, StoreError, StoredEvent, Sweep, Swept,
};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::append::AppendRow;
use crate::breaking::{self, Refusal};
use crate::checkpoint::Checkpoints;
use crate::desk::Desk;
use crate::open::{self, OpenError};
use crate::owners::Owners;
use crate::readers::Readers;
use crate::rows::{EntriesRow, EventRow, RawClaimed, RawHeard, RawSignal, RecipeRow, RunRow, time};
use crate::writer::{Reply, Writer};
use crate::{keep, list, lookups, read};

/// How many threads read. Reading is for people and for the start; the work itself reads nothing.
const READERS: usize = 2;

/// What a write weighs in the queue beside its text, in bytes.
const WEIGHT: usize = 256;

/// A store in a SQLite file (with `-wal` and `-shm` beside it, and a folder `-owners`). Dropped: what is queued is
/// written first, and the runs of its owners can be taken over at once.
pub struct SqliteStore {
    // The writer last: the connection that is closed last tidies the log away.
    readers: Option<Readers>,
    checkpoints: Option<Checkpoints>,
    writer: Writer,
    place: String,
}

impl SqliteStore {
    /// Opens the store at `path`; makes the file where there is none, but no folder. Takes a few milliseconds, and up to
    /// two seconds where another program keeps the file locked.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut connection = open::writing(path)?;
        let mut reading = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            reading.push(open::reading(path)?);
        }
        let failed =
            |error: std::io::Error| OpenError::Failed { path: path.into(), reason: error.to_string() };
        let place = path.display().to_string();
        let readers = Readers::start(reading).map_err(failed)?;
        let checkpoints = Checkpoints::take_over(&mut connection, path.into()).map_err(failed)?;
        let desk = Desk::new(connection, Owners::beside(path));
        let writer = Writer::start(desk, place.clone()).map_err(failed)?;
        Ok(Self { readers: Some(readers), checkpoints: Some(checkpoints), writer, place })
    }

    /// A store that is gone when it is dropped: for dry runs and tests.
    pub fn in_memory() -> Result<Self, OpenError> {
        let desk = Desk::new(open::in_memory()?, Owners::alone());
        let place = "in memory".to_owned();
        let writer = Writer::start(desk, place.clone())
            .map_err(|error| OpenError::Failed { path: ":memory:".into(), reason: error.to_string() })?;
        Ok(Self { readers: None, checkpoints: None, writer, place })
    }

    /// Writes what is queued and closes the store; an error where something could not be written.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.readers = None;
        self.checkpoints = None;
        self.writer.close();
        self.writer.broken().map_or(Ok(()), Err)
    }

    fn answer<T: Send + 'static>(
        &self,
        reply: Result<Reply<T>, StoreError>,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        Box::pin(async move {
            match reply?.await {
                Ok(answer) => answer,
                Err(_) => Err(self.writer.stopped()),
            }
        })
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Desk) -> Result<T, Refusal> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        self.answer(self.writer.push(bytes + WEIGHT, work))
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let Some(readers) = &self.readers else {
            return self.write(0, move |desk| Ok(read(&desk.connection)?));
        };
        if let Some(error) = self.writer.broken() {
            return Box::pin(async move { Err(error) });
        }
        let answer = readers.read(read);
        Box::pin(async move {
            match answer.await {
                Ok(Ok(value)) => Ok(value),
                // What SQLite does not complain about is one row's trouble, not the store's.
                Ok(Err(error)) if error.sqlite_error_code().is_none() => {
                    Err(StoreError::Unreadable(breaking::unreadable("something in the store", &error)))
                }
                Ok(Err(error)) => Err(StoreError::Broken(breaking::sentence(&self.place, &error))),
                Err(_) => Err(self.writer.stopped()),
            }
        })
    }
}

impl SqliteStore {
    /// The run that `owner` has been given. One that cannot be read is laid down for a person, so that it keeps no other from
    /// going on; the run whose turn comes by that takes its place.
    async fn readable(&self, owner: &str, raw: RawClaimed) -> Result<Option<Claimed>, StoreError> {
        let mut next = Some(raw);
        while let Some(raw) = next {
            let run = raw.run.id.clone();
            match raw.read() {
                Ok(claimed) => return Ok(Some(claimed)),
                Err(error) => {
                    tracing::error!(%run, "{error}");
                    let (owner, why) = (owner.to_owned(), error.to_string());
                    next = self.write(0, move |desk| desk.set_run_aside(&owner, &run, &why)).await?;
                }
            }
        }
        Ok(None)
    }
}

fn refused<T: Send + 'static>(error: StoreError) -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(async move { Err(error) })
}

fn append_row(append: Append) -> Result<AppendRow, StoreError> {
    Ok(AppendRow {
        entries: EntriesRow::of(&append.entries)?,
        run: append.run,
        owner: append.owner,
        after: append.after,
        turn: append.turn,
    })
}

impl Store for SqliteStore {
    fn accept(
        &self,
        owner: &str,
        event: NewEvent,
        runs: Vec<NewRun>,
    ) -> BoxFuture<'_, Result<Accepted, StoreError>> {
        let rows = EventRow::of(event)
            .and_then(|event| Ok((event, runs.into_iter().map(RunRow::of).collect::<Result<Vec<_>, _>>()?)));
        let (event, runs) = match rows {
            Ok(rows) => rows,
            Err(error) => return refused(error),
        };
        let owner = owner.to_owned();
        let bytes = event.size() + runs.len() * WEIGHT;
        self.answer(self.writer.push_if_room(bytes, move |desk| desk.accept(&owner, &event, runs)))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        let row = match append_row(append) {
            Ok(row) => row,
            Err(error) => return refused(error),
        };
        let owner = row.owner.clone();
        let next = self.write(row.entries.body.len(), move |desk| desk.append(&row));
        Box::pin(async move {
            let (next, woken) = next.await?;
            let next = match next {
                Some(next) => self.readable(&owner, next).await?,
                None => None,
            };
            Ok(Appended { next, woken })
        })
    }

    fn append_soon(&self, append: Append) {
        let run = append.run.clone();
        let queued = match append_row(append) {
            Ok(row) => self.writer.push(row.entries.body.len() + WEIGHT, move |desk| desk.append_soon(&row)),
            Err(error) => self.writer.push(WEIGHT, move |desk| {
                desk.spoiled.entry(run).or_insert(error);
                Ok(())
            }),
        };
        // A store that takes nothing any more says so to the run's next append.
        drop(queued);
    }

    fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Claimed>, StoreError>> {
        let owner = owner.to_owned();
        let holder = owner.clone();
        let claimed = self.write(0, move |desk| desk.claim(&holder, now.as_microsecond(), limit));
        Box::pin(async move {
            let mut runs = Vec::new();
            for raw in claimed.await? {
                runs.extend(self.readable(&owner, raw).await?);
            }
            Ok(runs)
        })
    }

    fn claim_run(
        &self,
        owner: &str,
        run: &RunId,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>> {
        let (owner, run) = (owner.to_owned(), run.clone());
        let (holder, wanted) = (owner.clone(), run.clone());
        let claimed = self.write(0, move |desk| desk.claim_run(&holder, &wanted, now.as_microsecond()));
        Box::pin(async move {
            let Some(raw) = claimed.await? else { return Ok(None) };
            match raw.read() {
                Ok(claimed) => Ok(Some(claimed)),
                Err(error) => {
                    self.write(0, move |desk| desk.drop_run(&owner, &run)).await?;
                    Err(error)
                }
            }
        })
    }

    fn keep_alive(&self, owner: &str, until: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        let owner = owner.to_owned();
        self.write(0, move |desk| desk.keep_alive(&owner, until.as_microsecond()))
    }

    fn leave(&self, owner: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let owner = owner.to_owned();
        self.write(0, move |desk| desk.leave(&owner))
    }

    fn signals(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Signal>, StoreError>> {
        let run = run.clone();
        let signals = self.write(0, move |desk| match desk.lookups.run(&desk.connection, run.as_str())? {
            Some(key) => Ok(read::signals(&desk.connection, key)?),
            None => Ok(Vec::new()),
        });
        Box::pin(async move { signals.await?.into_iter().map(RawSignal::read).collect() })
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, StoreError>> {
        let due = self.read(list::next_due);
        Box::pin(async move { due.await?.map(|at| time("the time of a sleeping run", at)).transpose() })
    }

    fn put_recipe(&self, version: RecipeVersion) -> BoxFuture<'_, Result<(), StoreError>> {
        match RecipeRow::of(version) {
            Ok(row) => self.write(row.text.len(), move |desk| desk.put_recipe(&row)),
            Err(error) => refused(error),
        }
    }

    fn recipe(
        &self,
        recipe: &str,
        version: &str,
    ) -> BoxFuture<'_, Result<Option<RecipeVersion>, StoreError>> {
        let (recipe, version) = (recipe.to_owned(), version.to_owned());
        let found = self.read(move |connection| keep::recipe(connection, recipe, version));
        Box::pin(async move { found.await?.map(RecipeRow::read).transpose() })
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, StoreError>> {
        let runs = self.read(move |connection| list::runs(connection, &filter));
        Box::pin(async move { runs.await?.into_iter().map(crate::rows::RawRun::read).collect() })
    }

    fn run(&self, id: &str) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>> {
        let id = id.to_owned();
        let run = self.read(move |connection| match lookups::runs_like(connection, &id)?[..] {
            [key] => {
                let mut claimed = read::shown(connection, key)?;
                claimed.signals = read::signals(connection, key)?;
                Ok(Some(claimed))
            }
            _ => Ok(None),
        });
        Box::pin(async move { run.await?.map(RawClaimed::read).transpose() })
    }

    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<Heard>, StoreError>> {
        let events = self.read(move |connection| list::events(connection, &filter));
        Box::pin(async move { events.await?.into_iter().map(RawHeard::read).collect() })
    }

    fn prune(&self, before: Timestamp, from: Sweep) -> BoxFuture<'_, Result<Swept, StoreError>> {
        self.write(0, move |desk| desk.prune(before.as_microsecond(), from))
    }

    fn event(&self, id: &EventId) -> BoxFuture<'_, Result<Option<StoredEvent>, StoreError>> {
        let id = id.clone();
        let event = self.write(0, move |desk| match desk.lookups.event(&desk.connection, id.as_str())? {
            Some(key) => Ok(Some(read::event(&desk.connection, key)?)),
            None => Ok(None),
        });
        Box::pin(async move { event.await?.map(crate::rows::RawEvent::read).transpose() })
    }

    fn note(&self, name: &str) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let name = name.to_owned();
        self.read(move |connection| keep::note(connection, &name))
    }

    fn put_note(&self, name: &str, value: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(name.len() + value.len(), move |desk| desk.put_note(&name, &value))
    }

    fn counts(&self, statuses: &[RunStatus]) -> BoxFuture<'_, Result<Vec<(RunStatus, u64)>, StoreError>> {
        let statuses = statuses.to_vec();
        self.read(move |connection| list::counts(connection, statuses))
    }
}
