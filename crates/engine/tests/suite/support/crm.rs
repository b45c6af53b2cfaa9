//! A made-up app: it records what was done to it, can look things up, and fails as told. What tests tell it and see of it is
//! here; how it answers is in `answers`.

mod answers;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use bellhop_connector::{
    BoxFuture, Call, Confirmation, Connector, Delivery, Event, Failure, FailureClass, Found, Look, Looked,
    Manifest, Outcome, Page, RecordKey, Refusal,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::death::Death;
pub(crate) use answers::name;

/// How a call fails.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It surely did not happen.
    Class(FailureClass),
    /// It happened, and the answer was lost.
    LostAnswer,
    /// It is refused, which proves nothing: whether it happened all the same.
    Refused(bool),
    /// The connector panics.
    Panic,
    /// It never answers.
    Hangs,
    /// It stands in line until [`Crm::line`] is told.
    InLine,
}

/// The app. Clones share it.
#[derive(Clone)]
pub(crate) struct Crm {
    manifest: Arc<Manifest>,
    inner: Arc<Mutex<Inner>>,
    death: Death,
    /// Told at every call that hangs.
    pub(crate) hung: Arc<Notify>,
    /// Tells all calls that stand in line to go.
    pub(crate) line: Arc<Notify>,
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    /// What happened: operation and input, in order.
    effects: Vec<(String, Value)>,
    /// By the input's `text` (or `id`): how its next calls fail.
    faults: HashMap<String, Vec<Fault>>,
    /// By the input's `text`: how its next look-ups fail.
    blind: HashMap<String, Vec<FailureClass>>,
    /// Every look-up: what for, and since when.
    looks: Vec<(String, Timestamp)>,
    /// What has happened in the app itself: event, record and time, in order.
    facts: Vec<(String, String, Timestamp)>,
    /// How often it was asked what has happened.
    asked: usize,
    /// The pages that were read to their end: the text of the search, and the first item.
    pages: Vec<(String, u64)>,
    /// Deaths that come in the middle of a call strike before (even) or after (odd) it happens.
    parity: usize,
    under_way: usize,
    most_under_way: usize,
    slow: bool,
    /// Calls take as many turns of the executor as this and their text say; 0: none.
    pace: u64,
}

impl Crm {
    pub(crate) fn new(death: &Death) -> Self {
        let read = json!({"title": "Look", "effect": "read", "request": {"method": "GET"},
            "input": {"id": {"type": "string"}}});
        let search = json!({"title": "Search", "effect": "read", "request": {"method": "GET"},
            "input": {"text": {"type": "string"}, "count": {"type": "integer"},
                "size": {"type": "integer"}},
            "output": {"type": "array", "items": {"type": "string"}}});
        let write = |effect: &str| {
            json!({"title": "Write", "effect": effect, "request": {"method": "POST"},
                "input": {"text": {"type": "string"}, "id": {"type": "string"}, "list": {"type": "array"}}})
        };
        let manifest = json!({
            "connector": "crm", "title": "CRM", "version": "1",
            "schemas": {"mark": {"type": "object",
                "fields": {"mark": {"type": "string"}, "none": {"type": "string"}}}},
            "records": {"mark": {"schema": "mark"}},
            "operations": {
                "get_contact": read, "list_tasks": read, "search": search,
                "tag": write("idempotent"), "charge": write("keyed"),
                "create_note": write("once"), "send": write("once"),
            },
            "webhook": {"signatures": [], "event": "type", "delivery_id": "webhookId"},
            "events": {
                "contact_created": {"title": "Contact created", "vendor_name": "ContactCreate",
                    "record": [{"kind": "contact", "id": "id"}],
                    "poll": {"operation": "search", "id": ["id"], "once": true, "every": "1 minute"}},
                "contact_updated": {"title": "Contact updated", "vendor_name": "ContactUpdate",
                    "poll": {"operation": "search", "id": ["id"], "every": "1 minute"}},
                "message_received": {"title": "Message received", "vendor_name": "InboundMessage",
                    "record": [{"kind": "contact", "id": "contact"}]},
            },
        });
        Self::with(Arc::new(serde_json::from_value(manifest).unwrap()), death)
    }

    /// Another one with the same manifest, to which nothing was done.
    pub(crate) fn afresh(&self, death: &Death) -> Self {
        Self::with(self.shared_manifest(), death)
    }

    fn with(manifest: Arc<Manifest>, death: &Death) -> Self {
        let (hung, line) = (Arc::default(), Arc::default());
        Self { manifest, inner: Arc::default(), death: death.clone(), hung, line }
    }

    pub(crate) fn shared_manifest(&self) -> Arc<Manifest> {
        Arc::clone(&self.manifest)
    }

    /// The next calls with that `text` or `id` fail so, one after the other.
    pub(crate) fn fail(&self, text: &str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.insert(text.to_owned(), faults.into_iter().collect());
    }

    /// The next look-ups of that `text` fail so.
    pub(crate) fn blind(&self, text: &str, faults: impl IntoIterator<Item = FailureClass>) {
        self.lock().blind.insert(text.to_owned(), faults.into_iter().collect());
    }

    /// Calls take some turns of the executor from now on.
    pub(crate) fn slow(&self) {
        self.lock().slow = true;
    }

    /// Each call takes some turns of the executor from now on, this one more and that one less.
    pub(crate) fn takes_its_time(&self, pace: u64) {
        self.lock().pace = pace;
    }

    /// What a call gave that happened; none: it did not happen.
    pub(crate) fn made(&self, operation: &str, input: &Value) -> Option<Value> {
        let inner = self.lock();
        let found = inner.effects.iter().find(|(done, with)| done == operation && with == input);
        found.map(|(_, input)| json!({"id": format!("made {}", name(input))}))
    }

    /// Something happens in the app itself, which it may tell or not.
    pub(crate) fn happens(&self, event: &str, record: &str, at: Timestamp) {
        self.lock().facts.push((event.to_owned(), record.to_owned(), at));
    }

    /// How often it was asked what has happened.
    pub(crate) fn asked(&self) -> usize {
        self.lock().asked
    }

    /// What has happened of an event since the last look, two at a time.
    fn tell_what_happened(&self, look: &Look) -> Looked {
        let mut inner = self.lock();
        inner.asked += 1;
        let facts: Vec<_> = inner.facts.iter().filter(|(event, ..)| *event == look.event).collect();
        let from = look.cursor.as_ref().map_or(facts.len(), |cursor| {
            usize::try_from(cursor.as_u64().expect("the cursor that was given")).expect("a small number")
        });
        let ripe: Vec<_> = facts[from..].iter().take_while(|(.., at)| *at <= look.until).collect();
        let spec = self.manifest.events[&look.event].poll.as_ref().expect("it was asked for");
        let found: Vec<Found> = ripe
            .iter()
            .take(2)
            .map(|(event, id, at)| {
                let record = json!({ "id": id });
                let once = spec.once_id(event, &record);
                let delivery_id = once.unwrap_or_else(|| format!("{event} {id} {}", at.as_millisecond()));
                Found { delivery_id, id: id.clone(), at: *at, record }
            })
            .collect();
        Looked { more: ripe.len() > found.len(), cursor: json!(from + found.len()), found }
    }

    /// What happened, as `operation text`, in order.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.effects_from(0)
    }

    /// The same without the first so many.
    pub(crate) fn effects_from(&self, first: usize) -> Vec<String> {
        let inner = self.lock();
        let told = inner.effects.iter().skip(first);
        told.map(|(operation, input)| format!("{operation} {}", name(input))).collect()
    }

    /// How many calls were made.
    pub(crate) fn calls(&self) -> usize {
        self.lock().calls.len()
    }

    /// What every call came with.
    pub(crate) fn every_call(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The pages that were read to their end: the text of the search, and the number of the first item.
    pub(crate) fn pages(&self) -> Vec<(String, u64)> {
        self.lock().pages.clone()
    }

    /// How many look-ups were made.
    pub(crate) fn looks(&self) -> usize {
        self.lock().looks.len()
    }

    /// Every look-up: the key of the call that was looked for, and since when.
    pub(crate) fn every_look(&self) -> Vec<(String, Timestamp)> {
        self.lock().looks.clone()
    }

    /// How many calls were under way at once, at the most.
    pub(crate) fn most_at_once(&self) -> usize {
        self.lock().most_under_way
    }

    /// Effects of `once` operations that happened more than once.
    pub(crate) fn twice(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let once = |effect: &String| effect.starts_with("create_note") || effect.starts_with("send");
        self.effects().into_iter().filter(once).filter(|effect| !seen.insert(effect.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

impl Connector for Crm {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(self.act(call))
    }

    fn page(&self, call: Call, after: Option<Value>) -> BoxFuture<'_, Result<Page, Failure>> {
        Box::pin(self.turn_page(call, after))
    }

    fn confirm(&self, call: Call, since: Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async move {
            if self.death.comes() {
                return std::future::pending().await;
            }
            self.look(&call, since)
        })
    }

    fn poll(&self, look: Look) -> BoxFuture<'_, Result<Looked, Failure>> {
        Box::pin(async move {
            if self.death.comes() {
                return std::future::pending().await;
            }
            Ok(self.tell_what_happened(&look))
        })
    }

    fn bring(&self, look: Look, found: Found) -> BoxFuture<'_, Result<Event, Failure>> {
        Box::pin(async move {
            Ok(Event {
                name: look.event,
                delivery_id: found.delivery_id,
                account: None,
                record: Some(RecordKey { kind: "contact".into(), id: found.id }),
                occurred_at: found.at,
                data: found.record,
            })
        })
    }

    fn verify(&self, _delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        Err(Refusal::Malformed("the made-up CRM sends nothing".into()))
    }
}
