//! Webhooks that get lost are healed by asking the app, the account of it is true by the app's own record, and what the
//! app's search shows late is found all the same.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::{Clock, SystemClock};
use bellhop_journal::Store;
use bellhop_sandbox::{Running, SandboxConfig, Signatures, WebhookOptions, start};
use bellhop_store::SqliteStore;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Served, Workspace, out, until};

const TOKEN: &str = "pit-reconcile-0000-4000-8000-000000000000";
const LEADS: usize = 412;
/// Every so-manieth delivery is lost, beginning with the first: three of them.
const LOST_OF: u32 = 138;
/// Adding to a workflow tells of nothing, so that what is lost are leads and nothing else.
const WELCOME: &str = "name: Welcome\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_to_workflow:\n      contactId: $.trigger.id\n      workflowId: 00000000-0000-4000-8000-000000000101\n";
const SEEN: &str = "name: Seen\ntrigger:\n  contacts.contact_created: { via: poll, every: 1 minute }\nsteps:\n  - stop: \"{{ trigger.firstName }}\"\n";

async fn make_contact(sandbox: &Running, name: &str) {
    let body = json!({
        "locationId": sandbox.location_id(), "firstName": name, "email": format!("{name}@example.com"),
    });
    sandbox.act("POST", "/contacts/", &body).await.expect("it is made");
}

fn account(workspace: &Workspace) -> Value {
    let output = workspace.run(&["runs", "completeness", "--json"], "");
    let json: Value = serde_json::from_str(&out(&output)).unwrap_or_default();
    json["events"][0].clone()
}

fn runs(workspace: &Workspace, status: &str) -> Vec<Value> {
    let output = workspace.run(&["runs", "list", "--status", status, "--limit", "1000", "--json"], "");
    let json: Value = serde_json::from_str(&out(&output)).unwrap_or_default();
    json["runs"].as_array().cloned().unwrap_or_default()
}

/// Has the first look be one hour earlier than it was: nobody wants to wait until a lead is old enough to count as lost.
async fn an_hour_passes(workspace: &Workspace) {
    const NOTE: &str = "looks/contacts/contacts.contact_created";
    let store = SqliteStore::open(&workspace.path().join(".bellhop/bellhop.db")).expect("the store");
    let text = store.note(NOTE).await.expect("it can be read").expect("there was a look");
    let mut note: Value = serde_json::from_str(&text).expect("JSON");
    for time in ["began", "since", "latest", "looking"] {
        let at: Timestamp = note["cursor"][time].as_str().expect("a time").parse().expect("a time");
        note["cursor"][time] = json!(at - SignedDuration::from_hours(1));
    }
    store.put_note(NOTE, &note.to_string()).await.expect("it can be kept");
}

/// How often each contact was put into the workflow, by the app's own record.
fn welcomed(sandbox: &Running) -> BTreeMap<String, usize> {
    let mut welcomed = BTreeMap::new();
    for call in sandbox.calls().iter().filter(|call| call.path.contains("/workflow/") && call.status == 200) {
        let id = call.path.split('/').nth(2).expect("a contact");
        *welcomed.entry(id.to_owned()).or_default() += 1;
    }
    welcomed
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lead_is_handled_once_and_the_account_of_it_is_true() {
    let config = SandboxConfig {
        token: TOKEN.into(),
        webhooks: WebhookOptions {
            lose_of: LOST_OF,
            signatures: Signatures::Ed25519,
            ..WebhookOptions::default()
        },
        rate_limits: None,
        // What happens there happened twenty minutes ago.
        now: Some(Arc::new(|| SystemClock.now() - SignedDuration::from_mins(20))),
        ..SandboxConfig::default()
    };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    let own = "    reconcile: { every: 1 hour }\n    rate_limits: [{ limit: 1000, per: 1s }]\n    webhook:\n";
    workspace.write("bellhop.yaml", &yaml.replace("    webhook:\n", own));
    workspace.write("recipes/welcome.yaml", WELCOME);

    let served = Served::start(&workspace, TOKEN);
    until("the first look has been taken", || !account(&workspace)["looked_at"].is_null()).await;
    let before = account(&workspace)["looked_at"].clone();
    served.stop();
    an_hour_passes(&workspace).await;

    // It looks when it begins, and then only an hour later: what is told meanwhile is told in time.
    let served = Served::start(&workspace, TOKEN);
    until("it has looked again", || account(&workspace)["looked_at"] != before).await;
    sandbox.send_webhooks_to(Some(served.url("/hooks/contacts")));
    for number in 0..LEADS {
        make_contact(&sandbox, &format!("lead{number}")).await;
    }
    sandbox.webhooks_idle().await;
    until("those that were told are welcomed", || welcomed(&sandbox).len() == LEADS - 3).await;
    assert_eq!(sandbox.webhook_counts()["lost"], 3);
    served.stop();

    let served = Served::start(&workspace, TOKEN);
    until("all are welcomed", || welcomed(&sandbox).len() == LEADS).await;
    until("the account is kept", || account(&workspace)["handled"] == LEADS).await;
    until("all runs have ended", || runs(&workspace, "succeeded").len() == LEADS).await;
    served.stop();
    assert!(welcomed(&sandbox).values().all(|times| *times == 1), "each once");
    let words = out(&workspace.run(&["runs", "completeness"], ""));
    assert!(
        words.starts_with("contacts.contact_created: 412 found, 412 handled, 3 healed, last look"),
        "{words}"
    );
}

/// Stops, starts anew, and waits for the look that comes with it.
async fn look_again(workspace: &Workspace, served: Served) -> Served {
    served.stop();
    let before = account(workspace)["looked_at"].clone();
    let served = Served::start(workspace, TOKEN);
    until("it has looked again", || account(workspace)["looked_at"] != before).await;
    served
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_search_shows_late_is_found_though_a_later_lead_was_found_before() {
    let config = SandboxConfig {
        token: TOKEN.into(),
        index_delay: Duration::from_hours(1),
        index_delay_of: 2,
        ..SandboxConfig::default()
    };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/seen.yaml", SEEN);
    let served = Served::start(&workspace, TOKEN);
    until("the first look has been taken", || !account(&workspace)["looked_at"].is_null()).await;

    make_contact(&sandbox, "late").await;
    make_contact(&sandbox, "soon").await;
    let served = look_again(&workspace, served).await;
    until("the later one is found", || runs(&workspace, "stopped").len() == 1).await;
    assert_eq!(runs(&workspace, "stopped")[0]["summary"], "soon");

    sandbox.index_everything();
    let served = look_again(&workspace, served).await;
    until("the late one has run", || runs(&workspace, "stopped").len() == 2).await;
    look_again(&workspace, served).await;
    let mut names: Vec<String> =
        runs(&workspace, "stopped").iter().map(|run| run["summary"].to_string()).collect();
    names.sort();
    assert_eq!(names, ["\"late\"", "\"soon\""], "each once");
}
