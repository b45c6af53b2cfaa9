//! The schema of a field's value: itself, a pick, or text with expressions.

use bellhop_connector::{Field, FieldKind, Format};
use bellhop_source::{Node, NodeValue, ScalarStyle, Span};
use serde_json::{Map, Value, json};

use super::{described, reference, titled};

/// `true`, `false`, `yes` and `no` in any letter case.
const YES_NO: &str = "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo])$";

pub(super) fn definitions(into: &mut Map<String, Value>) {
    let all = [
        ("text", json!({ "type": ["string", "number", "boolean"], "pattern": "\\S" })),
        ("name", name()),
        ("yes_no", json!({ "anyOf": [{ "type": "boolean" }, { "type": "string", "pattern": YES_NO }] })),
        (
            "data",
            json!({
                "title": "Data of the run",
                "description": "A pick such as `$.contact.email`, or text with `{{ contact.firstName }}` in it.",
                "type": "string",
                "pattern": "^\\$[.\\[]|\\{\\{|\\{%",
            }),
        ),
        (
            "whole_data",
            json!({
                "title": "Data of the run",
                "description": "A pick such as `$.contact.tags`, or one `{{ … }}` and nothing else.",
                "type": "string",
                "pattern": "^\\$[.\\[]|^\\s*\\{\\{([^{]|\\{[^{])*\\}\\}\\s*$",
            }),
        ),
    ];
    into.extend(all.map(|(name, schema)| (name.to_owned(), schema)));
}

fn name() -> Value {
    let taken: Vec<&str> = crate::compile::names::taken().collect();
    json!({
        "type": "string",
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "not": { "enum": taken },
    })
}

/// What a field takes.
pub(super) fn value(field: &Field) -> Value {
    let mut schema = Map::new();
    if field.kind != FieldKind::Any || !field.choices.is_empty() {
        let nested = matches!(field.kind, FieldKind::Array | FieldKind::Object);
        let mut ways = itself(field);
        // Any text is taken by a text, data as well.
        if field.kind != FieldKind::String || !field.choices.is_empty() {
            ways.push(reference(if nested { "whole_data" } else { "data" }));
        }
        if field.nullable {
            ways.push(json!({ "type": "null", "description": "Clears the field." }));
        }
        schema.insert("anyOf".to_owned(), Value::Array(ways));
    }
    let (groups, mut examples): (Vec<Value>, Vec<Value>) =
        field.example.iter().cloned().partition(Value::is_object);
    if !groups.is_empty() {
        let snippet = |group: Value| json!({ "label": "Example", "body": group });
        schema.insert("defaultSnippets".to_owned(), groups.into_iter().map(snippet).collect());
    }
    if field.format == Some(Format::DateTime) {
        examples.push(json!("in 2 days"));
        examples.push(json!("tomorrow at 09:00"));
    }
    if !examples.is_empty() {
        schema.insert("examples".to_owned(), Value::Array(examples));
    }
    described(schema, &field.title, &field.description)
}

/// What a field takes that is written out.
fn itself(field: &Field) -> Vec<Value> {
    if !field.choices.is_empty() && field.kind != FieldKind::Array {
        return vec![json!({ "enum": choices(&field.choices) })];
    }
    match field.kind {
        FieldKind::Any => vec![json!({})],
        FieldKind::String => vec![json!({ "type": ["string", "number", "boolean"] })],
        FieldKind::Number => vec![
            json!({ "type": "number" }),
            json!({ "type": "string", "pattern": "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$" }),
        ],
        FieldKind::Integer => vec![
            json!({ "type": "integer" }),
            json!({ "type": "string", "pattern": "^-?(0|[1-9][0-9]*)(\\.0+)?$" }),
        ],
        FieldKind::Boolean => vec![reference("yes_no")],
        FieldKind::Array => {
            let mut list = Map::from_iter([("type".to_owned(), json!("array"))]);
            if let Some(items) = &field.items {
                list.insert("items".to_owned(), value(items));
            }
            vec![Value::Object(list)]
        }
        FieldKind::Object => vec![group(field.fields.iter(), field.open || field.fields.is_empty())],
    }
}

/// A group of fields.
pub(super) fn group<'f>(fields: impl Iterator<Item = (&'f String, &'f Field)>, open: bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, field) in fields {
        properties.insert(name.clone(), value(field));
        if field.required {
            required.push(Value::from(name.as_str()));
        }
    }
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), titled(properties.into())),
    ]);
    if !open {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    Value::Object(schema)
}

/// Choices as they may be written: `1` and `"1"` are the same choice, and so are `yes` and `true`.
fn choices(choices: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for choice in choices {
        let text = crate::compile::literals::as_text(choice);
        let scalar = NodeValue::Scalar { text: text.clone(), style: ScalarStyle::Plain };
        let mut forms =
            vec![choice.clone(), Node { span: Span::default(), value: scalar }.to_json(), text.into()];
        if let Value::Bool(value) = choice {
            forms.push(json!(if *value { "yes" } else { "no" }));
        }
        for form in forms {
            if !all.contains(&form) {
                all.push(form);
            }
        }
    }
    all
}
