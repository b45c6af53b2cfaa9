//! Names are found wherever they lie: known by heart, on their way, in the table, written by another process, or in a
//! store from before there was a table; and forgotten with their rows.

use std::path::Path;

use bellhop_journal::{
    Accepted, Append, EventId, NewEvent, NewRun, Origin, RunFilter, RunId, RunStatus, Store, Sweep, Turn,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{SqliteStore, lookups, schema};

fn event(number: usize) -> NewEvent {
    let seconds = i64::try_from(number).expect("a small number");
    NewEvent {
        origin: Origin { source: "contacts".into(), name: "contacts.contact_created".into() },
        delivery_id: format!("w{number}"),
        received_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds),
        record: Some(format!("contact c{}", number % 50)),
        data: json!({ "number": number }),
        passed_over: Vec::new(),
    }
}

fn id(number: usize) -> EventId {
    EventId::of("contacts", &format!("w{number}"))
}

fn run(number: usize) -> RunId {
    RunId::of(&id(number), "route")
}

async fn accept(store: &SqliteStore, owner: &str, number: usize) -> Accepted {
    let run = NewRun {
        id: run(number),
        recipe: "route".into(),
        version: "v1".into(),
        order_key: None,
        inputs: Value::Null,
        once: None,
    };
    store.accept(owner, event(number), vec![run]).await.expect("it is accepted")
}

/// Ends a run so that it may be forgotten.
async fn end(store: &SqliteStore, owner: &str, number: usize) {
    let turn = Some(Turn::to(RunStatus::Succeeded).yielding());
    let append = Append { run: run(number), owner: owner.into(), after: 0, entries: Vec::new(), turn };
    store.append(append).await.expect("it is over");
}

/// A store that knows few names by heart.
async fn forgetful(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).expect("a store");
    let most = store.write(0, |desk| {
        desk.lookups.most = 40;
        Ok(())
    });
    most.await.expect("it is set");
    store
}

/// How many names are in the table.
async fn in_table(store: &SqliteStore) -> i64 {
    let count = store.write(0, |desk| {
        Ok(desk.connection.query_row("SELECT COUNT(*) FROM lookups", [], |row| row.get(0))?)
    });
    count.await.expect("a number")
}

/// Every event up to there is known, by the writer and by readers, and no other.
async fn all_are_found(store: &SqliteStore, count: usize) {
    for number in (0..count).step_by(7) {
        assert_eq!(accept(store, "again", number).await, Accepted::Duplicate, "event {number} of {count}");
        let event = store.event(&id(number)).await.expect("a look").expect("it is there");
        assert_eq!(event.data["number"], number);
        for text in [run(number).as_str(), &run(number).as_str()[..16]] {
            let found = store.run(text).await.expect("a look").expect("the run is there");
            assert_eq!(found.run.id, run(number));
        }
    }
    for record in [0, 49] {
        let filter = RunFilter { record: Some(format!("c{record}")), limit: 10_000, ..RunFilter::default() };
        let about = store.runs(filter).await.expect("a list");
        assert_eq!(about.len(), (0..count).filter(|number| number % 50 == record).count());
    }
    assert_eq!(store.event(&id(count)).await, Ok(None));
    assert_eq!(store.run(run(count).as_str()).await, Ok(None));
    assert_eq!(store.run("run_").await, Ok(None), "many begin so");
}

#[tokio::test]
async fn names_are_found_wherever_they_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let mut store = forgetful(&path).await;
    let mut count = 0;
    for round in 0..12 {
        // One event more each time, so that a look comes at every stage of a move.
        for _ in 0..29 + round {
            accept(&store, "a", count).await;
            count += 1;
        }
        match round % 4 {
            1 => {
                let other = forgetful(&path).await;
                for _ in 0..31 {
                    accept(&other, "b", count).await;
                    count += 1;
                }
                all_are_found(&other, count).await;
            }
            3 => {
                drop(store);
                store = forgetful(&path).await;
            }
            _ => {}
        }
        all_are_found(&store, count).await;
    }
    let moved = in_table(&store).await;
    let count = i64::try_from(count).expect("a small number");
    assert!(moved > count, "{moved} names of {count} events have been moved");
    assert!(moved < 3 * count, "some are known by heart");
}

#[tokio::test]
async fn a_name_is_forgotten_with_its_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = forgetful(&folder.path().join("bellhop.db")).await;
    for number in 0..100 {
        accept(&store, "a", number).await;
        end(&store, "a", number).await;
    }
    assert!(in_table(&store).await > 100);
    let before = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000);
    let swept = store.prune(before, Sweep::default()).await.expect("a sweep");
    assert_eq!((swept.events, swept.runs), (100, 100));
    assert_eq!(store.run(run(7).as_str()).await, Ok(None));
    assert!(matches!(accept(&store, "a", 7).await, Accepted::New { .. }), "it is new again");
    let found = store.run(run(7).as_str()).await.expect("a look").expect("it is there");
    assert_eq!(found.event.data["number"], 7);
    assert!(in_table(&store).await < 100, "the names of rows that are gone are gone");
}

#[tokio::test]
async fn a_store_from_before_the_table_is_brought_forward() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    for number in 0..300 {
        accept(&store, "a", number).await;
    }
    store.close().expect("it is whole");

    let mut connection = rusqlite::Connection::open(&path).expect("a connection");
    let before = "
        DROP TABLE lookups; DROP TABLE lookup_marks;
        DROP INDEX runs_troubled; ALTER TABLE runs DROP COLUMN troubled;
        CREATE UNIQUE INDEX events_id ON events (id);
        CREATE UNIQUE INDEX runs_id ON runs (id);
        CREATE INDEX runs_record ON runs (record_id) WHERE record_id IS NOT NULL;
        PRAGMA user_version = 3;";
    connection.execute_batch(before).expect("it is as it was");
    schema::migrate(&mut connection).expect("it is as it is now");
    lookups::bring_forward(&mut connection, 64).expect("the table is filled");
    let marks: (i64, i64) = connection
        .query_row("SELECT events, runs FROM lookup_marks", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("the marks");
    assert!(marks.0 > 300 - 64 && marks.1 > 300 - 64, "{marks:?}");
    drop(connection);

    let store = SqliteStore::open(&path).expect("the store again");
    all_are_found(&store, 300).await;
}
