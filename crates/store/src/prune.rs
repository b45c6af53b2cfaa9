//! Forgets what is over and old, a few events at a time, so that a store does not grow for ever and nobody waits for it.
//!
//! Runs are made in one transaction with their event, so the runs of later events have later keys: events and runs are
//! gone through side by side, each once, without an index that every new run would have to pay for.

use bellhop_journal::{Sweep, Swept};
use rusqlite::params;

use crate::breaking::Refusal;
use crate::desk::Desk;
use crate::lookups::Kind;
use crate::read::entry_keys;

/// How many events are looked at in one step.
const EVENTS: i64 = 200;

const OLDEST: &str = "SELECT key, received_at, id FROM events WHERE key > ?1 ORDER BY key LIMIT ?2";

/// The runs of the events up to a key, with whether each is over, and the time of its last entry.
const RUNS: &str = "
SELECT r.key, r.event, r.status BETWEEN 4 AND 7,
    (SELECT n.at FROM entries n WHERE n.key BETWEEN r.key << 24 AND (r.key << 24) + 16777215
     ORDER BY n.key DESC LIMIT 1),
    r.id, r.record_id
FROM runs r WHERE r.key > ?1 ORDER BY r.key";

/// An event that some run has not heard yet stays.
const FORGET_EVENT: &str =
    "DELETE FROM events WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM signals WHERE event = ?1)";

/// A run that may be forgotten with its event, or may not.
struct Candidate {
    key: i64,
    event: i64,
    over: bool,
    id: String,
    record: Option<String>,
}

impl Desk {
    pub(crate) fn prune(&mut self, before: i64, from: Sweep) -> Result<Swept, Refusal> {
        let events: Vec<(i64, i64, String)> = {
            let mut statement = self.connection.prepare_cached(OLDEST)?;
            let rows = statement
                .query_map([from.events, EVENTS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        // Received in order but for clocks that were set: the first that is too young ends it.
        let old: Vec<(i64, &str)> = events
            .iter()
            .take_while(|(_, received_at, _)| *received_at < before)
            .map(|(key, _, id)| (*key, id.as_str()))
            .collect();
        let Some((last, _)) = old.last().copied() else {
            return Ok(Swept { events: 0, runs: 0, next: None });
        };
        let (gone, kept, run) = self.runs_up_to(last, before, from.runs)?;
        for run in &gone {
            let (first, end) = entry_keys(run.key);
            let delete = |sql: &str| self.connection.prepare_cached(sql);
            delete("DELETE FROM entries WHERE key BETWEEN ?1 AND ?2")?.execute([first, end])?;
            delete("DELETE FROM runs WHERE key = ?1")?.execute([run.key])?;
            self.lookups.forget(&self.connection, Kind::Run, &run.id, run.key)?;
            if let Some(record) = &run.record {
                self.lookups.forget(&self.connection, Kind::Record, record, run.key)?;
            }
        }
        let mut events_gone = 0;
        for (key, id) in old.iter().filter(|(key, _)| !kept.contains(key)) {
            if self.connection.prepare_cached(FORGET_EVENT)?.execute(params![key])? > 0 {
                self.lookups.forget(&self.connection, Kind::Event, id, *key)?;
                events_gone += 1;
            }
        }
        let all = old.len() < events.len() || events.len() < usize::try_from(EVENTS).unwrap_or(usize::MAX);
        let next = (!all).then_some(Sweep { events: last, runs: run });
        Ok(Swept { events: events_gone, runs: gone.len() as u64, next })
    }

    /// Of the runs of the events up to `last`: those that may go, the events of those that may not, and the last run.
    fn runs_up_to(
        &self,
        last: i64,
        before: i64,
        from: i64,
    ) -> rusqlite::Result<(Vec<Candidate>, Vec<i64>, i64)> {
        let mut runs: Vec<Candidate> = Vec::new();
        let mut statement = self.connection.prepare_cached(RUNS)?;
        let mut rows = statement.query([from])?;
        while let Some(row) = rows.next()? {
            let (key, event): (i64, i64) = (row.get(0)?, row.get(1)?);
            if event > last {
                break;
            }
            let at: Option<i64> = row.get(3)?;
            let over = row.get::<_, bool>(2)? && at.is_none_or(|at| at < before);
            runs.push(Candidate { key, event, over, id: row.get(4)?, record: row.get(5)? });
        }
        let reached = runs.last().map_or(from, |run| run.key);
        let kept: Vec<i64> = runs.iter().filter(|run| !run.over).map(|run| run.event).collect();
        // All runs of an event go together: what is left of it tells the whole of it.
        runs.retain(|run| !kept.contains(&run.event));
        Ok((runs, kept, reached))
    }
}
