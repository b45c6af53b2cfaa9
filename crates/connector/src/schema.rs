//! The JSON Schema of manifests, for editors (rule R12): made from the types that manifests are read into, so that
//! it cannot fall behind them. Descriptions are the types' own documentation.
//!
//! Titles are added, and scalars are taken as YAML writes them: a version `1.10` is a number to an editor. What needs
//! more than the structure (names, templates, paths) is [`crate::problems`]' alone.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::Manifest;

/// The JSON Schema (draft 2020-12) of a connector's manifest.
pub fn manifest_schema() -> Value {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Manifest>().to_value();
    tidy(&mut schema);
    if let Some(members) = schema.as_object_mut() {
        members.insert("title".to_owned(), "Bellhop connector".into());
        members.insert(
            "description".to_owned(),
            "What an app can do and tell, and how it is called: everything about it that is data.".into(),
        );
    }
    schema
}

fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => group(members),
        _ => {}
    }
}

fn group(members: &mut Map<String, Value>) {
    // Sizes of Rust's numbers, and defaults that say no more than that a key may be left out.
    if members.get("format").is_some_and(Value::is_string) {
        members.remove("format");
    }
    let says_nothing = members.get("default").is_some_and(|default| {
        default.is_null()
            || *default == json!("")
            || default.as_object().is_some()
            || default.as_array().is_some_and(Vec::is_empty)
    });
    if says_nothing {
        members.remove("default");
    }
    if let Some(Value::String(words)) = members.get_mut("description") {
        *words = plain(words);
    }
    let free = members.get("type") == Some(&json!("string"))
        && !["enum", "const", "pattern"].iter().any(|key| members.contains_key(*key));
    if free {
        members.insert("type".to_owned(), json!(["string", "number", "boolean"]));
    }
    for (key, below) in members.iter_mut() {
        match (key.as_str(), below) {
            // The example of a field is data, not a schema.
            ("default" | "enum" | "const" | "examples", _) => {}
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    tidy(schema);
                    titled(name, schema);
                }
            }
            (_, below) => tidy(below),
        }
    }
}

/// Gives a key its name as the title.
fn titled(name: &str, schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    let mut title = name.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    members.entry("title").or_insert_with(|| title.into());
}

/// Documentation as a person reads it: without links to the types of the code, on one line.
fn plain(words: &str) -> String {
    let joined = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once("[`") {
        text.push_str(before);
        let Some((link, end)) = after.split_once("`]") else { break };
        text.push('`');
        text.push_str(link.rsplit("::").next().unwrap_or(link));
        text.push('`');
        rest = end;
    }
    text.push_str(rest);
    text
}
