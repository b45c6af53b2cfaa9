//! An app whose webhooks get lost: what it did not tell is found by asking it, also what happened while nobody served, and
//! each is handled once.

mod support;

use bellhop_sandbox::{Running, SandboxConfig, WebhookOptions, start};
use serde_json::{Value, json};
use support::{Served, Workspace, client, out, until};

const TOKEN: &str = "pit-lost-0000-4000-8000-000000000000";
const RECIPE: &str = "name: Greet\ntrigger:\n  contacts.contact_created: { via: poll, every: 1 minute }\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [\"greeted {{ trigger.firstName }}\"]\n";

async fn make_contact(sandbox: &Running, name: &str) {
    let body = json!({
        "locationId": sandbox.location_id(), "firstName": name, "email": format!("{name}@example.com"),
    });
    let answer = client()
        .post(format!("{}/contacts/", sandbox.base_url()))
        .bearer_auth(TOKEN)
        .header("Version", "2021-07-28")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
}

fn greetings(sandbox: &Running) -> usize {
    sandbox.calls().iter().filter(|call| call.method == "POST" && call.path.ends_with("/tags")).count()
}

fn completeness(workspace: &Workspace) -> Value {
    let output = workspace.run(&["runs", "completeness", "--json"], "");
    let json: Value = serde_json::from_str(&out(&output)).unwrap_or_default();
    json["events"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_nobody_served_and_was_never_told_is_handled_once() {
    let webhooks = WebhookOptions { lose_of: 3, lose: 2, ..WebhookOptions::default() };
    let config = SandboxConfig { token: TOKEN.into(), webhooks, ..SandboxConfig::default() };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/greet.yaml", RECIPE);

    let served = Served::start(&workspace, TOKEN);
    until("the first look has been taken", || !completeness(&workspace)["looked_at"].is_null()).await;
    sandbox.send_webhooks_to(Some(served.url("/hooks/contacts")));
    for name in ["Ana", "Bea", "Cy"] {
        make_contact(&sandbox, name).await;
    }
    // Of three only the third is told.
    sandbox.webhooks_idle().await;
    // To its end: a call whose end is not on disk yet may be made again, where that does no harm.
    until("the one that was told is handled", || {
        workspace.runs().iter().any(|run| run["status"] == "succeeded")
    })
    .await;
    served.kill();
    for name in ["Dee", "Eve"] {
        make_contact(&sandbox, name).await;
    }

    let served = Served::start(&workspace, TOKEN);
    until("all are handled", || {
        workspace.runs().iter().filter(|run| run["status"] == "succeeded").count() == 5
    })
    .await;
    until("the account is kept", || completeness(&workspace)["handled"] == 5).await;
    let account = completeness(&workspace);
    assert_eq!((&account["found"], &account["told"], &account["asked"]), (&json!(5), &json!(1), &json!(4)));
    drop(served);
    assert_eq!(greetings(&sandbox), 5, "each once");
    let state = sandbox.snapshot();
    let tags: Vec<String> = state["contacts"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|contact| contact["tags"].as_array().cloned().unwrap_or_default())
        .filter_map(|tag| tag.as_str().filter(|tag| tag.starts_with("greeted ")).map(str::to_owned))
        .collect();
    assert_eq!(tags.len(), 5);
    assert!(tags.contains(&"greeted ana".to_owned()), "the whole contact is looked up: {tags:?}");

    let words = out(&workspace.run(&["runs", "completeness"], ""));
    assert!(
        words.starts_with("contacts.contact_created: 5 found, 5 handled (the app is asked), last look"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_look_that_fails_says_why_and_how_the_app_is_asked() {
    let sandbox =
        start(SandboxConfig { token: TOKEN.into(), ..SandboxConfig::default() }).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let recipe = RECIPE.replace("contact_created", "task_created").replace("1 minute", "5 minutes");
    workspace.write("recipes/greet.yaml", &recipe.replace("trigger.firstName", "trigger.title"));
    let _served = Served::start(&workspace, "another token");
    until("the first look has failed", || !completeness(&workspace)["trouble"].is_null()).await;
    let account = completeness(&workspace);
    assert_eq!((account["via"].as_str(), account["every_seconds"].as_i64()), (Some("poll"), Some(300)));
    let words = out(&workspace.run(&["runs", "completeness"], ""));
    assert!(words.contains("(the app is asked), not looked yet"), "{words}");
    assert!(words.contains("did not accept the connection's token"), "{words}");
}
