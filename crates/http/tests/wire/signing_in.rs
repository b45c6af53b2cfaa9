//! Credentials: where tokens go, and how they are renewed.

use std::{fs, sync::Arc};

use bellhop_clock::ManualClock;
use bellhop_connector::{
    AuthSetting, Call, Connection, Connector as _, FailureClass, Manifest, Outcome, SecretReference,
};
use bellhop_http::ManifestConnector;
use bellhop_source::Source;
use bellhop_vault::Vault;
use jiff::SignedDuration;
use serde_json::json as value;

use crate::support::{App, Bench, CANARY, LIBRARY, START, answer, bench, json, runtime};

const HOOK: &str = r#"
connector: hook
title: Hook
version: "1"
base_url: https://api.example.com
settings: {place: {}}
auth: {address_or_header: {name: X-Token, prefix: ""}}
operations:
  send:
    title: Send
    effect: once
    input: {text: {type: string}}
    request: {method: POST, path: /send, body: {encoding: json, take: [text]}}
"#;

#[tokio::test]
async fn a_secret_may_be_the_address_or_go_into_a_header() {
    let app = App::start([answer(200, &[], "ok")]).await;
    let clock = ManualClock::new(START.parse().unwrap());
    for (secret, line, header) in [
        ("just-a-token".to_owned(), "POST /send", Some("just-a-token")),
        (format!("{}/hooks/T1/{CANARY}?x=1", app.base_url), &*format!("POST /hooks/T1/{CANARY}?x=1"), None),
    ] {
        let mut bench = Bench::new(HOOK, &app.base_url);
        bench.connection.auth = AuthSetting::Token(SecretReference::Env("HOOK".into()));
        let manifest = Arc::new(bench.connector.manifest().clone());
        let vault = Vault::new([("HOOK".to_owned(), secret)].into(), None);
        bench.connector = Arc::new(ManifestConnector::new(manifest, runtime(clock.clone(), vault)));
        assert_eq!(bench.done("send", value!({"text": "hi"})).await, value!("ok"));
        let asked = app.asked().pop().unwrap();
        assert_eq!(asked.line, line);
        assert_eq!(asked.headers.get("x-token").map(String::as_str), header);
    }
}

#[tokio::test]
async fn an_address_that_is_secret_is_never_shown() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks/{CANARY}", free.local_addr().unwrap());
    drop(free);
    let mut bench = Bench::new(HOOK, "http://127.0.0.1:1");
    bench.connection.auth = AuthSetting::Token(SecretReference::Env("HOOK".into()));
    let vault = Vault::new([("HOOK".to_owned(), address)].into(), None);
    let manifest = Arc::new(bench.connector.manifest().clone());
    bench.connector = Arc::new(ManifestConnector::new(manifest, runtime(bench.clock.clone(), vault)));
    let failure = bench.failed("send", value!({"text": "hi"})).await;
    assert!(!format!("{failure:?}").contains(CANARY), "{failure:?}");
}

#[tokio::test]
async fn a_mended_token_counts_at_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "old-token").unwrap();
    let (app, mut bench) =
        bench([json(401, &value!({"message": "revoked"})), json(200, &value!({"book": 1}))]).await;
    bench.connection.auth = AuthSetting::Token(SecretReference::Secret("token".into()));
    let manifest = Arc::new(bench.connector.manifest().clone());
    let vault = Vault::new([].into(), Some(folder.path().into()));
    bench.connector = Arc::new(ManifestConnector::new(manifest, runtime(bench.clock.clone(), vault)));
    assert_eq!(bench.failed("get_book", value!({"book_id": "b1"})).await.class, FailureClass::Unauthorised);
    fs::write(folder.path().join("token"), "new-token").unwrap();
    bench.done("get_book", value!({"book_id": "b1"})).await;
    let tokens: Vec<_> = app.asked().iter().map(|asked| asked.headers["authorization"].clone()).collect();
    assert_eq!(tokens, ["Bearer old-token", "Bearer new-token"]);
}

/// A connector that signs in by OAuth, with its pairs kept in `folder`.
fn by_oauth(
    app: &App,
    folder: &std::path::Path,
    clock: &ManualClock,
) -> (Arc<ManifestConnector>, Arc<Connection>) {
    let environment =
        [("CLIENT".to_owned(), "client-secret-1".to_owned()), ("REFRESH".into(), "refresh-first".into())];
    let vault = Vault::new(environment.into(), Some(folder.into()));
    let manifest = Manifest::load(&Source::new("library.yaml", LIBRARY)).unwrap();
    let connector = ManifestConnector::new(Arc::new(manifest), runtime(clock.clone(), vault));
    let mut connection = Connection::named("main", "library");
    connection.base_url = Some(app.base_url.clone());
    connection.settings.insert("place".into(), "p1".into());
    connection.auth = AuthSetting::Oauth {
        client_id: "client-1".into(),
        client_secret: SecretReference::Env("CLIENT".into()),
        refresh_token: SecretReference::Env("REFRESH".into()),
    };
    (Arc::new(connector), Arc::new(connection))
}

fn call(connection: &Arc<Connection>) -> Call {
    Call {
        operation: "create_note".into(),
        input: value!({"book_id": "b1", "body": "x"}),
        connection: Arc::clone(connection),
        deadline: START.parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_hours(48),
        idempotency_key: "k".into(),
        standing: bellhop_connector::Standing::default(),
    }
}

fn pair(number: u32) -> crate::support::Reaction {
    json(
        200,
        &value!({"access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"), "expires_in": 86399}),
    )
}

#[tokio::test]
async fn a_sign_in_is_renewed_once_kept_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(START.parse().unwrap());
    let ok = json(201, &value!({"note": 1}));
    let app = App::start([pair(1), ok.clone()]).await;
    let (connector, connection) = by_oauth(&app, folder.path(), &clock);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (connector, call) = (Arc::clone(&connector), call(&connection));
            tokio::spawn(async move { connector.call(call).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Outcome::Done(value!(1)));
    }
    let exchanges: Vec<_> = app.asked().into_iter().filter(|asked| asked.line == "POST /token").collect();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(
        exchanges[0].body,
        "client_id=client-1&client_secret=client-secret-1&grant_type=refresh_token&refresh_token=refresh-first"
    );
    assert!(app.asked()[1..].iter().all(|asked| asked.headers["authorization"] == "Bearer access-1"));

    // The next process goes on with the kept pair.
    let (again, connection) = by_oauth(&app, folder.path(), &clock);
    let before = app.asked().len();
    assert_eq!(again.call(call(&connection)).await, Outcome::Done(value!(1)));
    assert_eq!(app.lines()[before..], ["POST /books/b1/notes"]);

    // Shortly before its end the pair is renewed with its own refresh token.
    clock.advance(SignedDuration::from_secs(86_399 - 60));
    app.react([pair(2), ok]);
    assert_eq!(again.call(call(&connection)).await, Outcome::Done(value!(1)));
    let last = &app.asked()[before + 1..];
    assert!(last[0].body.ends_with("refresh_token=refresh-1"), "{}", last[0].body);
    assert_eq!(last[1].headers["authorization"], "Bearer access-2");
}

#[tokio::test]
async fn a_401_renews_the_sign_in_only_where_the_token_has_run_out() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(START.parse().unwrap());
    let run_out = json(401, &value!({"message": "Invalid JWT"}));
    let app = App::start([pair(1), run_out, pair(2), json(201, &value!({"note": 1}))]).await;
    let (connector, connection) = by_oauth(&app, folder.path(), &clock);
    assert_eq!(connector.call(call(&connection)).await, Outcome::Done(value!(1)));
    assert_eq!(app.lines(), ["POST /token", "POST /books/b1/notes", "POST /token", "POST /books/b1/notes"]);

    app.react([json(401, &value!({"message": "The token is not authorized for this scope."}))]);
    let before = app.asked().len();
    let outcome = connector.call(call(&connection)).await;
    assert!(matches!(outcome, Outcome::Failed(failure) if failure.class.name() == "forbidden"));
    assert_eq!(app.asked().len(), before + 1);
}

#[tokio::test]
async fn a_renewal_that_fails_says_whether_trying_again_helps() {
    let clock = ManualClock::new(START.parse().unwrap());
    for (reaction, class) in [
        (json(400, &value!({"error": "invalid_grant"})), FailureClass::Unauthorised),
        (json(503, &value!({})), FailureClass::Transient),
        (json(200, &value!({})), FailureClass::Bug),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let app = App::start([reaction]).await;
        let (connector, connection) = by_oauth(&app, folder.path(), &clock);
        let Outcome::Failed(failure) = connector.call(call(&connection)).await else {
            panic!("it cannot sign in")
        };
        assert_eq!(failure.class, class);
        let shown = format!("{failure:?}");
        assert!(!shown.contains("refresh-first") && !shown.contains("client-secret-1"), "{shown}");
        assert_eq!(app.lines(), ["POST /token"]);
    }
}
