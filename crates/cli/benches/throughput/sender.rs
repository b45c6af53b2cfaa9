//! HighLevel's side: signed deliveries, sent at a fixed concurrency, each one's acknowledgement timed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellhop_clock::{Clock as _, SystemClock};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The sender's key.
pub(crate) struct Key(Ed25519KeyPair);

/// A delivery, ready to be sent: head and body.
pub(crate) struct Delivery(Vec<u8>);

impl Key {
    /// A new one.
    pub(crate) fn generate() -> Self {
        let random = ring::rand::SystemRandom::new();
        let document = Ed25519KeyPair::generate_pkcs8(&random).expect("the system gives random bytes");
        Self(Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("what was just made can be read"))
    }

    /// The public half as SPKI in base64 (RFC 8410).
    pub(crate) fn public(&self) -> String {
        let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        spki.extend_from_slice(self.0.public_key().as_ref());
        STANDARD.encode(spki)
    }

    /// The `number`-th contact is created.
    pub(crate) fn delivery(&self, number: usize) -> Delivery {
        let now = SystemClock.now();
        let body = format!(
            r#"{{"type":"ContactCreate","locationId":"benchLocation0000001","id":"contact{:013}","firstName":"Ana","lastName":"Quill","email":"ana{number}@example.com","phone":"+15550100{number:04}","tags":["new lead"],"source":"website form","country":"GB","dnd":false,"dateAdded":"2026-11-21T10:00:00.000Z","timestamp":"{now}","webhookId":"webhook-{number}"}}"#,
            scattered(number)
        );
        let signature = STANDARD.encode(self.0.sign(body.as_bytes()));
        let head = format!(
            "POST /hooks/contacts HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nx-ghl-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Delivery([head.into_bytes(), body.into_bytes()].concat())
    }
}

/// A number of at most 13 digits for each, no two alike, in no order: an app's ids tell nothing of when they were made. The
/// last digits of even numbers are even.
pub(crate) fn scattered(number: usize) -> u64 {
    (number as u64).wrapping_mul(7_919_483_021) % 10_000_000_000_000
}

/// Sends one delivery over a connection of its own; whether it was answered 200.
pub(crate) fn send_one(address: SocketAddr, delivery: &Delivery) -> bool {
    use std::io::{Read as _, Write as _};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    if stream.write_all(&delivery.0).is_err() {
        return false;
    }
    let mut answer = [0; 512];
    let read = stream.read(&mut answer).unwrap_or(0);
    answer[..read].starts_with(b"HTTP/1.1 200")
}

/// Sends all, `concurrency` at a time, each over one kept connection; how long each acknowledgement took.
pub(crate) fn send_all(
    address: SocketAddr,
    deliveries: &Arc<Vec<Delivery>>,
    concurrency: usize,
) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let next = Arc::new(AtomicUsize::new(0));
        let senders: Vec<_> = (0..concurrency)
            .map(|_| tokio::spawn(send_some(address, Arc::clone(deliveries), Arc::clone(&next))))
            .collect();
        let mut latencies = Vec::with_capacity(deliveries.len());
        for sender in senders {
            latencies.extend(sender.await.expect("no sender panics"));
        }
        latencies
    })
}

/// Sends all at so many a second, whether earlier ones have been answered or not, over `lanes` kept connections; how long
/// each acknowledgement took from the moment at which the delivery was due. A delivery that has to wait for a free
/// connection has begun to wait when it was due.
pub(crate) fn send_paced(
    address: SocketAddr,
    deliveries: &Arc<Vec<Delivery>>,
    lanes: usize,
    per_second: f64,
) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let begun = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let senders: Vec<_> = (0..lanes)
            .map(|_| {
                let (deliveries, next) = (Arc::clone(deliveries), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut lane = Lane::open(address).await;
                    let mut latencies = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(delivery) = deliveries.get(number) else { return latencies };
                        let due = begun + Duration::from_secs_f64(number as f64 / per_second);
                        tokio::time::sleep_until(due.into()).await;
                        lane.send(delivery).await;
                        latencies.push(due.elapsed());
                    }
                })
            })
            .collect();
        let mut latencies = Vec::with_capacity(deliveries.len());
        for sender in senders {
            latencies.extend(sender.await.expect("no sender panics"));
        }
        latencies
    })
}

async fn send_some(
    address: SocketAddr,
    deliveries: Arc<Vec<Delivery>>,
    next: Arc<AtomicUsize>,
) -> Vec<Duration> {
    let mut lane = Lane::open(address).await;
    let mut latencies = Vec::new();
    while let Some(delivery) = deliveries.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = Instant::now();
        lane.send(delivery).await;
        latencies.push(begun.elapsed());
    }
    latencies
}

/// A kept connection.
struct Lane {
    stream: tokio::net::TcpStream,
    held: Vec<u8>,
}

impl Lane {
    async fn open(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.expect("bellhop listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, held: Vec::with_capacity(1_024) }
    }

    /// Sends a delivery and reads its acknowledgement.
    async fn send(&mut self, delivery: &Delivery) {
        self.stream.write_all(&delivery.0).await.expect("bellhop reads");
        self.held.clear();
        while super::crm::whole_request(&self.held).is_none() {
            let read = self.stream.read_buf(&mut self.held).await.expect("bellhop answers");
            assert!(read > 0, "bellhop closed the connection");
        }
        assert!(
            self.held.starts_with(b"HTTP/1.1 200"),
            "an event was not accepted: {}",
            String::from_utf8_lossy(&self.held)
        );
    }
}
