//! The windows of `bellhop serve`: histories and figures are for this machine, or for whoever has the token.

mod support;

use bellhop_sandbox::SandboxConfig;
use reqwest::StatusCode;

use support::{Served, Workspace, client, err, out};

/// One branch fails while the other waits for a decision.
const BOTH: &str = "name: Both\ntrigger: contacts.contact_created\nsteps:\n  - parallel:\n      a:\n        - approve: May it go on?\n      b:\n        - contacts.add_to_workflow:\n            contactId: $.trigger.id\n            workflowId: 00000000-0000-4000-8000-000000000101\n";

#[tokio::test(flavor = "multi_thread")]
async fn strangers_see_nothing() {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let serving = Served::start(&workspace, sandbox.token());
    let client = client();
    let ask = |path: &str, header: Option<(&'static str, &'static str)>| {
        let mut request = client.get(serving.url(path));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        async { request.send().await.expect("an answer").status() }
    };
    for path in ["/api/runs", "/metrics"] {
        assert_eq!(ask(path, None).await, StatusCode::OK, "{path}");
        assert_eq!(ask(path, Some(("host", "rebound.example.com"))).await, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(ask(path, Some(("x-forwarded-for", "192.0.2.1"))).await, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(path, Some(("host", "bellhop.example.com"))).await, StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_said_in_words() {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let serving = Served::start(&workspace, sandbox.token());
    for (query, why) in [
        ("limit=99999999999999999999", "limit"),
        ("since=soon", "since"),
        ("recipes=one", "`recipes`"),
        ("status=odd", "there is no status `odd`"),
    ] {
        let answer =
            client().get(serving.url(&format!("/api/runs?{query}"))).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        let json: serde_json::Value = answer.json().await.expect("JSON");
        let told = json["error"].as_str().expect("a sentence");
        assert!(told.contains(why) && !told.contains("deserialize"), "{query}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_runs_that_need_a_person_sees_those_that_wait_elsewhere_too() {
    let (sandbox, workspace) =
        Workspace::staged("pit-windows-4000-8000-000000000000", &["400@add-contact-to-workflow*1"]).await;
    workspace.write("recipes/both.yaml", BOTH);
    workspace.write("event.json", r#"{"id": "contactMaraFenn00001"}"#);
    let output = workspace.run(&["run", "both", "--event", "event.json"], sandbox.token());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let serving = Served::start(&workspace, sandbox.token());
    for (query, listed) in [
        ("status=needs_attention", 1),
        ("status=needs_attention&recipe=another", 0),
        ("status=waiting", 1),
        ("status=failed", 0),
    ] {
        let answer =
            client().get(serving.url(&format!("/api/runs?{query}"))).send().await.expect("an answer");
        let json: serde_json::Value = answer.json().await.expect("JSON");
        let runs = json["runs"].as_array().expect("runs");
        assert_eq!(runs.len(), listed, "{query}: {json}");
        assert!(runs.iter().all(|run| run["status"] == "waiting" && run["troubled"] == true), "{json}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_windows_and_nothing_else_does() {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("a file");
    let with_token = yaml.replace("server:\n", "server:\n  token: { env: BELLHOP_TEST_TOKEN }\n");
    assert_ne!(yaml, with_token);
    workspace.write("bellhop.yaml", &with_token);
    let serving = Served::start(&workspace, sandbox.token());
    let client = client();
    let ask = |given: Option<String>| {
        let mut request = client.get(serving.url("/api/runs"));
        if let Some(given) = given {
            request = request.bearer_auth(given);
        }
        async { request.send().await.expect("an answer") }
    };
    assert_eq!(ask(Some(sandbox.token().to_owned())).await.status(), StatusCode::OK);
    for wrong in [None, Some("wrong".to_owned()), Some(String::new())] {
        let answer = ask(wrong).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let text = answer.text().await.expect("a text");
        assert!(text.contains("server: token:") && !text.contains(sandbox.token()), "{text}");
    }
}
