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
        "mappings": {
            "description": "Mappings of this recipe alone, by name. Those that recipes share stand in files under mappings/.",
            "type": "object",
            "additionalProperties": reference("mapping"),
        },
        "trigger": {
            "description": "What starts the recipe: one trigger, or a list of them.",
            "anyOf": [
                reference("trigger"),
                { "type": "array", "minItems": 1, "items": reference("trigger") },
            ],
        },
        "steps": described_reference("steps", "What the recipe does, in the order written."),
        "on_failure": described_reference("steps", "What is done when a run has failed. `error` says why; names of `steps` are not known."),
        "settings": {
            "description": "What holds for all steps, where a step does not say otherwise.",
            "type": "object",
            "additionalProperties": false,
            "properties": titled(json!({
                "time_zone": {
                    "description": "The zone of schedules and of words such as `tomorrow at 09:00`; by default the workspace's.",
                    "$ref": "#/$defs/text",
                    "examples": ["Europe/London"],
                },
                "retry": described_reference("retry", "How often and how long a failing call is tried again."),
                "timeout": described_reference("text", "How long one attempt of a call may take, such as `30 seconds`."),
            })),
        },
    })
}

pub(super) fn definitions(catalogue: &Catalogue, into: &mut Map<String, Value>) {
    into.insert("input".to_owned(), input());
    into.insert("event".to_owned(), event(false));
    into.insert("event_to_ask_for".to_owned(), event(true));
    into.insert("schedule".to_owned(), schedule());
    let mut short = vec![json!("manual")];
    let mut long = Map::new();
    for manifest in catalogue.iter() {
        for (name, spec) in &manifest.events {
            let full = format!("{}.{name}", manifest.connector);
            let definition = if spec.poll.is_some() { "event_to_ask_for" } else { "event" };
            let schema = Map::from_iter([("$ref".to_owned(), json!(format!("#/$defs/{definition}")))]);
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

/// `asked`: whether the app can be asked for it.
fn event(asked: bool) -> Value {
    let mut event = json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": titled(json!({
            "only_if": described_reference("text", "A condition over `trigger`: only events for which it holds start the recipe."),
            "in_order_per": described_reference("text", "Events with the same value of this are handled one after the other; by default those of one record."),
            "once_per": described_reference("text", "Of events with the same value of this only the first starts the recipe, such as `trigger.email`."),
            "within": described_reference("text", "For how long `once_per` holds, such as `1 day`; without it, for ever."),
            "connection": described_reference("text", "Only events of this connection."),
            "via": { "description": "How Bellhop learns of it: the app tells.", "enum": ["webhook"] },
        })),
        "dependentRequired": { "within": ["once_per"] },
    });
    if asked {
        event["properties"]["via"]["description"] =
            json!("How Bellhop learns of it: the app tells, or is asked again and again.");
        event["properties"]["via"]["enum"] = json!(["webhook", "poll"]);
        let every = described_reference(
            "text",
            "How often the app is asked, such as `5 minutes`; at least every minute.",
        );
        event["properties"]["every"] = titled(json!({ "every": every }))["every"].take();
        event["dependentSchemas"] =
            json!({ "every": { "required": ["via"], "properties": { "via": { "const": "poll" } } } });
    }
    event
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
            "verify": {
                "description": "How the sender proves who it is. What does not is refused, and nothing is stored of it.",
                "type": "object",
                "additionalProperties": false,
                "required": ["secret"],
                "properties": titled(json!({
                    "secret": {
                        "description": "The name of the secret in the workspace's vault.",
                        "type": ["string", "number", "boolean"],
                        "pattern": "^[A-Za-z0-9_-]+$",
                    },
                    "how": {
                        "description": "`token`: the header holds the secret itself. `hmac_sha256`: it holds a signature of the body, made with the secret.",
                        "enum": ["token", "hmac_sha256"],
                        "default": "token",
                    },
                    "header": {
                        "description": "The header with the proof. By default `Authorization` for a token, `X-Signature` for a signature.",
                        "type": "string",
                        "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
                        "examples": ["X-Token"],
                    },
                })),
            },
            "only_if": reference("text"),
            "once_per": reference("text"),
            "within": reference("text"),
            "in_order_per": reference("text"),
        })),
        "dependentRequired": { "within": ["once_per"] },
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
