//! `bellhop serve` as a process against the sandbox: from a signed webhook to the CRM, and every kind of delivery that
//! must not come that far.

mod support;

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Instant;

use bellhop_sandbox::{Running, SandboxConfig, start};
use serde_json::{Value, json};
use support::{PATIENCE, Served, Workspace, client, now, until};

const TAG: &str = "name: Tag\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.get_contact:\n      contactId: $.trigger.id\n    as: contact\n  - contacts.add_tags:\n      contactId: $.contact.id\n      tags: [Seen By Bellhop]\n";
const CANARY: &str = "pit-canary-0000-4000-8000-000000000000";

async fn sandbox() -> Running {
    start(SandboxConfig { token: CANARY.into(), ..SandboxConfig::default() }).await.expect("a sandbox")
}

async fn deliver(served: &Served, path: &str, signature: Option<&str>, body: &[u8]) -> (u16, Value) {
    let mut request = client().post(served.url(path)).body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header("x-ghl-signature", signature);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

fn event(sandbox: &Running, webhook_id: &str) -> Vec<u8> {
    event_of(sandbox, webhook_id, &now())
}

fn event_of(sandbox: &Running, webhook_id: &str, timestamp: &str) -> Vec<u8> {
    json!({
        "type": "ContactCreate", "locationId": sandbox.location_id(), "id": "contactMaraFenn00001", "firstName": "Mara",
        "timestamp": timestamp, "webhookId": webhook_id,
    })
    .to_string()
    .into_bytes()
}

fn tags(sandbox: &Running) -> Vec<String> {
    let state = sandbox.snapshot();
    let contacts = state["contacts"].as_array().cloned().unwrap_or_default();
    let mara = contacts
        .iter()
        .find(|contact| contact["id"] == "contactMaraFenn00001")
        .expect("Mara is in the sample");
    mara["tags"].as_array().expect("tags").iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_event_changes_the_crm_once_however_often_it_comes() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", TAG);
    workspace.write(
        "recipes/broken.yaml",
        "name: Broken\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.ad_tags: {}\n",
    );
    let served = Served::start(&workspace, CANARY);

    let body = event(&sandbox, "webhook-1");
    let signature = sandbox.sign_ed25519(&body);
    let (status, answer) = deliver(&served, "/hooks/contacts", Some(&signature), &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["runs"].as_array().map(Vec::len),
        Some(1),
        "the good recipe runs although the other is broken"
    );
    for _ in 0..3 {
        let (status, answer) = deliver(&served, "/hooks/contacts", Some(&signature), &body).await;
        assert_eq!((status, &answer["duplicate"]), (200, &json!(true)));
    }
    until("the run has ended", || workspace.all_runs_are("succeeded")).await;
    assert_eq!(workspace.runs().len(), 1);
    assert!(tags(&sandbox).contains(&"seen by bellhop".to_owned()), "{:?}", tags(&sandbox));
    let writes = sandbox.calls().iter().filter(|call| call.method == "POST").count();
    assert_eq!(writes, 1);

    let run = workspace.runs()[0]["id"].as_str().expect("an id").to_owned();
    let shown = workspace.run(&["runs", "show", &run], "");
    assert!(support::out(&shown).contains("Seen By Bellhop"), "{}", support::out(&shown));
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(CANARY));
    for entry in walk(workspace.path()) {
        let bytes = std::fs::read(&entry).expect("a file");
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "the token stands in {}", entry.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_come_in_does_not() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", TAG);
    let served = Served::start(&workspace, CANARY);
    let body = event(&sandbox, "webhook-2");
    let good = sandbox.sign_ed25519(&body);
    let other = sandbox.sign_ed25519(b"something else");

    assert_eq!(deliver(&served, "/hooks/contacts", Some(&other), &body).await.0, 401);
    assert_eq!(deliver(&served, "/hooks/contacts", None, &body).await.0, 401);
    assert_eq!(deliver(&served, "/hooks/contacts", Some("N/A"), &body).await.0, 401);
    assert_eq!(deliver(&served, "/hooks/contacts", Some("no base64 at all"), &body).await.0, 401);
    assert_eq!(deliver(&served, "/hooks/nobody", Some(&good), &body).await.0, 404);
    assert_eq!(deliver(&served, "/hooks/in/nowhere", None, b"{}").await.0, 404);

    let garbage = b"{ this is no JSON";
    let signed_garbage = sandbox.sign_ed25519(garbage);
    assert_eq!(deliver(&served, "/hooks/contacts", Some(&signed_garbage), garbage).await.0, 400);
    assert_eq!(deliver(&served, "/hooks/contacts", None, garbage).await.0, 400);
    let large = vec![b' '; 2 * 1024 * 1024];
    assert_eq!(deliver(&served, "/hooks/contacts", Some(&good), &large).await.0, 413);

    let old = event_of(&sandbox, "webhook-old", "2026-01-01T00:00:00.000Z");
    let signature = sandbox.sign_ed25519(&old);
    let (status, answer) = deliver(&served, "/hooks/contacts", Some(&signature), &old).await;
    assert_eq!((status, &answer["error"]), (401, &json!("too_old")));

    let elsewhere = json!({"type": "ContactCreate", "locationId": "anotherLocation00001", "id": "x", "webhookId": "webhook-3"})
        .to_string()
        .into_bytes();
    let signature = sandbox.sign_ed25519(&elsewhere);
    assert_eq!(deliver(&served, "/hooks/contacts", Some(&signature), &elsewhere).await.0, 404);

    assert!(workspace.runs().is_empty(), "nothing was stored");
    let metrics =
        client().get(served.url("/metrics")).send().await.expect("metrics").text().await.expect("text");
    assert!(metrics.contains(r#"bellhop_deliveries_total{outcome="unsigned"} 4"#), "{metrics}");
    let (_, log) = served.stop();
    assert!(log.contains("a delivery was refused"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_serves_the_connections_of_several_locations() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    let second = format!(
        "connections:\n  leeds:\n    connector: contacts\n    base_url: {}\n    auth: {{ token: {{ env: {} }} }}\n    location_id: leedsLocation0000001\n",
        sandbox.base_url(),
        support::TOKEN_VARIABLE,
    );
    workspace.write("bellhop.yaml", &yaml.replace("connections:\n", &second));
    workspace.write("recipes/leeds.yaml", "name: Leeds\ntrigger:\n  contacts.contact_created:\n    connection: leeds\nsteps:\n  - stop: Only Leeds\n");
    workspace.write("recipes/main.yaml", "name: Main\ntrigger:\n  contacts.contact_created:\n    connection: contacts\nsteps:\n  - stop: Only the main location\n");
    let served = Served::start(&workspace, CANARY);
    let body = json!({"type": "ContactCreate", "locationId": "leedsLocation0000001", "id": "x", "webhookId": "webhook-4"})
        .to_string()
        .into_bytes();
    let signature = sandbox.sign_ed25519(&body);
    assert_eq!(deliver(&served, "/hooks/contacts", Some(&signature), &body).await.0, 200);
    until("the run of Leeds has stopped", || workspace.runs().iter().any(|run| run["status"] == "stopped"))
        .await;
    let recipes: Vec<_> = workspace.runs().iter().map(|run| run["recipe"].clone()).collect();
    assert_eq!(recipes, [json!("leeds")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_has_a_webhook_of_its_own() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    workspace.write(
        "recipes/quote.yaml",
        "name: Quote\ntrigger:\n  webhook:\n    path: quote\nsteps:\n  - parallel:\n      tag:\n        - contacts.add_tags:\n            contactId: $.trigger.contact\n            tags: [quote requested]\n      note:\n        - contacts.create_note:\n            contactId: $.trigger.contact\n            body: Wants {{ trigger.what }}\n",
    );
    let served = Served::start(&workspace, CANARY);
    let body = br#"{"contact": "contactMaraFenn00001", "what": "shelves"}"#;
    assert_eq!(deliver(&served, "/hooks/in/quote", None, body).await.0, 200);
    until("the run has succeeded", || workspace.runs().iter().any(|run| run["status"] == "succeeded")).await;
    assert!(tags(&sandbox).contains(&"quote requested".to_owned()));
    let notes = sandbox.snapshot()["notes"].as_array().cloned().unwrap_or_default();
    assert_eq!(notes.iter().filter(|note| note["body"] == "Wants shelves").count(), 1);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        if entry.path().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_workspace_allows_a_second_is_sent_back_to_come_again() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    workspace.write("bellhop.yaml", &yaml.replace("server:\n", "server:\n  deliveries_per_second: 1\n"));
    workspace.write("recipes/tag.yaml", TAG);
    let served = Served::start(&workspace, CANARY);
    let body = event(&sandbox, "webhook-5");
    let signature = sandbox.sign_ed25519(&body);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(deliver(&served, "/hooks/contacts", Some(&signature), &body).await.0);
    }
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

/// An app that lets every call wait until the sender of the second channel is gone; the first says that one has come.
fn waiting_app() -> (String, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (came, called) = mpsc::channel();
    let (release, wait) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        // Whether anybody listens, and how the waiting ends, is the test's business.
        let _ = came.send(());
        let _ = wait.recv();
        let _ =
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
    });
    (address, called, release)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_last_calls_end_senders_are_told_to_come_again() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    let (app, called, release) = waiting_app();
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    workspace.write("bellhop.yaml", &yaml.replace(sandbox.base_url(), &app));
    workspace.write("recipes/tag.yaml", TAG);
    let served = Served::start(&workspace, CANARY);
    let body = event(&sandbox, "webhook-6");
    let signature = sandbox.sign_ed25519(&body);
    assert_eq!(deliver(&served, "/hooks/contacts", Some(&signature), &body).await.0, 200);
    called.recv().expect("a call");
    served.ask_to_stop();
    served.says("stopping").await;
    // It says so before it does.
    let end = Instant::now() + PATIENCE;
    while client().get(served.url("/readyz")).send().await.expect("an answer").status().is_success() {
        assert!(Instant::now() < end, "it is still ready");
    }
    let later = event(&sandbox, "webhook-7");
    let signature = sandbox.sign_ed25519(&later);
    let (status, answer) = deliver(&served, "/hooks/contacts", Some(&signature), &later).await;
    assert_eq!((status, &answer["error"]), (429, &json!("not_ready")));
    drop(release);
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(workspace.runs().len(), 1, "what was not taken is not kept");
}
