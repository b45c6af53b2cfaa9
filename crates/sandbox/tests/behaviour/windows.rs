//! The windows under `/__sandbox`, recorded calls, start and stop.

use bellhop_sandbox::{Data, EVENT_TYPES, Error, SandboxConfig, start};
use serde_json::{Value, json};

use crate::support::{Crm, MARA, told};

#[tokio::test]
async fn the_sandbox_tells_what_a_client_needs() {
    let crm = Crm::start().await;
    crm.get(&format!("/contacts/{MARA}?x=1")).await.with(200);
    crm.get("/nowhere").await.with(404);
    let about = told(crm.client.get(format!("{}/__sandbox", crm.sandbox.base_url()))).await.with(200);
    assert_eq!(about["location_id"], crm.sandbox.location_id());
    assert_eq!(about["token"], crm.sandbox.token());
    assert_eq!(about["ed25519_public_key"], crm.sandbox.ed25519_public_key());
    assert_eq!(about["rsa_public_key"], crm.sandbox.rsa_public_key());
    assert_eq!(about["counts"], json!({"get-contact": 1, "no-route": 1}));
    let call = &about["calls"][0];
    assert_eq!((&call["method"], &call["path"]), (&json!("GET"), &json!(format!("/contacts/{MARA}?x=1"))));
    assert_eq!(
        (&call["operation"], &call["status"], &call["body"]),
        (&json!("get-contact"), &json!(200), &Value::Null)
    );
    assert_eq!(about["calls"].as_array().unwrap().len(), 2, "looking is not recorded");
}

#[tokio::test]
async fn the_state_is_a_data_file_and_a_reset_brings_it_back() {
    let crm = Crm::start().await;
    let before = crm.get("/__sandbox/state").await.with(200);
    assert_eq!(before, crm.sandbox.snapshot());
    crm.delete(&format!("/contacts/{MARA}"), json!({})).await.with(200);
    let after = crm.get("/__sandbox/state").await.with(200);
    assert_ne!(before, after);
    let copy =
        Crm::with(SandboxConfig { data: Data::from_json(&after).unwrap(), ..SandboxConfig::default() }).await;
    assert_eq!(copy.sandbox.snapshot(), after);
    crm.post("/__sandbox/reset", json!({})).await.with(200);
    assert_eq!(crm.sandbox.snapshot(), before);
    assert!(crm.sandbox.calls().is_empty());
}

#[tokio::test]
async fn samples_name_records_that_are_there() {
    let crm = Crm::start().await;
    for kind in EVENT_TYPES {
        let sample = crm.get(&format!("/__sandbox/sample/{kind}")).await.with(200);
        assert_eq!(sample["type"], kind);
        let contact = sample["contactId"].as_str().or_else(|| sample["appointment"]["contactId"].as_str());
        if let Some(contact) = contact {
            crm.get(&format!("/contacts/{contact}")).await.with(200);
        }
    }
    let unknown = crm.get("/__sandbox/sample/ContactSneeze").await.with(404);
    assert!(unknown["message"].as_str().unwrap().contains("ContactCreate"));
    assert!(crm.sandbox.sample_event("ContactSneeze").is_none());
}

#[tokio::test]
async fn recording_can_be_switched_off_and_counting_stays() {
    let crm = Crm::with(SandboxConfig { record_calls: false, ..SandboxConfig::default() }).await;
    crm.get(&format!("/contacts/{MARA}")).await.with(200);
    assert!(crm.sandbox.calls().is_empty());
    assert_eq!(crm.sandbox.call_counts(), json!({"get-contact": 1}));
}

#[tokio::test]
async fn a_taken_address_is_explained_and_a_stopped_sandbox_frees_its_own() {
    let crm = Crm::start().await;
    let listen = crm.sandbox.addr();
    let error = start(SandboxConfig { listen, ..SandboxConfig::default() }).await.unwrap_err();
    assert!(matches!(error, Error::Listen { address, .. } if address == listen));
    assert!(error.to_string().contains(&listen.to_string()));
    let Crm { sandbox, client } = crm;
    sandbox.shutdown().await;
    assert!(client.get(format!("http://{listen}/__sandbox")).send().await.is_err());
    start(SandboxConfig { listen, ..SandboxConfig::default() }).await.unwrap().shutdown().await;
}
