//! Completion, hover and definition at marked places: the fixtures under `tests/fixtures/`.
//!
//! A fixture has its expectations above a line `---`, one on each line, and a document with the mark `¦` below it:
//! `has` and `lacks` name proposals, `take` one of them whose text `becomes` so (`\n` for a line's end) in place of `over`;
//! `says` is a part of the hover's page, `silent` demands that there is none; `at` is the text the definition
//! marks, `file` the other file it leads to.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Editor, RECIPE, SETTINGS, marked, slice};

/// A fixture: its name, its expectations, its document and the place.
struct Fixture {
    name: String,
    wanted: Vec<(String, String)>,
    text: String,
    offset: usize,
}

fn fixtures(kind: &str) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(kind);
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut all: Vec<Fixture> = entries
        .map(|entry| {
            let path = entry.expect("it can be read").path();
            let written = std::fs::read_to_string(&path).expect("it is a text");
            let (head, body) = written.split_once("---\n").expect("it has two parts");
            let wanted = head.lines().map(|line| {
                let (what, value) = line.split_once(':').expect("an expectation has a colon");
                (what.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned())
            });
            let (text, offset) = marked(body);
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            Fixture { name, wanted: wanted.collect(), text, offset }
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(all.len() > 2, "{kind} has fixtures");
    all
}

impl Fixture {
    fn answer(&self, method: &str) -> Value {
        let mut editor = Editor::new();
        let uri = if self.name.starts_with("settings") { SETTINGS } else { RECIPE };
        editor.open(uri, &self.text);
        editor.ask_at(method, uri, &self.text, self.offset)
    }
}

#[test]
fn completion() {
    for fixture in fixtures("completion") {
        let answer = fixture.answer("textDocument/completion");
        let items = answer.as_array().expect("a list");
        let labels: Vec<&str> = items.iter().filter_map(|item| item["label"].as_str()).collect();
        let name = &fixture.name;
        let mut taken: Option<&Value> = None;
        for (what, value) in &fixture.wanted {
            let taken_field = |field: &str| {
                let item = taken.unwrap_or_else(|| panic!("{name}: `take` comes first"));
                item.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            match what.as_str() {
                "has" => {
                    for label in value.split(", ") {
                        assert!(labels.contains(&label), "{name}: {label} is not in {labels:?}");
                    }
                }
                "lacks" => {
                    for label in value.split(", ") {
                        assert!(!labels.contains(&label), "{name}: {label} is in {labels:?}");
                    }
                }
                "only" => assert_eq!(labels.join(", "), *value, "{name}"),
                "take" => {
                    taken = items.iter().find(|item| item["label"] == value.as_str());
                    assert!(taken.is_some(), "{name}: {value} is not in {labels:?}");
                }
                "becomes" => {
                    assert_eq!(taken_field("/textEdit/newText").replace('\n', "\\n"), *value, "{name}");
                }
                "over" => {
                    let range =
                        &taken.unwrap_or_else(|| panic!("{name}: `take` comes first"))["textEdit"]["range"];
                    assert_eq!(slice(&fixture.text, range), value, "{name}");
                }
                "detail" => assert_eq!(taken_field("/detail"), *value, "{name}"),
                "says" => {
                    let page = taken_field("/documentation/value");
                    assert!(page.contains(value.as_str()), "{name}: {page}");
                }
                other => panic!("{name}: what is `{other}`?"),
            }
        }
    }
}

#[test]
fn hover() {
    for fixture in fixtures("hover") {
        let answer = fixture.answer("textDocument/hover");
        let name = &fixture.name;
        for (what, value) in &fixture.wanted {
            match what.as_str() {
                "says" => {
                    let page = answer["contents"]["value"].as_str().unwrap_or_default();
                    assert!(page.contains(value.as_str()), "{name}: {page}");
                }
                "over" => assert_eq!(slice(&fixture.text, &answer["range"]), value, "{name}"),
                "silent" => assert_eq!(answer, Value::Null, "{name}"),
                other => panic!("{name}: what is `{other}`?"),
            }
        }
    }
}

#[test]
fn definition() {
    for fixture in fixtures("definition") {
        let answer = fixture.answer("textDocument/definition");
        let name = &fixture.name;
        for (what, value) in &fixture.wanted {
            match what.as_str() {
                "at" => {
                    assert_eq!(answer["uri"], RECIPE, "{name}");
                    assert_eq!(slice(&fixture.text, &answer["range"]), value, "{name}");
                }
                "file" => assert_eq!(answer["uri"], value.as_str(), "{name}"),
                "line" => assert_eq!(answer["range"]["start"]["line"].to_string(), *value, "{name}"),
                "silent" => assert_eq!(answer, Value::Null, "{name}"),
                other => panic!("{name}: what is `{other}`?"),
            }
        }
    }
}
