//! `kill -9` in the middle: what was acknowledged is finished by the next process, what was done is not done again,
//! and what may have been done is looked for first.

mod support;

use bellhop_sandbox::Running;
use serde_json::json;
use support::{Served, Workspace, contact_created, until};

const TOKEN: &str = "pit-crash-0000-4000-8000-000000000000";
const RECIPE: &str = "name: Three writes\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [one]\n  - contacts.create_note:\n      contactId: $.trigger.id\n      body: Written once for {{ trigger.firstName }}\n  - contacts.update_contact:\n      contactId: $.trigger.id\n      city: York\n";

async fn stage(fault: &str) -> (Running, Workspace) {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[fault]).await;
    workspace.write("recipes/three.yaml", RECIPE);
    (sandbox, workspace)
}

async fn deliver(served: &Served, sandbox: &Running) {
    contact_created(served, sandbox, "webhook-1", &json!({ "firstName": "Mara" })).await;
}

fn count(sandbox: &Running, method: &str, end: &str) -> usize {
    sandbox
        .calls()
        .iter()
        .filter(|call| call.method == method && call.path.trim_end_matches('/').ends_with(end))
        .count()
}

fn notes(sandbox: &Running) -> usize {
    let state = sandbox.snapshot();
    let notes = state["notes"].as_array().cloned().unwrap_or_default();
    notes.iter().filter(|note| note["body"] == "Written once for Mara").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_was_written_before_the_kill_is_not_written_again() {
    // The note is stored, and its answer never comes: the run is killed while it waits for it.
    let (sandbox, workspace) = stage("hang@create-note*1").await;
    let served = Served::start(&workspace, TOKEN);
    deliver(&served, &sandbox).await;
    until("the note is stored", || notes(&sandbox) == 1).await;
    served.kill();

    let served = Served::start(&workspace, TOKEN);
    until("the run has ended", || workspace.all_runs_are("succeeded")).await;
    assert_eq!(notes(&sandbox), 1);
    assert_eq!(count(&sandbox, "POST", "/notes"), 1, "the note was looked for, not written again");
    assert_eq!(count(&sandbox, "POST", "/tags"), 1, "a step that was done is not done again");
    assert!(count(&sandbox, "GET", "/notes") >= 1);
    assert_eq!(count(&sandbox, "PUT", "contactMaraFenn00001"), 1);
    drop(served);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_write_in_doubt_is_simply_repeated() {
    let (sandbox, workspace) = stage("hang@update-contact*1").await;
    let served = Served::start(&workspace, TOKEN);
    deliver(&served, &sandbox).await;
    until("the update is under way", || count(&sandbox, "PUT", "contactMaraFenn00001") == 1).await;
    served.kill();

    let served = Served::start(&workspace, TOKEN);
    until("the run has ended", || workspace.all_runs_are("succeeded")).await;
    assert_eq!(count(&sandbox, "PUT", "contactMaraFenn00001"), 2);
    assert_eq!(count(&sandbox, "POST", "/notes"), 1);
    drop(served);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_and_an_appointment_in_doubt_are_looked_for_and_not_sent_again() {
    for (hangs, path, step) in [
        (
            "hang@send-a-new-message*1",
            "/conversations/messages",
            "contacts.send_message:\n      contactId: $.trigger.id\n      type: SMS\n      message: Thank you, {{ trigger.firstName }}",
        ),
        (
            "hang@create-appointment*1",
            "/calendars/events/appointments",
            "contacts.create_appointment:\n      contactId: $.trigger.id\n      calendarId: calendarFirstCall001\n      startTime: 2030-01-15T09:00:00+02:00",
        ),
    ] {
        let (sandbox, workspace) = stage(hangs).await;
        let recipe =
            format!("name: One write\ntrigger:\n  contacts.contact_created: {{}}\nsteps:\n  - {step}\n");
        workspace.write("recipes/three.yaml", &recipe);
        let served = Served::start(&workspace, TOKEN);
        deliver(&served, &sandbox).await;
        until("it is under way", || count(&sandbox, "POST", path) == 1).await;
        served.kill();

        let served = Served::start(&workspace, TOKEN);
        until("the run has ended", || workspace.all_runs_are("succeeded")).await;
        assert_eq!(count(&sandbox, "POST", path), 1, "{path} was looked for, not done again");
        drop(served);
    }
}
