//! HighLevel's side of the load: events about each contact one after the other, each sent again with the same id until
//! it has been answered 200. What was not answered was not acknowledged, whatever became of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_sandbox::Running;
use tokio::task::JoinSet;

use crate::load::Errand;

/// How many deliveries are under way at a time.
pub(crate) const SENDERS: u64 = 8;
/// The pause before an unanswered delivery is sent again.
const AGAIN: Duration = Duration::from_millis(25);

/// The senders at work.
pub(crate) struct Senders {
    shared: Arc<Shared>,
    work: JoinSet<()>,
}

struct Shared {
    sandbox: Arc<Running>,
    address: String,
    senders: u64,
    pace: Duration,
    over: AtomicBool,
    again: AtomicU64,
    acknowledged: Mutex<Vec<Errand>>,
}

impl Senders {
    /// Begins to send to the door at `address`, an event per sender and `pace`. The number of contacts is a multiple of
    /// `senders`, so that each has one sender.
    pub(crate) fn start(sandbox: &Arc<Running>, address: String, senders: u64, pace: Duration) -> Self {
        let shared = Arc::new(Shared {
            sandbox: Arc::clone(sandbox),
            address,
            senders,
            pace,
            over: AtomicBool::new(false),
            again: AtomicU64::new(0),
            acknowledged: Mutex::default(),
        });
        let mut work = JoinSet::new();
        for sender in 0..senders {
            work.spawn(send(Arc::clone(&shared), sender));
        }
        Self { shared, work }
    }

    /// Begins no new event, waits until those begun are acknowledged; all that were, and how often one was sent again.
    pub(crate) async fn finish(mut self) -> (Vec<Errand>, u64) {
        self.shared.over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.work.join_next().await {
            ended.expect("no sender panics");
        }
        let mut errands = std::mem::take(&mut *self.shared.acknowledged.lock().expect("no sender panics"));
        errands.sort();
        (errands, self.shared.again.load(Ordering::SeqCst))
    }
}

async fn send(shared: Arc<Shared>, sender: u64) {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .pool_max_idle_per_host(1)
        .build()
        .expect("a client for plain HTTP");
    let mut pace = tokio::time::interval(shared.pace);
    let mut number = sender;
    while !shared.over.load(Ordering::SeqCst) {
        pace.tick().await;
        let errand = Errand(number);
        let body = errand.body(&shared.sandbox, &SystemClock.now().to_string());
        let signature = shared.sandbox.sign_ed25519(body.as_bytes());
        let mut again = tokio::time::interval(AGAIN);
        loop {
            again.tick().await;
            let delivery = client
                .post(&shared.address)
                .header("content-type", "application/json")
                .header("x-ghl-signature", &signature)
                .body(body.clone());
            match delivery.send().await {
                Ok(answer) if answer.status().as_u16() == 200 => break,
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    assert_eq!(status, 429, "the door refused {errand:?} for good");
                }
                Err(_) => {}
            }
            shared.again.fetch_add(1, Ordering::SeqCst);
        }
        shared.acknowledged.lock().expect("no sender panics").push(errand);
        number += shared.senders;
    }
}
