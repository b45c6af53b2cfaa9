//! Fields: what a value may be. A small part of JSON Schema, with what people need beside it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields by name, in the order people should see them.
pub type Fields = IndexMap<String, Field>;

/// One field of an operation's input or output, or of an event's data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name of a field group under the manifest's `schemas:` that this field is; expanded when the manifest is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What kind of value.
    #[serde(rename = "type", default)]
    pub kind: FieldKind,
    /// A finer rule for texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// A short name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a call without it is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether a written null (which clears) is taken.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// The only values it takes, where it is so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Value>,
    /// What each item of a list is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Field>>,
    /// The fields of an object; empty means any.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: Fields,
    /// For an object: whether it may have fields that are not listed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    /// What it picks from the account: `tag`, `user`, `calendar`, `campaign`, `workflow`, `custom_field` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// A made-up value that shows the shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
}

/// The kinds of value. The names are JSON Schema's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Anything.
    #[default]
    Any,
    /// Text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A list.
    Array,
    /// Named values.
    Object,
}

/// Finer rules for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A moment: ISO 8601 with a zone. In a recipe also words such as `in 2 days`.
    DateTime,
    /// A day: `2026-11-21`.
    Date,
    /// An e-mail address.
    Email,
    /// A phone number, best as E.164.
    Phone,
    /// An address of a page.
    Uri,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if hands out references")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Field {
    /// The field reached by a dotted path such as `appointment.startTime`; list items are stepped into.
    pub fn at(&self, path: &str) -> Option<&Field> {
        path.split('.').filter(|part| !part.is_empty()).try_fold(self, |field, part| {
            let field = field.items.as_deref().unwrap_or(field);
            field.fields.get(part)
        })
    }

    /// The kind in words for people: `text`, `list of text`, `date and time`, `user id`.
    pub fn in_words(&self) -> String {
        if let Some(selector) = &self.selector
            && self.kind == FieldKind::String
        {
            return format!("{} id", selector.replace('_', " "));
        }
        let words = match (self.kind, self.format) {
            (_, Some(Format::DateTime)) => "date and time",
            (_, Some(Format::Date)) => "day",
            (_, Some(Format::Email)) => "e-mail",
            (_, Some(Format::Phone)) => "phone",
            (_, Some(Format::Uri)) => "web address",
            (FieldKind::Any, None) => "anything",
            (FieldKind::String, None) => "text",
            (FieldKind::Number, None) => "number",
            (FieldKind::Integer, None) => "whole number",
            (FieldKind::Boolean, None) => "true or false",
            (FieldKind::Object, None) => "group of fields",
            (FieldKind::Array, None) => match self.items.as_deref() {
                Some(item) => return format!("list of {}", item.in_words()),
                None => "list",
            },
        };
        words.to_owned()
    }
}
