//! What makes no sense in how a manifest reads deliveries.

use std::collections::BTreeMap;

use bellhop_source::{Address, closest};
use serde_json::Value;

use super::Found;
use crate::{EventSpec, Field, FieldKind, Manifest, WebhookSpec, dotted};

pub(super) fn check(manifest: &Manifest, found: &mut Found) {
    let root = Address::root();
    if let Some(webhook) = &manifest.webhook {
        spec(webhook, manifest, &root.key("webhook"), found);
    } else if manifest.events.values().any(|event| event.poll.is_none()) {
        found.contradiction(
            root.key("events"),
            "there are events, but nothing says how deliveries are read",
            "Add webhook, or poll to each event.",
        );
    }
    let mut by_vendor_name = BTreeMap::new();
    for (name, event) in &manifest.events {
        let address = root.key("events").key(name);
        if !super::is_identifier(name) {
            found.unusable(
                address.clone(),
                format!("{name:?} cannot be an event's name"),
                "Use small letters, digits and _, with a letter first: contact_created.",
            );
        }
        if let Some(other) = by_vendor_name.insert(event.vendor_name.as_str(), name) {
            found.contradiction(
                address.key("vendor_name"),
                format!("{} is already the event {other}", event.vendor_name),
                "One delivery is one event.",
            );
        }
        records(event, &address, found);
        if let (Some(webhook), false) = (&manifest.webhook, event.sample.is_null()) {
            sample(event, webhook, &address.key("sample"), found);
        }
    }
}

fn spec(webhook: &WebhookSpec, manifest: &Manifest, address: &Address, found: &mut Found) {
    if webhook.event.is_empty() {
        found.unusable(
            address.key("event"),
            "nothing says where the event's name stands",
            "Give its dotted path.",
        );
    }
    for (index, rule) in webhook.signatures.iter().enumerate() {
        let address = address.key("signatures").index(index).key("header");
        super::header_name(&rule.header, &address, found);
        if rule.header.chars().any(|letter| letter.is_ascii_uppercase()) {
            found.unusable(
                address,
                format!("{} is not in lower case", rule.header),
                "Write it in lower case.",
            );
        }
    }
    if let Some(setting) = &webhook.account_setting {
        if !manifest.settings.contains_key(setting) {
            let known = manifest.settings.keys().map(String::as_str);
            let message = format!("a connection has no setting {setting}");
            found.unknown(address.key("account_setting"), message, closest(setting, known));
        }
        if webhook.account.is_none() {
            found.contradiction(
                address.key("account_setting"),
                "nothing says where a delivery has its account",
                "Add account.",
            );
        }
    }
}

fn records(event: &EventSpec, address: &Address, found: &mut Found) {
    for (index, record) in event.record.iter().enumerate() {
        if !may_be(&event.data, &record.id) {
            let known = event.data.fields.keys().map(String::as_str);
            found.unknown(
                address.key("record").index(index).key("id"),
                format!("the event's data has no field {}", record.id),
                closest(&record.id, known),
            );
        }
    }
}

/// Whether something may stand at a dotted path of the data.
pub(super) fn may_be(data: &Field, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('.').map_or((!path.is_empty()).then_some((path, "")), Some)
    else {
        return false;
    };
    if data.fields.is_empty() {
        return data.open || matches!(data.kind, FieldKind::Any | FieldKind::Object);
    }
    match data.fields.get(first) {
        Some(field) => rest.is_empty() || may_be(field.items.as_deref().unwrap_or(field), rest),
        None => data.open,
    }
}

fn sample(event: &EventSpec, webhook: &WebhookSpec, address: &Address, found: &mut Found) {
    let named = dotted(&event.sample, &webhook.event).and_then(Value::as_str);
    if named != Some(event.vendor_name.as_str()) {
        found.contradiction(
            address.clone(),
            format!("the sample is no {}: {} says otherwise", event.vendor_name, webhook.event),
            "Make the sample a delivery of this event.",
        );
    }
    if dotted(&event.sample, &event.unwrap).is_none() {
        found.contradiction(
            address.clone(),
            format!("the sample has nothing at {}", event.unwrap),
            "Correct unwrap or the sample.",
        );
    }
}
