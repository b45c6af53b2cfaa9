//! Copies what the log holds into the store's file. Most of it beside the writer, on a thread and a connection of its own:
//! on a slow disk the copying would be the longest that anybody waits for. What has been written meanwhile, the writer
//! itself copies after that, with nobody writing beside it: only then does the log begin anew.
//!
//! Nothing is lost where it does not happen: the log grows, and is read from there.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::open;

/// Copying begins at so many pages of the log (of 4 KiB). Fewer make it frequent, more make it long.
const PAGES: u32 = 2_000;

/// Where the log could not begin anew, since somebody reads for a long time, it is tried again at so many pages more.
const MORE: u32 = 1_000;

/// How far copying is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is to be done. The last time began at so many pages; the log has not begun anew since.
    Idle { begun: u32 },
    /// The thread copies, or is about to.
    Copying,
    /// It has: what came meanwhile is left.
    Copied,
    /// The store is being closed: the thread has ended.
    Closing,
}

/// What the writer is to do after a commit.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Nothing,
    /// Have the thread copy.
    Ask,
    /// Copy by itself.
    Copy,
}

impl Phase {
    /// What is to be done when a commit has left so many pages in the log, and how far copying is then.
    fn after_commit(self, pages: u32) -> (Task, Self) {
        match self {
            Self::Idle { begun } if pages < PAGES => (Task::Nothing, Self::Idle { begun: begun.min(pages) }),
            // It has not begun anew.
            Self::Idle { begun } if begun >= PAGES && pages < begun + MORE => (Task::Nothing, self),
            Self::Idle { .. } => (Task::Ask, Self::Copying),
            Self::Copying => (Task::Nothing, self),
            Self::Copied => (Task::Copy, Self::Idle { begun: pages }),
            Self::Closing => (if pages < PAGES { Task::Nothing } else { Task::Copy }, self),
        }
    }
}

#[derive(Debug)]
struct Shared {
    phase: Mutex<Phase>,
    changed: Condvar,
}

impl Shared {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the writer is to do after a commit that has left so many pages in the log.
    fn after_commit(&self, pages: u32) -> Task {
        let mut phase = self.phase();
        let (task, next) = phase.after_commit(pages);
        *phase = next;
        if task == Task::Ask {
            self.changed.notify_one();
        }
        task
    }

    /// Copies whenever it is asked to, until the store is closed.
    fn serve(&self, path: &Path) {
        let mut tools = None;
        loop {
            let mut phase = self.phase();
            while *phase != Phase::Copying {
                if *phase == Phase::Closing {
                    return;
                }
                phase = self.changed.wait(phase).unwrap_or_else(PoisonError::into_inner);
            }
            drop(phase);
            // The writer copies all of it where this one cannot.
            if let Err(error) = copy(&mut tools, path) {
                tracing::debug!(store = %path.display(), error, "the log is copied by the writer");
            }
            let mut phase = self.phase();
            if *phase == Phase::Copying {
                *phase = Phase::Copied;
            }
        }
    }
}

/// What the thread works with, from the first time on.
struct Tools {
    connection: Connection,
    /// The store's file, to sync it. Never closed before the process ends: closing it would give up the locks that SQLite
    /// has on it, all of the process's.
    file: ManuallyDrop<File>,
}

/// Copies, and syncs what was copied: SQLite does that itself only where nothing was written meanwhile, else it would be
/// left to the writer.
fn copy(tools: &mut Option<Tools>, path: &Path) -> Result<(), String> {
    let tools = if let Some(tools) = tools {
        tools
    } else {
        let connection = open::reading(path).map_err(|error| error.to_string())?;
        let file = ManuallyDrop::new(File::open(path).map_err(|error| error.to_string())?);
        tools.insert(Tools { connection, file })
    };
    tools
        .connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .map_err(|error| error.to_string())?;
    tools.file.sync_data().map_err(|error| error.to_string())
}

/// The thread that copies. Dropped: it has ended, and the writer copies by itself.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Takes the copying over from SQLite, for the store at `path`, which this connection writes to.
    pub(crate) fn take_over(writer: &mut Connection, path: PathBuf) -> io::Result<Self> {
        let shared =
            Arc::new(Shared { phase: Mutex::new(Phase::Idle { begun: 0 }), changed: Condvar::new() });
        let asking = Arc::clone(&shared);
        let hook = move |log: &mut Wal, pages: i32| {
            if asking.after_commit(u32::try_from(pages).unwrap_or(0)) == Task::Copy {
                // What cannot be copied now stays in the log, as with SQLite's own copying.
                log.checkpoint().ok();
            }
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(io::Error::other)?;
        let serving = Arc::clone(&shared);
        let thread =
            thread::Builder::new().name("bellhop-copier".into()).spawn(move || serving.serve(&path))?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        *self.shared.phase() = Phase::Closing;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the writer is told to do after commits that leave so many pages; `None`: the thread has copied.
    fn tasks(commits: &[Option<u32>]) -> Vec<Task> {
        let mut phase = Phase::Idle { begun: 0 };
        let mut tasks = Vec::new();
        for pages in commits {
            let Some(pages) = pages else {
                assert_eq!(phase, Phase::Copying);
                phase = Phase::Copied;
                continue;
            };
            let (task, next) = phase.after_commit(*pages);
            tasks.push(task);
            phase = next;
        }
        tasks
    }

    #[test]
    fn the_thread_copies_first_and_the_writer_ends_it() {
        let round = [Some(10), Some(PAGES), Some(PAGES + 50), None, Some(PAGES + 90)];
        let expected = [Task::Nothing, Task::Ask, Task::Nothing, Task::Copy];
        assert_eq!(tasks(&round), expected);
        // The log has begun anew.
        let twice = tasks(&[round, round].concat());
        assert_eq!(twice[4..], expected);
    }

    #[test]
    fn where_the_log_cannot_begin_anew_it_is_not_tried_with_each_commit() {
        let told = tasks(&[Some(PAGES), None, Some(PAGES + 9), Some(PAGES + 10), Some(PAGES + 9 + MORE)]);
        assert_eq!(told, [Task::Ask, Task::Copy, Task::Nothing, Task::Ask]);
    }

    #[test]
    fn the_log_begins_anew_under_steady_writing_and_the_writer_goes_on_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let mut writer = open::writing(&path).expect("a store");
        let checkpoints = Checkpoints::take_over(&mut writer, path.clone()).expect("a thread");
        writer.pragma_update(None, "synchronous", "OFF").expect("no syncs");
        let log = || std::fs::metadata(folder.path().join("store.db-wal")).expect("a log").len();
        let words = "words ".repeat(600);
        let shared = Arc::clone(&checkpoints.shared);
        let write = |times: u32| {
            let mut meanwhile = 0;
            for number in 0..times {
                // Some are written while it is copied, and not so many that a slow disk makes the log long.
                let copying = || *shared.phase() == Phase::Copying;
                meanwhile = if copying() { meanwhile + 1 } else { 0 };
                while meanwhile > 50 && copying() {
                    thread::yield_now();
                }
                // What stays as it was would not be written.
                let note = ((number % 700).to_string(), format!("{number:06} {words}"));
                writer.execute("REPLACE INTO notes (name, value) VALUES (?1, ?2)", note).expect("written");
            }
        };
        // More than five times what is copied at once.
        write(6_000);
        assert!(log() < 4 * 4_120 * u64::from(PAGES), "{} bytes", log());
        drop(checkpoints);
        write(6_000);
        assert!(log() < 4 * 4_120 * u64::from(PAGES), "{} bytes", log());
    }
}
