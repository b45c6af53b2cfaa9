//! The conversation with the editor: one message after the other, from `initialize` to `exit`.

use std::collections::HashMap;
use std::path::PathBuf;

use bellhop_source::{Diagnostic, Severity};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::complete::{self, Proposal};
use crate::definition::Target;
use crate::document::{Document, Kind, Library, path_of, uri_of};
use crate::protocol::{self, At, DidChange, DidOpen, Happened, Initialize, Within};
use crate::shared::Shared;
use crate::{Workspace, actions, definition, hover};

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The editor said `shutdown` and `exit`.
    Orderly,
    /// The editor said `exit` at once, or went away.
    Broken,
}

/// Answers an editor until it says `exit` or goes away.
pub fn serve(connection: &Connection, workspace: &dyn Workspace) -> Ending {
    let mut server = Server {
        connection,
        workspace,
        library: None,
        folder: None,
        documents: HashMap::new(),
        stage: Stage::New,
        snippets: false,
        watches: false,
    };
    for message in &connection.receiver {
        match message {
            Message::Request(request) => server.request(request),
            Message::Notification(notification) if notification.method == "exit" => {
                let orderly = server.stage == Stage::Over;
                return if orderly { Ending::Orderly } else { Ending::Broken };
            }
            Message::Notification(notification) => server.notification(notification),
            // An answer to the one request that is sent, to watch files; there is nothing to do about a no.
            Message::Response(_) => {}
        }
    }
    Ending::Broken
}

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Talking,
    Over,
}

struct Server<'a> {
    connection: &'a Connection,
    workspace: &'a dyn Workspace,
    /// None until the workspace could be read.
    library: Option<Library>,
    folder: Option<PathBuf>,
    /// By address.
    documents: HashMap<String, Document>,
    stage: Stage,
    /// Whether the editor knows snippets.
    snippets: bool,
    /// Whether the editor can be asked to watch files.
    watches: bool,
}

impl Server<'_> {
    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let response = match (self.stage, method.as_str()) {
            (Stage::New, "initialize") => self.initialize(id, params),
            (Stage::New, _) => refused(id, ErrorCode::ServerNotInitialized, "Say `initialize` first."),
            (Stage::Over, _) => refused(id, ErrorCode::InvalidRequest, "The conversation is over."),
            (Stage::Talking, "shutdown") => {
                self.stage = Stage::Over;
                Response::new_ok(id, Value::Null)
            }
            (Stage::Talking, method) => match self.answer(method, params) {
                Some(Ok(answer)) => Response::new_ok(id, answer),
                Some(Err(error)) => refused(id, ErrorCode::InvalidParams, &error),
                None => refused(id, ErrorCode::MethodNotFound, "This server does not do that."),
            },
        };
        self.send(response);
    }

    fn initialize(&mut self, id: RequestId, params: Value) -> Response {
        let initialize: Initialize = match serde_json::from_value(params) {
            Ok(initialize) => initialize,
            Err(error) => return refused(id, ErrorCode::InvalidParams, &error.to_string()),
        };
        let can = |pointer: &str| initialize.capabilities.pointer(pointer) == Some(&Value::Bool(true));
        self.snippets = can("/textDocument/completion/completionItem/snippetSupport");
        self.watches = can("/workspace/didChangeWatchedFiles/dynamicRegistration");
        let folders = initialize.workspace_folders.unwrap_or_default();
        let folder = folders.first().map(|folder| folder.uri.clone()).or(initialize.root_uri);
        self.folder = folder.as_deref().and_then(path_of);
        self.stage = Stage::Talking;
        Response::new_ok(
            id,
            json!({
                "serverInfo": { "name": "bellhop", "version": env!("CARGO_PKG_VERSION") },
                "capabilities": {
                    "positionEncoding": "utf-16",
                    "textDocumentSync": { "openClose": true, "change": protocol::SYNC_FULL, "save": true },
                    "completionProvider": { "triggerCharacters": [".", "$", "{", " ", ":"] },
                    "hoverProvider": true,
                    "definitionProvider": true,
                    "codeActionProvider": { "codeActionKinds": ["quickfix"] },
                },
            }),
        )
    }

    /// The answer to a question; none where it is not understood.
    fn answer(&mut self, method: &str, params: Value) -> Option<Result<Value, String>> {
        if self.library.is_none() {
            self.open_workspace();
        }
        Some(match method {
            "textDocument/completion" => read(params).map(|at: At| self.completion(&at)),
            "textDocument/hover" => read(params).map(|at: At| self.hover(&at).unwrap_or_default()),
            "textDocument/definition" => read(params).map(|at: At| self.definition(&at).unwrap_or_default()),
            "textDocument/codeAction" => read(params).map(|within: Within| self.code_actions(&within)),
            _ => return None,
        })
    }

    /// A message that cannot be read is passed over, as the protocol says of those that are not known.
    fn notification(&mut self, notification: Notification) {
        if self.stage != Stage::Talking {
            return;
        }
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => {
                self.open_workspace();
                self.watch();
            }
            "textDocument/didOpen" => {
                if let Ok(DidOpen { text_document: one }) = read(params)
                    && let Some(kind) = Kind::of(&one.uri)
                {
                    self.documents.insert(one.uri.clone(), Document::new(kind, Some(one.version), one.text));
                    self.check(&one.uri);
                }
            }
            "textDocument/didChange" => {
                if let Ok(DidChange { text_document: one, content_changes }) = read(params)
                    && let Some(document) = self.documents.get_mut(&one.uri)
                    && let Some(change) = content_changes.into_iter().next_back()
                {
                    *document = Document::new(document.kind.clone(), one.version, change.text);
                    self.check(&one.uri);
                }
            }
            "textDocument/didSave" => {
                if let Ok(Happened { text_document: one }) = read(params)
                    && Kind::of(&one.uri) == Some(Kind::Settings)
                {
                    self.open_workspace();
                }
            }
            "textDocument/didClose" => {
                if let Ok(Happened { text_document: one }) = read(params)
                    && self.documents.remove(&one.uri).is_some()
                {
                    let nothing = json!({ "uri": one.uri, "diagnostics": [] });
                    self.notify("textDocument/publishDiagnostics", nothing);
                }
            }
            "workspace/didChangeWatchedFiles" => self.open_workspace(),
            _ => {}
        }
    }

    /// Reads the workspace anew and checks everything that is open. Where it cannot be read, what was known before holds.
    fn open_workspace(&mut self) {
        match self.workspace.open(self.folder.as_deref()) {
            Ok(surroundings) => self.library = Some(Library::new(surroundings)),
            Err(sentence) => {
                let message = json!({ "type": protocol::MESSAGE_WARNING, "message": sentence });
                self.notify("window/showMessage", message);
            }
        }
        let mut open: Vec<String> = self.documents.keys().cloned().collect();
        open.sort();
        for uri in open {
            self.check(&uri);
        }
    }

    /// Asks to be told of changes to files that recipes depend on.
    fn watch(&self) {
        if self.watches {
            let watchers = json!([{ "globPattern": "**/bellhop.yaml" }, { "globPattern": "**/connectors/**" }, { "globPattern": "**/mappings/**" },
                { "globPattern": "**/recipes/**" }, { "globPattern": "**/templates/**" }]);
            let registration = json!({
                "id": "workspace", "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            });
            self.send(Request {
                id: RequestId::from(1),
                method: "client/registerCapability".to_owned(),
                params: json!({ "registrations": [registration] }),
            });
        }
    }

    fn check(&mut self, uri: &str) {
        let (Some(document), Some(library)) = (self.documents.get_mut(uri), &self.library) else { return };
        document.check(library, self.workspace);
        let diagnostics: Vec<Value> = document.diagnostics.iter().map(|one| told(one, document)).collect();
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if let Some(version) = document.version {
            params["version"] = version.into();
        }
        self.notify("textDocument/publishDiagnostics", params);
    }

    fn place(&self, at: &At) -> Option<(&Document, &Library, usize)> {
        let document = self.documents.get(&at.text_document.uri)?;
        let offset = document.lines.offset(&document.text, at.position);
        Some((document, self.library.as_ref()?, offset))
    }

    fn completion(&self, at: &At) -> Value {
        let Some((document, library, offset)) = self.place(at) else { return json!([]) };
        let proposals = complete::complete(&document.text, offset, &document.kind, library);
        let shown = proposals.iter().enumerate();
        shown.map(|(place, proposal)| self.item(place, proposal, document)).collect()
    }

    fn item(&self, place: usize, proposal: &Proposal, document: &Document) -> Value {
        let plain = complete::without_places(&proposal.snippet);
        // A place to fill in at the very end is where the cursor goes anyway.
        let ends = proposal.snippet.strip_suffix("$0").unwrap_or(&proposal.snippet);
        let is_snippet = self.snippets && complete::without_places(ends) != ends;
        let written = if is_snippet { &proposal.snippet } else { &plain };
        let mut item = json!({
            "label": proposal.label,
            "kind": proposal.kind as u8,
            "sortText": format!("{place:04}"),
            "filterText": proposal.label,
            "insertTextFormat": if is_snippet { protocol::FORMAT_SNIPPET } else { protocol::FORMAT_PLAIN },
            "insertTextMode": protocol::MODE_AS_IS,
            "textEdit": { "range": document.lines.range(&document.text, proposal.replace), "newText": written },
        });
        if !proposal.detail.is_empty() {
            item["detail"] = proposal.detail.as_str().into();
        }
        if !proposal.page.is_empty() {
            item["documentation"] = markdown(&proposal.page);
        }
        item
    }

    fn hover(&self, at: &At) -> Option<Value> {
        let (document, library, offset) = self.place(at)?;
        let found = hover::hover(&document.text, offset, &document.kind, library);
        // Over a problem, what its code means comes along: an editor shows the complaint itself.
        let problem =
            document.diagnostics.iter().find(|one| one.span.start <= offset && offset < one.span.end);
        let meaning = problem
            .and_then(|one| Some((one.span, self.workspace.page_of(one.code)?.replacen("# ", "### ", 1))));
        let (span, page) = match (found, meaning) {
            (Some((span, page)), Some((_, meaning))) => (span, format!("{page}\n\n---\n\n{meaning}")),
            (found, meaning) => found.or(meaning)?,
        };
        let range = document.lines.range(&document.text, span);
        Some(json!({ "contents": markdown(&page), "range": range }))
    }

    fn definition(&self, at: &At) -> Option<Value> {
        let (document, library, offset) = self.place(at)?;
        match definition::definition(&document.text, offset, &document.kind, library)? {
            Target::Here(span) => {
                let range = document.lines.range(&document.text, span);
                Some(json!({ "uri": at.text_document.uri, "range": range }))
            }
            Target::File(shared) => {
                let files = &library.surroundings.files;
                let path = match &shared {
                    Shared::Recipe(id) => files.recipes.get(id).or_else(|| files.templates.get(id)),
                    Shared::Mapping(id) => files.mappings.get(id),
                }?;
                let begin = json!({ "line": 0, "character": 0 });
                Some(json!({ "uri": uri_of(path), "range": { "start": begin, "end": begin } }))
            }
        }
    }

    fn code_actions(&self, within: &Within) -> Value {
        let Some(document) = self.documents.get(&within.text_document.uri) else { return json!([]) };
        let touched = document.diagnostics.iter().filter(|one| {
            let range = document.lines.range(&document.text, one.span);
            range.start <= within.range.end && within.range.start <= range.end
        });
        touched
            .filter_map(|one| {
                let suggestion = one.suggestion.as_ref()?;
                let range = document.lines.range(&document.text, suggestion.span);
                let edit = json!({ "range": range, "newText": suggestion.text });
                let mut changes = serde_json::Map::new();
                changes.insert(within.text_document.uri.clone(), json!([edit]));
                Some(json!({
                    "title": actions::title(one, &document.text)?,
                    "kind": "quickfix",
                    "isPreferred": true,
                    "diagnostics": [told(one, document)],
                    "edit": { "changes": changes },
                }))
            })
            .collect()
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that has gone hears nothing; the next message that does not come ends the conversation.
        let _ = self.connection.sender.send(message.into());
    }
}

fn told(diagnostic: &Diagnostic, document: &Document) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => protocol::SEVERITY_ERROR,
        Severity::Warning => protocol::SEVERITY_WARNING,
    };
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    json!({
        "range": document.lines.range(&document.text, diagnostic.span),
        "severity": severity,
        "code": diagnostic.code.0,
        "source": "bellhop",
        "message": message,
    })
}

fn markdown(text: &str) -> Value {
    json!({ "kind": "markdown", "value": text })
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}

fn refused(id: RequestId, code: ErrorCode, message: &str) -> Response {
    Response::new_err(id, code as i32, message.to_owned())
}
