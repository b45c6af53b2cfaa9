//! Reading: from the app, with what the writes so far would have made laid over it. What only exists here is not looked for
//! in the app.

use bellhop_connector::{
    Call, Connector as _, Does, Failure, FailureClass, FieldKind, Manifest, Operation, Outcome, Page,
    PreviewSpec, RecordKind,
};
use serde_json::{Map, Value, json};

use crate::ledger::{Asker, Known};
use crate::previewed::Previewed;
use crate::record::{Key, Tracked};

/// What a reading operation shows.
struct Shown<'a> {
    name: &'a str,
    kind: &'a RecordKind,
    /// The id that the input names, where it names one.
    id: Option<&'a str>,
}

/// The kind of record that an operation has to do with.
pub(crate) fn kind_of<'a>(operation: &'a Operation, spec: &'a PreviewSpec) -> &'a str {
    match &operation.record {
        Some(record) if spec.kind.is_empty() => &record.kind,
        _ => &spec.kind,
    }
}

/// The input field with the record's id, where the input has it.
pub(crate) fn id_field<'a>(operation: &'a Operation, spec: &'a PreviewSpec) -> Option<&'a str> {
    if !spec.id.is_empty() {
        return Some(&spec.id);
    }
    let record = operation.record.as_ref()?;
    let own = spec.kind.is_empty() || spec.kind == record.kind;
    (own && !record.id.starts_with("output")).then_some(record.id.as_str())
}

/// Reads.
pub(crate) async fn read(previewed: &Previewed, call: Call, operation: &Operation, asker: Asker) -> Outcome {
    let manifest = previewed.manifest();
    let shown = shown(manifest, operation, &call);
    if let Some(outcome) = without_the_app(previewed, &call, operation, shown.as_ref(), asker) {
        return outcome;
    }
    let remembered = match asker {
        Asker::Preview => remembered(&mut previewed.ledger.known(), &call, shown.as_ref()),
        Asker::Recipe => None,
    };
    let answer = match remembered {
        Some(answer) => answer,
        None => match previewed.ask(call.clone(), operation, asker).await {
            Outcome::Done(answer) => answer,
            failed @ Outcome::Failed(_) => return failed,
        },
    };
    let mut known = previewed.ledger.known();
    if is_list_of_names(manifest, &call) {
        known.label(&call.connection.name, &answer, ("id", "name"));
    }
    let Some(shown) = shown else { return Outcome::Done(answer) };
    if asker == Asker::Recipe {
        keep(&mut known, &call, &shown, &answer);
    }
    Outcome::Done(laid_over(&mut known, manifest, &call, &shown, answer))
}

/// Reads one page, of which only so much is played.
pub(crate) async fn page(
    previewed: &Previewed,
    call: Call,
    operation: &Operation,
    after: Option<Value>,
) -> Result<Page, Failure> {
    let manifest = previewed.manifest();
    let shown = shown(manifest, operation, &call);
    match without_the_app(previewed, &call, operation, shown.as_ref(), Asker::Recipe) {
        Some(Outcome::Done(answer)) => return Page::whole(answer),
        Some(Outcome::Failed(failure)) => return Err(failure),
        None => {}
    }
    let read = previewed.ask_page(call.clone(), operation, after).await?;
    let mut known = previewed.ledger.known();
    let Page { items, next } = known.played(operation, &call, read);
    let answer = Value::Array(items);
    if is_list_of_names(manifest, &call) {
        known.label(&call.connection.name, &answer, ("id", "name"));
    }
    let Some(shown) = shown else { return Ok(Page { next, ..Page::whole(answer)? }) };
    keep(&mut known, &call, &shown, &answer);
    let Page { items, .. } = Page::whole(answer)?;
    let mut items: Vec<Value> =
        items.into_iter().filter_map(|item| one(&mut known, manifest, &call, &shown, item)).collect();
    if next.is_none() {
        items.extend(children(&known, &call, &shown));
    }
    Ok(Page { items, next })
}

/// Whether the operation lists what ids in other records are called.
fn is_list_of_names(manifest: &Manifest, call: &Call) -> bool {
    let mut lists = manifest.records.values().flat_map(|kind| kind.values.values());
    lists.any(|list| list.definitions == call.operation)
}

/// What is known already of what a dry run wants to know.
fn remembered(known: &mut Known, call: &Call, shown: Option<&Shown<'_>>) -> Option<Value> {
    let same = known.look(call);
    same.or_else(|| {
        let shown = shown?;
        known.sparing(&key(call, shown.name, shown.id?)).map(Value::Object)
    })
}

fn keep(known: &mut Known, call: &Call, shown: &Shown<'_>, answer: &Value) {
    for record in answer.as_array().into_iter().flatten().chain([answer]) {
        if let (Some(id), Some(record)) = (record["id"].as_str(), record.as_object()) {
            known.keep_shown(&key(call, shown.name, id), record);
        }
    }
}

fn shown<'a>(manifest: &'a Manifest, operation: &'a Operation, call: &'a Call) -> Option<Shown<'a>> {
    let spec = operation.preview.as_ref().filter(|spec| spec.does == Does::Show)?;
    let name = kind_of(operation, spec);
    let kind = manifest.records.get(name)?;
    let id = id_field(operation, spec).and_then(|field| call.input.get(field)?.as_str());
    Some(Shown { name, kind, id })
}

/// The answer where the app cannot know it: of records that only exist here, or no longer would.
fn without_the_app(
    previewed: &Previewed,
    call: &Call,
    operation: &Operation,
    shown: Option<&Shown<'_>>,
    asker: Asker,
) -> Option<Outcome> {
    let mut known = previewed.ledger.known();
    let would_be_asked = |known: &mut Known| {
        if asker == Asker::Recipe {
            known.count(previewed.manifest(), operation, call, asker, 1);
        }
    };
    if let Some(Shown { name, id: Some(id), .. }) = shown {
        let tracked = known.records.get(&key(call, name, id));
        let outcome = match tracked {
            Some(tracked) if tracked.deleted => Some(gone(name, id)),
            Some(tracked) if tracked.is_made() => Some(Outcome::Done(Value::Object(tracked.current()))),
            _ => None,
        };
        if let Some(outcome) = outcome {
            would_be_asked(&mut known);
            return Some(outcome);
        }
    }
    if !known.has_made_id(&call.input) {
        return None;
    }
    would_be_asked(&mut known);
    let children = shown.map(|shown| children(&known, call, shown)).unwrap_or_default();
    if operation.output.kind == FieldKind::Array {
        return Some(Outcome::Done(Value::Array(children)));
    }
    known.remark(format!(
        "{} was asked about a record that only this preview has made, so its answer is empty here.",
        operation.title
    ));
    Some(Outcome::Done(Value::Null))
}

fn gone(kind: &str, id: &str) -> Outcome {
    let message =
        format!("An earlier step of this preview deletes the {kind} {id}, so it is not found here.");
    Outcome::Failed(Failure::new(FailureClass::NotFound, message))
}

fn laid_over(known: &mut Known, manifest: &Manifest, call: &Call, shown: &Shown<'_>, answer: Value) -> Value {
    match answer {
        Value::Array(items) => {
            let mut all: Vec<Value> =
                items.into_iter().filter_map(|item| one(known, manifest, call, shown, item)).collect();
            all.extend(children(known, call, shown));
            Value::Array(all)
        }
        Value::Null => found_here(known, call, shown).map_or(Value::Null, Value::Object),
        other => one(known, manifest, call, shown, other).unwrap_or_default(),
    }
}

/// One record as it would be; none where it would be gone.
fn one(known: &mut Known, manifest: &Manifest, call: &Call, shown: &Shown<'_>, item: Value) -> Option<Value> {
    let Value::Object(mut record) = item else { return Some(item) };
    let id = record.get("id").and_then(Value::as_str).or(shown.id).unwrap_or_default();
    let key = key(call, shown.name, id);
    if let Some(tracked) = known.records.get(&key) {
        if tracked.deleted {
            return None;
        }
        tracked.lay_over(&mut record);
    }
    known.name(manifest, &key, &record);
    Some(Value::Object(record))
}

/// Records made here that belong to the record which the input names.
fn children(known: &Known, call: &Call, shown: &Shown<'_>) -> Vec<Value> {
    let Some(parent) = &shown.kind.of else { return Vec::new() };
    let Some(wanted @ Value::String(_)) = call.input.get(&parent.field) else { return Vec::new() };
    made(known, call, shown)
        .map(Tracked::current)
        .filter(|record| record.get(&parent.field) == Some(wanted))
        .map(Value::Object)
        .collect()
}

/// A record made here that the app does not know and the input describes: the same e-mail address, for one.
fn found_here(known: &Known, call: &Call, shown: &Shown<'_>) -> Option<Map<String, Value>> {
    let input = call.input.as_object()?;
    let same = |one: &Value, other: &Value| match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.trim().to_lowercase() == other.trim().to_lowercase(),
        _ => one == other,
    };
    made(known, call, shown).map(Tracked::current).find(|record| {
        let wanted = input.iter().filter(|(_, value)| !value.is_null());
        wanted.into_iter().any(|(name, value)| record.get(name).is_some_and(|has| same(has, value)))
    })
}

fn made<'a>(known: &'a Known, call: &'a Call, shown: &'a Shown<'_>) -> impl Iterator<Item = &'a Tracked> {
    let here = |key: &Key| key.kind == shown.name && key.connection == call.connection.name;
    known
        .records
        .iter()
        .filter(move |(key, tracked)| here(key) && tracked.is_made() && !tracked.deleted)
        .map(|(_, tracked)| tracked)
}

/// The record of a call's connection.
pub(crate) fn key(call: &Call, kind: &str, id: &str) -> Key {
    Key { connection: call.connection.name.clone(), kind: kind.to_owned(), id: id.to_owned() }
}

/// The operation that shows one record of a kind by nothing but its id.
pub(crate) fn reader<'a>(manifest: &'a Manifest, kind: &str) -> Option<(&'a str, &'a Operation, &'a str)> {
    manifest.operations.iter().find_map(|(name, operation)| {
        let spec = operation.preview.as_ref().filter(|spec| spec.does == Does::Show)?;
        let field = id_field(operation, spec)?;
        let only = operation.input.iter().all(|(name, input)| name == field || !input.required);
        (kind_of(operation, spec) == kind && only && operation.output.kind == FieldKind::Object).then_some((
            name.as_str(),
            operation,
            field,
        ))
    })
}

/// The call of another operation, for the same step.
pub(crate) fn call_of(call: &Call, operation: &str, input: Value) -> Call {
    Call { operation: operation.to_owned(), input, ..call.clone() }
}

/// The input of a reading by id.
pub(crate) fn by_id(field: &str, id: &str) -> Value {
    json!({ field: id })
}
