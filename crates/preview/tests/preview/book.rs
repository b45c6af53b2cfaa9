//! A made-up address book: its manifest, an app that holds two people and refuses writes, and a dry run on it.

use std::sync::{Arc, Mutex, OnceLock};

use bellhop_clock::ManualClock;
use bellhop_connector::{
    BoxFuture, Call, Catalogue, Confirmation, Connection, Connector, Delivery, Event, Failure, FailureClass,
    Manifest, Outcome, Page, Refusal,
};
use bellhop_preview::{JumpClock, Ledger, Previewed, Report};
use bellhop_source::Source;
use jiff::Timestamp;
use serde_json::{Value, json};

const MANIFEST: &str = include_str!("book.yaml");

/// The manifest.
pub(crate) fn manifest() -> Arc<Manifest> {
    static LOADED: OnceLock<Arc<Manifest>> = OnceLock::new();
    let load = || Manifest::load(&Source::new("book.yaml", MANIFEST));
    Arc::clone(LOADED.get_or_init(|| Arc::new(load().unwrap_or_else(|found| panic!("{found:#?}")))))
}

/// The app. It fails the test where a write reaches it.
struct Book {
    manifest: Arc<Manifest>,
    blind: bool,
    asked: Mutex<Vec<Call>>,
}

impl Book {
    fn people() -> Vec<Value> {
        vec![
            json!({"id": "p1", "name": "Ana Quill", "email": "ana@example.com", "phone": "+15550100001", "city": "Leeds",
                "tags": ["friend"], "extra": [{"id": "f1", "is": 5}]}),
            json!({"id": "p2", "name": "Oren Pike", "email": "oren@example.com", "tags": []}),
        ]
    }

    fn answer(&self, call: &Call) -> Outcome {
        let not_found = || Outcome::Failed(Failure::new(FailureClass::NotFound, "Nobody there."));
        let text = |name: &str| call.input[name].as_str().unwrap_or_default().to_owned();
        let person = |id: &str| Self::people().into_iter().find(|person| person["id"] == *id);
        if self.blind && call.operation == "get_person" {
            return Outcome::Failed(Failure::new(FailureClass::Forbidden { scope: None }, "Not allowed."));
        }
        let done = match call.operation.as_str() {
            "get_person" => {
                person(&text("id")).or_else(|| stranger(text("id").strip_prefix('s')?.parse().ok()?))
            }
            "list_people" => Some(Value::Array(Self::people())),
            "list_strangers" => Some((0..STRANGERS).filter_map(stranger).collect()),
            "find_person" => {
                let same = |person: &Value| person["email"] == text("email").to_lowercase();
                Some(Self::people().into_iter().find(same).unwrap_or_default())
            }
            "list_definitions" => Some(json!([{"id": "f1", "name": "Score"}])),
            "list_tasks" => person(&text("person")).map(|person| match person["id"].as_str() {
                Some("p1") => json!([{"id": "t1", "title": "Call Ana", "person": "p1", "open": true}]),
                _ => json!([]),
            }),
            "get_task" => Some(json!({"id": "t1", "title": "Call Ana", "person": "p1", "open": true})),
            other => panic!("{other} reached the app"),
        };
        done.map_or_else(not_found, Outcome::Done)
    }
}

/// So many more people are in the book.
pub(crate) const STRANGERS: usize = 300;

fn stranger(number: usize) -> Option<Value> {
    (number < STRANGERS)
        .then(|| json!({"id": format!("s{number}"), "name": format!("Stranger {number}"), "tags": ["far"]}))
}

impl Connector for Book {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        self.asked.lock().unwrap().push(call.clone());
        Box::pin(async move { self.answer(&call) })
    }

    fn confirm(&self, call: Call, _: Timestamp) -> BoxFuture<'_, Confirmation> {
        panic!("{} was looked for in the app", call.operation)
    }

    fn verify(&self, _: &Delivery<'_>) -> Result<Event, Refusal> {
        panic!("no deliveries here")
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A dry run.
pub(crate) struct Rehearsal {
    book: Arc<Book>,
    previewed: Previewed,
    ledger: Arc<Ledger>,
    connection: Arc<Connection>,
}

impl Rehearsal {
    /// On the address book.
    pub(crate) fn new() -> Self {
        Self::of(false)
    }

    /// On one whose people may not be read one by one.
    pub(crate) fn blind() -> Self {
        Self::of(true)
    }

    fn of(blind: bool) -> Self {
        let book = Arc::new(Book { manifest: manifest(), blind, asked: Mutex::default() });
        let ledger = Arc::new(Ledger::default());
        let clock = JumpClock::over(Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        let app: Arc<dyn Connector> = Arc::<Book>::clone(&book);
        let previewed = Previewed::around(app, Arc::clone(&ledger), clock);
        let mut connection = Connection::named("book", "book");
        connection.settings.insert("shelf".into(), "s1".into());
        Self { book, previewed, ledger, connection: Arc::new(connection) }
    }

    /// One call.
    pub(crate) fn call(&self, operation: &str, input: Value) -> Outcome {
        block_on(self.previewed.call(self.as_call(operation, input)))
    }

    /// A page that must be read.
    pub(crate) fn page(&self, operation: &str, after: Option<Value>) -> Page {
        block_on(self.previewed.page(self.as_call(operation, json!({})), after)).unwrap()
    }

    /// What a look after an unclear end says.
    pub(crate) fn confirm(&self, operation: &str, input: Value) -> Confirmation {
        block_on(self.previewed.confirm(self.as_call(operation, input), Timestamp::UNIX_EPOCH))
    }

    fn as_call(&self, operation: &str, input: Value) -> Call {
        Call {
            operation: operation.to_owned(),
            input,
            connection: Arc::clone(&self.connection),
            deadline: Timestamp::MAX,
            idempotency_key: "run_1:/steps/0".to_owned(),
            standing: bellhop_connector::Standing::default(),
        }
    }

    /// One call that must go well.
    pub(crate) fn done(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input) {
            Outcome::Done(answer) => answer,
            Outcome::Failed(failure) => panic!("{operation}: {failure:?}"),
        }
    }

    /// One call that must not.
    pub(crate) fn failed(&self, operation: &str, input: Value) -> Failure {
        match self.call(operation, input) {
            Outcome::Done(answer) => panic!("{operation} went well: {answer}"),
            Outcome::Failed(failure) => failure,
        }
    }

    /// What came of it.
    pub(crate) fn report(&self) -> Report {
        self.ledger.report(&Catalogue::new([manifest()]))
    }

    /// The operations that reached the app.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.book.asked.lock().unwrap().iter().map(|call| call.operation.clone()).collect()
    }

    /// How many calls that reached the app named this id.
    pub(crate) fn asked_about(&self, id: &str) -> usize {
        let asked = self.book.asked.lock().unwrap();
        asked.iter().filter(|call| call.input.to_string().contains(id)).count()
    }
}
