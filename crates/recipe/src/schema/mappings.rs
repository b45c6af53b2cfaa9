//! The schema of field mappings: of files under `mappings/`, and of those in a recipe.

use bellhop_connector::{Catalogue, Field};
use serde_json::{Map, Value, json};

use super::{described_reference, fields, reference, titled};
use crate::compile::sides::{Side, names, shape};
use crate::conversion::NAMES;

/// The definition `mapping`, and what it needs; `text` and `yes_no` must be there. `group` makes the schema of a target's
/// fields.
pub(super) fn definitions(catalogue: &Catalogue, group: fn(&Field) -> Value, into: &mut Map<String, Value>) {
    into.insert("conversion".to_owned(), conversion());
    let sides = |side| {
        catalogue.iter().flat_map(move |manifest| {
            let full = move |name: &str| format!("{}.{name}", manifest.connector);
            names(manifest, side).into_iter().map(full).collect::<Vec<_>>()
        })
    };
    let from: Vec<String> = sides(Side::From).collect();
    let to: Vec<String> = sides(Side::To).collect();
    let targets = catalogue.iter().flat_map(|manifest| {
        names(manifest, Side::To).into_iter().filter_map(move |name| {
            let shape = shape(manifest, name, Side::To)?;
            Some((format!("{}.{name}", manifest.connector), shape))
        })
    });
    let by_target: Vec<Value> = targets
        .map(|(to, shape)| {
            json!({
                "if": { "properties": { "to": { "const": to } }, "required": ["to"] },
                "then": { "properties": { "fields": group(&shape) } },
            })
        })
        .collect();
    into.insert(
        "mapping".to_owned(),
        json!({
            "title": "Mapping",
            "description": "How a record of one app becomes one of another.",
            "type": "object",
            "additionalProperties": false,
            "required": ["from", "to", "fields"],
            "properties": titled(json!({
                "description": described_reference("text", "What the mapping is for, in a sentence."),
                "from": { "description": "What a record is made of: a record, an event, or what an operation gives.", "enum": from },
                "to": { "description": "What is made: a record, or what an operation takes.", "enum": to },
                "both_ways": {
                    "description": "Whether it leads back as well. Each field is then made of one field, or by a conversion.",
                    "$ref": "#/$defs/yes_no",
                    "default": false,
                },
                "fields": {
                    "description": "The fields of what is made, each with its value: a pick such as `$.email`, text with `{{ email }}` in it, or itself. A dot leads into a group.",
                    "type": "object",
                    "minProperties": 1,
                },
            })),
            "allOf": by_target,
        }),
    );
}

/// Which fields a target has, and no more: for recipes, whose schema would grow by what every app takes.
pub(super) fn names_only(shape: &Field) -> Value {
    let names: Vec<&str> = shape.fields.keys().map(String::as_str).collect();
    json!({ "propertyNames": { "pattern": format!("^({})(\\..+)?$", names.join("|")) } })
}

/// The fields of a target with what each takes, also with dots.
pub(super) fn with_values(shape: &Field) -> Value {
    let value = |field: &Field| {
        let own = fields::value(field);
        if field.fields.contains_key("convert") {
            return own;
        }
        // A group with `convert` in it is a conversion, whatever the field holds.
        json!({
            "if": { "type": "object", "required": ["convert"] },
            "then": reference("conversion"),
            "else": own,
            "title": if field.title.is_empty() { Value::Null } else { field.title.as_str().into() },
        })
    };
    let properties: Map<String, Value> =
        shape.fields.iter().map(|(name, field)| (name.clone(), without_null(value(field)))).collect();
    let groups = shape.fields.iter().filter(|(_, field)| {
        use bellhop_connector::FieldKind::{Any, Object};
        matches!(field.kind, Any | Object)
    });
    let below: Map<String, Value> = groups
        .map(|(name, field)| {
            let open = field.open || field.fields.is_empty();
            let names: Vec<&str> = field.fields.keys().map(String::as_str).collect();
            let pattern = if open { "." } else { &*format!("({})(\\.|$)", names.join("|")) };
            (format!("^{name}\\.{pattern}"), json!({}))
        })
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": titled(properties.into()),
        "patternProperties": below,
    })
}

fn without_null(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    schema
}

fn conversion() -> Value {
    json!({
        "title": "Conversion",
        "description": "One field by a named conversion, which leads back as well.",
        "type": "object",
        "additionalProperties": false,
        "required": ["from", "convert"],
        "properties": titled(json!({
            "from": described_reference("text", "The field, written like `$.size`."),
            "convert": {
                "description": "How: by name, or by a table.",
                "anyOf": [
                    { "enum": NAMES },
                    reference("text"),
                    {
                        "title": "By a table",
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["table"],
                        "properties": { "table": { "title": "Table", "type": "object", "description": "What is on the left becomes what is on the right." } },
                    },
                ],
            },
        })),
    })
}
