//! Opens a store's connections and says, in words, why one cannot be opened. Keeps nothing itself.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::breaking;
use crate::lookups;
use crate::schema::{self, Unusable};
use crate::wal::{self, Damage};

/// How long a lock of another program is waited for before something is said about it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a log that looks damaged is looked at while another connection has it, and how long that one is waited for
/// each time.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The log is cut back to this size after a burst, in bytes.
const LOG_BYTES: i64 = 32 * 1024 * 1024;

/// Pages that a connection keeps in memory: negative KiB, as SQLite wants it.
const WRITER_CACHE: i64 = -8 * 1024;
const READER_CACHE: i64 = -2 * 1024;

/// Statements that a connection keeps prepared: more than there are in this room.
const STATEMENTS: usize = 64;

/// Why a store could not be opened. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder that should hold it is missing.
    #[error("the folder {} does not exist; create it, or choose another place for the store", .0.display())]
    MissingFolder(PathBuf),
    /// The file or its folder may not be written.
    #[error("Bellhop may not read and write {}; give this user the right to, or choose another place for the store", .0.display())]
    NotAllowed(PathBuf),
    /// It is a folder, another kind of file, or another program's database.
    #[error("{} is not a Bellhop store; move it away, or choose another place for the store. If it was one, its beginning is damaged: bring the last copy back with `bellhop restore COPY`", .0.display())]
    NotAStore(PathBuf),
    /// Another program keeps it locked.
    #[error("{} is locked by another program (a back-up or a database viewer?); close that one and start Bellhop again", .0.display())]
    Locked(PathBuf),
    /// A newer Bellhop has changed its format.
    #[error("{} was written by a newer Bellhop (format {found}, this one knows up to {known}); start the newer one", path.display())]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this version knows.
        known: i64,
    },
    /// It is a Bellhop store, and not whole.
    #[error("{}", breaking::damaged(&path.display(), reason))]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It is empty, and its log is not.
    #[error("the store {} is empty, but its log {} is not: it holds what was confirmed last. Put the store back in its place, or bring the last copy back with `bellhop restore COPY`; to begin anew, move the log away", path.display(), log.display())]
    LogAlone {
        /// The store.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// Its log was changed after it had been written. Nothing was opened, so nothing is lost yet.
    #[error("{}", breaking::damaged_log(&path.display(), &log.display(), *whole, *length))]
    DamagedLog {
        /// The store.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
        /// Up to here the log is whole, in bytes.
        whole: u64,
        /// How long it is, in bytes.
        length: u64,
    },
    /// Anything else.
    #[error("the store {} could not be opened ({reason}); see that the disk has space and the file is whole", path.display())]
    Failed {
        /// The store.
        path: PathBuf,
        /// What was said.
        reason: String,
    },
}

/// The connection that writes, to a file made where there is none.
pub(crate) fn writing(path: &Path) -> Result<Connection, OpenError> {
    create(path)?;
    let mut connection = plain(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    ready_to_write(&mut connection).map_err(|error| unusable(path, error))?;
    Ok(connection)
}

/// The connection to a store that is gone when it is closed.
pub(crate) fn in_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let mut connection =
        Connection::open_in_memory().map_err(|error| unusable(path, Unusable::Sql(error)))?;
    ready_to_write(&mut connection).map_err(|error| unusable(path, error))?;
    Ok(connection)
}

/// A connection that reads, beside one that is open already.
pub(crate) fn reading(path: &Path) -> Result<Connection, OpenError> {
    // A reader has to be able to write the log's index, so read-only is asked for by the pragma and not by the flag.
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let ready = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", READER_CACHE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(())
    };
    ready().map_err(|error| unusable(path, Unusable::Sql(error)))?;
    Ok(connection)
}

/// A connection as SQLite gives it, to a store whose log is not seen to be damaged.
pub(crate) fn plain(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    see_to_the_log(path)?;
    connect(path, flags)
}

/// Refuses a store whose log was changed after it had been written: SQLite would forget what stands behind that place
/// as soon as the log is opened by the first connection. While there are other connections, the log is not read for
/// what is in it, and may be read here in the middle of a change.
fn see_to_the_log(path: &Path) -> Result<(), OpenError> {
    let log = wal::beside(path);
    let look = || match wal::damage(&log) {
        // What may not be read, SQLite says in its own words.
        Err(error) if is_refused(&error) => Ok(None),
        Err(error) => Err(OpenError::Failed { path: path.into(), reason: error.to_string() }),
        Ok(found) => Ok(found),
    };
    // A new store has its first page before it has a log; SQLite deletes the log of one that has none.
    if wal::has_frames(&log) && std::fs::metadata(path).is_ok_and(|store| store.len() == 0) {
        return Err(OpenError::LogAlone { path: path.into(), log });
    }
    if look()?.is_none() {
        return Ok(());
    }
    // Whoever looks has the store for itself meanwhile, so those who come together must not take each other for the
    // process that lives with the store.
    let _turn = turn(&log);
    for _ in 0..LOOKS {
        if look()?.is_none() {
            return Ok(());
        }
        if let Some(_alone) = alone(path)? {
            let Some(Damage { whole, length }) = look()? else { return Ok(()) };
            return Err(OpenError::DamagedLog { path: path.into(), log, whole, length });
        }
    }
    Ok(())
}

/// The log's file, locked while it is open: one after another looks at it closely. SQLite has no locks on this file. None:
/// the file is gone, or its file system has no locks.
fn turn(log: &Path) -> Option<File> {
    // Elsewhere a locked file cannot be read, not even by who has locked it.
    let file = cfg!(unix).then(|| File::open(log).ok()).flatten()?;
    file.lock().is_ok().then_some(file)
}

/// A connection that has the store for itself, and leaves it as it is; none: there are others.
fn alone(path: &Path) -> Result<Option<Connection>, OpenError> {
    let failed = |error| unusable(path, Unusable::Sql(error));
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let have = || -> rusqlite::Result<()> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(BETWEEN_LOOKS)?;
        // The lock is taken with the first reading, before the log is opened, and kept.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
        Ok(())
    };
    match have().map_err(|error| (error.sqlite_error_code(), error)) {
        Ok(()) => Ok(Some(connection)),
        Err((Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _)) => Ok(None),
        // Without the end of its log a store can look as if it were none; that lock is taken before it is looked at.
        Err((Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _)) => Ok(Some(connection)),
        Err((_, error)) => Err(failed(error)),
    }
}

/// A connection as SQLite gives it, with patience for locks.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| unusable(path, Unusable::Sql(error)))?;
    let ready = || -> rusqlite::Result<()> {
        connection.busy_timeout(PATIENCE)?;
        // Or SQLite plans some statements anew whenever another value is bound: a tenth of all that writing costs.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(())
    };
    ready().map_err(|error| unusable(path, Unusable::Sql(error)))?;
    Ok(connection)
}

fn ready_to_write(connection: &mut Connection) -> Result<(), Unusable> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Who owns the file is asked before anything is changed in it.
    let foreign = connection
        .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map(|tables| tables > 0)?
        && connection.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0))?
            != schema::APPLICATION;
    if foreign {
        return Err(Unusable::Foreign);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Each commit is on the disk before the next begins: confirming relies on it, and so does what `wal.rs` concludes.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    schema::migrate(connection)?;
    Ok(lookups::bring_forward(connection, lookups::FAR)?)
}

/// Makes the file where there is none, readable by its owner alone: histories are about people. An existing file is
/// not opened here, because closing it again would drop the locks that SQLite has on it in this process.
fn create(path: &Path) -> Result<(), OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return Err(OpenError::MissingFolder(folder.into()));
    }
    if path.is_dir() {
        return Err(OpenError::NotAStore(path.into()));
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if is_refused(&error) => Err(OpenError::NotAllowed(path.into())),
        Err(error) => Err(OpenError::Failed { path: path.into(), reason: error.to_string() }),
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn unusable(path: &Path, error: Unusable) -> OpenError {
    let path = path.to_owned();
    let error = match error {
        Unusable::Foreign => return OpenError::NotAStore(path),
        Unusable::Newer { found, known } => return OpenError::Newer { path, found, known },
        Unusable::Sql(error) => error,
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotAStore(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, reason: error.to_string() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked(path),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            OpenError::NotAllowed(path)
        }
        _ => OpenError::Failed { path, reason: error.to_string() },
    }
}
