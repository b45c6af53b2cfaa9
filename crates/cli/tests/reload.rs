//! Edits while `bellhop serve` runs: a good one counts from the next event on, a bad one leaves the last good version.

mod support;

use bellhop_sandbox::{Running, SandboxConfig, start};
use serde_json::Value;

use support::{Served, Workspace, client, contact_created, until};

fn recipe(tag: &str) -> String {
    format!(
        "name: Tag\ntrigger:\n  contacts.contact_created: {{}}\nsteps:\n  - contacts.add_tags:\n      contactId: contactMaraFenn00001\n      tags: [{tag}]\n"
    )
}

/// The tags that were added, in order.
fn added(sandbox: &Running) -> Vec<String> {
    let calls = sandbox.calls();
    let writes = calls.iter().filter(|call| call.method == "POST" && call.path.ends_with("/tags"));
    writes.filter_map(|call| Some(call.body["tags"][0].as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_edit_counts_and_a_bad_one_leaves_the_last_good_version() {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", &recipe("first"));
    workspace.write(
        "recipes/other.yaml",
        "name: Other\ntrigger:\n  webhook: { path: other }\nsteps:\n  - stop: Done\n",
    );
    let served = Served::start(&workspace, sandbox.token());
    contact_created(&served, &sandbox, "w1", &Value::Null).await;
    until("the first version has run", || added(&sandbox) == ["first"]).await;

    workspace.write("recipes/tag.yaml", &recipe("second one"));
    served.says("a recipe has changed").await;
    contact_created(&served, &sandbox, "w2", &Value::Null).await;
    until("the second version has run", || added(&sandbox).len() == 2).await;
    assert_eq!(added(&sandbox)[1], "second one");

    workspace.write("recipes/tag.yaml", &recipe("third").replace("add_tags", "ad_tags"));
    served.says("its last good version goes on").await;
    contact_created(&served, &sandbox, "w3", &Value::Null).await;
    until("the second version has run again", || added(&sandbox).len() == 3).await;
    assert_eq!(added(&sandbox)[2], "second one");
    // To its end: a call whose end is not on disk yet may be made again, where that does no harm.
    until("all runs have ended", || workspace.runs().len() == 3 && workspace.all_runs_are("succeeded")).await;

    // The process comes to an end before somebody mends it; a bad one that was never good is left out.
    workspace.write("recipes/new.yaml", "name: New\ntrigger: { webhook: { path: new } }\nsteps: []\n");
    drop(served);
    let served = Served::start(&workspace, sandbox.token());
    contact_created(&served, &sandbox, "w4", &Value::Null).await;
    until("the second version has run after the start", || added(&sandbox).len() == 4).await;
    assert_eq!(added(&sandbox)[3], "second one");
    std::fs::remove_file(workspace.path().join("recipes/new.yaml")).expect("removed");

    std::fs::remove_file(workspace.path().join("recipes/other.yaml")).expect("removed");
    served.says("a recipe is gone").await;
    let gone = client().post(served.url("/hooks/in/other")).body("{}").send().await.expect("an answer");
    assert_eq!(gone.status().as_u16(), 404);

    workspace.write("connectors/own.yaml", "connector: own\n");
    served.says("restart `bellhop serve`").await;
    let log = served.kill();
    assert!(log.contains("its last good version goes on") && log.contains("the recipe is left out"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_that_lacks_its_senders_secret_is_taken_when_the_secret_is_there() {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let served = Served::start(&workspace, sandbox.token());
    let webhook =
        "name: Form\ntrigger:\n  webhook: { path: form, verify: { secret: form_secret } }\nsteps:\n";
    workspace.write("recipes/form.yaml", &format!("{webhook}  - stop: Done\n"));
    served.says("bellhop secrets set form_secret").await;
    workspace.write(".bellhop/secrets/form_secret", "made-up-form-secret");
    served.says("a recipe has been added").await;
    let post = client().post(served.url("/hooks/in/form")).bearer_auth("made-up-form-secret");
    assert_eq!(post.body("{}").send().await.expect("an answer").status().as_u16(), 200);

    // What is wrong with an edit is told in the log's own form.
    workspace.write("recipes/form.yaml", &format!("{webhook}  - contacts.ad_tags: {{}}\n"));
    until("the run is there", || workspace.runs().len() == 1).await;
    served.says("has no operation `ad_tags`").await;
    served.says("its last good version goes on").await;
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
}
