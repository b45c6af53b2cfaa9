//! A tiny app for tests: answers, hangs, or breaks off as it is told, and remembers what it was asked. Beside it, a
//! connector over a manifest and a clock that stands still.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use bellhop_clock::{Clock, ManualClock};
use bellhop_connector::{
    AuthSetting, Call, Connection, Connector as _, Evidence, Failure, Manifest, Outcome, SecretReference,
};
use bellhop_http::{HttpOptions, HttpRuntime, ManifestConnector};
use bellhop_source::Source;
use bellhop_vault::Vault;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How the app reacts to one request.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// Answers.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Reads the request and closes the connection.
    BreakOff,
    /// Answers in part and closes the connection.
    BreakOffInTheMiddle,
    /// Reads the request and never answers.
    Hang,
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &Value) -> Reaction {
    answer(status, &[("content-type", "application/json")], body.to_string())
}

/// An answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reaction {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Reaction::Answer { status, headers, body: body.as_ref().into() }
}

/// A request as the app got it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// Such as `GET /books?size=2`.
    pub(crate) line: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

type Script = Arc<Mutex<VecDeque<Reaction>>>;

/// The app. It reacts by its script, in order; after the last it goes on with that.
pub(crate) struct App {
    /// Where it listens.
    pub(crate) base_url: String,
    script: Script,
    asked: watch::Receiver<Vec<Asked>>,
}

impl App {
    /// Starts it on a free port.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reaction>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let script: Script = Arc::new(Mutex::new(script.into_iter().collect()));
        let (sender, asked) = watch::channel(Vec::new());
        let sender = Arc::new(sender);
        tokio::spawn({
            let script = Arc::clone(&script);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&sender)));
                }
            }
        });
        Self { base_url, script, asked }
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// The request lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// Returns once it was asked so often.
    pub(crate) async fn asked_times(&self, times: usize) {
        self.asked.clone().wait_for(|asked| asked.len() >= times).await.unwrap();
    }

    /// From now on reacts so.
    pub(crate) fn react(&self, script: impl IntoIterator<Item = Reaction>) {
        *self.script.lock().unwrap() = script.into_iter().collect();
    }
}

async fn serve(mut stream: TcpStream, script: Script, asked: Arc<watch::Sender<Vec<Asked>>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let reaction = {
            let mut script = script.lock().unwrap();
            if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
        };
        asked.send_modify(|asked| asked.push(request));
        match reaction.expect("the script says something") {
            Reaction::Answer { status, headers, body } => {
                let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    text.extend([name.as_str(), ": ", &value, "\r\n"]);
                }
                text += "\r\n";
                if stream.write_all(&[text.as_bytes(), &body].concat()).await.is_err() {
                    return;
                }
            }
            Reaction::BreakOff => return,
            Reaction::BreakOffInTheMiddle => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"half\":").await;
                return;
            }
            Reaction::Hang => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
            let headers: BTreeMap<_, _> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
                buffer.drain(..end + 4 + length);
                return Some(Asked { line, headers, body });
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}

/// The secret that must never be seen.
pub(crate) const CANARY: &str = "canary-7d41f0c2b9";

/// When every test begins.
pub(crate) const START: &str = "2026-11-21T10:00:00Z";

/// A connector over a manifest, and what it is made of.
pub(crate) struct Bench {
    /// The connector.
    pub(crate) connector: Arc<ManifestConnector>,
    /// Stands at [`START`].
    pub(crate) clock: ManualClock,
    /// Named `main`, with the canary as its token and `place` = `p1`.
    pub(crate) connection: Connection,
}

impl Bench {
    /// A connector over `manifest`, for the app at `base_url`.
    pub(crate) fn new(manifest: &str, base_url: &str) -> Self {
        Self::with(manifest, base_url, |_| {})
    }

    /// The same where the options are not the usual ones.
    pub(crate) fn with(manifest: &str, base_url: &str, change: impl FnOnce(&mut HttpOptions)) -> Self {
        let manifest = match Manifest::load(&Source::new("manifest.yaml", manifest)) {
            Ok(manifest) => manifest,
            Err(complaints) => panic!("{complaints:#?}"),
        };
        let clock = ManualClock::new(START.parse().unwrap());
        let environment =
            [("TOKEN".to_owned(), CANARY.to_owned()), ("CLIENT".into(), "client-secret-1".into())];
        let vault = Vault::new(environment.into(), None);
        let mut options = HttpOptions::new(Arc::new(clock.clone()), Arc::new(vault));
        change(&mut options);
        let runtime = Arc::new(HttpRuntime::new(options).unwrap());
        let mut connection = Connection::named("main", &manifest.connector);
        connection.base_url = Some(base_url.into());
        connection.auth = AuthSetting::Token(SecretReference::Env("TOKEN".into()));
        connection.settings.insert("place".into(), "p1".into());
        Self { connector: Arc::new(ManifestConnector::new(Arc::new(manifest), runtime)), clock, connection }
    }

    /// A call with half a minute's time.
    pub(crate) fn call(&self, operation: &str, input: Value) -> Call {
        Call {
            operation: operation.into(),
            input,
            connection: Arc::new(self.connection.clone()),
            deadline: self.clock.now() + SignedDuration::from_secs(30),
            idempotency_key: "key-1".into(),
            standing: bellhop_connector::Standing::default(),
        }
    }

    /// Calls and waits for the end.
    pub(crate) async fn outcome(&self, operation: &str, input: Value) -> Outcome {
        self.connector.call(self.call(operation, input)).await
    }

    /// Calls; the output of a call that succeeds.
    pub(crate) async fn done(&self, operation: &str, input: Value) -> Value {
        match self.outcome(operation, input).await {
            Outcome::Done(output) => output,
            Outcome::Failed(failure) => panic!("{failure:?}"),
        }
    }

    /// Calls; the failure of a call that fails.
    pub(crate) async fn failed(&self, operation: &str, input: Value) -> Failure {
        match self.outcome(operation, input).await {
            Outcome::Done(output) => panic!("{output}"),
            Outcome::Failed(failure) => failure,
        }
    }

    /// Now, as the standing clock says.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A runtime on a clock and a vault.
pub(crate) fn runtime(clock: ManualClock, vault: Vault) -> Arc<HttpRuntime> {
    Arc::new(HttpRuntime::new(HttpOptions::new(Arc::new(clock), Arc::new(vault))).unwrap())
}

/// The evidence that must be there.
pub(crate) fn evidence(failure: &Failure) -> &Evidence {
    failure.evidence.as_ref().expect("an answered call has evidence")
}

/// A made-up library.
pub(crate) const LIBRARY: &str = include_str!("data/library.yaml");

/// An app that reacts so, and the library's connector to it.
pub(crate) async fn bench(script: impl IntoIterator<Item = Reaction>) -> (App, Bench) {
    let app = App::start(script).await;
    let bench = Bench::new(LIBRARY, &app.base_url);
    (app, bench)
}
