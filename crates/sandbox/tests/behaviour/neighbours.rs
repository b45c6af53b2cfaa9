//! What surrounds the contacts: the location and its definitions, lists, opportunities, messages.

use reqwest::Method;
use serde_json::json;

use crate::support::{Crm, MARA, SUKI, told};

#[tokio::test]
async fn the_location_has_tags_and_custom_fields() {
    let crm = Crm::start().await;
    let base = format!("/locations/{}", crm.sandbox.location_id());
    let location = crm.get(&base).await.with(200)["location"].clone();
    assert_eq!(location["timezone"], "Europe/London");
    assert_eq!(location["settings"]["allowDuplicateContact"], false);
    let made = crm.post(&format!("{base}/tags"), json!({"name": "Big Spender"})).await.with(200);
    assert_eq!(made["tag"]["name"], "Big Spender", "the dictionary keeps the case");
    crm.post(&format!("{base}/tags"), json!({"name": "big spender"})).await.with(400);

    let fields = crm.get(&format!("{base}/customFields")).await.with(200)["customFields"].clone();
    assert_eq!(fields.as_array().unwrap().len(), 6);
    let all = crm.get(&format!("{base}/customFields?model=all")).await.with(200);
    assert_eq!(all["customFields"].as_array().unwrap().len(), 7);
    for name in ["fieldLeadScore000001", "contact.lead_score"] {
        let field = crm.get(&format!("{base}/customFields/{name}")).await.with(200);
        assert_eq!(field["customField"]["dataType"], "NUMERICAL");
    }
    let made = crm
        .post(&format!("{base}/customFields"), json!({"name": "Shoe size", "dataType": "NUMERICAL"}))
        .await;
    assert_eq!(made.with(201)["customField"]["fieldKey"], "contact.shoe_size");
    let body = json!({"customFields": [{"key": "contact.shoe_size", "field_value": 41}]});
    let contact = crm.put(&format!("/contacts/{MARA}"), body).await.with(200)["contact"].clone();
    assert!(contact["customFields"].as_array().unwrap().iter().any(|item| item["value"] == 41));
}

#[tokio::test]
async fn a_tag_and_a_custom_field_live_through_their_operations() {
    let crm = Crm::start().await;
    let base = format!("/locations/{}", crm.sandbox.location_id());
    let tag =
        crm.post(&format!("{base}/tags"), json!({"name": "Big Spender"})).await.with(200)["tag"].clone();
    let path = format!("{base}/tags/{}", tag["id"].as_str().unwrap());
    assert_eq!(crm.get(&path).await.with(200)["tag"], tag);
    assert_eq!(crm.put(&path, json!({"name": "BIG spender"})).await.with(200)["tag"]["name"], "BIG spender");
    let other = crm.post(&format!("{base}/tags"), json!({"name": "Other"})).await.with(200)["tag"].clone();
    crm.put(&path, json!({"name": "other"})).await.with(400);
    crm.put(&path, json!({})).await.with(422);
    assert_eq!(crm.delete(&path, json!(null)).await.with(200)["succeded"], true);
    crm.get(&path).await.with(400);
    assert_eq!(
        crm.get(&format!("{base}/tags")).await.with(200)["tags"].as_array().unwrap().last(),
        Some(&other)
    );

    let path = format!("{base}/customFields/fieldLeadScore000001");
    let renamed = crm.put(&path, json!({"name": "Warmth", "model": "contact"})).await.with(200);
    assert_eq!(
        (&renamed["customField"]["name"], &renamed["customField"]["fieldKey"]),
        (&json!("Warmth"), &json!("contact.lead_score"))
    );
    crm.put(&path, json!({"name": "Warmth", "dataType": "TEXT"})).await.with(422);
    let values = json!({"customFields": [{"id": "fieldLeadScore000001", "field_value": 5}]});
    crm.put(&format!("/contacts/{MARA}"), values).await.with(200);
    assert_eq!(crm.delete(&path, json!(null)).await.with(200)["succeded"], true);
    crm.get(&path).await.with(400);
    let values = crm.get(&format!("/contacts/{MARA}")).await.with(200)["contact"]["customFields"].clone();
    assert!(values.as_array().unwrap().iter().all(|item| item["id"] != "fieldLeadScore000001"), "{values}");
}

#[tokio::test]
async fn the_lists_answer_under_their_keys() {
    let crm = Crm::start().await;
    for (path, key, count) in [
        ("/users/", "users", 3),
        ("/workflows/", "workflows", 3),
        ("/campaigns/", "campaigns", 2),
        ("/campaigns/?status=draft", "campaigns", 0),
        ("/businesses/", "businesses", 2),
        ("/calendars/", "calendars", 2),
        ("/opportunities/pipelines", "pipelines", 1),
    ] {
        let answer = crm.get(&crm.at(path)).await.with(200);
        assert_eq!(answer[key].as_array().map(Vec::len), Some(count), "{path}");
    }
    assert_eq!(crm.get("/users/userTomasReed0000001").await.with(200)["name"], "Tomas Reed");
    crm.get("/users/nobody").await.with(400);
}

#[tokio::test]
async fn an_opportunity_lives_through_its_operations() {
    let crm = Crm::start().await;
    let body = crm.here(json!({"pipelineId": "pipelineSales0000001", "name": "Kitchen", "status": "open", "contactId": MARA, "monetaryValue": 900}));
    let made = crm.post("/opportunities/", body).await.with(201)["opportunity"].clone();
    assert_eq!(made["pipelineStageId"], "00000000-0000-4000-8000-000000000200", "the first stage");
    assert_eq!(made["contact"]["name"], "Mara Fenn");
    let path = format!("/opportunities/{}", made["id"].as_str().unwrap());
    let moved =
        crm.put(&path, json!({"pipelineStageId": "00000000-0000-4000-8000-000000000202"})).await.with(200);
    assert_eq!(moved["opportunity"]["pipelineStageId"], "00000000-0000-4000-8000-000000000202");
    crm.put(&path, json!({"pipelineStageId": "elsewhere"})).await.with(400);
    assert_eq!(
        crm.put(&format!("{path}/status"), json!({"status": "won"})).await.with(200)["succeded"],
        true
    );
    let query = format!("/opportunities/search?location_id={}&status=won", crm.sandbox.location_id());
    assert_eq!(crm.get(&query).await.with(200)["meta"]["total"], 2);
    crm.get(&crm.at("/opportunities/search")).await.with(403);
    crm.delete(&path, json!({})).await.with(200);
    crm.get(&path).await.with(400);
}

#[tokio::test]
async fn a_message_is_kept_and_never_sent() {
    let crm = Crm::start().await;
    let sms = json!({"type": "SMS", "contactId": MARA, "message": "Hello Mara"});
    let first = crm.post("/conversations/messages", sms.clone()).await.with(200);
    let second = crm.post("/conversations/messages", sms).await.with(200);
    assert_eq!(first["conversationId"], second["conversationId"]);
    let email = json!({"type": "Email", "contactId": SUKI, "subject": "Hi", "html": "<p>Hello</p>"});
    assert!(crm.post("/conversations/messages", email).await.with(200)["emailMessageId"].is_string());
    assert_eq!(crm.sandbox.snapshot()["messages"].as_array().unwrap().len(), 3);
    crm.post("/conversations/messages", json!({"type": "Pigeon", "contactId": MARA})).await.with(422);
    crm.post("/conversations/messages", json!({"type": "SMS", "contactId": MARA})).await.with(422);
    let no_phone = json!({"type": "SMS", "contactId": "contactNoorAdair0001", "message": "Hello"});
    crm.post("/conversations/messages", no_phone).await.with(400);
}

#[tokio::test]
async fn a_missing_scope_of_a_neighbour_is_401() {
    let config = bellhop_sandbox::SandboxConfig {
        scopes: Some(vec!["contacts.readonly".to_owned()]),
        ..bellhop_sandbox::SandboxConfig::default()
    };
    let crm = Crm::with(config).await;
    for path in ["/users/", "/workflows/", "/calendars/", "/businesses/"] {
        told(crm.request(Method::GET, &crm.at(path))).await.with(401);
    }
}
