//! The two sides of a mapping: which record `contacts.contact` means, and what its fields are (rule R9).

use std::sync::Arc;

use bellhop_connector::{Field, FieldKind, Manifest};
use bellhop_source::{Address, Diagnostic, Node, closest};

use super::names::Type;
use super::{Checker, list};
use crate::codes;

/// Which side of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// What a record is made of.
    From,
    /// What is made.
    To,
}

impl Checker<'_> {
    /// What a side's record holds; complains where there is no such record.
    pub(super) fn side(&mut self, node: &Node, side: Side, address: &Address) -> Option<Type> {
        let key = if side == Side::From { "`from`" } else { "`to`" };
        let text = self.text_of(node, address, key)?;
        let say =
            |message: String| Diagnostic::error(codes::UNKNOWN_RECORD, node.span, address.clone(), message);
        let Some((connector, name)) = text.split_once('.') else {
            let mut having = self.world.catalogue.iter().filter(|one| shape(one, text, side).is_some());
            let full = having.next().map(|one| format!("{}.{text}", one.connector));
            let problem = say(format!("`{text}` does not say whose record it is"))
                .help("Write the app and the record with a dot between them, such as `contacts.contact`.");
            self.report(match full {
                Some(full) => problem.suggest(node.span, full),
                None => problem,
            });
            return None;
        };
        let Some(manifest) = self.world.catalogue.get(connector) else {
            self.unknown_connector(connector, name, node.span, address);
            return None;
        };
        if let Some(shape) = shape(manifest, name, side) {
            return Some(Arc::new(shape));
        }
        let names = names(manifest, side);
        let message = format!("`{connector}` has no record `{name}`");
        let near = closest(name, names.iter().copied()).map(|near| format!("{connector}.{near}"));
        let problem = match &near {
            Some(near) => say(format!("{message}: did you mean `{near}`?")).suggest(node.span, near.as_str()),
            None => say(message),
        };
        let shown: Vec<&str> = names.iter().copied().take(8).collect();
        let more = if names.len() > shown.len() { " and more" } else { "" };
        self.report(match (shown.as_slice(), side) {
            ([], _) => problem.help(format!("`{connector}` says nothing about its records.")),
            (shown, Side::From) => {
                problem.help(format!("A mapping of it can be made of {}{more}.", list(shown, "or")))
            }
            (shown, Side::To) => {
                problem.help(format!("A mapping to it can make {}{more}.", list(shown, "or")))
            }
        });
        None
    }
}

/// A record by name: one of the manifest's records, an operation (what it gives; what it takes), or an event.
pub(crate) fn shape(manifest: &Manifest, name: &str, side: Side) -> Option<Field> {
    if let Some(schema) = manifest.records.get(name).and_then(|record| record.schema.as_deref()) {
        return manifest.schemas.get(schema).cloned();
    }
    let operation = manifest.operations.get(name);
    let shape = match side {
        Side::To => operation.map(|one| Field {
            kind: FieldKind::Object,
            fields: one.input.clone(),
            ..Field::default()
        }),
        Side::From => operation
            .map(|one| one.output.clone())
            .or_else(|| manifest.events.get(name).map(|event| event.data.clone())),
    };
    shape.filter(|shape| shape.kind == FieldKind::Object && !shape.fields.is_empty())
}

/// The names that a side may have, records first.
pub(crate) fn names(manifest: &Manifest, side: Side) -> Vec<&str> {
    let all = manifest.records.keys().chain(manifest.operations.keys()).chain(manifest.events.keys());
    let mut names: Vec<&str> = Vec::new();
    for name in all.map(String::as_str) {
        if !names.contains(&name) && shape(manifest, name, side).is_some() {
            names.push(name);
        }
    }
    names
}
