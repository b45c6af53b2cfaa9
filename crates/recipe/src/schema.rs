//! The JSON Schema of recipes, for editors (rule R12): made from the checker's own tables and the connectors' manifests.
//!
//! It is closed, operations' fields included, and refuses what the checker calls a mistake of structure. What needs more than
//! the structure (names, expressions, words about time) is the checker's alone. Two keywords are no part of JSON Schema but
//! known to VS Code: `errorMessage` is said in place of the editor's own words, `defaultSnippets` are examples that are
//! groups. Start at [`recipe_schema`].

mod fields;
mod head;
mod mappings;
mod steps;
mod verbs;

use bellhop_connector::Catalogue;
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of recipes that use these connectors.
pub fn recipe_schema(catalogue: &Catalogue) -> Value {
    let mut definitions = Map::new();
    fields::definitions(&mut definitions);
    head::definitions(catalogue, &mut definitions);
    mappings::definitions(catalogue, mappings::names_only, &mut definitions);
    steps::definitions(catalogue, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bellhop recipe",
        "description": "When this happens in an app, do these steps.",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "trigger", "steps"],
        "properties": titled(head::properties()),
        "$defs": definitions,
    })
}

/// The JSON Schema (draft 2020-12) of mappings between records of these connectors.
pub fn mapping_schema(catalogue: &Catalogue) -> Value {
    let mut definitions = Map::new();
    fields::definitions(&mut definitions);
    mappings::definitions(catalogue, mappings::with_values, &mut definitions);
    let mut schema = definitions.remove("mapping").unwrap_or_default();
    if let Some(members) = schema.as_object_mut() {
        members.shift_insert(0, "$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        members.insert("title".to_owned(), "Bellhop mapping".into());
        members.insert("$defs".to_owned(), definitions.into());
    }
    schema
}

/// A reference to a definition.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A schema with a title and a description, each left out where it is empty.
fn described(mut schema: Map<String, Value>, title: &str, description: &str) -> Value {
    for (key, words) in [("description", description), ("title", title)] {
        if !words.is_empty() {
            schema.shift_insert(0, key.to_owned(), words.into());
        }
    }
    Value::Object(schema)
}

/// These keys, each with its name as the title where it has none: an editor would show the title of what they stand in.
fn titled(mut keys: Value) -> Value {
    for (name, schema) in keys.as_object_mut().into_iter().flatten() {
        if let Some(schema) = schema.as_object_mut()
            && !schema.contains_key("title")
        {
            schema.shift_insert(0, "title".to_owned(), title(name).into());
        }
    }
    keys
}

/// A key as a title: `for_each` is `For each`; names that are no words of ours, such as `firstName`, stay as they are.
fn title(name: &str) -> String {
    if name.contains(|sign: char| !sign.is_ascii_lowercase() && sign != '_') {
        return name.to_owned();
    }
    let mut title = name.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// Marks each of these keys, and says so.
fn none_of(message: &str, keys: &[impl AsRef<str>]) -> Value {
    let keys: Map<String, Value> = keys.iter().map(|key| (key.as_ref().to_owned(), json!(false))).collect();
    json!({ "errorMessage": message, "properties": keys })
}

/// The definition `name` with its own description.
fn described_reference(name: &str, description: &str) -> Value {
    json!({ "description": description, "$ref": format!("#/$defs/{name}") })
}
