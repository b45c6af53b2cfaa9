//! The part of a manifest that says how an operation's request is made.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request, made from the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the base URL, with templates, each filled in percent-encoded. `{url}` alone: a whole address.
    #[serde(default)]
    pub path: String,
    /// Query parameters; absent ones are left out.
    #[serde(default)]
    pub query: IndexMap<String, String>,
    /// An input field whose members are query parameters too (`http.request`).
    #[serde(default)]
    pub query_from: Option<String>,
    /// Headers of this operation beside the manifest's (and over them).
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// An input field whose members are headers too, over those of the manifest, never over the credentials
    /// (`http.request`).
    #[serde(default)]
    pub headers_from: Option<String>,
    /// The body.
    #[serde(default)]
    pub body: Body,
}

/// HTTP methods that manifests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or does.
    Post,
    /// Replaces.
    Put,
    /// Changes parts.
    Patch,
    /// Removes.
    Delete,
    /// The input field `method` says it (`http.request`).
    #[serde(rename = "FROM_INPUT")]
    FromInput,
}

/// How a body is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Body {
    /// How it is written.
    pub encoding: Encoding,
    /// Input fields that go into it under their own names.
    pub take: Vec<String>,
    /// Further members, with templates in their texts (any depth); over the taken ones only where those are absent.
    pub fill: IndexMap<String, Value>,
    /// The body is this input field alone (`http.request`).
    pub whole: Option<String>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// There is none.
    #[default]
    None,
    /// JSON.
    Json,
    /// A form.
    Form,
}
