//! `bellhop secrets`: kept sealed, found by the connections that need them, and never shown.

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use support::{Workspace, bellhop, err, out};

const CANARY: &str = "canary-7c1e5d0f93";

/// Runs the binary with `home` as its person's home and this on standard input.
fn told(arguments: &[&str], workspace: &Workspace, home: &Path, input: &str) -> Output {
    let mut command = bellhop();
    command.env("HOME", home).env_remove("XDG_CONFIG_HOME").args(arguments).current_dir(workspace.path());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // A command that reads nothing may have ended already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// Every file below a folder that holds the text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_secret_is_kept_sealed_and_found_by_its_connection() {
    let (workspace, home) = (Workspace::new(), tempfile::tempdir().expect("a home"));
    workspace.write(
        "bellhop.yaml",
        "connections:\n  contacts:\n    auth: { token: { secret: ghl_token } }\n    location_id: loc\n",
    );
    let list = || told(&["secrets", "list", "--json"], &workspace, home.path(), "");
    let row = |output: &Output| -> Value {
        serde_json::from_str::<Value>(&out(output)).expect("JSON")["secrets"][0].clone()
    };
    let missing = list();
    assert_eq!((missing.status.code(), row(&missing)["kept"].as_str()), (Some(1), Some("missing")));

    let set = told(&["secrets", "set", "ghl_token"], &workspace, home.path(), &format!("{CANARY}\n"));
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    let listed = list();
    assert_eq!(
        row(&listed),
        serde_json::json!({"name": "ghl_token", "kept": "sealed", "used_by": ["contacts"]})
    );
    assert_eq!(listed.status.code(), Some(0));
    for output in [&set, &listed] {
        assert!(!format!("{}{}", out(output), err(output)).contains(CANARY));
    }
    assert_eq!(holding(workspace.path(), CANARY), [""; 0]);
    assert_eq!(holding(home.path(), CANARY), [""; 0]);

    // The token is there now: the command gets as far as the app, which is not.
    workspace.write(
        "recipes/tag.yaml",
        "name: Tag\ntrigger:\n  manual: {}\nsteps:\n  - contacts.add_tags: { contactId: c1, tags: [x] }\n",
    );
    let stranger = tempfile::tempdir().expect("another home");
    let closed = told(&["run", "tag"], &workspace, stranger.path(), "");
    assert_eq!(closed.status.code(), Some(2));
    assert!(err(&closed).contains("does not open it"), "{}", err(&closed));

    let gone = told(&["secrets", "rm", "ghl_token"], &workspace, home.path(), "");
    assert_eq!(gone.status.code(), Some(0), "{}", err(&gone));
    let gone = told(&["secrets", "rm", "ghl_token"], &workspace, home.path(), "");
    assert_eq!(gone.status.code(), Some(1), "{}", err(&gone));
}

#[test]
fn what_cannot_be_kept_is_said() {
    let (workspace, home) = (Workspace::new(), tempfile::tempdir().expect("a home"));
    let nothing = told(&["secrets", "set", "hook"], &workspace, home.path(), "  \n");
    assert_eq!(nothing.status.code(), Some(2));
    assert!(err(&nothing).contains("Nothing was given for hook"), "{}", err(&nothing));
    let name = told(&["secrets", "set", "../hook"], &workspace, home.path(), CANARY);
    assert_eq!(name.status.code(), Some(2));
    assert!(err(&name).contains("letters, digits"), "{}", err(&name));
    assert_eq!(told(&["secrets", "list"], &workspace, home.path(), "").status.code(), Some(0));
}

#[test]
fn what_alerts_the_windows_and_senders_need_is_listed_as_well() {
    let (workspace, home) = (Workspace::new(), tempfile::tempdir().expect("a home"));
    workspace.write(
        "bellhop.yaml",
        "server: { token: { secret: api_token } }\nalerts:\n  slack: { webhook: { secret: slack_hook } }\n  webhook: { url: 'https://example.com/a', token: { secret: alert_token } }\n",
    );
    workspace.write(
        "recipes/form.yaml",
        "name: Form\ntrigger:\n  webhook: { path: form, verify: { secret: form_secret } }\nsteps:\n  - stop: Done\n",
    );
    let set = told(&["secrets", "set", "slack_hook"], &workspace, home.path(), CANARY);
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    let output = told(&["secrets", "list", "--json"], &workspace, home.path(), "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let listed: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let rows = listed["secrets"].as_array().expect("a list");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row["name"].as_str(), row["kept"].as_str(), row["used_by"][0].as_str()))
        .collect();
    let row = |name, kept, user| (Some(name), Some(kept), Some(user));
    let wanted = [
        row("alert_token", "missing", "alerts"),
        row("api_token", "missing", "server"),
        row("form_secret", "missing", "recipe form"),
        row("slack_hook", "sealed", "alerts"),
    ];
    assert_eq!(rows, wanted);
}
