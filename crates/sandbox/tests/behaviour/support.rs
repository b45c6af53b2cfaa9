//! Starts a sandbox for a test and speaks HTTP to it; and a receiver for its events.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use bellhop_sandbox::{Running, SandboxConfig, start};
use reqwest::Method;
use serde_json::Value;

pub(crate) const MARA: &str = "contactMaraFenn00001";
pub(crate) const SUKI: &str = "contactSukiHale00001";

/// A sandbox and a client with its token.
pub(crate) struct Crm {
    pub(crate) sandbox: Running,
    pub(crate) client: reqwest::Client,
}

/// An answer: status, JSON body (null where it is none), headers.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Told {
    /// The body of an answer of that status.
    pub(crate) fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Crm {
    pub(crate) async fn start() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        Self { sandbox, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .bearer_auth(self.sandbox.token())
            .header("Version", "2021-07-28")
    }

    pub(crate) async fn get(&self, path: &str) -> Told {
        told(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Told {
        told(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Told {
        told(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Told {
        told(self.request(Method::DELETE, path).json(&body)).await
    }

    /// A body with the location's id in it.
    pub(crate) fn here(&self, mut body: Value) -> Value {
        body["locationId"] = self.sandbox.location_id().into();
        body
    }

    /// A path with the location's id in its query.
    pub(crate) fn at(&self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}locationId={}", self.sandbox.location_id())
    }

    /// Every contact's record of the snapshot with that id.
    pub(crate) fn record(&self, collection: &str, id: &str) -> Option<Value> {
        let all = self.sandbox.snapshot();
        all[collection].as_array().unwrap().iter().find(|record| record["id"] == id).cloned()
    }
}

pub(crate) async fn told(request: reqwest::RequestBuilder) -> Told {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    Told { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

/// The keys of an object, in order.
pub(crate) fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

/// A delivered event: its headers and its bytes.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Inbox {
    deliveries: Vec<Delivery>,
    answers: VecDeque<u16>,
}

/// A receiver of events that answers as told, then 200.
pub(crate) struct Receiver {
    inbox: Arc<Mutex<Inbox>>,
    pub(crate) address: String,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let inbox = Inbox { answers: answers.iter().copied().collect(), ..Inbox::default() };
        let inbox = Arc::new(Mutex::new(inbox));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hooks/contacts", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(receive).with_state(Arc::clone(&inbox));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inbox, address, task }
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.inbox.lock().unwrap().deliveries.clone()
    }

    /// The types of the delivered events, in order; and none are left.
    pub(crate) fn take_types(&self) -> Vec<String> {
        let taken = std::mem::take(&mut self.inbox.lock().unwrap().deliveries);
        taken.iter().map(|delivery| delivery.body["type"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(inbox): State<Arc<Mutex<Inbox>>>, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    let mut inbox = inbox.lock().unwrap();
    inbox.deliveries.push(Delivery { headers, raw, body });
    StatusCode::from_u16(inbox.answers.pop_front().unwrap_or(200)).unwrap()
}
