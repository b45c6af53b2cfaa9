//! What makes no sense in what a manifest says for choosing by name.

use bellhop_source::{Address, closest};

use super::Found;
use crate::{FieldKind, Manifest};

pub(super) fn check(manifest: &Manifest, found: &mut Found) {
    for (kind, selector) in &manifest.selectors {
        let address = Address::root().key("selectors").key(kind);
        let reading = manifest.operations.get(&selector.list).filter(|operation| !operation.effect.writes());
        let Some(operation) = reading else {
            let known = manifest.operations.iter().filter(|(_, one)| !one.effect.writes());
            let near = closest(&selector.list, known.map(|(name, _)| name.as_str()));
            found.unknown(
                address.key("list"),
                format!("there is no reading operation {}", selector.list),
                near,
            );
            continue;
        };
        for name in selector.input.keys().filter(|name| !operation.input.contains_key(*name)) {
            let near = closest(name, operation.input.keys().map(String::as_str));
            found.unknown(address.key("input").key(name), format!("the input has no field {name}"), near);
        }
        let Some(item) =
            operation.output.items.as_deref().filter(|_| operation.output.kind == FieldKind::Array)
        else {
            found.contradiction(
                address.key("list"),
                format!("{} gives no list to choose from", selector.list),
                "Name an operation whose output is a list of items with fields.",
            );
            continue;
        };
        for (key, field) in [("id", &selector.id), ("name", &selector.name)] {
            if !item.fields.is_empty() && !item.fields.contains_key(field) {
                let near = closest(field, item.fields.keys().map(String::as_str));
                found.unknown(address.key(key), format!("an item of the list has no field {field}"), near);
            }
        }
    }
}
