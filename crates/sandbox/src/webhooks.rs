//! Sends the events: signed, in order, over a bounded queue; repeated on 429; bent where the configuration says so.
//!
//! A repetition waits on its own and holds nothing else up. Start at [`Sender::send`].

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::{
    clock,
    config::{Signatures, WebhookOptions},
    error::Error,
    events::Event,
    ids,
    signing::Keys,
};

/// How many deliveries went how.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) queued: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) retried: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) lost: AtomicU64,
}

impl Counts {
    pub(crate) fn to_json(&self) -> Value {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        json!({
            "queued": of(&self.queued), "delivered": of(&self.delivered), "failed": of(&self.failed),
            "retried": of(&self.retried), "dropped": of(&self.dropped), "lost": of(&self.lost),
        })
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One delivery: the bytes that are signed and sent.
#[derive(Debug, Clone)]
struct Delivery {
    body: String,
    id: String,
}

/// The queue's near end.
#[derive(Debug)]
pub(crate) struct Sender {
    queue: mpsc::Sender<Delivery>,
    shared: Arc<Shared>,
    sequence: AtomicU64,
}

#[derive(Debug)]
struct Shared {
    options: WebhookOptions,
    to: Mutex<Option<String>>,
    counts: Arc<Counts>,
    pending: watch::Sender<usize>,
    keys: Arc<Keys>,
    client: reqwest::Client,
}

impl Sender {
    /// Opens the queue and starts the task that empties it. It ends when the sender is dropped.
    pub(crate) fn start(
        options: &WebhookOptions,
        keys: Arc<Keys>,
        counts: Arc<Counts>,
    ) -> Result<(Self, tokio::task::JoinHandle<()>), Error> {
        // Without a provider of its own for the process, reqwest has no TLS at all.
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let client =
            reqwest::Client::builder().timeout(options.timeout).no_proxy().build().map_err(Error::Client)?;
        let (queue, arrivals) = mpsc::channel(options.queue.max(1));
        let shared = Arc::new(Shared {
            to: Mutex::new(options.to.clone()),
            options: options.clone(),
            counts,
            pending: watch::Sender::new(0),
            keys,
            client,
        });
        let task = tokio::spawn(empty(arrivals, Arc::clone(&shared)));
        Ok((Self { queue, shared, sequence: AtomicU64::new(0) }, task))
    }

    /// The client that events are sent with.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.shared.client
    }

    /// Sends later events there; `None` sends none.
    pub(crate) fn redirect(&self, to: Option<String>) {
        *self.shared.to.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Puts an event into the queue, bent as configured. Nothing happens where nobody receives.
    pub(crate) fn send(&self, event: Event) {
        if self.shared.receiver().is_none() {
            return;
        }
        let mut body = event.body;
        let options = &self.shared.options;
        if options.omit_task_contact && event.kind == "TaskCreate" {
            body.shift_remove("contactId");
            body.shift_remove("body");
        }
        let delivery = Delivery { body: Value::Object(body).to_string(), id: ids::uuid() };
        let number = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        if options.lose_of > 0 && (number - 1) % u64::from(options.lose_of) < u64::from(options.lose) {
            count(&self.shared.counts.lost);
            return;
        }
        if options.duplicate_every > 0 && number.is_multiple_of(u64::from(options.duplicate_every)) {
            self.push(delivery.clone());
        }
        self.push(delivery);
    }

    fn push(&self, delivery: Delivery) {
        self.shared.pending.send_modify(|pending| *pending += 1);
        if self.queue.try_send(delivery).is_ok() {
            count(&self.shared.counts.queued);
        } else {
            count(&self.shared.counts.dropped);
            self.shared.done();
        }
    }

    /// Returns once nothing is queued, on its way or waiting for another try.
    pub(crate) async fn idle(&self) {
        let mut pending = self.shared.pending.subscribe();
        let _closed = pending.wait_for(|pending| *pending == 0).await;
    }
}

async fn empty(mut arrivals: mpsc::Receiver<Delivery>, shared: Arc<Shared>) {
    let mut held: Option<Delivery> = None;
    loop {
        // With reordering, the first of each pair waits for the second, but not for ever.
        let next = if held.is_some() {
            match arrivals.try_recv() {
                Ok(next) => Some(next),
                Err(_) => tokio::time::timeout(std::time::Duration::from_millis(50), arrivals.recv())
                    .await
                    .ok()
                    .flatten(),
            }
        } else {
            match arrivals.recv().await {
                Some(first) if shared.options.reorder => {
                    held = Some(first);
                    continue;
                }
                Some(first) => Some(first),
                None => return,
            }
        };
        for delivery in [next, held.take()].into_iter().flatten() {
            shared.deliver(delivery).await;
        }
    }
}

impl Shared {
    fn receiver(&self) -> Option<String> {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn done(&self) {
        self.pending.send_modify(|pending| *pending -= 1);
    }

    /// One try; where it is to be repeated, a task of its own waits and tries again.
    async fn deliver(self: &Arc<Self>, delivery: Delivery) {
        if self.attempt(&delivery, 0).await {
            return;
        }
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            for tries in 1..=shared.options.retries {
                clock::pause(shared.options.retry_interval).await;
                count(&shared.counts.retried);
                if shared.attempt(&delivery, tries).await {
                    return;
                }
            }
        });
    }

    /// Whether the delivery is settled: accepted, or not to be tried again.
    async fn attempt(&self, delivery: &Delivery, tries: u32) -> bool {
        let outcome = self.post(delivery).await;
        if outcome == Some(true) {
            count(&self.counts.delivered);
        } else if tries < self.options.retries && (outcome == Some(false) || self.options.retry_every_failure)
        {
            return false;
        } else {
            count(&self.counts.failed);
        }
        self.done();
        true
    }

    /// `Some(true)` accepted, `Some(false)` answered 429, `None` any other failure.
    async fn post(&self, delivery: &Delivery) -> Option<bool> {
        let to = self.receiver()?;
        let mut request = self
            .client
            .post(to)
            .header("content-type", "application/json")
            .header("deliveryId", &delivery.id);
        let signatures = self.options.signatures;
        if matches!(signatures, Signatures::Both | Signatures::Ed25519) {
            request = request.header("x-ghl-signature", self.keys.ed25519(delivery.body.as_bytes()));
        }
        if matches!(signatures, Signatures::Both | Signatures::Rsa) {
            let (keys, body) = (Arc::clone(&self.keys), delivery.body.clone());
            let signature = tokio::task::spawn_blocking(move || keys.rsa(body.as_bytes())).await.ok()?;
            request = request.header("x-wh-signature", signature);
        }
        let status = request.body(delivery.body.clone()).send().await.ok()?.status();
        match status.as_u16() {
            200..=299 => Some(true),
            429 => Some(false),
            _ => None,
        }
    }
}
