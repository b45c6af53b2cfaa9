//! Whether the store's file is still the one that was opened, and so are its log and the log's index. A file that was deleted,
//! moved or replaced goes on taking all that is written, and nobody finds it again after the end of the process; with an
//! index of its own another process writes over what this one has written. It is only noticed here, never mended.

use std::path::PathBuf;

use rusqlite::Connection;

/// Where a store was opened, and which file was there.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// None: it is not known, so nothing is ever noticed.
    file: Option<Identity>,
    /// The log and its index, from when they are there: until the last connection is closed.
    beside: [(PathBuf, Option<Identity>); 2],
}

/// The disk and the number of a file on it.
type Identity = (u64, u64);

impl Place {
    /// The place of this connection's store; one in memory is nowhere.
    pub(crate) fn of(connection: &Connection) -> Self {
        let path = PathBuf::from(connection.path().unwrap_or_default());
        let file = identity(&path);
        let beside = ["-wal", "-shm"].map(|ending| {
            let mut path = path.clone().into_os_string();
            path.push(ending);
            (PathBuf::from(path), None)
        });
        Self { path, file, beside }
    }

    /// An error that `breaking` has a sentence for, unless the same files are there.
    pub(crate) fn check(&mut self) -> rusqlite::Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        if identity(&self.path) != self.file {
            return Err(rusqlite::Error::InvalidPath(self.path.clone()));
        }
        for (path, known) in &mut self.beside {
            let there = identity(path);
            if known.is_some() && there != *known {
                return Err(rusqlite::Error::InvalidPath(path.clone()));
            }
            *known = there;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &std::path::Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere an open file cannot be deleted or replaced.
#[cfg(not(unix))]
fn identity(_: &std::path::Path) -> Option<Identity> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_moved_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("store.db"), folder.path().join("other.db"));
        let connection = Connection::open(&path).expect("a store");
        connection.execute_batch("CREATE TABLE t (a)").expect("written");
        let mut place = Place::of(&connection);
        place.check().expect("it is there");
        std::fs::rename(&path, &other).expect("moved");
        place.check().expect_err("it was moved");
        std::fs::copy(&other, &path).expect("replaced");
        place.check().expect_err("it was replaced");
        std::fs::rename(&other, &path).expect("put back");
        place.check().expect("it is there again");
        Place::of(&Connection::open_in_memory().expect("a store")).check().expect("nothing can be missed");
    }

    #[test]
    fn a_log_or_its_index_that_is_gone_is_noticed() {
        for ending in ["-wal", "-shm"] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("store.db");
            let connection = Connection::open(&path).expect("a store");
            let mut place = Place::of(&connection);
            connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a)").expect("written");
            place.check().expect("they are there");
            connection.execute_batch("CREATE TABLE u (a)").expect("written");
            place.check().expect("they are still there");
            std::fs::remove_file(folder.path().join(format!("store.db{ending}"))).expect("deleted");
            place.check().expect_err(ending);
        }
    }
}
