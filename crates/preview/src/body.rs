//! What a write would send, as changes of the record: read from the manifest's `body`, as the request would be made.

use bellhop_connector::{Call, CallNames, Does, Operation, Pattern, PreviewSpec, RecordKind, fill};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::change::Patch;

/// What a write would set.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The changes that the input asks for.
    pub(crate) patches: Vec<Patch>,
    /// What every such call sends because of its connection, such as the account's id.
    pub(crate) by_connection: Map<String, Value>,
}

/// The changes that a call makes to a record of `kind`.
pub(crate) fn written(
    operation: &Operation,
    spec: &PreviewSpec,
    kind: &RecordKind,
    call: &Call,
    now: Timestamp,
) -> Written {
    let mut written = Written::default();
    let names = CallNames::of(call, now);
    let body = &operation.request.body;
    let taken = body.take.iter().filter_map(|name| Some((name.clone(), call.input.get(name)?.clone())));
    let mut fields: Map<String, Value> = taken.collect();
    for (name, value) in &body.fill {
        let pattern = Pattern::parse(value);
        let used = pattern.names();
        let of_connection = !used.is_empty() && used.iter().all(|name| name.starts_with("connection."));
        let Some(value) = fill(value, &names) else { continue };
        if of_connection {
            written.by_connection.insert(name.clone(), value);
        } else {
            fields.entry(name.clone()).or_insert(value);
        }
    }
    for (field, from) in &spec.add {
        fields.shift_remove(from);
        let items = items(kind, field, call.input.get(from));
        let removes = !spec.remove_if.is_empty()
            && spec.remove_if.iter().all(|(name, value)| call.input.get(name) == Some(value));
        let patch = if removes { Patch::Remove } else { Patch::Add };
        written.patches.push(patch(field.clone(), items));
    }
    for (field, from) in &spec.remove {
        fields.shift_remove(from);
        written.patches.push(Patch::Remove(field.clone(), items(kind, field, call.input.get(from))));
    }
    for (field, value) in fields {
        if spec.leave.contains(&field) {
            continue;
        }
        match (kind.values.get(&field), value) {
            (Some(list), Value::Array(values)) => {
                for item in values {
                    let id = item["id"].as_str().or_else(|| item["key"].as_str()).unwrap_or_default();
                    let value = item.get(&list.written).or_else(|| item.get(&list.shown));
                    written.patches.push(Patch::Put {
                        field: field.clone(),
                        shown: list.shown.clone(),
                        id: id.to_owned(),
                        value: value.cloned().unwrap_or_default(),
                    });
                }
            }
            (_, value) => {
                let value = if kind.lower_case.contains(&field) { lower(value) } else { value };
                written.patches.push(Patch::Set(field, value));
            }
        }
    }
    written
}

/// Whether an operation changes a record that can be read again.
pub(crate) fn changes_a_record(spec: &PreviewSpec) -> bool {
    matches!(spec.does, Does::Create | Does::Update | Does::Upsert | Does::Delete)
}

fn items(kind: &RecordKind, field: &str, value: Option<&Value>) -> Vec<Value> {
    let items = match value {
        Some(Value::Array(items)) => items.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(one) => vec![one.clone()],
    };
    if kind.lower_case.iter().any(|name| name == field) {
        items.into_iter().map(lower).collect()
    } else {
        items
    }
}

fn lower(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim().to_lowercase()),
        Value::Array(items) => items.into_iter().map(lower).collect(),
        other => other,
    }
}
