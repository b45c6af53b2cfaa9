//! Each command as a person types it: what it prints, where, and with which exit code.

mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{Workspace, bellhop, err, out, repository, run};

const GOOD: &str = "name: Tag\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [new]\n";

#[test]
fn the_gallery_has_no_problems() {
    let output = run(&["check"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(err(&output).contains("recipes and 1 mapping checked: no errors"), "{}", err(&output));
}

#[test]
fn every_mistake_of_every_file_is_told_in_one_go() {
    let workspace = Workspace::new();
    workspace.write("recipes/good.yaml", GOOD);
    workspace.write(
        "recipes/bad.yaml",
        "name: Bad\ntrigger:\n  contacts.contact_creatd: {}\nsteps:\n  - contacts.add_tag:\n      contactId: $.trigger.id\n      tags: [new]\n  - contacts.get_contact:\n      contactId: $.nobody.id\n",
    );
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for part in [
        "recipes/bad.yaml:3",
        "contact_created",
        "recipes/bad.yaml:5",
        "add_tags",
        "recipes/bad.yaml:9",
        "nobody",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("good.yaml"), "{text}");

    let output = run(&["check", "--json"], workspace.path());
    let report: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let problems = report["problems"].as_array().expect("problems");
    assert!(problems.len() >= 3);
    for problem in problems {
        for field in ["file", "line", "column", "end_line", "end_column", "code", "severity", "message"] {
            assert!(!problem[field].is_null(), "{field} is missing in {problem}");
        }
    }
}

#[test]
fn mappings_are_checked_with_the_recipes_that_share_them() {
    let workspace = Workspace::new();
    let mapping = "from: contacts.contact\nto: contacts.create_contact\nfields: { email: $.email }\n";
    workspace.write("mappings/copy.yaml", mapping);
    workspace.write("mappings/broken.yaml", &mapping.replace("email:", "emial:"));
    let recipe = "name: Copy\ntrigger: contacts.contact_created\nsteps:\n  - map: { mapping: MAPPING, from: $.trigger }\n    as: copy\n";
    workspace.write("recipes/good.yaml", &recipe.replace("MAPPING", "copy"));
    workspace.write("recipes/bad.yaml", &recipe.replace("MAPPING", "broken"));
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for part in ["mappings/broken.yaml:3", "did you mean `email`?", "the mapping `broken` has errors"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("good.yaml") && !text.contains("copy.yaml"), "{text}");
    let output = run(&["check", "mappings/copy.yaml"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(err(&output).contains("1 mapping checked: no errors"), "{}", err(&output));
    let output = run(&["check", "--fix", "mappings"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(run(&["check"], workspace.path()).status.code(), Some(0));
}

#[test]
fn of_a_hopeless_workspace_file_a_hundred_mistakes_are_told() {
    let workspace = Workspace::new();
    let keys: Vec<String> = (0..1_000).map(|at| format!("key{at}: 1")).collect();
    workspace.write("bellhop.yaml", &keys.join("\n"));
    let output = run(&["check", "--json"], workspace.path());
    let report: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let problems = report["problems"].as_array().expect("problems");
    assert_eq!(problems.len(), 100);
    let last = problems[99]["message"].as_str().expect("a text");
    assert!(last.ends_with("; and 900 more, told when these are mended"), "{last}");
}

#[test]
fn templates_are_checked_as_new_would_read_them() {
    let workspace = Workspace::new();
    // Of apps without a connection, and calling one another: that is no mistake in a template, and one in a recipe.
    let good = "name: Good\ntrigger: manual\nsteps:\n  - slack.send_message: { channel: C0000000001, text: Hello }\n  - call: other\n";
    workspace.write("templates/good.yaml", good);
    workspace.write("templates/other.yaml", "name: Other\ninputs: { who: { type: user, default: u1 } }\ntrigger: manual\nsteps:\n  - stop: \"{{ inputs.who }}\"\n");
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(err(&output).contains("2 templates checked: no errors"), "{}", err(&output));
    workspace.write("templates/broken.yaml", &good.replace("trigger:", "triger:"));
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("templates/broken.yaml:2"), "{}", out(&output));
    let output = run(&["check", "--fix", "templates/broken.yaml"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(run(&["check", "templates"], workspace.path()).status.code(), Some(0));
    workspace.write("recipes/good.yaml", good);
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("1 recipe and 3 templates checked"), "{}", err(&output));
    assert!(!out(&output).contains("templates/"), "{}", out(&output));
}

#[test]
fn a_recipe_of_no_text_is_a_complaint_and_no_panic() {
    let workspace = Workspace::new();
    let path = workspace.path().join("recipes/bytes.yaml");
    std::fs::write(path, [0xff, 0xfe, 0x00, 0x80, b':', b'\t', b'{', b'{']).expect("a file");
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(!err(&output).contains("panicked"));
}

#[test]
fn mistakes_in_the_workspace_file_have_places_too() {
    let workspace = Workspace::new();
    workspace.write("recipes/good.yaml", GOOD);
    workspace.write(
        "bellhop.yaml",
        "time_zone: Europe/Londn\nconection: {}\nconnections:\n  contact:\n    location_id: x\n  contacts:\n    locationid: x\n    base_url: http://127.0.0.1:86100\n",
    );
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for part in [
        "Europe/London",
        "`connections`",
        "no connector `contact`",
        "`location_id`",
        "bellhop.yaml:1:12",
        "port up to 65535",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_recipe_is_drawn_in_three_forms() {
    for (form, part) in [("text", "Route new leads"), ("mermaid", "flowchart"), ("svg", "<svg")] {
        let output = run(&["graph", "route-new-leads", "--format", form], &repository());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert!(out(&output).contains(part), "{form}: {}", out(&output));
    }
    let output = run(&["graph", "route-new-lead"], &repository());
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`route-new-leads`"), "{}", err(&output));
}

#[test]
fn the_catalogue_lists_and_shows() {
    let output = run(&["connectors", "list"], &repository());
    for name in ["contacts", "slack", "http"] {
        assert!(out(&output).contains(name));
    }
    let output = run(&["connectors", "show", "contacts.add_tags"], &repository());
    assert!(out(&output).contains("contactId"), "{}", out(&output));
    let output = run(&["connectors", "show", "contacts", "--json"], &repository());
    let manifest: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert!(manifest["operations"].as_object().is_some_and(|operations| operations.len() >= 32));
    let output = run(&["connectors", "show", "contacts.add-tags"], &repository());
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("contacts.add_tags"), "{}", err(&output));
}

#[test]
fn generated_files_are_up_to_date() {
    let output = run(&["schema", "--out", "schemas", "--check"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let output = run(&["reference", "--out", "docs/reference", "--check"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}

#[test]
fn what_cannot_be_done_is_one_sentence_and_exit_2() {
    let workspace = Workspace::new();
    workspace.write("recipes/tag.yaml", GOOD);
    workspace.write(
        "bellhop.yaml",
        "connections:\n  contacts:\n    location_id: x\n    base_url: http://127.0.0.1:9\n    auth: { token: { secret: ghl_token } }\n",
    );
    let cases: &[(&[&str], &str)] = &[
        (&["serve", "--listen", "127.0.0.1:0"], "BELLHOP_SECRET_GHL_TOKEN"),
        (&["run", "tag", "--sample", "contacts.contact_created"], "BELLHOP_SECRET_GHL_TOKEN"),
        (&["run", "tga", "--sample", "contacts.contact_created"], "`tag`"),
        (&["run", "tag"], "--sample contacts.contact_created"),
        (&["run", "tag", "--sample", "contacts.contact_craeted"], "contacts.contact_created"),
        (&["run", "tag", "--event", "nothing.json"], "nothing.json"),
        (&["runs", "show", "run_nothing"], "run_nothing"),
        (&["runs", "list", "--status", "asleep"], "sleeping"),
        (&["sandbox", "--fault", "nonsense"], "nonsense"),
        (&["frobnicate"], "frobnicate"),
        (&["--workspace", "nowhere", "check"], "nowhere"),
    ];
    for (arguments, part) in cases {
        let output = run(arguments, workspace.path());
        let told = err(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}{}", out(&output));
        assert!(told.contains(part), "{arguments:?} does not say {part}: {told}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

#[test]
fn a_port_in_use_and_a_store_that_cannot_be_opened_are_told() {
    let workspace = Workspace::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for command in [["serve", "--listen", &address], ["sandbox", "--listen", &address]] {
        let output = run(&command, workspace.path());
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        let port = address.rsplit(':').next().unwrap_or_default();
        assert!(err(&output).contains(port), "{}", err(&output));
    }
    workspace.write(
        ".bellhop/bellhop.db",
        "this is no database, and was never meant to be one; it is far too short for that",
    );
    let output = run(&["serve", "--listen", "127.0.0.1:0"], workspace.path());
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("bellhop.db"), "{}", err(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_told_and_one_that_nobody_reads_is_not() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let output = bellhop().args(["connectors", "list"]).stdout(full).output().expect("it starts");
    let told = err(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with("error: The output cannot be written: ") && told.lines().count() == 1, "{told}");

    let mut unread =
        bellhop().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(unread.stdout.take());
    let output = unread.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn templates_in_folders_of_their_own_are_checked_as_templates() {
    let workspace = Workspace::new();
    let connected =
        "connections:\n  contacts: { location_id: a, auth: { token: { env: BELLHOP_TEST_TOKEN } } }\n";
    workspace.write("bellhop.yaml", connected);
    let text =
        "name: Greet\ntrigger: contacts.contact_created\nsteps:\n  - slack.send_message: { text: Hello }\n";
    workspace.write("templates/sales/new/greet.yaml", text);
    for words in [&["check"][..], &["check", "templates/sales"], &["check", "templates/sales/new/greet.yaml"]]
    {
        let output = run(words, workspace.path());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert!(
            err(&output).contains("1 template checked: no errors, no warnings."),
            "an app without a connection is none of a template's business: {words:?}: {}",
            err(&output)
        );
    }
}
