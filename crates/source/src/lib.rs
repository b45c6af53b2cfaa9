//! Text with places: the YAML tree with spans, addresses, and complaints about documents.
//!
//! This room knows what a document is and where things stand in it. It does not know what a recipe,
//! a connector or a workspace is. Start at [`parse`], then [`Node`], then [`Diagnostic`].

mod address;
mod diagnostic;
mod node;
mod span;

pub use address::Address;
pub use diagnostic::{Code, Diagnostic, Severity, Suggestion};
pub use node::{Key, Node, NodeValue, ScalarStyle};
pub use span::{Position, Source, Span};
