//! Which names a template may use at a place.

use bellhop_source::{Address, closest};

use super::Found;
use crate::{Fields, Manifest};

/// The names that can be looked up at a place: fields of an input, settings of a connection, what the call brings.
pub(super) struct Names<'a> {
    inputs: Vec<&'a Fields>,
    manifest: &'a Manifest,
}

impl<'a> Names<'a> {
    /// Where there is no input: headers of every request.
    pub(super) fn of_connection(manifest: &'a Manifest) -> Self {
        Self { inputs: Vec::new(), manifest }
    }

    /// Of one operation.
    pub(super) fn of_input(manifest: &'a Manifest, input: &'a Fields) -> Self {
        Self { inputs: vec![input], manifest }
    }

    /// Where any operation may be meant: a rate limit's key, a rule of the whole manifest.
    pub(super) fn of_any_operation(manifest: &'a Manifest) -> Self {
        Self { inputs: manifest.operations.values().map(|operation| &operation.input).collect(), manifest }
    }

    /// Tells of every name that stands for nothing.
    pub(super) fn check<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        address: &Address,
        found: &mut Found,
    ) {
        for name in names {
            if matches!(name, "now" | "idempotency_key" | "connection.name") {
                continue;
            }
            if let Some(setting) = name.strip_prefix("connection.") {
                if !self.manifest.settings.contains_key(setting) {
                    let known = self.manifest.settings.keys().map(String::as_str);
                    let message = format!("a connection has no setting {setting}");
                    found.unknown(address.clone(), message, closest(setting, known));
                }
            } else if !self.inputs.iter().any(|input| reaches(input, name)) {
                let known = self.inputs.iter().flat_map(|input| input.keys().map(String::as_str));
                let message = format!("the input has no field {name}");
                found.unknown(address.clone(), message, closest(name, known));
            }
        }
    }
}

/// Whether a dotted name begins at a field and goes only where something may be.
pub(super) fn reaches(fields: &Fields, name: &str) -> bool {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    fields.get(first).is_some_and(|field| {
        rest.is_empty() || field.open || (field.fields.is_empty() && field.items.is_none()) || {
            let inner = field.items.as_deref().unwrap_or(field);
            let rest = match rest.split_once('.') {
                Some((index, rest)) if index.parse::<usize>().is_ok() => rest,
                None if rest.parse::<usize>().is_ok() => return true,
                _ => rest,
            };
            inner.open || inner.fields.is_empty() || reaches(&inner.fields, rest)
        }
    })
}
