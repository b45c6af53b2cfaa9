//! Faults by configuration, by header and while it runs.

use bellhop_sandbox::{Fault, SandboxConfig};
use reqwest::Method;
use serde_json::json;

use crate::support::{Crm, MARA, told};

async fn with(fault: &str) -> Crm {
    let faults = vec![Fault::parse(fault).unwrap()];
    Crm::with(SandboxConfig { faults, ..SandboxConfig::default() }).await
}

fn notes(crm: &Crm) -> usize {
    crm.sandbox.snapshot()["notes"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_status_comes_as_often_as_it_was_asked_for_and_nothing_is_done() {
    let crm = with("429@POST /contacts/:id/tags*2").await;
    let path = format!("/contacts/{MARA}/tags");
    for _ in 0..2 {
        crm.post(&path, json!({"tags": ["x"]})).await.with(429);
        crm.get(&format!("/contacts/{MARA}")).await.with(200);
    }
    assert_eq!(crm.record("contacts", MARA).unwrap()["tags"], json!(["new lead", "website"]));
    crm.post(&path, json!({"tags": ["x"]})).await.with(201);
    let statuses: Vec<u16> = crm.sandbox.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [429, 200, 429, 200, 201]);
    assert_eq!(crm.sandbox.calls()[0].faults, ["429"]);
}

#[tokio::test]
async fn work_may_be_done_although_the_answer_says_otherwise() {
    let crm = with("create-then-422@create-note*1").await;
    let before = notes(&crm);
    let path = format!("/contacts/{MARA}/notes");
    let refused = crm.post(&path, json!({"body": "x"})).await.with(422);
    assert!(refused["message"].is_array());
    assert_eq!(notes(&crm), before + 1);
    crm.post(&path, json!({"body": "x"})).await.with(201);
}

#[tokio::test]
async fn a_broken_connection_is_an_error_for_the_client() {
    for (kind, done) in [("reset", 1), ("reset-before", 0)] {
        let crm = with(&format!("{kind}@create-note*1")).await;
        let before = notes(&crm);
        let request =
            crm.request(Method::POST, &format!("/contacts/{MARA}/notes")).json(&json!({"body": "x"}));
        let whole = match request.send().await {
            Ok(response) => response.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "{kind}: the answer must not arrive whole");
        assert_eq!(notes(&crm), before + done, "{kind}");
        crm.get(&format!("/contacts/{MARA}")).await.with(200);
    }
}

#[tokio::test]
async fn a_header_asks_for_one_request() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}");
    let with = |value: &str| told(crm.request(Method::GET, &path).header("X-Sandbox-Fault", value));
    with("503").await.with(503);
    with("delay=1ms, done-then-500").await.with(500);
    with("delay=1ms").await.with(200);
    let unclear = with("slow").await.with(400);
    assert!(unclear["message"].as_str().unwrap().contains("`slow` is no kind of fault"), "{unclear}");
    crm.get(&path).await.with(200);
}

#[tokio::test]
async fn faults_are_added_while_it_runs_and_a_reset_forgets_them() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}");
    crm.post("/__sandbox/faults", json!({"fault": "500@get-contact"})).await.with(201);
    crm.get(&path).await.with(500);
    crm.sandbox.reset();
    crm.get(&path).await.with(200);
    crm.sandbox.add_fault("502@GET /contacts/:id".parse().unwrap());
    crm.get(&path).await.with(502);
    crm.post("/__sandbox/faults", json!({"fault": "oops"})).await.with(400);
}

#[tokio::test]
async fn an_answer_may_come_after_the_caller_has_given_up_although_the_work_is_done() {
    let crm = with("late=30s@create-note*1").await;
    let before = notes(&crm);
    let path = format!("/contacts/{MARA}/notes");
    let mut caller = tokio::spawn(crm.request(Method::POST, &path).json(&json!({"body": "x"})).send());
    while notes(&crm) == before {
        assert!(!caller.is_finished(), "the answer came before the work was done");
        tokio::task::yield_now().await;
    }
    let answer = tokio::time::timeout(std::time::Duration::from_millis(300), &mut caller).await;
    assert!(answer.is_err(), "the answer must not come in time");
    caller.abort();
    assert_eq!(notes(&crm), before + 1);
    assert_eq!(crm.sandbox.calls()[0].faults, ["late=30000ms"]);
}

#[tokio::test]
async fn what_was_still_to_go_wrong_can_be_called_off() {
    let crm = with("503").await;
    let path = format!("/contacts/{MARA}");
    crm.get(&path).await.with(503);
    crm.sandbox.forget_faults();
    crm.get(&path).await.with(200);
}
