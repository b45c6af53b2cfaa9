//! Looking for events, and forgetting what is over and old.

use super::scene::{added, at, end, event, event_id, run, run_id, sleep};
use crate::{Accepted, EventFilter, NewEvent, RunFilter, RunStatus, Store, Sweep};

async fn given(store: &dyn Store, delivery: &str, seconds: i64, recipes: &[&str]) {
    let event = NewEvent { received_at: at(seconds), ..event(delivery) };
    let runs = recipes.iter().map(|recipe| run(delivery, recipe, None)).collect();
    let accepted = store.accept("a", event, runs).await.expect("it is accepted");
    assert!(matches!(accepted, Accepted::New { .. }));
}

async fn heard(store: &dyn Store, filter: EventFilter) -> Vec<String> {
    let heard = store.events(filter).await.expect("a list");
    heard.into_iter().map(|heard| heard.event.delivery_id).collect()
}

pub(super) async fn events_are_found_by_what_they_mention_and_when(store: &dyn Store) {
    for (number, delivery) in ["w1", "w2", "w3"].into_iter().enumerate() {
        given(store, delivery, i64::try_from(number).unwrap_or(0) * 10, &["route"]).await;
    }
    let all = EventFilter { limit: 10, ..EventFilter::default() };
    assert_eq!(heard(store, all.clone()).await, ["w3", "w2", "w1"]);
    assert_eq!(heard(store, EventFilter { limit: 1, ..all.clone() }).await, ["w3"]);
    let between = EventFilter { since: Some(at(10)), until: Some(at(20)), ..all.clone() };
    assert_eq!(heard(store, between).await, ["w2"]);
    for text in ["w2", "MARA", "späť"] {
        let mentions = EventFilter { mentions: Some(text.into()), ..all.clone() };
        let expected: &[&str] = if text == "w2" { &["w2"] } else { &["w3", "w2", "w1"] };
        assert_eq!(heard(store, mentions).await, expected, "{text}");
    }
    let nothing = EventFilter { mentions: Some("w2\" OR".into()), ..all };
    assert_eq!(heard(store, nothing).await, [""; 0]);
    let first = store.events(EventFilter { limit: 1, ..EventFilter::default() }).await.expect("a list");
    assert_eq!(first[0].passed_over, [("nightly".to_owned(), "its `when` says no".to_owned())]);

    let runs = async |filter: RunFilter| {
        let runs = store.runs(RunFilter { limit: 10, ..filter }).await.expect("a list");
        runs.into_iter().map(|run| run.id).collect::<Vec<_>>()
    };
    let about = RunFilter { mentions: Some("w2".into()), ..RunFilter::default() };
    assert_eq!(runs(about).await, [run_id("w2", "route")]);
    let since = RunFilter { since: Some(at(10)), until: Some(at(20)), ..RunFilter::default() };
    assert_eq!(runs(since).await, [run_id("w2", "route")]);
    let both =
        RunFilter { mentions: Some("mara".into()), statuses: vec![RunStatus::Ready], ..RunFilter::default() };
    assert_eq!(runs(both).await.len(), 3);
}

pub(super) async fn what_is_over_and_old_is_forgotten_and_nothing_else(store: &dyn Store) {
    given(store, "over", 0, &["route", "tag"]).await;
    given(store, "half over", 1, &["route", "tag"]).await;
    given(store, "nobody ran", 2, &[]).await;
    given(store, "asleep", 3, &["route"]).await;
    given(store, "over lately", 4, &["route"]).await;
    given(store, "young", 100, &["route"]).await;
    for (delivery, recipe) in [("over", "route"), ("over", "tag"), ("half over", "route"), ("young", "route")]
    {
        added(store, end(&run_id(delivery, recipe), "a", 0)).await;
    }
    added(store, sleep(&run_id("asleep", "route"), "a", 0, 500, true)).await;
    let mut late = end(&run_id("over lately", "route"), "a", 0);
    late.entries[0].at = at(95);
    added(store, late).await;

    let (mut events, mut runs, mut from) = (0, 0, Some(Sweep::default()));
    while let Some(place) = from {
        let swept = store.prune(at(90), place).await.expect("it is pruned");
        events += swept.events;
        runs += swept.runs;
        from = swept.next;
    }
    assert_eq!((events, runs), (2, 2));
    let all = EventFilter { limit: 10, ..EventFilter::default() };
    assert_eq!(heard(store, all).await, ["young", "over lately", "asleep", "half over"]);
    let left = store.runs(RunFilter { limit: 10, ..RunFilter::default() }).await.expect("a list");
    assert_eq!(left.len(), 5);
    assert!(store.run(run_id("over", "route").as_str()).await.expect("a store").is_none());
    assert!(store.event(&event_id("nobody ran")).await.expect("a store").is_none());
    let half = store.run(run_id("half over", "route").as_str()).await.expect("a store").expect("it stays");
    assert_eq!(half.history.len(), 1, "the rest of the event is not over");
    let woken = store.claim("a", at(500), 10).await.expect("a claim");
    assert!(woken.iter().any(|claimed| claimed.run.id == run_id("asleep", "route")));
    let again = store.prune(at(90), Sweep::default()).await.expect("it is pruned");
    assert_eq!((again.events, again.runs), (0, 0));
}
