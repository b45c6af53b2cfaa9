//! `bellhop runs list --about` and `bellhop runs why`: what happened to somebody, and why a recipe did not run for them.

mod support;

use bellhop_sandbox::{SandboxConfig, start};
use serde_json::{Value, json};

use support::{Served, Workspace, contact_created, err, out, until};

const RECIPE: &str = "name: Tag\ntrigger:\n  contacts.contact_created:\n    only_if: trigger.country == 'GB'\nsteps:\n  - contacts.add_tags:\n      contactId: contactMaraFenn00001\n      tags: [seen]\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_to_somebody_can_be_told() {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", RECIPE);
    let served = Served::start(&workspace, sandbox.token());
    let created = async |id: &str, email: &str, country: &str| {
        let contact = json!({ "id": format!("contact-{id}"), "email": email, "country": country });
        contact_created(&served, &sandbox, id, &contact).await;
    };
    created("w1", "ana@example.com", "GB").await;
    created("w2", "ben@example.com", "GB").await;
    created("w3", "Ana@example.com", "NO").await;
    let both = || workspace.runs().iter().filter(|run| run["status"] == "succeeded").count() == 2;
    until("two runs have ended", both).await;

    let list = |more: &[&str]| -> Vec<Value> {
        let output = workspace.run(&[&["runs", "list", "--json"], more].concat(), "");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
        json["runs"].as_array().expect("runs").clone()
    };
    let about = list(&["--about", "ana@example.com"]);
    assert_eq!((about.len(), &about[0]["record"]), (1, &json!("contact contact-w1")));
    assert_eq!(list(&["--about", "contact-w2"]).len(), 1);
    assert_eq!(list(&["--about", "nobody@example.com"]).len(), 0);
    assert_eq!((list(&["--since", "1 hour ago"]).len(), list(&["--until", "1 hour ago"]).len()), (2, 0));
    let unread = workspace.run(&["runs", "list", "--since", "lately"], "");
    assert_eq!(unread.status.code(), Some(2));
    assert!(err(&unread).contains("2 days ago"), "{}", err(&unread));

    let why = workspace.run(&["runs", "why", "tag", "ana@example.com"], "");
    let told = out(&why);
    assert!(told.contains("did not run: ") && told.contains("trigger.country == 'GB'"), "{told}");
    assert!(told.contains("trigger.country was \"NO\""), "{told}");
    assert!(told.contains("ran: run_"), "{told}");
    assert!(!told.contains("ben@example.com"), "{told}");
    let why = workspace.run(&["runs", "why", "another", "ben@example.com"], "");
    assert!(out(&why).contains("did not listen"), "{}", out(&why));
    let why = workspace.run(&["runs", "why", "tag", "nobody@example.com"], "");
    assert!(out(&why).contains("No event that is kept mentions"), "{}", out(&why));
}

#[test]
fn somebody_is_found_by_their_address_also_where_only_their_id_was_told() {
    let workspace = Workspace::new();
    for (recipe, event) in [("met", "contact_created"), ("task", "task_created")] {
        let text = format!("name: Any\ntrigger: contacts.{event}\nsteps:\n  - stop: Done\n");
        workspace.write(&format!("recipes/{recipe}.yaml"), &text);
    }
    for (recipe, event) in [
        ("met", json!({ "id": "c1", "email": "Ana@example.com" })),
        ("task", json!({ "id": "t1", "contactId": "c1", "title": "Call" })),
        ("task", json!({ "id": "t2", "contactId": "c2", "title": "Write to ana@example.com" })),
        ("task", json!({ "id": "t3", "contactId": "c2", "title": "Rest" })),
    ] {
        workspace.write("event.json", &event.to_string());
        let ran = workspace.run(&["run", recipe, "--event", "event.json"], "");
        assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
    }
    let told = |words: &[&str]| out(&workspace.run(words, ""));
    let about = told(&["runs", "list", "--about", "ana@example.com"]);
    let seen: Vec<_> = ["met ", "contact c1", "contact c2"].map(|part| about.matches(part).count()).into();
    assert_eq!(seen, [1, 2, 1], "her task, and the one that mentions her, and no other: {about}");
    assert_eq!(told(&["runs", "list", "--about", "ana@example.com", "--limit", "2"]).lines().count(), 3);
    let why = told(&["runs", "why", "task", "ana@example.com"]);
    assert_eq!(why.matches("ran: run_").count(), 2, "{why}");
    let why = told(&["runs", "why", "recipes/task.yaml", "ana@example.com"]);
    assert_eq!(why.matches("ran: run_").count(), 2, "a recipe by its file: {why}");
    assert_eq!(told(&["runs", "list", "--recipe", "recipes/task.yaml"]).lines().count(), 4);
    let why = told(&["runs", "why", "met", "c2"]);
    assert!(why.contains("starts with contacts.contact_created; no such event about c2"), "{why}");
    let why = told(&["runs", "why", "met", "ana@example.com", "--since", "tomorrow"]);
    assert!(why.contains("Without `--since`"), "{why}");

    for (words, part) in [
        (&["runs", "list", "--about", ""][..], "Say whom it is about"),
        (&["runs", "why", "task", " "], "Say whom it is about"),
        (&["runs", "list", "--since", "yesterday", "--until", "2 days ago"], "turn them round"),
    ] {
        let refused = workspace.run(words, "");
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {}", out(&refused));
        assert!(err(&refused).contains(part), "{words:?}: {}", err(&refused));
    }
}

#[test]
fn a_run_is_one_line_whatever_its_sender_sent_as_names() {
    let workspace = Workspace::new();
    workspace.write(
        "recipes/seen.yaml",
        "name: Seen\ntrigger: contacts.contact_created\nsteps:\n  - stop: Done\n",
    );
    let id = format!("a\nforged\r\u{1b}[2J{}", "x".repeat(5_000));
    let event = json!({ "id": id, "firstName": "Two\nlines\u{202e}\u{2028}", "lastName": "y".repeat(5_000) });
    workspace.write("event.json", &event.to_string());
    let ran = workspace.run(&["run", "seen", "--event", "event.json"], "");
    assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
    let listed = workspace.run(&["runs", "list"], "");
    for told in [out(&ran), out(&listed)] {
        assert_eq!(told.lines().count(), 2, "a head and a line: {told}");
        assert!(told.lines().all(|line| line.chars().count() < 260), "{told}");
        assert!(!told.contains(['\r', '\u{1b}', '\u{202e}', '\u{2028}']), "{told:?}");
    }
    assert!(out(&ran).starts_with("Seen — Two lines"), "{}", out(&ran));
    assert!(out(&listed).contains("contact a forged"), "{}", out(&listed));
}

#[test]
fn history_is_kept_for_a_while_at_least() {
    for (line, part) in [("history: 3 days", "at least 7 days"), ("history: a while", "a while")] {
        let workspace = Workspace::new();
        workspace.write("bellhop.yaml", &format!("time_zone: Europe/London\n{line}\n"));
        let output = workspace.run(&["check"], "");
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(format!("{}{}", out(&output), err(&output)).contains(part), "{line} {}", out(&output));
    }
}
