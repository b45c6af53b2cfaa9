//! An engine that has not started, or has stopped, takes no events: the door says 429, so that the sender comes again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{
    BoxFuture, Call, Catalogue, Confirmation, Connection, Connector, Delivery, Event, Manifest, Outcome,
    Refusal,
};
use bellhop_engine::{Engine, EngineOptions, Link};
use bellhop_recipe::World;
use bellhop_server::{Server, ServerOptions};
use bellhop_source::Source;
use bellhop_store::SqliteStore;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An app whose every delivery is genuine.
struct Bell(Manifest);

impl Connector for Bell {
    fn manifest(&self) -> &Manifest {
        &self.0
    }

    fn call(&self, _call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async { Outcome::Done(Value::Null) })
    }

    fn confirm(&self, _call: Call, _since: jiff::Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async { Confirmation::CannotTell })
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        Ok(Event {
            name: "rang".into(),
            delivery_id: "d1".into(),
            account: None,
            record: None,
            occurred_at: delivery.received_at,
            data: Value::Null,
        })
    }
}

async fn ring(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let request =
        "POST /hooks/bell HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

#[tokio::test]
async fn events_are_sent_back_before_the_start_and_after_the_end() {
    let source = Source::new("bell.yaml", "connector: bell\ntitle: Bell\nversion: 1.0.0\n");
    let manifest = Manifest::load(&source).expect("a manifest");
    let world = World::new(
        Arc::new(Catalogue::new([Arc::new(manifest.clone())])),
        BTreeMap::from([("bell".to_owned(), "bell".to_owned())]),
        TimeZone::UTC,
    );
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(SqliteStore::in_memory().expect("a store"));
    let link: Link = (Arc::new(Connection::named("bell", "bell")), Arc::new(Bell(manifest)));
    let links = HashMap::from([("bell".to_owned(), link)]);
    let mut options = EngineOptions::new(store, Arc::clone(&clock), world, "test");
    options.connections.clone_from(&links);
    let engine = Engine::new(options);
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = server.address().expect("an address");
    let options = ServerOptions {
        engine: Arc::clone(&engine),
        connections: Arc::new(links),
        clock,
        metrics: None,
        gauges: Arc::new(|| {}),
        token: None,
        secret: Arc::new(|_| None),
        deliveries_per_second: 100,
    };
    tokio::spawn(server.serve(options, std::future::pending()));

    let answer = ring(address).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    assert!(answer.contains("retry-after: 30"), "{answer}");
    engine.start().await.expect("it starts");
    assert!(ring(address).await.starts_with("HTTP/1.1 200"));
    assert!(
        ring(address).await.contains("duplicate"),
        "what was sent back was not kept, and what was taken is"
    );
    engine.shutdown(SignedDuration::from_secs(1)).await;
    assert!(ring(address).await.starts_with("HTTP/1.1 429"));
}
