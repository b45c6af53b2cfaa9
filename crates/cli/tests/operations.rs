//! What the operator of a `bellhop serve` relies on: traces at the collector, figures by their documented names, a book
//! of who changed what, and a memory that no crash leaves lying about.

mod support;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bellhop_sandbox::{Fault, Running, SandboxConfig, start};
use serde_json::{Value, json};

use support::{PATIENCE, Served, Workspace, bellhop, client, contact_created, err, out, repository, until};

const RECIPE: &str = "name: Tag\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [Seen By Bellhop]\n";
const PERSON: &str = "Mara-the-person";

async fn sandbox() -> Running {
    start(SandboxConfig::default()).await.expect("a sandbox")
}

async fn deliver(served: &Served, sandbox: &Running, webhook_id: &str) {
    contact_created(served, sandbox, webhook_id, &json!({ "firstName": PERSON })).await;
}

fn is_over(workspace: &Workspace) -> bool {
    workspace.runs().iter().any(|run| run["status"] == "succeeded")
}

/// Takes whatever is posted to it, for ever; what came, and where it is.
fn collector() -> (Arc<Mutex<Vec<Vec<u8>>>>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let came = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&came);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !is_whole(&request) {
                match stream.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => request.extend_from_slice(&part[..read]),
                }
            }
            kept.lock().expect("a list").push(request);
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            // Whoever asked may be gone.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (came, address)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some(head) = text.find("\r\n\r\n") else { return false };
    let length =
        text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    // The head is ASCII: its length in text and in bytes is the same.
    request.len() >= head + 4 + length.unwrap_or(0_usize)
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_lead_from_the_event_to_the_call_and_hold_no_data() {
    let (sandbox, workspace) = (sandbox().await, Workspace::new());
    let (came, address) = collector();
    let workspace_of_sandbox = Workspace::of(&sandbox);
    let yaml =
        std::fs::read_to_string(workspace_of_sandbox.path().join("bellhop.yaml")).expect("the workspace");
    workspace.write("bellhop.yaml", &format!("{yaml}traces: {{ endpoint: {address} }}\n"));
    workspace.write("recipes/tag.yaml", RECIPE);
    let served = Served::start(&workspace, sandbox.token());
    deliver(&served, &sandbox, "webhook-traced").await;
    until("the run has succeeded", || is_over(&workspace)).await;
    // What was not sent yet is sent at the end.
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");

    let all: Vec<u8> = came.lock().expect("a list").concat();
    let text = String::from_utf8_lossy(&all);
    assert!(text.starts_with("POST /v1/traces HTTP/1.1"), "{text}");
    let run = workspace.runs()[0].clone();
    let version = run["version"].as_str().expect("a version");
    for part in [
        "event",
        "run",
        "call",
        "contacts.contact_created",
        "bellhop.fate",
        "bellhop.run",
        "bellhop.recipe",
        "bellhop.version",
        "bellhop.step",
        "/steps/0",
        "bellhop.connector",
        "bellhop.operation",
        "add_tags",
        "bellhop.connection",
        "bellhop.outcome",
        "done",
        "bellhop.attempt",
        "bellhop.status",
        "succeeded",
        run["id"].as_str().expect("an id"),
        version,
        "service.name",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    for data in [PERSON, "contactMaraFenn00001", "Seen By Bellhop", sandbox.token()] {
        assert!(!text.contains(data), "`{data}` in {text}");
    }
    // One trace: its id, sixteen bytes of a field 1, stands in each of the three spans.
    let ids: BTreeSet<&[u8]> =
        all.windows(18).filter(|window| window[..2] == [0x0a, 0x10]).map(|window| &window[2..]).collect();
    let often = |id: &&[u8]| all.windows(16).filter(|window| window == id).count();
    assert!(ids.iter().any(|id| often(id) == 3), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_holds_nothing_up() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", RECIPE);
    // A port that the system gives nobody.
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let served = Served::start_with(&workspace, sandbox.token(), &variables);
    deliver(&served, &sandbox, "webhook-untraced").await;
    until("the run has succeeded", || is_over(&workspace)).await;
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the collector does not take traces"), "{log}");
}

/// The names that a text has of the form `bellhop_…`.
fn names(text: &str, quote: char) -> BTreeSet<String> {
    let parts = text.split(quote).filter(|part| {
        part.starts_with("bellhop_") && part.chars().all(|one| one == '_' || one.is_ascii_lowercase())
    });
    parts.map(str::to_owned).collect()
}

fn sources(folder: &std::path::Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        if entry.path().is_dir() {
            sources(&entry.path(), all);
        } else if entry.path().extension().is_some_and(|end| end == "rs") {
            all.push_str(&std::fs::read_to_string(entry.path()).expect("a source"));
        }
    }
}

#[test]
fn every_figure_stands_in_the_table_and_every_row_is_a_figure() {
    let mut code = String::new();
    for room in std::fs::read_dir(repository().join("crates")).expect("rooms").map_while(Result::ok) {
        sources(&room.path().join("src"), &mut code);
    }
    // What is asked of the macros is a figure; names of crates in log filters are not.
    let used: BTreeSet<String> = ["counter!(", "gauge!(", "histogram!("]
        .iter()
        .flat_map(|mac| code.split(mac).skip(1))
        .filter_map(|rest| names(rest.split(&[',', ')'][..]).next()?, '"').pop_first())
        .collect();
    let page = std::fs::read_to_string(repository().join("docs/operations.md")).expect("the page");
    let rows: String =
        page.lines().filter(|line| line.starts_with("| `bellhop_")).collect::<Vec<_>>().join("\n");
    assert_eq!(names(&rows, '`'), used);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_run_can_be_read() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", RECIPE);
    workspace.write(
        "recipes/wait.yaml",
        "name: Wait\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - wait: 2 days\n",
    );
    let served = Served::start(&workspace, sandbox.token());
    deliver(&served, &sandbox, "webhook-counted").await;
    let sleeps = || workspace.runs().iter().any(|run| run["status"] == "sleeping");
    until("one has succeeded and one sleeps", || is_over(&workspace) && sleeps()).await;
    let lines = [
        r#"bellhop_deliveries_total{outcome="accepted"} 1"#,
        r#"bellhop_events_total{event="contacts.contact_created",fate="new"} 1"#,
        r#"bellhop_runs_total{recipe="tag",status="succeeded"} 1"#,
        r#"bellhop_calls_total{connector="contacts",operation="add_tags",class="done"} 1"#,
        r#"bellhop_runs_open{status="sleeping"} 1"#,
        r#"bellhop_runs_open{status="needs_attention"} 0"#,
        "bellhop_ready 1",
        "bellhop_store_queue 0",
        "bellhop_store_write_seconds_count ",
        "bellhop_step_seconds_count{",
        r#"bellhop_budget_left{connection="contacts",per_seconds="10"} "#,
    ];
    // What another process has read in the store may not be counted yet.
    let end = Instant::now() + PATIENCE;
    let figures = loop {
        let answer = client().get(served.url("/metrics")).send().await.expect("an answer");
        let figures = answer.text().await.expect("a text");
        let Some(line) = lines.iter().find(|line| !figures.contains(**line)) else { break figures };
        assert!(Instant::now() < end, "no `{line}` in:\n{figures}");
    };
    assert!(!figures.contains("contactMaraFenn00001") && !figures.contains(PERSON), "{figures}");
}

fn acts(workspace: &Workspace) -> Vec<Value> {
    let output = workspace.run(&["audit", "--json"], "");
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    json["acts"].as_array().cloned().expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changed_what_is_written_down() {
    let fault = Fault::parse("400@add-tags*2").expect("a fault");
    let config = SandboxConfig { faults: vec![fault], ..SandboxConfig::default() };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", RECIPE);
    workspace.write("event.json", r#"{"id": "contactMaraFenn00001"}"#);
    let stopped = workspace.run(&["run", "tag", "--event", "event.json"], sandbox.token());
    assert_eq!(stopped.status.code(), Some(1), "{}{}", out(&stopped), err(&stopped));
    let run = workspace.runs()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(acts(&workspace).len(), 0, "a run by hand changes nothing");

    workspace.run(&["runs", "retry", &run, "--by", "Ana"], sandbox.token());
    workspace.run(&["runs", "cancel", &run], sandbox.token());
    let refused = workspace.run(&["runs", "cancel", &run, "--by", "Ben"], sandbox.token());
    assert_eq!(refused.status.code(), Some(2));
    let served = Served::start(&workspace, sandbox.token());
    workspace.write("recipes/tag.yaml", &RECIPE.replace("Seen", "Known"));
    served.says("a recipe has changed").await;
    std::fs::remove_file(workspace.path().join("recipes/tag.yaml")).expect("removed");
    served.says("a recipe is gone").await;
    assert_eq!(served.stop().0, Some(0));

    let acts = acts(&workspace);
    let told: Vec<_> = acts.iter().map(|act| act["did"].as_str().expect("a word")).collect();
    let expected = [
        "retry",
        "cancel",
        "recipe_added",
        "serve_started",
        "recipe_changed",
        "recipe_removed",
        "serve_stopped",
    ];
    assert_eq!(told, expected, "{acts:#?}");
    assert_eq!((&acts[0]["by"], &acts[0]["run"]), (&json!("Ana"), &json!(run)));
    assert_eq!((&acts[0]["recipe"], &acts[0]["before"]), (&json!("tag"), &json!("needs_attention")));
    assert!(acts[1]["by"].as_str().is_some_and(|by| !by.is_empty() && by != "Ana"), "{}", acts[1]);
    assert_eq!(acts[4]["before"], acts[2]["after"]);
    assert_ne!(acts[4]["before"], acts[4]["after"]);

    // The run's own history says who, too.
    let shown = workspace.run(&["runs", "show", &run, "--json"], "");
    let shown: Value = serde_json::from_str(&out(&shown)).expect("JSON");
    let history = shown["history"].as_array().expect("a history");
    let by = |kind: &str| {
        let entry = history.iter().map(|stamped| &stamped["entry"]).find(|entry| entry["is"] == kind);
        entry.map(|entry| entry["by"].clone()).expect("an entry")
    };
    assert_eq!(by("retry_requested"), "Ana");
    assert_eq!(by("run_ended"), acts[1]["by"]);

    let listed = out(&workspace.run(&["audit", "--since", "1 hour ago"], ""));
    assert!(listed.contains("Ana") && listed.contains("took a changed recipe"), "{listed}");
    let none = workspace.run(&["audit", "--since", "in 1 hour"], "");
    assert_eq!(out(&none), "");
}

#[test]
fn secrets_and_restores_are_written_down_by_name() {
    let workspace = Workspace::new();
    let home = tempfile::tempdir().expect("a home");
    let told = |arguments: &[&str]| {
        let mut child = bellhop()
            .args(arguments)
            .current_dir(workspace.path())
            .env("HOME", home.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A command that reads nothing may have ended already.
        let _ = child.stdin.take().expect("a pipe").write_all(b"canary-audit-91c2");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    };
    told(&["secrets", "set", "crm", "--by", "Ana"]);
    told(&["secrets", "rm", "crm", "--by", "Ben"]);
    let acts = acts(&workspace);
    let told: Vec<_> = acts.iter().map(|act| (&act["did"], &act["by"], &act["secret"])).collect();
    let secret = json!("crm");
    assert_eq!(
        told,
        [(&json!("secret_set"), &json!("Ana"), &secret), (&json!("secret_removed"), &json!("Ben"), &secret)]
    );
    let book = std::fs::read_to_string(workspace.path().join(".bellhop/audit.jsonl")).expect("the book");
    assert!(!book.contains("canary-audit"), "{book}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_no_picture_of_the_memory() {
    let sandbox = sandbox().await;
    let workspace = Workspace::of(&sandbox);
    let served = Served::start(&workspace, sandbox.token());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.id())).expect("its limits");
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    let figures: Vec<_> = cores.split_whitespace().skip(4).take(2).collect();
    assert_eq!(figures, ["0", "0"], "{cores}");
}
