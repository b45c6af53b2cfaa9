//! `bellhop schema`: JSON Schemas made from the code and the manifests, for editors.

use std::path::Path;

use bellhop_connector::Catalogue;
use serde_json::{Value, json};

use crate::arguments::SchemaArguments;
use crate::compose::Shelf;
use crate::generated::{Generated, settle};
use crate::trouble::{Ending, Trouble};

/// Prints or writes the schemas.
pub(crate) fn schema(arguments: &SchemaArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let Some(folder) = &arguments.out else {
        anstream::println!("{:#}", bellhop_recipe::recipe_schema(&shelf.catalogue));
        return Ok(Ending::Fine);
    };
    settle(folder, &files(&shelf.catalogue), arguments.check)
}

/// The schemas as files.
pub(crate) fn files(catalogue: &Catalogue) -> Vec<Generated> {
    vec![
        file("recipe.schema.json", &bellhop_recipe::recipe_schema(catalogue)),
        file("mapping.schema.json", &bellhop_recipe::mapping_schema(catalogue)),
        file("connector.schema.json", &bellhop_connector::manifest_schema()),
        file("test.schema.json", &bellhop_trial::test_schema(catalogue)),
        file("bellhop.schema.json", &workspace_schema(catalogue)),
    ]
}

fn file(name: &str, schema: &Value) -> Generated {
    Generated { name: name.to_owned(), text: format!("{schema:#}\n") }
}

/// The schema of `bellhop.yaml`: closed, with each connector's own settings.
pub(crate) fn workspace_schema(catalogue: &Catalogue) -> Value {
    let secret = json!({
        "description": "Where the secret is to be found",
        "oneOf": [
            { "type": "object", "title": "By name in the vault", "required": ["secret"], "additionalProperties": false,
              "properties": { "secret": { "type": "string", "description": "Kept with `bellhop secrets set`, or the variable BELLHOP_SECRET_<NAME>" } } },
            { "type": "object", "title": "In an environment variable", "required": ["env"], "additionalProperties": false,
              "properties": { "env": { "type": "string" } } },
        ],
    });
    let mut settings = serde_json::Map::new();
    for manifest in catalogue.iter() {
        for (name, setting) in &manifest.settings {
            settings.entry(name.clone()).or_insert_with(
                || json!({ "type": "string", "title": setting.title, "description": setting.description }),
            );
        }
    }
    let keys: serde_json::Map<String, Value> = catalogue
        .iter()
        .filter_map(|manifest| manifest.webhook.as_ref())
        .flat_map(|webhook| &webhook.signatures)
        .map(|rule| {
            (
                rule.key_setting.clone(),
                json!({ "type": "string", "description": format!("The key that checks {}", rule.header) }),
            )
        })
        .collect();
    let names: Vec<_> = catalogue.iter().map(|manifest| manifest.connector.as_str()).collect();
    let mut connection = json!({
        "connector": { "enum": names, "description": "By default the connection's own name" },
        "base_url": { "type": "string", "pattern": "^https?://", "description": "Instead of the app's own address: a sandbox, a region" },
        "auth": {
            "title": "Credentials", "description": "How it proves who it is",
            "anyOf": [{ "const": "none" }, { "type": "object" }],
            "additionalProperties": false,
            "properties": {
                "token": { "title": "Token", "description": "A private integration token, an API key or a secret address", "$ref": "#/$defs/secret" },
                "oauth": {
                    "title": "OAuth 2.0", "type": "object", "additionalProperties": false,
                    "required": ["client_id", "client_secret", "refresh_token"],
                    "properties": { "client_id": { "type": "string" }, "client_secret": { "$ref": "#/$defs/secret" }, "refresh_token": { "$ref": "#/$defs/secret" } },
                },
            },
        },
        "webhook": {
            "title": "Webhook keys", "type": "object", "additionalProperties": { "type": "string" }, "properties": keys,
            "description": "Public keys of the webhook sender where they differ from the app's published ones",
        },
        "reconcile": {
            "title": "Asking for what was not told",
            "description": "How often the app is asked for events that it should have told of and did not; by default every 15 minutes",
            "anyOf": [{ "enum": ["off", false] }, { "type": "object" }],
            "additionalProperties": false,
            "required": ["every"],
            "properties": { "every": { "type": "string", "description": "Such as `15 minutes`; at least a minute", "default": "15 minutes" } },
        },
        "rate_limits": { "type": "array", "description": "Instead of the app's own limits", "items": {
            "type": "object", "required": ["limit", "per"], "additionalProperties": false,
            "properties": { "limit": { "type": "integer", "minimum": 1 }, "per": { "type": "string", "examples": ["10 seconds"] }, "key": { "type": "string" } } } },
    });
    if let Some(properties) = connection.as_object_mut() {
        properties.extend(settings);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bellhop workspace",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "time_zone": { "title": "Time zone", "type": "string", "description": "Of schedules and of dates in words", "examples": ["Europe/London"] },
            "connections": { "title": "Connections", "type": "object", "description": "Accounts, by name", "additionalProperties": {
                "type": "object", "additionalProperties": false, "properties": connection } },
            "store": { "title": "Store", "description": "The file in which events and runs are kept", "type": "string", "pattern": "^sqlite:.", "default": "sqlite:.bellhop/bellhop.db" },
            "history": { "title": "History", "type": "string", "default": "90 days", "examples": ["1 year"], "description": "How long finished runs and their events are kept; at least 7 days" },
            "alerts": { "title": "Alerts", "type": "object", "additionalProperties": false,
                "description": "How people are told that runs need them; many troubles are one message, at most one in five minutes", "properties": {
                "slack": { "title": "Slack", "type": "object", "additionalProperties": false, "description": "By an incoming webhook, or over a connection to a channel", "properties": {
                    "webhook": { "$ref": "#/$defs/secret", "description": "The secret that holds the incoming webhook's address" },
                    "connection": { "type": "string" },
                    "channel": { "type": "string", "examples": ["#ops"] } } },
                "email": { "title": "E-mail", "type": "object", "additionalProperties": false, "required": ["to"], "properties": {
                    "connection": { "type": "string", "default": "email" },
                    "to": { "type": "array", "minItems": 1, "items": { "type": "string" }, "examples": [["ops@example.com"]] } } },
                "webhook": { "title": "Webhook", "type": "object", "additionalProperties": false, "required": ["url"], "description": "A POST of JSON to any address", "properties": {
                    "url": { "type": "string" },
                    "token": { "$ref": "#/$defs/secret", "description": "Sent as `Authorization: Bearer …`" } } } } },
            "traces": { "title": "Traces", "type": "object", "additionalProperties": false, "required": ["endpoint"], "description": "Where OpenTelemetry traces are sent (OTLP over HTTP)", "properties": {
                "endpoint": { "type": "string", "pattern": "^https?://", "examples": ["http://127.0.0.1:4318"] } } },
            "server": { "title": "Server", "type": "object", "additionalProperties": false, "properties": {
                "listen": { "type": "string", "default": "127.0.0.1:8600", "description": "Where webhooks come in" },
                "token": { "$ref": "#/$defs/secret", "description": "Opens histories and figures (/api, /metrics) to other machines; without it they are shown to this one only" },
                "deliveries_per_second": { "type": "integer", "minimum": 1, "default": 10000, "description": "At the most so many deliveries a second for each webhook address; the others are sent back to come again" } } },
        },
        "$defs": { "secret": secret },
    })
}
