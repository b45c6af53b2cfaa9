//! The messages that are understood and sent, in the shapes of the Language Server Protocol 3.17: only what is used.
//!
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A place: line from 0, column in UTF-16 units from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) character: u32,
}

/// From a place to another, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// What the client says of itself at the beginning.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Initialize {
    pub(crate) root_uri: Option<String>,
    pub(crate) workspace_folders: Option<Vec<Folder>>,
    /// Looked into by pointer: clients send a great deal.
    pub(crate) capabilities: Value,
}

/// A folder that is open.
#[derive(Debug, Deserialize)]
pub(crate) struct Folder {
    pub(crate) uri: String,
}

/// A document that was opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DidOpen {
    pub(crate) text_document: TextDocument,
}

/// A document with its text.
#[derive(Debug, Deserialize)]
pub(crate) struct TextDocument {
    pub(crate) uri: String,
    pub(crate) version: i64,
    pub(crate) text: String,
}

/// A document that was changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DidChange {
    pub(crate) text_document: Named,
    pub(crate) content_changes: Vec<Change>,
}

/// The whole new text.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) text: String,
}

/// A document by name.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) version: Option<i64>,
}

/// Something that happened to a document: closed, saved.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Happened {
    pub(crate) text_document: Named,
}

/// A place that is asked about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct At {
    pub(crate) text_document: Named,
    pub(crate) position: Position,
}

/// A range whose quick fixes are asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Within {
    pub(crate) text_document: Named,
    pub(crate) range: Range,
}

/// `CompletionItemKind`, the ones that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Operation = 2,
    Field = 5,
    Name = 6,
    Key = 10,
    Value = 12,
    Keyword = 14,
    Event = 23,
}

/// `DiagnosticSeverity.Error`.
pub(crate) const SEVERITY_ERROR: u8 = 1;
/// `DiagnosticSeverity.Warning`.
pub(crate) const SEVERITY_WARNING: u8 = 2;
/// `TextDocumentSyncKind.Full`: recipes are small, and a whole text cannot go out of step.
pub(crate) const SYNC_FULL: u8 = 1;
/// `InsertTextFormat`: plain text and snippet.
pub(crate) const FORMAT_PLAIN: u8 = 1;
pub(crate) const FORMAT_SNIPPET: u8 = 2;
/// `InsertTextMode.asIs`: indentation is written out, because a dash counts as indentation in YAML and not in editors.
pub(crate) const MODE_AS_IS: u8 = 1;
/// `MessageType.Warning`.
pub(crate) const MESSAGE_WARNING: u8 = 2;
