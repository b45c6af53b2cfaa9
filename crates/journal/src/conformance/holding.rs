//! Runs are held by one owner at a time: while it lives, nobody else takes them; afterwards anybody does.

use super::scene::{added, append, at, claimed, end, given, read, sleep, started, turn};
use crate::{RunId, RunStatus, Store, StoreError};

pub(super) async fn a_living_owner_keeps_its_runs(store: &dyn Store) {
    store.keep_alive("a", at(30)).await.expect("it lives");
    given(store, "a", "w1", None).await;
    assert!(claimed(store, "b", 30).await.is_empty());
    store.keep_alive("a", at(300)).await.expect("it lives on");
    assert!(claimed(store, "b", 300).await.is_empty());
    assert!(claimed(store, "a", 301).await.is_empty(), "what one holds is not claimed by the same again");
}

pub(super) async fn runs_of_a_gone_owner_are_taken_oldest_first(store: &dyn Store) {
    store.keep_alive("a", at(30)).await.expect("it lives");
    let mut runs = Vec::new();
    for delivery in ["w1", "w2", "w3", "w4"] {
        runs.push(given(store, "a", delivery, None).await);
    }
    added(store, end(&runs[1], "a", 0)).await;
    let first = store.claim("b", at(31), 2).await.expect("a claim");
    let first: Vec<RunId> = first.into_iter().map(|claimed| claimed.run.id).collect();
    assert_eq!(first, vec![runs[0].clone(), runs[2].clone()]);
    assert_eq!(claimed(store, "c", 31).await, vec![runs[3].clone()]);
    let holder = read(store, &runs[0]).await.run.holder;
    assert_eq!(holder.as_deref(), Some("b"));
}

pub(super) async fn a_sleeper_is_taken_when_it_is_due(store: &dyn Store) {
    store.keep_alive("a", at(2_000)).await.expect("it lives");
    assert_eq!(store.next_due().await, Ok(None));
    let late = given(store, "a", "w1", None).await;
    let early = given(store, "a", "w2", None).await;
    added(store, sleep(&late, "a", 0, 50, true)).await;
    added(store, sleep(&early, "a", 0, 40, true)).await;
    assert_eq!(store.next_due().await, Ok(Some(at(40))));
    assert!(claimed(store, "a", 39).await.is_empty());
    assert_eq!(claimed(store, "a", 40).await, vec![early.clone()]);
    assert_eq!(store.next_due().await, Ok(Some(at(50))));
    let awake = read(store, &early).await.run;
    assert_eq!((awake.status, awake.wake_at), (RunStatus::Ready, None));
    assert_eq!(claimed(store, "b", 1_000).await, vec![late]);
    assert_eq!(store.next_due().await, Ok(None));
}

pub(super) async fn who_was_overtaken_is_refused(store: &dyn Store) {
    store.keep_alive("a", at(30)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    added(store, append(&run, "a", 0, vec![started(0, 1)])).await;
    assert_eq!(claimed(store, "b", 31).await, vec![run.clone()]);
    let late = store.append(append(&run, "a", 1, vec![started(1, 40)])).await;
    assert_eq!(late, Err(StoreError::Taken(run.clone())));
    store.append_soon(append(&run, "a", 1, vec![started(1, 40)]));
    let late = store.append(append(&run, "a", 2, vec![started(2, 40)])).await;
    assert_eq!(late, Err(StoreError::Taken(run.clone())));
    added(store, append(&run, "b", 1, vec![started(1, 41)])).await;
    assert_eq!(read(store, &run).await.history, vec![started(0, 1), started(1, 41)]);
}

pub(super) async fn a_person_takes_one_run_unless_it_is_held(store: &dyn Store) {
    store.keep_alive("a", at(30)).await.expect("it lives");
    store.keep_alive("cli", at(300)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    let answer = store.claim_run("cli", &RunId::from("run_nobody"), at(1)).await;
    assert_eq!(answer, Ok(None));
    assert_eq!(store.claim_run("cli", &run, at(1)).await, Ok(None), "a living owner holds it");
    assert!(store.claim_run("a", &run, at(1)).await.expect("a claim").is_some(), "its own holder may");

    added(store, turn(&run, "a", 0, RunStatus::NeedsAttention, true)).await;
    let taken = store.claim_run("cli", &run, at(2)).await.expect("a claim").expect("nobody holds it");
    assert_eq!((taken.run.status, taken.run.holder.as_deref()), (RunStatus::NeedsAttention, Some("cli")));
    assert_eq!(store.claim_run("a", &run, at(2)).await, Ok(None));

    let gone = given(store, "a", "w2", None).await;
    assert!(store.claim_run("cli", &gone, at(31)).await.expect("a claim").is_some(), "its owner is gone");
    added(store, sleep(&gone, "cli", 0, 90, true)).await;
    assert!(store.claim_run("cli", &gone, at(32)).await.expect("a claim").is_some(), "it sleeps");
    assert!(claimed(store, "b", 90).await.is_empty(), "a sleeper in hand is not due for others");
}

pub(super) async fn leaving_lets_go_of_everything(store: &dyn Store) {
    store.keep_alive("a", at(300)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    let other = given(store, "b", "w2", None).await;
    store.leave("a").await.expect("it leaves");
    store.leave("a").await.expect("leaving twice is harmless");
    assert_eq!(read(store, &run).await.run.holder, None);
    let late = store.append(append(&run, "a", 0, vec![started(0, 1)])).await;
    assert_eq!(late, Err(StoreError::Taken(run.clone())));
    assert_eq!(claimed(store, "c", 1).await, vec![run]);
    assert_eq!(read(store, &other).await.run.holder.as_deref(), Some("b"));
}
