//! An editor for tests: it speaks to the server over channels in memory. Its workspace has one made-up app.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bellhop_connector::{Catalogue, Manifest};
use bellhop_lsp::{Connection, Ending, Files, Surroundings, Workspace, serve};
use bellhop_recipe::{Head, Library, World, compile_mapping, head};
use bellhop_source::{Address, Code, Diagnostic, Source, Span};
use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

const MANIFEST: &str = include_str!("../fixtures/crm.yaml");
/// A recipe that others may call.
const GREET: &str = "name: Greet
inputs:
  person: { type: text, description: Who is greeted }
  times: { type: number, default: 1 }
trigger: manual
steps:
  - stop: Hello
";
/// A mapping that recipes share.
const MAPPING: &str = "from: crm.person_created
to: crm.add_tags
fields:
  personId: $.id
";
/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_mins(2);
/// Where the tests' recipe stands.
pub(crate) const RECIPE: &str = "file:///shop/recipes/hello.yaml";
/// Where the tests' template stands.
pub(crate) const TEMPLATE: &str = "file:///shop/templates/hello.yaml";
/// Where the tests' settings stand.
pub(crate) const SETTINGS: &str = "file:///shop/bellhop.yaml";
/// Marks the cursor in fixtures.
pub(crate) const MARK: char = '¦';

/// A workspace with one app. It counts how often it is read.
#[derive(Default)]
pub(crate) struct Shop {
    pub(crate) readings: Arc<AtomicUsize>,
    pub(crate) broken: bool,
    /// The apps; by default the shop's own.
    pub(crate) world: Option<World>,
}

/// What the shop's recipes are checked against.
pub(crate) fn world() -> World {
    let manifest = Manifest::load(&Source::new("crm.yaml", MANIFEST)).expect("the manifest is good");
    let mut world = World::new(
        Arc::new(Catalogue::new([Arc::new(manifest)])),
        BTreeMap::from([("crm".to_owned(), "crm".to_owned())]),
        jiff::tz::TimeZone::UTC,
    );
    let (mapping, _) = compile_mapping("to-person", &Source::new("to-person", MAPPING), &world);
    let greet = head(&Source::new("greet", GREET));
    world.library = Arc::new(Library {
        recipes: BTreeMap::from([("greet".to_owned(), greet), ("hello".to_owned(), Head::default())]),
        mappings: mapping.into_iter().map(|one| ("to-person".to_owned(), Arc::new(one))).collect(),
        ..Library::default()
    });
    world
}

/// What the shop's templates are checked against: one connection and one callable recipe more.
fn templates() -> World {
    let mut world = world();
    world.connections.insert("other_crm".to_owned(), "crm".to_owned());
    let library = Arc::make_mut(&mut world.library);
    library.recipes.insert("farewell".to_owned(), head(&Source::new("farewell", GREET)));
    world
}

impl Workspace for Shop {
    fn open(&self, folder: Option<&Path>) -> Result<Surroundings, String> {
        assert_eq!(folder, Some(Path::new("/shop")));
        self.readings.fetch_add(1, Ordering::SeqCst);
        if self.broken {
            return Err("The workspace cannot be read.".to_owned());
        }
        let settings_schema = json!({
            "type": "object",
            "properties": {
                "time_zone": { "type": "string", "description": "Of schedules", "examples": ["Europe/London"] },
                "server": { "type": "object", "properties": { "listen": { "type": "string" } } },
            },
        });
        let files = Files {
            recipes: BTreeMap::from([("greet".to_owned(), PathBuf::from("/shop/recipes/sales/greet.yaml"))]),
            templates: BTreeMap::from([(
                "farewell".to_owned(),
                PathBuf::from("/shop/templates/farewell.yaml"),
            )]),
            mappings: BTreeMap::from([(
                "to-person".to_owned(),
                PathBuf::from("/shop/mappings/to-person.yaml"),
            )]),
        };
        let tests_schema = json!({
            "type": "object",
            "properties": { "recipe": { "type": "string" }, "tests": { "type": "array", "items": { "type": "object" } } },
        });
        Ok(Surroundings {
            world: self.world.clone().unwrap_or_else(world),
            templates: templates(),
            settings_schema,
            tests_schema,
            files,
        })
    }

    fn check_settings(&self, text: &str, _: &Surroundings) -> Vec<Diagnostic> {
        let place = text.find("wrong").map(|at| Span::new(at, at + 5));
        place
            .map(|span| Diagnostic::error(Code("BH9999"), span, Address::root(), "this is wrong"))
            .into_iter()
            .collect()
    }

    fn check_tests(&self, name: &str, text: &str, surroundings: &Surroundings) -> Vec<Diagnostic> {
        assert_eq!(name, "hello.test.yaml");
        self.check_settings(text, surroundings)
    }

    fn page_of(&self, code: Code) -> Option<String> {
        (code.0 != "BH9999").then(|| format!("# {}: What it means", code.0))
    }
}

/// An editor.
pub(crate) struct Editor {
    connection: Connection,
    server: Option<JoinHandle<Ending>>,
    asked: i32,
    /// What the server said without being asked.
    pub(crate) heard: Vec<Notification>,
    /// What the server asked.
    pub(crate) questions: Vec<Request>,
}

impl Editor {
    /// An editor that knows snippets, after the greetings.
    pub(crate) fn new() -> Self {
        Self::with(
            Shop::default(),
            &json!({
                "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
            }),
        )
    }

    /// An editor that can do so much, after the greetings.
    pub(crate) fn with(shop: Shop, capabilities: &Value) -> Self {
        let mut editor = Self::silent(shop);
        let greeting = json!({
            "processId": null, "capabilities": capabilities, "rootUri": null,
            "workspaceFolders": [{ "uri": "file:///shop", "name": "shop" }],
        });
        editor.ask("initialize", greeting);
        editor.tell("initialized", json!({}));
        editor
    }

    /// An editor that has said nothing yet.
    pub(crate) fn silent(shop: Shop) -> Self {
        let (ours, theirs) = Connection::memory();
        let server = std::thread::spawn(move || serve(&theirs, &shop));
        Self { connection: ours, server: Some(server), asked: 0, heard: Vec::new(), questions: Vec::new() }
    }

    /// Says something that has no answer.
    pub(crate) fn tell(&self, method: &str, params: Value) {
        let message = Notification { method: method.to_owned(), params };
        self.connection.sender.send(message.into()).expect("the server listens");
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_to_ask(method, params).response_result.expect("the server answers")
    }

    /// Asks, and waits for the answer or the refusal.
    pub(crate) fn try_to_ask(&mut self, method: &str, params: Value) -> Response {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        let message = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(message.into()).expect("the server listens");
        loop {
            match self.connection.receiver.recv_timeout(PATIENCE).expect("the server speaks") {
                Message::Response(response) => {
                    assert_eq!(response.id, id);
                    return response;
                }
                Message::Notification(notification) => self.heard.push(notification),
                Message::Request(request) => self.questions.push(request),
            }
        }
    }

    /// Opens a document, and waits for its diagnostics.
    pub(crate) fn open(&mut self, uri: &str, text: &str) -> Value {
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(uri)
    }

    /// Changes a document, and waits for its diagnostics.
    pub(crate) fn change(&mut self, uri: &str, version: i32, text: &str) -> Value {
        let document = json!({ "uri": uri, "version": version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
        self.diagnostics(uri)
    }

    /// The next diagnostics of a document.
    pub(crate) fn diagnostics(&mut self, uri: &str) -> Value {
        loop {
            match self.connection.receiver.recv_timeout(PATIENCE).expect("the server speaks") {
                Message::Notification(one)
                    if one.method == "textDocument/publishDiagnostics" && one.params["uri"] == uri =>
                {
                    return one.params;
                }
                Message::Notification(one) => self.heard.push(one),
                Message::Request(one) => self.questions.push(one),
                Message::Response(one) => panic!("nothing was asked, and this came: {one:?}"),
            }
        }
    }

    /// Asks about a place in the recipe.
    pub(crate) fn ask_at(&mut self, method: &str, uri: &str, text: &str, offset: usize) -> Value {
        let position = position(text, offset);
        self.ask(method, json!({ "textDocument": { "uri": uri }, "position": position }))
    }

    /// Takes leave, and says how the conversation ended.
    pub(crate) fn leave(mut self) -> Ending {
        self.ask("shutdown", Value::Null);
        self.end()
    }

    /// Says `exit`, and says how the conversation ended.
    pub(crate) fn end(mut self) -> Ending {
        self.tell("exit", Value::Null);
        self.server.take().expect("it runs").join().expect("the server does not panic")
    }

    /// Goes away without a word, and says how the conversation ended.
    pub(crate) fn vanish(self) -> Ending {
        let Self { connection, mut server, .. } = self;
        drop(connection);
        server.take().expect("it runs").join().expect("the server does not panic")
    }
}

/// A text without its mark, and where that stood.
pub(crate) fn marked(text: &str) -> (String, usize) {
    let offset = text.find(MARK).expect("the text has a mark");
    (text.replace(MARK, ""), offset)
}

/// A place as the protocol counts.
pub(crate) fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": before[start..].encode_utf16().count() })
}

/// The byte offset of a place.
pub(crate) fn offset(text: &str, position: &Value) -> usize {
    let number = |key: &str| usize::try_from(position[key].as_u64().expect("a number")).expect("it is small");
    let start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
    let mut units = 0;
    for (at, letter) in text[start..].char_indices() {
        if units == number("character") {
            return start + at;
        }
        units += letter.len_utf16();
    }
    text.len()
}

/// What stands in a range.
pub(crate) fn slice<'t>(text: &'t str, range: &Value) -> &'t str {
    &text[offset(text, &range["start"])..offset(text, &range["end"])]
}
