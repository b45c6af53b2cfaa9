//! What a run asks a person, and what their answer leads to, through the binary.

mod support;

use bellhop_sandbox::Running;
use serde_json::Value;
use support::{Workspace, err, out};

const TOKEN: &str = "pit-approvals-4000-8000-000000000000";
const CONTACT: &str = "contactMaraFenn00001";
const RECIPE: &str = "name: Ask first
trigger:
  contacts.contact_created: {}
steps:
  - approve: Shall Mara get the discount?
    as: answer
  - if: answer.approved
    then:
      - contacts.add_tags:
          contactId: $.trigger.id
          tags: [discount]
    else:
      - contacts.create_note:
          contactId: $.trigger.id
          body: \"No discount: {{ answer.comment | default('no word') }} ({{ answer.by }})\"
";

async fn stage() -> (Running, Workspace) {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[]).await;
    workspace.write("recipes/ask.yaml", RECIPE);
    workspace.write("event.json", &format!(r#"{{"id": "{CONTACT}", "firstName": "Mara"}}"#));
    (sandbox, workspace)
}

/// Runs the recipe up to its question; the run's id.
fn asked(workspace: &Workspace) -> String {
    let output = workspace.run(&["run", "ask", "--event", "event.json"], TOKEN);
    assert!(out(&output).contains("Shall Mara get the discount?"), "{}{}", out(&output), err(&output));
    let run = workspace.runs()[0].clone();
    assert_eq!(run["status"], "waiting");
    let id = run["id"].as_str().expect("an id").to_owned();
    let listed = workspace.run(&["runs", "list", "--waiting"], TOKEN);
    assert!(out(&listed).contains("Shall Mara get the discount?"), "{}", out(&listed));
    id
}

fn tags(sandbox: &Running) -> String {
    let state = sandbox.snapshot();
    let mut contacts = state["contacts"].as_array().into_iter().flatten();
    let mara = contacts.find(|contact| contact["id"] == CONTACT).expect("the contact");
    mara["tags"].to_string()
}

fn notes(sandbox: &Running) -> Vec<String> {
    let state = sandbox.snapshot();
    let notes = state["notes"].as_array().into_iter().flatten();
    let bodies = notes.filter_map(|note| note["body"].as_str()).map(str::to_owned);
    bodies.filter(|body| body.starts_with("No discount")).collect()
}

fn shown(workspace: &Workspace, run: &str) -> (String, Value) {
    let text = workspace.run(&["runs", "show", run], TOKEN);
    let json = workspace.run(&["runs", "show", run, "--json"], TOKEN);
    (out(&text), serde_json::from_str(&out(&json)).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_goes_on_and_is_kept_with_the_name_and_the_words() {
    let (sandbox, workspace) = stage().await;
    let run = asked(&workspace);
    let decided = ["runs", "approve", &run, "--by", "Ines Albury", "--comment", "She waited long enough."];
    let output = workspace.run(&decided, TOKEN);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(tags(&sandbox).contains("discount"), "{}", tags(&sandbox));
    assert!(notes(&sandbox).is_empty());
    let (text, json) = shown(&workspace, &run);
    assert!(text.contains("Ines Albury approved it: She waited long enough."), "{text}");
    let told = json.to_string();
    assert!(told.contains("Ines Albury") && told.contains("She waited long enough."), "{told}");

    // A second answer changes nothing, whatever it is.
    for again in [&decided[..3], &["runs", "approve", &run, "--no"]] {
        let output = workspace.run(again, TOKEN);
        assert_eq!(output.status.code(), Some(2), "{}{}", out(&output), err(&output));
        assert!(err(&output).contains("there is nothing to decide any more"), "{}", err(&output));
    }
    assert_eq!(shown(&workspace, &run).1["status"], json["status"]);
    assert!(notes(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_takes_the_other_way_and_says_why() {
    let (sandbox, workspace) = stage().await;
    let run = asked(&workspace);
    let output = workspace
        .run(&["runs", "approve", &run, "--no", "--by", "Tom Reed", "--comment", "Not before June."], TOKEN);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(!tags(&sandbox).contains("discount"));
    assert_eq!(notes(&sandbox), ["No discount: Not before June. (Tom Reed)"]);
    let (text, _) = shown(&workspace, &run);
    assert!(text.contains("Tom Reed did not approve it: Not before June."), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_nothing_is_a_sentence() {
    let (sandbox, workspace) = stage().await;
    let run = asked(&workspace);
    for (arguments, words) in [
        (vec!["runs", "approve", "run_nobody"], "There is no run run_nobody"),
        (vec!["runs", "approve", &run, "--step", "/steps/9"], "asks nothing at the step `/steps/9`"),
        (vec!["runs", "resolve", &run, "--happened"], "does not wait for anybody's word"),
    ] {
        let output = workspace.run(&arguments, TOKEN);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}{}", out(&output), err(&output));
        assert!(err(&output).contains(words), "{arguments:?}: {}", err(&output));
    }
    assert_eq!(workspace.runs()[0]["status"], "waiting");
    assert!(!tags(&sandbox).contains("discount"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ended_a_run_stands_in_its_history() {
    let (_sandbox, workspace) = stage().await;
    let run = asked(&workspace);
    let output = workspace.run(&["runs", "cancel", &run, "--by", "Tom Reed"], TOKEN);
    assert_ne!(output.status.code(), Some(2), "{}{}", out(&output), err(&output));
    let (text, _) = shown(&workspace, &run);
    assert!(text.contains("cancelled: Ended by Tom Reed."), "{text}");
}
