//! What is friendlier than the API: custom fields by name, tags that are added, failures that would hide.

use std::sync::Arc;

use crate::support::{Scripted, call, done, failed};
use bellhop_connector::{Call, Confirmation, Connector, Evidence, Failure, FailureClass, Outcome};
use bellhop_contacts::Contacts;
use jiff::Timestamp;
use serde_json::{Value, json};

fn definitions() -> Value {
    json!([
        {"id": "f-score", "name": "Lead score", "fieldKey": "contact.lead_score", "dataType": "NUMERICAL", "model": "contact"},
        {"id": "f-source", "name": "Lead source", "fieldKey": "contact.lead_source", "dataType": "SINGLE_OPTIONS", "model": "contact"},
        {"id": "f-wanted", "name": "Services wanted", "fieldKey": "contact.services_wanted", "dataType": "MULTIPLE_OPTIONS", "model": "contact"},
    ])
}

fn answers(call: &Call) -> Outcome {
    let contact = json!({"id": "c1", "tags": ["old"], "customFields": [
        {"id": "f-score", "value": "91"},
        {"id": "f-source", "value": "Referral"},
        {"id": "f-gone", "value": "x"},
    ]});
    Outcome::Done(match call.operation.as_str() {
        "list_custom_fields" => definitions(),
        "add_tags" => json!(["old", "vip"]),
        "search_contacts" | "list_contacts" | "list_contacts_of_business" => json!([contact, {"id": "c2"}]),
        "find_duplicate" => Value::Null,
        "upsert_contact" => json!({"new": false, "contact": contact}),
        _ => contact,
    })
}

fn refusal(class: FailureClass, message: &str, status: u16, body: &str) -> Outcome {
    let evidence = Evidence { status: Some(status), body: body.into(), headers: vec![] };
    Outcome::Failed(Failure { evidence: Some(evidence), ..Failure::new(class, message) })
}

fn contacts(app: &Arc<Scripted>) -> Contacts {
    Contacts::around(Arc::clone(app) as Arc<dyn Connector>)
}

#[tokio::test]
async fn names_become_ids_in_the_type_the_field_wants() {
    for (operation, key) in
        [("create_contact", "email"), ("update_contact", "contactId"), ("upsert_contact", "email")]
    {
        let app = Scripted::new(answers);
        let input = json!({
            key: "x",
            "custom_fields": {"Lead source": "Referral", "lead_score": "90", "f-wanted": "Design"},
            "customFields": [{"id": "f-raw", "field_value": 1}],
        });
        done(contacts(&app).call(call(operation, input)).await);
        let (_, sent) = app.calls().into_iter().find(|(name, _)| name == operation).unwrap();
        assert_eq!(
            sent,
            json!({key: "x", "customFields": [
                {"id": "f-raw", "field_value": 1},
                {"id": "f-source", "field_value": "Referral"},
                {"id": "f-score", "field_value": 90},
                {"id": "f-wanted", "field_value": ["Design"]},
            ]}),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn contacts_come_out_with_their_custom_fields_by_key() {
    let expected = json!({"lead_score": 91, "lead_source": "Referral"});
    for (operation, path) in [
        ("get_contact", "/custom_fields"),
        ("create_contact", "/custom_fields"),
        ("update_contact", "/custom_fields"),
        ("upsert_contact", "/contact/custom_fields"),
        ("search_contacts", "/0/custom_fields"),
        ("list_contacts", "/0/custom_fields"),
        ("list_contacts_of_business", "/0/custom_fields"),
    ] {
        let output =
            done(contacts(&Scripted::new(answers)).call(call(operation, json!({"contactId": "c1"}))).await);
        assert_eq!(output.pointer(path), Some(&expected), "{operation}");
    }
    let output = done(contacts(&Scripted::new(answers)).call(call("search_contacts", json!({}))).await);
    assert_eq!(output[1]["custom_fields"], json!({}));
    let page = contacts(&Scripted::new(answers)).page(call("search_contacts", json!({})), None).await;
    assert_eq!(Value::Array(page.expect("a page").items), output, "a page shows the same as the whole list");
}

#[tokio::test]
async fn definitions_are_looked_up_once_and_again_only_for_what_is_new() {
    let app = Scripted::new(answers);
    let contacts = contacts(&app);
    for _ in 0..3 {
        done(contacts.call(call("get_contact", json!({"contactId": "c1"}))).await);
    }
    let looked_up =
        |app: &Scripted| app.operations().iter().filter(|name| *name == "list_custom_fields").count();
    // Once for the start and once because of `f-gone`, which nothing explains.
    assert_eq!(looked_up(&app), 2);
    failed(
        contacts.call(call("update_contact", json!({"contactId": "c1", "custom_fields": {"new": 1}}))).await,
    );
    assert_eq!(looked_up(&app), 3);
}

#[tokio::test]
async fn contacts_without_custom_fields_cost_no_look_up() {
    let app = Scripted::new(|_| Outcome::Done(json!({"id": "c1", "customFields": []})));
    let output = done(contacts(&app).call(call("get_contact", json!({"contactId": "c1"}))).await);
    assert_eq!(output["custom_fields"], json!({}));
    assert_eq!(app.operations(), ["get_contact"]);
}

#[tokio::test]
async fn an_unknown_name_is_refused_with_a_suggestion_and_nothing_is_written() {
    let app = Scripted::new(answers);
    let input =
        json!({"email": "ana@example.com", "custom_fields": {"Lead sorce": "x", "lead_score": "many"}});
    let failure = failed(contacts(&app).call(call("create_contact", input)).await);
    let FailureClass::Invalid { fields } = &failure.class else { panic!("{failure:?}") };
    assert_eq!(fields.len(), 2);
    assert!(failure.message.contains("Did you mean \"Lead source\"?"), "{}", failure.message);
    assert!(failure.message.contains("wants a number"), "{}", failure.message);
    assert!(app.operations().iter().all(|name| name == "list_custom_fields"), "{:?}", app.operations());
}

#[tokio::test]
async fn custom_fields_that_are_no_group_are_refused() {
    let failure = failed(
        contacts(&Scripted::new(answers))
            .call(call("update_contact", json!({"contactId": "c1", "custom_fields": ["x"]})))
            .await,
    );
    assert_eq!(failure.class.name(), "invalid");
}

#[tokio::test]
async fn a_failing_look_up_stops_a_read_that_it_could_serve_later_but_never_undoes_a_write() {
    let unwell = |call: &Call| match call.operation.as_str() {
        "list_custom_fields" => refusal(FailureClass::Unclear, "No answer came.", 504, ""),
        _ => answers(call),
    };
    let failure =
        failed(contacts(&Scripted::new(unwell)).call(call("get_contact", json!({"contactId": "c1"}))).await);
    assert_eq!(failure.class, FailureClass::Transient);
    let output =
        done(contacts(&Scripted::new(unwell)).call(call("create_contact", json!({"email": "x"}))).await);
    assert_eq!(output["id"], "c1");

    let forbidden = |call: &Call| match call.operation.as_str() {
        "list_custom_fields" => refusal(FailureClass::Forbidden { scope: None }, "No.", 401, ""),
        _ => answers(call),
    };
    let output =
        done(contacts(&Scripted::new(forbidden)).call(call("get_contact", json!({"contactId": "c1"}))).await);
    assert_eq!(output.get("custom_fields"), None);
}

#[tokio::test]
async fn tags_of_an_update_are_added_by_a_call_of_their_own() {
    for (operation, at) in [("update_contact", ""), ("upsert_contact", "/contact")] {
        let app = Scripted::new(answers);
        let input = json!({"contactId": "c1", "firstName": "Ana", "tags": ["vip"]});
        let output = done(contacts(&app).call(call(operation, input)).await);
        let calls = app.calls();
        assert_eq!(calls[0], (operation.to_owned(), json!({"contactId": "c1", "firstName": "Ana"})));
        assert_eq!(calls[1], ("add_tags".to_owned(), json!({"contactId": "c1", "tags": ["vip"]})));
        assert_eq!(output.pointer(&format!("{at}/tags")), Some(&json!(["old", "vip"])));
    }
}

#[tokio::test]
async fn replace_tags_goes_through_and_does_not_go_with_tags() {
    let app = Scripted::new(answers);
    done(
        contacts(&app)
            .call(call("update_contact", json!({"contactId": "c1", "replace_tags": ["only"]})))
            .await,
    );
    assert_eq!(app.calls()[0].1, json!({"contactId": "c1", "replace_tags": ["only"]}));
    let both = json!({"contactId": "c1", "replace_tags": ["only"], "tags": ["vip"]});
    let app = Scripted::new(answers);
    assert_eq!(failed(contacts(&app).call(call("update_contact", both)).await).class.name(), "invalid");
    assert!(app.calls().is_empty());
}

#[tokio::test]
async fn tags_that_could_not_be_added_fail_the_step() {
    let app = Scripted::new(|call| match call.operation.as_str() {
        "add_tags" => refusal(FailureClass::Transient, "Unwell.", 503, ""),
        _ => answers(call),
    });
    let input = json!({"contactId": "c1", "tags": ["vip"]});
    assert_eq!(
        failed(contacts(&app).call(call("update_contact", input)).await).class,
        FailureClass::Transient
    );
}

#[tokio::test]
async fn a_create_without_e_mail_and_phone_cannot_be_confirmed() {
    let contact = json!({"id": "c1", "customFields": [{"id": "f-score", "value": "91"}]});
    let app = Scripted::with_confirmation(answers, Confirmation::Happened(contact));
    let contacts = contacts(&app);
    let since = Timestamp::UNIX_EPOCH;
    let nameless = call("create_contact", json!({"firstName": "Ana", "email": ""}));
    assert_eq!(contacts.confirm(nameless, since).await, Confirmation::CannotTell);
    let found = contacts.confirm(call("create_contact", json!({"phone": "+15550100001"})), since).await;
    let Confirmation::Happened(contact) = found else { panic!("{found:?}") };
    assert_eq!(contact["custom_fields"], json!({"lead_score": 91}));
}

#[tokio::test]
async fn a_bulk_change_that_failed_for_some_is_a_failure() {
    let app = Scripted::new(|_| {
        let responses = json!([{"contactId": "c2", "type": "error", "message": "Contact deleted"}]);
        Outcome::Done(json!({"succeded": true, "errorCount": 1, "responses": responses}))
    });
    let failure = failed(contacts(&app).call(call("update_tags_in_bulk", json!({}))).await);
    assert!(failure.message.contains("c2: Contact deleted."), "{}", failure.message);
}
