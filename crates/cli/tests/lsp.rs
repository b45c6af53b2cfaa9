//! `bellhop lsp` as editors start it: a process that is spoken to over its stdin and stdout.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};
use support::{PATIENCE, bellhop};

const RECIPE: &str = "name: Hello\ntrigger: contacts.contact_created\nsteps:\n  - contacts.add_tag:\n      contactId: $.trigger.id\n      tags: [é😀]\n";

/// An editor that started the server.
struct Editor {
    process: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    asked: u32,
}

impl Editor {
    fn start(folder: &Path) -> Self {
        let mut command = bellhop();
        command.arg("lsp").current_dir(folder);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdin = process.stdin.take();
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let (send, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if stdout.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                    if let Some(number) = line.strip_prefix("Content-Length: ") {
                        length = number.trim().parse().expect("a number");
                    }
                }
                let mut body = vec![0; length];
                stdout.read_exact(&mut body).expect("the whole message comes");
                if send.send(serde_json::from_slice(&body).expect("JSON")).is_err() {
                    return;
                }
            }
        });
        Self { process, stdin, messages, asked: 0 }
    }

    fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server reads");
    }

    fn say(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
            if message["id"] == id {
                assert_eq!(message["error"], Value::Null);
                return message["result"].clone();
            }
        }
    }

    fn hear(&mut self, method: &str) -> Value {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server speaks");
            if message["method"] == method {
                return message["params"].clone();
            }
        }
    }

    /// Closes its ears, and says with which code the server ended, and what it said to the terminal.
    fn end(mut self) -> (Option<i32>, String) {
        self.stdin = None;
        let output = self.process.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn greeted(folder: &Path) -> Editor {
    let mut editor = Editor::start(folder);
    let uri = format!("file://{}", folder.display());
    let answer = editor.ask("initialize", &json!({ "processId": null, "rootUri": uri, "capabilities": {} }));
    assert_eq!(answer["serverInfo"]["name"], "bellhop");
    editor.tell("initialized", &json!({}));
    editor
}

#[test]
fn an_editor_is_served_from_greeting_to_farewell() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("recipes")).expect("a folder");
    let mut editor = greeted(folder.path());
    let uri = format!("file://{}/recipes/hello.yaml", folder.path().display());
    let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": RECIPE });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let told = editor.hear("textDocument/publishDiagnostics");
    assert_eq!(told["uri"], uri.as_str());
    let problem = &told["diagnostics"][0];
    let message = problem["message"].as_str().expect("a text");
    assert!(message.contains("did you mean `contacts.add_tags`?"), "{message}");
    assert_eq!(problem["range"]["start"], json!({ "line": 3, "character": 4 }));

    let named = json!({ "uri": uri });
    let actions = editor.ask(
        "textDocument/codeAction",
        &json!({ "textDocument": named, "range": problem["range"], "context": { "diagnostics": [] } }),
    );
    assert_eq!(actions[0]["edit"]["changes"][&uri][0]["newText"], "contacts.add_tags");

    let here = |line: u32, character: u32| json!({ "textDocument": named, "position": { "line": line, "character": character } });
    let items = editor.ask("textDocument/completion", &here(3, 19));
    let labels: Vec<&str> =
        items.as_array().expect("a list").iter().filter_map(|item| item["label"].as_str()).collect();
    assert!(labels.contains(&"contacts.add_tags"), "{labels:?}");
    let fields = editor.ask("textDocument/completion", &here(4, 27));
    assert!(fields.as_array().expect("a list").iter().any(|item| item["label"] == "firstName"), "{fields}");
    let page = editor.ask("textDocument/hover", &here(3, 6));
    assert!(page["contents"]["value"].as_str().is_some_and(|page| page.contains("## Mended")), "{page}");
    let page = editor.ask("textDocument/hover", &here(1, 20));
    let page = page["contents"]["value"].as_str().expect("a page");
    assert!(page.starts_with("**contacts.contact_created**"), "{page}");

    assert_eq!(editor.ask("shutdown", &Value::Null), Value::Null);
    editor.tell("exit", &Value::Null);
    let (code, said) = editor.end();
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn tests_get_what_check_says_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipes = folder.path().join("recipes");
    std::fs::create_dir(&recipes).expect("a folder");
    let recipe = RECIPE.replace("add_tag:", "add_tags:");
    std::fs::write(recipes.join("hello.yaml"), recipe).expect("it is written");
    let mut editor = greeted(folder.path());
    let uri = format!("file://{}/hello.test.yaml", recipes.display());
    let text = "recipe: hello\ntests:\n  - name: a\n    event: { contacts.contact_deleted: { id: c1 } }\n    expect:\n      writes: [contacts.ad_tags]\n      \n";
    let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let told = editor.hear("textDocument/publishDiagnostics");
    let codes: Vec<&str> = told["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["code"].as_str())
        .collect();
    assert_eq!(codes, ["BH4102", "BH4103"], "{told}");
    let here = json!({ "textDocument": { "uri": uri }, "position": { "line": 6, "character": 6 } });
    let items = editor.ask("textDocument/completion", &here);
    assert!(items.as_array().expect("a list").iter().any(|item| item["label"] == "never"), "{items}");
    editor.ask("shutdown", &Value::Null);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn templates_get_what_check_says_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let templates = folder.path().join("templates");
    std::fs::create_dir(&templates).expect("a folder");
    std::fs::write(
        folder.path().join("bellhop.yaml"),
        "connections: { contacts: { auth: { token: { env: T } }, location_id: l1 } }\n",
    )
    .expect("it is written");
    // Both an app without a connection and a template that is called are fine in a template.
    let text = "name: Hello\ntrigger: contacts.contact_created\nsteps:\n  - slack.send_message:\n      channel: sales\n      text: '{{ triger.firstName | uper }}'\n  - call: other\n    inputs: { who: $.trigger.id, whom: a }\n";
    std::fs::write(templates.join("hello.yaml"), text).expect("it is written");
    let other = "name: Other\ninputs: { who: { type: text, description: Who } }\ntrigger: manual\nsteps:\n  - stop: Done\n";
    std::fs::write(templates.join("other.yaml"), other).expect("it is written");
    let checked = bellhop().args(["check", "--json"]).current_dir(folder.path()).output().expect("it runs");
    let checked: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let problems = checked["problems"].as_array().expect("a list");
    let by_check: Vec<_> = problems.iter().map(|one| (&one["code"], one["line"].as_u64())).collect();
    assert_eq!(by_check.len(), 3, "{checked:#}");

    let mut editor = greeted(folder.path());
    let uri = format!("file://{}/hello.yaml", templates.display());
    let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let told = editor.hear("textDocument/publishDiagnostics");
    let told = told["diagnostics"].as_array().expect("a list");
    let by_editor: Vec<_> = told
        .iter()
        .map(|one| (&one["code"], one["range"]["start"]["line"].as_u64().map(|line| line + 1)))
        .collect();
    assert_eq!(by_editor, by_check, "{told:#?}");
    editor.ask("shutdown", &Value::Null);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn the_workspace_file_is_checked_and_read_anew_when_it_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("bellhop.yaml");
    std::fs::write(&settings, "connections: {}\n").expect("it is written");
    let mut editor = greeted(folder.path());
    let uri = format!("file://{}", settings.display());
    let document =
        json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": "time_zon: Europe/London\n" });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let told = editor.hear("textDocument/publishDiagnostics");
    assert_eq!(told["diagnostics"][0]["code"], "BH2001");

    let recipe = format!("file://{}/recipes/hello.yaml", folder.path().display());
    let text = RECIPE.replace("add_tag:", "add_tags:\n    connection: second\n  - contacts.add_tags:");
    let document = json!({ "uri": recipe, "languageId": "yaml", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let told = editor.hear("textDocument/publishDiagnostics");
    assert!(told.to_string().contains("no connection `second`"), "{told}");
    std::fs::write(&settings, "connections: { second: { connector: contacts, location_id: l1 } }\n")
        .expect("it is written");
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    let told = std::iter::repeat_with(|| editor.hear("textDocument/publishDiagnostics"))
        .find(|told| told["uri"] == recipe.as_str())
        .expect("it is checked again");
    assert!(!told.to_string().contains("no connection `second`"), "{told}");
}

#[test]
fn an_editor_that_goes_away_or_talks_nonsense_ends_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(greeted(folder.path()).end().0, Some(1));

    let mut editor = greeted(folder.path());
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.end().0, Some(1));

    let mut editor = greeted(folder.path());
    editor.write(b"Content-Length: 3\r\n\r\n\xff{]");
    let (code, said) = editor.end();
    assert_eq!(code, Some(2));
    assert!(said.contains("The editor's messages cannot be read"), "{said}");
}
