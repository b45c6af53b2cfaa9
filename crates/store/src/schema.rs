//! What is kept: the tables, as a list of migrations. A store's `user_version` says how many it has had.
//! A migration that has been released is never edited; a change is a further one.
//!
//! Times are microseconds since 1970 and always passed in. Inside, everything refers to integer keys; the ids that
//! people see are looked up once.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a SQLite file as Bellhop's (`Bell` in ASCII).
pub(crate) const APPLICATION: i64 = 0x4265_6C6C;

/// How many bits of an entry's key number it inside its run; the rest is the run's key: one small integer in the index.
pub(crate) const ENTRY_BITS: u32 = 24;

const MIGRATIONS: &[&str] = &["
CREATE TABLE events (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    record TEXT,
    data TEXT NOT NULL,
    passed_over TEXT NOT NULL
);
CREATE UNIQUE INDEX events_id ON events (id);

CREATE TABLE recipes (
    key INTEGER PRIMARY KEY,
    recipe TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT,
    UNIQUE (recipe, version)
);

CREATE TABLE owners (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    alive_until BIGINT NOT NULL
);

-- status: 0 queued, 1 ready, 2 sleeping, 3 needs_attention, 4 succeeded, 5 stopped, 6 failed, 7 cancelled.
-- turn: 1 while the run has the turn of its order key. While any run of a key is queued, exactly one has the turn.
CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    event BIGINT NOT NULL,
    recipe BIGINT NOT NULL,
    status BIGINT NOT NULL,
    owner BIGINT,
    turn BIGINT NOT NULL,
    order_key TEXT,
    wake_at BIGINT,
    record_id TEXT,
    inputs TEXT,
    summary TEXT NOT NULL
);
CREATE UNIQUE INDEX runs_id ON runs (id);
CREATE INDEX runs_status ON runs (status);
CREATE INDEX runs_record ON runs (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX runs_held ON runs (owner) WHERE owner IS NOT NULL;
CREATE INDEX runs_free ON runs (status) WHERE status = 1 AND owner IS NULL;
CREATE INDEX runs_due ON runs (status, wake_at) WHERE status = 2 AND owner IS NULL;
CREATE UNIQUE INDEX runs_turn ON runs (order_key) WHERE turn = 1;
CREATE INDEX runs_queue ON runs (order_key) WHERE status = 0;

-- One row per append: key is run * 2^24 + the number of its first entry; body is a JSON array of its entries; at is
-- the time of its last.
CREATE TABLE entries (
    key INTEGER PRIMARY KEY,
    count BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
", "
-- The shared mappings that a version uses, as a JSON array of [id, text].
ALTER TABLE recipes ADD COLUMN mappings TEXT;

-- status: also 8 waiting.
CREATE INDEX runs_waiting ON runs (status, wake_at) WHERE status = 8 AND owner IS NULL AND wake_at IS NOT NULL;

-- What unfinished runs wait for: an event by its name, or (name run_end) the end of the run whose id is the value.
-- source: only from this connection. place: what is compared with the value: nothing (empty), the event's record
-- (record), or a text in its data (a JSON pointer).
CREATE TABLE awaits (
    run BIGINT NOT NULL,
    step TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT,
    place TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE INDEX awaits_name ON awaits (name, place, value);

-- What came of it and has not been heard by the run yet: an event, or data of its own. Numbers are never given twice.
CREATE TABLE signals (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run BIGINT NOT NULL,
    step TEXT NOT NULL,
    event BIGINT,
    data TEXT
);
CREATE INDEX signals_run ON signals (run);

-- The keys of once_per, with the time of the last run that was made, and when the key may be forgotten.
CREATE TABLE once_keys (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    at BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (recipe, key)
) WITHOUT ROWID;
CREATE INDEX once_keys_until ON once_keys (until) WHERE until IS NOT NULL;
", "
-- The key of the entries from which on a run's history is enough to go on with it; none: all of it.
ALTER TABLE runs ADD COLUMN begins BIGINT;
", "
-- Names by their hashes, in place of three indexes that touched a page of their own for each new row. kind: 0 id of an
-- event, 1 id of a run, 2 id of a run's record.
DROP INDEX events_id;
DROP INDEX runs_id;
DROP INDEX runs_record;
CREATE TABLE lookups (
    kind INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (kind, hash, key)
) WITHOUT ROWID;

-- One row: up to which keys of events and of runs all names are in the table.
CREATE TABLE lookup_marks (
    events BIGINT NOT NULL,
    runs BIGINT NOT NULL
);
INSERT INTO lookup_marks (events, runs) VALUES (0, 0);
", "
-- 1 where a person is needed while the run waits for something else; else none.
ALTER TABLE runs ADD COLUMN troubled BIGINT;
CREATE INDEX runs_troubled ON runs (troubled) WHERE troubled = 1;
", "
-- Appends in the order in which they came, so that those of one transaction lie side by side; before, each was on the
-- page of its run. The index has few bytes for each, and many runs to a page.
CREATE TABLE appends (
    number INTEGER PRIMARY KEY,
    key BIGINT NOT NULL,
    count BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO appends (key, count, at, body) SELECT key, count, at, body FROM entries ORDER BY key;
DROP TABLE entries;
ALTER TABLE appends RENAME TO entries;
CREATE UNIQUE INDEX entries_key ON entries (key);
"];

/// What a file turned out to be, where it cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Another program's database.
    Foreign,
    /// Written by a newer version of this program.
    Newer { found: i64, known: i64 },
    /// SQLite says no.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Brings a store to the present schema, in one transaction; writes nothing where it is there already.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Unusable> {
    if pending(connection)?.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker: what is pending is asked again, now that nobody else can write.
    let steps = pending(&transaction)?;
    if steps.len() < MIGRATIONS.len() {
        // Of a large store this may be the only thing that is heard for minutes.
        tracing::info!(
            store = transaction.path().unwrap_or_default(),
            "an older Bellhop wrote this store: it is brought into the present form, which can take minutes \
             where there are millions of runs"
        );
    }
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()?;
    Ok(())
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn pending(connection: &Connection) -> Result<&'static [&'static str], Unusable> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(Unusable::Foreign);
    }
    usize::try_from(found)
        .ok()
        .and_then(|had| MIGRATIONS.get(had..))
        .ok_or(Unusable::Newer { found, known: known() })
}
