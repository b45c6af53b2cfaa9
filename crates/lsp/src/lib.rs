//! The language server: what an editor shows while somebody writes a recipe, a template or `bellhop.yaml`.
//!
//! The same complaints as `bellhop check`, their mends as quick fixes, completion, hover, and the way to where a name
//! is given. It opens no files, no terminal and no store: [`Workspace`] is asked for what recipes are checked against, and
//! the messages come over a [`Connection`] that its owner made.
//!
//! Start at [`serve`]. `cursor` finds out what is being written, also in half-written text; `complete`, `hover` and
//! `definition` answer; `protocol` has the shapes of messages, and is the only file that counts in UTF-16.

mod actions;
mod complete;
mod cursor;
mod definition;
mod document;
mod flow;
mod hover;
mod known;
mod line;
mod mention;
mod pages;
mod positions;
mod protocol;
mod schema;
mod server;
mod shared;
mod spite;
mod workspace;

pub use lsp_server::Connection;
pub use server::{Ending, serve};
pub use workspace::{Files, Surroundings, Workspace};
