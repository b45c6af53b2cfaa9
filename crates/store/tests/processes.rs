//! Several handles on one file, as several processes have them: who died is succeeded at once, who lives is let be,
//! and who was overtaken notices. The locks are the system's, so two handles in one process stand for two processes.

mod support;

use std::path::Path;
use std::sync::Arc;

use bellhop_journal::{Accepted, Append, Claimed, Entry, RunStatus, Stamped, Store, StoreError, Turn};
use bellhop_store::SqliteStore;
use support::{at, run_id, told};

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("bellhop.db")).expect("a store")
}

async fn accept(store: &SqliteStore, owner: &str, delivery: &str) -> Result<Accepted, StoreError> {
    let (event, run) = told(delivery, None);
    store.accept(owner, event, vec![run]).await
}

fn skipped(delivery: &str, owner: &str, after: u64) -> Append {
    let entry = Entry::StepSkipped { step: "/steps/0".into() };
    let entries = vec![Stamped { at: at(1), entry }];
    Append { run: run_id(delivery), owner: owner.into(), after, entries, turn: None }
}

async fn claim(store: &SqliteStore, owner: &str) -> Vec<Claimed> {
    store.claim(owner, at(1), 100).await.expect("a claim")
}

#[tokio::test]
async fn a_restart_takes_over_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    accept(&store, "a", "w1").await.expect("it is accepted");
    store.append(skipped("w1", "a", 0)).await.expect("it is kept");
    // Nobody leaves: the handle is gone, as after a kill.
    drop(store);

    let store = open(folder.path());
    let claimed = claim(&store, "b").await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].history, skipped("w1", "a", 0).entries);
    store.append(skipped("w1", "b", 1)).await.expect("it is kept");
}

#[tokio::test]
async fn a_restart_under_the_same_name_takes_over_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    accept(&store, "a", "w1").await.expect("it is accepted");
    drop(store);
    let store = open(folder.path());
    assert_eq!(claim(&store, "a").await.len(), 1);
}

#[tokio::test]
async fn a_living_process_keeps_its_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (open(folder.path()), open(folder.path()));
    first.keep_alive("a", at(1_000)).await.expect("it lives");
    accept(&first, "a", "w1").await.expect("it is accepted");
    assert!(claim(&second, "b").await.is_empty());
    assert_eq!(second.claim_run("b", &run_id("w1"), at(1)).await, Ok(None));

    // Its name cannot be taken while it lives; that says so and breaks nothing.
    let answer = accept(&second, "a", "w2").await;
    assert!(
        matches!(&answer, Err(StoreError::Broken(words)) if words.contains("another name")),
        "{answer:?}"
    );
    accept(&second, "b", "w2").await.expect("it is accepted");

    drop(first);
    assert_eq!(claim(&second, "b").await.len(), 1);
}

#[tokio::test]
async fn a_process_that_lives_keeps_its_runs_however_late_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (slow, quick) = (open(folder.path()), open(folder.path()));
    accept(&slow, "slow", "w1").await.expect("it is accepted");
    slow.append(skipped("w1", "slow", 0)).await.expect("it is kept");
    // It stops, as with its computer asleep, in the middle of a call that must not be made a second time.
    assert!(quick.claim("quick", at(1_000), 100).await.expect("a claim").is_empty());
    assert_eq!(quick.claim_run("quick", &run_id("w1"), at(1_000)).await, Ok(None));
    slow.append(skipped("w1", "slow", 1)).await.expect("it is kept");

    drop(slow);
    let claimed = quick.claim("quick", at(1_001), 100).await.expect("a claim");
    assert_eq!(claimed[0].history.len(), 2);
}

#[tokio::test]
async fn without_locks_time_decides_and_who_was_overtaken_notices() {
    let folder = tempfile::tempdir().expect("a folder");
    // Where the folder of the locks should be.
    std::fs::write(folder.path().join("bellhop.db-owners"), "").expect("a file");
    let (slow, quick) = (open(folder.path()), open(folder.path()));
    accept(&slow, "slow", "w1").await.expect("it is accepted");
    slow.append(skipped("w1", "slow", 0)).await.expect("it is kept");
    assert!(claim(&quick, "quick").await.is_empty());
    // It stops for so long that its time passes.
    let claimed = quick.claim("quick", at(1_000), 100).await.expect("a claim");
    assert_eq!(claimed.len(), 1);
    let late = slow.append(skipped("w1", "slow", 1)).await;
    assert_eq!(late, Err(StoreError::Taken(run_id("w1"))));
    quick.append(skipped("w1", "quick", 1)).await.expect("it is kept");

    slow.keep_alive("slow", at(2_000)).await.expect("it lives");
    accept(&slow, "slow", "w2").await.expect("it is accepted");
    slow.append(skipped("w2", "slow", 0)).await.expect("it is kept");
    assert!(claim(&quick, "quick").await.is_empty());

    // Given back, the run can be taken up again where the other left it.
    let mut back = skipped("w1", "quick", 2);
    let turn = Turn::to(RunStatus::NeedsAttention).yielding();
    back.turn = Some(turn);
    quick.append(back).await.expect("it is kept");
    let again = slow.claim_run("slow", &run_id("w1"), at(1_500)).await.expect("a claim");
    assert_eq!(again.map(|claimed| claimed.history.len()), Some(3));
    slow.append(skipped("w1", "slow", 3)).await.expect("it is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_comes_many_times_at_once_makes_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [Arc::new(open(folder.path())), Arc::new(open(folder.path()))];
    let deliveries = 40;
    let mut senders = Vec::new();
    for sender in 0..8 {
        let store = Arc::clone(&stores[sender % 2]);
        let owner = format!("owner-{}", sender % 2);
        senders.push(tokio::spawn(async move {
            let mut new = 0;
            for delivery in 0..deliveries {
                let answer = accept(&store, &owner, &format!("w{delivery}")).await.expect("an answer");
                new += usize::from(answer != Accepted::Duplicate);
            }
            new
        }));
    }
    let mut new = 0;
    for sender in senders {
        new += sender.await.expect("a sender ends well");
    }
    assert_eq!(new, deliveries);
    let counts = stores[0].counts(&RunStatus::ALL).await.expect("counts");
    assert_eq!(counts.iter().map(|(_, count)| *count).sum::<u64>(), deliveries as u64);
}

#[tokio::test]
async fn what_was_given_to_keep_soon_is_there_after_an_orderly_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    accept(&store, "a", "w1").await.expect("it is accepted");
    for after in 0..50 {
        store.append_soon(skipped("w1", "a", after));
    }
    assert_eq!(store.close(), Ok(()));
    let claimed = claim(&open(folder.path()), "b").await;
    assert_eq!(claimed[0].history.len(), 50);
}
