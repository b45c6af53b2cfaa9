//! Budgets as calls feel them: shared by key, obeyed before and after the app complains, never past a deadline.

use std::sync::Arc;

use bellhop_connector::{Call, Connector as _, FailureClass, Outcome, RateLimit};
use jiff::SignedDuration;
use serde_json::json as value;
use tokio::task::JoinHandle;

use crate::support::{App, Bench, Reaction, answer, bench, json};

fn limit(limit: u32, per: &str, key: &str) -> RateLimit {
    RateLimit { limit, per: per.into(), key: key.into() }
}

fn ok() -> Reaction {
    json(200, &value!({"book": 1}))
}

async fn limited(limits: Vec<RateLimit>, script: impl IntoIterator<Item = Reaction>) -> (App, Bench) {
    let (app, mut bench) = bench(script).await;
    bench.connection.rate_limits = Some(limits);
    (app, bench)
}

fn read(bench: &Bench) -> Call {
    bench.call("get_book", value!({"book_id": "b1"}))
}

fn begin(bench: &Bench, call: Call) -> JoinHandle<Outcome> {
    let connector = Arc::clone(&bench.connector);
    tokio::spawn(async move { connector.call(call).await })
}

async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

fn after(outcome: Outcome) -> Option<u64> {
    match outcome {
        Outcome::Failed(failure) => match failure.class {
            FailureClass::RateLimited { after_ms } => after_ms,
            other => panic!("{other:?}: {}", failure.message),
        },
        Outcome::Done(output) => panic!("{output}"),
    }
}

#[tokio::test]
async fn a_call_too_many_waits_for_its_slot() {
    let (app, bench) = limited(vec![limit(2, "10s", "{connection.place}")], [ok()]).await;
    for _ in 0..2 {
        bench.outcome("get_book", value!({"book_id": "b1"})).await;
    }
    let third = begin(&bench, read(&bench));
    // And half a second: the first of them may have been longer on its way.
    let slot = bench.now() + SignedDuration::from_millis(10_500);
    until(|| bench.clock.next_wake() == Some(slot)).await;
    assert_eq!(app.asked().len(), 2);
    bench.clock.set(slot);
    assert_eq!(third.await.unwrap(), Outcome::Done(value!(1)));
    assert_eq!(app.asked().len(), 3);
}

#[tokio::test]
async fn a_slot_beyond_the_deadline_is_told_at_once_and_nothing_is_sent() {
    let (app, bench) = limited(vec![limit(1, "1 minute", "")], [ok()]).await;
    bench.outcome("get_book", value!({"book_id": "b1"})).await;
    let outcome = bench.outcome("get_book", value!({"book_id": "b1"})).await;
    if let Outcome::Failed(failure) = &outcome {
        assert_eq!(
            failure.message,
            "Could not get book b1: Library allows the next call in 60 seconds only."
        );
    }
    assert_eq!(after(outcome), Some(60_500));
    assert_eq!(app.asked().len(), 1);
}

#[tokio::test]
async fn a_refusal_holds_all_of_the_key_and_nobody_else() {
    let refused = answer(429, &[("retry-after", "60")], "");
    let (app, mut bench) = limited(vec![limit(100, "10s", "{connection.place}")], [refused, ok()]).await;
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b1"})).await), Some(60_000));
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b2"})).await), Some(60_000));
    assert_eq!(app.asked().len(), 1, "the second was not sent");

    bench.connection.name = "same place".into();
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b1"})).await), Some(60_000));
    bench.connection.name = "other place".into();
    bench.connection.settings.insert("place".into(), "p2".into());
    assert_eq!(bench.done("get_book", value!({"book_id": "b1"})).await, value!(1));
}

#[tokio::test]
async fn retry_after_may_be_a_date_and_without_it_the_window_is_waited_for() {
    for (headers, expected) in [
        (vec![("retry-after", "Sat, 21 Nov 2026 10:00:45 GMT")], Some(45_000)),
        (vec![("retry-after", "31.5")], Some(31_500)),
        (vec![], Some(10_000)),
        (vec![("retry-after", "soon")], Some(10_000)),
    ] {
        let (_app, bench) = limited(vec![limit(100, "10s", "")], [answer(429, &headers, "")]).await;
        assert_eq!(
            after(bench.outcome("get_book", value!({"book_id": "b1"})).await),
            expected,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn nothing_left_while_we_have_spent_less_means_that_others_spend_too() {
    let last = |header| answer(200, &[(header, "0"), ("x-interval", "45000")], r#"{"book": 1}"#);
    let (_app, bench) =
        limited(vec![limit(100, "10s", ""), limit(1000, "1 day", "")], [last("x-left")]).await;
    bench.done("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b1"})).await), Some(45_000));

    let (_app, bench) = limited(vec![limit(1, "10s", ""), limit(1000, "1 day", "")], [last("x-left")]).await;
    bench.done("get_book", value!({"book_id": "b1"})).await;
    let next = begin(&bench, read(&bench));
    until(|| bench.clock.next_wake().is_some()).await;
    assert_eq!(
        bench.clock.next_wake(),
        Some(bench.now() + SignedDuration::from_millis(10_500)),
        "the window knows better"
    );
    next.abort();

    let (_app, bench) =
        limited(vec![limit(100, "10s", ""), limit(1000, "1 day", "")], [last("x-left-today")]).await;
    bench.done("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b1"})).await), Some(3_600_000));
}

#[tokio::test]
async fn no_limits_are_no_limits_but_a_refusal_is_heard() {
    let (app, bench) = limited(Vec::new(), [ok()]).await;
    for _ in 0..300 {
        bench.done("get_book", value!({"book_id": "b1"})).await;
    }
    app.react([answer(429, &[("retry-after", "60")], "")]);
    bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(after(bench.outcome("get_book", value!({"book_id": "b1"})).await), Some(60_000));
    assert_eq!(app.asked().len(), 301);
}

#[tokio::test]
async fn a_limit_by_a_field_of_the_input_is_a_line_of_its_own() {
    let limits = vec![limit(1, "1 minute", "{book_id}"), limit(3, "1 minute", "")];
    let (app, bench) = limited(limits, [ok()]).await;
    let get = |id| bench.outcome("get_book", value!({ "book_id": id }));
    assert!(matches!(get("b1").await, Outcome::Done(_)));
    assert_eq!(after(get("b1").await), Some(60_500));
    assert!(matches!(get("b2").await, Outcome::Done(_)));
    assert!(matches!(get("b3").await, Outcome::Done(_)));
    assert_eq!(after(get("b4").await), Some(60_500), "the limit of all books counts too");
    assert_eq!(app.asked().len(), 3);
}
