//! Calls of the apps over HTTP.

use std::{collections::BTreeMap, sync::Arc};

use bellhop_apps::connectors;
use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{
    AuthSetting, Call, Connection, Connector, Failure, FailureClass, Outcome, SecretReference,
};
use bellhop_http::{HttpOptions, HttpRuntime};
use bellhop_sandbox::{Running, SandboxConfig, start};
use bellhop_vault::Vault;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// One app with one secret.
struct Scene {
    app: Arc<dyn Connector>,
    connection: Arc<Connection>,
}

impl Scene {
    fn new(app: &str, base_url: Option<String>, secret: Option<&str>) -> Self {
        let environment = secret.iter().map(|secret| ("SECRET".to_owned(), (*secret).to_owned()));
        let vault = Arc::new(Vault::new(environment.collect::<BTreeMap<_, _>>(), None));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let runtime = HttpRuntime::new(HttpOptions::new(Arc::clone(&clock), Arc::clone(&vault))).unwrap();
        let mut apps = connectors(&Arc::new(runtime), &vault, &clock).into_iter();
        let mut connection = Connection::named(app, app);
        connection.base_url = base_url;
        if secret.is_some() {
            connection.auth = AuthSetting::Token(SecretReference::Env("SECRET".into()));
        }
        let app = apps.find(|one| one.manifest().connector == app).unwrap();
        Self { app, connection: Arc::new(connection) }
    }

    async fn call(&self, operation: &str, input: Value) -> Outcome {
        let call = Call {
            operation: operation.into(),
            input,
            connection: Arc::clone(&self.connection),
            deadline: SystemClock.now() + SignedDuration::from_secs(20),
            idempotency_key: "run-1-step-1".into(),
            standing: bellhop_connector::Standing::default(),
        };
        self.app.call(call).await
    }

    async fn done(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input).await {
            Outcome::Done(output) => output,
            Outcome::Failed(failure) => panic!("{failure:?}"),
        }
    }

    async fn failed(&self, operation: &str, input: Value) -> Failure {
        match self.call(operation, input).await {
            Outcome::Done(output) => panic!("{output}"),
            Outcome::Failed(failure) => failure,
        }
    }

    async fn class(&self, operation: &str, input: Value) -> FailureClass {
        self.failed(operation, input).await.class
    }
}

async fn sandbox() -> Running {
    start(SandboxConfig::default()).await.unwrap()
}

fn last_message(sandbox: &Running) -> Value {
    sandbox.calls().last().unwrap().body.clone()
}

#[tokio::test]
async fn slack_takes_a_message_by_its_incoming_webhook() {
    let sandbox = sandbox().await;
    let address = format!("{}/__sandbox/slack/T000/B000/secret-part", sandbox.base_url());
    let slack = Scene::new("slack", None, Some(&address));
    assert_eq!(slack.done("send_message", json!({"text": "A hot lead"})).await, json!("ok"));
    assert_eq!(last_message(&sandbox), json!({"text": "A hot lead"}));
}

#[tokio::test]
async fn slack_takes_a_message_by_token_and_says_no_inside_a_200() {
    let sandbox = sandbox().await;
    let base = Some(format!("{}/__sandbox/slack-api", sandbox.base_url()));
    let slack = Scene::new("slack", base, Some("xoxb-made-up-token"));
    let sent = slack.done("send_message", json!({"text": "A hot lead", "channel": "#sales"})).await;
    assert_eq!((&sent["ok"], sent["ts"].is_string()), (&json!(true), true));
    assert_eq!(last_message(&sandbox), json!({"text": "A hot lead", "channel": "#sales"}));
    assert_eq!(slack.class("send_message", json!({"text": "Nowhere"})).await, FailureClass::NotFound);
}

#[tokio::test]
async fn http_sends_what_the_input_says_and_classifies_the_answer() {
    let sandbox = sandbox().await;
    let http = Scene::new("http", Some(sandbox.base_url().to_owned()), Some("made-up-token"));
    let url = |path: &str| format!("{}/__sandbox/http/{path}", sandbox.base_url());
    let input = json!({
        "method": "PUT", "url": url("orders/42"), "query": {"page": 2, "tag": "a b"},
        "headers": {"X-Trace": "t1", "Authorization": "Bearer other"}, "body": {"paid": true},
    });
    let echo = http.done("request", input).await;
    assert_eq!(echo["method"], "PUT");
    assert_eq!(echo["path"], "/__sandbox/http/orders/42");
    assert_eq!(echo["query"], json!({"page": "2", "tag": "a b"}));
    assert_eq!(echo["headers"]["x-trace"], "t1");
    assert_eq!(echo["headers"]["authorization"], "Bearer made-up-token");
    assert_eq!(echo["body"], json!({"paid": true}));

    let echo = http.done("get", json!({"url": url("orders")})).await;
    assert_eq!((&echo["method"], &echo["path"]), (&json!("GET"), &json!("/__sandbox/http/orders")));

    for (status, class) in [
        (404, "not_found"),
        (401, "unauthorised"),
        (403, "forbidden"),
        (422, "invalid"),
        (429, "rate_limited"),
    ] {
        let found = http.class("get", json!({"url": url(&format!("status/{status}"))})).await;
        assert_eq!(found.name(), class, "{status}");
    }
    assert_eq!(http.class("get", json!({"url": url("status/503")})).await, FailureClass::Transient);
    let post = json!({"method": "POST", "url": url("status/503"), "body": {}});
    assert_eq!(http.class("request", post).await, FailureClass::Unclear);
}

#[tokio::test]
async fn an_address_of_the_data_leads_to_the_internet_only() {
    let sandbox = sandbox().await;
    let port = sandbox.base_url().rsplit_once(':').expect("a port").1;
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "169.254.169.254", "10.0.0.1"] {
        let free = Scene::new("http", None, None);
        let address = json!({"url": format!("http://{host}:{port}/__sandbox/http/x")});
        let failure = free.failed("get", address).await;
        assert_eq!(failure.class.name(), "invalid", "{host}");
        assert!(failure.message.contains("private_addresses: yes"), "{}", failure.message);
    }
    assert!(sandbox.calls().is_empty());
    let mut allowed = Scene::new("http", None, None);
    let connection = Arc::make_mut(&mut allowed.connection);
    connection.settings.insert("private_addresses".to_owned(), "yes".to_owned());
    let echo = allowed.done("get", json!({"url": format!("{}/__sandbox/http/x", sandbox.base_url())})).await;
    assert_eq!(echo["path"], "/__sandbox/http/x");
}

#[tokio::test]
async fn a_token_goes_to_its_own_host_only() {
    let sandbox = sandbox().await;
    let http = Scene::new("http", Some("https://api.example.com".into()), Some("made-up-token"));
    let elsewhere = json!({"url": format!("{}/__sandbox/http/x", sandbox.base_url())});
    assert_eq!(http.class("get", elsewhere).await.name(), "invalid");
    assert!(sandbox.calls().is_empty());
}
