//! What shows only from inside: that commits are shared, that a failure confirms nothing, that new events are refused
//! before anything else is, and that no look-up walks through all runs.

use std::sync::mpsc;

use bellhop_journal::{
    Accepted, Append, Entry, NewEvent, NewRun, Origin, RunFilter, RunId, RunStatus, Stamped, Store,
    StoreError,
};
use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use crate::breaking::Refusal;
use crate::desk::Desk;
use crate::{SqliteStore, accept, append, awaits, claim, list, once, read, schema};

fn event(delivery: usize, words: &str) -> NewEvent {
    NewEvent {
        origin: Origin { source: "contacts".into(), name: "contacts.contact_created".into() },
        delivery_id: format!("w{delivery}"),
        received_at: Timestamp::UNIX_EPOCH,
        record: None,
        data: json!({ "words": words }),
        passed_over: Vec::new(),
    }
}

fn runs(ids: &[RunId]) -> Vec<NewRun> {
    let run = |id: &RunId| NewRun {
        id: id.clone(),
        recipe: "route".into(),
        version: "v1".into(),
        order_key: None,
        inputs: Value::Null,
        once: None,
    };
    ids.iter().map(run).collect()
}

/// Holds the writing thread up until the returned end is dropped, so that a queue forms behind it.
fn hold_up(store: &SqliteStore) -> mpsc::Sender<()> {
    let (go_on, wait) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let held = store.write(0, move |_| {
        begun.send(()).ok();
        wait.recv().ok();
        Ok(())
    });
    drop(held);
    begins.recv().expect("the writer begins");
    go_on
}

fn fail(_: &mut Desk) -> Result<(), Refusal> {
    Err(Refusal::Sql(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC),
        None,
    )))
}

#[tokio::test]
async fn what_waits_shares_a_commit_and_its_failure_confirms_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    assert!(store.accept("a", event(0, ""), Vec::new()).await.is_ok());

    let go_on = hold_up(&store);
    let waiting: Vec<_> =
        (1..100).map(|delivery| store.accept("a", event(delivery, ""), Vec::new())).collect();
    let failing = store.write(0, fail);
    let behind = store.accept("a", event(100, ""), Vec::new());
    drop(go_on);
    for answer in waiting {
        assert!(matches!(answer.await, Err(StoreError::Broken(_))), "it was in the commit that failed");
    }
    assert!(failing.await.is_err());
    let Err(StoreError::Broken(words)) = behind.await else { panic!("it was confirmed") };
    assert!(words.contains("check the disk"), "{words}");

    // From here on everything is refused, with the same words.
    let refused = Err(StoreError::Broken(words.clone()));
    assert_eq!(store.accept("a", event(101, ""), Vec::new()).await, refused);
    assert_eq!(store.note("cursor").await, Err(StoreError::Broken(words.clone())));
    assert_eq!(store.close(), Err(StoreError::Broken(words)));

    let store = SqliteStore::open(&path).expect("the store again");
    assert_eq!(store.accept("b", event(0, ""), Vec::new()).await, Ok(Accepted::Duplicate));
    for delivery in 1..=101 {
        let again = store.accept("b", event(delivery, ""), Vec::new()).await;
        assert_eq!(again, Ok(Accepted::ready(Vec::new())), "delivery {delivery}");
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_store_and_keeps_what_was_confirmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    // SQLite says of a file at its limit what it says of a disk without space.
    let limited = store.write(0, |desk| Ok(desk.connection.pragma_update(None, "max_page_count", 200)?));
    limited.await.expect("a limit");
    let words = "long ".repeat(2_000);
    let mut confirmed = 0;
    let sentence = loop {
        match store.accept("a", event(confirmed, &words), Vec::new()).await {
            Ok(_) => confirmed += 1,
            Err(StoreError::Broken(sentence)) => break sentence,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(sentence.contains("is full") && sentence.contains("free some space"), "{sentence}");
    assert!(confirmed > 10);
    drop(store);

    let store = SqliteStore::open(&path).expect("the store again");
    for delivery in 0..confirmed {
        let again = store.accept("b", event(delivery, ""), Vec::new()).await;
        assert_eq!(again, Ok(Accepted::Duplicate), "delivery {delivery}");
    }
    assert_eq!(store.accept("b", event(confirmed, ""), Vec::new()).await, Ok(Accepted::ready(Vec::new())));
}

#[tokio::test]
async fn new_events_are_refused_while_too_much_waits_and_nothing_else_is() {
    let store = SqliteStore::in_memory().expect("a store");
    let go_on = hold_up(&store);
    let mut waiting = Vec::new();
    for delivery in 0..5_000 {
        waiting.push(store.accept("a", event(delivery, ""), Vec::new()));
    }
    let note = store.put_note("cursor", "7");
    drop(go_on);
    let mut refused = 0;
    for answer in waiting {
        match answer.await {
            Ok(_) => assert_eq!(refused, 0, "who comes later is refused first"),
            Err(error) => {
                assert_eq!(error, StoreError::Busy);
                refused += 1;
            }
        }
    }
    assert!((1..5_000).contains(&refused), "{refused}");
    assert_eq!(note.await, Ok(()));
    assert!(store.accept("a", event(9_999, ""), Vec::new()).await.is_ok());
}

#[tokio::test]
async fn a_panic_of_the_writing_thread_leaves_nobody_waiting() {
    let store = SqliteStore::in_memory().expect("a store");
    let go_on = hold_up(&store);
    let panics = store.write::<()>(0, |_| panic!("on purpose"));
    let behind = store.put_note("cursor", "7");
    drop(go_on);
    assert!(matches!(panics.await, Err(StoreError::Broken(_))));
    assert!(matches!(behind.await, Err(StoreError::Broken(_))));
    assert!(matches!(store.put_note("cursor", "7").await, Err(StoreError::Broken(_))));
    assert!(store.close().is_err());
}

#[tokio::test]
async fn an_unreadable_run_keeps_no_other_from_going_on() {
    let store = SqliteStore::in_memory().expect("a store");
    let ids = ["run_one", "run_two"].map(RunId::from);
    store.accept("a", event(0, ""), runs(&ids)).await.expect("it is accepted");
    let entry = Entry::StepSkipped { step: "/steps/0".into() };
    let entries = vec![Stamped { at: Timestamp::UNIX_EPOCH, entry }];
    let append = Append { run: ids[0].clone(), owner: "a".into(), after: 0, entries, turn: None };
    store.append(append).await.expect("it is kept");
    let newer =
        r#"UPDATE entries SET body = '[{"at":"1970-01-01T00:00:00Z","entry":{"is":"of_the_future"}}]'"#;
    store.write(0, |desk| Ok(desk.connection.execute(newer, [])?)).await.expect("it is changed");
    store.leave("a").await.expect("it leaves");

    let claimed = store.claim("b", Timestamp::UNIX_EPOCH, 10).await.expect("a claim");
    assert_eq!(claimed.into_iter().map(|claimed| claimed.run.id).collect::<Vec<_>>(), vec![ids[1].clone()]);
    let Err(StoreError::Unreadable(words)) = store.run("run_one").await else { panic!("it was read") };
    assert!(words.contains("run_one") && words.contains("newer Bellhop"), "{words}");
    let listed = store.runs(RunFilter { limit: 9, ..RunFilter::default() }).await.expect("a list");
    let one = listed.iter().find(|run| run.id == ids[0]).expect("it is listed");
    assert_eq!((one.status, one.holder.as_deref()), (RunStatus::NeedsAttention, None));
    assert!(one.summary.contains("cannot be read"), "{}", one.summary);
}

#[tokio::test]
async fn the_histories_of_an_older_store_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    let ids = ["run_one", "run_two", "run_three"].map(RunId::from);
    store.accept("a", event(0, ""), runs(&ids)).await.expect("it is accepted");
    let append = async |store: &SqliteStore, owner: &str, after: u64| {
        for id in &ids {
            let entry = Entry::StepSkipped { step: format!("/{id}/{after}") };
            let entries = vec![Stamped { at: Timestamp::UNIX_EPOCH, entry }; 2];
            let append = Append { run: id.clone(), owner: owner.into(), after, entries, turn: None };
            store.append(append).await.expect("it is kept");
        }
    };
    for after in [0, 2, 4] {
        append(&store, "a", after).await;
    }
    store.close().expect("it is whole");

    let mut connection = rusqlite::Connection::open(&path).expect("a connection");
    let before = "
        CREATE TABLE old (key INTEGER PRIMARY KEY, count BIGINT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL);
        INSERT INTO old SELECT key, count, at, body FROM entries;
        DROP TABLE entries;
        ALTER TABLE old RENAME TO entries;
        PRAGMA user_version = 5;";
    connection.execute_batch(before).expect("it is as it was");
    schema::migrate(&mut connection).expect("it is as it is now");
    drop(connection);

    let store = SqliteStore::open(&path).expect("the store again");
    for id in &ids {
        store.claim_run("b", id, Timestamp::UNIX_EPOCH).await.expect("a claim").expect("it is free");
    }
    append(&store, "b", 6).await;
    for id in &ids {
        let claimed = store.run(id.as_str()).await.expect("a look").expect("it is there");
        let steps: Vec<String> = claimed
            .history
            .iter()
            .map(|stamped| match &stamped.entry {
                Entry::StepSkipped { step } => step.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<String> = [0, 0, 2, 2, 4, 4, 6, 6].map(|after| format!("/{id}/{after}")).into();
        assert_eq!(steps, expected);
    }
}

#[tokio::test]
async fn no_look_up_walks_through_all_runs() {
    let store = SqliteStore::in_memory().expect("a store");
    let by_record = RunFilter { record: Some("contact c1".into()), limit: 9, ..RunFilter::default() };
    let (listed_by_record, _) = list::statement(&by_record, list::Kind::Status(RunStatus::Failed));
    let by_status = RunFilter { recipe: Some("route".into()), limit: 9, ..RunFilter::default() };
    let (listed_by_status, _) = list::statement(&by_status, list::Kind::Status(RunStatus::Failed));
    let (listed_troubled, _) = list::statement(&by_status, list::Kind::Troubled);
    let statements = [
        accept::TURN_IS_TAKEN,
        append::NEXT_OF_KEY,
        claim::FREE,
        claim::DUE,
        claim::DUE_WAITING,
        list::COUNT,
        list::NEXT_DUE,
        list::NEXT_DUE_WAITING,
        awaits::WAITERS,
        awaits::NEXT_NAME,
        once::FORGET,
        read::HISTORY,
        read::LENGTH,
        "UPDATE runs SET owner = NULL WHERE owner = ?1",
        &listed_by_record,
        &listed_by_status,
        &listed_troubled,
    ];
    for statement in statements {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan = store.write(0, move |desk| {
            let mut statement = desk.connection.prepare(&explain)?;
            let nothing = vec![Sql::Null; statement.parameter_count()];
            let lines =
                statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3))?;
            Ok(lines.collect::<rusqlite::Result<Vec<String>>>()?)
        });
        let plan = plan.await.expect("a plan");
        // The marks are one row.
        let bad = |line: &String| {
            line.contains("SCAN") && line != "SCAN lookup_marks" || line.contains("TEMP B-TREE FOR ORDER")
        };
        let by_index =
            |line: &String| line.contains("SEARCH") && (line.contains('_') || line.contains("lookups"));
        assert!(plan.iter().any(by_index), "{statement}\n{plan:#?}");
        assert!(!plan.iter().any(bad), "{statement}\n{plan:#?}");
    }
}

/// What `.cargo/config.toml` asks for would be missed by nobody if it got lost. Only what SQLite tells of itself can be seen: that the line
/// was read, not which sync is used.
#[tokio::test]
async fn sqlite_is_built_as_the_workspace_asks() {
    let store = SqliteStore::in_memory().expect("a store");
    let asked = store.write(0, |desk| {
        let mut statement = desk.connection.prepare("PRAGMA compile_options")?;
        let options =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"))
    });
    assert!(asked.await.expect("the options"));
}
