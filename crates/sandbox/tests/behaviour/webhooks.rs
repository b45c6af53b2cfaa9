//! Events: which ones, what they say, their signatures, retries and the ways they are bent.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bellhop_sandbox::{SandboxConfig, Signatures, WebhookOptions};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::support::{Crm, MARA, Receiver, SUKI, keys};

async fn with(answers: &[u16], options: WebhookOptions) -> (Crm, Receiver) {
    let receiver = Receiver::start(answers).await;
    let webhooks =
        WebhookOptions { to: Some(receiver.address.clone()), signatures: Signatures::Ed25519, ..options };
    (Crm::with(SandboxConfig { webhooks, ..SandboxConfig::default() }).await, receiver)
}

async fn types(crm: &Crm, receiver: &Receiver) -> Vec<String> {
    crm.sandbox.webhooks_idle().await;
    receiver.take_types()
}

#[tokio::test]
async fn both_signatures_are_over_the_raw_bytes() {
    let receiver = Receiver::start(&[]).await;
    let crm = Crm::start().await;
    crm.sandbox.send_webhooks_to(Some(receiver.address.clone()));
    crm.post(&format!("/contacts/{MARA}/notes"), json!({"body": "Grüße"})).await.with(201);
    crm.sandbox.webhooks_idle().await;
    let delivery = receiver.deliveries().remove(0);
    let header = |name: &str| delivery.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("deliveryId").len(), 36);

    let spki = STANDARD.decode(crm.sandbox.ed25519_public_key()).unwrap();
    let signature = STANDARD.decode(header("x-ghl-signature")).unwrap();
    UnparsedPublicKey::new(&ED25519, &spki[spki.len() - 32..]).verify(&delivery.raw, &signature).unwrap();

    let pem: String = crm.sandbox.rsa_public_key().lines().filter(|line| !line.starts_with('-')).collect();
    let spki = STANDARD.decode(pem).unwrap();
    let signature = STANDARD.decode(header("x-wh-signature")).unwrap();
    assert_eq!(signature.len(), 512);
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[24..])
        .verify(&delivery.raw, &signature)
        .unwrap();

    let by_hand = crm.sandbox.sign(&delivery.raw);
    assert_eq!((by_hand.ed25519, by_hand.rsa), (header("x-ghl-signature"), header("x-wh-signature")));
    assert_eq!(crm.sandbox.sign_ed25519(&delivery.raw), header("x-ghl-signature"));
}

#[tokio::test]
async fn every_change_tells_its_event() {
    let (crm, receiver) = with(&[], WebhookOptions::default()).await;
    let contact = format!("/contacts/{MARA}");
    crm.post("/contacts/", crm.here(json!({"firstName": "Ida", "tags": ["a"]}))).await.with(201);
    assert_eq!(types(&crm, &receiver).await, ["ContactCreate"]);
    crm.put(&contact, json!({"city": "York", "tags": ["b"], "dnd": true})).await.with(200);
    assert_eq!(types(&crm, &receiver).await, ["ContactUpdate", "ContactTagUpdate", "ContactDndUpdate"]);
    crm.put(&contact, json!({"city": "York"})).await.with(200);
    assert!(types(&crm, &receiver).await.is_empty(), "nothing changed");
    crm.post(&format!("{contact}/tags"), json!({"tags": ["c"]})).await.with(201);
    crm.delete(&format!("{contact}/tags"), json!({"tags": ["c"]})).await.with(200);
    assert_eq!(types(&crm, &receiver).await, ["ContactTagUpdate", "ContactTagUpdate"]);

    let body = json!({"title": "Call", "dueDate": "2026-12-01", "completed": false});
    let task = crm.post(&format!("{contact}/tasks"), body).await.with(201)["task"]["id"].clone();
    let task = format!("{contact}/tasks/{}", task.as_str().unwrap());
    crm.put(&task, json!({"title": "Call soon"})).await.with(200);
    crm.put(&format!("{task}/completed"), json!({"completed": true})).await.with(200);
    crm.delete(&task, json!({})).await.with(200);
    assert_eq!(types(&crm, &receiver).await, ["TaskCreate", "TaskComplete", "TaskDelete"]);

    let note =
        crm.post(&format!("{contact}/notes"), json!({"body": "x"})).await.with(201)["note"]["id"].clone();
    let note = format!("{contact}/notes/{}", note.as_str().unwrap());
    crm.put(&note, json!({"body": "y"})).await.with(200);
    crm.delete(&note, json!({})).await.with(200);
    assert_eq!(types(&crm, &receiver).await, ["NoteCreate", "NoteUpdate", "NoteDelete"]);

    crm.put("/calendars/events/appointments/eventMaraCall0000001", json!({"appointmentStatus": "showed"}))
        .await
        .with(200);
    crm.delete("/calendars/events/eventMaraCall0000001", json!({})).await.with(201);
    assert_eq!(types(&crm, &receiver).await, ["AppointmentUpdate", "AppointmentDelete"]);

    let stage = json!({"pipelineStageId": "00000000-0000-4000-8000-000000000203", "monetaryValue": 5});
    crm.put("/opportunities/opportunityOren00001", stage).await.with(200);
    crm.put("/opportunities/opportunityOren00001/status", json!({"status": "won"})).await.with(200);
    crm.delete("/opportunities/opportunityOren00001", json!({})).await.with(200);
    assert_eq!(
        types(&crm, &receiver).await,
        [
            "OpportunityUpdate",
            "OpportunityStageUpdate",
            "OpportunityMonetaryValueUpdate",
            "OpportunityUpdate",
            "OpportunityStatusUpdate",
            "OpportunityDelete",
            "OpportunityUpdate",
        ]
    );
    crm.delete(&contact, json!({})).await.with(200);
    assert_eq!(types(&crm, &receiver).await, ["ContactDelete"]);
}

#[tokio::test]
async fn a_failed_request_tells_nothing() {
    let (crm, receiver) = with(&[], WebhookOptions::default()).await;
    crm.post("/contacts/", crm.here(json!({"email": "mara.fenn@example.com"}))).await.with(400);
    crm.post(&format!("/contacts/{MARA}/tasks"), json!({})).await.with(422);
    assert!(types(&crm, &receiver).await.is_empty());
}

#[tokio::test]
async fn bodies_are_flat_with_the_envelope_beside() {
    let (crm, receiver) = with(&[], WebhookOptions::default()).await;
    crm.put(&format!("/contacts/{SUKI}"), json!({"city": "York"})).await.with(200);
    crm.put("/calendars/events/appointments/eventMaraCall0000001", json!({"title": "x"})).await.with(200);
    crm.sandbox.webhooks_idle().await;
    let [contact, appointment] = receiver.deliveries().try_into().ok().unwrap();
    let (contact, appointment) = (contact.body, appointment.body);
    for name in ["type", "locationId", "timestamp", "webhookId", "appId", "versionId"] {
        assert!(contact[name].is_string() && appointment[name].is_string(), "{name}");
    }
    assert_eq!((&contact["id"], &contact["name"]), (&json!(SUKI), &json!("Suki Hale")));
    assert_eq!(contact["dateOfBirth"], "1988-03-14T00:00:00.000Z");
    assert_eq!(contact["tags"], json!(["customer", "vip"]), "the whole list");
    assert!(contact.get("postalCode").is_none(), "what the contact does not have is left out");
    assert!(contact.get("dndSettings").is_none());
    assert_eq!(appointment["appointment"]["contactId"], MARA);
    let start = appointment["appointment"]["startTime"].as_str().unwrap();
    assert!(start.ends_with("+00:00") || start.ends_with("+01:00"), "{start}");
}

#[tokio::test]
async fn a_429_is_repeated_with_the_same_bytes_and_delivery_id() {
    let options = WebhookOptions { retry_interval: Duration::from_millis(1), ..WebhookOptions::default() };
    let (crm, receiver) = with(&[429, 429], options).await;
    let id = crm.sandbox.emit("ContactCreate", &json!({"id": MARA}));
    crm.sandbox.webhooks_idle().await;
    let all = receiver.deliveries();
    assert_eq!(all.len(), 3);
    assert!(
        all.iter()
            .all(|one| one.raw == all[0].raw && one.headers["deliveryId"] == all[0].headers["deliveryId"])
    );
    assert_eq!(all[0].body["webhookId"], id.as_str());
    let counts = crm.sandbox.webhook_counts();
    assert_eq!(
        counts,
        json!({"queued": 1, "delivered": 1, "failed": 0, "retried": 2, "dropped": 0, "lost": 0})
    );
}

#[tokio::test]
async fn retries_end_and_other_failures_are_final() {
    let options = WebhookOptions { retry_interval: Duration::from_millis(1), ..WebhookOptions::default() };
    let (crm, receiver) = with(&[429; 20], options.clone()).await;
    crm.sandbox.emit("ContactCreate", &json!({}));
    crm.sandbox.webhooks_idle().await;
    assert_eq!(receiver.deliveries().len(), 7, "the first try and six more");
    assert_eq!(crm.sandbox.webhook_counts()["failed"], 1);

    let (crm, receiver) = with(&[500], options.clone()).await;
    crm.sandbox.emit("ContactCreate", &json!({}));
    crm.sandbox.webhooks_idle().await;
    assert_eq!((receiver.deliveries().len(), &crm.sandbox.webhook_counts()["failed"]), (1, &json!(1)));

    let (crm, receiver) = with(&[500], WebhookOptions { retry_every_failure: true, ..options }).await;
    crm.sandbox.emit("ContactCreate", &json!({}));
    crm.sandbox.webhooks_idle().await;
    assert_eq!((receiver.deliveries().len(), &crm.sandbox.webhook_counts()["delivered"]), (2, &json!(1)));
}

#[tokio::test]
async fn delivery_is_bent_where_it_is_asked_for() {
    let (crm, receiver) = with(&[], WebhookOptions { duplicate_every: 2, ..WebhookOptions::default() }).await;
    let ids: Vec<String> = (0..4).map(|_| crm.sandbox.emit("ContactUpdate", &json!({"id": MARA}))).collect();
    crm.sandbox.webhooks_idle().await;
    let seen: Vec<Value> =
        receiver.deliveries().into_iter().map(|one| one.body["webhookId"].clone()).collect();
    assert_eq!(json!(seen), json!([ids[0], ids[1], ids[1], ids[2], ids[3], ids[3]]));

    let (crm, receiver) =
        with(&[], WebhookOptions { lose_of: 3, lose: 2, ..WebhookOptions::default() }).await;
    let ids: Vec<String> = (0..7).map(|_| crm.sandbox.emit("ContactUpdate", &json!({"id": MARA}))).collect();
    crm.sandbox.webhooks_idle().await;
    let seen: Vec<Value> =
        receiver.deliveries().into_iter().map(|one| one.body["webhookId"].clone()).collect();
    assert_eq!(json!(seen), json!([ids[2], ids[5]]));
    assert_eq!(crm.sandbox.webhook_counts()["lost"], 5);

    let (crm, receiver) = with(&[], WebhookOptions { reorder: true, ..WebhookOptions::default() }).await;
    let ids: Vec<String> = (0..5).map(|_| crm.sandbox.emit("ContactUpdate", &json!({"id": MARA}))).collect();
    crm.sandbox.webhooks_idle().await;
    let seen: Vec<Value> =
        receiver.deliveries().into_iter().map(|one| one.body["webhookId"].clone()).collect();
    assert_eq!(json!(seen), json!([ids[1], ids[0], ids[3], ids[2], ids[4]]));

    let (crm, receiver) =
        with(&[], WebhookOptions { omit_task_contact: true, ..WebhookOptions::default() }).await;
    let body = json!({"title": "Call", "dueDate": "2026-12-01", "completed": false, "body": "x"});
    crm.post(&format!("/contacts/{MARA}/tasks"), body).await.with(201);
    crm.sandbox.webhooks_idle().await;
    let event = receiver.deliveries().remove(0).body;
    assert!(event.get("contactId").is_none() && event.get("body").is_none());
    assert_eq!(event["title"], "Call");
}

#[tokio::test]
async fn an_emitted_event_keeps_what_it_brings_along() {
    let (crm, receiver) = with(&[], WebhookOptions::default()).await;
    let payload = json!({"type": "INSTALL", "webhookId": "w-1", "timestamp": "2026-01-01T00:00:00.000Z", "planId": "p"});
    assert_eq!(crm.sandbox.emit("INSTALL", &payload), "w-1");
    crm.sandbox.webhooks_idle().await;
    let event = receiver.deliveries().remove(0).body;
    assert_eq!(event["timestamp"], "2026-01-01T00:00:00.000Z");
    assert_eq!(event["locationId"], crm.sandbox.location_id());
    assert_eq!(
        keys(&event),
        ["appId", "locationId", "planId", "timestamp", "type", "versionId", "webhookId"]
    );
}

#[tokio::test]
async fn without_a_receiver_nothing_is_queued_and_one_that_is_gone_fails() {
    let crm = Crm::start().await;
    crm.put(&format!("/contacts/{MARA}"), json!({"city": "York"})).await.with(200);
    crm.sandbox.webhooks_idle().await;
    assert_eq!(crm.sandbox.webhook_counts()["queued"], 0);
    let gone = Receiver::start(&[]).await;
    let address = gone.address.clone();
    drop(gone);
    crm.sandbox.send_webhooks_to(Some(address));
    crm.sandbox.emit("ContactUpdate", &json!({}));
    crm.sandbox.webhooks_idle().await;
    assert_eq!(crm.sandbox.webhook_counts()["failed"], 1);
}
