//! What the writing thread has before it: the connection, and what it knows by heart so that most appends are a
//! single insert. What it knows holds only while no other process writes; `begin` notices when one did.

use std::collections::HashMap;
use std::sync::Arc;

use bellhop_journal::{RunId, StoreError};
use rusqlite::{Connection, OptionalExtension};

use crate::awaits::AwaitedNames;
use crate::lookups::Lookups;
use crate::owners::Owners;
use crate::place::Place;
use crate::read;
use crate::rows::RawClaimed;

/// A run that an owner in this process holds.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) key: i64,
    /// The owner's key.
    pub(crate) owner: i64,
    /// How many entries it has.
    pub(crate) entries: u64,
    /// Whether it has the turn of its order key.
    pub(crate) turn: bool,
    pub(crate) order_key: Option<Arc<str>>,
    /// Whether it waits for anything outside.
    pub(crate) awaits: bool,
}

/// The state of the writing thread.
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) owners: Owners,
    /// Runs held by owners of this process, as far as they have been met since another process last wrote.
    pub(crate) held: HashMap<RunId, Held>,
    /// Keys of recipe versions by (recipe, version).
    pub(crate) versions: HashMap<(String, String), i64>,
    /// Runs of which something given to `append_soon` could not be kept.
    pub(crate) spoiled: HashMap<RunId, StoreError>,
    /// What events and runs' ends somebody waits for; none: to be read first.
    pub(crate) awaited: Option<AwaitedNames>,
    pub(crate) lookups: Lookups,
    place: Place,
    data_version: i64,
}

impl Desk {
    pub(crate) fn new(connection: Connection, owners: Owners) -> Self {
        Self {
            place: Place::of(&connection),
            connection,
            owners,
            held: HashMap::new(),
            versions: HashMap::new(),
            spoiled: HashMap::new(),
            awaited: None,
            lookups: Lookups::default(),
            data_version: 0,
        }
    }

    /// Begins the transaction that the next writes share.
    pub(crate) fn begin(&mut self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let version =
            self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.data_version = version;
            self.held.clear();
            self.versions.clear();
            self.awaited = None;
            self.lookups.catch_up(&self.connection)?;
        }
        Ok(())
    }

    /// Ends the transaction: returns when it is synced, in a file that will be found again.
    pub(crate) fn commit(&mut self) -> rusqlite::Result<()> {
        self.lookups.tidy(&self.connection)?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.place.check()
    }

    /// What is known of a run that `owner` holds; none: it does not.
    pub(crate) fn held_by(&mut self, run: &RunId, owner: i64) -> rusqlite::Result<Option<&mut Held>> {
        if !self.held.contains_key(run) {
            let Some(key) = self.lookups.run(&self.connection, run.as_str())? else { return Ok(None) };
            let row = self
                .connection
                .prepare_cached("SELECT turn, order_key FROM runs WHERE key = ?1 AND owner = ?2")?
                .query_row((key, owner), |row| {
                    Ok((row.get::<_, i64>(0)? == 1, row.get::<_, Option<String>>(1)?))
                })
                .optional()?;
            let Some((turn, order_key)) = row else { return Ok(None) };
            let entries = read::entries(&self.connection, key)?;
            let order_key = order_key.map(Arc::from);
            let awaits = self.waits(key)?;
            self.held.insert(run.clone(), Held { key, owner, entries, turn, order_key, awaits });
        }
        Ok(self.held.get_mut(run).filter(|held| held.owner == owner))
    }

    /// Loads a run that `owner` has just been given.
    pub(crate) fn hand_over(&mut self, key: i64, owner: i64) -> rusqlite::Result<RawClaimed> {
        let mut claimed = read::claimed(&self.connection, key)?;
        let awaits = self.waits(key)?;
        if awaits {
            claimed.signals = read::signals(&self.connection, key)?;
        }
        let held = Held {
            key,
            owner,
            entries: claimed.entries,
            turn: claimed.run.turn,
            order_key: claimed.run.order_key.as_deref().map(Arc::from),
            awaits,
        };
        let run = RunId::from(claimed.run.id.as_str());
        self.spoiled.remove(&run);
        self.held.insert(run, held);
        Ok(claimed)
    }
}
