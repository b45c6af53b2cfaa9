//! Recipes that wait for somebody, call others and map records: what a plan takes to come, and what it shows of it.

use serde_json::{Value, json};

use crate::support::{err, out};
use crate::{by_hand, plan, record, stage};

const ASKS: &str = "name: Asks
trigger: contacts.contact_created
steps:
  - approve: { ask: Shall we?, up_to: 1 day }
    as: answer
  - if: answer.approved
    then:
      - contacts.add_tags: { contactId: contactMaraFenn00001, tags: [wanted] }
    else:
      - stop: \"{{ 'Nobody answered' if answer.timed_out else 'Not wanted' }}\"
";

const WAITS: &str = "name: Waits
trigger: contacts.contact_created
steps:
  - wait_for:
      event: contacts.inbound_message
      where: event.contactId == trigger.id and event.body is containing 'yes'
      up_to: 2 days
    as: reply
  - contacts.add_tags:
      contactId: contactMaraFenn00001
      tags: [\"{{ 'silent' if reply is empty else 'replied' }}\"]
";

fn added(plan: &Value) -> &Value {
    &record(plan, "contact")["lists"][0]["added"]
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_unless_it_is_said() {
    let (sandbox, workspace) = stage().await;
    for (arguments, ended, status) in [
        (&[][..], "time_up", "stopped"),
        (&["--answer", "no"][..], "no", "stopped"),
        (&["--answer", "yes"][..], "yes", "succeeded"),
    ] {
        let (code, plan) = plan(&sandbox, &workspace, ASKS, arguments);
        assert_eq!((code, &plan["end"]["status"]), (0, &json!(status)), "{plan:#}");
        assert_eq!(plan["waits"][0]["kind"], "approval");
        assert_eq!(plan["waits"][0]["ended"], ended);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_comes_unless_it_is_said_and_then_it_is_about_the_same_record() {
    let (sandbox, workspace) = stage().await;
    let (code, silent) = plan(&sandbox, &workspace, WAITS, &[]);
    assert_eq!((code, added(&silent)), (0, &json!(["silent"])), "{silent:#}");
    assert_eq!(silent["waits"][0]["ended"], "time_up");
    let (_, replied) = plan(&sandbox, &workspace, WAITS, &["--reply", "body=yes, gladly"]);
    assert_eq!(added(&replied), &json!(["replied"]), "{replied:#}");
    assert_eq!(replied["waits"][0]["ended"], "came");
    // The sample says something else than the recipe waits for.
    let (_, other) = plan(&sandbox, &workspace, WAITS, &["--reply"]);
    assert_eq!(added(&other), &json!(["silent"]), "{other:#}");
    assert!(other["remarks"].to_string().contains("was not the one"), "{other:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_time_is_given_the_plan_ends_and_says_how_it_goes_on() {
    let (sandbox, workspace) = stage().await;
    let (code, plan) = plan(&sandbox, &workspace, &by_hand("  - approve: Shall we?\n    as: answer\n"), &[]);
    assert_eq!(code, 1, "{plan:#}");
    let stuck = plan["end"]["stuck"].as_str().expect("a sentence");
    assert!(stuck.contains("Shall we?") && stuck.contains("--answer yes"), "{stuck}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_called_recipe_is_played_and_shown_below() {
    let (sandbox, workspace) = stage().await;
    workspace.write(
        "recipes/note.yaml",
        "name: Note
inputs: { text: { type: text } }
trigger: manual
steps:
  - wait: 1 day
  - contacts.create_note: { contactId: contactMaraFenn00001, body: $.inputs.text }
",
    );
    let recipe = by_hand(
        "  - call: note\n    inputs: { text: Hello }\n    as: noted\n  - contacts.add_tags: { contactId: contactMaraFenn00001, tags: [\"{{ noted.status }}\"] }\n",
    );
    let (code, told) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!((code, added(&told)), (0, &json!(["succeeded"])), "{told:#}");
    let called = &told["called"][0];
    assert_eq!((&called["recipe"], &called["status"]), (&json!("note"), &json!("succeeded")), "{told:#}");
    assert_eq!(called["waits"][0]["kind"], "time");
    assert_eq!(record(&told, "note")["runs"], json!([called["run"]]));
    let output = workspace.run(&["plan", "tried"], sandbox.token());
    let page = out(&output);
    assert!(page.contains("It calls note (line 4): done."), "{page}{}", err(&output));
    assert!(page.split("It calls note").nth(1).is_some_and(|below| below.contains("new note")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mapping_makes_is_a_table() {
    let (sandbox, workspace) = stage().await;
    let recipe = "name: Maps
trigger: contacts.contact_created
mappings:
  copy:
    from: contacts.contact_created
    to: contacts.create_contact
    fields:
      firstName: $.firstName
      source: copied
steps:
  - map: { mapping: copy, from: $.trigger }
    as: made
";
    let (code, told) = plan(&sandbox, &workspace, recipe, &[]);
    assert_eq!(code, 0, "{told:#}");
    let fields = &told["mapped"][0]["fields"];
    assert_eq!(
        fields[0],
        json!({ "field": "firstName", "from": "$.firstName", "value": "Mara" }),
        "{told:#}"
    );
    assert_eq!(fields[1]["from"], "");
    let output = workspace.run(&["plan", "tried"], sandbox.token());
    assert!(out(&output).contains("$.firstName") && out(&output).contains("→ firstName"), "{}", out(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_on_failure_is_shown() {
    let (sandbox, workspace) = stage().await;
    let recipe = by_hand("  - contacts.add_tags: { contactId: nobody, tags: [x] }\n")
        + "on_failure:\n  - contacts.create_note: { contactId: contactMaraFenn00001, body: \"{{ error.class }}\" }\n";
    let (code, told) = plan(&sandbox, &workspace, &recipe, &[]);
    assert_eq!(code, 1, "{told:#}");
    assert_eq!(record(&told, "note")["steps"], json!(["/on_failure/0"]), "{told:#}");
}
