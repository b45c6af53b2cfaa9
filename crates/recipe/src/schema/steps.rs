//! The schema of steps: one verb each, and the modifiers that go with it.

use bellhop_connector::{Catalogue, Field, Operation};
use serde_json::{Map, Value, json};

use super::{described, described_reference, fields, reference};
use crate::compile::types;

pub(super) fn definitions(catalogue: &Catalogue, into: &mut Map<String, Value>) {
    let mut properties = flow();
    let mut calls = Vec::new();
    for manifest in catalogue.iter() {
        for (name, operation) in &manifest.operations {
            let full = format!("{}.{name}", manifest.connector);
            properties.insert(full.clone(), call(operation));
            calls.push(json!({ "required": [full] }));
        }
    }
    properties.extend(modifiers());
    let verbs = ["then", "choose", "for_each", "parallel", "set", "stop", "fail", "wait"];
    let mut one_verb: Vec<Value> = verbs.iter().map(|verb| json!({ "required": [verb] })).collect();
    one_verb.extend(calls.iter().cloned());
    into.insert("call".to_owned(), if calls.is_empty() { json!(false) } else { json!({ "anyOf": calls }) });
    into.insert("steps".to_owned(), json!({ "type": "array", "minItems": 1, "items": reference("step") }));
    into.insert(
        "step".to_owned(),
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
            "oneOf": one_verb,
            "dependentRequired": {
                "then": ["if"],
                "else": ["then"],
                "otherwise": ["choose"],
                "do": ["for_each"],
                "at_once": ["for_each"],
                "for_each": ["do"],
            },
            "dependentSchemas": {
                "as": { "anyOf": [reference("call"), { "required": ["for_each"] }] },
                "retry": reference("call"),
                "timeout": reference("call"),
                "connection": reference("call"),
                "on_error": { "not": { "anyOf": [{ "required": ["stop"] }, { "required": ["fail"] }] } },
            },
        }),
    );
}

fn call(operation: &Operation) -> Value {
    let mut schema = match fields::group(operation.input.iter(), false) {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    if !operation.input.values().any(|field| field.required) {
        schema.insert("type".to_owned(), json!(["object", "null"]));
    }
    if operation.deprecated.is_some() {
        schema.insert("deprecated".to_owned(), json!(true));
    }
    let why = operation.deprecated.as_deref().unwrap_or_default();
    let description = format!("{} {why}", operation.description);
    described(schema, &operation.title, description.trim())
}

fn flow() -> Map<String, Value> {
    let list = fields::value(&types::list_of(Field::default()));
    let moment = fields::value(&types::moment());
    let all = [
        (
            "if",
            described_reference(
                "text",
                "A condition, such as `contact.score >= 80`. With `then` it branches; beside another verb it says when the step is done.",
            ),
        ),
        ("then", described_reference("steps", "The steps where the condition holds.")),
        ("else", described_reference("steps", "The steps where the condition does not hold.")),
        (
            "choose",
            json!({
                "description": "The first case whose condition holds.",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["when", "do"],
                    "properties": {
                        "when": described_reference("text", "The condition of this case."),
                        "do": described_reference("steps", "The steps of this case."),
                    },
                },
            }),
        ),
        ("otherwise", described_reference("steps", "The steps where no case fits.")),
        ("for_each", json!({ "description": "Does something for every item of a list.", "allOf": [list] })),
        ("do", described_reference("steps", "The steps for each item.")),
        (
            "at_once",
            json!({
                "description": "How many items at a time.",
                "anyOf": [
                    { "type": "integer", "minimum": 1, "maximum": 100 },
                    { "type": "string", "pattern": "^[1-9][0-9]{0,2}$" },
                ],
                "default": 1,
            }),
        ),
        (
            "parallel",
            json!({
                "description": "Several things at the same time, each under a name.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": reference("name"),
                "additionalProperties": reference("steps"),
            }),
        ),
        (
            "set",
            json!({
                "description": "Names values for later steps.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": reference("name"),
            }),
        ),
        ("stop", described_reference("text", "Ends the run, well. The text is the reason.")),
        ("fail", described_reference("text", "Ends the run as failed. The text is the reason.")),
        (
            "wait",
            json!({
                "description": "Waits, over restarts too.",
                "anyOf": [
                    { "$ref": "#/$defs/text", "examples": ["2 days", "90 minutes"] },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["until"],
                        "properties": {
                            "until": moment,
                            "minus": described_reference("text", "So long before it, such as `1 hour`."),
                            "plus": described_reference("text", "So long after it, such as `2 days`."),
                        },
                    },
                ],
            }),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn modifiers() -> Map<String, Value> {
    let all = [
        (
            "as",
            described_reference("name", "A name for the result, for later steps; in a loop, for the item."),
        ),
        ("about", described_reference("text", "A note that histories and drawings show.")),
        ("connection", described_reference("text", "Which account, where there are several.")),
        ("timeout", described_reference("text", "How long one attempt may take, such as `30 seconds`.")),
        (
            "retry",
            json!({
                "description": "How often and how long a failing call is tried again.",
                "type": "object",
                "additionalProperties": false,
                "minProperties": 1,
                "properties": {
                    "times": {
                        "description": "At the most so many further attempts.",
                        "anyOf": [
                            { "type": "integer", "minimum": 0, "maximum": 100 },
                            { "type": "string", "pattern": "^(0|[1-9][0-9]{0,2})$" },
                        ],
                    },
                    "over": described_reference("text", "At the most so long, such as `1 hour`."),
                },
            }),
        ),
        (
            "on_error",
            json!({
                "description": "What happens when the step has failed for good: go on, or do these steps. Without it the run stops and needs a person.",
                "anyOf": [{ "const": "continue" }, reference("steps")],
            }),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
