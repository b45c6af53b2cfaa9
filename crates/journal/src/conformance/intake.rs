//! Events come in: once each, with their runs.

use serde_json::{Value, json};

use super::scene::{at, event, event_id, given, read, run, run_id};
use crate::{Accepted, RunFilter, RunStatus, Store, StoredEvent};

pub(super) async fn an_event_is_kept_once(store: &dyn Store) {
    let runs = vec![run("w1", "route", None), run("w1", "tag", None)];
    let first = store.accept("a", event("w1"), runs.clone()).await;
    assert_eq!(first, Ok(Accepted::ready(vec![run_id("w1", "route"), run_id("w1", "tag")])));

    // What a second delivery says is of no account, even where it says something else.
    let mut again = event("w1");
    again.data = json!({ "id": "other" });
    assert_eq!(store.accept("b", again, runs).await, Ok(Accepted::Duplicate));
    let kept = store.event(&event_id("w1")).await.expect("an event is read").expect("it is there");
    assert_eq!(kept.data, event("w1").data);
    assert_eq!(store.runs(RunFilter { limit: 10, ..RunFilter::default() }).await.expect("a list").len(), 2);
}

pub(super) async fn deliveries_at_once_make_one_run(store: &dyn Store) {
    let answers: Vec<_> =
        (0..20).map(|_| store.accept("a", event("w1"), vec![run("w1", "route", None)])).collect();
    let mut new = 0;
    for answer in answers {
        new += usize::from(answer.await.expect("an answer") != Accepted::Duplicate);
    }
    assert_eq!(new, 1);
    assert_eq!(store.runs(RunFilter { limit: 10, ..RunFilter::default() }).await.expect("a list").len(), 1);
}

pub(super) async fn an_event_without_runs_is_kept(store: &dyn Store) {
    assert_eq!(store.accept("a", event("w1"), Vec::new()).await, Ok(Accepted::ready(Vec::new())));
    assert_eq!(store.accept("a", event("w1"), vec![run("w1", "route", None)]).await, Ok(Accepted::Duplicate));
    let given = event("w1");
    let kept = StoredEvent {
        id: event_id("w1"),
        origin: given.origin,
        delivery_id: given.delivery_id,
        received_at: given.received_at,
        record: given.record,
        data: given.data,
    };
    assert_eq!(store.event(&event_id("w1")).await, Ok(Some(kept)));
    assert_eq!(store.event(&event_id("w2")).await, Ok(None));
}

pub(super) async fn a_new_run_is_held_and_can_be_read(store: &dyn Store) {
    let mut new = run("w1", "route", Some("contact w1"));
    new.inputs = json!({ "score": 80 });
    store.accept("a", event("w1"), vec![new]).await.expect("it is accepted");
    let other = given(store, "a", "w2", None).await;
    let id = run_id("w1", "route");

    let claimed = read(store, &id).await;
    assert_eq!(claimed.event.data, event("w1").data);
    assert!(claimed.history.is_empty());
    let run = claimed.run;
    assert_eq!((run.id.clone(), run.event.clone()), (id.clone(), event_id("w1")));
    assert_eq!((run.recipe.as_str(), run.version.as_str()), ("route", "v1"));
    assert_eq!((run.status, run.holder.as_deref()), (RunStatus::Ready, Some("a")));
    assert_eq!((run.record.as_deref(), run.order_key.as_deref()), (Some("contact w1"), Some("contact w1")));
    assert_eq!((run.inputs, run.summary.as_str()), (json!({ "score": 80 }), ""));
    assert_eq!((run.created_at, run.updated_at, run.wake_at), (at(0), at(0), None));
    assert_eq!(read(store, &other).await.run.inputs, Value::Null);

    // A beginning is enough where only one run has it.
    let beginning = store.run(&id.as_str()[..12]).await.expect("a run is read").expect("only one begins so");
    assert_eq!(beginning.run.id, id);
    assert_eq!(store.run("run_").await, Ok(None));
    assert_eq!(store.run("run_nobody").await, Ok(None));
}
