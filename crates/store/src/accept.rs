//! Keeps an event and makes its runs. An event that is there already changes nothing, however many deliver it at once:
//! one thread looks for its id and keeps it. The ids of an event's runs follow from its own, so they are new as well.

use std::sync::Arc;

use bellhop_journal::{Accepted, RunId, RunStatus};
use rusqlite::{OptionalExtension, params};

use crate::breaking::Refusal;
use crate::desk::{Desk, Held};
use crate::lookups::Kind;
use crate::rows::{EventRow, RunRow, code, record_id};

const EVENT: &str = "
INSERT INTO events (key, id, source, name, delivery_id, received_at, record, data, passed_over)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const RUN: &str = "
INSERT INTO runs (key, id, event, recipe, status, owner, turn, order_key, record_id, inputs, summary)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, '')";

pub(crate) const TURN_IS_TAKEN: &str = "SELECT 1 FROM runs WHERE order_key = ?1 AND turn = 1";

impl Desk {
    pub(crate) fn accept(
        &mut self,
        owner: &str,
        event: &EventRow,
        mut runs: Vec<RunRow>,
    ) -> Result<Accepted, Refusal> {
        if self.lookups.event(&self.connection, event.id.as_str())?.is_some() {
            return Ok(Accepted::Duplicate);
        }
        let owner = self.owner(owner, event.received_at)?;
        let event_key = self.lookups.next_key(Kind::Event);
        self.connection.prepare_cached(EVENT)?.execute(params![
            event_key,
            event.id.as_str(),
            event.source,
            event.name,
            event.delivery_id,
            event.received_at,
            event.record,
            event.data,
            event.passed_over,
        ])?;
        self.lookups.learn(Kind::Event, event.id.as_str(), event_key);
        let repeated = self.repeated(event_key, event, &mut runs)?;
        let woken = self.tell_of_event(event_key, event)?;
        let record = event.record.as_deref().map(record_id);
        let mut ready = Vec::with_capacity(runs.len());
        for run in runs {
            if let Some(id) = self.make(owner, event_key, record, run)? {
                ready.push(id);
            }
        }
        Ok(Accepted::New { ready, repeated, woken })
    }

    /// Makes a run; its id where it has its turn at once.
    fn make(
        &mut self,
        owner: i64,
        event: i64,
        record: Option<&str>,
        run: RunRow,
    ) -> rusqlite::Result<Option<RunId>> {
        let version = self.version(run.version)?;
        let waits = match &run.order_key {
            Some(key) => self.turn_is_taken(key)?,
            None => false,
        };
        let turn = run.order_key.is_some() && !waits;
        let status = if waits { RunStatus::Queued } else { RunStatus::Ready };
        let holder = (!waits).then_some(owner);
        let key = self.lookups.next_key(Kind::Run);
        self.connection.prepare_cached(RUN)?.execute(params![
            key,
            run.id.as_str(),
            event,
            version,
            code(status),
            holder,
            i64::from(turn),
            run.order_key,
            record,
            run.inputs,
        ])?;
        self.lookups.learn(Kind::Run, run.id.as_str(), key);
        if let Some(record) = record {
            self.lookups.learn(Kind::Record, record, key);
        }
        if waits {
            return Ok(None);
        }
        let order_key = run.order_key.map(Arc::from);
        self.held.insert(run.id.clone(), Held { key, owner, entries: 0, turn, order_key, awaits: false });
        Ok(Some(run.id))
    }

    /// Whether a run has the turn of that order key.
    pub(crate) fn turn_is_taken(&self, order_key: &str) -> rusqlite::Result<bool> {
        self.connection.prepare_cached(TURN_IS_TAKEN)?.exists([order_key])
    }

    /// The key of a recipe version; one that has not been put yet gets its place, without a text.
    fn version(&mut self, version: (String, String)) -> rusqlite::Result<i64> {
        if let Some(key) = self.versions.get(&version) {
            return Ok(*key);
        }
        let (recipe, name) = &version;
        let known = self
            .connection
            .prepare_cached("SELECT key FROM recipes WHERE recipe = ?1 AND version = ?2")?
            .query_row([recipe, name], |row| row.get(0))
            .optional()?;
        let key = if let Some(key) = known {
            key
        } else {
            self.connection
                .prepare_cached("INSERT INTO recipes (recipe, version) VALUES (?1, ?2)")?
                .execute([recipe, name])?;
            self.connection.last_insert_rowid()
        };
        self.versions.insert(version, key);
        Ok(key)
    }
}
