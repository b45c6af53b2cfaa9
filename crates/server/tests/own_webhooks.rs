//! A recipe's own webhook asks who sends: what proves nothing is refused with 401, and nothing of it is kept.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::Catalogue;
use bellhop_engine::{Engine, EngineOptions};
use bellhop_journal::RunFilter;
use bellhop_recipe::{World, compile};
use bellhop_server::{Server, ServerOptions};
use bellhop_source::{Source, render};
use bellhop_store::SqliteStore;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const BODY: &str = r#"{"word":"hook"}"#;
/// HMAC-SHA256 of the body with the key `open sesame`, by another program.
const SIGNATURE: &str = "7ec0c131a0505fd7ca8d46484873a4f70ba5d11d70c570bc2418057b9fada1e5";
const RECIPES: [(&str, &str); 4] = [
    ("anybody", "{ path: open }"),
    ("by-token", "{ path: form, verify: { secret: form } }"),
    ("by-signature", "{ path: form, verify: { secret: shop, how: hmac_sha256 } }"),
    ("by-nobody", "{ path: shut, verify: { secret: lost, header: X-Token } }"),
];

async fn start() -> (Arc<Engine>, SocketAddr) {
    let world = World::new(Arc::new(Catalogue::new([])), BTreeMap::new(), TimeZone::UTC);
    let plans = RECIPES.map(|(id, webhook)| {
        let text = format!("name: {id}\ntrigger: {{ webhook: {webhook} }}\nsteps:\n  - stop: Done\n");
        let source = Source::new(id, text);
        let (plan, found) = compile(id, &source, &world);
        Arc::new(plan.unwrap_or_else(|| panic!("{}", render(&found, &source, false))))
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(SqliteStore::in_memory().expect("a store"));
    let engine = Engine::new(EngineOptions::new(store, Arc::clone(&clock), world, "test"));
    engine.set_recipes(plans.to_vec()).await.expect("recipes");
    engine.start().await.expect("it starts");
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = server.address().expect("an address");
    let options = ServerOptions {
        engine: Arc::clone(&engine),
        connections: Arc::new(HashMap::new()),
        clock,
        metrics: None,
        gauges: Arc::new(|| {}),
        token: None,
        secret: Arc::new(|name| match name {
            "form" => Some("let me in".to_owned()),
            "shop" => Some("open sesame".to_owned()),
            _ => None,
        }),
        deliveries_per_second: 1000,
    };
    tokio::spawn(server.serve(options, std::future::pending()));
    (engine, address)
}

async fn send(address: SocketAddr, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let request = format!(
        "POST /hooks/in/{path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

/// The recipes that have run, by name.
async fn ran(engine: &Arc<Engine>) -> Vec<String> {
    engine.wait_idle().await.expect("a store");
    let filter = RunFilter { limit: 100, ..RunFilter::default() };
    let runs = engine.store().runs(filter).await.expect("a store");
    let mut names: Vec<String> = runs.into_iter().map(|run| run.recipe).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_proves_nothing_is_refused_and_nothing_is_kept() {
    let (engine, address) = start().await;
    let signature = format!("x-signature: {SIGNATURE}\r\n");
    for (path, headers, body) in [
        ("form", "", BODY),
        ("form", "authorization: Bearer let me out\r\n", BODY),
        ("form", "x-token: let me in\r\n", BODY),
        ("form", "authorization: open sesame\r\n", BODY),
        ("form", "x-signature: open sesame\r\n", BODY),
        ("form", &signature, r#"{"word":"hooked"}"#),
        ("form", &signature, r#"{"word": "hook"}"#),
        ("shut", "", BODY),
        ("shut", "x-token: \r\n", BODY),
        ("shut", "x-token: lost\r\n", BODY),
    ] {
        let answer = send(address, path, headers, body).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{path} {headers}{body}: {answer}");
        assert!(answer.contains("\"unsigned\""), "{answer}");
    }
    assert!(ran(&engine).await.is_empty());
    // What was refused is no delivery: the same id is taken when it comes with its proof.
    let refused = send(address, "form", "webhook-id: d1\r\n", BODY).await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let taken = send(address, "form", "webhook-id: d1\r\nauthorization: Bearer let me in\r\n", BODY).await;
    assert!(taken.starts_with("HTTP/1.1 200") && !taken.contains("duplicate"), "{taken}");
    assert_eq!(ran(&engine).await, ["by-token"]);
    engine.shutdown(SignedDuration::from_secs(1)).await;
}

#[tokio::test]
async fn of_recipes_with_one_path_those_run_whose_proof_holds() {
    let (engine, address) = start().await;
    for headers in [
        "authorization: let me in\r\n".to_owned(),
        format!("x-signature: sha256={SIGNATURE}\r\n"),
        format!("x-signature: {SIGNATURE}\r\nauthorization: Bearer let me in\r\n"),
    ] {
        let answer = send(address, "form", &headers, BODY).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{headers}: {answer}");
    }
    assert_eq!(ran(&engine).await, ["by-signature", "by-signature", "by-token", "by-token"]);
    assert!(send(address, "open", "", BODY).await.starts_with("HTTP/1.1 200"), "it asks for nothing");
    assert!(send(address, "other", "", BODY).await.starts_with("HTTP/1.1 404"), "nobody listens there");
    assert_eq!(ran(&engine).await.len(), 5);
    engine.shutdown(SignedDuration::from_secs(1)).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_kept_is_refused_with_its_reason() {
    let (engine, address) = start().await;
    let nested = |levels: usize| format!("{}1{}", "{\"n\":".repeat(levels), "}".repeat(levels));
    for (body, why) in [
        (String::new(), "it is empty"),
        ("a=1".to_owned(), "expected value at line 1 column 1"),
        ("{\"n\":1e999}".to_owned(), "number out of range"),
        (nested(65), "nested more than 64 levels deep"),
        (nested(10_000), "recursion limit exceeded"),
    ] {
        let answer = send(address, "open", "", &body).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(why), "{why}: {answer}");
    }
    assert!(ran(&engine).await.is_empty());
    let half = r#"{"name":"Ana \ud83d"}"#.to_owned();
    for body in [nested(64), "\u{feff}{\"n\":1}".to_owned(), half] {
        let answer = send(address, "open", "", &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(ran(&engine).await.len(), 3);
    engine.shutdown(SignedDuration::from_secs(1)).await;
}

#[tokio::test]
async fn an_empty_id_makes_no_two_deliveries_one() {
    let (engine, address) = start().await;
    for headers in ["webhook-id: \r\n", "webhook-id:\r\n", "webhook-id: d1\r\n", "webhook-id: d1\r\n"] {
        assert!(send(address, "open", headers, BODY).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(ran(&engine).await.len(), 3);
    engine.shutdown(SignedDuration::from_secs(1)).await;
}
