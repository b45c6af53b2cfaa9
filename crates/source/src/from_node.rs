//! Reads a node into a Rust type by serde, with the place of whatever does not fit.
//!
//! For documents that have a fixed shape: manifests, the workspace file. It knows no document by name.
//! `error` puts serde's complaints into plain words, `reader` is the deserializer, `choice` its part for one of several.

mod choice;
mod error;
mod reader;

use serde::de::DeserializeOwned;

use crate::{Address, Diagnostic, Node};

/// Reads a whole document's node; addresses in complaints start at its root.
///
/// The target decides what a scalar is: a text target gets the raw text, a yes-or-no target takes `true` and `false` only, a
/// number target takes what reads as that number. Where the target leaves it open (`serde_json::Value`, and the
/// contents of internally tagged enums, which serde buffers), [`Node::to_json`]'s typing holds.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Diagnostic> {
    from_node_at(node, &Address::root())
}

/// Reads a node that stands at `address` in its document.
pub fn from_node_at<T: DeserializeOwned>(node: &Node, address: &Address) -> Result<T, Diagnostic> {
    let place = reader::Place::new(node, address.clone());
    T::deserialize(place.clone()).map_err(|problem| problem.at(&place).into_diagnostic(&place))
}
