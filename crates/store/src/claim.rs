//! Takes runs in hand: what others left behind, what has slept long enough, or the one that a person asked for.

use std::sync::Arc;

use bellhop_journal::{RunId, StoreError};
use rusqlite::{OptionalExtension, params};

use crate::breaking::{Refusal, unreadable};
use crate::desk::Desk;
use crate::rows::RawClaimed;

pub(crate) const FREE: &str = "SELECT key FROM runs WHERE status = 1 AND owner IS NULL ORDER BY key LIMIT ?1";

pub(crate) const DUE: &str = "
SELECT key FROM runs WHERE status = 2 AND owner IS NULL AND wake_at <= ?1 ORDER BY wake_at LIMIT ?2";

pub(crate) const DUE_WAITING: &str = "
SELECT key FROM runs WHERE status = 8 AND owner IS NULL AND wake_at IS NOT NULL AND wake_at <= ?1
ORDER BY wake_at LIMIT ?2";

const TAKE: &str = "UPDATE runs SET status = 1, wake_at = NULL, owner = ?2 WHERE key = ?1";

const TAKE_AS_IT_IS: &str = "UPDATE runs SET owner = ?2 WHERE key = ?1";

const SET_ASIDE: &str = "UPDATE runs SET status = 3, owner = NULL, turn = 0, wake_at = NULL, troubled = NULL, summary = ?2 WHERE key = ?1";

const DROP: &str = "UPDATE runs SET owner = NULL WHERE key = ?1 AND owner = ?2";

const HOLDER: &str = "
SELECT o.key, o.name, o.alive_until FROM runs r JOIN owners o ON o.key = r.owner WHERE r.key = ?1";

impl Desk {
    pub(crate) fn claim(&mut self, owner: &str, now: i64, limit: usize) -> Result<Vec<RawClaimed>, Refusal> {
        let owner = self.owner(owner, now)?;
        self.bury(owner, now)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut keys: Vec<i64> = self
            .connection
            .prepare_cached(FREE)?
            .query_map([limit], |row| row.get(0))?
            .chain(self.connection.prepare_cached(DUE)?.query_map([now, limit], |row| row.get(0))?)
            .chain(self.connection.prepare_cached(DUE_WAITING)?.query_map([now, limit], |row| row.get(0))?)
            .collect::<rusqlite::Result<_>>()?;
        keys.sort_unstable();
        keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut claimed = Vec::with_capacity(keys.len());
        for key in keys {
            self.connection.prepare_cached(TAKE)?.execute(params![key, owner])?;
            claimed.extend(self.hand_over_or_set_aside(key, owner)?);
        }
        Ok(claimed)
    }

    /// Gives `owner` a run that is theirs already; one that cannot be read is laid down for a person, and the run whose turn
    /// comes by it is given instead, where there is one.
    pub(crate) fn hand_over_or_set_aside(
        &mut self,
        key: i64,
        owner: i64,
    ) -> rusqlite::Result<Option<RawClaimed>> {
        match self.hand_over(key, owner) {
            Ok(claimed) => Ok(Some(claimed)),
            // What SQLite itself complains about is the store's trouble, not the run's.
            Err(error) if error.sqlite_error_code().is_none() => {
                let why = unreadable("this run", &error);
                tracing::error!(run_key = key, "{why}");
                self.set_aside(key, owner, &why)
            }
            Err(error) => Err(error),
        }
    }

    /// Lays a run down for a person that cannot be gone on with; the run whose turn comes by it.
    fn set_aside(&mut self, key: i64, owner: i64, why: &str) -> rusqlite::Result<Option<RawClaimed>> {
        self.held.retain(|_, held| held.key != key);
        let order_key: Option<String> = self
            .connection
            .prepare_cached("SELECT order_key FROM runs WHERE key = ?1 AND turn = 1")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        self.connection.prepare_cached(SET_ASIDE)?.execute(params![key, why])?;
        match order_key {
            Some(order_key) => self.pass_on(&Arc::from(order_key), owner),
            None => Ok(None),
        }
    }

    /// The same for a run of that id, which `owner` holds.
    pub(crate) fn set_run_aside(
        &mut self,
        owner: &str,
        run: &str,
        why: &str,
    ) -> Result<Option<RawClaimed>, Refusal> {
        let Some(owner) = self.owners.key(owner) else { return Ok(None) };
        let Some(key) = self.lookups.run(&self.connection, run)? else { return Ok(None) };
        let is_held = self
            .connection
            .prepare_cached("SELECT 1 FROM runs WHERE key = ?1 AND owner = ?2")?
            .exists(params![key, owner])?;
        if is_held { Ok(self.set_aside(key, owner, why)?) } else { Ok(None) }
    }

    /// Lets go of a run that `owner` holds, as it is.
    pub(crate) fn drop_run(&mut self, owner: &str, run: &RunId) -> Result<(), Refusal> {
        if let Some(owner) = self.owners.key(owner)
            && let Some(key) = self.lookups.run(&self.connection, run.as_str())?
        {
            self.connection.prepare_cached(DROP)?.execute(params![key, owner])?;
            self.held.remove(run);
        }
        Ok(())
    }

    pub(crate) fn claim_run(
        &mut self,
        owner: &str,
        run: &RunId,
        now: i64,
    ) -> Result<Option<RawClaimed>, Refusal> {
        let owner = self.owner(owner, now)?;
        let Some(key) = self.lookups.run(&self.connection, run.as_str())? else { return Ok(None) };
        let holder = self
            .connection
            .prepare_cached(HOLDER)?
            .query_row([key], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })
            .optional()?;
        if let Some((holder, name, until)) = holder
            && holder != owner
            && !self.is_gone(holder, &name, until, now)?
        {
            return Ok(None);
        }
        self.connection.prepare_cached(TAKE_AS_IT_IS)?.execute(params![key, owner])?;
        match self.hand_over(key, owner) {
            Ok(claimed) => Ok(Some(claimed)),
            Err(error) if error.sqlite_error_code().is_none() => {
                self.connection.prepare_cached(DROP)?.execute(params![key, owner])?;
                let why = unreadable(&format!("run {run}"), &error);
                Err(Refusal::Refused(StoreError::Unreadable(why)))
            }
            Err(error) => Err(error.into()),
        }
    }
}
