//! Who is alive. An owner lives as long as its process: while that runs, it keeps a lock on a file of the owner's name,
//! which the system lets go of however the process ends. So a restart after a kill takes over at once, and a process that
//! was stopped in the middle of a call, as with its computer asleep, still has its runs when it goes on: two would make
//! that call. Only where no lock tells (a file system without them, owners of one process) an owner lives until the
//! time it gave.
//!
//! Locks are taken, tried and removed only inside write transactions, of which there is one at a time over all
//! processes: no two of them can disagree about a lock file.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use bellhop_journal::StoreError;
use rusqlite::{OptionalExtension, params};

use crate::breaking::Refusal;
use crate::desk::Desk;

/// How long an owner lives that has not said so itself yet, in microseconds.
const GRACE: i64 = 60 * 1_000_000;

/// The owners of this process.
pub(crate) struct Owners {
    /// Where the lock files are; none: no other process can see the store.
    folder: Option<PathBuf>,
    /// By name: the key, and the lock where the system gave one.
    mine: HashMap<String, (i64, Option<File>)>,
    /// The owners of other processes of which it has been said that they live and give no sign of it.
    silent: HashSet<i64>,
}

/// What became of trying a lock.
enum Lock {
    /// Nobody had it; it is let go of when the file is dropped.
    Free(File),
    /// A living process has it.
    Taken,
    /// This file system has no locks: only the time tells.
    Unknown,
}

impl Owners {
    /// The owners of a store on the file at `path`.
    pub(crate) fn beside(path: &Path) -> Self {
        let mut folder = path.as_os_str().to_owned();
        folder.push("-owners");
        Self { folder: Some(folder.into()), mine: HashMap::new(), silent: HashSet::new() }
    }

    /// The owners of a store that no other process can see.
    pub(crate) fn alone() -> Self {
        Self { folder: None, mine: HashMap::new(), silent: HashSet::new() }
    }

    /// Whether a living process has the lock of any owner.
    pub(crate) fn any_alive(&self) -> bool {
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        let files = entries.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "lock")).any(|path| {
            // A file that is removed in between is nobody's any more.
            matches!(lock(&path), Ok(Lock::Taken))
        })
    }

    /// The key of an owner of this process.
    pub(crate) fn key(&self, name: &str) -> Option<i64> {
        self.mine.get(name).map(|(key, _)| *key)
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        let mut file = String::with_capacity(name.len() + 5);
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
                file.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                write!(file, "%{byte:02x}").ok();
            }
        }
        self.folder.as_ref().map(|folder| folder.join(file + ".lock"))
    }

    fn lock(&self, name: &str) -> Lock {
        let Some(path) = self.file(name) else { return Lock::Unknown };
        match lock(&path) {
            Ok(lock) => lock,
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "no lock for this owner; after a crash its runs wait for its time to pass");
                Lock::Unknown
            }
        }
    }

    fn remove_file(&self, name: &str) {
        // A file left behind is harmless: it is taken for unlocked.
        if let Some(path) = self.file(name) {
            fs::remove_file(path).ok();
        }
    }
}

fn lock(path: &Path) -> io::Result<Lock> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock::Free(file)),
        Err(TryLockError::WouldBlock) => Ok(Lock::Taken),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(Lock::Unknown),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Desk {
    /// The key of `name`, which this process speaks for from now on. What an earlier process of that name held is let
    /// go of.
    pub(crate) fn owner(&mut self, name: &str, now: i64) -> Result<i64, Refusal> {
        if let Some(key) = self.owners.key(name) {
            return Ok(key);
        }
        let lock = match self.owners.lock(name) {
            Lock::Free(file) => Some(file),
            Lock::Unknown => None,
            Lock::Taken => {
                return Err(Refusal::Refused(StoreError::Broken(format!(
                    "another Bellhop process on this store goes by the name {name}; end it, or give this one another name"
                ))));
            }
        };
        let former = self
            .connection
            .prepare_cached("SELECT key FROM owners WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let until = now.saturating_add(GRACE);
        let key = if let Some(key) = former {
            self.let_go(key)?;
            self.connection
                .prepare_cached("UPDATE owners SET alive_until = ?2 WHERE key = ?1")?
                .execute(params![key, until])?;
            key
        } else {
            self.connection
                .prepare_cached("INSERT INTO owners (name, alive_until) VALUES (?1, ?2)")?
                .execute(params![name, until])?;
            self.connection.last_insert_rowid()
        };
        self.owners.mine.insert(name.to_owned(), (key, lock));
        Ok(key)
    }

    pub(crate) fn keep_alive(&mut self, name: &str, until: i64) -> Result<(), Refusal> {
        let key = self.owner(name, until)?;
        self.connection
            .prepare_cached("UPDATE owners SET alive_until = ?2 WHERE key = ?1")?
            .execute(params![key, until])?;
        Ok(())
    }

    pub(crate) fn leave(&mut self, name: &str) -> Result<(), Refusal> {
        // An owner of another process is not this one's to send away.
        let Some((key, lock)) = self.owners.mine.remove(name) else { return Ok(()) };
        self.let_go(key)?;
        self.connection.prepare_cached("DELETE FROM owners WHERE key = ?1")?.execute([key])?;
        self.owners.remove_file(name);
        drop(lock);
        Ok(())
    }

    /// Lets go of the runs of every owner but `own` that lives no more.
    pub(crate) fn bury(&mut self, own: i64, now: i64) -> rusqlite::Result<()> {
        let others: Vec<(i64, String, i64)> = {
            let mut statement = self
                .connection
                .prepare_cached("SELECT key, name, alive_until FROM owners WHERE key <> ?1")?;
            let rows = statement.query_map([own], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for (key, name, until) in others {
            self.is_gone(key, &name, until, now)?;
        }
        Ok(())
    }

    /// Whether that owner lives no more; if so, its runs are let go of.
    pub(crate) fn is_gone(&mut self, key: i64, name: &str, until: i64, now: i64) -> rusqlite::Result<bool> {
        let is_mine = self.owners.key(name).is_some();
        match if is_mine { Lock::Unknown } else { self.owners.lock(name) } {
            Lock::Free(file) => {
                self.let_go(key)?;
                // Its process is gone for good, so nobody knows this key any more.
                self.connection.prepare_cached("DELETE FROM owners WHERE key = ?1")?.execute([key])?;
                self.owners.remove_file(name);
                self.owners.silent.remove(&key);
                drop(file);
                Ok(true)
            }
            Lock::Taken => {
                if until >= now {
                    self.owners.silent.remove(&key);
                } else if self.owners.silent.insert(key) {
                    tracing::warn!(
                        owner = name,
                        "a process gives no sign of life and has not ended; the runs it holds wait for it. If it hangs, end it: they are taken over at once"
                    );
                }
                Ok(false)
            }
            Lock::Unknown if until < now => {
                self.let_go(key)?;
                Ok(true)
            }
            Lock::Unknown => Ok(false),
        }
    }

    fn let_go(&mut self, owner: i64) -> rusqlite::Result<()> {
        let runs = self
            .connection
            .prepare_cached("UPDATE runs SET owner = NULL WHERE owner = ?1")?
            .execute([owner])?;
        if runs > 0 {
            self.held.retain(|_, held| held.owner != owner);
        }
        Ok(())
    }
}
