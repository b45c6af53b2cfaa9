//! What a manifest says for choosing: how the things of an account that recipes name by id (users, tags, calendars) are listed,
//! so that people can choose them by name.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the things of one kind are listed. The kind is the `selector` of fields and the type of recipes' inputs, such as `user`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// The reading operation that lists them all.
    pub list: String,
    /// The input of that operation.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub input: IndexMap<String, Value>,
    /// The field of an item that recipes hold: by default `id`. Where it is the same as `name`, people and recipes use the same word.
    #[serde(default = "id")]
    pub id: String,
    /// The field of an item that people know it by: by default `name`.
    #[serde(default = "name")]
    pub name: String,
    /// Whether one that is not in the list may be named as well, because it comes to be when it is first used (a tag).
    #[serde(default)]
    pub open: bool,
}

impl Selector {
    /// Whether what recipes hold means nothing to people, so that it should be shown by its name.
    pub fn needs_names(&self) -> bool {
        self.id != self.name
    }
}

fn id() -> String {
    "id".to_owned()
}

fn name() -> String {
    "name".to_owned()
}
