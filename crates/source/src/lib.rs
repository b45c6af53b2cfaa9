//! Text with places: the YAML tree with spans, addresses, and complaints about documents.
//!
//! This room knows what a document is and where things stand in it. It does not know what a recipe,
//! a connector or a workspace is. Start at [`parse`], then [`Node`], then [`Diagnostic`].

mod address;
mod closest;
pub mod codes;
mod diagnostic;
mod from_node;
mod node;
mod parse;
mod render;
mod span;

pub use address::Address;
pub use closest::{closest, is_slip};
pub use diagnostic::{Code, Diagnostic, MOST_TOLD, Severity, Suggestion, capped};
pub use from_node::{from_node, from_node_at};
pub use node::{Key, Node, NodeValue, ScalarStyle};
pub use parse::parse;
pub use render::{render, to_json};
pub use span::{Position, Source, Span};
