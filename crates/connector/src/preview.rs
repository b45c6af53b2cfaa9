//! What a manifest says for previews: which kinds of record an app has, and what each operation does to them. With this a
//! dry run can say what a write would make without making it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind of record of an app, such as a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordKind {
    /// The field group under `schemas` that such a record is, so that mappings can name it; none: they cannot.
    pub schema: Option<String>,
    /// The fields that tell people which record it is, put together with spaces: those that have a value, up to two.
    pub named_by: Vec<String>,
    /// The record it belongs to, where it does.
    pub of: Option<ParentRecord>,
    /// Texts and lists of texts that the app keeps in lower case.
    pub lower_case: Vec<String>,
    /// Fields that hold a list of values by id, such as custom fields.
    pub values: IndexMap<String, ValueList>,
}

/// The record that another one belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentRecord {
    /// Its kind.
    pub kind: String,
    /// The field with its id, in the record and in the input of operations.
    pub field: String,
}

/// A list of values by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueList {
    /// The key of an item's value when it is written.
    pub written: String,
    /// The key of an item's value when it is read.
    pub shown: String,
    /// The reading operation that lists the ids with their `name`.
    pub definitions: String,
    /// What recipes call the values where they go by name.
    #[serde(default)]
    pub called: String,
}

/// What an operation does to records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSpec {
    /// What it does.
    pub does: Does,
    /// The kind of record; empty: that of the operation's `record`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The input field with the record's id, or with a list of ids; empty: that of the operation's `record`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Lists of the record to which items are added: field of the record → field of the input.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub add: IndexMap<String, String>,
    /// Lists of the record from which items are taken away: field of the record → field of the input.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub remove: IndexMap<String, String>,
    /// With an input of these values, what `add` adds is taken away instead.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub remove_if: IndexMap<String, Value>,
    /// Fields of the body that are no fields of the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave: Vec<String>,
    /// The output, with templates over the input and `{created}`, `{record}`; none: made up from the operation's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<Value>,
}

/// What an operation does to records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Reads: gives one record, or a list of them.
    Show,
    /// Makes a record of the body's fields.
    Create,
    /// Sets the body's fields.
    Update,
    /// Updates the record that the operation's `before` finds, or makes one.
    Upsert,
    /// Removes the record.
    Delete,
    /// Sends a message to somebody.
    Send,
    /// Does something that changes no record that could be read again.
    #[default]
    Act,
}
