//! Custom fields by the names that people know. HighLevel wants ids and gives back ids only, so the location's
//! definitions are looked up once and kept, and looked up again when a name or id is not among them.
//!
//! Start at [`CustomFields`]; `definitions.rs` has the names, `values.rs` the types.

mod cache;
mod definitions;
mod values;

use std::sync::Arc;

use bellhop_connector::{Call, Connector, Failure, FailureClass};
use cache::Cache;
use definitions::Definitions;
use serde_json::{Map, Value, json};

/// Puts names where the API has ids, for calls and for answers.
pub(crate) struct CustomFields {
    cache: Cache,
}

impl CustomFields {
    pub(crate) fn of(app: Arc<dyn Connector>) -> Self {
        Self { cache: Cache::of(app) }
    }

    /// The call with `custom_fields` (by name, key or id) turned into the API's `customFields` (by id, in the type
    /// that each field wants). What `customFields` holds already stays.
    pub(crate) async fn by_id(&self, mut call: Call) -> Result<Call, Failure> {
        let Some(input) = call.input.as_object_mut() else { return Ok(call) };
        let wanted = match input.shift_remove("custom_fields") {
            None | Some(Value::Null) => return Ok(call),
            Some(Value::Object(wanted)) if wanted.is_empty() => return Ok(call),
            Some(Value::Object(wanted)) => wanted,
            Some(_) => {
                let message =
                    "custom_fields is not a group of names and values, such as `Lead source: Referral`.";
                let class = FailureClass::Invalid { fields: vec!["custom_fields".into()] };
                return Err(Failure::new(class, message));
            }
        };
        let mut definitions = self.cache.known(&call).await?;
        if wanted.keys().any(|name| !definitions.has(name)) {
            definitions = self.cache.newer_than(&definitions, &call).await?;
        }
        let items = written(&definitions, wanted)?;
        if let Some(input) = call.input.as_object_mut() {
            let list = input.entry("customFields").or_insert_with(|| json!([]));
            if !list.is_array() {
                *list = json!([]);
            }
            if let Some(list) = list.as_array_mut() {
                list.extend(items);
            }
        }
        Ok(call)
    }

    /// Gives every contact in the output `custom_fields` by short key, beside the API's own list. A connection that
    /// may not read the definitions gets its contacts without.
    pub(crate) async fn show(&self, call: &Call, output: &mut Value) -> Result<(), Failure> {
        let contacts = contacts_in(&call.operation, output);
        let ids: Vec<&str> = contacts.iter().flat_map(|contact| field_ids(contact)).collect();
        if ids.is_empty() {
            for contact in contacts {
                contact.entry("custom_fields").or_insert_with(|| json!({}));
            }
            return Ok(());
        }
        let definitions = match self.cache.explaining(&ids, call).await {
            Ok(definitions) => definitions,
            Err(failure) if matches!(failure.class, FailureClass::Forbidden { .. }) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        for contact in contacts {
            let shown = shown(&definitions, contact.get("customFields"));
            contact.insert("custom_fields".into(), Value::Object(shown));
        }
        Ok(())
    }
}

fn written(definitions: &Definitions, wanted: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::with_capacity(wanted.len());
    let mut complaints = Vec::new();
    for (name, value) in wanted {
        let written = definitions
            .find(&name)
            .and_then(|definition| Ok((&definition.id, values::to_api(definition, value)?)));
        match written {
            Ok((id, value)) => items.push(json!({"id": id, "field_value": value})),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() {
        return Ok(items);
    }
    let message = complaints.join(" ");
    Err(Failure::new(FailureClass::Invalid { fields: complaints }, message))
}

fn shown(definitions: &Definitions, list: Option<&Value>) -> Map<String, Value> {
    let mut shown = Map::new();
    for item in list.and_then(Value::as_array).into_iter().flatten() {
        let definition = item["id"].as_str().and_then(|id| definitions.with_id(id));
        let value = ["value", "fieldValue", "field_value"].iter().find_map(|name| item.get(*name));
        if let (Some(definition), Some(value)) = (definition, value) {
            shown.insert(definition.short_key().to_owned(), values::from_api(definition, value));
        }
    }
    shown
}

fn contacts_in<'a>(operation: &str, output: &'a mut Value) -> Vec<&'a mut Map<String, Value>> {
    if operation == "upsert_contact" {
        return output.get_mut("contact").and_then(Value::as_object_mut).into_iter().collect();
    }
    match output {
        Value::Object(contact) => vec![contact],
        Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).collect(),
        _ => Vec::new(),
    }
}

fn field_ids(contact: &Map<String, Value>) -> impl Iterator<Item = &str> {
    contact
        .get("customFields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item["id"].as_str())
}
