//! `bellhop backup` while `bellhop serve` works, and `bellhop restore`.

mod support;

use bellhop_sandbox::{SandboxConfig, start};
use serde_json::Value;

use support::{Served, Workspace, contact_created, err, out, until};

const RECIPE: &str = "name: Wait\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [seen]\n  - wait: 2 days\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [waited]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_while_serving_and_brought_back_when_not() {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/wait.yaml", RECIPE);
    let served = Served::start(&workspace, sandbox.token());
    contact_created(&served, &sandbox, "webhook-1", &Value::Null).await;
    let sleeps = || workspace.runs().iter().any(|run| run["status"] == "sleeping");
    until("the run sleeps", sleeps).await;

    let copied = workspace.run(&["backup", "copy.db"], "");
    assert_eq!(copied.status.code(), Some(0), "{}", err(&copied));
    assert!(out(&copied).contains("copy.db holds 1 runs"), "{}", out(&copied));
    let again = workspace.run(&["backup", "copy.db"], "");
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("there already"), "{}", err(&again));
    let in_use = workspace.run(&["restore", "copy.db"], "");
    assert_eq!(in_use.status.code(), Some(2));
    assert!(err(&in_use).contains("stop it first"), "{}", err(&in_use));

    assert_eq!(served.stop().0, Some(0));
    std::fs::remove_file(workspace.path().join(".bellhop/bellhop.db")).expect("the store is lost");
    let restored = workspace.run(&["restore", "copy.db"], "");
    assert_eq!(restored.status.code(), Some(0), "{}", err(&restored));
    assert!(sleeps(), "its wait ends later than now: it sleeps on");
    let missing = workspace.run(&["restore", "nowhere.db"], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("there is no file"), "{}", err(&missing));
}
