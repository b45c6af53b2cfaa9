//! A run becomes a test that names nobody and says what happened.

use std::sync::Arc;

use bellhop_connector::Catalogue;
use bellhop_journal::{
    CallNote, Claimed, Entry, EventId, Origin, Run, RunId, RunStatus, Stamped, StoredEvent,
};
use bellhop_source::{Source, parse};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::as_test;

fn run(entries: Vec<Entry>) -> Claimed {
    let at: Timestamp = "2026-03-02T10:00:00Z".parse().expect("a time");
    let event = EventId::of("contacts", "d1");
    Claimed {
        signals: Vec::new(),
        run: Run {
            id: RunId::of(&event, "greet"),
            recipe: "greet".to_owned(),
            version: "v".to_owned(),
            event: event.clone(),
            status: RunStatus::Succeeded,
            record: Some("contact 9fKq".to_owned()),
            order_key: None,
            inputs: Value::Null,
            created_at: at,
            updated_at: at,
            wake_at: None,
            summary: String::new(),
            troubled: false,
            holder: None,
        },
        event: StoredEvent {
            id: event,
            origin: Origin { source: "contacts".to_owned(), name: "contacts.contact_created".to_owned() },
            delivery_id: "d1".to_owned(),
            received_at: at,
            record: Some("contact 9fKq".to_owned()),
            data: json!({"id": "9fKq", "firstName": "Wilhelmina", "email": "w.brandt@example.org", "locationId": "L", "dnd": false}),
        },
        history: entries.into_iter().map(|entry| Stamped { at, entry }).collect(),
    }
}

fn started(step: &str, operation: &str, input: Value) -> Entry {
    let call = CallNote {
        connector: "contacts".to_owned(),
        operation: operation.to_owned(),
        connection: "contacts".to_owned(),
        input,
    };
    Entry::StepStarted { step: step.to_owned(), attempt: 1, call }
}

fn catalogue() -> Catalogue {
    Catalogue::new([Arc::new(bellhop_contacts::manifest())])
}

#[test]
fn nobody_is_named_and_the_same_is_replaced_by_the_same() {
    let contact = json!({
        "id": "9fKq", "firstName": "Wilhelmina", "lastName": "Brandt", "contactName": "Wilhelmina Brandt",
        "email": "w.brandt@example.org", "phone": "+4915112345", "tags": ["vip"], "dateAdded": "2020-01-01T00:00:00Z",
        "custom_fields": {"lead_score": 91},
    });
    let found = run(vec![
        started("/steps/0", "get_contact", json!({"contactId": "9fKq"})),
        Entry::StepEnded { step: "/steps/0".to_owned(), output: contact },
        started(
            "/steps/1",
            "create_task",
            json!({"contactId": "9fKq", "title": "Call Wilhelmina Brandt (+4915112345)", "dueDate": "2026-03-04T10:00:00.123Z"}),
        ),
        Entry::StepFailed {
            step: "/steps/1".to_owned(),
            class: "transient".to_owned(),
            message: String::new(),
            evidence: Value::Null,
            retry_at: Some(Timestamp::UNIX_EPOCH),
            handled: false,
        },
        Entry::StepEnded { step: "/steps/1".to_owned(), output: json!({"id": "t1"}) },
    ]);
    let text = as_test(&found, &[], &[], &catalogue());
    for private in ["Wilhelmina", "Brandt", "brandt", "49151", "9fKq"] {
        assert!(!text.contains(private), "{private} is in\n{text}");
    }
    for line in [
        "recipe: greet",
        "      now: 2026-03-02T10:00:00Z",
        "        - { id: \"c1\", firstName: \"Ana\", lastName: \"Quill\", email: \"person1@example.com\", phone: \"+15550100001\", \
         tags: [\"vip\"], dateAdded: \"2020-01-01T00:00:00Z\", custom_fields: { lead_score: 91 } }",
        "      faults:",
        "        - { on: contacts.create_task, answer: 503, times: 1 }",
        "      contacts.contact_created: { id: \"c1\", firstName: \"Ana\", email: \"person1@example.com\", dnd: false }",
        "      run: succeeded",
        "        - contacts.create_task: { contactId: \"c1\", title: \"Call Ana Quill (+15550100001)\" }",
        "      no_other_writes: yes",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is missing in\n{text}");
    }
    assert!(parse(&Source::new("t", text.as_str())).1.is_empty(), "{text}");
}

#[test]
fn a_name_inside_another_word_is_left_alone() {
    let mut found = run(vec![
        started(
            "/steps/0",
            "create_note",
            json!({"contactId": "9fKq", "body": "Al is always right. Al's note"}),
        ),
        Entry::StepEnded { step: "/steps/0".to_owned(), output: json!({"id": "n1"}) },
    ]);
    found.event.data["firstName"] = "Al".into();
    let text = as_test(&found, &[], &[], &catalogue());
    assert!(text.contains("Ana is always right. Ana's note"), "{text}");
}

#[test]
fn what_people_wrote_is_made_up_and_what_the_recipe_wrote_stays() {
    let note = json!([{"id": "n1", "contactId": "9fKq", "body": "Her sister is ill"}]);
    let found = run(vec![
        started("/steps/0", "list_notes", json!({"contactId": "9fKq"})),
        Entry::StepEnded { step: "/steps/0".to_owned(), output: note },
        started("/steps/1", "create_note", json!({"contactId": "9fKq", "body": "Seen: Her sister is ill."})),
        Entry::StepEnded {
            step: "/steps/1".to_owned(),
            output: json!({"id": "n2", "body": "Seen: Her sister is ill."}),
        },
    ]);
    let text = as_test(&found, &[], &[], &catalogue());
    assert!(!text.contains("sister"), "{text}");
    assert!(text.contains("body: \"Seen: Something that somebody wrote (1).\""), "{text}");
    assert!(
        text.contains("- { id: \"n1\", contactId: \"c1\", body: \"Something that somebody wrote (1)\" }"),
        "{text}"
    );
}

#[test]
fn words_that_the_recipe_looks_for_stay_in_what_people_wrote() {
    let note = json!([{"id": "n1", "contactId": "9fKq", "body": "Yes, my sister too"}]);
    let found = run(vec![
        started("/steps/0", "list_notes", json!({"contactId": "9fKq"})),
        Entry::StepEnded { step: "/steps/0".to_owned(), output: note },
    ]);
    let text = as_test(&found, &[], &["  - if: note.body is containing 'yes'"], &catalogue());
    assert!(!text.contains("sister"), "{text}");
    assert!(text.contains("Something that somebody wrote (1), yes"), "{text}");
}
