//! Copies of a store: made while it is written to, brought back so that nothing is done twice.

mod support;

use std::path::Path;

use bellhop_journal::{Append, Entry, RunFilter, RunStatus, Stamped, Store, Turn};
use bellhop_store::{BackupError, OpenError, SqliteStore, back_up, restore};
use jiff::Timestamp;
use support::{at, run_id, told};

const OWNER: &str = "one";

async fn accept(store: &SqliteStore, delivery: &str, order_key: Option<&str>) {
    let (event, run) = told(delivery, order_key);
    store.accept(OWNER, event, vec![run]).await.expect("it is kept");
}

async fn rest(store: &SqliteStore, delivery: &str, status: RunStatus, wake_at: Option<Timestamp>) {
    let entry = Entry::StepSkipped { step: "/steps/0".into() };
    let entries = vec![Stamped { at: at(1), entry }];
    let turn = Turn { wake_at, yields: true, ..Turn::to(status) };
    let append = Append { run: run_id(delivery), owner: OWNER.into(), after: 0, entries, turn: Some(turn) };
    store.append(append).await.expect("it is kept");
}

async fn standing(store: &SqliteStore, delivery: &str) -> (RunStatus, usize) {
    let found = store.run(run_id(delivery).as_str()).await.expect("a store").expect("a run");
    (found.run.status, found.history.len())
}

fn failure(result: Result<impl std::fmt::Debug, BackupError>) -> String {
    result.expect_err("it cannot be done").to_string()
}

#[tokio::test]
async fn a_copy_is_one_moment_of_a_store_that_is_written_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("bellhop.db"), folder.path().join("copy.db"));
    let store = SqliteStore::open(&path).expect("a store");
    for number in 0..50 {
        accept(&store, &format!("before-{number}"), None).await;
    }
    let copying = tokio::task::spawn_blocking({
        let (path, copy) = (path.clone(), copy.clone());
        move || back_up(&path, &copy)
    });
    for number in 0..200 {
        accept(&store, &format!("during-{number}"), None).await;
    }
    let copied = copying.await.expect("no panic").expect("a copy");
    assert!((50..=250).contains(&copied.runs), "{copied:?}");
    let copy_store = SqliteStore::open(&copy).expect("the copy is a store");
    let runs = copy_store.runs(RunFilter { limit: 1_000, ..RunFilter::default() }).await.expect("runs");
    assert_eq!(runs.len() as u64, copied.runs);
    for run in runs {
        let whole = copy_store.run(run.id.as_str()).await.expect("a store");
        assert!(whole.is_some(), "every run has its event");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&copy).expect("a file").permissions().mode() & 0o077, 0);
    }
}

#[tokio::test]
async fn what_may_have_gone_on_since_is_held_back_for_a_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("bellhop.db"), folder.path().join("copy.db"));
    let store = SqliteStore::open(&path).expect("a store");
    accept(&store, "ready", Some("key")).await;
    accept(&store, "queued", Some("key")).await;
    for (delivery, status, wake_at) in [
        ("done", RunStatus::Succeeded, None),
        ("woken since", RunStatus::Sleeping, Some(at(50))),
        ("asleep", RunStatus::Sleeping, Some(at(500))),
        ("listening", RunStatus::Waiting, Some(at(500))),
        ("asked", RunStatus::NeedsAttention, None),
    ] {
        accept(&store, delivery, None).await;
        rest(&store, delivery, status, wake_at).await;
    }
    back_up(&path, &copy).expect("a copy");
    // Afterwards everything went on.
    rest(&store, "ready", RunStatus::Succeeded, None).await;
    accept(&store, "later", None).await;
    let refused = failure(restore(&copy, &path, at(100)));
    assert!(refused.contains("stop it first"), "{refused}");
    assert_eq!(standing(&store, "ready").await.0, RunStatus::Succeeded, "nothing was changed");
    store.close().expect("it is closed");

    let restored = restore(&copy, &path, at(100)).expect("it is brought back");
    assert_eq!((restored.runs, restored.held_back), (7, 4));
    let store = SqliteStore::open(&path).expect("a store");
    for (delivery, expected) in [
        ("ready", (RunStatus::NeedsAttention, 1)),
        ("queued", (RunStatus::NeedsAttention, 1)),
        ("done", (RunStatus::Succeeded, 1)),
        ("woken since", (RunStatus::NeedsAttention, 2)),
        ("asleep", (RunStatus::Sleeping, 1)),
        ("listening", (RunStatus::NeedsAttention, 2)),
        ("asked", (RunStatus::NeedsAttention, 1)),
    ] {
        assert_eq!(standing(&store, delivery).await, expected, "{delivery}");
    }
    assert!(store.run(run_id("later").as_str()).await.expect("a store").is_none());
    assert_eq!(store.claim(OWNER, at(100), 100).await.expect("a claim"), []);
    assert_eq!(
        store.claim(OWNER, at(500), 100).await.expect("a claim").len(),
        1,
        "the sleeper wakes in time"
    );
    // A person can take each of them in hand, and the turn of the key is nobody's.
    let taken = store.claim_run(OWNER, &run_id("ready"), at(500)).await.expect("a store").expect("free");
    assert!(matches!(&taken.history[0].entry, Entry::Halted { message, .. } if message.contains("copy")));
    accept(&store, "newer", Some("key")).await;
    assert_eq!(standing(&store, "newer").await.0, RunStatus::Ready);

    let before = restored.before.expect("the old store was moved aside");
    let before = SqliteStore::open(&before).expect("it is whole");
    assert_eq!(standing(&before, "ready").await.0, RunStatus::Succeeded);
    assert!(before.run(run_id("later").as_str()).await.expect("a store").is_some());
}

#[tokio::test]
async fn what_is_no_good_copy_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_folder = |name: &str| folder.path().join(name);
    let (path, copy) = (in_folder("bellhop.db"), in_folder("copy.db"));
    assert!(matches!(back_up(&path, &copy), Err(BackupError::Missing(_))));
    let store = SqliteStore::open(&path).expect("a store");
    for number in 0..200 {
        accept(&store, &number.to_string(), None).await;
    }
    back_up(&path, &copy).expect("a copy");
    assert!(matches!(back_up(&path, &copy), Err(BackupError::Exists(_))));
    assert!(back_up(&path, &in_folder("missing/copy.db")).is_err());
    store.close().expect("it is closed");

    let mut bytes = std::fs::read(&copy).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(in_folder("damaged.db"), &bytes).expect("written");
    std::fs::write(in_folder("short.db"), &bytes[..middle]).expect("written");
    std::fs::write(in_folder("text.db"), "not a database, but some longer text").expect("written");
    std::fs::write(in_folder("empty.db"), "").expect("written");
    let whole = std::fs::read(&path).expect("a file");
    for name in ["damaged.db", "short.db", "text.db", "empty.db", "nowhere.db"] {
        let result = restore(&in_folder(name), &path, at(1));
        let told = failure(result);
        assert!(told.contains(name), "{told}");
        assert_eq!(std::fs::read(&path).expect("a file"), whole, "{name}");
    }
    let foreign = restore(&in_folder("text.db"), &path, at(1));
    assert!(matches!(foreign, Err(BackupError::Open(OpenError::NotAStore(_)))), "{foreign:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains(".part") || name.contains(".restoring"))
        .collect();
    assert_eq!(left, [""; 0]);
    assert!(Path::new(&path).exists());
}

#[tokio::test]
async fn a_log_belongs_to_its_own_store_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_folder = |name: &str| folder.path().join(name);
    let (path, by_hand) = (in_folder("bellhop.db"), in_folder("by-hand.db"));
    let store = SqliteStore::open(&path).expect("a store");
    accept(&store, "one", None).await;
    // Copied as a person does it, both files while it is in use: the event is only in the log.
    for log in ["", "-wal"] {
        std::fs::copy(in_folder(&format!("bellhop.db{log}")), in_folder(&format!("by-hand.db{log}")))
            .expect("copied");
    }
    accept(&store, "two", None).await;
    let log_of_two = std::fs::read(in_folder("bellhop.db-wal")).expect("a log");
    store.close().expect("it is closed");

    // The store is gone and its log is left.
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(in_folder("bellhop.db-wal"), log_of_two).expect("written");
    let restored = restore(&by_hand, &path, at(9)).expect("it is brought back");
    assert_eq!(restored.runs, 1);
    assert!(restored.before.is_some(), "the log is moved aside");
    let store = SqliteStore::open(&path).expect("the store again");
    assert_eq!(standing(&store, "one").await.0, RunStatus::NeedsAttention);
    assert_eq!(store.run(run_id("two").as_str()).await, Ok(None));
}
