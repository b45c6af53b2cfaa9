//! What later steps see of the writes before them, and how a run would go: failures, waits, loops.

use serde_json::{Value, json};

use crate::support::out;
use crate::{assert_only_reads, by_hand, plan, record, stage};

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
    // The app's dates are cut to milliseconds.
    let hours = |from: &Value, to: &Value| (at(to).duration_since(at(from)).as_secs() + 60) / 3600;
    let waits = &plan["waits"];
    assert_eq!((hours(&waits[0]["from"], &waits[0]["until"]), &waits[0]["line"]), (72, &json!(4)));
    assert!(hours(&waits[0]["until"], &waits[1]["until"]) >= 960);
    assert_eq!(hours(&waits[0]["until"], &plan["end"]["summary"]), 24);
    assert!(at(&plan["end"]["at"]) >= at(&waits[1]["until"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_every_turn_is_told_once_with_how_often() {
    let (sandbox, workspace) = stage().await;
    workspace.write(
        "recipes/tried.yaml",
        &by_hand(
            "  - contacts.search_contacts: {}\n    as: people\n  - for_each: $.people\n    as: person\n    do:\n      - contacts.get_contact:\n          contactId: nobody\n        as: found\n",
        ),
    );
    let output = workspace.run(&["plan", "tried"], sandbox.token());
    let page = out(&output);
    assert_eq!(output.status.code(), Some(1), "{page}");
    assert_eq!(page.matches('✗').count(), 1, "{page}");
    assert!(page.contains("line 9 (") && page.contains(" times): "), "{page}");
    assert!(page.contains("No record would change."), "{page}");
}
