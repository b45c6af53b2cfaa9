//! Takes runs in hand: what others left behind, what has slept long enough, or the one that a person asked for.

use bellhop_journal::RunId;
use rusqlite::{OptionalExtension, params};

use crate::breaking::Refusal;
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

const HOLDER: &str = "
SELECT r.key, o.key, o.name, o.alive_until FROM runs r LEFT JOIN owners o ON o.key = r.owner WHERE r.id = ?1";

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
            claimed.push(self.hand_over(key, owner)?);
        }
        Ok(claimed)
    }

    pub(crate) fn claim_run(
        &mut self,
        owner: &str,
        run: &RunId,
        now: i64,
    ) -> Result<Option<RawClaimed>, Refusal> {
        let owner = self.owner(owner, now)?;
        let found = self
            .connection
            .prepare_cached(HOLDER)?
            .query_row([run.as_str()], |row| {
                let holder: Option<i64> = row.get(1)?;
                let holder = match holder {
                    Some(key) => Some((key, row.get::<_, String>(2)?, row.get::<_, i64>(3)?)),
                    None => None,
                };
                Ok((row.get::<_, i64>(0)?, holder))
            })
            .optional()?;
        let Some((key, holder)) = found else { return Ok(None) };
        if let Some((holder, name, until)) = holder
            && holder != owner
            && !self.is_gone(holder, &name, until, now)?
        {
            return Ok(None);
        }
        self.connection.prepare_cached(TAKE_AS_IT_IS)?.execute(params![key, owner])?;
        Ok(Some(self.hand_over(key, owner)?))
    }
}
