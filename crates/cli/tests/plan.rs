//! `bellhop plan` and `bellhop scopes` as a person types them, against a sandbox that records every call.

mod support;

use std::collections::{BTreeMap, BTreeSet};

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
async fn no_write_of_the_gallery_leaves_the_process() {
    let (sandbox, workspace) = stage().await;
    let before = sandbox.snapshot();
    let samples: Vec<String> =
        bellhop_contacts::manifest().events.keys().map(|event| format!("contacts.{event}")).collect();
    let useful = [
        "contact_created",
        "contact_updated",
        "appointment_created",
        "opportunity_status_changed",
        "task_created",
    ];
    let mut written = BTreeMap::new();
    let recipes = std::fs::read_dir(repository().join("recipes")).expect("the gallery");
    for entry in recipes {
        let path = entry.expect("a recipe").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains(".test.") || path.is_dir() {
            continue;
        }
        workspace.write(&format!("recipes/{name}"), &std::fs::read_to_string(&path).expect("a recipe"));
        let id = name.trim_end_matches(".yaml").to_owned();
        let wanted = samples.iter().filter(|sample| useful.iter().any(|part| sample.ends_with(part)));
        let mut events: Vec<Vec<&str>> = wanted.map(|sample| vec!["--sample", sample.as_str()]).collect();
        events.push(Vec::new());
        for event in events {
            let mut arguments = vec!["plan", id.as_str(), "--json"];
            arguments.extend(event);
            let output = workspace.run(&arguments, sandbox.token());
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {code:?} {}", err(&output));
            let plan: Value = serde_json::from_str(&out(&output)).expect("JSON");
            let apps = plan["apps"].as_array().expect("apps");
            *written.entry(id.clone()).or_insert(0) +=
                apps.iter().filter_map(|app| app["writes"].as_u64()).sum::<u64>();
        }
    }
    assert!(written.len() >= 7, "{written:?}");
    assert!(written.values().all(|writes| *writes > 0), "every recipe would have written: {written:?}");
    assert!(sandbox.call_count() > 20, "reads really happen");
    assert_only_reads(&sandbox);
    assert_eq!(sandbox.snapshot(), before, "the CRM is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn later_steps_see_what_earlier_ones_would_have_made() {
    let (sandbox, workspace) = stage().await;
    let before = sandbox.snapshot();
    let recipe = by_hand(
        r#"  - contacts.add_tags:
      contactId: contactMaraFenn00001
      tags: [Very Important]
  - contacts.update_contact:
      contactId: contactMaraFenn00001
      city: York
      tags: [moved]
      custom_fields: { Lead score: "12" }
  - contacts.get_contact:
      contactId: contactMaraFenn00001
    as: lead
  - if: lead.tags is containing 'very important' and lead.custom_fields.lead_score == 12
    then:
      - contacts.create_note:
          contactId: $.lead.id
          body: "{{ lead.firstName }} now lives in {{ lead.city }} and is {{ lead.tags | join(' and ') }}"
    else:
      - fail: The change was not seen
  - contacts.list_notes:
      contactId: $.lead.id
    as: notes
  - stop: "{{ notes | length }} notes"
"#,
    );
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 0, "{plan:#}");
    let contact = record(&plan, "contact");
    assert_eq!(contact["name"], "Mara Fenn");
    assert_eq!(contact["lists"][0]["added"], json!(["very important", "moved"]));
    let labels: Vec<_> =
        contact["fields"].as_array().expect("fields").iter().map(|field| &field["label"]).collect();
    assert_eq!(labels, ["City", "Lead score"]);
    let note = record(&plan, "note");
    assert_eq!(
        (&note["change"], &note["id"], &note["of"]),
        (&json!("created"), &json!("preview-note-1"), &json!("Mara Fenn"))
    );
    let text = note["fields"][0]["new"].as_str().expect("a text");
    assert!(
        text.starts_with("Mara now lives in York") && text.ends_with("very important and moved"),
        "{text}"
    );
    let decision = &plan["decisions"][0];
    assert_eq!((&decision["taken"], &decision["line"]), (&json!("then"), &json!(15)));
    assert_eq!(decision["conditions"][0]["values"]["lead.custom_fields.lead_score"], 12);
    assert_eq!(decision["not_taken"], json!(["else"]));
    assert_eq!(plan["end"]["summary"], "2 notes", "one of the CRM and the new one");
    assert_only_reads(&sandbox);
    assert_eq!(sandbox.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_would_be_new_goes_on_through_the_recipe() {
    let (sandbox, workspace) = stage().await;
    let recipe = by_hand(
        r#"  - contacts.upsert_contact:
      email: new.person@example.com
      firstName: Nora
      lastName: Hale
      tags: [fresh]
    as: made
  - contacts.update_contact:
      contactId: $.made.contact.id
      city: Bath
      custom_fields: { lead_source: Website }
  - contacts.get_contact:
      contactId: $.made.contact.id
    as: person
  - contacts.create_task:
      contactId: $.person.id
      title: Call {{ person.firstName }} in {{ person.city }}
      dueDate: in 2 days
  - contacts.list_tasks:
      contactId: $.person.id
    as: tasks
  - contacts.find_duplicate:
      email: NEW.person@example.com
    as: again
  - if: made.new and again.id == person.id and 'fresh' in person.tags and person.custom_fields.lead_source == 'Website'
    then:
      - stop: "{{ tasks[0].title }}"
    else:
      - fail: Not found again
"#,
    );
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 0, "{plan:#}");
    assert_eq!(plan["end"]["summary"], "Call Nora in Bath");
    let contact = record(&plan, "contact");
    assert_eq!((&contact["made_up"], &contact["id"]), (&json!(true), &json!("preview-contact-1")));
    assert_eq!(record(&plan, "task")["of"], "Nora Hale");
    assert_only_reads(&sandbox);
    assert!(
        sandbox.calls().iter().all(|call| !call.path.contains("preview-")),
        "the CRM knows nothing of it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_of_somebody_known_is_an_update() {
    let (sandbox, workspace) = stage().await;
    let recipe = by_hand(
        "  - contacts.upsert_contact:\n      email: mara.fenn@example.com\n      city: York\n    as: known\n  - stop: \"{{ known.new }}\"\n",
    );
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 0, "{plan:#}");
    let contact = record(&plan, "contact");
    assert_eq!((&contact["id"], &contact["change"]), (&json!("contactMaraFenn00001"), &json!("updated")));
    assert_eq!(contact["fields"].as_array().map(Vec::len), Some(1), "{contact:#}");
    assert_eq!(plan["end"]["summary"].as_str().map(str::to_lowercase).as_deref(), Some("false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_turn_of_a_loop_is_foreseen() {
    let (sandbox, workspace) = stage().await;
    let recipe = by_hand(
        "  - contacts.search_contacts: {}\n    as: people\n  - for_each: $.people\n    as: person\n    do:\n      - contacts.add_tags:\n          contactId: $.person.id\n          tags: [counted]\n        if: person.tags is not containing 'new lead'\n  - contacts.search_contacts: {}\n    as: after\n  - stop: \"{{ after | length }} {{ people | length }}\"\n",
    );
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 0, "{plan:#}");
    let changed = plan["records"].as_array().map(Vec::len).unwrap_or_default();
    let guards = plan["decisions"].as_array().expect("decisions");
    let done = guards.iter().filter(|decision| decision["taken"] == "done").count();
    assert!(changed > 1 && changed < guards.len() && changed == done, "{changed} {done} {}", guards.len());
    assert!(guards[0]["conditions"][0]["values"]["person.tags"].is_array());
    assert_only_reads(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_fail_is_told_with_its_line_and_exit_1() {
    let (sandbox, workspace) = stage().await;
    for (steps, line, part) in [
        ("  - contacts.add_tags:\n      contactId: nobody\n      tags: [x]\n", 4, "not found"),
        (
            "  - stop: never\n    if: 1 == 2\n  - contacts.update_contact:\n      contactId: contactMaraFenn00001\n      custom_fields: { Lead sorce: x }\n",
            6,
            "Lead source",
        ),
        (
            "  - contacts.create_contact:\n      firstName: Mara\n      email: mara.fenn@example.com\n",
            4,
            "already",
        ),
        (
            "  - contacts.delete_contact:\n      contactId: contactMaraFenn00001\n  - contacts.get_contact:\n      contactId: contactMaraFenn00001\n    as: gone\n",
            6,
            "deletes",
        ),
    ] {
        let (code, plan) = plan(&sandbox, &workspace, &by_hand(steps), &[]);
        assert_eq!(code, 1, "{plan:#}");
        let failure = &plan["failures"][0];
        assert_eq!(failure["line"], line, "{failure}");
        let message = failure["message"].as_str().unwrap_or_default().to_lowercase();
        assert!(message.contains(&part.to_lowercase()), "{failure}");
        assert_eq!(plan["end"]["status"], "needs_attention");
    }
    assert_only_reads(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_are_jumped_over_and_dates_count_from_after_them() {
    let (sandbox, workspace) = stage().await;
    let recipe = by_hand(
        "  - wait: 3 days\n  - contacts.create_task:\n      contactId: contactMaraFenn00001\n      title: Call\n      dueDate: in 1 day\n    as: task\n  - wait: 40 days\n  - stop: \"{{ task.dueDate }}\"\n",
    );
    let (code, plan) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 0, "{plan:#}");
    let at = |value: &Value| {
        value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()).expect("a moment")
    };
    let hours = |from: &Value, to: &Value| at(to).duration_since(at(from)).as_hours();
    let waits = &plan["waits"];
    assert_eq!((hours(&waits[0]["from"], &waits[0]["until"]), &waits[0]["line"]), (72, &json!(4)));
    assert!(hours(&waits[0]["until"], &waits[1]["until"]) >= 960);
    assert_eq!(hours(&waits[0]["until"], &plan["end"]["summary"]), 24);
    assert!(at(&plan["end"]["at"]) >= at(&waits[1]["until"]));
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
        "nothing → userInesAlbury000001",
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

/// A step of an operation with the examples of its manifest.
fn example(name: &str) -> Option<String> {
    let manifest = bellhop_contacts::manifest();
    let operation = &manifest.operations[name];
    // Either that or another field, or another name for the same.
    let others =
        ["replace_tags", "customFields", "createNewIfDuplicateAllowed", "removeAllTags", "subject", "html"];
    let given = operation.input.iter().filter(|(field, _)| !others.contains(&field.as_str()));
    let mut input: serde_json::Map<String, Value> =
        given.filter_map(|(field, spec)| Some((field.clone(), spec.example.clone()?))).collect();
    if name == "create_contact" {
        input.insert("email".into(), json!("nobody.yet@example.com"));
        input.insert("phone".into(), json!("+15550109999"));
    }
    let complete = operation.input.iter().all(|(field, spec)| !spec.required || input.contains_key(field));
    complete.then(|| by_hand(&format!("  - contacts.{name}: {}\n", Value::Object(input))))
}

/// Whether two values say the same: moments may be written in two ways.
fn same(one: &Value, other: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    one == other || (moment(one).is_some() && moment(one) == moment(other))
}

fn table<'a>(state: &'a Value, kind: &str) -> Vec<&'a Value> {
    let name = if kind == "opportunity" { "opportunities".to_owned() } else { format!("{kind}s") };
    state[&name].as_array().into_iter().flatten().collect()
}

/// Compares what a plan foresaw for one record with what really became of it.
async fn assert_came_true(sandbox: &Running, foreseen: &Value, before: &Value, after: &Value) {
    let kind = foreseen["kind"].as_str().expect("a kind");
    let is_it = |record: &&Value| record["id"] == foreseen["id"];
    let known: Vec<&Value> = table(before, kind).into_iter().map(|record| &record["id"]).collect();
    let real = match foreseen["change"].as_str() {
        Some("created") => table(after, kind).into_iter().find(|record| !known.contains(&&record["id"])),
        Some("deleted") => {
            assert!(!table(after, kind).iter().any(is_it), "{foreseen:#}");
            return;
        }
        _ => table(after, kind).into_iter().find(is_it),
    };
    let real = real.unwrap_or_else(|| panic!("not there: {foreseen:#}"));
    let (id, of) = (real["id"].as_str().unwrap_or_default(), real["contactId"].as_str().unwrap_or_default());
    let path = match kind {
        "contact" => format!("/contacts/{id}"),
        "opportunity" => format!("/opportunities/{id}"),
        _ => format!("/contacts/{of}/{kind}s/{id}"),
    };
    let shown = sandbox.act("GET", &path, &Value::Null).await.expect("the record is there");
    let real = &shown[kind];
    for change in foreseen["fields"].as_array().expect("fields") {
        let name = change["field"].as_str().expect("a name");
        if name == "gender" {
            // The API takes it and never gives it back.
            continue;
        }
        let by_id = real["customFields"].as_array().into_iter().flatten().find(|item| item["id"] == name);
        let has = by_id.map_or(&real[name], |item| &item["value"]);
        assert!(same(has, &change["new"]), "{name}: {has} is not {} in {foreseen:#}", change["new"]);
    }
    for change in foreseen["lists"].as_array().expect("lists") {
        let has = real[change["field"].as_str().expect("a name")].as_array().cloned().unwrap_or_default();
        assert!(
            change["added"].as_array().is_some_and(|all| all.iter().all(|item| has.contains(item))),
            "{change} {has:?}"
        );
        assert!(
            change["removed"].as_array().is_some_and(|all| !all.iter().any(|item| has.contains(item))),
            "{change} {has:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreseen_for_each_operation_comes_true() {
    let (sandbox, workspace) = stage().await;
    let manifest = bellhop_contacts::manifest();
    let mut tried = BTreeSet::new();
    for (name, operation) in manifest.operations.iter().filter(|(_, operation)| operation.effect.writes()) {
        assert!(operation.preview.is_some(), "{name} does not say what it does to records");
        let Some(recipe) = example(name) else { continue };
        sandbox.reset();
        let before = sandbox.snapshot();
        let (code, foreseen) = plan(&sandbox, &workspace, &recipe, &[]);
        assert_only_reads(&sandbox);
        assert_eq!(sandbox.snapshot(), before, "{name}");
        let output = workspace.run(&["run", "tried", "--json"], sandbox.token());
        assert_eq!(output.status.code(), Some(code), "{name}: {foreseen:#}\n{}", out(&output));
        let after = sandbox.snapshot();
        let records = foreseen["records"].as_array().expect("records");
        for record in records {
            assert_came_true(&sandbox, record, &before, &after).await;
        }
        if code == 0 && !records.is_empty() {
            tried.insert(name.as_str());
        }
    }
    assert!(tried.len() >= 15, "{tried:?}");
}

/// The keys of every object in a value, with the way to it; items of a list count as one.
fn keys(value: &Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}.{name}");
                all.insert(at.clone());
                // What is below depends on the recipe.
                if !["values", "input"].contains(&name.as_str()) {
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
    let recipe = by_hand(
        "  - contacts.update_contact:\n      contactId: contactMaraFenn00001\n      city: York\n      tags: [x]\n  - contacts.add_to_workflow:\n      contactId: contactMaraFenn00001\n      workflowId: 00000000-0000-4000-8000-000000000102\n  - contacts.send_message:\n      contactId: contactMaraFenn00001\n      type: SMS\n      message: Hello\n  - wait: 1 day\n  - stop: never\n    if: 1 == 2\n  - contacts.add_tags:\n      contactId: nobody\n      tags: [x]\n    on_error: continue\n",
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
