//! The manifest against itself: examples and samples fit the fields they stand beside.

use crate::support::misfits;
use bellhop_connector::{Effect, Field, Fields, dotted};
use bellhop_contacts::manifest;

fn examples(fields: &Fields, path: &str, found: &mut Vec<String>) {
    for (name, field) in fields {
        let path = format!("{path}.{name}");
        if let Some(example) = &field.example {
            found.extend(misfits(field, example, &path));
        }
        examples(&field.fields, &path, found);
        if let Some(items) = &field.items {
            examples(&Fields::from_iter([("items".to_owned(), Field::clone(items))]), &path, found);
        }
    }
}

#[test]
fn examples_fit_their_fields() {
    let manifest = manifest();
    let mut found = Vec::new();
    for (name, operation) in &manifest.operations {
        examples(&operation.input, name, &mut found);
        examples(&operation.output.fields, name, &mut found);
    }
    examples(&manifest.schemas, "schemas", &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn samples_fit_their_events() {
    let manifest = manifest();
    let webhook = manifest.webhook.as_ref().unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for (name, event) in &manifest.events {
        let data = dotted(&event.sample, &event.unwrap).unwrap();
        let found = misfits(&event.data, data, name);
        assert!(found.is_empty(), "{}", found.join("\n"));
        let undescribed: Vec<_> =
            data.as_object().unwrap().keys().filter(|key| !event.data.fields.contains_key(*key)).collect();
        assert!(undescribed.is_empty(), "{name}: {undescribed:?}");
        assert!(
            event.record.iter().any(|record| dotted(data, &record.id).is_some()),
            "{name} is about nothing"
        );
        assert!(ids.insert(dotted(&event.sample, &webhook.delivery_id).unwrap().to_string()), "{name}");
    }
}

#[test]
fn every_write_can_be_previewed_and_every_thing_has_words() {
    for (name, operation) in &manifest().operations {
        let without = ["create_contact", "set_business", "update_tags_in_bulk"];
        if operation.effect.writes() && !without.contains(&name.as_str()) {
            assert!(operation.before.is_some(), "{name} has no before");
            assert!(operation.record.is_some(), "{name} has no record");
        }
        assert!(!operation.title.is_empty() && operation.description.ends_with('.'), "{name}");
        assert!(!operation.vendor_id.is_empty() && !operation.scopes.is_empty(), "{name}");
        for (field, spec) in &operation.input {
            assert!(!spec.title.is_empty(), "{name}.{field} has no title");
        }
    }
}

#[test]
fn creates_are_confirmed_by_look_up() {
    let manifest = manifest();
    for (name, look_up) in [
        ("create_contact", "find_duplicate"),
        ("create_note", "list_notes"),
        ("create_task", "list_tasks"),
        ("create_appointment", "get_appointment"),
        ("create_opportunity", "search_opportunities"),
        ("send_message", "list_messages"),
    ] {
        let operation = &manifest.operations[name];
        assert_eq!(operation.effect, Effect::Once);
        assert_eq!(operation.confirm.as_ref().unwrap().operation, look_up);
        assert_eq!(operation.answer.proves_nothing, [422], "{name}");
    }
}
