//! The schema of steps: one verb each, and the modifiers that go with it.

use bellhop_connector::{Catalogue, Field, Operation};
use serde_json::{Map, Value, json};

use super::{described, described_reference, fields, none_of, reference, titled, verbs};
use crate::compile::types;

/// The verbs that are no calls, each by the key that only it has.
const VERBS: [&str; 12] = [
    "then", "choose", "for_each", "parallel", "set", "map", "stop", "fail", "wait", "wait_for", "call",
    "approve",
];
const NO_VERB: &str = "This step does nothing yet: name an operation of an app, or write `if` with `then`, `choose`, `for_each`, `parallel`, `set`, `map`, `wait`, `wait_for`, `call`, `approve`, `stop` or `fail`.";
const TWO_VERBS: &str = "A step does one thing. Begin another step, with a dash, for the other.";

pub(super) fn definitions(catalogue: &Catalogue, into: &mut Map<String, Value>) {
    let mut properties = flow(catalogue);
    let mut verbs = VERBS.map(str::to_owned).to_vec();
    for manifest in catalogue.iter() {
        for (name, operation) in &manifest.operations {
            let full = format!("{}.{name}", manifest.connector);
            properties.insert(full.clone(), call(operation));
            verbs.push(full);
        }
    }
    properties.extend(modifiers());
    let rest: Vec<&String> = properties.keys().filter(|key| !verbs.contains(key)).collect();
    // Nothing but keys that are no verbs. A key that is unknown has its own complaint, and is probably the verb.
    let some_verb = json!({
        "if": { "propertyNames": { "enum": rest } },
        "then": { "errorMessage": NO_VERB, "type": "null" },
    });
    let alone: Vec<Value> = verbs.iter().map(|verb| json!({ "required": [verb] })).collect();
    let no_other_verb = json!({ "if": { "oneOf": alone }, "else": none_of(TWO_VERBS, &verbs) });
    into.insert("retry".to_owned(), retry());
    into.insert("steps".to_owned(), json!({ "type": "array", "minItems": 1, "items": reference("step") }));
    into.insert(
        "step".to_owned(),
        json!({
            "type": "object",
            "title": "Step",
            "additionalProperties": false,
            "properties": titled(properties.into()),
            "allOf": [some_verb, no_other_verb],
            "dependentRequired": {
                "then": ["if"],
                "else": ["then"],
                "otherwise": ["choose"],
                "do": ["for_each"],
                "at_once": ["for_each"],
                "inputs": ["call"],
                "for_each": ["do"],
            },
            "dependentSchemas": VERBS.map(|verb| (verb.to_owned(), misplaced(verb))).into_iter().collect::<Map<_, _>>(),
        }),
    );
}

fn retry() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": titled(json!({
            "times": {
                "description": "At the most so many further attempts.",
                "anyOf": [
                    { "type": "integer", "minimum": 0, "maximum": 100 },
                    { "type": "string", "pattern": "^(0|[1-9][0-9]{0,2})$" },
                ],
            },
            "over": described_reference("text", "At the most so long, such as `1 hour`."),
        })),
    })
}

/// What cannot stand beside this verb.
fn misplaced(verb: &str) -> Value {
    let mut keys = vec!["retry", "timeout", "connection"];
    if !["for_each", "map", "wait_for", "call", "approve"].contains(&verb) {
        keys.push("as");
    }
    let mut why = "it goes with calls of an app";
    if ["stop", "fail"].contains(&verb) {
        keys.push("on_error");
        why = "it ends the run";
    }
    let word = if verb == "then" { "if" } else { verb };
    let refused = none_of(&format!("`{word}` cannot have this: {why}."), &keys);
    // A loop over an operation calls an app itself.
    if verb == "for_each" { json!({ "if": verbs::goes_over_a_list(), "then": refused }) } else { refused }
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
    // The fields, or data that has them all.
    let deprecated = schema.remove("deprecated");
    let mut ways =
        Map::from_iter([("anyOf".to_owned(), json!([Value::Object(schema), reference("whole_data")]))]);
    ways.extend(deprecated.map(|value| ("deprecated".to_owned(), value)));
    described(ways, &operation.title, description.trim())
}

fn flow(catalogue: &Catalogue) -> Map<String, Value> {
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
                    "title": "Case",
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["when", "do"],
                    "properties": titled(json!({
                        "when": described_reference("text", "The condition of this case."),
                        "do": described_reference("steps", "The steps of this case."),
                    })),
                },
            }),
        ),
        ("otherwise", described_reference("steps", "The steps where no case fits.")),
        ("for_each", verbs::for_each(catalogue, call)),
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
        ("map", map()),
        ("wait_for", verbs::wait_for(catalogue)),
        ("call", verbs::call()),
        ("inputs", verbs::inputs()),
        ("approve", verbs::approve()),
        ("stop", described_reference("text", "Ends the run, well. The text is the reason.")),
        ("fail", described_reference("text", "Ends the run as failed. The text is the reason.")),
        (
            "wait",
            json!({
                "description": "Waits, over restarts too.",
                "anyOf": [
                    { "$ref": "#/$defs/text", "examples": ["2 days", "90 minutes"] },
                    {
                        "title": "Until a moment",
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["until"],
                        "properties": titled(json!({
                            "until": moment,
                            "minus": described_reference("text", "So long before it, such as `1 hour`."),
                            "plus": described_reference("text", "So long after it, such as `2 days`."),
                        })),
                    },
                ],
            }),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn map() -> Value {
    json!({
        "description": "Makes a record of another by a mapping.",
        "type": "object",
        "additionalProperties": false,
        "required": ["mapping", "from"],
        "properties": titled(json!({
            "mapping": described_reference("text", "The mapping: a file's name under mappings/ without its ending, or one of the recipe's own."),
            "from": fields::value(&Field {
                description: "The record, such as `$.contact`.".to_owned(),
                ..types::of(bellhop_connector::FieldKind::Object)
            }),
        })),
    })
}

fn modifiers() -> Map<String, Value> {
    let all = [
        (
            "as",
            described_reference("name", "A name for the result, for later steps; in a loop, for the item."),
        ),
        ("about", described_reference("text", "A note that histories and drawings show.")),
        ("after", verbs::after()),
        ("connection", described_reference("text", "Which account, where there are several.")),
        ("timeout", described_reference("text", "How long one attempt may take, such as `30 seconds`.")),
        ("retry", described_reference("retry", "How often and how long a failing call is tried again.")),
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
