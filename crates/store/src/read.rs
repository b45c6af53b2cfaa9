//! Reads rows: the statements that readers and the writer share. Understands nothing of what it reads.

use bellhop_journal::{BEGINNING, LONG};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::rows::{RawClaimed, RawEvent, RawRun, RawSignal};
use crate::schema::ENTRY_BITS;

/// What a run's row is put together from, then `$more` columns, then `$which` runs. The joins are outer ones so that
/// the run always comes first in the plan.
macro_rules! run_sql {
    ($more:literal, $which:literal) => {
        concat!(
            "SELECT r.key, r.id, p.recipe, p.version, e.id, r.status, e.record, r.order_key, r.inputs,
                e.received_at,
                (SELECT n.at FROM entries n
                 WHERE n.key BETWEEN r.key << 24 AND (r.key << 24) + 16777215
                 ORDER BY n.key DESC LIMIT 1),
                r.wake_at, r.summary, o.name, r.turn, r.troubled",
            $more,
            " FROM runs r
            LEFT JOIN events e ON e.key = r.event
            LEFT JOIN recipes p ON p.key = r.recipe
            LEFT JOIN owners o ON o.key = r.owner",
            $which
        )
    };
}

/// Runs without their events' data: conditions follow.
pub(crate) const RUNS: &str = run_sql!("", "");

const RUN_BY_KEY: &str = run_sql!(", e.source, e.name, e.delivery_id, e.data", " WHERE r.key = ?1");

pub(crate) const HISTORY: &str = "SELECT body FROM entries WHERE key BETWEEN ?1 AND ?2 ORDER BY key";

pub(crate) const LENGTH: &str =
    "SELECT key + count FROM entries WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1";

const EVENT: &str =
    "SELECT id, source, name, delivery_id, received_at, record, data FROM events WHERE key = ?1";

const SIGNALS: &str = "
SELECT s.key, s.step, COALESCE(s.data, e.data) FROM signals s LEFT JOIN events e ON e.key = s.event
WHERE s.run = ?1 ORDER BY s.key";

/// The keys that the entries of a run can have: the first and the last.
pub(crate) fn entry_keys(run: i64) -> (i64, i64) {
    let first = run << ENTRY_BITS;
    (first, first + (1 << ENTRY_BITS) - 1)
}

/// The run in a row that begins with [`RUNS`]'s columns.
pub(crate) fn run_of(row: &Row<'_>) -> rusqlite::Result<RawRun> {
    Ok(RawRun {
        key: row.get(0)?,
        id: row.get(1)?,
        recipe: row.get(2)?,
        version: row.get(3)?,
        event: row.get(4)?,
        status: row.get(5)?,
        record: row.get(6)?,
        order_key: row.get(7)?,
        inputs: row.get(8)?,
        created_at: row.get(9)?,
        last_entry_at: row.get(10)?,
        wake_at: row.get(11)?,
        summary: row.get(12)?,
        holder: row.get(13)?,
        turn: row.get::<_, i64>(14)? == 1,
        troubled: row.get::<_, Option<i64>>(15)? == Some(1),
    })
}

/// A run by its key, with its event and as much of its history as it takes to go on with it.
pub(crate) fn claimed(connection: &Connection, key: i64) -> rusqlite::Result<RawClaimed> {
    let (first, last) = entry_keys(key);
    let begins = begins(connection, key)?.unwrap_or(first);
    with_history(connection, key, &[(begins, last)])
}

/// The same for people: with the whole history, or of a long one the beginning and the end.
pub(crate) fn shown(connection: &Connection, key: i64) -> rusqlite::Result<RawClaimed> {
    let (first, last) = entry_keys(key);
    let beginning = first + i64::try_from(BEGINNING).unwrap_or(0);
    match begins(connection, key)? {
        Some(begins) if begins >= beginning && entries(connection, key)? > LONG => {
            with_history(connection, key, &[(first, beginning - 1), (begins, last)])
        }
        _ => with_history(connection, key, &[(first, last)]),
    }
}

/// The key of the entries that say all that came before, where there are any.
fn begins(connection: &Connection, run: i64) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT begins FROM runs WHERE key = ?1")?.query_row([run], |row| row.get(0))
}

fn with_history(connection: &Connection, key: i64, parts: &[(i64, i64)]) -> rusqlite::Result<RawClaimed> {
    let (run, event) = connection.prepare_cached(RUN_BY_KEY)?.query_row([key], |row| {
        let run = run_of(row)?;
        let event = RawEvent {
            id: run.event.clone(),
            received_at: run.created_at,
            record: run.record.clone(),
            source: row.get(16)?,
            name: row.get(17)?,
            delivery_id: row.get(18)?,
            data: row.get(19)?,
        };
        Ok((run, event))
    })?;
    let mut history = Vec::new();
    let mut statement = connection.prepare_cached(HISTORY)?;
    for (first, last) in parts {
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            history.push(row.get(0)?);
        }
    }
    let entries = entries(connection, key)?;
    Ok(RawClaimed { run, event, history, entries, signals: Vec::new() })
}

/// What a run has not heard, in order.
pub(crate) fn signals(connection: &Connection, run: i64) -> rusqlite::Result<Vec<RawSignal>> {
    connection
        .prepare_cached(SIGNALS)?
        .query_map([run], |row| Ok(RawSignal { number: row.get(0)?, step: row.get(1)?, data: row.get(2)? }))?
        .collect()
}

/// How many entries a run has.
pub(crate) fn entries(connection: &Connection, run: i64) -> rusqlite::Result<u64> {
    let (first, last) = entry_keys(run);
    let end: Option<i64> =
        connection.prepare_cached(LENGTH)?.query_row([first, last], |row| row.get(0)).optional()?;
    Ok(end.map_or(0, |end| u64::try_from(end - first).unwrap_or(0)))
}

/// An event by its key.
pub(crate) fn event(connection: &Connection, key: i64) -> rusqlite::Result<RawEvent> {
    connection.prepare_cached(EVENT)?.query_row([key], event_of)
}

/// The event in a row that begins with [`EVENT`]'s columns.
pub(crate) fn event_of(row: &Row<'_>) -> rusqlite::Result<RawEvent> {
    Ok(RawEvent {
        id: row.get(0)?,
        source: row.get(1)?,
        name: row.get(2)?,
        delivery_id: row.get(3)?,
        received_at: row.get(4)?,
        record: row.get(5)?,
        data: row.get(6)?,
    })
}
