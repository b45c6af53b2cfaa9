//! Calls that may be done only once, and everything that may go wrong with their answers: in the end each is there exactly
//! once, or a person is asked. Through the binary, against the sandbox's own records.

mod support;

use bellhop_sandbox::{Fault, Running};
use serde_json::Value;
use support::{Workspace, err, out};

const TOKEN: &str = "pit-doubts-4000-8000-000000000000";
const MARK: &str = "only once";
const MARA: &str = "contactMaraFenn00001";

/// What is created: the operation in a recipe, the vendor's name of it, and where the sandbox keeps it.
const CREATES: [(&str, &str, &str); 4] = [
    (
        "contacts.create_contact: { firstName: only once, email: once@example.com }",
        "create-contact",
        "contacts",
    ),
    ("contacts.create_note: { contactId: $.trigger.id, body: only once }", "create-note", "notes"),
    (
        "contacts.create_task: { contactId: $.trigger.id, title: only once, dueDate: 2030-01-15T09:00:00Z }",
        "create-task",
        "tasks",
    ),
    (
        "contacts.send_message: { contactId: $.trigger.id, type: SMS, message: only once }",
        "send-a-new-message",
        "messages",
    ),
];

fn recipe(step: &str, more: &str) -> String {
    format!("name: Once\ntrigger:\n  contacts.contact_created: {{}}\nsteps:\n  - {step}\n{more}")
}

async fn stage(fault: &str, recipe: &str) -> (Running, Workspace) {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[fault]).await;
    workspace.write("recipes/once.yaml", recipe);
    workspace.write("event.json", r#"{"id": "contactMaraFenn00001", "firstName": "Mara"}"#);
    (sandbox, workspace)
}

/// How many of a kind bear the mark.
fn made(sandbox: &Running, kind: &str) -> usize {
    let state = sandbox.snapshot();
    let of_kind = state[kind].as_array().into_iter().flatten();
    of_kind
        .filter(|record| ["firstName", "body", "title", "message"].iter().any(|field| record[*field] == MARK))
        .count()
}

fn calls(sandbox: &Running, vendor_id: &str) -> u64 {
    sandbox.call_counts()[vendor_id].as_u64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_answer_it_is_made_once_and_the_run_goes_on() {
    let next = "  - contacts.add_tags: { contactId: $.trigger.id, tags: [went on] }\n";
    for (step, vendor_id, kind) in CREATES {
        for fault in ["create-then-422", "done-then-503", "reset"] {
            let (sandbox, workspace) = stage(&format!("{fault}@{vendor_id}*1"), &recipe(step, next)).await;
            let output = workspace.run(&["run", "once", "--event", "event.json"], TOKEN);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{fault}@{vendor_id}: {}{}",
                out(&output),
                err(&output)
            );
            assert_eq!((made(&sandbox, kind), calls(&sandbox, vendor_id)), (1, 1), "{fault}@{vendor_id}");
            assert_eq!(calls(&sandbox, "add-tags"), 1, "{fault}@{vendor_id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_and_not_done_stands_and_a_persons_retry_makes_it_once() {
    for (step, vendor_id, kind) in &CREATES[..3] {
        let (sandbox, workspace) = stage(&format!("422@{vendor_id}*1"), &recipe(step, "")).await;
        let output = workspace.run(&["run", "once", "--event", "event.json"], TOKEN);
        assert_eq!(output.status.code(), Some(1), "{vendor_id}: {}{}", out(&output), err(&output));
        assert!(out(&output).contains("told to refuse"), "{vendor_id}: {}", out(&output));
        let run = workspace.runs()[0].clone();
        assert_eq!(run["status"], "needs_attention", "{vendor_id}");
        let run = run["id"].as_str().expect("an id").to_owned();
        let shown = out(&workspace.run(&["runs", "show", &run], TOKEN));
        assert!(shown.contains("Looks whether it happened all the same."), "{shown}");

        // The second try is refused as well, and done all the same.
        sandbox.add_fault(Fault::parse(&format!("create-then-422@{vendor_id}*1")).expect("a fault"));
        let output = workspace.run(&["runs", "retry", &run, "--by", "Ines Albury"], TOKEN);
        assert_eq!(output.status.code(), Some(0), "{vendor_id}: {}{}", out(&output), err(&output));
        assert_eq!((made(&sandbox, kind), calls(&sandbox, vendor_id)), (1, 2), "{vendor_id}");
        let shown = out(&workspace.run(&["runs", "show", &run], TOKEN));
        assert!(shown.contains("Ines Albury asked for another try"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_error_makes_no_second_one() {
    let (step, vendor_id, kind) = CREATES[1];
    let more = "    on_error:\n      - contacts.create_note: { contactId: $.trigger.id, body: only once }\n";
    for fault in ["create-then-422", "422"] {
        let (sandbox, workspace) = stage(&format!("{fault}@{vendor_id}*1"), &recipe(step, more)).await;
        let output = workspace.run(&["run", "once", "--event", "event.json"], TOKEN);
        assert_eq!(output.status.code(), Some(0), "{fault}: {}{}", out(&output), err(&output));
        assert_eq!(made(&sandbox, kind), 1, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_look_a_person_sees_both_possibilities_and_chooses() {
    // Without an e-mail address and a phone number no contact can be told from another.
    let step = "contacts.create_contact: { firstName: only once }";
    for (word, said, calls_made) in
        [("--happened", "it happened", 1), ("--did-not-happen", "it did not happen", 2)]
    {
        let fault = if calls_made == 1 { "create-then-422" } else { "422" };
        let (sandbox, workspace) = stage(&format!("{fault}@create-contact*1"), &recipe(step, "")).await;
        let output = workspace.run(&["run", "once", "--event", "event.json"], TOKEN);
        assert_eq!(output.status.code(), Some(1), "{}{}", out(&output), err(&output));
        let told = out(&output);
        for words in
            ["told to refuse", "not known whether it happened", "Either it happened", "or it did not"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
        let runs: Vec<Value> = workspace.runs();
        let run = runs[0]["id"].as_str().expect("an id");
        let output = workspace.run(&["runs", "resolve", run, word, "--by", "Tom Reed"], TOKEN);
        assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
        assert_eq!(
            (made(&sandbox, "contacts"), calls(&sandbox, "create-contact")),
            (1, calls_made),
            "{word}"
        );
        let shown = out(&workspace.run(&["runs", "show", run], TOKEN));
        assert!(shown.contains(&format!("Tom Reed said that {said}")), "{shown}");
    }
}

/// A contact that nobody can tell from another, beside a wait for something else.
fn beside(wait: &str) -> String {
    let step = "contacts.create_contact: { firstName: only once }";
    let next = "contacts.create_note: { contactId: $.made.id, body: went on }";
    recipe(
        &format!(
            "parallel:\n      a:\n        - {wait}\n      b:\n        - {step}\n          as: made\n        - {next}"
        ),
        "",
    )
}

/// The notes that the recipe's other branch made, by the contact they stand at.
fn went_on(sandbox: &Running) -> Vec<String> {
    let state = sandbox.snapshot();
    let notes = state["notes"].as_array().into_iter().flatten();
    let ours = notes.filter(|note| note["body"] == "went on");
    ours.filter_map(|note| Some(note["contactId"].as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_of_a_run_that_waits_elsewhere_is_shown_and_settled_meanwhile() {
    let waits = [
        ("approve: Shall Mara get the discount?", "waiting"),
        ("wait_for: { event: contacts.inbound_message, up_to: 3 days }", "waiting"),
        ("wait: 2 days", "sleeping"),
    ];
    for (wait, status) in waits {
        for happened in [true, false] {
            let fault = if happened { "reset" } else { "reset-before" };
            let (sandbox, workspace) = stage(&format!("{fault}@create-contact*1"), &beside(wait)).await;
            let output = workspace.run(&["run", "once", "--event", "event.json"], TOKEN);
            assert_eq!(output.status.code(), Some(0), "{wait}: {}{}", out(&output), err(&output));
            let run = workspace.runs()[0].clone();
            assert_eq!(run["status"], status, "{wait}");
            let run = run["id"].as_str().expect("an id").to_owned();
            let shown = out(&workspace.run(&["runs", "show", &run], TOKEN));
            for words in ["Either it happened", "or it did not", "`made` in later steps", "runs resolve"] {
                assert!(shown.contains(words), "{wait}: {words}: {shown}");
            }
            let listed = out(&workspace.run(&["runs", "list"], TOKEN));
            assert!(listed.contains("not known whether it happened"), "{listed}");
            assert!(listed.lines().all(|line| line.chars().count() < 260), "{listed}");
            let attention = || out(&workspace.run(&["runs", "list", "--needs-attention"], TOKEN));
            assert!(
                attention().contains(&run) && attention().contains("; needs a person"),
                "{}",
                attention()
            );

            // Later steps use what it gave: that it happened is not enough.
            let output = workspace.run(&["runs", "resolve", &run, "--happened"], TOKEN);
            assert_eq!(output.status.code(), Some(2), "{wait}: {}{}", out(&output), err(&output));
            assert!(
                err(&output).contains("`made`") && err(&output).contains("--happened null"),
                "{}",
                err(&output)
            );
            let said = format!(r#"{{"id": "{MARA}"}}"#);
            let mut words = vec!["runs", "resolve", &run, "--by", "Tom Reed"];
            words.extend(if happened { vec!["--happened", &said] } else { vec!["--did-not-happen"] });
            let output = workspace.run(&words, TOKEN);
            assert_eq!(output.status.code(), Some(0), "{wait}: {}{}", out(&output), err(&output));
            assert_eq!(made(&sandbox, "contacts"), 1, "{wait}");
            assert_eq!(calls(&sandbox, "create-contact"), if happened { 1 } else { 2 }, "{wait}");
            let notes = went_on(&sandbox);
            assert_eq!((notes.len(), notes.contains(&MARA.to_owned())), (1, happened), "{wait}: {notes:?}");
            // It waits for the other thing as before, and has nothing more to be settled.
            assert_eq!(workspace.runs()[0]["status"], status, "{wait}");
            assert_eq!(attention(), "", "{wait}");
            let shown = out(&workspace.run(&["runs", "show", &run], TOKEN));
            assert!(shown.contains("Tom Reed said that it"), "{shown}");
            let output = workspace.run(&["runs", "resolve", &run, "--happened"], TOKEN);
            assert_eq!(output.status.code(), Some(2), "{wait}: {}{}", out(&output), err(&output));
            assert!(err(&output).contains("does not wait for anybody's word"), "{}", err(&output));
        }
    }
}
