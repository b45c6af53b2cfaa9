//! What makes no sense in what a manifest says for previews.

use bellhop_source::{Address, closest};

use super::Found;
use super::names::{Names, reaches};
use crate::{Does, Manifest, Operation, Pattern, PreviewSpec};

/// What `gives` may name beside the input.
const GIVEN: [&str; 2] = ["created", "record"];

pub(super) fn check(manifest: &Manifest, found: &mut Found) {
    kinds(manifest, found);
    for (name, operation) in &manifest.operations {
        if let Some(preview) = &operation.preview {
            let address = Address::root().key("operations").key(name).key("preview");
            what_it_does(operation, preview, &address, found);
            kind(manifest, operation, preview, &address, found);
            fields(manifest, operation, preview, &address, found);
        }
    }
}

fn kinds(manifest: &Manifest, found: &mut Found) {
    for (name, kind) in &manifest.records {
        let address = Address::root().key("records").key(name);
        if let Some(parent) = &kind.of
            && !manifest.records.contains_key(&parent.kind)
        {
            unknown_kind(manifest, &parent.kind, address.key("of").key("kind"), found);
        }
        if let Some(schema) = kind.schema.as_deref().filter(|name| !manifest.schemas.contains_key(*name)) {
            let near = closest(schema, manifest.schemas.keys().map(String::as_str));
            found.unknown(address.key("schema"), format!("there is no field group {schema}"), near);
        }
        for (field, list) in &kind.values {
            let operation = &list.definitions;
            let place = address.key("values").key(field).key("definitions");
            if manifest.operations.get(operation).is_none_or(|one| one.effect.writes()) {
                let known = manifest.operations.keys().map(String::as_str);
                let message = format!("there is no reading operation {operation}");
                found.unknown(place, message, closest(operation, known));
            }
        }
    }
}

fn what_it_does(operation: &Operation, preview: &PreviewSpec, address: &Address, found: &mut Found) {
    let reads = preview.does == Does::Show;
    if reads == operation.effect.writes() {
        found.contradiction(
            address.key("does"),
            "an operation that only reads shows records, and one that writes does something else",
            "Let `does` fit the operation's effect.",
        );
    }
}

fn kind(
    manifest: &Manifest,
    operation: &Operation,
    preview: &PreviewSpec,
    address: &Address,
    found: &mut Found,
) {
    if matches!(preview.does, Does::Send | Does::Act) {
        return;
    }
    let own = operation.record.as_ref().map_or("", |record| record.kind.as_str());
    let kind = if preview.kind.is_empty() { own } else { &preview.kind };
    if !manifest.records.contains_key(kind) {
        unknown_kind(manifest, kind, address.clone(), found);
    }
}

fn unknown_kind(manifest: &Manifest, kind: &str, address: Address, found: &mut Found) {
    let near = closest(kind, manifest.records.keys().map(String::as_str));
    found.unknown(address, format!("records has no kind {kind:?}"), near);
}

fn fields(
    manifest: &Manifest,
    operation: &Operation,
    preview: &PreviewSpec,
    address: &Address,
    found: &mut Found,
) {
    let known = || operation.input.keys().map(String::as_str);
    let mut input = |name: &str, address: Address| {
        if !reaches(&operation.input, name) {
            found.unknown(address, format!("the input has no field {name}"), closest(name, known()));
        }
    };
    if !preview.id.is_empty() {
        input(&preview.id, address.key("id"));
    }
    for (key, names) in [("add", &preview.add), ("remove", &preview.remove)] {
        for (field, name) in names {
            input(name, address.key(key).key(field));
        }
    }
    for name in preview.remove_if.keys() {
        input(name, address.key("remove_if").key(name));
    }
    if let Some(gives) = &preview.gives {
        let pattern = Pattern::parse(gives);
        let names = pattern.names().into_iter().filter(|name| !GIVEN.contains(name));
        Names::of_input(manifest, &operation.input).check(names, &address.key("gives"), found);
    }
}
