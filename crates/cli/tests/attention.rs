//! Runs that need a person: what the person is told, and what their decision leads to.

mod support;

use bellhop_sandbox::Running;
use support::{Workspace, err, out};

const TOKEN: &str = "pit-attention-4000-8000-000000000000";
const RECIPE: &str = "name: Enrol\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_to_workflow:\n      contactId: $.trigger.id\n      workflowId: 00000000-0000-4000-8000-000000000101\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [enrolled]\n";
const EVENT: &str = r#"{"id": "contactMaraFenn00001", "firstName": "Mara"}"#;

async fn stage(fault: &str) -> (Running, Workspace) {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[fault]).await;
    workspace.write("recipes/enrol.yaml", RECIPE);
    workspace.write("event.json", EVENT);
    (sandbox, workspace)
}

/// Runs the recipe, which stops; the run's id and what was told.
fn stop(workspace: &Workspace) -> (String, String) {
    let output = workspace.run(&["run", "enrol", "--event", "event.json"], TOKEN);
    assert_eq!(output.status.code(), Some(1), "{}{}", out(&output), err(&output));
    let runs = workspace.runs();
    assert_eq!(runs[0]["status"], "needs_attention");
    (runs[0]["id"].as_str().expect("an id").to_owned(), out(&output))
}

fn enrolments(sandbox: &Running) -> usize {
    sandbox.calls().iter().filter(|call| call.method == "POST" && call.path.contains("/workflow/")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_nobody_can_look_up_is_asked_about_and_not_repeated() {
    let (sandbox, workspace) = stage("reset@add-contact-to-workflow*1").await;
    let (run, told) = stop(&workspace);
    assert!(told.contains("not known whether it happened"), "{told}");
    assert!(told.contains("the connection to HighLevel Contacts broke"), "what is known is told: {told}");
    assert!(told.contains(&format!("bellhop runs resolve {run}")), "{told}");
    let unsaid = workspace.run(&["runs", "resolve", &run], TOKEN);
    assert_eq!(unsaid.status.code(), Some(2), "{}", err(&unsaid));
    let another = workspace.run(&["runs", "resolve", &run, "--step", "/steps/9", "--did-not-happen"], TOKEN);
    assert_eq!(another.status.code(), Some(2), "{}{}", out(&another), err(&another));
    assert!(err(&another).contains("say which you mean: `--step /steps/0`"), "{}", err(&another));

    let output = workspace.run(&["runs", "resolve", &run, "--happened"], TOKEN);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(workspace.runs()[0]["status"], "succeeded");
    assert_eq!(enrolments(&sandbox), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_did_not_happen_is_done_on_a_persons_word() {
    let (sandbox, workspace) = stage("reset-before@add-contact-to-workflow*1").await;
    let (run, _) = stop(&workspace);
    let output = workspace.run(&["runs", "resolve", &run, "--did-not-happen"], TOKEN);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(enrolments(&sandbox), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again_or_ended() {
    let (sandbox, workspace) = stage("400@add-contact-to-workflow*2").await;
    let (run, told) = stop(&workspace);
    assert!(told.contains("HighLevel"), "{told}");
    let again = workspace.run(&["runs", "retry", &run], TOKEN);
    assert_eq!(again.status.code(), Some(1), "it fails once more: {}", out(&again));
    let again = workspace.run(&["runs", "retry", &run], TOKEN);
    assert_eq!(again.status.code(), Some(0), "{}{}", out(&again), err(&again));
    assert_eq!(enrolments(&sandbox), 3);
    let over = workspace.run(&["runs", "cancel", &run], TOKEN);
    assert_eq!(over.status.code(), Some(2), "{}", out(&over));
    assert!(err(&over).contains("over already"), "{}", err(&over));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_ended() {
    let (_sandbox, workspace) = stage("400@add-contact-to-workflow*1").await;
    let (run, _) = stop(&workspace);
    let output = workspace.run(&["runs", "cancel", &run], "");
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(workspace.runs()[0]["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_nowhere_says_what_would_lead_on() {
    let (_sandbox, workspace) = stage("400@add-contact-to-workflow*2").await;
    let none = workspace.run(&["runs", "list", "--needs-attention"], TOKEN);
    assert!(err(&none).contains("`bellhop runs why RECIPE WHO`"), "{}", err(&none));
    let (run, _) = stop(&workspace);
    let elsewhere = workspace.run(&["runs", "retry", &run, "--from", "1"], TOKEN);
    assert_eq!(elsewhere.status.code(), Some(2), "{}", out(&elsewhere));
    assert!(err(&elsewhere).contains("has come to: `/steps/0`."), "{}", err(&elsewhere));
    let again = workspace.run(&["runs", "retry", &run], TOKEN);
    assert!(!err(&again).contains("recipe has changed"), "{}", err(&again));

    workspace.write("recipes/enrol.yaml", &RECIPE.replace("enrolled", "in the workflow"));
    let again = workspace.run(&["runs", "retry", &run], TOKEN);
    assert_eq!(again.status.code(), Some(0), "{}{}", out(&again), err(&again));
    assert!(err(&again).contains("The recipe has changed since this run began"), "{}", err(&again));
    assert!(err(&again).contains("`bellhop run enrol --event FILE`"), "{}", err(&again));

    let over = workspace.run(&["runs", "resolve", &run, "--happened"], TOKEN);
    assert!(err(&over).contains("is over: there is nothing to settle"), "{}", err(&over));
    let nobody = workspace.run(&["runs", "why", "enroll", "mara"], TOKEN);
    assert!(err(&nobody).contains("Did you mean `enrol`?"), "{}", err(&nobody));
    let nobody = workspace.run(&["runs", "why", "enroll", "nobody at all"], TOKEN);
    assert!(err(&nobody).contains("Did you mean `enrol`?"), "also where nothing is told: {}", err(&nobody));
    let nobody = workspace.run(&["runs", "list", "--recipe", "enroll"], TOKEN);
    assert!(err(&nobody).contains("Did you mean `enrol`?"), "{}", err(&nobody));
    let none = workspace.run(&["runs", "list", "--limit", "0"], TOKEN);
    assert_eq!(none.status.code(), Some(2), "{}{}", out(&none), err(&none));
    let acts = out(&workspace.run(&["audit"], TOKEN));
    assert!(acts.contains("was needs_attention") && !acts.contains('—'), "{acts}");
}
