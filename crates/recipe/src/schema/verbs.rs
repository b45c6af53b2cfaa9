//! The schema of steps that reach beyond their recipe: loops over an operation, waits for events, questions to people, calls
//! of other recipes. Which recipes there are, and what they take, only the checker knows.

use bellhop_connector::{Catalogue, Field};
use serde_json::{Map, Value, json};

use super::{described, described_reference, fields, reference, titled};
use crate::compile::{loops, types};

/// What a loop goes over: a list, or what an operation finds.
pub(super) fn for_each(
    catalogue: &Catalogue,
    call: impl Fn(&bellhop_connector::Operation) -> Value,
) -> Value {
    let list = Field {
        description:
            "Does something for every item of a list, or for all that an operation finds, page by page."
                .to_owned(),
        ..types::list_of(Field::default())
    };
    let mut schema = fields::value(&list);
    let (mut names, mut groups) = (Vec::new(), Map::new());
    for manifest in catalogue.iter() {
        for (name, operation) in manifest.operations.iter().filter(|(_, one)| loops::finds_list(one)) {
            let full = format!("{}.{name}", manifest.connector);
            if !operation.input.values().any(|field| field.required) {
                names.push(Value::from(full.as_str()));
            }
            groups.insert(full, call(operation));
        }
    }
    let mut ways = Vec::new();
    if !names.is_empty() {
        ways.push(json!({ "title": "All that an operation finds", "enum": names }));
    }
    if !groups.is_empty() {
        ways.push(json!({
            "title": "All that an operation finds",
            "type": "object",
            "additionalProperties": false,
            "properties": titled(groups.into()),
            "allOf": [{ "minProperties": 1, "maxProperties": 1 }],
        }));
    }
    if let Some(all) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        all.extend(ways);
    }
    schema
}

/// A list, or data, as what a loop goes over: nothing that calls an app.
pub(super) fn goes_over_a_list() -> Value {
    json!({
        "properties": {
            "for_each": { "anyOf": [{ "type": "array" }, { "type": "string", "pattern": "^\\$[.\\[]|\\{\\{" }] },
        },
    })
}

pub(super) fn wait_for(catalogue: &Catalogue) -> Value {
    let mut events: Vec<String> = Vec::new();
    for manifest in catalogue.iter() {
        events.extend(manifest.events.keys().map(|name| format!("{}.{name}", manifest.connector)));
    }
    let event = Map::from_iter([("enum".to_owned(), json!(events))]);
    json!({
        "description": "Waits until an app's event comes. The result is the event's data; nothing where the time was up.",
        "anyOf": [
            { "enum": events },
            {
                "title": "Wait for an event",
                "type": "object",
                "additionalProperties": false,
                "required": ["event"],
                "properties": titled(json!({
                    "event": described(event, "", "The event that is waited for."),
                    "where": described_reference("text", "Which of them: a condition over `event`, such as `event.contactId == trigger.id`. Without it, one about the same record as the event that started the run."),
                    "up_to": described_reference("text", "At the most so long, such as `3 days`; then the run goes on without a result."),
                    "connection": described_reference("text", "Only events of this connection."),
                })),
                "defaultSnippets": [{ "label": "Example", "body": { "event": "contacts.contact_updated", "up_to": "3 days" } }],
            },
        ],
    })
}

pub(super) fn approve() -> Value {
    json!({
        "description": "Asks a person, and waits for the answer. The result has `approved`, `by`, `comment` and `timed_out`.",
        "anyOf": [
            { "$ref": "#/$defs/text", "examples": ["Is this a good lead?"] },
            {
                "title": "Ask a person",
                "type": "object",
                "additionalProperties": false,
                "required": ["ask"],
                "properties": titled(json!({
                    "ask": described_reference("text", "What is asked."),
                    "of": described_reference("text", "Who is asked, in words."),
                    "up_to": described_reference("text", "At the most so long, such as `2 days`; then it counts as not approved."),
                })),
                "defaultSnippets": [{ "label": "Example", "body": { "ask": "Is this a good lead?", "up_to": "2 days" } }],
            },
        ],
    })
}

pub(super) fn call() -> Value {
    described_reference(
        "text",
        "Runs another recipe and waits for its end: the file's name without `.yaml`. The result has `run`, `status` and `summary`.",
    )
}

pub(super) fn inputs() -> Value {
    json!({ "description": "What the called recipe is given, by the names of its inputs.", "type": ["object", "null"] })
}

pub(super) fn after() -> Value {
    json!({
        "description": "Begins when these steps are done, by the names of their results, in place of all that stand before it.",
        "type": "array",
        "minItems": 1,
        "items": reference("text"),
    })
}
