//! The port of a store: what the engine needs kept, and what "kept" means. Every implementation passes one
//! conformance suite.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Awaited, Entry, EventFilter, EventId, Heard, Origin, Run, RunFilter, RunId, RunStatus, Stamped, StepId,
    StoredEvent, Sweep, Swept,
};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A history of more entries than this is not given whole to people.
pub const LONG: u64 = 10_000;
/// So many entries, or a few more, of a long history's beginning are given.
pub const BEGINNING: u64 = 1_000;

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
    /// The key by which the recipe tells events that are the same to it; none: every event counts.
    pub once: Option<OncePer>,
}

/// A run is made only where no earlier one of its recipe has the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OncePer {
    /// The key.
    pub key: String,
    /// Only runs made at this time or later count; none: all.
    pub since: Option<Timestamp>,
    /// When the key may be forgotten; none: never.
    pub until: Option<Timestamp>,
}

/// Why a run was not made whose key an earlier one had.
pub const REPEATED: &str = "An earlier event with the same `once_per` has started a run already.";

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepted {
    /// It is new, and kept.
    New {
        /// These of its runs have their turn now and are held by `owner`.
        ready: Vec<RunId>,
        /// These were not made, because an earlier run has their key ([`NewRun::once`]). The others are queued.
        repeated: Vec<RunId>,
        /// Earlier runs that waited for such an event: each has a signal now, and can go on as soon as nobody holds it.
        woken: Vec<RunId>,
    },
    /// It was there already; nothing was changed.
    Duplicate,
}

impl Accepted {
    /// A new event, of which these runs have their turn.
    pub fn ready(ready: Vec<RunId>) -> Self {
        Self::New { ready, repeated: Vec::new(), woken: Vec::new() }
    }
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
    /// For `Sleeping`: when it is due. For `Waiting`: the same; none: only a signal makes it due. A run that comes to rest
    /// with unheard signals is due at once, whatever this says.
    pub wake_at: Option<Timestamp>,
    /// Whether the next run of the same order key may begin: true when this one is over, needs a person, or sleeps in a
    /// `wait`; false for a retry, because order holds under retries.
    pub yields: bool,
    /// One sentence for lists; empty: none.
    pub summary: String,
    /// Whether a person is needed while the run waits for something else: [`Run::troubled`] until its next turn.
    pub troubled: bool,
    /// What the run waits for from now on, in the place of all it waited for before; none: as it was. A run that is over
    /// waits for nothing. A wait that was there already keeps its signals; for a new one, events count that were stored
    /// since the time it names, and a run that is over already.
    pub awaits: Option<Vec<Await>>,
    /// Signals up to this number have been dealt with, and are forgotten.
    pub heard: u64,
}

impl Turn {
    /// That status, without a time, without making room for others, and with nothing said; waits stay as they are.
    pub fn to(status: RunStatus) -> Self {
        Self {
            status,
            wake_at: None,
            yields: false,
            summary: String::new(),
            troubled: false,
            awaits: None,
            heard: 0,
        }
    }

    /// The same, making room for the next run of the order key.
    #[must_use]
    pub fn yielding(self) -> Self {
        Self { yields: true, ..self }
    }
}

/// Something outside that a step of a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Await {
    /// The step.
    pub step: StepId,
    /// What it waits for. A person's decision is nothing that a store hears of.
    pub what: Awaited,
}

/// Something that a run waited for has happened, as far as the store can tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Grows with every signal of a store, from 1.
    pub number: u64,
    /// The step that waits.
    pub step: StepId,
    /// The event's data; for another run's end an object of its `run`, `status` and `summary`.
    pub data: Value,
}

/// What an append led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The run whose turn came by it, now held by the same owner.
    pub next: Option<Claimed>,
    /// Runs that have a signal by it and can go on as soon as nobody holds them: those that waited for this one's end; and
    /// this one, where it has signals that it has not heard.
    pub woken: Vec<RunId>,
}

/// A run taken in hand, with all that is needed to go on with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The run.
    pub run: Run,
    /// Its event.
    pub event: StoredEvent,
    /// Its history so far; of a long one what folds to the same: it begins with the last [`crate::Entry::Folded`].
    pub history: Vec<Stamped>,
    /// What it waited for and has happened, in order, as far as it has not been heard yet.
    pub signals: Vec<Signal>,
}

impl Claimed {
    /// How many entries the run has, also those that are not in `history`.
    pub fn entries(&self) -> u64 {
        let mut entries = 0;
        for stamped in &self.history {
            entries = match &stamped.entry {
                Entry::Folded { state } => state.entries,
                _ => entries,
            } + 1;
        }
        entries
    }
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
    /// The shared mappings that it uses, as they were: id and text.
    pub mappings: Vec<(String, String)>,
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
    /// Something kept cannot be read: one run, one event. The sentence names it; all others go on.
    #[error("{0}")]
    Unreadable(String),
    /// The store cannot be used any more: disk full, file gone, corrupted. The sentence says what to do.
    #[error("{0}")]
    Broken(String),
}

/// What the engine needs kept. Futures resolve when the thing is on disk and synced, unless said otherwise. What is to be
/// written is taken when the method is called, in the order of the calls; dropping the future takes nothing back.
pub trait Store: Send + Sync {
    /// Keeps an event, makes its runs and tells the runs that wait for such an event, in one transaction. A run whose
    /// order key has an unfinished earlier run is queued; the others are held by `owner` from the start.
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

    /// Takes up to `limit` runs that can go on at `now`: ready ones whose holder is gone, and sleeping or waiting ones that
    /// are due. One that cannot be read is laid down for a person ([`RunStatus::NeedsAttention`]) and not given out.
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
    /// a minute from its first call; one whose process is known to have ended lives no more, and from one whose process is
    /// known to run nothing is taken, however late it is: it may be in the middle of a call.
    fn keep_alive(&self, owner: &str, until: Timestamp) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Lets go of all that `owner` holds, and of it: at a graceful end.
    fn leave(&self, owner: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The unheard signals of a run, in order.
    fn signals(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Signal>, StoreError>>;

    /// When the next sleeping or waiting run is due.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, StoreError>>;

    /// Keeps a version of a recipe; again is harmless.
    fn put_recipe(&self, version: RecipeVersion) -> BoxFuture<'_, Result<(), StoreError>>;

    /// A version of a recipe.
    fn recipe(&self, recipe: &str, version: &str)
    -> BoxFuture<'_, Result<Option<RecipeVersion>, StoreError>>;

    /// Runs, the latest first.
    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, StoreError>>;

    /// One run with its event and history; `id` may be a beginning that only one run has. Of a history of more than
    /// [`LONG`] entries the middle is left out: it is its beginning, and then what follows from its last
    /// [`crate::Entry::Folded`] on, which says how many entries there were before.
    fn run(&self, id: &str) -> BoxFuture<'_, Result<Option<Claimed>, StoreError>>;

    /// Events, the latest first, with the recipes that passed them over.
    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<Heard>, StoreError>>;

    /// Forgets a few of the oldest: events that were received before `before` and whose runs, if they made any, were all
    /// over before then, with these runs and their histories. What is not over stays, however old. Small enough that
    /// other writes hardly wait for it; call again with what it says is next.
    fn prune(&self, before: Timestamp, from: Sweep) -> BoxFuture<'_, Result<Swept, StoreError>>;

    /// An event by its id.
    fn event(&self, id: &EventId) -> BoxFuture<'_, Result<Option<StoredEvent>, StoreError>>;

    /// A small named value (a schedule's last firing, a cursor).
    fn note(&self, name: &str) -> BoxFuture<'_, Result<Option<String>, StoreError>>;

    /// Keeps a small named value.
    fn put_note(&self, name: &str, value: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How many runs stand so, for each of these: for metrics and the end of `demo`. It costs by how many there are of
    /// them, not by how many others.
    fn counts(&self, statuses: &[RunStatus]) -> BoxFuture<'_, Result<Vec<(RunStatus, u64)>, StoreError>>;
}
