//! Made-up events, runs and entries for the checks, and what they expect of a store that is in order.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    Accepted, Append, CallNote, Claimed, Entry, EventId, NewEvent, NewRun, Origin, RunId, RunStatus, Stamped,
    Store, Turn,
};

/// That many seconds after the scene begins.
pub(super) fn at(seconds: i64) -> Timestamp {
    let start = Timestamp::from_second(1_700_000_000).expect("a second of 2023");
    start + SignedDuration::from_secs(seconds)
}

/// The event of that delivery, received at the beginning.
pub(super) fn event(delivery: &str) -> NewEvent {
    NewEvent {
        origin: Origin { source: "contacts".into(), name: "contacts.contact_created".into() },
        delivery_id: delivery.into(),
        received_at: at(0),
        record: Some(format!("contact {delivery}")),
        data: json!({ "id": delivery, "first_name": "Mara", "tags": ["new", "späť"], "score": 7.5 }),
        passed_over: vec![("nightly".into(), "its `when` says no".into())],
    }
}

pub(super) fn event_id(delivery: &str) -> EventId {
    EventId::of("contacts", delivery)
}

pub(super) fn run_id(delivery: &str, recipe: &str) -> RunId {
    RunId::of(&event_id(delivery), recipe)
}

/// A run of `recipe` for that delivery.
pub(super) fn run(delivery: &str, recipe: &str, order_key: Option<&str>) -> NewRun {
    NewRun {
        id: run_id(delivery, recipe),
        recipe: recipe.into(),
        version: "v1".into(),
        order_key: order_key.map(str::to_owned),
        inputs: Value::Null,
        once: None,
    }
}

/// Accepts that delivery with one run of the recipe `route`; the run's id.
pub(super) async fn given(store: &dyn Store, owner: &str, delivery: &str, order_key: Option<&str>) -> RunId {
    let accepted = store.accept(owner, event(delivery), vec![run(delivery, "route", order_key)]).await;
    assert!(matches!(accepted, Ok(Accepted::New { .. })), "{accepted:?}");
    run_id(delivery, "route")
}

/// An entry for the step at `/steps/{step}`, written at `seconds`.
pub(super) fn ended(step: usize, seconds: i64) -> Stamped {
    let output = json!({ "contact": { "name": "Ana \"Q\" Quill", "tags": ["a", "b"] }, "n": step });
    Stamped { at: at(seconds), entry: Entry::StepEnded { step: format!("/steps/{step}"), output } }
}

/// An entry that a call begins.
pub(super) fn started(step: usize, seconds: i64) -> Stamped {
    let call = CallNote {
        connector: "contacts".into(),
        operation: "add_tags".into(),
        connection: "contacts".into(),
        input: json!({ "tags": ["hot lead"] }),
    };
    Stamped {
        at: at(seconds),
        entry: Entry::StepStarted { step: format!("/steps/{step}"), attempt: 1, call },
    }
}

/// Entries without a turn.
pub(super) fn append(run: &RunId, owner: &str, after: u64, entries: Vec<Stamped>) -> Append {
    Append { run: run.clone(), owner: owner.into(), after, entries, turn: None }
}

/// A turn without entries.
pub(super) fn turn(run: &RunId, owner: &str, after: u64, status: RunStatus, yields: bool) -> Append {
    let turn = Turn { yields, ..Turn::to(status) };
    Append { run: run.clone(), owner: owner.into(), after, entries: Vec::new(), turn: Some(turn) }
}

/// The end of a run, in one entry.
pub(super) fn end(run: &RunId, owner: &str, after: u64) -> Append {
    let entry = Entry::RunEnded { status: RunStatus::Succeeded, reason: String::new(), by: None };
    let mut append = turn(run, owner, after, RunStatus::Succeeded, true);
    append.entries.push(Stamped { at: at(60), entry });
    append
}

/// A sleep until `seconds`.
pub(super) fn sleep(run: &RunId, owner: &str, after: u64, seconds: i64, yields: bool) -> Append {
    let mut append = turn(run, owner, after, RunStatus::Sleeping, yields);
    append.turn.as_mut().expect("made with a turn").wake_at = Some(at(seconds));
    append
}

/// The append succeeds; the run that got the turn by it.
pub(super) async fn added(store: &dyn Store, append: Append) -> Option<Claimed> {
    let what = format!("{append:?}");
    match store.append(append).await {
        Ok(appended) => appended.next,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// The ids of what `owner` can claim at `seconds`.
pub(super) async fn claimed(store: &dyn Store, owner: &str, seconds: i64) -> Vec<RunId> {
    let claimed = store.claim(owner, at(seconds), 100).await.expect("a claim");
    claimed.into_iter().map(|claimed| claimed.run.id).collect()
}

/// Where a run stands.
pub(super) async fn status(store: &dyn Store, run: &RunId) -> RunStatus {
    read(store, run).await.run.status
}

/// A run with its event and history.
pub(super) async fn read(store: &dyn Store, run: &RunId) -> Claimed {
    store.run(run.as_str()).await.expect("a run is read").expect("the run is there")
}
