//! Copies of a store: made while it is in use, checked before they count, and brought back with care.
//!
//! A copy knows nothing of what was done after it was made. A run that may have gone on since then would do it again, so
//! bringing a copy back stops every such run for a person; only those whose wait ends later than now surely slept all
//! the time. Start at [`back_up`] and [`restore`].

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use bellhop_journal::{Entry, RunStatus, Stamped};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use crate::append::ENTRIES;
use crate::open::{self, OpenError};
use crate::owners::Owners;
use crate::read::{entries, entry_keys};
use crate::rows::{EntriesRow, code};
use crate::schema;

const HELD_BACK: &str = "This run was brought back from a copy of the store, and may have gone on after the copy was made. \
                         Look in the app how far it came; then retry it, or cancel it.";

/// The runs that may have gone on since: all but the finished, those that need a person anyway, and those that sleep
/// beyond now.
const MOVED_ON: &str = "
SELECT key FROM runs
WHERE status IN (0, 1, 8) OR (status = 2 AND (wake_at IS NULL OR wake_at <= ?1))
ORDER BY key";

const HOLD_BACK: &str = "
UPDATE runs SET status = ?2, owner = NULL, turn = 0, wake_at = NULL, summary = ?3 WHERE key = ?1";

/// Why a copy could not be made or brought back. Nothing has been changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no store to copy, or no copy to bring back.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// A copy never replaces a file.
    #[error("{} is there already; give another name, or move it away", .0.display())]
    Exists(PathBuf),
    /// A process works on the store that is to be replaced.
    #[error("a Bellhop process works on {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// The copy is damaged.
    #[error("the copy {} is damaged ({reason}); take another one", path.display())]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// One of the two is no store that can be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The disk says no.
    #[error("{} could not be written: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its size.
    pub bytes: u64,
    /// How many runs are in it.
    pub runs: u64,
}

/// What became of bringing a copy back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many runs are in it.
    pub runs: u64,
    /// How many of them were stopped for a person.
    pub held_back: u64,
    /// Where the store is now that was there before.
    pub before: Option<PathBuf>,
}

/// Copies the store at `store` to the new file `to`, as it is at one moment, while others write to it. The copy has been
/// read through and is on the disk when this returns.
pub fn back_up(store: &Path, to: &Path) -> Result<Copied, BackupError> {
    if !store.is_file() {
        return Err(BackupError::Missing(store.into()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let part = beside(to, ".part");
    let made = write_copy(store, &part).and_then(|copied| {
        settle(&part, to).map_err(|error| failed(to, &error))?;
        Ok(copied)
    });
    if made.is_err() {
        // What was begun is of no use to anybody.
        fs::remove_file(&part).ok();
    }
    made
}

fn write_copy(store: &Path, part: &Path) -> Result<Copied, BackupError> {
    create_private(part).map_err(|error| failed(part, &error))?;
    let source = open::plain(store, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    is_ours(&source, store)?;
    let name = part.to_string_lossy();
    // Into an empty file, in one read transaction: a single moment of the store, and writers need not wait.
    source.execute("VACUUM INTO ?1", [name.as_ref()]).map_err(|error| match error.sqlite_error_code() {
        // What cannot be read is the store, not the copy.
        Some(ErrorCode::DatabaseCorrupt) => {
            OpenError::Damaged { path: store.into(), reason: error.to_string() }.into()
        }
        _ => failed(part, &error),
    })?;
    drop(source);
    let runs = check(part)?;
    let bytes = fs::metadata(part).map_err(|error| failed(part, &error))?.len();
    Ok(Copied { bytes, runs })
}

/// Puts the copy `from` in the place of the store at `store`, which is moved aside, not deleted.
pub fn restore(from: &Path, store: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    if !from.is_file() {
        return Err(BackupError::Missing(from.into()));
    }
    let runs = check(from)?;
    if Owners::beside(store).any_alive() {
        return Err(BackupError::InUse(store.into()));
    }
    let part = beside(store, ".restoring");
    let prepared = prepare(from, &part, now);
    let held_back = match prepared {
        Ok(held_back) => held_back,
        Err(error) => {
            remove_with_log(&part);
            return Err(error);
        }
    };
    let before = move_aside(store, now)?;
    settle(&part, store).map_err(|error| failed(store, &error))?;
    Ok(Restored { runs, held_back, before })
}

/// Makes the new store beside the old one, complete, so that a crash leaves the one or the other.
fn prepare(from: &Path, part: &Path, now: Timestamp) -> Result<u64, BackupError> {
    remove_with_log(part);
    create_private(part).and_then(|_| fs::copy(from, part)).map_err(|error| failed(part, &error))?;
    let log = beside(from, "-wal");
    if log.exists() {
        // Somebody has copied the files themselves: what is only in the log belongs to the store.
        let copied = beside(part, "-wal");
        create_private(&copied)
            .and_then(|_| fs::copy(&log, &copied))
            .map_err(|error| failed(part, &error))?;
    }
    let mut connection = open::writing(part)?;
    let held_back = hold_back(&mut connection, now).map_err(|error| failed(part, &error))?;
    // One file is moved, so nothing may be left in a log beside it.
    connection.pragma_update(None, "journal_mode", "DELETE").map_err(|error| failed(part, &error))?;
    connection.close().map_err(|(_, error)| failed(part, &error))?;
    Ok(held_back)
}

fn hold_back(connection: &mut Connection, now: Timestamp) -> rusqlite::Result<u64> {
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM owners", [])?;
    transaction.execute("UPDATE runs SET owner = NULL WHERE owner IS NOT NULL", [])?;
    let keys: Vec<i64> = {
        let mut statement = transaction.prepare(MOVED_ON)?;
        let keys = statement.query_map([now.as_microsecond()], |row| row.get(0))?;
        keys.collect::<rusqlite::Result<_>>()?
    };
    let halted = Entry::Halted { step: String::new(), message: HELD_BACK.to_owned() };
    let row = EntriesRow::of(&[Stamped { at: now, entry: halted }])
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    for key in &keys {
        let (first, _) = entry_keys(*key);
        let place = first + i64::try_from(entries(&transaction, *key)?).unwrap_or(0);
        transaction.prepare_cached(ENTRIES)?.execute(params![place, 1, row.at, row.body])?;
        transaction.prepare_cached(HOLD_BACK)?.execute(params![
            key,
            code(RunStatus::NeedsAttention),
            HELD_BACK
        ])?;
    }
    transaction.commit()?;
    Ok(keys.len() as u64)
}

/// Reads a copy through; how many runs are in it.
fn check(path: &Path) -> Result<u64, BackupError> {
    let damaged = |reason: String| BackupError::Damaged { path: path.into(), reason };
    let connection = open::plain(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    is_ours(&connection, path)?;
    let said: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if said != "ok" {
        return Err(damaged(said));
    }
    let runs: i64 = connection
        .query_row("SELECT COUNT(*) FROM runs", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    Ok(u64::try_from(runs).unwrap_or(0))
}

fn is_ours(connection: &Connection, path: &Path) -> Result<(), BackupError> {
    let application: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|_| OpenError::NotAStore(path.into()))?;
    if application == schema::APPLICATION { Ok(()) } else { Err(OpenError::NotAStore(path.into()).into()) }
}

/// Moves a store and what lies beside it out of the way; where to.
fn move_aside(store: &Path, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    // A log whose store is gone goes too, or it would be taken for the copy's.
    if !["", "-wal"].iter().any(|log| beside(store, log).exists()) {
        return Ok(None);
    }
    let aside = beside(store, &format!(".before-{}", now.strftime("%Y%m%dT%H%M%S%fZ")));
    for log in ["-wal", "-shm", ""] {
        match fs::rename(beside(store, log), beside(&aside, log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(store, &error)),
            _ => {}
        }
    }
    Ok(Some(aside))
}

/// Gives a complete file its name, on the disk.
fn settle(part: &Path, to: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    #[cfg(unix)]
    if let Some(folder) = to.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Histories are about people: their owner alone reads them.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn remove_with_log(path: &Path) {
    for log in ["", "-wal", "-shm"] {
        // What is not there need not be removed.
        fs::remove_file(beside(path, log)).ok();
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> BackupError {
    BackupError::Failed { path: path.into(), reason: error.to_string() }
}
