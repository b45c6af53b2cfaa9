//! Adds entries to a run's history and changes where it stands. Refuses a writer that does not hold the run or does
//! not know its whole history. When a run gives up the turn of its order key, the oldest queued one gets it in the same
//! transaction, so that no crash can lose a turn.

use std::sync::Arc;

use bellhop_journal::{RunId, RunStatus, StoreError, Turn};
use rusqlite::{OptionalExtension, params};

use crate::breaking::Refusal;
use crate::desk::{Desk, Held};
use crate::read::entry_keys;
use crate::rows::{EntriesRow, RawClaimed, code};

pub(crate) const ENTRIES: &str = "INSERT INTO entries (key, count, at, body) VALUES (?1, ?2, ?3, ?4)";

const BEGINS: &str = "UPDATE runs SET begins = ?2 WHERE key = ?1";

const TURN: &str = "UPDATE runs SET status = ?2, owner = ?3, turn = ?4, wake_at = ?5, summary = ?6, troubled = ?7 WHERE key = ?1";

pub(crate) const NEXT_OF_KEY: &str =
    "SELECT key, id, owner FROM runs WHERE order_key = ?1 AND status = 0 ORDER BY key LIMIT 1";

const GIVE_TURN: &str = "UPDATE runs SET status = 1, turn = 1, owner = ?2 WHERE key = ?1";

/// Entries to be added, as the queue carries them.
pub(crate) struct AppendRow {
    pub(crate) run: RunId,
    pub(crate) owner: String,
    pub(crate) after: u64,
    pub(crate) entries: EntriesRow,
    pub(crate) turn: Option<Turn>,
}

impl Desk {
    /// Adds entries; the answer is the run whose turn came by it, and the runs that have a signal by it.
    pub(crate) fn append(&mut self, append: &AppendRow) -> Result<(Option<RawClaimed>, Vec<RunId>), Refusal> {
        if let Some(error) = self.spoiled.remove(&append.run) {
            return Err(Refusal::Refused(error));
        }
        let held = self.add(append)?;
        match &append.turn {
            Some(turn) => Ok(self.stand(&append.run, held, turn)?),
            None => Ok((None, Vec::new())),
        }
    }

    /// Adds entries for someone who does not wait: a refusal is kept for the run's next append.
    pub(crate) fn append_soon(&mut self, append: &AppendRow) -> Result<(), Refusal> {
        match self.add(append) {
            Ok(_) => Ok(()),
            Err(Refusal::Refused(error)) => {
                self.spoiled.entry(append.run.clone()).or_insert(error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The run as it is after these entries.
    fn add(&mut self, append: &AppendRow) -> Result<Held, Refusal> {
        let taken = || Refusal::Refused(StoreError::Taken(append.run.clone()));
        let owner = self.owners.key(&append.owner).ok_or_else(taken)?;
        let held = self.held_by(&append.run, owner)?.filter(|held| held.entries == append.after);
        let held = held.ok_or_else(taken)?;
        let (first, last) = entry_keys(held.key);
        let place = i64::try_from(held.entries).ok().map(|entries| first + entries);
        let Some(place) = place.filter(|place| *place <= last) else {
            return Err(Refusal::Refused(StoreError::Broken(format!(
                "the history of run {} is as long as the store can keep; split its work over several runs",
                append.run
            ))));
        };
        held.entries += append.entries.count;
        let held = held.clone();
        if append.entries.count > 0 {
            self.connection.prepare_cached(ENTRIES)?.execute(params![
                place,
                i64::try_from(append.entries.count).unwrap_or(i64::MAX),
                append.entries.at,
                append.entries.body,
            ])?;
            if append.entries.begins {
                self.connection.prepare_cached(BEGINS)?.execute([held.key, place])?;
            }
        }
        Ok(held)
    }

    fn stand(
        &mut self,
        run: &RunId,
        mut held: Held,
        turn: &Turn,
    ) -> rusqlite::Result<(Option<RawClaimed>, Vec<RunId>)> {
        let woken = self.settle_awaits(run, &mut held, turn)?;
        // A run that is over always makes room, or its order key would wait for ever.
        let yields = turn.yields || turn.status.is_over();
        let keeps_turn = held.turn && !yields;
        let (status, has_turn) = match turn.status {
            RunStatus::Queued => self.queue(&held, keeps_turn)?,
            status => (status, keeps_turn),
        };
        // What is ready because its turn came is for the next claim; only who asked for `Ready` goes on holding.
        let holds = turn.status == RunStatus::Ready;
        let wake_at = turn.wake_at.map(jiff::Timestamp::as_microsecond);
        let wake_at = match status {
            // It must not rest over something that it has not heard.
            RunStatus::Sleeping | RunStatus::Waiting if woken.contains(run) => Some(0),
            // A sleeper without a time is due at once: a needless look at it, instead of a run that is never seen again.
            RunStatus::Sleeping => Some(wake_at.unwrap_or(0)),
            RunStatus::Waiting => wake_at,
            _ => None,
        };
        self.connection.prepare_cached(TURN)?.execute(params![
            held.key,
            code(status),
            holds.then_some(held.owner),
            i64::from(has_turn),
            wake_at,
            turn.summary,
            turn.troubled.then_some(1),
        ])?;
        if holds {
            if let Some(known) = self.held.get_mut(run) {
                known.turn = has_turn;
                known.awaits = held.awaits;
            }
        } else {
            self.held.remove(run);
        }
        let next = match &held.order_key {
            Some(key) if held.turn && !has_turn => self.pass_on(key, held.owner)?,
            _ => None,
        };
        Ok((next, woken))
    }

    /// Where a run stands that is to wait for its turn: it is ready where it has the turn or nobody has.
    fn queue(&self, held: &Held, has_turn: bool) -> rusqlite::Result<(RunStatus, bool)> {
        match &held.order_key {
            Some(key) if !held.turn && self.turn_is_taken(key)? => Ok((RunStatus::Queued, false)),
            Some(_) => Ok((RunStatus::Ready, true)),
            None => Ok((RunStatus::Ready, has_turn)),
        }
    }

    /// Gives the turn of that key to the oldest queued run. It is `owner`'s from now on, unless someone holds it already
    /// to retry or cancel it: then it is theirs to go on with or to let go of.
    pub(crate) fn pass_on(
        &mut self,
        order_key: &Arc<str>,
        owner: i64,
    ) -> rusqlite::Result<Option<RawClaimed>> {
        let next = self
            .connection
            .prepare_cached(NEXT_OF_KEY)?
            .query_row([&**order_key], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<i64>>(2)?))
            })
            .optional()?;
        let Some((key, id, holder)) = next else { return Ok(None) };
        self.connection.prepare_cached(GIVE_TURN)?.execute(params![key, holder.unwrap_or(owner)])?;
        if holder.is_some() {
            if let Some(held) = self.held.get_mut(&RunId::from(id.as_str())) {
                held.turn = true;
            }
            return Ok(None);
        }
        self.hand_over_or_set_aside(key, owner)
    }
}
