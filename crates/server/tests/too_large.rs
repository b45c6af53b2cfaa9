//! A delivery whose head says that it is too large is refused before anything of its body has come.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::Catalogue;
use bellhop_engine::{Engine, EngineOptions};
use bellhop_recipe::World;
use bellhop_server::{LARGEST_BODY, Server, ServerOptions, collect_metrics};
use bellhop_store::SqliteStore;
use jiff::tz::TimeZone;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SENTENCE: &str = "the body is larger than 1 MiB";

async fn start() -> SocketAddr {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let world = World::new(Arc::new(Catalogue::new([])), BTreeMap::new(), TimeZone::UTC);
    let store = Arc::new(SqliteStore::in_memory().expect("a store"));
    let engine = Engine::new(EngineOptions::new(store, Arc::clone(&clock), world, "test"));
    engine.start().await.expect("it starts");
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = server.address().expect("an address");
    let options = ServerOptions {
        engine,
        connections: Arc::new(HashMap::new()),
        clock,
        metrics: collect_metrics().ok(),
        gauges: Arc::new(|| {}),
        token: None,
        secret: Arc::new(|_| None),
        deliveries_per_second: 1000,
    };
    tokio::spawn(server.serve(options, std::future::pending()));
    address
}

/// What comes back, until the server closes the connection.
async fn after(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(sent).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers and closes");
    answer
}

/// What comes back, until it says that the body is too large.
async fn refusal(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    while !answer.contains(SENTENCE) {
        let mut part = [0; 512];
        let read = stream.read(&mut part).await.expect("the server answers");
        assert!(read > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&part[..read]).expect("text"));
    }
    answer
}

fn head(path: &str, length: usize, more: &str) -> String {
    format!("POST /hooks/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{more}content-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn who_announces_too_much_is_refused_by_the_head_alone() {
    let address = start().await;
    for (path, length, more) in [
        ("contacts", LARGEST_BODY + 1, ""),
        ("in/form", LARGEST_BODY + 1, ""),
        ("in/form", 1 << 60, ""),
        ("in/form", LARGEST_BODY + 1, "expect: 100-continue\r\n"),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        stream.write_all(head(path, length, more).as_bytes()).await.expect("the server reads");
        let answer = refusal(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path} {length} {more}: {answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    // The connection is closed, although the sender holds it.
    let closed = after(address, head("in/form", LARGEST_BODY + 1, "").as_bytes()).await;
    assert!(closed.ends_with('}') && closed.contains(SENTENCE), "{closed}");
    // One that writes on all the same is not cut off before it can have read why.
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(head("in/form", 2 * LARGEST_BODY, "").as_bytes()).await.expect("the server reads");
    refusal(&mut stream).await;
    for _ in 0..32 {
        stream.write_all(&vec![b' '; LARGEST_BODY / 16]).await.expect("what comes is thrown away");
    }
    assert_eq!(stream.read(&mut [0; 16]).await.expect("it is closed in good order"), 0);
    // As much as is allowed is read, and judged by what it is.
    let mut whole = head("in/form", LARGEST_BODY, "connection: close\r\n").into_bytes();
    whole.resize(whole.len() + LARGEST_BODY, b' ');
    let answer = after(address, &whole).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");

    let figures =
        after(address, b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert!(figures.contains("bellhop_deliveries_total{outcome=\"too_large\"} 6"), "{figures}");
}
