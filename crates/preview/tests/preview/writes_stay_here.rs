//! Whatever is called in whatever order: nothing that writes reaches the app, and the same calls give the same answers.

use bellhop_connector::{Confirmation, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::book::{Rehearsal, manifest};

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["p1", "p2", "nobody", "t1", "preview-person-1", "preview-task-1"])
        .prop_map(str::to_owned)
}

fn input() -> impl Strategy<Value = Value> {
    let email = prop::sample::select(vec!["ana@example.com", "ben@example.com"]);
    (id(), id(), email, prop::collection::vec("[a-c]", 0..3), any::<bool>()).prop_map(|(id, task, email, tags, adds)| {
        json!({
            "id": id, "person": id, "people": [id, task], "task": task, "email": email, "tags": tags, "name": "Ben",
            "title": "Call", "text": "Hello", "city": "York", "how": if adds { "add" } else { "remove" },
        })
    })
}

fn calls() -> impl Strategy<Value = Vec<(String, Value)>> {
    let names: Vec<String> = manifest().operations.keys().cloned().collect();
    prop::collection::vec((prop::sample::select(names), input()), 1..12)
}

proptest! {
    #[test]
    fn no_write_reaches_the_app(calls in calls()) {
        let (book, again) = (Rehearsal::new(), Rehearsal::new());
        let manifest = manifest();
        for (operation, input) in calls {
            // The app itself fails the test where a write reaches it.
            let answer: Outcome = book.call(&operation, input.clone());
            prop_assert_eq!(&again.call(&operation, input.clone()), &answer);
            if manifest.operations[&operation].effect.writes() {
                prop_assert_eq!(book.confirm(&operation, input), Confirmation::DidNotHappen);
            }
        }
        for operation in book.asked() {
            prop_assert!(!manifest.operations[&operation].effect.writes(), "{} reached the app", operation);
        }
        book.report();
    }
}

#[test]
fn a_long_loop_is_played_at_its_beginning_and_the_plan_says_so() {
    let rehearsal = Rehearsal::new();
    let page = rehearsal.page("list_strangers", None);
    assert_eq!((page.items.len(), page.next), (100, None));
    let said = rehearsal.report().remarks.join("\n");
    assert!(said.contains("has found 300 so far") && said.contains("plays the first 100"), "{said}");
}

#[test]
fn a_loop_sees_what_the_plan_has_written() {
    let rehearsal = Rehearsal::new();
    rehearsal.done("update_person", json!({"id": "p1", "city": "York"}));
    let page = rehearsal.page("list_people", None);
    assert_eq!(page.items[0]["city"], "York");
    assert!(rehearsal.report().remarks.is_empty(), "a short list needs no remark");
}
