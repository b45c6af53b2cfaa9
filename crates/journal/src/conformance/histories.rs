//! Entries are added, in order, by who holds the run and knows its history.

use super::scene::{added, append, at, claimed, end, ended, given, read, sleep, started, status, turn};
use crate::{RunStatus, Store, StoreError};

pub(super) async fn a_history_comes_back_as_it_was_written(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    let other = given(store, "a", "w2", None).await;
    added(store, append(&run, "a", 0, vec![started(0, 1), ended(0, 2)])).await;
    added(store, append(&other, "a", 0, vec![started(0, 3)])).await;
    store.append_soon(append(&run, "a", 2, vec![started(1, 4)]));
    store.append_soon(append(&run, "a", 3, vec![ended(1, 5), started(2, 6)]));
    added(store, append(&run, "a", 5, Vec::new())).await;
    added(store, append(&run, "a", 5, vec![ended(2, 7)])).await;

    let written = vec![started(0, 1), ended(0, 2), started(1, 4), ended(1, 5), started(2, 6), ended(2, 7)];
    let back = read(store, &run).await;
    assert_eq!(back.history, written);
    assert_eq!(back.run.updated_at, at(7));
    assert_eq!(read(store, &other).await.history, vec![started(0, 3)]);

    store.leave("a").await.expect("it leaves");
    let claimed = store.claim("b", at(10), 1).await.expect("a claim");
    assert_eq!(claimed[0].history, written);
    added(store, append(&run, "b", 6, vec![ended(3, 11)])).await;
}

pub(super) async fn only_the_holder_adds_to_a_history(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    let taken = Err(StoreError::Taken(run.clone()));
    assert_eq!(store.append(append(&run, "b", 0, vec![started(0, 1)])).await, taken);
    store.keep_alive("b", at(60)).await.expect("it lives");
    assert_eq!(store.append(append(&run, "b", 0, vec![started(0, 1)])).await, taken);
    assert!(read(store, &run).await.history.is_empty());

    // A refusal spoils nothing for the others, nor for the holder.
    let refused = store.append(append(&run, "b", 0, vec![started(9, 1)]));
    let kept = store.append(append(&run, "a", 0, vec![started(0, 1)]));
    assert_eq!(refused.await, taken);
    assert!(kept.await.is_ok());
    added(store, end(&run, "a", 1)).await;
    assert_eq!(store.append(append(&run, "a", 2, vec![ended(0, 2)])).await, taken);
}

pub(super) async fn a_writer_must_know_the_whole_history(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    added(store, append(&run, "a", 0, vec![started(0, 1), ended(0, 1)])).await;
    for after in [0, 1, 3] {
        let answer = store.append(append(&run, "a", after, vec![started(1, 2)])).await;
        assert_eq!(answer, Err(StoreError::Taken(run.clone())), "after {after}");
    }
    added(store, append(&run, "a", 2, vec![started(1, 2)])).await;
    assert_eq!(read(store, &run).await.history.len(), 3);
}

pub(super) async fn what_could_not_be_kept_soon_shows_in_the_next_append(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    store.append_soon(append(&run, "a", 5, vec![ended(0, 1)]));
    let answer = store.append(append(&run, "a", 0, vec![started(0, 1)])).await;
    assert_eq!(answer, Err(StoreError::Taken(run.clone())));
    assert!(read(store, &run).await.history.is_empty());
}

pub(super) async fn a_turn_changes_where_a_run_stands(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;

    let mut ready = turn(&run, "a", 0, RunStatus::Ready, false);
    ready.entries = vec![started(0, 1)];
    added(store, ready).await;
    assert_eq!(read(store, &run).await.run.holder.as_deref(), Some("a"));

    added(store, sleep(&run, "a", 1, 30, false)).await;
    let sleeping = read(store, &run).await.run;
    assert_eq!((sleeping.status, sleeping.wake_at), (RunStatus::Sleeping, Some(at(30))));
    assert_eq!(sleeping.holder, None);

    assert_eq!(claimed(store, "a", 30).await, vec![run.clone()]);
    let mut asks = turn(&run, "a", 1, RunStatus::NeedsAttention, true);
    asks.turn.as_mut().expect("made with a turn").summary = "Ana Quill has no e-mail address.".into();
    added(store, asks).await;
    let halted = read(store, &run).await.run;
    assert_eq!((halted.status, halted.wake_at, halted.holder), (RunStatus::NeedsAttention, None, None));
    assert_eq!(halted.summary, "Ana Quill has no e-mail address.");
    assert!(claimed(store, "a", 90).await.is_empty());

    store.claim_run("a", &run, at(91)).await.expect("a claim").expect("nobody holds it");
    added(store, turn(&run, "a", 1, RunStatus::Ready, false)).await;
    assert_eq!(
        (status(store, &run).await, read(store, &run).await.run.summary.as_str()),
        (RunStatus::Ready, "")
    );
    added(store, end(&run, "a", 1)).await;
    let over = read(store, &run).await.run;
    assert_eq!((over.status, over.holder), (RunStatus::Succeeded, None));
    assert!(claimed(store, "b", 99).await.is_empty());
}
