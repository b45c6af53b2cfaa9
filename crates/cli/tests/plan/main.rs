//! `bellhop plan` and `bellhop scopes` as a person types them, against a sandbox that records every call. That no write
//! leaves the process is in `writes`, what later steps see in `steps`.

#[path = "../support/mod.rs"]
mod support;

mod steps;
mod waiting;
mod writes;

use std::collections::BTreeSet;

use bellhop_sandbox::{Running, SandboxConfig};
use serde_json::{Value, json};
use support::{Workspace, err, out, repository, run};

/// A sandbox, and a workspace that talks to it.
async fn stage() -> (Running, Workspace) {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    (sandbox, workspace)
}

/// Plans a recipe of one text and gives exit code and JSON.
fn plan(sandbox: &Running, workspace: &Workspace, recipe: &str, arguments: &[&str]) -> (i32, Value) {
    workspace.write("recipes/tried.yaml", recipe);
    let mut all = vec!["plan", "tried", "--json"];
    all.extend(arguments);
    let output = workspace.run(&all, sandbox.token());
    let json =
        serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}{}", out(&output), err(&output)));
    (output.status.code().expect("it ends by itself"), json)
}

fn by_hand(steps: &str) -> String {
    format!("name: Tried\ntrigger: manual\nsteps:\n{steps}")
}

/// The operations that only read, by the vendor's name for them.
fn reading() -> BTreeSet<String> {
    let manifest = bellhop_contacts::manifest();
    let reads = manifest.operations.values().filter(|operation| !operation.effect.writes());
    reads.map(|operation| operation.vendor_id.clone()).collect()
}

fn assert_only_reads(sandbox: &Running) {
    let reading = reading();
    for call in sandbox.calls() {
        let operation = call.operation.clone().unwrap_or_default();
        assert!(reading.contains(&operation), "{} {} left the process: {operation}", call.method, call.path);
        let searches = call.path.contains("/search");
        assert!(call.method == "GET" || (call.method == "POST" && searches), "{} {}", call.method, call.path);
    }
}

fn record<'a>(plan: &'a Value, kind: &str) -> &'a Value {
    let found = plan["records"].as_array().and_then(|all| all.iter().find(|record| record["kind"] == kind));
    found.unwrap_or_else(|| panic!("no {kind} in {plan:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_start_the_recipe_is_not_played() {
    let (sandbox, workspace) = stage().await;
    let recipe = "name: Tried\ntrigger:\n  contacts.contact_created:\n    only_if: trigger.city == 'Rome'\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [x]\n";
    let (code, told) = plan(&sandbox, &workspace, recipe, &[]);
    assert_eq!((code, &told["end"], &told["start"]["would"]), (0, &json!(null), &json!(false)));
    assert_eq!(told["start"]["values"]["trigger.city"], "Leeds");
    assert_eq!(sandbox.call_count(), 0);
    workspace.write("rome.json", &json!({"id": "contactMaraFenn00001", "city": "Rome"}).to_string());
    let (_, told) = plan(&sandbox, &workspace, recipe, &["--event", "rome.json"]);
    assert_eq!((&told["start"]["would"], &told["end"]["status"]), (&json!(true), &json!("succeeded")));
    let (_, told) = plan(&sandbox, &workspace, recipe, &["--sample", "contacts.task_created"]);
    assert!(told["start"]["why"].as_str().is_some_and(|why| why.contains("does not listen")), "{told:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_run_can_be_planned_again() {
    let (sandbox, workspace) = stage().await;
    let recipe = "name: Tried\ninputs:\n  tag: { description: A tag, type: text, default: plain }\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [$.inputs.tag]\n";
    workspace.write("recipes/tried.yaml", recipe);
    let arguments = ["run", "tried", "--sample", "contacts.contact_created", "--input", "tag=own", "--json"];
    let output = workspace.run(&arguments, sandbox.token());
    let ran: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let id = ran["run"]["id"].as_str().expect("an id");
    let after = sandbox.snapshot();
    let (_, same) = plan(&sandbox, &workspace, recipe, &["--run", id]);
    assert_eq!(record(&same, "contact")["change"], "unchanged", "the run has done it already");
    let (_, other) = plan(&sandbox, &workspace, recipe, &["--run", id, "--input", "tag=other"]);
    assert_eq!(record(&other, "contact")["lists"][0]["added"], json!(["other"]));
    assert_eq!(sandbox.snapshot(), after);
    assert_eq!(workspace.runs().len(), 1, "plans leave no runs behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_told_and_secrets_are_not() {
    let (sandbox, workspace) = stage().await;
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    // Nobody listens there, and no secret is set: a message that is only foreseen needs neither.
    let slack =
        "  slack:\n    base_url: http://127.0.0.1:9\n    auth: { token: { secret: slack_token } }\nserver:";
    workspace.write("bellhop.yaml", &yaml.replace("server:", slack));
    let recipe = by_hand(
        "  - slack.send_message:\n      channel: \"#sales\"\n      text: Hello {{ trigger.word }}\n    as: message\n  - slack.send_message:\n      channel: \"#sales\"\n      text: And more\n      thread_ts: $.message.ts\n",
    );
    workspace.write("word.json", &json!({ "word": sandbox.token() }).to_string());
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &["--event", "word.json"]);
    assert_eq!(code, 0, "{plan:#}");
    assert_eq!(plan["messages"][1]["input"]["thread_ts"], "preview-ts");
    assert_eq!(plan["scopes"][0]["scope"], "chat:write");
    let output = workspace.run(&["plan", "tried", "--event", "word.json"], sandbox.token());
    for text in [plan.to_string(), out(&output), err(&output)] {
        assert!(!text.contains(sandbox.token()), "{text}");
    }
    assert!(out(&output).contains("Messages that would go out"), "{}", out(&output));
}

#[test]
fn without_an_account_there_is_a_sandbox() {
    let output = run(&["plan", "route-new-leads", "--sandbox"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for part in [
        "contact Mara Fenn",
        "+ hot lead",
        "nothing → Ines Albury",
        "score is 92",
        "not taken: case 2",
        "% of 200000 per 1 day",
        "locations/customFields.readonly",
    ] {
        assert!(out(&output).contains(part), "{part} is missing in\n{}", out(&output));
    }
    let output = run(&["plan", "route-new-leads"], &repository());
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--sandbox"), "{}", err(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_out_of_reach_ends_the_plan_with_exit_1() {
    let (sandbox, workspace) = stage().await;
    let address = sandbox.base_url().to_owned();
    sandbox.shutdown().await;
    let nobody = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a token");
    let recipe = by_hand("  - contacts.get_contact:\n      contactId: contactMaraFenn00001\n    as: lead\n");
    let (code, plan) = plan(&nobody, &workspace, &recipe, &[]);
    assert_eq!(code, 1, "{address} {plan:#}");
    assert!(plan["end"]["stuck"].as_str().is_some_and(|why| why.contains("plan ends here")), "{plan:#}");
}

/// The keys of every object in a value, with the way to it; items of a list count as one.
fn keys(value: &Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}.{name}");
                all.insert(at.clone());
                // What is below depends on the recipe.
                if !["values", "input", "names"].contains(&name.as_str()) {
                    keys(value, &at, all);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, at, all)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_has_the_documented_shape() {
    let (sandbox, workspace) = stage().await;
    let page = std::fs::read_to_string(repository().join("docs/plan.md")).expect("the page");
    let shape = page.split("<!-- shape -->\n```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let shape: Value = serde_json::from_str(shape.expect("the page shows the shape")).expect("JSON");
    workspace.write("recipes/called.yaml", &by_hand("  - stop: Called\n"));
    let mapping = "mappings:\n  short: { from: contacts.contact_created, to: contacts.create_contact, fields: { firstName: $.firstName } }\n";
    let recipe = mapping.to_owned()
        + &by_hand(
            "  - call: called\n    as: called\n  - map: { mapping: short, from: { firstName: Ana } }\n    as: short\n  - contacts.update_contact:\n      contactId: contactMaraFenn00001\n      city: York\n      tags: [x]\n  - contacts.add_to_workflow:\n      contactId: contactMaraFenn00001\n      workflowId: 00000000-0000-4000-8000-000000000102\n  - contacts.send_message:\n      contactId: contactMaraFenn00001\n      type: SMS\n      message: Hello\n  - wait: 1 day\n  - stop: never\n    if: 1 == 2\n  - contacts.add_tags:\n      contactId: nobody\n      tags: [x]\n    on_error: continue\n",
        );
    let (_, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    let (mut documented, mut real) = (BTreeSet::new(), BTreeSet::new());
    keys(&shape, "", &mut documented);
    keys(&plan, "", &mut real);
    assert_eq!(real, documented);
}

#[test]
fn scopes_say_the_least_that_is_needed_and_why() {
    let output = run(&["scopes", "--json"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let scopes: Vec<_> =
        told["scopes"].as_array().expect("scopes").iter().map(|one| one["scope"].as_str()).collect();
    let expected = [
        "contacts.readonly",
        "contacts.write",
        "conversations.readonly",
        "conversations/message.readonly",
        "conversations/message.write",
        "locations/customFields.readonly",
        "locations/tasks.readonly",
    ];
    assert_eq!(scopes, expected.map(Some));

    let workspace = Workspace::new();
    workspace.write(
        "recipes/tag.yaml",
        &by_hand("  - contacts.add_tags:\n      contactId: c1\n      tags: [x]\n"),
    );
    workspace.write(
        "recipes/call.yaml",
        &by_hand(
            "  - contacts.create_task:\n      contactId: c1\n      title: Call\n      dueDate: in 1 day\n",
        ),
    );
    let output = run(&["scopes", "tag"], workspace.path());
    assert!(
        out(&output).contains("contacts.write") && !out(&output).contains("readonly"),
        "{}",
        out(&output)
    );
    let output = run(&["scopes", "recipes"], workspace.path());
    assert!(out(&output).contains("to look whether"), "{}", out(&output));
    workspace.write("recipes/bad.yaml", "name: Bad\n");
    assert_eq!(run(&["scopes"], workspace.path()).status.code(), Some(1));
}
