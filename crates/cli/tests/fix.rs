//! `bellhop check --fix`: what is certain is mended, every other byte stays, and what is a guess is left to a person.

mod support;

use serde_json::Value;
use support::{Workspace, err, out, run};

/// Mends a recipe; its text afterwards, what was printed, and the exit code.
fn fixed(recipe: &str) -> (String, String, Option<i32>) {
    let workspace = Workspace::new();
    workspace.write("recipes/a.yaml", recipe);
    let output = run(&["check", "--fix"], workspace.path());
    let text = std::fs::read_to_string(workspace.path().join("recipes/a.yaml")).expect("the recipe");
    (text, format!("{}{}", out(&output), err(&output)), output.status.code())
}

const BROKEN: &str = "# Leads, by hand  \r\nname: Tag\t# the name\n\non: contacts.contact_creatd   # new ones\nsteps:\n  # tag them\n  - contacts.add_tag:\n      contactId:   $.trigger.id\n      tags: new lead # one tag\n\n  - slack.send_message:\n      text: New: {{ trigger.firstName }} # said in Slack\n    on_error: ignore\n\n\n# the end, without a new line";

#[test]
fn certain_mistakes_are_mended_and_every_other_byte_stays() {
    let (text, told, code) = fixed(BROKEN);
    let wanted = BROKEN
        .replace("on: contacts.contact_creatd", "trigger: contacts.contact_created")
        .replace("add_tag:", "add_tags:")
        .replace("tags: new lead", "tags: [new lead]")
        .replace("New: {{ trigger.firstName }}", "\"New: {{ trigger.firstName }}\"")
        .replace("on_error: ignore", "on_error: continue");
    assert_eq!(text, wanted, "{told}");
    assert_eq!(code, Some(0), "{told}");
    for part in
        ["recipes/a.yaml:4 [BH1006]", "`on` is now `trigger`", "recipes/a.yaml:7 [BH1305]", "no errors"]
    {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
}

#[test]
fn what_is_mended_once_stays_as_it_is() {
    let (text, _, _) = fixed(BROKEN);
    let (again, told, code) = fixed(&text);
    assert_eq!(again, text);
    assert_eq!(code, Some(0));
    assert!(told.contains("nothing that can be fixed"), "{told}");
}

#[test]
fn a_guess_is_left_to_a_person() {
    for step in [
        // Another word, not a slip: it must not become a step that deletes something else.
        "contacts.delete_tasg: { contactId: $.trigger.id, tags: [a] }",
        "contacts.add_follower_list: { contactId: $.trigger.id }",
        "slack.send_message: { text: Hello }\n    connection: contacts",
        "slack.send_message: { text: \"{{ nobody.name }}\" }",
    ] {
        let recipe = format!("name: A\ntrigger: contacts.contact_created\nsteps:\n  - {step}\n");
        let (text, told, code) = fixed(&recipe);
        assert_eq!(text, recipe, "{told}");
        assert_eq!(code, Some(1), "{told}");
    }
}

#[test]
fn the_workspace_file_is_mended_too() {
    let workspace = Workspace::new();
    let text = "timezone: Europe/London # here\nconnections:\n  contacts:\n    locationid: l1\n";
    workspace.write("bellhop.yaml", text);
    let output = run(&["check", "--fix", "--json"], workspace.path());
    let report: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let mended = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the file");
    assert_eq!(mended, text.replace("timezone", "time_zone").replace("locationid", "location_id"));
    assert_eq!(report["errors"], 0, "{report}");
    let fixed = report["fixed"].as_array().expect("what was fixed");
    assert_eq!(fixed.len(), 2);
    for (field, value) in
        [("file", "bellhop.yaml"), ("code", "BH2001"), ("before", "timezone"), ("after", "time_zone")]
    {
        assert_eq!(fixed[0][field], value);
    }
    assert_eq!(fixed[0]["line"], 1);
}

#[test]
fn files_by_name_are_mended_and_others_are_not() {
    let workspace = Workspace::new();
    workspace.write("recipes/a.yaml", BROKEN);
    workspace.write("recipes/b.yaml", BROKEN);
    let output = run(&["check", "--fix", "recipes/b.yaml"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let read = |name: &str| std::fs::read_to_string(workspace.path().join(name)).expect("a recipe");
    assert_eq!(read("recipes/a.yaml"), BROKEN);
    assert_ne!(read("recipes/b.yaml"), BROKEN);
}

#[test]
fn bytes_that_are_no_text_are_not_touched() {
    let workspace = Workspace::new();
    let path = workspace.path().join("recipes/bytes.yaml");
    let bytes = [0xff, 0xfe, b'o', b'n', b':', b' ', b'x'];
    std::fs::write(&path, bytes).expect("a file");
    let output = run(&["check", "--fix"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(std::fs::read(&path).expect("the file"), bytes);
}
