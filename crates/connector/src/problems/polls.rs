//! What makes no sense in how a manifest asks for events.

use bellhop_source::{Address, closest};

use super::Found;
use super::events::may_be;
use super::names::Names;
use super::operations::look_up;
use crate::{EventSpec, Field, FieldKind, Fields, Manifest, Pattern, PollSpec};

pub(super) fn check(manifest: &Manifest, found: &mut Found) {
    for (name, event) in &manifest.events {
        if let Some(poll) = &event.poll {
            let address = Address::root().key("events").key(name).key("poll");
            input(poll, manifest, &address, found);
            record(poll, event, manifest, &address, found);
            paces(poll, &address, found);
            for (index, other) in poll.told_by.iter().enumerate() {
                if !manifest.events.contains_key(other) {
                    let known = manifest.events.keys().map(String::as_str);
                    let message = format!("there is no event {other}");
                    found.unknown(address.key("told_by").index(index), message, closest(other, known));
                }
            }
        }
    }
}

fn input(poll: &PollSpec, manifest: &Manifest, address: &Address, found: &mut Found) {
    look_up(manifest, &poll.operation, &poll.input, address, found);
    let since: Fields = [("since".to_owned(), Field::default())].into_iter().collect();
    let names = Names::of_input(manifest, &since);
    for (field, value) in &poll.input {
        names.check(Pattern::parse(value).names(), &address.key("input").key(field), found);
    }
}

/// What is looked up in the records that the operation lists, and how they become the event's data.
fn record(poll: &PollSpec, event: &EventSpec, manifest: &Manifest, address: &Address, found: &mut Found) {
    let Some(operation) = manifest.operations.get(&poll.operation) else { return };
    if operation.output.kind != FieldKind::Array {
        found.contradiction(
            address.key("operation"),
            format!("{} gives no list, so nothing in it can be new", poll.operation),
            "Name an operation whose output is a list.",
        );
        return;
    }
    let anything = Field { open: true, ..Field::default() };
    let listed = operation.output.items.as_deref().unwrap_or(&anything);
    let paths = [("at", poll.at.as_ref()), ("unless_same", poll.unless_same.as_ref())];
    for (key, path) in paths.into_iter().filter_map(|(key, path)| Some((key, path?))) {
        if !may_be(listed, path) {
            let known = listed.fields.keys().map(String::as_str);
            let message = format!("what {} lists has no field {path}", poll.operation);
            found.unknown(address.key(key), message, closest(path, known));
        }
    }
    for (place, field) in [("what the operation lists", listed), ("the event's data", &event.data)] {
        if !poll.id.iter().any(|path| may_be(field, path)) {
            let message =
                format!("{place} has nothing at {}, so no record would be known", poll.id.join(", "));
            found.contradiction(address.key("id"), message, "Name the id as the list and the data do.");
        }
    }
    if let Some(at) = poll.at.as_ref().filter(|at| poll.once && !may_be(&event.data, at)) {
        let message = format!("the event's data has no field {at}, by which a delivery of it would be known");
        found.contradiction(address.key("at"), message, "Name the time as the event's data does.");
    }
    let mut shown = listed;
    if let Some(whole) = &poll.whole {
        let address = address.key("whole");
        look_up(manifest, &whole.operation, &whole.input, &address, found);
        templates(whole.input.iter(), listed, manifest, &address.key("input"), found);
        shown = manifest.operations.get(&whole.operation).map_or(&anything, |one| &one.output);
    }
    templates(poll.data.iter(), shown, manifest, &address.key("data"), found);
}

fn templates<'a>(
    values: impl Iterator<Item = (&'a String, &'a serde_json::Value)>,
    record: &Field,
    manifest: &Manifest,
    address: &Address,
    found: &mut Found,
) {
    let names = Names::of_input(manifest, &record.fields);
    for (key, value) in values {
        let pattern = Pattern::parse(value);
        let unknown = pattern.names();
        // Of a record that may hold anything nothing can be said, but of the connection.
        let told = unknown.into_iter().filter(|name| {
            name.starts_with("connection.") || !(record.open || record.fields.is_empty() || *name == "id")
        });
        names.check(told, &address.key(key), found);
    }
}

fn paces(poll: &PollSpec, address: &Address, found: &mut Found) {
    for (key, text, good) in
        [("overlap", &poll.overlap, poll.overlap().is_some()), ("every", &poll.every, poll.every().is_some())]
    {
        if !good {
            let message = format!("{text:?} is no length of time");
            found.unusable(address.key(key), message, "Write it as 2 minutes or 1 hour.");
        }
    }
}
