//! Runs that wait for something outside: an event, or another run's end. What they wait for is kept beside them, and
//! whoever brings it leaves them a signal in its own transaction, so that no crash can lose one. Whether the signal ends
//! the wait is not known here: that is asked of the recipe's own condition.
//!
//! Where nobody waits for an event of that name, nothing is read and nothing is written.

use std::collections::{BTreeSet, HashMap};

use bellhop_journal::{Await, Awaited, Only, RunId, RunStatus, Turn};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use crate::desk::{Desk, Held};
use crate::rows::{EventRow, status};

/// The name under which other runs' ends are waited for: no event has one without a dot in it but those of the engine
/// itself, and none of these is called so.
const RUN_END: &str = "run_end";

/// The place of an event's record; places in its data begin with a slash.
const RECORD: &str = "record";

pub(crate) const WAITERS: &str = "
SELECT a.run, a.step, r.id FROM awaits a JOIN runs r ON r.key = a.run
WHERE a.name = ?1 AND a.place = ?2 AND a.value = ?3 AND (a.source IS NULL OR a.source = ?4)";

const SIGNAL: &str = "INSERT INTO signals (run, step, event, data) VALUES (?1, ?2, ?3, ?4)";

const WAKE: &str = "UPDATE runs SET wake_at = 0 WHERE key = ?1 AND status IN (2, 8)";

pub(crate) const NEXT_NAME: &str =
    "SELECT name, place FROM awaits WHERE (name, place) > (?1, ?2) ORDER BY name, place LIMIT 1";

/// Events that came after the run's own, the latest first.
const LATER: &str = "
SELECT key, received_at, name, source, record FROM events
WHERE key > (SELECT event FROM runs WHERE key = ?1) ORDER BY key DESC";

/// The names that are waited for, each with the places in which its events are compared. It may name some that nobody
/// waits for any more.
pub(crate) type AwaitedNames = HashMap<String, BTreeSet<String>>;

/// What is waited for, as a row.
#[derive(PartialEq, Eq)]
struct Row {
    step: String,
    name: String,
    source: Option<String>,
    place: String,
    value: String,
}

impl Row {
    /// The row, with the time since which events count. None: nothing that a store hears of.
    fn of(wait: &Await) -> Option<(Self, i64)> {
        let step = wait.step.clone();
        match &wait.what {
            Awaited::Event(sought) => {
                let (place, value) = match &sought.only {
                    None => (String::new(), String::new()),
                    Some(Only::Record { record }) => (RECORD.to_owned(), record.clone()),
                    Some(Only::Field { pointer, text }) => (pointer.clone(), text.clone()),
                };
                let (name, source) = (sought.name.clone(), sought.connection.clone());
                Some((Self { step, name, source, place, value }, sought.since.as_microsecond()))
            }
            Awaited::Run { run, .. } => {
                let (name, value) = (RUN_END.to_owned(), run.to_string());
                Some((Self { step, name, source: None, place: String::new(), value }, 0))
            }
            Awaited::Approval { .. } => None,
        }
    }
}

/// What stands in that place of an event, where it is a text.
fn value_at(place: &str, record: Option<&str>, data: &Value) -> Option<String> {
    match place {
        "" => Some(String::new()),
        RECORD => record.map(str::to_owned),
        pointer => data.pointer(pointer).and_then(Value::as_str).map(str::to_owned),
    }
}

impl Desk {
    /// Leaves a signal to every run that waits for this event; which runs.
    pub(crate) fn tell_of_event(&mut self, key: i64, event: &EventRow) -> rusqlite::Result<Vec<RunId>> {
        let Some(places) = self.awaited()?.get(&event.name).cloned() else { return Ok(Vec::new()) };
        let data = serde_json::from_str(&event.data).unwrap_or(Value::Null);
        let mut woken = Vec::new();
        for place in places {
            if let Some(value) = value_at(&place, event.record.as_deref(), &data) {
                self.tell((&event.name, &place, &value), &event.source, Some(key), None, &mut woken)?;
            }
        }
        Ok(woken)
    }

    /// Leaves a signal to every run that waits for the end of this one; which runs.
    fn tell_of_end(&mut self, run: &RunId, status: RunStatus, summary: &str) -> rusqlite::Result<Vec<RunId>> {
        let mut woken = Vec::new();
        if self.awaited()?.contains_key(RUN_END) {
            let data = end(run.as_str(), status, summary);
            self.tell((RUN_END, "", run.as_str()), "", None, Some(&data), &mut woken)?;
        }
        Ok(woken)
    }

    /// Leaves a signal to all that wait for this value in this place under this name.
    fn tell(
        &mut self,
        (name, place, value): (&str, &str, &str),
        source: &str,
        event: Option<i64>,
        data: Option<&str>,
        woken: &mut Vec<RunId>,
    ) -> rusqlite::Result<()> {
        let waiters: Vec<(i64, String, String)> = self
            .connection
            .prepare_cached(WAITERS)?
            .query_map(params![name, place, value, source], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        if waiters.is_empty() {
            return self.forget_name(name, place);
        }
        for (run, step, id) in waiters {
            self.signal(run, &step, event, data)?;
            let id = RunId::from(id.as_str());
            if !woken.contains(&id) {
                woken.push(id);
            }
        }
        Ok(())
    }

    fn signal(&self, run: i64, step: &str, event: Option<i64>, data: Option<&str>) -> rusqlite::Result<()> {
        self.connection.prepare_cached(SIGNAL)?.execute(params![run, step, event, data])?;
        self.connection.prepare_cached(WAKE)?.execute([run])?;
        Ok(())
    }

    /// What a change of standing means for what the run waits for; the runs that have a signal by it. It is one of them
    /// itself where it has signals that it has not heard.
    pub(crate) fn settle_awaits(
        &mut self,
        run: &RunId,
        held: &mut Held,
        turn: &Turn,
    ) -> rusqlite::Result<Vec<RunId>> {
        if turn.status.is_over() {
            if held.awaits {
                held.awaits = false;
                self.connection.prepare_cached("DELETE FROM awaits WHERE run = ?1")?.execute([held.key])?;
                self.connection.prepare_cached("DELETE FROM signals WHERE run = ?1")?.execute([held.key])?;
            }
            return self.tell_of_end(run, turn.status, &turn.summary);
        }
        if let Some(awaits) = &turn.awaits
            && (held.awaits || !awaits.is_empty())
        {
            self.replace_awaits(held, awaits)?;
        }
        if !held.awaits {
            return Ok(Vec::new());
        }
        if turn.heard > 0 {
            self.connection
                .prepare_cached("DELETE FROM signals WHERE run = ?1 AND key <= ?2")?
                .execute(params![held.key, i64::try_from(turn.heard).unwrap_or(i64::MAX)])?;
        }
        let unheard =
            self.connection.prepare_cached("SELECT 1 FROM signals WHERE run = ?1")?.exists([held.key])?;
        Ok(if unheard { vec![run.clone()] } else { Vec::new() })
    }

    fn replace_awaits(&mut self, held: &mut Held, awaits: &[Await]) -> rusqlite::Result<()> {
        let wanted: Vec<(Row, i64)> = awaits.iter().filter_map(Row::of).collect();
        let present: Vec<Row> = self
            .connection
            .prepare_cached("SELECT step, name, source, place, value FROM awaits WHERE run = ?1")?
            .query_map([held.key], |row| {
                Ok(Row {
                    step: row.get(0)?,
                    name: row.get(1)?,
                    source: row.get(2)?,
                    place: row.get(3)?,
                    value: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        for gone in present.iter().filter(|row| !wanted.iter().any(|(wanted, _)| wanted == *row)) {
            for delete in [
                "DELETE FROM awaits WHERE run = ?1 AND step = ?2",
                "DELETE FROM signals WHERE run = ?1 AND step = ?2",
            ] {
                self.connection.prepare_cached(delete)?.execute(params![held.key, gone.step])?;
            }
        }
        for (new, since) in wanted.iter().filter(|(row, _)| !present.contains(row)) {
            self.connection
                .prepare_cached(
                    "INSERT INTO awaits (run, step, name, source, place, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![held.key, new.step, new.name, new.source, new.place, new.value])?;
            self.awaited()?.entry(new.name.clone()).or_default().insert(new.place.clone());
            self.look_back(held.key, new, *since)?;
        }
        held.awaits = !wanted.is_empty();
        Ok(())
    }

    /// Leaves signals of what happened before the wait was known here.
    fn look_back(&self, run: i64, wait: &Row, since: i64) -> rusqlite::Result<()> {
        if wait.name == RUN_END {
            let Some(key) = self.lookups.run(&self.connection, &wait.value)? else { return Ok(()) };
            let found = self
                .connection
                .prepare_cached("SELECT status, summary FROM runs WHERE key = ?1")?
                .query_row([key], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
                .optional()?;
            return match found.and_then(|(code, summary)| Some((status(code)?, summary))) {
                Some((status, summary)) if status.is_over() => {
                    self.signal(run, &wait.step, None, Some(&end(&wait.value, status, &summary)))
                }
                _ => Ok(()),
            };
        }
        let mut found = Vec::new();
        let mut statement = self.connection.prepare_cached(LATER)?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? < since {
                break;
            }
            let is_named = row.get_ref(2)?.as_str().is_ok_and(|name| name == wait.name);
            if !is_named
                || wait
                    .source
                    .as_deref()
                    .is_some_and(|source| row.get_ref(3).is_ok_and(|is| is.as_str() != Ok(source)))
            {
                continue;
            }
            let key: i64 = row.get(0)?;
            let record: Option<String> = row.get(4)?;
            let data = if wait.place.starts_with('/') { self.data_of(key)? } else { Value::Null };
            if value_at(&wait.place, record.as_deref(), &data).as_ref() == Some(&wait.value) {
                found.push(key);
            }
        }
        found.iter().rev().try_for_each(|event| self.signal(run, &wait.step, Some(*event), None))
    }

    fn data_of(&self, event: i64) -> rusqlite::Result<Value> {
        let text: String = self
            .connection
            .prepare_cached("SELECT data FROM events WHERE key = ?1")?
            .query_row([event], |row| row.get(0))?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Whether that run waits for anything.
    pub(crate) fn waits(&mut self, run: i64) -> rusqlite::Result<bool> {
        if self.awaited()?.is_empty() {
            return Ok(false);
        }
        self.connection.prepare_cached("SELECT 1 FROM awaits WHERE run = ?1")?.exists([run])
    }

    /// The names that are waited for, read again where another process has written.
    fn awaited(&mut self) -> rusqlite::Result<&mut AwaitedNames> {
        if self.awaited.is_none() {
            self.awaited = Some(names(&self.connection)?);
        }
        Ok(self.awaited.get_or_insert_default())
    }

    /// Nobody was found who waits in that place: notes it where that is so for every value.
    fn forget_name(&mut self, name: &str, place: &str) -> rusqlite::Result<()> {
        let still = self
            .connection
            .prepare_cached("SELECT 1 FROM awaits WHERE name = ?1 AND place = ?2")?
            .exists([name, place])?;
        let awaited = self.awaited()?;
        if !still && let Some(places) = awaited.get_mut(name) {
            places.remove(place);
            if places.is_empty() {
                awaited.remove(name);
            }
        }
        Ok(())
    }
}

/// The names that are waited for. Hops from one to the next in the index, however many wait for each.
fn names(connection: &Connection) -> rusqlite::Result<AwaitedNames> {
    let mut names = AwaitedNames::new();
    let mut last = (String::new(), String::new());
    let mut statement = connection.prepare_cached(NEXT_NAME)?;
    while let Some((name, place)) = statement
        .query_row([&last.0, &last.1], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .optional()?
    {
        names.entry(name.clone()).or_default().insert(place.clone());
        last = (name, place);
    }
    Ok(names)
}

/// What a run learns of another's end.
fn end(run: &str, status: RunStatus, summary: &str) -> String {
    json!({ "run": run, "status": status.name(), "summary": summary }).to_string()
}
