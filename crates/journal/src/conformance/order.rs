//! Runs of one order key take turns, in the order of their making.

use super::scene::{
    added, append, at, claimed, end, event, given, read, run, run_id, sleep, started, status, turn,
};
use crate::{Accepted, RunStatus, Store};

pub(super) async fn runs_of_a_key_take_turns(store: &dyn Store) {
    let runs = vec![run("w1", "route", Some("k")), run("w1", "tag", Some("k")), run("w1", "note", Some("l"))];
    let accepted = store.accept("a", event("w1"), runs).await;
    assert_eq!(accepted, Ok(Accepted::ready(vec![run_id("w1", "route"), run_id("w1", "note")])));
    let third = given(store, "b", "w2", Some("k")).await;
    assert_eq!(status(store, &run_id("w1", "tag")).await, RunStatus::Queued);
    assert_eq!(status(store, &third).await, RunStatus::Queued);
    assert!(claimed(store, "b", 1).await.is_empty(), "who waits for a turn cannot go on");

    let next = added(store, end(&run_id("w1", "route"), "a", 0)).await.expect("the turn is passed on");
    assert_eq!(next.run.id, run_id("w1", "tag"));
    assert_eq!((next.run.status, next.run.holder.as_deref()), (RunStatus::Ready, Some("a")));
    assert_eq!((next.event.data, next.history), (event("w1").data, Vec::new()));
    let next = added(store, end(&run_id("w1", "tag"), "a", 0)).await.expect("the turn is passed on");
    assert_eq!(next.run.id, third);
    assert_eq!(added(store, end(&third, "a", 0)).await, None);
    assert_eq!(added(store, end(&run_id("w1", "note"), "a", 0)).await, None);

    let later = given(store, "a", "w3", Some("k")).await;
    assert_eq!(status(store, &later).await, RunStatus::Ready);
}

pub(super) async fn order_holds_under_retries(store: &dyn Store) {
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    assert_eq!(added(store, sleep(&first, "a", 0, 30, false)).await, None);
    assert_eq!(status(store, &second).await, RunStatus::Queued);
    let third = given(store, "a", "w3", Some("k")).await;
    assert_eq!(status(store, &third).await, RunStatus::Queued);
    assert_eq!(claimed(store, "a", 30).await, vec![first.clone()]);
    let next = added(store, end(&first, "a", 0)).await.expect("the turn is passed on");
    assert_eq!(next.run.id, second);
}

pub(super) async fn a_run_that_yielded_goes_on_beside_the_next(store: &dyn Store) {
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    let third = given(store, "a", "w3", Some("k")).await;
    let next = added(store, sleep(&first, "a", 0, 30, true)).await.expect("a wait makes room");
    assert_eq!(next.run.id, second);
    assert_eq!(claimed(store, "a", 30).await, vec![first.clone()]);
    added(store, append(&first, "a", 0, vec![started(1, 31)])).await;
    assert_eq!(added(store, end(&first, "a", 1)).await, None, "its turn has been passed on already");
    assert_eq!(status(store, &third).await, RunStatus::Queued);
    let next = added(store, turn(&second, "a", 0, RunStatus::NeedsAttention, true)).await;
    assert_eq!(next.map(|next| next.run.id), Some(third));
}

pub(super) async fn a_run_over_always_makes_room(store: &dyn Store) {
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    let next = added(store, turn(&first, "a", 0, RunStatus::Failed, false)).await;
    assert_eq!(next.map(|next| next.run.id), Some(second));
}

pub(super) async fn a_queued_run_can_be_cancelled_without_passing_a_turn(store: &dyn Store) {
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    let third = given(store, "a", "w3", Some("k")).await;
    store.claim_run("cli", &second, at(1)).await.expect("a claim").expect("nobody holds it");
    assert_eq!(added(store, turn(&second, "cli", 0, RunStatus::Cancelled, true)).await, None);
    assert_eq!(status(store, &third).await, RunStatus::Queued);
    let next = added(store, end(&first, "a", 0)).await;
    assert_eq!(next.map(|next| next.run.id), Some(third));
}

pub(super) async fn a_turn_reaches_a_queued_run_in_a_persons_hand(store: &dyn Store) {
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    let third = given(store, "a", "w3", Some("k")).await;
    for run in [&second, &third] {
        store.claim_run("cli", run, at(1)).await.expect("a claim").expect("nobody holds it");
    }
    // Put back into the queue while the turn is another's: it waits as before.
    assert_eq!(added(store, turn(&third, "cli", 0, RunStatus::Queued, false)).await, None);
    assert_eq!(status(store, &third).await, RunStatus::Queued);
    // The turn comes to the one in hand; it stays in that hand, and put back it is ready.
    assert_eq!(added(store, end(&first, "a", 0)).await, None);
    let held = read(store, &second).await.run;
    assert_eq!((held.status, held.holder.as_deref()), (RunStatus::Ready, Some("cli")));
    assert_eq!(added(store, turn(&second, "cli", 0, RunStatus::Queued, false)).await, None);
    assert_eq!(claimed(store, "a", 2).await, vec![second.clone()]);
    let next = added(store, end(&second, "a", 0)).await;
    assert_eq!(next.map(|next| next.run.id), Some(third));
}

pub(super) async fn a_crash_loses_no_turn(store: &dyn Store) {
    store.keep_alive("a", at(30)).await.expect("it lives");
    let first = given(store, "a", "w1", Some("k")).await;
    let second = given(store, "a", "w2", Some("k")).await;
    added(store, end(&first, "a", 0)).await.expect("the turn is passed on");
    // The process ends before it does anything with the run that it was given.
    assert_eq!(claimed(store, "b", 31).await, vec![second.clone()]);
    added(store, end(&second, "b", 0)).await;
}
