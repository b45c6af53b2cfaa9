//! Secrets are looked for everywhere that they must not be: each of a workspace's is a canary, apps say them back, and
//! nothing that a person or a disk gets to see may hold one.

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use base64::Engine as _;
use bellhop_sandbox::{Running, SandboxConfig, start};
use serde_json::{Value, json};

use support::{PATIENCE, Served, TOKEN_VARIABLE, Workspace, bellhop, client, err, out, until};

/// The variables in which the canaries sit.
const CANARIES: [(&str, &str); 9] = [
    (TOKEN_VARIABLE, "canary-contacts-token-5f0a1"),
    ("BELLHOP_SECRET_ECHO_TOKEN", "canary-echo-token-5f0a2"),
    ("BELLHOP_SECRET_CLIENT_SECRET", "canary-client-secret-5f0a3"),
    ("BELLHOP_SECRET_REFRESH_TOKEN", "canary-refresh-token-5f0a4"),
    ("BELLHOP_SECRET_FORM", "canary-sender-secret-5f0a5"),
    ("BELLHOP_SECRET_MAIL", "canary-mail-password-5f0a6"),
    ("BELLHOP_SECRET_SLACK_HOOK", "http://127.0.0.1:9/canary-slack-address-5f0a7"),
    ("BELLHOP_SECRET_ALERT_TOKEN", "canary-alert-token-5f0a8"),
    ("BELLHOP_SECRET_API_TOKEN", "canary-api-token-5f0a9"),
];
const SENDER: &str = CANARIES[4].1;
const API: &str = CANARIES[8].1;

fn workspace(sandbox: &Running) -> Workspace {
    let workspace = Workspace::of(sandbox);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    let base = sandbox.base_url();
    let more = format!(
        "connections:
  http:
    base_url: {base}
    auth: {{ token: {{ secret: echo_token }} }}
  echoed:
    connector: contacts
    base_url: {base}/__sandbox/http
    auth: {{ token: {{ secret: echo_token }} }}
    location_id: {location}
  agency:
    connector: contacts
    base_url: {base}/__sandbox/http
    auth: {{ oauth: {{ client_id: some-app, client_secret: {{ secret: client_secret }}, refresh_token: {{ secret: refresh_token }} }} }}
    location_id: {location}
  email:
    host: 127.0.0.1
    port: 9
    security: none
    from: hello@example.com
    auth: {{ token: {{ secret: mail }} }}
",
        location = sandbox.location_id(),
    );
    let yaml = yaml.replace("connections:\n", &more).replace(
        "server:\n",
        &format!(
            "alerts:\n  slack: {{ webhook: {{ secret: slack_hook }} }}\n  webhook: {{ url: {base}/__sandbox/http/status/500, token: {{ secret: alert_token }} }}\nserver:\n  token: {{ secret: api_token }}\n"
        ),
    );
    workspace.write("bellhop.yaml", &yaml);
    let recipes = [
        // Says the token back in an error, and in an answer that is a result.
        ("refused", format!("http.request: {{ method: POST, url: '{base}/__sandbox/http/status/400' }}")),
        ("answered", format!("http.get: {{ url: '{base}/__sandbox/http/said-back' }}")),
        ("found", "contacts.get_contact: { contactId: said-back }\n    connection: echoed".to_owned()),
        ("agency", "contacts.get_contact: { contactId: said-back }\n    connection: agency".to_owned()),
        ("mail", "email.send_message: { to: [ana@example.com], subject: Hi, text: Hi }".to_owned()),
        ("tag", "contacts.add_tags: { contactId: contactMaraFenn00001, tags: [seen] }".to_owned()),
    ];
    for (name, step) in recipes {
        let trigger = "trigger:\n  webhook: { path: form, verify: { secret: form, header: X-Proof } }\n";
        workspace
            .write(&format!("recipes/{name}.yaml"), &format!("name: {name}\n{trigger}steps:\n  - {step}\n"));
    }
    workspace
}

fn run(workspace: &Workspace, arguments: &[&str]) -> Output {
    let mut command = bellhop();
    command.envs(CANARIES).env("BELLHOP_LOG", "trace").args(arguments).current_dir(workspace.path());
    command.output().expect("the binary starts")
}

async fn submit(served: &Served, proof: &str) -> u16 {
    // Said in the body as well, as some senders do.
    let body = serde_json::json!({ "proof": proof }).to_string();
    let request = client().post(served.url("/hooks/in/form")).header("x-proof", proof).body(body);
    request.send().await.expect("an answer").status().as_u16()
}

async fn read(served: &Served, path: &str) -> String {
    let answer = client().get(served.url(path)).bearer_auth(API).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.text().await.expect("a text")
}

async fn until_figures_say(served: &Served, line: &str) {
    let end = Instant::now() + PATIENCE;
    let mut look = tokio::time::interval(Duration::from_millis(50));
    while !read(served, "/metrics").await.contains(line) {
        assert!(Instant::now() < end, "it did not come to be: {line}");
        look.tick().await;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        if entry.path().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}

/// The canaries that a text holds, as they are or in Base64 (as mail servers and Basic headers have them).
fn heard(text: &[u8]) -> Vec<&'static str> {
    let holds = |part: &str| text.windows(part.len()).any(|window| window == part.as_bytes());
    let sits_in = |canary: &str| {
        let shifted = (0..3).map(|shift| {
            let text = format!("{}{canary}", &"xyz"[..shift]);
            let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(text);
            // Without its edges, which depend on what stands around it.
            encoded[4..encoded.len() - 4].to_owned()
        });
        let part = canary.rsplit('/').next().unwrap_or(canary);
        holds(part) || shifted.into_iter().any(|encoded| holds(&encoded))
    };
    CANARIES.iter().map(|(_, canary)| *canary).filter(|canary| sits_in(canary)).collect()
}

fn is_clean(place: &str, text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    let found = heard(text);
    assert!(found.is_empty(), "{found:?} in {place}:\n{}", String::from_utf8_lossy(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_seen_anywhere() {
    let config = SandboxConfig { token: CANARIES[0].1.into(), ..SandboxConfig::default() };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = workspace(&sandbox);
    let checked = run(&workspace, &["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}{}", out(&checked), err(&checked));
    let variables: Vec<_> = CANARIES.into_iter().chain([("BELLHOP_LOG", "trace")]).collect();
    let served = Served::start_with(&workspace, CANARIES[0].1, &variables);

    assert_eq!(submit(&served, "wrong").await, 401);
    assert_eq!(submit(&served, SENDER).await, 200);
    let runs = || {
        let listed = run(&workspace, &["runs", "list", "--json"]);
        let json: Value = serde_json::from_str(&out(&listed)).unwrap_or_default();
        json["runs"].as_array().cloned().unwrap_or_default()
    };
    // The mail server that is not there is tried again for a while: that run sleeps meanwhile.
    let rests = |run: &Value| run["status"] != "ready" && run["status"] != "queued";
    until("all six have come to rest", || runs().len() == 6 && runs().iter().all(rests)).await;
    let all = runs();
    let status =
        |recipe: &str| all.iter().find(|run| run["recipe"] == recipe).map(|run| run["status"].clone());
    assert_eq!(status("answered"), Some(json!("succeeded")), "{all:#?}");
    assert_eq!(status("tag"), Some(json!("succeeded")), "{all:#?}");
    assert_eq!(status("refused"), Some(json!("needs_attention")), "{all:#?}");
    // The apps have really been told: otherwise nothing would be tried here.
    let called: Vec<String> = sandbox.calls().into_iter().map(|call| call.path).collect();
    for path in ["oauth/token", "status/400", "contacts/said-back", "http/said-back"] {
        assert!(called.iter().any(|called| called.ends_with(path)), "no {path} in {called:?}");
    }
    let answered = all.iter().find(|run| run["recipe"] == "answered").expect("a run");
    let shown = out(&run(&workspace, &["runs", "show", answered["id"].as_str().expect("an id"), "--json"]));
    assert!(shown.contains("\"authorization\""), "the echo says headers back: {shown}");

    for path in ["/metrics", "/api/runs", "/healthz", "/readyz"] {
        is_clean(path, read(&served, path).await);
    }
    let backup = workspace.path().join("copy.db");
    let mut said = vec![
        run(&workspace, &["backup", &backup.display().to_string()]),
        run(&workspace, &["runs", "list", "--json"]),
        run(&workspace, &["audit", "--json"]),
        run(&workspace, &["secrets", "list", "--json"]),
        run(&workspace, &["scopes", "--json"]),
    ];
    for one in &all {
        let id = one["id"].as_str().expect("an id");
        is_clean(id, read(&served, &format!("/api/runs/{id}")).await);
        said.push(run(&workspace, &["runs", "show", id]));
        said.push(run(&workspace, &["runs", "show", id, "--json"]));
        said.push(run(&workspace, &["runs", "show", id, "--as-test"]));
        said.push(run(
            &workspace,
            &["plan", one["recipe"].as_str().expect("a recipe"), "--run", id, "--json"],
        ));
    }
    for output in &said {
        is_clean("stdout", &output.stdout);
        is_clean("stderr", &output.stderr);
    }
    // While it runs there is a write-ahead log beside the store.
    let seen = |files: &[PathBuf]| {
        for file in files {
            is_clean(&file.display().to_string(), std::fs::read(file).unwrap_or_default());
        }
    };
    let open = files(workspace.path());
    assert!(open.iter().any(|file| file.to_string_lossy().ends_with("-wal")), "{open:?}");
    seen(&open);

    until_figures_say(&served, r#"bellhop_alerts_total{channel="alerts-slack",outcome="failed"}"#).await;
    // Tried again by a person, in the foreground.
    let refused = all.iter().find(|run| run["recipe"] == "refused").expect("a run");
    let again = run(&workspace, &["runs", "retry", refused["id"].as_str().expect("an id")]);
    is_clean("stdout of retry", &again.stdout);
    is_clean("stderr of retry", &again.stderr);
    let log = served.kill();
    assert!(log.contains("call failed"), "the log is one at the trace level: {log}");
    is_clean("the log", log);
    seen(&files(workspace.path()));
}

#[test]
fn a_canary_would_be_heard() {
    let (_, canary) = CANARIES[5];
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("hello@example.com:{canary}"));
    assert_eq!(heard(basic.as_bytes()), [canary]);
    assert_eq!(heard(format!("x{canary}y").as_bytes()), [canary]);
    assert_eq!(heard(b"nothing"), [""; 0]);
}
