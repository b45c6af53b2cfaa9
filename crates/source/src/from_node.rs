//! Reads a node into a Rust type by serde, with the place of whatever does not fit.

use serde::de::DeserializeOwned;

use crate::{Address, Diagnostic, Node};

/// Reads a whole document's node; addresses in complaints start at its root.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Diagnostic> {
    from_node_at(node, &Address::root())
}

/// Reads a node that stands at `address` in its document.
pub fn from_node_at<T: DeserializeOwned>(node: &Node, address: &Address) -> Result<T, Diagnostic> {
    let _ = (node, address);
    todo!()
}
