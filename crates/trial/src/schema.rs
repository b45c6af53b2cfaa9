//! The JSON Schema of files of tests, for editors (rule R12): closed where the reader is, with every operation's and
//! event's fields. What a value may be is open, because a test writes down values as they are read from their raw text.

use bellhop_connector::{Catalogue, Fields};
use bellhop_journal::RunStatus;
use serde_json::{Map, Value, json};

use crate::Ends;
use crate::read::{DECISION_KEYS, GIVEN_RECORDS, PLAYED_ENDS, STARTS};

/// The JSON Schema (draft 2020-12) of tests of recipes that use these connectors.
pub fn test_schema(catalogue: &Catalogue) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tests of a Bellhop recipe",
        "description": "What comes of a recipe, tried in the sandbox with simulated time: `bellhop test`.",
        "type": "object",
        "additionalProperties": false,
        "required": ["recipe", "tests"],
        "properties": {
            "recipe": { "type": "string", "title": "Recipe", "description": "The recipe's id: its file's name without `.yaml`." },
            "tests": { "type": "array", "title": "Tests", "minItems": 1, "items": { "$ref": "#/$defs/test" } },
        },
        "$defs": definitions(catalogue),
    })
}

fn definitions(catalogue: &Catalogue) -> Value {
    let operations: Vec<(String, &Fields, String)> = catalogue
        .iter()
        .flat_map(|manifest| {
            manifest.operations.iter().map(|(name, operation)| {
                (format!("{}.{name}", manifest.connector), &operation.input, operation.title.clone())
            })
        })
        .collect();
    let names: Vec<&str> = operations.iter().map(|(name, ..)| name.as_str()).collect();
    let fields: Map<String, Value> =
        operations.iter().map(|(name, fields, title)| (name.clone(), group(fields, title, true))).collect();
    let mut change = fields.clone();
    change.insert(
        "after".to_owned(),
        json!({ "type": "string", "title": "After", "description": "How long after the event.", "examples": ["1 day"] }),
    );
    let starts = events(catalogue, &STARTS);
    let mut later = starts.clone();
    later.insert("after".to_owned(), change["after"].clone());
    change.insert(
        "event".to_owned(),
        json!({ "title": "Event", "description": "An event comes that the run may wait for.",
        "anyOf": one_event(catalogue, &[]) }),
    );
    change.insert("approve".to_owned(), decision());
    json!({
        "test": test(),
        "given": given(&names),
        "event": {
            "title": "Event",
            "description": "What starts the recipe. What is left out is taken from the record of that id.",
            "anyOf": one_event(catalogue, &STARTS),
        },
        "later": { "anyOf": [
            { "enum": STARTS },
            { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": starts },
            { "type": "object", "required": ["after"], "minProperties": 2, "maxProperties": 2, "additionalProperties": false,
                "properties": later },
        ] },
        "operations": { "type": "array", "items": { "anyOf": [
            { "enum": names },
            { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": fields },
        ] } },
        "change": { "type": "object", "required": ["after"], "minProperties": 2, "maxProperties": 2,
            "additionalProperties": false, "properties": change },
        "expect": expect(),
    })
}

fn test() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "expect"],
        "oneOf": [{ "required": ["event"] }, { "required": ["events"] }],
        "properties": {
            "name": { "type": "string", "title": "Name", "description": "What is tested, in a sentence.",
                "examples": ["a hot lead is tagged and nobody gets a task"] },
            "given": { "$ref": "#/$defs/given" },
            "event": { "$ref": "#/$defs/event" },
            "events": { "type": "array", "title": "Events", "minItems": 1,
                "description": "Several events, the first when the test begins, the others `after` it or at once.",
                "prefixItems": [{ "$ref": "#/$defs/event" }], "items": { "$ref": "#/$defs/later" } },
            "meanwhile": { "type": "array", "title": "Meanwhile",
                "description": "What happens while the run waits: what others do in the app, an event, a person's decision.", "items": { "$ref": "#/$defs/change" } },
            "expect": { "$ref": "#/$defs/expect" },
        },
    })
}

fn given(operations: &[&str]) -> Value {
    let mut properties = Map::new();
    for kind in GIVEN_RECORDS {
        let words = kind.replace('_', " ");
        properties.insert(
            kind.to_owned(),
            json!({ "type": "array", "title": words, "description": format!("The {words} in the sandbox before the event."),
                "items": { "type": ["object", "string"] } }),
        );
    }
    properties.insert(
        "now".to_owned(),
        json!({ "type": "string", "title": "Now", "description": "When the event comes; by default a Monday morning.",
            "default": "2026-01-05T09:00:00Z" }),
    );
    properties.insert(
        "inputs".to_owned(),
        json!({ "type": "object", "title": "Inputs", "description": "Inputs over the recipe's defaults." }),
    );
    properties.insert(
        "answers".to_owned(),
        json!({ "type": "object", "title": "Answers",
            "description": "What operations of apps give back that the sandbox does not play.",
            "propertyNames": { "enum": operations } }),
    );
    let ends = PLAYED_ENDS.map(RunStatus::name);
    properties.insert(
        "recipes".to_owned(),
        json!({ "type": "object", "title": "Recipes",
            "description": "How called recipes end that do not really run; the others do.",
            "additionalProperties": { "type": "object", "additionalProperties": false, "required": ["status"], "properties": {
                "status": { "enum": ends, "title": "Status", "description": "How it ends." },
                "summary": { "type": "string", "title": "Summary", "description": "What it says at its end." },
            } } }),
    );
    properties.insert(
        "faults".to_owned(),
        json!({ "type": "array", "title": "Faults", "description": "What goes wrong.", "items": {
            "type": "object", "additionalProperties": false, "required": ["on", "answer"], "properties": {
                "on": { "enum": operations, "title": "On", "description": "The operation." },
                "answer": { "title": "Answer", "description": "A status; or what else goes wrong.", "anyOf": [
                    { "type": "integer", "minimum": 400, "maximum": 599 },
                    { "enum": ["nothing", "broken off"] },
                    { "type": "string", "pattern": "^(done then )?[45][0-9][0-9]$" },
                ], "examples": [429, 503, "done then 503", "broken off", "nothing"] },
                "times": { "type": "integer", "minimum": 1, "title": "Times", "description": "How often; without it, always." },
            } } }),
    );
    json!({ "type": "object", "title": "Given", "description": "What there is before the event comes.",
        "additionalProperties": false, "properties": properties })
}

fn one_event(catalogue: &Catalogue, starts: &[&str]) -> Value {
    let events = events(catalogue, starts);
    let named: Vec<&String> = events.keys().collect();
    json!([
        { "enum": named },
        { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
            "properties": events },
    ])
}

/// The events of apps and the other ways in which a recipe starts, with their fields.
fn events(catalogue: &Catalogue, starts: &[&str]) -> Map<String, Value> {
    let mut properties = Map::new();
    for manifest in catalogue.iter() {
        for (name, event) in &manifest.events {
            let group = group(&event.data.fields, &event.title, false);
            properties.insert(format!("{}.{name}", manifest.connector), group);
        }
    }
    for start in starts {
        properties.insert((*start).to_owned(), json!({ "type": ["object", "null"] }));
    }
    properties
}

fn decision() -> Value {
    let yes_or_no = json!([true, false, "yes", "no"]);
    let mut properties = Map::new();
    for key in DECISION_KEYS {
        properties.insert(key.to_owned(), json!({ "type": "string" }));
    }
    properties.insert("approved".to_owned(), json!({ "enum": yes_or_no }));
    json!({ "title": "Approve", "description": "A person decides what the run asks: yes or no.", "anyOf": [
        { "enum": yes_or_no },
        { "type": "object", "additionalProperties": false, "required": ["approved"], "properties": properties },
    ] })
}

fn expect() -> Value {
    let ends = Ends::ALL.map(|(name, _)| name);
    json!({ "type": "object", "title": "Expect", "description": "What is to come of it; what is not said is not looked at.",
        "additionalProperties": false, "properties": {
            "run": { "title": "Run", "description": "How the run ends.", "enum": ends },
            "runs": { "type": "integer", "minimum": 0, "title": "Runs", "description": "How many runs the events start." },
            "reason": { "type": "string", "title": "Reason", "description": "A part of the sentence that says why it ended so." },
            "writes": { "$ref": "#/$defs/operations", "title": "Writes",
                "description": "Calls that happen in this order, others between them; only the fields written here are compared." },
            "no_other_writes": { "title": "No other writes", "enum": [true, false, "yes", "no"],
                "description": "Whether no other writes happen." },
            "never": { "$ref": "#/$defs/operations", "title": "Never", "description": "Calls that never happen." },
            "record": { "type": "object", "title": "Record", "description": "Records as they are in the end, such as `contacts.c1`.",
                "additionalProperties": false,
                "patternProperties": { "^(contacts|tasks|notes|appointments|opportunities)\\..": { "type": ["object", "null"] } } },
        } })
}

/// A group of fields: their names and words, and any values.
fn group(fields: &Fields, title: &str, closed: bool) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, field)| {
            let mut words = Map::new();
            for (key, text) in [("title", &field.title), ("description", &field.description)] {
                if !text.is_empty() {
                    words.insert(key.to_owned(), text.as_str().into());
                }
            }
            (name.clone(), Value::Object(words))
        })
        .collect();
    json!({ "type": ["object", "null"], "title": title, "additionalProperties": !closed, "properties": properties })
}
