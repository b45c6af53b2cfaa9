//! The upsert matrix: who is changed, when one is created, what is silently dropped.

use bellhop_sandbox::{Data, SandboxConfig};
use serde_json::{Value, json};

use crate::support::Crm;

const A: &str = "aaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbb";

/// `A` by e-mail, `B` by phone.
async fn crm(order: &[&str], allow_duplicates: bool) -> Crm {
    let data = Data::from_json(&json!({
        "location": {
            "id": "locationOfUpsertTest", "country": "GB",
            "settings": {"allowDuplicateContact": allow_duplicates, "contactUniqueIdentifiers": order},
        },
        "contacts": [
            {"id": A, "firstName": "Ann", "email": "ann@example.com", "additionalEmails": ["ann.old@example.com"], "tags": ["one"]},
            {"id": B, "firstName": "Bea", "phone": "+15550100777"},
        ],
    }));
    Crm::with(SandboxConfig { data: data.unwrap(), ..SandboxConfig::default() }).await
}

async fn upsert(crm: &Crm, body: Value) -> Value {
    let answer = crm.post("/contacts/upsert", crm.here(body)).await.with(200);
    assert_eq!(answer["traceId"].as_str().map(str::len), Some(36));
    answer
}

#[tokio::test]
async fn the_first_configured_field_decides_and_the_other_is_dropped() {
    let both = json!({"email": "ann@example.com", "phone": "+15550100777", "city": "Leeds"});
    let crm_by_email = crm(&["email", "phone"], false).await;
    let answer = upsert(&crm_by_email, both.clone()).await;
    assert_eq!((&answer["new"], &answer["contact"]["id"]), (&json!(false), &json!(A)));
    assert_eq!(answer["contact"]["city"], "Leeds");
    assert!(answer["contact"].get("phone").is_none(), "the phone belongs to another contact");

    let crm_by_phone = crm(&["phone", "email"], false).await;
    let answer = upsert(&crm_by_phone, both).await;
    assert_eq!(answer["contact"]["id"], B);
    assert!(answer["contact"].get("email").is_none());
}

#[tokio::test]
async fn a_stranger_is_created_with_200() {
    let crm = crm(&["email", "phone"], false).await;
    let answer = upsert(&crm, json!({"email": "cleo@example.com", "firstName": "Cleo"})).await;
    assert_eq!(answer["new"], true);
    assert_eq!(answer["contact"]["name"], "Cleo");
    assert_eq!(crm.sandbox.snapshot()["contacts"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn create_new_matters_only_where_duplicates_are_allowed() {
    let body = json!({"email": "ann@example.com", "createNewIfDuplicateAllowed": true});
    let forbidden = crm(&["email", "phone"], false).await;
    assert_eq!(upsert(&forbidden, body.clone()).await["new"], false);
    let allowed = crm(&["email", "phone"], true).await;
    assert_eq!(upsert(&allowed, body).await["new"], true);
    assert_eq!(upsert(&allowed, json!({"email": "ann@example.com"})).await["new"], false);
}

#[tokio::test]
async fn a_second_email_becomes_the_main_one_and_the_main_one_is_lost() {
    let crm = crm(&["email", "phone"], false).await;
    let answer = upsert(&crm, json!({"email": "ann.old@example.com"})).await;
    assert_eq!(answer["contact"]["id"], A);
    assert_eq!(answer["contact"]["email"], "ann.old@example.com");
    assert_eq!(answer["contact"]["additionalEmails"], json!([]));
}

#[tokio::test]
async fn tags_are_replaced_and_someone_must_be_named() {
    let crm = crm(&["email", "phone"], false).await;
    let answer = upsert(&crm, json!({"email": "ann@example.com", "tags": ["Two"]})).await;
    assert_eq!(answer["contact"]["tags"], json!(["two"]));
    let nobody = crm.post("/contacts/upsert", crm.here(json!({"firstName": "Nobody"}))).await.with(422);
    assert_eq!(nobody["message"], json!(["email or phone is required"]));
}
