//! Whether a call happened that is in doubt: which refusals prove nothing, and how it is looked for where one list leads to
//! another, where a field must be known, and where the app shows late what was made.

use std::sync::Arc;

use bellhop_connector::{Confirmation, Connector as _, FailureClass};
use jiff::SignedDuration;
use serde_json::{Value, json as value};
use tokio::task::JoinHandle;

use crate::support::{App, Bench, Reaction, bench, evidence, json};

fn lent() -> Value {
    value!({"book_id": "b1", "reader": "r1", "branch": "North"})
}

fn branches(found: &[(&str, &str)]) -> Reaction {
    let branches: Vec<Value> = found.iter().map(|(id, name)| value!({"id": id, "name": name})).collect();
    json(200, &value!({ "branches": branches }))
}

fn loan(reader: &str) -> Value {
    value!({"id": format!("loan of {reader}"), "book": "b1", "reader": reader, "made": "2026-11-21T10:00:01Z"})
}

fn loans(found: &[Value]) -> Reaction {
    json(200, &value!({ "loans": found }))
}

fn look(bench: &Bench, input: Value) -> JoinHandle<Confirmation> {
    look_for(bench, "lend_book", input)
}

fn look_for(bench: &Bench, operation: &str, input: Value) -> JoinHandle<Confirmation> {
    let (connector, call, since) = (Arc::clone(&bench.connector), bench.call(operation, input), bench.now());
    tokio::spawn(async move { connector.confirm(call, since).await })
}

/// What a look says that looks again once the app has had its time.
async fn after_a_second_look(app: &App, bench: &Bench, asked_before: usize) -> Confirmation {
    second_look(app, bench, look(bench, lent()), asked_before).await
}

async fn second_look(
    app: &App,
    bench: &Bench,
    looking: JoinHandle<Confirmation>,
    asked_before: usize,
) -> Confirmation {
    let later = bench.now() + SignedDuration::from_secs(10);
    while bench.clock.next_wake() != Some(later) {
        assert!(!looking.is_finished(), "nothing found at once proves nothing");
        tokio::task::yield_now().await;
    }
    assert_eq!(app.asked().len(), asked_before);
    bench.clock.set(later);
    looking.await.unwrap()
}

#[tokio::test]
async fn a_refusal_that_proves_nothing_is_unclear_and_keeps_what_it_is() {
    let said = value!({"message": ["reader must be a member"]});
    let cases = [
        (json(422, &said), FailureClass::Invalid { fields: vec!["reader must be a member".into()] }),
        (json(400, &value!({"message": "Book not found"})), FailureClass::NotFound),
        (json(409, &value!({"message": "taken"})), FailureClass::Conflict { existing: Value::Null }),
    ];
    for (reaction, class) in cases {
        let (_app, bench) = bench([reaction.clone()]).await;
        let failure = bench.failed("lend_book", lent()).await;
        assert_eq!(failure.class, FailureClass::Unproven(Box::new(class)), "{reaction:?}");
        assert_eq!(failure.class.name(), "unclear", "to whom it is all the same");
        assert!(evidence(&failure).status.is_some());
        assert!(!failure.message.contains("may or may not"), "it is the refusal's own sentence: {failure:?}");
    }
}

#[tokio::test]
async fn every_other_answer_is_what_it_is() {
    for (status, class) in [
        (403, FailureClass::Forbidden { scope: None }),
        (429, FailureClass::RateLimited { after_ms: None }),
        (503, FailureClass::Unclear),
    ] {
        let (_app, bench) = bench([json(status, &value!({"message": "no"}))]).await;
        let failure = bench.failed("lend_book", lent()).await;
        assert_eq!(failure.class, class, "{status}");
    }
    let (_app, bench) = bench([json(422, &value!({"message": "no"}))]).await;
    let failure = bench.failed("create_note", value!({"book_id": "b1", "body": "hi"})).await;
    assert_eq!(failure.class.name(), "invalid");
}

#[tokio::test]
async fn one_list_leads_to_another_through_the_items_that_match() {
    let named = branches(&[("1", "North"), ("2", "South"), ("3", " North ")]);
    let (app, bench) = bench([named, loans(&[loan("r2")]), loans(&[loan("r2"), loan("r1")])]).await;
    assert_eq!(look(&bench, lent()).await.unwrap(), Confirmation::Happened(loan("r1")));
    assert_eq!(app.lines(), ["GET /branches?place=p1", "GET /branches/1/loans", "GET /branches/3/loans"]);
}

#[tokio::test]
async fn a_template_without_a_value_is_not_compared() {
    let (app, bench) =
        bench([branches(&[("1", "North"), ("2", "South")]), loans(&[]), loans(&[loan("r1")])]).await;
    let anywhere = value!({"book_id": "b1", "reader": "r1"});
    assert_eq!(look(&bench, anywhere).await.unwrap(), Confirmation::Happened(loan("r1")));
    assert_eq!(app.lines()[1..], ["GET /branches/1/loans", "GET /branches/2/loans"]);
}

#[tokio::test]
async fn without_a_field_that_it_needs_nothing_is_looked_for() {
    let (app, bench) = bench([branches(&[])]).await;
    for input in [value!({"book_id": "b1"}), value!({"book_id": "b1", "reader": null})] {
        assert_eq!(look(&bench, input).await.unwrap(), Confirmation::CannotTell);
    }
    assert!(app.asked().is_empty());
}

#[tokio::test]
async fn what_is_not_there_at_once_is_looked_for_again_when_the_app_has_had_its_time() {
    let north = || branches(&[("1", "North")]);
    let (app, late) = bench([north(), loans(&[]), north(), loans(&[loan("r1")])]).await;
    assert_eq!(after_a_second_look(&app, &late, 2).await, Confirmation::Happened(loan("r1")));

    // The first list may be late as well.
    let (app, late) = bench([branches(&[]), north(), loans(&[loan("r1")])]).await;
    assert_eq!(after_a_second_look(&app, &late, 1).await, Confirmation::Happened(loan("r1")));

    let (app, never) = bench([north(), loans(&[]), north(), loans(&[loan("r2")])]).await;
    assert_eq!(after_a_second_look(&app, &never, 2).await, Confirmation::DidNotHappen);
    assert_eq!(app.asked().len(), 4);
}

#[tokio::test]
async fn where_there_is_no_time_to_look_again_it_is_not_said_that_nothing_happened() {
    let (_app, bench) = bench([branches(&[("1", "North")]), loans(&[])]).await;
    let mut call = bench.call("lend_book", lent());
    call.deadline = bench.now() + SignedDuration::from_secs(10);
    let Confirmation::Failed(failure) = bench.connector.confirm(call, bench.now()).await else {
        panic!("it is not known")
    };
    assert_eq!(failure.class, FailureClass::Transient);
}

#[tokio::test]
async fn a_list_that_cannot_be_understood_proves_nothing() {
    let (_app, first) = bench([json(200, &value!({"branches": {"1": "North"}}))]).await;
    assert_eq!(look(&first, lent()).await.unwrap(), Confirmation::CannotTell);
    let odd = json(200, &value!({"loans": {"r1": "b1"}}));
    let (_app, second) = bench([branches(&[("1", "North")]), odd]).await;
    assert_eq!(look(&second, lent()).await.unwrap(), Confirmation::CannotTell);
    let (_app, failing) = bench([branches(&[("1", "North")]), json(503, &value!({}))]).await;
    assert!(matches!(look(&failing, lent()).await.unwrap(), Confirmation::Failed(_)));
}

fn member(name: &str, made: &str) -> Value {
    value!({"id": name, "place": "p1", "phone": "+15550100001", "made": made})
}

#[tokio::test]
async fn what_is_older_may_hide_what_was_made_so_another_look_is_made() {
    let (old, new) = (member("old", "2026-11-20T08:00:00Z"), member("new", "2026-11-21T10:00:01Z"));
    let input = || value!({"email": "ana@example.com"});
    let one = |member: &Value| json(200, &value!({ "member": member }));
    let all = |members: &[&Value]| json(200, &value!({ "members": members }));

    let (app, first) = bench([one(&new)]).await;
    assert_eq!(look_for(&first, "enrol", input()).await.unwrap(), Confirmation::Happened(new.clone()));
    assert_eq!(app.asked().len(), 1);
    let (app, nobody) = bench([one(&Value::Null)]).await;
    assert_eq!(look_for(&nobody, "enrol", input()).await.unwrap(), Confirmation::DidNotHappen);
    assert_eq!(app.asked().len(), 1);

    let (app, hidden) = bench([one(&old), all(&[&old, &new])]).await;
    assert_eq!(look_for(&hidden, "enrol", input()).await.unwrap(), Confirmation::Happened(new.clone()));
    let sent: Value = serde_json::from_str(&app.asked()[1].body).unwrap();
    assert_eq!(sent, value!({"any": [{"email": "ana@example.com"}, {"phone": "+15550100001"}]}));
    // What the older one does not have is not asked for.
    let (app, without) =
        bench([one(&value!({"place": "p1", "phone": null, "made": "2020-01-01T00:00:00Z"})), all(&[&new])])
            .await;
    assert_eq!(look_for(&without, "enrol", input()).await.unwrap(), Confirmation::Happened(new.clone()));
    let sent: Value = serde_json::from_str(&app.asked()[1].body).unwrap();
    assert_eq!(sent, value!({"any": [{"email": "ana@example.com"}]}));

    // The search shows late what was made.
    let (app, late) = bench([one(&old), all(&[&old]), all(&[&old, &new])]).await;
    let looking = look_for(&late, "enrol", input());
    assert_eq!(second_look(&app, &late, looking, 2).await, Confirmation::Happened(new));
    let (app, only_old) = bench([one(&old), all(&[&old])]).await;
    let looking = look_for(&only_old, "enrol", input());
    assert_eq!(second_look(&app, &only_old, looking, 2).await, Confirmation::DidNotHappen);
    assert_eq!(app.asked().len(), 3);
}
