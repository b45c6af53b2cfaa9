//! The files of `schemas/` as an editor uses them: what it offers while a recipe is written, and what it marks.
//!
//! Whether the files are those that `bellhop schema` would write is not asked here, nor whether the schema and the checker
//! agree: the tests of `crates/recipe` ask that. Start at [`Editor`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bellhop_source::{Source, parse};
use jsonschema::Validator;
use serde_json::Value;

const ANNOTATION: &str = "# yaml-language-server: $schema=";
/// Everywhere that steps stand.
const STEPS: [&str; 8] = [
    "steps/-",
    "steps/-/then/-",
    "steps/-/else/-",
    "steps/-/choose/-/do/-",
    "steps/-/otherwise/-",
    "steps/-/do/-",
    "steps/-/parallel/*/-",
    "steps/-/on_error/-",
];
/// What holds names of the author's own, or of the app's.
const FREE: [&str; 7] = ["inputs", "set", "parallel", "custom_fields", "connections", "webhook", "filters"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let found = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = found.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    assert!(!files.is_empty(), "{folder} has no files that end with {ending}");
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn document(path: &Path) -> Value {
    let (document, complaints) = parse(&Source::new(path.to_string_lossy(), read(path)));
    assert!(complaints.is_empty(), "{}: {complaints:?}", path.display());
    document.expect("a document").to_json()
}

fn gallery() -> Vec<PathBuf> {
    let mut files = files("recipes", ".yaml");
    files.retain(|file| !file.to_string_lossy().ends_with(".test.yaml"));
    files
}

/// The schema that the first line of this file names, by a path from where the file stands.
fn named_by(path: &Path) -> Value {
    let text = read(path);
    let first = text.lines().next().unwrap_or_default();
    let named = first
        .strip_prefix(ANNOTATION)
        .unwrap_or_else(|| panic!("{} does not begin with `{ANNOTATION}…`", path.display()));
    schema(&path.parent().expect("a folder").join(named))
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("a schema that can be used")
}

/// What an editor with the YAML extension finds at a place of a document.
///
/// Places are written `steps/-/contacts.add_tags`: a key, `-` for an item of a list, `*` for a name of the author's own.
struct Editor {
    schema: Value,
}

impl Editor {
    fn of_recipes() -> Self {
        Self { schema: schema(&root().join("schemas/recipe.schema.json")) }
    }

    /// This schema and every other that counts where it does.
    fn all<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let mut all = vec![schema];
        let mut next = 0;
        while let Some(one) = all.get(next).copied() {
            if let Some(target) = one["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
                all.push(self.schema.pointer(target).unwrap_or_else(|| panic!("#{target} is not there")));
            }
            for ways in ["allOf", "anyOf", "oneOf"] {
                all.extend(one[ways].as_array().into_iter().flatten());
            }
            next += 1;
        }
        all
    }

    fn at(&self, place: &str) -> Vec<&Value> {
        let mut here = self.all(&self.schema);
        for part in place.split('/').filter(|part| !part.is_empty()) {
            let below = here.iter().filter_map(|schema| match part {
                "-" => schema.get("items"),
                "*" => schema.get("additionalProperties").filter(|below| below.is_object()),
                key => {
                    schema.get("properties").and_then(|keys| keys.get(key)).filter(|below| below.is_object())
                }
            });
            here = below.flat_map(|schema| self.all(schema)).collect();
        }
        here
    }

    /// The keys offered on an empty line. That line counts as a key already, so that a group which says beside its keys how
    /// many it may have offers nothing.
    fn keys(&self, place: &str) -> BTreeSet<&str> {
        let groups = self.at(place).into_iter().filter(|schema| schema.get("maxProperties").is_none());
        let keys = groups.filter_map(|schema| schema["properties"].as_object()).flatten();
        keys.filter(|(_, schema)| schema.is_object()).map(|(key, _)| key.as_str()).collect()
    }

    /// The values offered.
    fn values(&self, place: &str) -> BTreeSet<&str> {
        let lists = self.at(place).into_iter().filter_map(|schema| schema["enum"].as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// What is shown of a key under the pointer.
    fn shown(&self, place: &str, word: &str) -> Option<&str> {
        self.at(place).into_iter().find_map(|schema| schema[word].as_str())
    }
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    for path in files("schemas", ".json") {
        let schema = schema(&path);
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema",
            "{} says which draft it is of",
            path.display()
        );
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        });
        validator(&schema);
    }
}

#[test]
fn what_is_shipped_opens_with_its_schema_and_without_a_mark() {
    let workspace = root().join("bellhop.yaml");
    for path in gallery().iter().chain(&files("mappings", ".yaml")).chain([&workspace]) {
        let document = document(path);
        let marks: Vec<String> = validator(&named_by(path))
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(marks.is_empty(), "{}:\n{}", path.display(), marks.join("\n"));
    }
}

#[test]
fn a_recipe_begins_with_its_keys() {
    let editor = Editor::of_recipes();
    let keys = editor.keys("");
    for key in ["name", "description", "enabled", "inputs", "trigger", "steps"] {
        assert!(keys.contains(key), "{key} is not offered");
        assert!(editor.shown(key, "description").is_some(), "{key} is not described");
    }
}

#[test]
fn operations_are_offered_with_their_fields_wherever_steps_stand() {
    let editor = Editor::of_recipes();
    for manifest in bellhop_apps::manifests().into_iter().chain([bellhop_contacts::manifest()]) {
        assert!(!manifest.operations.is_empty(), "{} can do something", manifest.connector);
        for (name, operation) in &manifest.operations {
            let full = format!("{}.{name}", manifest.connector);
            for steps in STEPS {
                assert!(editor.keys(steps).contains(full.as_str()), "{full} is not offered at {steps}");
                let place = format!("{steps}/{full}");
                let fields: BTreeSet<&str> = operation.input.keys().map(String::as_str).collect();
                assert_eq!(editor.keys(&place), fields, "the fields offered at {place}");
            }
            let place = format!("steps/-/{full}");
            assert_eq!(editor.shown(&place, "title"), Some(operation.title.as_str()), "{full}");
            let shown = editor.shown(&place, "description").unwrap_or_default();
            assert!(!shown.is_empty() && shown.starts_with(&operation.description), "{full}: {shown}");
            for (field, wanted) in &operation.input {
                let place = format!("{place}/{field}");
                assert!(editor.shown(&place, "title").is_some(), "{place} has no title");
                if !wanted.description.is_empty() {
                    assert_eq!(
                        editor.shown(&place, "description"),
                        Some(wanted.description.as_str()),
                        "{place}"
                    );
                }
            }
        }
    }
}

#[test]
fn events_are_offered_as_keys_and_as_words() {
    let editor = Editor::of_recipes();
    for manifest in bellhop_apps::manifests().into_iter().chain([bellhop_contacts::manifest()]) {
        for (name, event) in &manifest.events {
            let full = format!("{}.{name}", manifest.connector);
            for place in ["trigger", "trigger/-"] {
                assert!(
                    editor.keys(place).contains(full.as_str()),
                    "{full} is not offered as a key of {place}"
                );
                assert!(editor.values(place).contains(full.as_str()), "{full} is not offered as {place}");
            }
            let place = format!("trigger/{full}");
            assert!(editor.keys(&place).contains("only_if"), "{full} can be narrowed down");
            assert_eq!(editor.shown(&place, "description"), Some(event.description.as_str()), "{full}");
        }
    }
    assert!(editor.keys("trigger").is_superset(&BTreeSet::from(["schedule", "webhook", "manual"])));
    assert!(editor.keys("trigger/schedule").is_superset(&BTreeSet::from(["cron", "time_zone"])));
}

#[test]
fn input_types_are_offered() {
    let offered = Editor::of_recipes();
    let offered = offered.values("inputs/*/type");
    let types =
        ["text", "number", "yes_no", "date", "choice", "tag", "user", "calendar", "campaign", "workflow"];
    assert!(offered.is_superset(&BTreeSet::from(types)), "{offered:?}");
}

/// The manifests that are built in, as documents.
fn manifests() -> Vec<(String, Value)> {
    let parsed = |name: &str, text: String| {
        let (document, complaints) = parse(&Source::new(name, text));
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
        (name.to_owned(), document.expect("a document").to_json())
    };
    let number = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.split('-').next().and_then(|number| number.parse::<u32>().ok())
    };
    let mut parts = files("crates/contacts/manifest", ".yaml");
    parts.sort_by_key(number);
    let mut all = vec![parsed("contacts", parts.iter().map(|path| read(path)).collect())];
    for path in files("crates/apps/manifest", ".yaml") {
        all.push(parsed(&path.to_string_lossy(), read(&path)));
    }
    all
}

#[test]
fn shipped_manifests_are_valid_and_a_misspelled_key_is_marked() {
    let validator = validator(&schema(&root().join("schemas/connector.schema.json")));
    for (name, manifest) in manifests() {
        let marks: Vec<String> = validator
            .iter_errors(&manifest)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(marks.is_empty(), "{name}:\n{}", marks.join("\n"));
        let mut tried = 0;
        for part in ["", "/auth", "/rate_limits/0", "/errors", "/webhook", "/webhook/signatures/0"] {
            tried += misspell_each_key(&validator, &manifest, part);
        }
        for (kind, what) in
            [("operations", ""), ("events", ""), ("records", ""), ("settings", ""), ("schemas", "")]
        {
            for name in manifest[kind].as_object().into_iter().flat_map(serde_json::Map::keys) {
                tried += misspell_each_key(&validator, &manifest, &format!("/{kind}/{name}{what}"));
            }
        }
        for name in manifest["operations"].as_object().into_iter().flat_map(serde_json::Map::keys) {
            for part in ["request", "answer", "record", "pages", "confirm", "before", "preview"] {
                tried += misspell_each_key(&validator, &manifest, &format!("/operations/{name}/{part}"));
            }
        }
        assert!(tried > 10, "{name}: only {tried} keys");
    }
}

/// Misspells each key of the group at a place, one after the other; each must be marked. How many there are.
fn misspell_each_key(validator: &Validator, document: &Value, place: &str) -> usize {
    let Some(group) = document.pointer(place).and_then(Value::as_object) else { return 0 };
    for key in group.keys() {
        let typo = |name: &String| if name == key { format!("{name}x") } else { name.clone() };
        let broken: serde_json::Map<String, Value> =
            group.iter().map(|(name, value)| (typo(name), value.clone())).collect();
        let mut whole = document.clone();
        *whole.pointer_mut(place).expect("the place is there") = Value::Object(broken);
        assert!(!validator.is_valid(&whole), "nothing is said of {place}/{key}");
    }
    group.len()
}

#[test]
fn every_key_misspelled_is_marked() {
    let workspace = root().join("bellhop.yaml");
    let mut tried = BTreeMap::new();
    for path in gallery().into_iter().chain(files("mappings", ".yaml")).chain([workspace]) {
        let validator = validator(&named_by(&path));
        for (place, broken) in misspelled(&document(&path), false) {
            assert!(!validator.is_valid(&broken), "{}: nothing is said of {place}", path.display());
            *tried.entry(path.clone()).or_insert(0) += 1;
        }
    }
    assert!(tried.values().all(|times| *times >= 10), "{tried:?}");
}

/// The document with one key misspelled, for every key that is not the author's own, each with its place.
fn misspelled(value: &Value, free: bool) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match value {
        Value::Object(members) => {
            for (key, below) in members {
                if !free {
                    let typo = |name: &String| if name == key { format!("{name}x") } else { name.clone() };
                    let broken = members.iter().map(|(name, value)| (typo(name), value.clone())).collect();
                    all.push((format!("/{key}"), Value::Object(broken)));
                }
                for (place, broken) in misspelled(below, !free && FREE.contains(&key.as_str())) {
                    let mut members = members.clone();
                    members.insert(key.clone(), broken);
                    all.push((format!("/{key}{place}"), Value::Object(members)));
                }
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                for (place, broken) in misspelled(below, free) {
                    let mut items = items.clone();
                    items[index] = broken;
                    all.push((format!("/{index}{place}"), Value::Array(items)));
                }
            }
        }
        _ => {}
    }
    all
}
