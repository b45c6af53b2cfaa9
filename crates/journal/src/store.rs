//! The port of a store: what the engine needs kept, and what "kept" means. Every implementation passes one
//! conformance suite.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde_json::Value;

use crate::{EventId, Origin, Run, RunFilter, RunId, RunStatus, Stamped, StoredEvent};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An event to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Where it came from. `(origin.source, delivery_id)` is kept once, for ever.
    pub origin: Origin,
    /// The sender's id of it.
    pub delivery_id: String,
    /// Now.
    pub received_at: Timestamp,
    /// The record it is about, as `kind id`.
    pub record: Option<String>,
    /// What recipes see as `trigger`.
    pub data: Value,
    /// Recipes that listen to it and did not run, with the reason: for "why did it not run?".
    pub passed_over: Vec<(String, String)>,
}

/// A run to be made with its event.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// [`RunId::of`] the event and the recipe.
    pub id: RunId,
    /// The recipe.
    pub recipe: String,
    /// Its version, which has been put with [`Store::put_recipe`].
    pub version: String,
    /// Runs of one order key take turns, in the order of their making.
    pub order_key: Option<String>,
    /// Inputs given for this run alone, over the recipe's defaults: an object, or null for none.
    pub inputs: Value,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepted {
    /// New: these of its runs have their turn now and are held by `owner`; the others are queued.
    New(Vec<RunId>),
    /// It was there already; nothing was changed.
    Duplicate,
}

/// Facts to be added to a run's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// The run, held by `owner`.
    pub run: RunId,
    /// Who holds it. A run that has been taken by another refuses with [`StoreError::Taken`].
    pub owner: String,
    /// How many entries the run had before (the first entry has number 0).
    pub after: u64,
    /// The new entries.
    pub entries: Vec<Stamped>,
    /// The run's new standing, where it changes.
    pub turn: Option<Turn>,
}

/// A change of where a run stands. Anything but `Ready` lets go of the hold on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The new status.
    pub status: RunStatus,
    /// For `Sleeping`: when it is due.
    pub wake_at: Option<Timestamp>,
    /// Whether the next run of the same order key may begin: true when this one is over, needs a person, or sleeps in a
    /// `wait`; false for a retry, because order holds under retries.
    pub yields: bool,
    /// One sentence for lists; empty: none.
    pub summary: String,
}

/// What an append led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The run whose turn came by it, now held by the same owner.
    pub next: Option<Claimed>,
}

/// A run taken in hand, with all that is needed to go on with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The run.
    pub run: Run,
    /// Its event.
    pub event: StoredEvent,
    /// Its history so far.
    pub history: Vec<Stamped>,
}

/// One version of a recipe. Runs are pinned to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeVersion {
    /// The recipe's id.
    pub recipe: String,
    /// The version: a digest of the text and what it was checked against.
    pub version: String,
    /// The recipe's text.
    pub text: String,
}

/// Why the store could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// More is waiting to be written than is good: try again in a moment. Nothing was kept.
    #[error("the store has more to write than it can keep up with; try again in a moment")]
    Busy,
    /// The run is held by another process, or has gone on without us.
    #[error("run {0} has been taken over by another process")]
    Taken(RunId),
    /// The store cannot be used any more: disk full, file gone, corrupted. The sentence says what to do.
    #[error("{0}")]
    Broken(String),
}

/// What the engine needs kept. Futures resolve when the thing is on disk and synced, unless said otherwise. What is to be
/// written is taken when the method is called, in the order of the calls; dropping the future takes nothing back.
pub trait Store: Send + Sync {
    /// Keeps an event and makes its runs, in one transaction. A run whose order key has an unfinished earlier run is
    /// queued; the others are held by `owner` from the start.
    fn accept(
        &self,
        owner: &str,
        event: NewEvent,
        runs: Vec<NewRun>,
    ) -> BoxFuture<'_, Result<Accepted, StoreError>>;

    /// Adds entries; resolves when they are synced.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>>;

    /// Adds entries with the next sync that happens anyway, in order with everything else; returns at once. For what
    /// may harmlessly be done again after a crash. A failure shows in the run's next [`Store::append`]. Carries no turn.
    fn append_soon(&self, append: Append);

    /// Takes up to `limit` runs that can go on at `now`: ready ones whose holder is gone, and sleeping ones that are due.
    fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Claimed>, StoreError>>;

    /// Takes one run by id, whatever its status, unless another living owner holds it: for a person's retry, cancel or resolve.
    fn claim_run(
        &self,
        owner: &str,
        run: &RunId,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>>;

    /// Says that `owner` lives until `until`; afterwards its runs may be taken by others. One that has not said so lives for
    /// a minute from its first call; one whose process is known to have ended lives no more.
    fn keep_alive(&self, owner: &str, until: Timestamp) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Lets go of all that `owner` holds, and of it: at a graceful end.
    fn leave(&self, owner: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// When the next sleeping run is due.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, StoreError>>;

    /// Keeps a version of a recipe; again is harmless.
    fn put_recipe(&self, version: RecipeVersion) -> BoxFuture<'_, Result<(), StoreError>>;

    /// A version of a recipe.
    fn recipe(&self, recipe: &str, version: &str)
    -> BoxFuture<'_, Result<Option<RecipeVersion>, StoreError>>;

    /// Runs, the latest first.
    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, StoreError>>;

    /// One run with its event and history; `id` may be a beginning that only one run has.
    fn run(&self, id: &str) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>>;

    /// An event by its id.
    fn event(&self, id: &EventId) -> BoxFuture<'_, Result<Option<StoredEvent>, StoreError>>;

    /// A small named value (a schedule's last firing, a cursor).
    fn note(&self, name: &str) -> BoxFuture<'_, Result<Option<String>, StoreError>>;

    /// Keeps a small named value.
    fn put_note(&self, name: &str, value: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How many runs stand where: for metrics and the end of `demo`.
    fn counts(&self) -> BoxFuture<'_, Result<Vec<(RunStatus, u64)>, StoreError>>;
}
