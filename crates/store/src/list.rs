//! Lists and counts runs, for people.

use bellhop_journal::{EventFilter, RunFilter, RunStatus};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::lookups;
use crate::read::{RUNS, event_of, run_of};
use crate::rows::{RawHeard, RawRun, code, record_id};

pub(crate) const NEXT_DUE: &str = "SELECT MIN(wake_at) FROM runs WHERE status = 2 AND owner IS NULL";

pub(crate) const NEXT_DUE_WAITING: &str =
    "SELECT MIN(wake_at) FROM runs WHERE status = 8 AND owner IS NULL AND wake_at IS NOT NULL";

pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM runs WHERE status = ?1";

/// The runs that one statement lists.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Any,
    Status(RunStatus),
    Troubled,
}

/// The runs that the filter lets through, the latest first.
pub(crate) fn runs(connection: &Connection, filter: &RunFilter) -> rusqlite::Result<Vec<RawRun>> {
    // One status at a time: in its index the runs of a status lie in the order of their making.
    let mut kinds: Vec<Kind> = filter.statuses.iter().copied().map(Kind::Status).collect();
    kinds.extend(filter.or_troubled.then_some(Kind::Troubled));
    if kinds.is_empty() {
        kinds.push(Kind::Any);
    }
    let mut found = Vec::new();
    for kind in kinds {
        found.append(&mut of_kind(connection, filter, kind)?);
    }
    found.sort_unstable_by_key(|run| std::cmp::Reverse(run.key));
    found.dedup_by_key(|run| run.key);
    found.truncate(filter.limit);
    Ok(found)
}

/// The statement that lists runs of that filter, and what goes into it.
pub(crate) fn statement(filter: &RunFilter, kind: Kind) -> (String, Vec<Value>) {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    if let Some(record) = &filter.record {
        let (condition, hashed) = lookups::about(record_id(record));
        conditions.push(condition);
        values.extend(hashed);
        conditions.push("r.record_id = ?");
        values.push(Value::from(record_id(record).to_owned()));
        if record.contains(' ') {
            conditions.push("e.record = ?");
            values.push(Value::from(record.clone()));
        }
    }
    // The plus keeps the status' index out where the record's finds less.
    match kind {
        Kind::Any => {}
        Kind::Status(status) => {
            conditions.push(if filter.record.is_some() { "+r.status = ?" } else { "r.status = ?" });
            values.push(Value::from(code(status)));
        }
        Kind::Troubled => {
            conditions.push(if filter.record.is_some() { "+r.troubled = 1" } else { "r.troubled = 1" });
        }
    }
    if let Some(text) = &filter.mentions {
        conditions.push("(r.record_id = ? OR instr(lower(e.data), lower(?)) > 0)");
        values.push(Value::from(text.clone()));
        values.push(Value::from(in_json(text)));
    }
    for (time, condition) in [(filter.since, "e.received_at >= ?"), (filter.until, "e.received_at < ?")] {
        if let Some(time) = time {
            conditions.push(condition);
            values.push(Value::from(time.as_microsecond()));
        }
    }
    if let Some(recipe) = &filter.recipe {
        conditions.push("+r.recipe IN (SELECT key FROM recipes WHERE recipe = ?)");
        values.push(Value::from(recipe.clone()));
    }
    let which =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    values.push(Value::from(i64::try_from(filter.limit).unwrap_or(i64::MAX)));
    (format!("{RUNS}{which} ORDER BY r.key DESC LIMIT ?"), values)
}

fn of_kind(connection: &Connection, filter: &RunFilter, kind: Kind) -> rusqlite::Result<Vec<RawRun>> {
    let (sql, values) = statement(filter, kind);
    connection.prepare_cached(&sql)?.query_map(params_from_iter(values), run_of)?.collect()
}

/// The events that the filter lets through, the latest first.
pub(crate) fn events(connection: &Connection, filter: &EventFilter) -> rusqlite::Result<Vec<RawHeard>> {
    let mut sql =
        "SELECT e.id, e.source, e.name, e.delivery_id, e.received_at, e.record, e.data, e.passed_over
        FROM events e WHERE e.received_at >= ? AND e.received_at < ?"
            .to_owned();
    let bound = |time: Option<jiff::Timestamp>, open| time.map_or(open, jiff::Timestamp::as_microsecond);
    let mut values =
        vec![Value::from(bound(filter.since, i64::MIN)), Value::from(bound(filter.until, i64::MAX))];
    if let Some(text) = &filter.mentions {
        sql.push_str(
            " AND (instr(e.record || ' ', ' ' || ? || ' ') > 0 OR instr(lower(e.data), lower(?)) > 0)",
        );
        values.push(Value::from(text.clone()));
        values.push(Value::from(in_json(text)));
    }
    sql.push_str(" ORDER BY e.key DESC LIMIT ?");
    values.push(Value::from(i64::try_from(filter.limit).unwrap_or(i64::MAX)));
    let heard = |row: &Row<'_>| Ok(RawHeard { event: event_of(row)?, passed_over: row.get(7)? });
    connection.prepare_cached(&sql)?.query_map(params_from_iter(values), heard)?.collect()
}

/// A text as it stands within JSON: what has to be escaped there is.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_start_matches('"').trim_end_matches('"').to_owned()
}

/// How many runs stand so, for each of these.
pub(crate) fn counts(
    connection: &Connection,
    statuses: Vec<RunStatus>,
) -> rusqlite::Result<Vec<(RunStatus, u64)>> {
    let mut statement = connection.prepare_cached(COUNT)?;
    let count = |status| {
        let count: i64 = statement.query_row([code(status)], |row| row.get(0))?;
        Ok((status, u64::try_from(count).unwrap_or(0)))
    };
    statuses.into_iter().map(count).collect()
}

/// When the next sleeping or waiting run is due, in microseconds.
pub(crate) fn next_due(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let due = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0));
    Ok(due(NEXT_DUE)?.into_iter().chain(due(NEXT_DUE_WAITING)?).min())
}
