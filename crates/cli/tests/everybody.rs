//! A recipe that walks through hundreds of contacts, killed in the middle: the next process goes on where it was. None is
//! skipped, and none is done twice but those that were being written when the process died. By then the history has been
//! folded once: the next process does not begin with its first entry.

mod support;

use std::collections::BTreeMap;

use bellhop_sandbox::{Data, Running, SandboxConfig, start};
use serde_json::{Value, json};
use support::{Served, Workspace, client, err, out, until};

const TOKEN: &str = "pit-everybody-4000-8000-000000000000";
const FRIENDS: usize = 700;
const RECIPE: &str = "name: Everybody\ntrigger:\n  webhook: { path: walk }\nsteps:\n  - for_each:\n      contacts.search_contacts:\n        filters: [{ field: tags, operator: eq, value: friend }]\n    as: contact\n    at_once: 4\n    do:\n      - contacts.update_contact:\n          contactId: $.contact.id\n          source: Walked through\n";

/// A sandbox with these friends, and as many others.
async fn stage() -> (Running, Workspace) {
    let contact = |number: usize, tag: &str| json!({"id": format!("contact{tag}{number:05}"), "firstName": format!("{tag} {number}"), "tags": [tag]});
    let contacts: Vec<Value> =
        (0..FRIENDS).flat_map(|number| [contact(number, "friend"), contact(number, "stranger")]).collect();
    let data = Data::from_json(&json!({ "contacts": contacts })).expect("data for the sandbox");
    let config = SandboxConfig { token: TOKEN.into(), data, rate_limits: None, ..SandboxConfig::default() };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let file = workspace.path().join("bellhop.yaml");
    let text = std::fs::read_to_string(file).expect("the workspace has its file");
    // Slower than it could be, so that the kill comes in the middle, and faster than HighLevel allows.
    let pace = "    rate_limits: [{ limit: 30, per: 300ms }]\n    webhook:\n";
    workspace.write("bellhop.yaml", &text.replace("    webhook:\n", pace));
    workspace.write("recipes/everybody.yaml", RECIPE);
    (sandbox, workspace)
}

/// How often each contact was updated.
fn updates(sandbox: &Running) -> BTreeMap<String, usize> {
    let mut updates = BTreeMap::new();
    for call in sandbox.calls().iter().filter(|call| call.method == "PUT") {
        let id = call.path.trim_end_matches('/').rsplit('/').next().expect("a path has an end");
        *updates.entry(id.to_owned()).or_default() += 1;
    }
    updates
}

fn searches(sandbox: &Running) -> usize {
    sandbox.calls().iter().filter(|call| call.path.ends_with("/contacts/search")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_through_everybody_goes_on_after_a_kill() {
    let (sandbox, workspace) = stage().await;
    let served = Served::start(&workspace, TOKEN);
    let answer = client().post(served.url("/hooks/in/walk")).json(&json!({"id": "1"})).send().await;
    assert_eq!(answer.expect("an answer").status().as_u16(), 200);
    until("more than a thousand things have happened", || updates(&sandbox).len() > 450).await;
    served.kill();
    let before = updates(&sandbox);
    assert!(before.len() < FRIENDS, "it was killed in the middle");

    let served = Served::start(&workspace, TOKEN);
    until("the run has ended", || workspace.all_runs_are("succeeded")).await;
    let after = updates(&sandbox);
    assert_eq!(after.len(), FRIENDS, "nobody is skipped");
    assert!(after.keys().all(|id| id.starts_with("contactfriend")), "strangers are left alone");
    // Again only those that were being written, or whose end was not on disk yet: such a write does no harm twice.
    let twice = after.values().filter(|times| **times > 1).count();
    assert!(twice < before.len() / 2, "{twice} of {} were done again", before.len());
    assert!(after.values().all(|times| *times <= 2));
    // Seven full pages and the end; one of them may have been on its way when the process died.
    assert!((8..=9).contains(&searches(&sandbox)), "{} searches", searches(&sandbox));
    drop(served);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_walk_plays_its_beginning_and_says_so() {
    let (sandbox, workspace) = stage().await;
    workspace.write("event.json", r#"{"id": "1"}"#);
    let output = workspace.run(&["plan", "everybody", "--event", "event.json"], TOKEN);
    let told = out(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", err(&output));
    assert!(
        told.contains("has found 100 so far, and there are more: the plan plays the first 100"),
        "{told}"
    );
    assert_eq!(searches(&sandbox), 1, "the plan really searches");
    assert!(updates(&sandbox).is_empty(), "and writes nothing");
}
