//! The connector against the sandbox over HTTP: all 32 operations, what surrounds them, the quirks and the events.

use bellhop_connector::{Connection, Connector, Delivery, FailureClass, Refusal};
use bellhop_sandbox::{Data, SandboxConfig};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::scene::{MARA, Scene};

const BUSINESS: &str = "5a0db05100000000000b0002";

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn all_operations_work() {
    let scene = Scene::new().await;
    contacts(&scene).await;
    tasks_and_notes(&scene).await;
    tags_and_followers(&scene).await;
    campaigns_and_workflows(&scene).await;
    neighbours(&scene).await;
    assert_eq!(scene.done("delete_contact", json!({"contactId": MARA})).await, json!(true));
    assert_eq!(scene.done("delete_contact", json!({"contactId": MARA})).await, Value::Null);

    let called = scene.sandbox.call_counts();
    let manifest = bellhop_contacts::manifest();
    let never: Vec<_> = manifest
        .operations
        .iter()
        .filter(|(_, one)| called.get(&one.vendor_id).is_none())
        .map(|(name, _)| name)
        .collect();
    assert!(never.is_empty(), "never called: {never:?}");
}

async fn contacts(scene: &Scene) {
    let made = scene
        .done(
            "create_contact",
            json!({
                "firstName": "Vera", "lastName": "Lund", "email": "vera.lund@example.com", "tags": ["New Lead"],
                "custom_fields": {"Lead source": "Referral", "lead_score": "81", "Services wanted": ["Design"]},
            }),
        )
        .await;
    assert_eq!(made["tags"], json!(["new lead"]));
    let fields = json!({"lead_source": "Referral", "lead_score": 81, "services_wanted": ["Design"]});
    assert_eq!(made["custom_fields"], fields);
    let id = made["id"].as_str().unwrap();
    let got = scene.done("get_contact", json!({"contactId": id})).await;
    assert_eq!(got["email"], "vera.lund@example.com");
    assert_eq!(got["custom_fields"], fields);

    let changed = scene
        .done(
            "update_contact",
            json!({"contactId": id, "city": "Leeds", "tags": ["vip"], "custom_fields": {"lead_score": 90}}),
        )
        .await;
    assert_eq!(changed["city"], "Leeds");
    assert_eq!(changed["tags"], json!(["new lead", "vip"]));
    assert_eq!(changed["custom_fields"]["lead_score"], json!(90));
    let replaced = scene.done("update_contact", json!({"contactId": id, "replace_tags": ["only"]})).await;
    assert_eq!(replaced["tags"], json!(["only"]));

    let upserted =
        scene.done("upsert_contact", json!({"email": "vera.lund@example.com", "tags": ["again"]})).await;
    assert_eq!((&upserted["new"], &upserted["contact"]["tags"]), (&json!(false), &json!(["only", "again"])));
    let new = scene.done("upsert_contact", json!({"email": "ida.moss@example.com", "tags": ["first"]})).await;
    assert_eq!((&new["new"], &new["contact"]["tags"]), (&json!(true), &json!(["first"])));

    let found = scene.done("find_duplicate", json!({"phone": "+15550100001"})).await;
    assert_eq!((&found["id"], &found["custom_fields"]["lead_score"]), (&json!(MARA), &json!(92)));
    assert_eq!(scene.done("find_duplicate", json!({"email": "nobody@example.com"})).await, Value::Null);

    assert_eq!(ids(&scene.done("list_contacts", json!({})).await).len(), 10);
    let hits = scene
        .done(
            "search_contacts",
            json!({"filters": [{"field": "tags", "operator": "contains", "value": "customer"}]}),
        )
        .await;
    assert_eq!(ids(&hits).len(), 2);
    assert_eq!(hits[0]["custom_fields"]["lifecycle_stage"], "Customer");

    assert_eq!(scene.done("set_business", json!({"ids": [id], "businessId": BUSINESS})).await, json!([id]));
    let of_business = scene.done("list_contacts_of_business", json!({"businessId": BUSINESS})).await;
    assert!(ids(&of_business).contains(&id));
    scene.done("set_business", json!({"ids": [id], "businessId": null})).await;
    let of_business = scene.done("list_contacts_of_business", json!({"businessId": BUSINESS})).await;
    assert!(!ids(&of_business).contains(&id));
}

async fn tasks_and_notes(scene: &Scene) {
    let due = "2030-01-15T09:00:00Z";
    let task =
        scene.done("create_task", json!({"contactId": MARA, "title": "Measure", "dueDate": due})).await;
    assert_eq!(task["completed"], json!(false));
    let id = &task["id"];
    assert!(ids(&scene.done("list_tasks", json!({"contactId": MARA})).await).contains(&id.as_str().unwrap()));
    let changed = scene
        .done(
            "update_task",
            json!({"contactId": MARA, "taskId": id, "title": "Measure twice", "dueDate": due}),
        )
        .await;
    assert_eq!(changed["title"], "Measure twice");
    assert_eq!(
        scene.done("complete_task", json!({"contactId": MARA, "taskId": id})).await["completed"],
        json!(true)
    );
    assert_eq!(
        scene.done("get_task", json!({"contactId": MARA, "taskId": id})).await["completed"],
        json!(true)
    );
    let open = scene.done("search_tasks", json!({"completed": false})).await;
    assert_eq!(ids(&open).len(), 4);
    assert_eq!(scene.done("delete_task", json!({"contactId": MARA, "taskId": id})).await, json!(true));
    assert_eq!(scene.done("delete_task", json!({"contactId": MARA, "taskId": id})).await, Value::Null);

    let note =
        scene.done("create_note", json!({"contactId": MARA, "body": "Likes oak.", "pinned": true})).await;
    let id = &note["id"];
    assert!(ids(&scene.done("list_notes", json!({"contactId": MARA})).await).contains(&id.as_str().unwrap()));
    scene.done("update_note", json!({"contactId": MARA, "noteId": id, "body": "Likes walnut."})).await;
    assert_eq!(
        scene.done("get_note", json!({"contactId": MARA, "noteId": id})).await["body"],
        "Likes walnut."
    );
    assert_eq!(scene.done("delete_note", json!({"contactId": MARA, "noteId": id})).await, json!(true));
    assert_eq!(
        ids(&scene.done("list_appointments", json!({"contactId": MARA})).await),
        ["eventMaraCall0000001"]
    );
}

async fn tags_and_followers(scene: &Scene) {
    let tags = scene.done("add_tags", json!({"contactId": MARA, "tags": ["VIP"]})).await;
    assert_eq!(tags, json!(["new lead", "website", "vip"]));
    let tags = scene.done("remove_tags", json!({"contactId": MARA, "tags": ["website", "vip"]})).await;
    assert_eq!(tags, json!(["new lead"]));
    let all = json!({"type": "add", "contacts": [MARA, "contactOrenPike00001"], "tags": ["spring"]});
    assert_eq!(scene.done("update_tags_in_bulk", all).await["errorCount"], json!(0));
    let some = json!({"type": "remove", "contacts": [MARA, "contactNobody0000001"], "tags": ["spring"]});
    let failure = scene.fails("update_tags_in_bulk", some).await;
    assert!(failure.message.contains("contactNobody0000001"), "{}", failure.message);

    let tomas = json!({"contactId": MARA, "followers": ["userTomasReed0000001"]});
    assert_eq!(scene.done("add_followers", tomas.clone()).await, json!(["userTomasReed0000001"]));
    assert_eq!(scene.done("remove_followers", tomas).await, json!([]));
}

async fn campaigns_and_workflows(scene: &Scene) {
    let campaign = json!({"contactId": MARA, "campaignId": "campaignHotLeads0001"});
    assert_eq!(scene.done("add_to_campaign", campaign.clone()).await, json!(true));
    assert_eq!(scene.done("remove_from_campaign", campaign).await, json!(true));
    assert_eq!(scene.done("remove_from_all_campaigns", json!({"contactId": MARA})).await, json!(true));
    let workflow = json!({"contactId": MARA, "workflowId": "00000000-0000-4000-8000-000000000101"});
    assert_eq!(scene.done("add_to_workflow", workflow.clone()).await, json!(true));
    assert_eq!(scene.done("remove_from_workflow", workflow).await, json!(true));
}

async fn neighbours(scene: &Scene) {
    for (operation, least) in [
        ("list_location_tags", 13),
        ("list_campaigns", 2),
        ("list_workflows", 3),
        ("list_calendars", 2),
        ("list_users", 3),
        ("list_custom_fields", 6),
    ] {
        let listed = ids(&scene.done(operation, json!({})).await).len();
        assert!(listed >= least, "{operation}: {listed}");
    }
    let appointment = scene.done("get_appointment", json!({"appointmentId": "eventMaraCall0000001"})).await;
    assert_eq!(appointment["contactId"], MARA);
    let sent =
        scene.done("send_message", json!({"contactId": MARA, "type": "SMS", "message": "Hello"})).await;
    assert!(sent["messageId"].is_string(), "{sent}");
    let found = scene.done("search_conversations", json!({"contactId": MARA})).await;
    assert_eq!(ids(&found), [sent["conversationId"].as_str().unwrap()]);
    let said = scene.done("list_messages", json!({"conversationId": sent["conversationId"]})).await;
    assert_eq!(said[0]["id"], sent["messageId"]);
    let booked =
        json!({"contactId": MARA, "calendarId": "calendarFirstCall001", "startTime": "2030-02-15T09:00:00Z"});
    assert!(scene.done("create_appointment", booked).await["id"].is_string());
    let deal = json!({"contactId": MARA, "name": "Kitchen", "pipelineId": "pipelineSales0000001"});
    let deal = scene.done("create_opportunity", deal).await;
    assert_eq!(deal["status"], "open");
    let found = scene.done("search_opportunities", json!({"contactId": MARA})).await;
    assert!(ids(&found).contains(&deal["id"].as_str().unwrap()), "{found}");
    let won = json!({"opportunityId": deal["id"], "status": "won"});
    assert_eq!(scene.done("update_opportunity", won).await["status"], "won");
    let id = json!({"opportunityId": deal["id"]});
    assert_eq!(scene.done("get_opportunity", id).await["status"], "won");
}

#[tokio::test]
async fn lists_page_to_the_end_or_to_the_limit() {
    let id = |index: usize| format!("contactNumber{index:07}");
    let person =
        |index| json!({"id": id(index), "firstName": format!("Person {index}"), "businessId": BUSINESS});
    let task =
        |index| json!({"contactId": id(index), "title": "Call", "dueDate": "2030-01-15T09:00:00.000Z"});
    let data = json!({
        "businesses": [{"id": BUSINESS, "name": "Larkfield"}],
        "contacts": (0..230).map(person).collect::<Vec<_>>(),
        "tasks": (0..230).map(task).collect::<Vec<_>>(),
    });
    let data = Data::from_json(&data).unwrap();
    let scene = Scene::with(SandboxConfig { data, ..SandboxConfig::default() }).await;
    for (operation, input, count) in [
        ("list_contacts", json!({}), 230),
        ("list_contacts", json!({"limit": 150}), 150),
        ("search_contacts", json!({}), 230),
        ("search_contacts", json!({"pageLimit": 3}), 3),
        ("search_tasks", json!({}), 230),
        ("search_tasks", json!({"skip": 100}), 130),
        ("list_contacts_of_business", json!({"businessId": BUSINESS}), 230),
    ] {
        let listed = scene.done(operation, input).await;
        let listed = ids(&listed);
        let distinct: std::collections::BTreeSet<_> = listed.iter().collect();
        assert_eq!((listed.len(), distinct.len()), (count, count), "{operation}");
    }
}

#[tokio::test]
async fn refusals_have_their_class() {
    let scene = Scene::new().await;
    let missing = scene.fails("get_contact", json!({"contactId": "contactNobody0000001"})).await;
    assert_eq!(missing.class, FailureClass::NotFound, "{missing:?}");
    let twice = scene.fails("create_contact", json!({"email": "mara.fenn@example.com"})).await;
    let FailureClass::Conflict { existing } = &twice.class else { panic!("{twice:?}") };
    assert_eq!(existing["id"], MARA, "{twice:?}");
    let wrong = scene.fails("create_contact", json!({"email": "new@example.com", "timezone": 7})).await;
    assert!(matches!(wrong.class, FailureClass::Unproven(_)), "{wrong:?}");

    scene.fault("503@get-contact*1");
    let unwell = scene.fails("get_contact", json!({"contactId": MARA})).await;
    assert_eq!(unwell.class, FailureClass::Transient, "{unwell:?}");
    scene.fault("429@add-tags*1");
    let busy = scene.fails("add_tags", json!({"contactId": MARA, "tags": ["x"]})).await;
    assert_eq!(busy.class.name(), "rate_limited", "{busy:?}");
}

#[tokio::test]
async fn a_token_without_the_permission_is_told_so() {
    let scopes = Some(vec!["contacts.readonly".to_owned()]);
    let scene = Scene::with(SandboxConfig { scopes, ..SandboxConfig::default() }).await;
    let failure = scene.fails("add_tags", json!({"contactId": MARA, "tags": ["x"]})).await;
    assert_eq!(
        failure.class,
        FailureClass::Forbidden { scope: Some("contacts.write".into()) },
        "{failure:?}"
    );
    // Custom fields may not be looked up either, and the contact comes all the same.
    let contact = scene.done("get_contact", json!({"contactId": MARA})).await;
    assert_eq!((&contact["firstName"], contact.get("custom_fields")), (&json!("Mara"), None));
}

#[tokio::test]
async fn every_event_is_verified_and_named() {
    let scene = Scene::new().await;
    let manifest = bellhop_contacts::manifest();
    for (name, event) in &manifest.events {
        let sample = scene.sandbox.sample_event(&event.vendor_name).unwrap();
        let body = serde_json::to_vec(&sample).unwrap();
        let signed = scene.sandbox.sign(&body);
        for (header, signature) in [("x-ghl-signature", &signed.ed25519), ("x-wh-signature", &signed.rsa)] {
            let headers = [(header.to_owned(), signature.clone())];
            let delivery = Delivery {
                connection: &scene.connection,
                headers: &headers,
                body: &body,
                received_at: Timestamp::UNIX_EPOCH,
            };
            let verified = scene.contacts.verify(&delivery).unwrap();
            assert_eq!(&verified.name, name);
            match event.poll.as_ref().and_then(|poll| poll.once_id(name, &sample)) {
                // What comes once in a record's life is known by the record, however Bellhop learns of it.
                Some(once) => assert_eq!(verified.delivery_id, once),
                None => assert_eq!(verified.delivery_id, sample["webhookId"]),
            }
            assert_eq!(verified.account.as_deref(), Some(scene.sandbox.location_id()));
            assert!(verified.record.is_some(), "{name}");
            assert_eq!(verified.data["locationId"], sample["locationId"], "{name}");

            let mut forged = body.clone();
            forged.push(b' ');
            let refused = scene.contacts.verify(&Delivery { body: &forged, ..delivery });
            assert!(matches!(refused, Err(Refusal::Unsigned(_))), "{name}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn the_older_signature_needs_a_key_of_the_connection() {
    let scene = Scene::new().await;
    let mut connection = Connection::clone(&scene.connection);
    connection.webhook.shift_remove("rsa_public_key");
    let body = serde_json::to_vec(&scene.sandbox.sample_event("ContactCreate").unwrap()).unwrap();
    let headers = [("x-wh-signature".to_owned(), scene.sandbox.sign(&body).rsa)];
    let delivery = Delivery {
        connection: &connection,
        headers: &headers,
        body: &body,
        received_at: Timestamp::UNIX_EPOCH,
    };
    let refused = scene.contacts.verify(&delivery);
    assert!(matches!(refused, Err(Refusal::Unsigned(_))), "{refused:?}");
}
