//! The fixtures of the rules (`tests/suite/`) and the JSON Schema: what is good the schema takes, what is broken in structure it refuses.
//!
//! Which complaints the checker has is not asked here; the marks in the fixtures say it, and the suite of the binary holds them to it.

use std::path::{Path, PathBuf};

use bellhop_source::{Source, parse};
use jsonschema::Validator;
use serde_json::Value;

/// Complaints about what a document is made of; the others are about what its texts mean.
const STRUCTURE: [&str; 23] = [
    "BH1001", "BH1002", "BH1003", "BH1004", "BH1101", "BH1102", "BH1104", "BH1201", "BH1202", "BH1203",
    "BH1206", "BH1301", "BH1302", "BH1303", "BH1304", "BH1305", "BH1306", "BH1501", "BH1502", "BH1505",
    "BH1507", "BH1509", "BH1510",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn validator(name: &str) -> Validator {
    let text = std::fs::read_to_string(root().join("schemas").join(name)).expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema that can be used")
}

fn files(part: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for rule in 1..=12 {
        let folder = root().join(format!("tests/suite/R{rule}/{part}"));
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    files
}

/// The document without its marks, where it can be read, and the marks.
fn read(path: &Path) -> (Option<Value>, String) {
    let bytes = std::fs::read(path).expect("a fixture can be read");
    let whole = String::from_utf8_lossy(&bytes).into_owned();
    let (mut text, mut marks) = (String::new(), String::new());
    for line in whole.lines() {
        let (code, mark) = line.split_once("#!").unwrap_or((line, ""));
        text.push_str(code.trim_end());
        text.push('\n');
        marks.push_str(mark);
        marks.push('\n');
    }
    let (document, complaints) = parse(&Source::new(path.to_string_lossy(), text));
    (document.filter(|_| complaints.is_empty()).map(|document| document.to_json()), marks)
}

fn is_test(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".test.yaml")
}

#[test]
fn the_schema_takes_what_is_good() {
    let (recipes, tests) = (validator("recipe.schema.json"), validator("test.schema.json"));
    let mut wrong = Vec::new();
    let files = files("good");
    assert!(files.len() >= 60, "only {} good files", files.len());
    for path in files {
        let document = read(&path).0.unwrap_or_else(|| panic!("{} can be read", path.display()));
        let validator = if is_test(&path) { &tests } else { &recipes };
        let said = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {}: {error}", path.display(), error.instance_path()));
        wrong.extend(said);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_schema_refuses_what_is_broken_in_structure_and_nothing_else() {
    let recipes = validator("recipe.schema.json");
    let (mut refused, mut taken, mut wrong) = (0, 0, Vec::new());
    for path in files("bad").into_iter().filter(|path| !is_test(path)) {
        let (Some(document), marks) = read(&path) else { continue };
        // What another recipe takes stands in that recipe, and what a pick finds in the steps before it: not in the schema.
        if marks.contains("BH1315") || marks.contains("$.task has none") {
            continue;
        }
        let valid = recipes.is_valid(&document);
        if STRUCTURE.iter().any(|code| marks.contains(code)) {
            refused += 1;
            if valid {
                wrong.push(format!("{}: the schema takes it", path.display()));
            }
        } else if marks.contains("BH11") || marks.contains("BH12") || marks.contains("BH14") {
            taken += 1;
            wrong.extend(recipes.iter_errors(&document).map(|error| format!("{}: {error}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(refused >= 15 && taken >= 8, "{refused} refused, {taken} taken");
}
