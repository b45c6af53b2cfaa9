//! A store whose log was changed after it had been written is not opened, and says what to do; one that a crash has left
//! behind is.

use std::path::{Path, PathBuf};

use bellhop_journal::Store as _;
use bellhop_store::{BackupError, OpenError, SqliteStore, back_up, restore};
use jiff::Timestamp;

const HEADER: usize = 32;
const FRAME: usize = 24 + 4_096;
const NOTES: usize = 8;

/// A folder with what a killed process leaves of a store.
struct Killed(tempfile::TempDir);

impl Killed {
    async fn new() -> Self {
        let (running, left) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let store = SqliteStore::open(&running.path().join("bellhop.db")).expect("a store");
        for number in 0..NOTES {
            store.put_note(&format!("note-{number}"), &"words ".repeat(number)).await.expect("it is kept");
        }
        for file in ["bellhop.db", "bellhop.db-wal"] {
            std::fs::copy(running.path().join(file), left.path().join(file)).expect("a copy");
        }
        Self(left)
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("bellhop.db")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("bellhop.db-wal")
    }

    fn flip(&self, at: usize) {
        flip(&self.log(), at);
    }

    /// Everything in the folder.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(self.0.path()).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> =
            paths.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect();
        files.sort();
        files
    }
}

fn flip(log: &Path, at: usize) {
    let mut bytes = std::fs::read(log).expect("a log");
    bytes[at] ^= 0x20;
    std::fs::write(log, bytes).expect("the log");
}

async fn notes(store: &SqliteStore) -> usize {
    let mut found = 0;
    for number in 0..NOTES {
        found += usize::from(store.note(&format!("note-{number}")).await.expect("a store").is_some());
    }
    found
}

fn refusal(path: &Path) -> OpenError {
    SqliteStore::open(path).map(|_| ()).expect_err("it is not opened")
}

#[tokio::test]
async fn what_a_crash_leaves_is_opened_with_all_that_was_confirmed() {
    let killed = Killed::new().await;
    let store = SqliteStore::open(&killed.store()).expect("a store");
    assert_eq!(notes(&store).await, NOTES);
}

#[tokio::test]
async fn a_changed_log_is_refused_and_nothing_is_touched() {
    let killed = Killed::new().await;
    let whole = std::fs::read(killed.log()).expect("a log");
    for at in [0, 20, 30, HEADER + 16, HEADER + 2_000, HEADER + 2 * FRAME + 9, HEADER + 5 * FRAME + 4_000] {
        std::fs::write(killed.log(), &whole).expect("the log");
        killed.flip(at);
        let before = killed.files();
        let error = refusal(&killed.store());
        assert!(matches!(&error, OpenError::DamagedLog { .. }), "byte {at}: {error:?}");
        assert!(error.to_string().contains("bellhop restore"), "{error}");
        let copied = back_up(&killed.store(), &killed.0.path().join("copy.db"));
        assert!(matches!(copied, Err(BackupError::Open(OpenError::DamagedLog { .. }))), "{copied:?}");
        assert_eq!(killed.files(), before, "byte {at}");
    }
}

#[tokio::test]
async fn what_stands_before_the_damage_can_be_saved() {
    let killed = Killed::new().await;
    let length = std::fs::metadata(killed.log()).expect("a log").len();
    killed.flip(usize::try_from(length).expect("a length") - 3 * FRAME);
    let OpenError::DamagedLog { log, whole, .. } = refusal(&killed.store()) else {
        panic!("it is the log that is damaged")
    };
    std::fs::File::options().write(true).open(log).and_then(|file| file.set_len(whole)).expect("it is cut");
    let saved = killed.0.path().join("saved.db");
    back_up(&killed.store(), &saved).expect("a copy");
    restore(&saved, &killed.store(), Timestamp::UNIX_EPOCH).expect("a store");
    let store = SqliteStore::open(&killed.store()).expect("a store");
    let found = notes(&store).await;
    assert!((1..NOTES).contains(&found), "{found}");
}

#[tokio::test]
async fn a_copy_is_brought_back_beside_a_damaged_log() {
    let killed = Killed::new().await;
    let copy = killed.0.path().join("copy.db");
    drop(SqliteStore::open(&copy).expect("a store"));
    killed.flip(HEADER + 100);
    let restored = restore(&copy, &killed.store(), Timestamp::UNIX_EPOCH).expect("a store");
    let mut kept = restored.before.expect("what was there is kept").into_os_string();
    kept.push("-wal");
    assert!(Path::new(&kept).is_file());
    assert!(!killed.log().exists());
    drop(SqliteStore::open(&killed.store()).expect("a store"));
}

#[tokio::test]
async fn beside_a_process_that_is_alive_a_log_is_not_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    for number in 0..NOTES {
        store.put_note(&format!("note-{number}"), "words").await.expect("it is kept");
    }
    // As what is read while another writes: one part older than the other.
    flip(&folder.path().join("bellhop.db-wal"), 20);
    let beside = SqliteStore::open(&path).expect("the other has seen to it that the log is whole");
    assert_eq!(notes(&beside).await, NOTES);
    assert_eq!(notes(&store).await, NOTES);
}

#[tokio::test]
async fn whoever_comes_at_the_same_time_is_refused_as_well() {
    let killed = Killed::new().await;
    killed.flip(HEADER + 100);
    let before = std::fs::read(killed.log()).expect("a log");
    std::thread::scope(|scope| {
        let comers: Vec<_> = (0..8).map(|_| scope.spawn(|| refusal(&killed.store()))).collect();
        for comer in comers {
            let error = comer.join().expect("no panic");
            assert!(matches!(error, OpenError::DamagedLog { .. }), "{error:?}");
        }
    });
    assert_eq!(std::fs::read(killed.log()).expect("a log"), before);
}

#[tokio::test]
async fn the_log_of_a_store_that_is_gone_is_not_thrown_away() {
    let killed = Killed::new().await;
    let log = std::fs::read(killed.log()).expect("a log");
    std::fs::remove_file(killed.store()).expect("the store");
    for _ in 0..2 {
        let error = refusal(&killed.store());
        assert!(matches!(&error, OpenError::LogAlone { .. }), "{error:?}");
        assert!(error.to_string().contains("move the log away"), "{error}");
    }
    assert_eq!(std::fs::read(killed.log()).expect("the log"), log);
}
