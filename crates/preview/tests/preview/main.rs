//! Dry runs on a made-up address book: what its operations would make, seen through later reads.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod book;
mod writes_stay_here;

use bellhop_connector::{FailureClass, Outcome};
use bellhop_preview::{Change, FieldChange};
use book::{Rehearsal, STRANGERS};
use serde_json::{Value, json};

#[test]
fn a_later_read_sees_the_tags_that_an_earlier_write_adds() {
    let book = Rehearsal::new();
    let answer = book.done("add_tags", json!({"id": "p1", "tags": ["VIP", "friend"]}));
    assert_eq!(answer, json!(["friend", "vip"]));
    assert_eq!(book.done("get_person", json!({"id": "p1"}))["tags"], json!(["friend", "vip"]));
    assert_eq!(book.done("list_people", json!({}))[0]["tags"], json!(["friend", "vip"]));
    book.done("remove_tags", json!({"id": "p1", "tags": ["friend"]}));
    assert_eq!(book.done("get_person", json!({"id": "p1"}))["tags"], json!(["vip"]));

    let record = &book.report().records[0];
    assert_eq!((record.name.as_str(), record.change, record.known), ("Ana Quill", Change::Updated, true));
    assert_eq!(
        (&record.lists[0].added, &record.lists[0].removed),
        (&vec![json!("vip")], &vec![json!("friend")])
    );
}

#[test]
fn fields_and_values_by_id_are_told_old_and_new() {
    let book = Rehearsal::new();
    book.done("list_definitions", json!({}));
    let update = json!({"id": "p1", "city": "York", "phone": null, "extra": [{"id": "f1", "new": 9}, {"id": "f2", "new": "x"}]});
    let answer = book.done("update_person", update);
    assert_eq!((&answer["city"], &answer["phone"]), (&json!("York"), &json!(null)));
    assert_eq!(answer["extra"], json!([{"id": "f1", "is": 9}, {"id": "f2", "is": "x"}]));
    let change = |field: &str, label: &str, old: Value, new: Value| FieldChange {
        field: field.into(),
        label: label.into(),
        old,
        new,
        old_name: None,
        new_name: None,
    };
    assert_eq!(
        book.report().records[0].fields,
        [
            change("city", "Town", json!("Leeds"), json!("York")),
            change("phone", "phone", json!("+15550100001"), json!(null)),
            change("f1", "Score", json!(5), json!(9)),
            change("f2", "f2", json!(null), json!("x")),
        ]
    );
}

#[test]
fn people_are_told_by_name_where_the_app_tells_it() {
    let book = Rehearsal::new();
    book.done("update_person", json!({"id": "p1", "best": "p2"}));
    book.done("update_person", json!({"id": "p2", "best": "somebody"}));
    let records = book.report().records;
    let names = |index: usize| {
        (records[index].fields[0].old_name.as_deref(), records[index].fields[0].new_name.as_deref())
    };
    assert_eq!((names(0), names(1)), ((None, Some("Oren Pike")), (None, None)));
    assert_eq!(book.asked().iter().filter(|name| *name == "list_people").count(), 1, "once is enough");
}

#[test]
fn what_is_written_as_it_is_already_is_no_change() {
    let book = Rehearsal::new();
    book.done("update_person", json!({"id": "p1", "city": "Leeds"}));
    book.done("add_tags", json!({"id": "p1", "tags": ["friend"]}));
    assert_eq!(book.report().records[0].change, Change::Unchanged);
}

#[test]
fn a_record_made_here_can_be_read_updated_and_given_tasks() {
    let book = Rehearsal::new();
    let made = book.done("create_person", json!({"name": "Ben Okoro", "email": "ben@example.com"}));
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(id, "preview-person-1");
    assert_eq!((&made["tags"], &made["shelf"]), (&json!([]), &json!("s1")));
    book.done("update_person", json!({"id": id, "city": "York"}));
    book.done("add_tags", json!({"id": id, "tags": ["new"]}));
    let now = book.done("get_person", json!({"id": id}));
    assert_eq!(
        (&now["name"], &now["city"], &now["tags"]),
        (&json!("Ben Okoro"), &json!("York"), &json!(["new"]))
    );
    let task = book.done("create_task", json!({"person": id, "title": "Call"}));
    assert_eq!((&task["id"], &task["open"]), (&json!("preview-task-1"), &json!(true)));
    assert_eq!(book.done("list_tasks", json!({"person": id})), json!([task]));
    assert_eq!(book.done("get_task", json!({"person": id, "task": "preview-task-1"})), task);
    assert_eq!(book.asked_about(&id), 0, "the app knows nothing of it");

    let report = book.report();
    let person = &report.records[0];
    assert_eq!((person.change, person.made_up, person.name.as_str()), (Change::Created, true, "Ben Okoro"));
    assert_eq!((report.records[1].of.as_str(), report.records[1].kind.as_str()), ("Ben Okoro", "task"));
}

#[test]
fn tasks_made_here_stand_beside_those_of_the_app() {
    let book = Rehearsal::new();
    book.done("create_task", json!({"person": "p1", "title": "Write"}));
    let titles = |answer: Value| -> Vec<String> {
        answer.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(book.done("list_tasks", json!({"person": "p1"}))), ["Call Ana", "Write"]);
    assert_eq!(titles(book.done("list_tasks", json!({"person": "p2"}))), [""; 0]);
    book.done("delete_task", json!({"person": "p1", "task": "t1"}));
    assert_eq!(titles(book.done("list_tasks", json!({"person": "p1"}))), ["Write"]);
}

#[test]
fn an_upsert_finds_what_is_there_or_was_made_here() {
    let book = Rehearsal::new();
    let found = book.done("upsert_person", json!({"email": "ANA@example.com", "city": "York"}));
    assert_eq!((&found["new"], &found["person"]["id"]), (&json!(false), &json!("p1")));
    assert_eq!(found["person"]["city"], "York");
    let made = book.done("upsert_person", json!({"email": "cleo@example.com"}));
    assert_eq!((&made["new"], &made["person"]["id"]), (&json!(true), &json!("preview-person-1")));
    let again = book.done("upsert_person", json!({"email": "cleo@example.com", "city": "Bath"}));
    assert_eq!((&again["new"], &again["person"]["id"]), (&json!(false), &json!("preview-person-1")));
    assert_eq!(book.report().records.len(), 2);
}

#[test]
fn creating_a_twin_would_be_refused() {
    let book = Rehearsal::new();
    let failure = book.failed("create_person", json!({"name": "Ana", "email": "ana@example.com"}));
    assert_eq!(failure.class, FailureClass::Conflict { existing: json!({"id": "p1"}) });
    book.done("create_person", json!({"name": "Ben", "email": "ben@example.com"}));
    let failure = book.failed("create_person", json!({"name": "Ben", "email": "ben@example.com"}));
    assert_eq!(failure.class.name(), "conflict");
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let book = Rehearsal::new();
    for (operation, input) in [
        ("add_tags", json!({"id": "nobody", "tags": ["x"]})),
        ("update_person", json!({"id": "nobody", "city": "York"})),
        ("create_task", json!({"person": "nobody", "title": "Call"})),
        ("send", json!({"person": "nobody", "text": "Hello"})),
    ] {
        assert_eq!(book.failed(operation, input).class, FailureClass::NotFound, "{operation}");
    }
    assert_eq!(
        book.done("delete_person", json!({"id": "nobody"})),
        json!(null),
        "to be gone is what was asked"
    );
    assert!(book.report().records.is_empty());
}

#[test]
fn what_was_deleted_here_is_gone() {
    let book = Rehearsal::new();
    assert_eq!(book.done("delete_person", json!({"id": "p1"})), json!(true));
    assert_eq!(book.failed("get_person", json!({"id": "p1"})).class, FailureClass::NotFound);
    assert_eq!(book.failed("add_tags", json!({"id": "p1", "tags": ["x"]})).class, FailureClass::NotFound);
    assert_eq!(book.done("find_person", json!({"email": "ana@example.com"})), json!(null));
    assert_eq!(book.done("list_people", json!({})).as_array().unwrap().len(), 1);
    assert_eq!(book.report().records[0].change, Change::Deleted);
}

#[test]
fn messages_and_other_writes_are_told_and_answered() {
    let book = Rehearsal::new();
    book.done("get_person", json!({"id": "p1"}));
    let answer = book.done("send", json!({"person": "p1", "text": "Hello"}));
    assert_eq!(answer, json!({"sent": true, "messageId": "preview-messageId"}));
    assert_eq!(book.done("ring", json!({"times": 2})), json!(null));
    let report = book.report();
    assert_eq!(
        (report.messages[0].about.as_str(), &report.messages[0].input["text"]),
        ("Ana Quill", &json!("Hello"))
    );
    assert_eq!((report.others[0].operation.as_str(), report.others[0].step.as_str()), ("ring", "/steps/0"));
    assert!(report.remarks[0].contains("Ring"), "{:?}", report.remarks);
    assert_eq!(book.done("hum", json!({})), json!(true));
    assert!(book.report().remarks[1].contains("does not say what hum does"), "{:?}", book.report().remarks);
}

#[test]
fn a_record_that_may_not_be_read_is_changed_unseen() {
    let book = Rehearsal::blind();
    book.done("update_person", json!({"id": "p1", "city": "York"}));
    book.done("remove_tags", json!({"id": "p1", "tags": ["friend"]}));
    let report = book.report();
    assert!(!report.records[0].known);
    assert_eq!(report.records[0].fields[0].new, json!("York"));
    assert_eq!(report.records[0].lists[0].removed, [json!("friend")]);
    assert!(report.remarks[0].contains("may not read"), "{:?}", report.remarks);
}

#[test]
fn many_records_may_be_changed_by_one_call() {
    let book = Rehearsal::new();
    book.done("tag_many", json!({"people": ["p1", "p2"], "tags": ["here"], "how": "add"}));
    book.done("tag_many", json!({"people": ["p1"], "tags": ["friend"], "how": "remove"}));
    assert_eq!(book.done("get_person", json!({"id": "p1"}))["tags"], json!(["here"]));
    assert_eq!(book.done("get_person", json!({"id": "p2"}))["tags"], json!(["here"]));
}

#[test]
fn an_app_is_spared_where_the_recipe_has_seen_the_records() {
    let book = Rehearsal::new();
    book.done("list_strangers", json!({}));
    for number in 0..STRANGERS {
        let id = format!("s{number}");
        let tags = book.done("add_tags", json!({"id": id, "tags": ["near"]}));
        assert_eq!(tags, json!(["far", "near"]), "{id}");
    }
    let report = book.report();
    assert_eq!(report.records.len(), STRANGERS);
    let looks: u64 = report.calls.iter().map(|call| call.extra).sum();
    assert_eq!(looks, 100);
    assert_eq!(report.remarks.len(), 1, "{:?}", report.remarks);
    assert!(report.records.iter().all(|record| record.lists[0].added == [json!("near")]));
}

#[test]
fn calls_are_counted_by_who_makes_them() {
    let book = Rehearsal::new();
    book.done("get_person", json!({"id": "p2"}));
    book.done("add_tags", json!({"id": "p1", "tags": ["x"]}));
    book.done("add_tags", json!({"id": "p1", "tags": ["y"]}));
    let report = book.report();
    let of = |operation: &str| {
        let call = report.calls.iter().find(|call| call.operation == operation).unwrap();
        (call.calls, call.extra, call.writes)
    };
    assert_eq!(of("get_person"), (1, 1, false));
    assert_eq!(of("add_tags"), (2, 0, true));
    assert_eq!(report.calls[0].scopes, ["people.read"]);
}

#[test]
fn an_operation_that_does_not_exist_is_a_failure() {
    assert!(matches!(Rehearsal::new().call("fly", json!({})), Outcome::Failed(_)));
}
