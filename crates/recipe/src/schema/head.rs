//! The schema of a recipe's head: name, inputs, triggers.

use bellhop_connector::Catalogue;
use serde_json::{Map, Value, json};

use super::{described, described_reference, none_of, reference, titled};
use crate::compile::input_list::TYPES;

/// The keys of a recipe.
pub(super) fn properties() -> Value {
    json!({
        "name": described_reference("text", "The recipe's name for people."),
        "description": described_reference("text", "What the recipe does, in a sentence."),
        "enabled": {
            "description": "Whether events start this recipe. By hand it can be started in any case.",
            "$ref": "#/$defs/yes_no",
            "default": true,
        },
        "inputs": {
            "description": "What can be set without touching the steps: `inputs.<name>`.",
            "type": ["object", "null"],
            "propertyNames": reference("name"),
            "additionalProperties": reference("input"),
        },
        "trigger": {
            "description": "What starts the recipe: one trigger, or a list of them.",
            "anyOf": [
                reference("trigger"),
                { "type": "array", "minItems": 1, "items": reference("trigger") },
            ],
        },
        "steps": described_reference("steps", "What the recipe does, in the order written."),
    })
}

pub(super) fn definitions(catalogue: &Catalogue, into: &mut Map<String, Value>) {
    into.insert("input".to_owned(), input());
    into.insert("event".to_owned(), event());
    into.insert("schedule".to_owned(), schedule());
    let mut short = vec![json!("manual")];
    let mut long = Map::new();
    for manifest in catalogue.iter() {
        for (name, spec) in &manifest.events {
            let full = format!("{}.{name}", manifest.connector);
            let schema = Map::from_iter([("$ref".to_owned(), json!("#/$defs/event"))]);
            long.insert(full.clone(), described(schema, &spec.title, &spec.description));
            short.push(full.into());
        }
    }
    long.insert("schedule".to_owned(), reference("schedule"));
    long.insert("webhook".to_owned(), webhook());
    long.insert(
        "manual".to_owned(),
        json!({ "description": "Started by hand only.", "type": ["object", "null"], "maxProperties": 0 }),
    );
    into.insert(
        "trigger".to_owned(),
        json!({
            "title": "Trigger",
            "anyOf": [{ "enum": short }, { "type": "object" }],
            "properties": titled(long.into()),
            "additionalProperties": false,
            // Not beside `properties`: an editor takes the line that is being written for the one key, and offers nothing.
            "allOf": [{ "minProperties": 1, "maxProperties": 1 }],
        }),
    );
}

fn input() -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"], "pattern": "\\S" });
    let yes = ["true", "True", "TRUE", "yes", "Yes", "YES"].map(Value::from);
    let yes: Vec<Value> = std::iter::once(json!(true)).chain(yes).collect();
    json!({
        "title": "Input",
        "type": "object",
        "additionalProperties": false,
        "required": ["type"],
        "properties": titled(json!({
            "description": described_reference("text", "What the input is, in a sentence."),
            "type": {
                "description": "What kind of value it is. Those from `tag` on pick something from the account.",
                "enum": TYPES,
            },
            "default": { "description": "The value where nothing else is given. Without it, one must be given." },
            "choices": {
                "description": "The values to choose from.",
                "type": "array",
                "minItems": 1,
                "items": { "type": ["string", "number", "boolean"] },
            },
            "many": { "description": "Whether it holds several values.", "$ref": "#/$defs/yes_no" },
        })),
        "allOf": [
            {
                "if": { "properties": { "type": { "const": "choice" } }, "required": ["type"] },
                "then": { "required": ["choices"] },
            },
            {
                "if": { "properties": { "many": { "enum": yes } }, "required": ["many"] },
                "then": {
                    "properties": {
                        "default": {
                            "anyOf": [
                                { "type": "null" },
                                { "type": "array", "minItems": 1, "items": reference("text") },
                            ],
                        },
                    },
                },
                "else": { "properties": { "default": scalar } },
            },
        ],
        "defaultSnippets": [{
            "label": "Example",
            "body": { "description": "Score from which a lead is hot", "type": "number", "default": 80 },
        }],
    })
}

fn event() -> Value {
    json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": titled(json!({
            "only_if": described_reference("text", "A condition over `trigger`: only events for which it holds start the recipe."),
            "in_order_per": described_reference("text", "Events with the same value of this are handled one after the other; by default those of one record."),
            "connection": described_reference("text", "Only events of this connection."),
        })),
    })
}

fn webhook() -> Value {
    json!({
        "description": "Something sent to /hooks/in/<path>; its JSON body is `trigger`.",
        "type": "object",
        "additionalProperties": false,
        "required": ["path"],
        "properties": titled(json!({
            "path": {
                "description": "The end of the address.",
                "type": ["string", "number", "boolean"],
                "pattern": "^[A-Za-z0-9_-]+$",
            },
            "only_if": reference("text"),
            "in_order_per": reference("text"),
        })),
    })
}

fn schedule() -> Value {
    json!({
        "description": "Again and again: in words, or as five-field cron.",
        "anyOf": [
            { "$ref": "#/$defs/text", "examples": ["every weekday at 09:00", "every 15 minutes"] },
            { "type": "object" },
        ],
        "additionalProperties": false,
        "allOf": [{ "anyOf": [{ "required": ["cron"] }, { "required": ["every"] }] }],
        "dependentSchemas": { "every": none_of("A schedule is said by `cron` or by `every`, not by both.", &["cron"]) },
        "properties": titled(json!({
            "cron": {
                "description": "Minute, hour, day of the month, month, day of the week (Sunday is 0).",
                "$ref": "#/$defs/text",
                "examples": ["0 9 * * 1-5"],
            },
            "every": {
                "description": "In words, such as `weekday at 09:00` or `15 minutes`.",
                "$ref": "#/$defs/text",
                "examples": ["weekday at 09:00"],
            },
            "time_zone": {
                "description": "The zone of the hours; by default the workspace's.",
                "$ref": "#/$defs/text",
                "examples": ["Europe/London"],
            },
            "catch_up": {
                "description": "What is done about times missed while Bellhop was off.",
                "enum": ["none", "last", "all"],
                "default": "none",
            },
        })),
    })
}
