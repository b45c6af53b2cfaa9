//! What makes no sense in a manifest's operations.

use bellhop_source::{Address, closest};
use indexmap::IndexMap;
use serde_json::Value;

use super::{Found, Names, header_name, names::reaches, rules, status_code};
use crate::{
    Auth, Confirm, Effect, Encoding, FieldKind, Manifest, Method, Operation, Pages, Pattern, Template, codes,
};

pub(super) fn check(manifest: &Manifest, found: &mut Found) {
    for (name, operation) in &manifest.operations {
        let address = Address::root().key("operations").key(name);
        let names = Names::of_input(manifest, &operation.input);
        let at = Place { manifest, operation, names, address };
        at.input(name, found);
        at.path(found);
        at.request(found);
        at.body(found);
        at.answer(found);
        if let Some(pages) = &operation.pages {
            at.pages(pages, found);
        }
        at.references(found);
    }
}

struct Place<'a> {
    manifest: &'a Manifest,
    operation: &'a Operation,
    names: Names<'a>,
    address: Address,
}

impl Place<'_> {
    fn input(&self, name: &str, found: &mut Found) {
        if !super::is_identifier(name) {
            found.unusable(
                self.address.clone(),
                format!("{name:?} cannot be an operation's name"),
                "Use small letters, digits and _, with a letter first: add_tags.",
            );
        }
        for reserved in ["now", "idempotency_key", "connection"] {
            if self.operation.input.contains_key(reserved) {
                found.contradiction(
                    self.address.key("input").key(reserved),
                    format!(
                        "{reserved} has a meaning of its own in templates and cannot be a field of the input"
                    ),
                    "Name the field otherwise.",
                );
            }
        }
    }

    fn path(&self, found: &mut Found) {
        let path = &self.operation.request.path;
        let address = self.address.key("request").key("path");
        let whole_address = path == "{url}";
        let is_address = matches!(self.manifest.auth, Auth::Address | Auth::AddressOrHeader { .. });
        let usable = whole_address || path.starts_with('/') || (path.is_empty() && is_address);
        if !usable {
            found.unusable(
                address.clone(),
                format!("{path:?} is no path"),
                "Begin it with /, or write {url} alone for a whole address.",
            );
        }
        let needs_base = !whole_address && !matches!(self.manifest.auth, Auth::Address);
        if needs_base && !path.is_empty() && self.manifest.base_url.is_empty() && !self.base_by_connection() {
            found.contradiction(
                address.clone(),
                "the path is below base_url, which is empty",
                "Give the manifest a base_url, or a setting named base_url.",
            );
        }
        let template = Template::parse(path);
        self.names.check(template.names(), &address, found);
        for name in template.names().filter(|name| !name.contains('.')) {
            if self.operation.input.get(name).is_some_and(|field| !field.required) {
                found.contradiction(
                    self.address.key("input").key(name),
                    format!("{name} is part of the address, so no call can do without it"),
                    "Add required: true.",
                );
            }
        }
    }

    fn base_by_connection(&self) -> bool {
        self.manifest.settings.contains_key("base_url")
    }

    fn request(&self, found: &mut Found) {
        let request = &self.operation.request;
        let address = self.address.key("request");
        for (name, value) in &request.query {
            self.names.check(Template::parse(value).names(), &address.key("query").key(name), found);
        }
        for (name, value) in &request.headers {
            let address = address.key("headers").key(name);
            header_name(name, &address, found);
            self.names.check(Template::parse(value).names(), &address, found);
        }
        for (key, name) in [("query_from", &request.query_from), ("headers_from", &request.headers_from)] {
            if let Some(name) = name {
                self.names.check([name.as_str()], &address.key(key), found);
            }
        }
        if request.method == Method::FromInput && !self.operation.input.contains_key("method") {
            found.unknown(
                address.key("method"),
                "the method comes from the input, which has no field method",
                None,
            );
        }
    }

    fn body(&self, found: &mut Found) {
        let body = &self.operation.request.body;
        let address = self.address.key("request").key("body");
        for (index, name) in body.take.iter().enumerate() {
            if !self.operation.input.contains_key(name) {
                let known = self.operation.input.keys().map(String::as_str);
                let message = format!("the input has no field {name}");
                found.unknown(address.key("take").index(index), message, closest(name, known));
            }
        }
        for (name, value) in &body.fill {
            self.names.check(Pattern::parse(value).names(), &address.key("fill").key(name), found);
        }
        if let Some(name) = &body.whole {
            self.names.check([name.as_str()], &address.key("whole"), found);
        }
        let written = !body.take.is_empty() || !body.fill.is_empty() || body.whole.is_some();
        if written && body.encoding == Encoding::None {
            found.contradiction(
                address.clone(),
                "there is something to send but no way of writing it",
                "Add encoding: json or encoding: form.",
            );
        }
        if body.whole.is_some() && !(body.take.is_empty() && body.fill.is_empty()) {
            found.contradiction(address, "whole is the whole body already", "Leave take and fill out.");
        }
    }

    fn answer(&self, found: &mut Found) {
        let address = self.address.key("answer");
        for (index, status) in self.operation.answer.success.iter().enumerate() {
            status_code(*status, 200..=399, &address.key("success").index(index), found);
        }
        rules(&self.operation.answer.rules, &self.names, &address.key("rules"), found);
        let unproven = address.key("proves_nothing");
        if self.operation.effect != Effect::Once && !self.operation.answer.proves_nothing.is_empty() {
            found.contradiction(
                unproven.clone(),
                "what may be done twice needs no proof",
                "Leave proves_nothing out, or set effect to once.",
            );
        }
        for (index, status) in self.operation.answer.proves_nothing.iter().enumerate() {
            status_code(*status, 400..=499, &unproven.index(index), found);
        }
    }

    fn pages(&self, pages: &Pages, found: &mut Found) {
        let address = self.address.key("pages");
        if self.operation.effect.writes() {
            found.contradiction(address.clone(), "only reading operations have pages", "Set effect to read.");
        }
        if !matches!(self.operation.output.kind, FieldKind::Array | FieldKind::Any) {
            found.contradiction(
                address.clone(),
                "what has pages must give a list",
                "Set the output's type to array.",
            );
        }
        if pages.next.is_empty() {
            found.unusable(
                address.key("next"),
                "nothing says how the next page is asked for",
                "Name its tokens.",
            );
        }
        for (name, value) in [("size", pages.size), ("most", pages.most)] {
            if value == 0 {
                found.unusable(address.key(name), "0 items are none", "Write at least 1.");
            }
        }
        let known = |name: &str| {
            let request = &self.operation.request;
            self.operation.input.contains_key(name)
                || request.query.contains_key(name)
                || request.body.fill.contains_key(name)
        };
        if !known(&pages.size_field) {
            let message = format!("neither input, query nor body has a field {}", pages.size_field);
            found.unknown(address.key("size_field"), message, None);
        }
    }

    fn references(&self, found: &mut Found) {
        let operation = self.operation;
        if let Some(record) = &operation.record {
            let by_output = record.id == "output" || record.id.starts_with("output.");
            if !by_output && !reaches(&operation.input, &record.id) {
                let known = operation.input.keys().map(String::as_str);
                let message = format!("the input has no field {}", record.id);
                found.unknown(self.address.key("record").key("id"), message, closest(&record.id, known));
            }
        }
        if let Some(before) = &operation.before {
            self.look_up(&before.operation, &before.input, &self.address.key("before"), found);
        }
        if let Some(confirm) = &operation.confirm {
            self.confirm(confirm, false, &self.address.key("confirm"), found);
        }
        for (index, event) in operation.causes.iter().enumerate() {
            if !self.manifest.events.contains_key(event) {
                let known = self.manifest.events.keys().map(String::as_str);
                let message = format!("there is no event {event}");
                found.unknown(self.address.key("causes").index(index), message, closest(event, known));
            }
        }
    }

    /// `older`: whether something older was found before it.
    fn confirm(&self, confirm: &Confirm, older: bool, address: &Address, found: &mut Found) {
        if self.operation.effect != Effect::Once {
            found.contradiction(
                address.clone(),
                "only what must not be done twice is looked up",
                "Leave confirm out, or set effect to once.",
            );
        }
        if confirm.matching.is_empty() {
            found.contradiction(
                address.key("match"),
                "without match any record would do as proof",
                "Say which of its fields must equal the call's.",
            );
        }
        for (field, value) in &confirm.matching {
            self.names.check(Pattern::parse(value).names(), &address.key("match").key(field), found);
        }
        for (index, field) in confirm.needs.iter().enumerate() {
            self.names.check(std::iter::once(field.as_str()), &address.key("needs").index(index), found);
        }
        if let Some(words) = &confirm.settles
            && confirm.settles().is_none()
        {
            found.contradiction(
                address.key("settles"),
                format!("`{words}` is no length of time"),
                "Write it as `10s` or `1 minute`.",
            );
        }
        if let Some(next) = &confirm.if_older {
            let address = address.key("if_older");
            if confirm.made_at.is_none() {
                found.contradiction(
                    address.clone(),
                    "without made_at nothing is older than the call",
                    "Add made_at, or leave if_older out.",
                );
            }
            self.confirm(next, true, &address, found);
        }
        let Some(through) = &confirm.through else {
            if !older {
                return self.look_up(&confirm.operation, &confirm.input, address, found);
            }
            return self.look_up_from_found(confirm, address, found);
        };
        let first = address.key("through");
        self.look_up(&through.operation, &through.input, &first, found);
        for (field, value) in &through.matching {
            self.names.check(Pattern::parse(value).names(), &first.key("match").key(field), found);
        }
        self.look_up_from_found(confirm, address, found);
    }

    /// A look-up that may name what was found before it.
    fn look_up_from_found(&self, confirm: &Confirm, address: &Address, found: &mut Found) {
        look_up(self.manifest, &confirm.operation, &confirm.input, address, found);
        for (field, value) in &confirm.input {
            let pattern = Pattern::parse(value);
            let own = pattern.names().into_iter().filter(|name| !name.starts_with("found."));
            self.names.check(own, &address.key("input").key(field), found);
        }
    }

    /// A reading operation and the input it is given.
    fn look_up(&self, name: &str, input: &IndexMap<String, Value>, address: &Address, found: &mut Found) {
        look_up(self.manifest, name, input, address, found);
        for (field, value) in input {
            let address = address.key("input").key(field);
            self.names.check(Pattern::parse(value).names(), &address, found);
        }
    }
}

/// A reading operation and the fields it is given; what is in them is the caller's to check.
pub(super) fn look_up(
    manifest: &Manifest,
    name: &str,
    input: &IndexMap<String, Value>,
    address: &Address,
    found: &mut Found,
) {
    let Some(other) = manifest.operations.get(name) else {
        let known = manifest.operations.keys().map(String::as_str);
        let message = format!("there is no operation {name}");
        found.unknown(address.key("operation"), message, closest(name, known));
        return;
    };
    if other.effect.writes() {
        let message = format!("{name} changes something; a look-up only reads");
        found.contradiction(address.key("operation"), message, "Name a reading operation.");
    }
    for field in input.keys().filter(|field| !other.input.contains_key(*field)) {
        let known = other.input.keys().map(String::as_str);
        let message = format!("{name} takes no field {field}");
        found.unknown(address.key("input").key(field), message, closest(field, known));
    }
    for (field, _) in other.input.iter().filter(|(field, spec)| spec.required && !input.contains_key(*field))
    {
        let problem = format!("{name} needs the field {field}");
        found.0.push(crate::Problem::new(codes::CONTRADICTION, address.key("input"), problem));
    }
}
