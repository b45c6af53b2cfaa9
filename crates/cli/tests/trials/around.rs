//! Around the tests: results for build servers, which tests are meant, tests made of real runs, watching.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc;

use bellhop_sandbox::SandboxConfig;

use crate::support::{PATIENCE, Workspace, bellhop, err, out, run};
use crate::{HEAD, RECIPE, workspace};

#[test]
fn build_servers_get_junit() {
    let workspace = workspace(&format!("{HEAD}      run: stopped\n"));
    let output = run(&["test", "--junit", "junit.xml"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let xml = std::fs::read_to_string(workspace.path().join("junit.xml")).expect("it was written");
    for part in [
        "<testsuites tests=\"1\" failures=\"1\"",
        "<testsuite name=\"recipes/greet.test.yaml\"",
        "<testcase classname=\"greet\" name=\"a guest is greeted\"",
        "<failure message=\"The run was to end as `stopped`",
        "recipes/greet.test.yaml:8",
    ] {
        assert!(xml.contains(part), "{part} is missing in\n{xml}");
    }
}

#[test]
fn tests_are_found_by_file_by_recipe_and_by_folder() {
    let workspace = workspace(&format!("{HEAD}      run: succeeded\n"));
    for path in ["greet", "recipes/greet.yaml", "recipes/greet.test.yaml", "recipes"] {
        let output = run(&["test", path], workspace.path());
        assert_eq!(output.status.code(), Some(0), "{path}: {}{}", out(&output), err(&output));
        assert!(out(&output).contains("✓ a guest is greeted"), "{path}: {}", out(&output));
    }
    let output = run(&["test", "gret"], workspace.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no tests for gret"), "{}", err(&output));
}

#[test]
fn tests_of_a_recipe_with_errors_are_not_run() {
    let workspace = workspace(&format!("{HEAD}      run: succeeded\n"));
    workspace.write("recipes/greet.yaml", &RECIPE.replace("contacts.add_tags", "contacts.add_tag"));
    let output = run(&["test"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("The recipe greet has errors"), "{}", out(&output));
}

#[test]
fn what_an_app_shows_late_is_looked_for_twice_and_takes_no_time() {
    let workspace = Workspace::new();
    workspace.write(
        "recipes/hello.yaml",
        "name: Hello
trigger:
  contacts.contact_created: {}
steps:
  - contacts.send_message: { contactId: $.trigger.id, type: SMS, message: Hello }
    on_error:
      - contacts.create_note: { contactId: $.trigger.id, body: \"Not sent: {{ error.class }}\" }
",
    );
    let test = |name: &str, answer: &str, expected: &str| {
        format!(
            "  - name: {name}
    given:
      contacts: [{{ id: c1, firstName: Ana, phone: \"+15550100077\" }}]
      faults: [{{ on: contacts.send_message, answer: {answer} }}]
    event: {{ contacts.contact_created: {{ id: c1 }} }}
    expect: {{ run: succeeded, {expected} }}
"
        )
    };
    let refused =
        test("refused", "422", "writes: [{ contacts.create_note: { body: \"Not sent: invalid\" } }]");
    let done = test("done all the same", "done then 422", "never: [contacts.create_note]");
    workspace.write("recipes/hello.test.yaml", &format!("recipe: hello\ntests:\n{refused}{done}"));
    let output = run(&["test", "hello"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_run_becomes_a_test_that_passes_and_names_nobody() {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write(
        "recipes/welcome.yaml",
        "name: Welcome
trigger:
  contacts.contact_created: {}
steps:
  - contacts.get_contact:
      contactId: $.trigger.id
    as: contact
  - stop: Nothing is known of {{ contact.firstName }}
    if: contact.custom_fields.lead_score is empty
  - contacts.add_tags:
      contactId: $.contact.id
      tags: [welcome]
  - contacts.create_task:
      contactId: $.contact.id
      title: Call {{ contact.firstName }} {{ contact.lastName }} ({{ contact.phone }})
      dueDate: in 1 day
",
    );
    let ran = workspace.run(&["run", "welcome", "--sample", "contacts.contact_created"], sandbox.token());
    assert_eq!(ran.status.code(), Some(0), "{}{}", out(&ran), err(&ran));
    let runs = workspace.runs();
    let id = runs[0]["id"].as_str().expect("a run");
    let shown = workspace.run(&["runs", "show", id, "--as-test"], "");
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    let text = out(&shown);
    for private in ["Mara", "Fenn", "mara.fenn", "contactMara"] {
        assert!(!text.contains(private), "{private} is in\n{text}");
    }
    assert!(text.contains("title: \"Call Ana Quill (+15550100001)\""), "{text}");
    workspace.write("recipes/welcome.test.yaml", &text);
    let tested = workspace.run(&["test"], "");
    assert_eq!(tested.status.code(), Some(0), "{text}{}{}", out(&tested), err(&tested));
    sandbox.shutdown().await;
}

#[test]
fn watching_runs_the_tests_again_when_a_file_changes() {
    let workspace = workspace(&format!("{HEAD}      run: stopped\n"));
    let mut child = bellhop()
        .args(["test", "--watch"])
        .current_dir(workspace.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let stdout = child.stdout.take().expect("it was asked for");
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    let until = |wanted: &str| loop {
        let line = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("`{wanted}` never came"));
        if line.contains(wanted) {
            return;
        }
    };
    until("✗ a guest is greeted");
    workspace.write("recipes/greet.test.yaml", &format!("{HEAD}      run: succeeded\n"));
    until("recipes/greet.test.yaml has changed");
    until("✓ a guest is greeted");
    child.kill().expect("it lives");
    child.wait().expect("it ends");
}
