//! The JSON Schema of recipes, for editors (rule R12): made from the checker's own tables and the connectors' manifests.
//!
//! It is closed, operations' fields included, and refuses what the checker calls a mistake of structure. What needs more than
//! the structure (names, expressions, words about time) is the checker's alone. Start at [`recipe_schema`].

mod fields;
mod head;
mod steps;

use bellhop_connector::Catalogue;
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of recipes that use these connectors.
pub fn recipe_schema(catalogue: &Catalogue) -> Value {
    let mut definitions = Map::new();
    fields::definitions(&mut definitions);
    head::definitions(catalogue, &mut definitions);
    steps::definitions(catalogue, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bellhop recipe",
        "description": "When this happens in an app, do these steps.",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "trigger", "steps"],
        "properties": head::properties(),
        "$defs": definitions,
    })
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

/// The definition `name` with its own description.
fn described_reference(name: &str, description: &str) -> Value {
    json!({ "description": description, "$ref": format!("#/$defs/{name}") })
}
