//! Keys by which recipes tell events that are the same to them: of those with one key only the first makes a run.

use bellhop_journal::{REPEATED, RunId};
use rusqlite::{OptionalExtension, params};

use crate::desk::Desk;
use crate::rows::{EventRow, RunRow};

/// Forgets a few keys that may be forgotten, whenever one is kept.
pub(crate) const FORGET: &str = "
DELETE FROM once_keys WHERE (recipe, key) IN
(SELECT recipe, key FROM once_keys WHERE until < ?1 ORDER BY until LIMIT 8)";

impl Desk {
    /// Takes those runs out whose key an earlier run has, and notes it with the event; keeps the keys of the others.
    pub(crate) fn repeated(
        &mut self,
        event_key: i64,
        event: &EventRow,
        runs: &mut Vec<RunRow>,
    ) -> rusqlite::Result<Vec<RunId>> {
        if runs.iter().all(|run| run.once.is_none()) {
            return Ok(Vec::new());
        }
        self.connection.prepare_cached(FORGET)?.execute([event.received_at])?;
        let mut repeated = Vec::new();
        let mut passed_over: Vec<(String, String)> =
            serde_json::from_str(&event.passed_over).unwrap_or_default();
        let mut kept = Vec::with_capacity(runs.len());
        for run in runs.drain(..) {
            if self.is_repeated(&run, event.received_at)? {
                passed_over.push((run.version.0.clone(), REPEATED.to_owned()));
                repeated.push(run.id);
            } else {
                kept.push(run);
            }
        }
        *runs = kept;
        if !repeated.is_empty()
            && let Ok(text) = serde_json::to_string(&passed_over)
        {
            self.connection
                .prepare_cached("UPDATE events SET passed_over = ?2 WHERE key = ?1")?
                .execute(params![event_key, text])?;
        }
        Ok(repeated)
    }

    fn is_repeated(&self, run: &RunRow, now: i64) -> rusqlite::Result<bool> {
        let Some(once) = &run.once else { return Ok(false) };
        let recipe = &run.version.0;
        let last: Option<i64> = self
            .connection
            .prepare_cached("SELECT at FROM once_keys WHERE recipe = ?1 AND key = ?2")?
            .query_row([recipe, &once.key], |row| row.get(0))
            .optional()?;
        if last.is_some_and(|last| once.since.is_none_or(|since| last >= since)) {
            return Ok(true);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO once_keys (recipe, key, at, until) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (recipe, key) DO UPDATE SET at = excluded.at, until = excluded.until",
            )?
            .execute(params![recipe, once.key, now, once.until])?;
        Ok(false)
    }
}
