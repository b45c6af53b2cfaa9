//! `bellhop init`: what is made, and what stays as it is.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::support::{self, Workspace, err, out, run};

const FILES: [&str; 6] = [
    "bellhop.yaml",
    "schemas/recipe.schema.json",
    "schemas/test.schema.json",
    "schemas/bellhop.schema.json",
    ".vscode/settings.json",
    ".vscode/extensions.json",
];

fn all_files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all_files(&path, found);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            found.push((path.display().to_string(), bytes));
        }
    }
    found.sort();
}

#[test]
fn a_new_workspace_is_whole_and_has_no_problems() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["init", "agency"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("cd agency") && err(&output).contains("bellhop new"), "{}", err(&output));
    let root = folder.path().join("agency");
    for file in FILES.into_iter().chain([".gitignore"]) {
        assert!(root.join(file).is_file(), "{file} is missing");
        assert!(out(&output).contains(&format!("wrote  {file}\n")), "{}", out(&output));
    }
    assert!(root.join("recipes").is_dir() && root.join("mappings").is_dir());
    let check = run(&["check"], &root);
    assert_eq!(check.status.code(), Some(0), "{}{}", out(&check), err(&check));

    let settings = std::fs::read_to_string(root.join(".vscode/settings.json")).expect("settings");
    let settings: Value = serde_json::from_str(&settings).expect("JSON");
    let schemas = settings["yaml.schemas"].as_object().expect("schemas");
    let mut patterns = BTreeSet::new();
    for (schema, files) in schemas {
        assert!(root.join(schema).is_file(), "{schema} is no file");
        patterns.extend(files.as_array().expect("patterns").iter().filter_map(Value::as_str));
    }
    for pattern in [
        "recipes/*.yaml",
        "!recipes/*.test.yaml",
        "recipes/*.test.yaml",
        "mappings/*.yaml",
        "connectors/*.yaml",
        "bellhop.yaml",
    ] {
        assert!(patterns.contains(pattern), "{pattern} has no schema: {patterns:?}");
    }

    let mut before = Vec::new();
    all_files(&root, &mut before);
    let again = run(&["init"], &root);
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert!(!out(&again).contains("wrote"), "{}", out(&again));
    let mut after = Vec::new();
    all_files(&root, &mut after);
    assert!(before == after, "the second time nothing changes");
}

#[test]
fn what_is_there_stays_and_is_told() {
    let workspace = Workspace::new();
    workspace.write("bellhop.yaml", "time_zone: UTC\n");
    workspace.write(".vscode/settings.json", "{ \"editor.fontSize\": 14 } // mine\n");
    workspace.write(".vscode/extensions.json", "{}\n");
    workspace.write(".gitignore", "target\n");
    workspace.write("schemas/recipe.schema.json", "{}\n");
    let output = run(&["init"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told = out(&output);
    for part in [
        "there  bellhop.yaml\n",
        "there  .vscode/settings.json: for completion in recipes, add what follows to it:\n",
        "\"./schemas/recipe.schema.json\"",
        "there  .vscode/extensions.json: add `redhat.vscode-yaml` to its recommendations\n",
        "there  .gitignore: add the line `.bellhop/`",
        "there  schemas/recipe.schema.json: another version",
        "wrote  schemas/test.schema.json\n",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    for (file, text) in [
        ("bellhop.yaml", "time_zone: UTC\n"),
        (".vscode/settings.json", "{ \"editor.fontSize\": 14 } // mine\n"),
        (".gitignore", "target\n"),
        ("schemas/recipe.schema.json", "{}\n"),
    ] {
        assert_eq!(super::read(&workspace, file), text, "{file}");
    }
}

#[tokio::test]
async fn both_connections_of_the_new_workspace_can_be_used() {
    let sandbox = bellhop_sandbox::start(bellhop_sandbox::SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::new();
    assert_eq!(run(&["init"], workspace.path()).status.code(), Some(0));
    let text = super::read(&workspace, "bellhop.yaml");
    for part in [sandbox.ed25519_public_key(), sandbox.location_id().to_owned()] {
        assert!(text.contains(&part), "{part} is missing in\n{text}");
    }
    // As its notes say: the sandbox out, the account in.
    let (head, rest) = text.split_once("  contacts:\n").expect("the sandbox");
    let (_, rest) = rest.split_once("\n\n").expect("the account's notes");
    let keys = ["contacts:", "location_id:", "auth:", "slack:"];
    let is_code = |line: &str| {
        line.strip_prefix("  # ")
            .is_some_and(|rest| keys.iter().any(|key| rest.trim_start().starts_with(key)))
    };
    let account: Vec<String> = rest
        .lines()
        .map(|line| if is_code(line) { line.replacen("# ", "", 1) } else { line.to_owned() })
        .collect();
    let account = format!("{head}{}\n", account.join("\n"));
    assert!(account.contains("\n  contacts:\n    location_id: your-location-id\n"), "{account}");
    workspace.write("bellhop.yaml", &account);
    let check = run(&["check"], workspace.path());
    assert_eq!(check.status.code(), Some(0), "{}{}\n{account}", out(&check), err(&check));
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let workspace = Workspace::new();
    workspace.write("taken", "a file\n");
    let output = run(&["init", "taken"], workspace.path());
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(support::err(&output).contains("Cannot write taken"), "{}", err(&output));
}
