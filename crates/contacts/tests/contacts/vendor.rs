//! The manifest against the vendor's own documents, where they are at hand: every operation covered once with its
//! success codes and required fields, every sample event mapped. The documents are no part of this repository.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::misfits;
use bellhop_connector::{Manifest, Method, Operation, dotted};
use bellhop_contacts::manifest;
use serde_json::Value;

fn document(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/highlevel").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        // Straight to stderr, so that it is seen although the test passes.
        std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("skipped: no {}\n", path.display()).as_bytes(),
        )
        .unwrap();
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// `/contacts/{}/tasks/{}`, whatever the parameters are called.
fn shape(path: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for letter in path.chars() {
        match letter {
            '{' => {
                depth += 1;
                out.push_str("{}");
            }
            '}' => depth -= 1,
            _ if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    out
}

fn method(operation: &Operation) -> &'static str {
    match operation.request.method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
        Method::FromInput => "any",
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn body(document: &Value, described: &Value) -> Value {
    let schema = &described["requestBody"]["content"]["application/json"]["schema"];
    resolved(document, schema).clone()
}

fn success(described: &Value) -> BTreeSet<u16> {
    let codes = described["responses"].as_object().unwrap().keys();
    codes.filter(|code| code.starts_with('2')).map(|code| code.parse().unwrap()).collect()
}

/// What the vendor asks for and the manifest does not say, in words.
fn gaps(document: &Value, described: &Value, name: &str, operation: &Operation) -> Vec<String> {
    let mut found = Vec::new();
    let ours: BTreeSet<u16> = operation.answer.success.iter().copied().collect();
    if !success(described).is_subset(&ours) {
        found.push(format!("{name}: success is {ours:?}, the vendor's {:?}", success(described)));
    }
    let scheme = described["operationId"].as_str().unwrap_or_default();
    if operation.vendor_id != scheme {
        found.push(format!("{name}: vendor_id is not {scheme}"));
    }
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        let wanted = parameter["name"].as_str().unwrap();
        let there = match parameter["in"].as_str().unwrap() {
            "query" => operation.request.query.contains_key(wanted),
            "header" => wanted == "Version",
            _ => true,
        };
        if !there {
            found.push(format!("{name}: the parameter {wanted} is missing"));
        }
    }
    let body = body(document, described);
    let filled = &operation.request.body.fill;
    let taken = &operation.request.body.take;
    for required in texts(&body["required"]) {
        let asked = taken.contains(&required) && operation.input[&required].required;
        if !filled.contains_key(&required) && !asked && required != "subType" && required != "status" {
            found.push(format!("{name}: the required field {required} can be left out"));
        }
    }
    found
}

fn covering<'a>(manifest: &'a Manifest, verb: &str, path: &str) -> Vec<(&'a String, &'a Operation)> {
    let wanted = shape(path);
    let fits = |operation: &Operation| method(operation) == verb && shape(&operation.request.path) == wanted;
    manifest.operations.iter().filter(|(_, operation)| fits(operation)).collect()
}

#[test]
fn all_contact_operations_are_covered_once() {
    let Some(document) = document("apps/contacts.json") else { return };
    let manifest = manifest();
    let mut found = Vec::new();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (verb, described) in methods.as_object().unwrap() {
            count += 1;
            let covering = covering(&manifest, verb, path);
            let [(name, operation)] = covering[..] else {
                found.push(format!("{verb} {path} is covered {} times", covering.len()));
                continue;
            };
            found.extend(gaps(&document, described, name, operation));
            let ours: BTreeSet<u16> = operation.answer.success.iter().copied().collect();
            if ours != success(described) {
                found.push(format!("{name}: success {ours:?}"));
            }
            let sent = |field: &str| {
                operation.request.body.take.iter().any(|taken| taken == field)
                    || operation.request.body.fill.contains_key(field)
            };
            let fields = body(&document, described);
            let unsent = fields["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
            found.extend(
                unsent.filter(|field| !sent(field)).map(|field| format!("{name}: no way to say {field}")),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(count, 32);
}

#[test]
fn neighbours_are_described_as_the_vendor_does() {
    let apps =
        ["locations", "users", "workflows", "campaigns", "calendars", "conversations", "opportunities"];
    let manifest = manifest();
    let mut found = Vec::new();
    let mut matched = 0;
    for app in apps {
        let Some(document) = document(&format!("apps/{app}.json")) else { return };
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (verb, described) in methods.as_object().unwrap() {
                for (name, operation) in covering(&manifest, verb, path) {
                    matched += 1;
                    found.extend(gaps(&document, described, name, operation));
                    let parameters = described["parameters"].as_array().into_iter().flatten();
                    let version = parameters
                        .filter(|one| one["name"] == "Version")
                        .map(|one| &one["schema"]["enum"][0]);
                    let sent =
                        operation.request.headers.get("Version").unwrap_or(&manifest.headers["Version"]);
                    found.extend(
                        version
                            .filter(|version| *version != sent)
                            .map(|version| format!("{name}: Version {version}")),
                    );
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(matched + 32, manifest.operations.len());
}

#[test]
fn sample_events_of_our_families_are_mapped_and_fit() {
    let Some(samples) = document("webhook-samples.json") else { return };
    let manifest = manifest();
    let webhook = manifest.webhook.as_ref().unwrap();
    let families =
        ["Contact", "Task", "Note", "Appointment", "Opportunity", "InboundMessage", "OutboundMessage"];
    let mut mapped = 0;
    for (kind, sample) in samples.as_object().unwrap() {
        if !families.iter().any(|family| kind.starts_with(family)) {
            continue;
        }
        let (name, event) = manifest.events.iter().find(|(_, event)| event.vendor_name == *kind).unwrap();
        let data = dotted(sample, &event.unwrap).unwrap();
        let found = misfits(&event.data, data, name);
        assert!(found.is_empty(), "{}", found.join("\n"));
        let envelope = ["versionId", "appId"];
        let fields = data.as_object().unwrap().keys().filter(|key| !envelope.contains(&key.as_str()));
        let undescribed: Vec<_> = fields.filter(|key| !event.data.fields.contains_key(*key)).collect();
        assert!(undescribed.is_empty(), "{name}: {undescribed:?}");
        assert!(event.record.iter().any(|record| dotted(data, &record.id).is_some()), "{name}");
        assert!(dotted(sample, &webhook.delivery_id).is_some(), "{name}");
        mapped += 1;
    }
    assert_eq!(mapped, manifest.events.len());
}
