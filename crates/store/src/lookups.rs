//! Finds rows by the names that people and apps have for them: events and runs by their ids, runs by the id of their
//! record. Decides nothing about what it finds: a name is looked up by a short hash, so whoever asks compares the row.
//!
//! Such names are as good as random, so an index that takes each of them at once touches a page of its own for every
//! entry, and costs more the more there is. Here the latest names are known by heart ([`Lookups`]); when there are many
//! they go into the table in the order of their hashes, which is a few entries to a page. What has not got there yet
//! lies above the keys in `lookup_marks`, where a reader without the writer's memory looks through the rows.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

/// So many names are known by heart before they are moved: a little more than two megabytes.
const YOUNG: usize = 128 * 1024;

/// How many are moved for each new one, so that moving ends before as many have come again; and the least in one
/// transaction.
const PACE: usize = 2;
const SLICE: usize = 64;

/// A store that is so many rows behind is brought forward when it is opened.
pub(crate) const FAR: i64 = 256 * 1024;

/// How many characters of an id's digest are the hash: 45 bits, which SQLite keeps in six bytes.
const CHARACTERS: usize = 9;
const LARGEST: i64 = (1 << 45) - 1;

/// The largest key that a row can have: a million runs a second for seventeen years.
const LARGEST_KEY: i64 = (1 << 49) - 1;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a name is a name of. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The id of an event; found is the event's key.
    Event = 0,
    /// The id of a run; found is the run's key.
    Run = 1,
    /// The id of a run's record; found is the run's key.
    Record = 2,
}

/// Keys of events and of runs up to which something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    events: i64,
    runs: i64,
}

/// A kind, a hash, and the key of a row, ordered so. There are many of them in memory, so they are packed: the kind in two
/// bits, the hash in 45, the key in 49.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry([u8; 12]);

impl Entry {
    fn new(kind: Kind, hash: i64, key: i64) -> Self {
        let packed =
            (kind as u128) << 94 | u128::from(hash.cast_unsigned()) << 49 | u128::from(key.cast_unsigned());
        let [_, _, _, _, packed @ ..] = packed.to_be_bytes();
        Self(packed)
    }

    /// All with that name.
    fn named(kind: Kind, hash: i64) -> RangeInclusive<Self> {
        Self::new(kind, hash, 0)..=Self::new(kind, hash, LARGEST_KEY)
    }

    fn kind(self) -> i64 {
        self.part(94, 0b11)
    }

    fn hash(self) -> i64 {
        self.part(49, LARGEST)
    }

    fn key(self) -> i64 {
        self.part(0, LARGEST_KEY)
    }

    fn part(self, from: u32, mask: i64) -> i64 {
        let mut bytes = [0; 16];
        bytes[4..].copy_from_slice(&self.0);
        let part = u128::from_be_bytes(bytes) >> from & u128::from(mask.cast_unsigned());
        i64::try_from(part).unwrap_or(0)
    }
}

/// What the writing thread knows of names by heart.
#[derive(Debug)]
pub(crate) struct Lookups {
    /// How many it knows by heart before they are moved.
    pub(crate) most: usize,
    young: BTreeSet<Entry>,
    /// On their way into the table; once all are there, everything up to `reached` is.
    moving: BTreeSet<Entry>,
    reached: Marks,
    /// The rows up to which it knows all that are not in the table.
    seen: Marks,
    /// How many have been learnt since some were last moved.
    learnt: usize,
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            most: YOUNG,
            young: BTreeSet::new(),
            moving: BTreeSet::new(),
            reached: Marks::default(),
            seen: Marks::default(),
            learnt: 0,
        }
    }
}

impl Lookups {
    /// The key for a new event or run. Keys only grow, even where the rows with the highest are gone: SQLite's own choice
    /// would begin anew, below the marks.
    pub(crate) fn next_key(&self, kind: Kind) -> i64 {
        1 + if kind == Kind::Event { self.seen.events } else { self.seen.runs }
    }

    /// Learns the name of a new row.
    pub(crate) fn learn(&mut self, kind: Kind, name: &str, key: i64) {
        let seen = if kind == Kind::Event { &mut self.seen.events } else { &mut self.seen.runs };
        *seen = key.max(*seen);
        self.young.insert(Entry::new(kind, hash(name), key));
        self.learnt += 1;
    }

    /// Forgets the name of a row that is deleted.
    pub(crate) fn forget(
        &mut self,
        connection: &Connection,
        kind: Kind,
        name: &str,
        key: i64,
    ) -> rusqlite::Result<()> {
        let entry = Entry::new(kind, hash(name), key);
        self.young.remove(&entry);
        self.moving.remove(&entry);
        connection
            .prepare_cached("DELETE FROM lookups WHERE kind = ?1 AND hash = ?2 AND key = ?3")?
            .execute(params![kind as i64, entry.hash(), key])?;
        Ok(())
    }

    /// The key of the event with that id.
    pub(crate) fn event(&self, connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
        self.first(connection, Kind::Event, id, "SELECT key FROM events WHERE key = ?1 AND id = ?2")
    }

    /// The key of the run with that id.
    pub(crate) fn run(&self, connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
        self.first(connection, Kind::Run, id, "SELECT key FROM runs WHERE key = ?1 AND id = ?2")
    }

    fn first(
        &self,
        connection: &Connection,
        kind: Kind,
        name: &str,
        row: &str,
    ) -> rusqlite::Result<Option<i64>> {
        let hash = hash(name);
        let known = [&self.young, &self.moving]
            .map(|known| known.range(Entry::named(kind, hash)).map(|entry| entry.key()));
        let mut statement = connection.prepare_cached(row)?;
        let mut is_named = |key: i64| statement.query_row(params![key, name], |row| row.get(0)).optional();
        for key in known.into_iter().flatten() {
            if let Some(found) = is_named(key)? {
                return Ok(Some(found));
            }
        }
        let mut table = connection.prepare_cached("SELECT key FROM lookups WHERE kind = ?1 AND hash = ?2")?;
        let mut rows = table.query([kind as i64, hash])?;
        while let Some(row) = rows.next()? {
            if let Some(found) = is_named(row.get(0)?)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Learns what another process has written, or at first all that is not in the table. What was known stays true:
    /// keys only grow.
    pub(crate) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let marks = marks(connection)?;
        let is_new = |entry: &Entry| {
            entry.key() > if entry.kind() == Kind::Event as i64 { marks.events } else { marks.runs }
        };
        self.young.retain(is_new);
        self.moving.retain(is_new);
        let seen = Marks { events: self.seen.events.max(marks.events), runs: self.seen.runs.max(marks.runs) };
        self.seen = seen;
        let known = self.learnt;
        each(connection, seen, Marks { events: i64::MAX, runs: i64::MAX }, &mut |kind, name, key| {
            self.learn(kind, name, key);
        })?;
        if self.learnt - known > SLICE * SLICE {
            // The rows' pages have been read for their names alone, as far as anybody knows.
            connection.execute_batch("PRAGMA shrink_memory")?;
        }
        Ok(())
    }

    /// Moves some of what is known by heart into the table, where it is much.
    pub(crate) fn tidy(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let learnt = std::mem::take(&mut self.learnt);
        if self.moving.is_empty() {
            if self.young.len() < self.most {
                return Ok(());
            }
            self.moving = std::mem::take(&mut self.young);
            self.reached = self.seen;
        }
        let count = SLICE.max(learnt * PACE).min(self.moving.len());
        put(connection, std::iter::from_fn(|| self.moving.pop_first()).take(count))?;
        if self.moving.is_empty() {
            mark(connection, self.reached)?;
        }
        Ok(())
    }
}

/// Brings the table forward by so many rows at a time while it is so far behind, as it is in a store from before it was
/// there.
pub(crate) fn bring_forward(connection: &mut Connection, far: i64) -> rusqlite::Result<()> {
    loop {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let from = marks(&transaction)?;
        let last = |table: &str| {
            transaction.query_row(&format!("SELECT COALESCE(MAX(key), 0) FROM {table}"), [], |row| {
                row.get::<_, i64>(0)
            })
        };
        let last = Marks { events: last("events")?, runs: last("runs")? };
        if last.events - from.events < far && last.runs - from.runs < far {
            return Ok(());
        }
        let to = Marks { events: last.events.min(from.events + far), runs: last.runs.min(from.runs + far) };
        let mut entries = BTreeSet::new();
        each(&transaction, from, to, &mut |kind, name, key| {
            entries.insert(Entry::new(kind, hash(name), key));
        })?;
        put(&transaction, entries.into_iter())?;
        mark(&transaction, to)?;
        transaction.commit()?;
    }
}

/// The keys of at most two runs with that id, or whose id begins so: for a reader without the writer's memory.
pub(crate) fn runs_like(connection: &Connection, id: &str) -> rusqlite::Result<Vec<i64>> {
    const TABLE: &str = "
        SELECT r.key FROM lookups l JOIN runs r ON r.key = l.key
        WHERE l.kind = 1 AND l.hash BETWEEN ?1 AND ?2 AND r.id >= ?3 AND r.id < ?4 LIMIT 2";
    const YOUNG: &str = "
        SELECT key FROM runs
        WHERE key > (SELECT runs FROM lookup_marks) AND id >= ?1 AND id < ?2 LIMIT 2";
    let end = format!("{id}{}", char::MAX);
    let (first, last) = beginning(id);
    let mut table = connection.prepare_cached(TABLE)?;
    let mut young = connection.prepare_cached(YOUNG)?;
    let mut keys: Vec<i64> = table
        .query_map(params![first, last, id, end], |row| row.get(0))?
        .chain(young.query_map([id, &end], |row| row.get(0))?)
        .collect::<rusqlite::Result<_>>()?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// A condition on `r.key` for the runs that may be about a record, and what goes into it.
pub(crate) fn about(record: &str) -> (&'static str, [Value; 2]) {
    const CONDITION: &str = "r.key IN (
        SELECT key FROM lookups WHERE kind = 2 AND hash = ?
        UNION ALL
        SELECT key FROM runs WHERE key > (SELECT runs FROM lookup_marks) AND record_id = ?)";
    (CONDITION, [Value::from(hash(record)), Value::from(record.to_owned())])
}

/// Calls that with every name of the rows between those keys.
fn each(
    connection: &Connection,
    after: Marks,
    to: Marks,
    learn: &mut dyn FnMut(Kind, &str, i64),
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT key, id FROM events WHERE key > ?1 AND key <= ?2")?;
    let mut rows = statement.query([after.events, to.events])?;
    while let Some(row) = rows.next()? {
        learn(Kind::Event, row.get_ref(1)?.as_str()?, row.get(0)?);
    }
    let mut statement =
        connection.prepare_cached("SELECT key, id, record_id FROM runs WHERE key > ?1 AND key <= ?2")?;
    let mut rows = statement.query([after.runs, to.runs])?;
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        learn(Kind::Run, row.get_ref(1)?.as_str()?, key);
        if let Some(record) = row.get_ref(2)?.as_str_or_null()? {
            learn(Kind::Record, record, key);
        }
    }
    Ok(())
}

fn put(connection: &Connection, entries: impl Iterator<Item = Entry>) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO lookups (kind, hash, key) VALUES (?1, ?2, ?3)")?;
    for entry in entries {
        insert.execute(params![entry.kind(), entry.hash(), entry.key()])?;
    }
    Ok(())
}

fn marks(connection: &Connection) -> rusqlite::Result<Marks> {
    connection
        .prepare_cached("SELECT events, runs FROM lookup_marks")?
        .query_row([], |row| Ok(Marks { events: row.get(0)?, runs: row.get(1)? }))
}

fn mark(connection: &Connection, reached: Marks) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE lookup_marks SET events = MAX(events, ?1), runs = MAX(runs, ?2)")?
        .execute([reached.events, reached.runs])?;
    Ok(())
}

/// The beginning of the digest in an id of ours; of any other text its FNV-1a hash, as short.
fn hash(name: &str) -> i64 {
    if let Some((digits, CHARACTERS)) = digits(name) {
        return digits;
    }
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::try_from(hash >> 19).unwrap_or(0)
}

/// Between which hashes the ids lie that begin so.
fn beginning(id: &str) -> (i64, i64) {
    match digits(id) {
        Some((digits, count)) => {
            let open = 5 * (CHARACTERS - count);
            (digits << open, ((digits + 1) << open) - 1)
        }
        None if "run_".starts_with(id) => (0, LARGEST),
        None => (hash(id), hash(id)),
    }
}

/// The number that the first characters behind the `_` of an id are, and how many they are; none: it is no such id.
fn digits(id: &str) -> Option<(i64, usize)> {
    let digest = id.split_once('_')?.1.as_bytes();
    let mut number = 0;
    let mut count = 0;
    for character in digest.iter().take(CHARACTERS) {
        number = number << 5 | i64::try_from(ALPHABET.iter().position(|of| of == character)?).ok()?;
        count += 1;
    }
    Some((number, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_packed_without_loss_and_in_order() {
        let mut all = Vec::new();
        for kind in [Kind::Event, Kind::Run, Kind::Record] {
            for hash in [0, 1, 0x7fff, 0x8000, 1 << 44, LARGEST] {
                for key in [0, 1, 255, i64::from(u32::MAX), 1 << 32, LARGEST_KEY] {
                    all.push((kind as i64, hash, key));
                    let entry = Entry::new(kind, hash, key);
                    assert_eq!((entry.kind(), entry.hash(), entry.key()), (kind as i64, hash, key));
                    assert!(Entry::named(kind, hash).contains(&entry));
                    assert!(!Entry::named(kind, hash ^ 1).contains(&entry));
                }
            }
        }
        let entries: BTreeSet<Entry> = all
            .iter()
            .rev()
            .map(|(kind, hash, key)| {
                let kind = [Kind::Event, Kind::Run, Kind::Record].into_iter().find(|of| *of as i64 == *kind);
                Entry::new(kind.expect("a kind"), *hash, *key)
            })
            .collect();
        let in_order: Vec<_> =
            entries.iter().map(|entry| (entry.kind(), entry.hash(), entry.key())).collect();
        assert_eq!(in_order, all);
    }
}
