//! What tests of the store give it to keep: events about one contact, each with a run of its own.

use bellhop_journal::{EventId, NewEvent, NewRun, Origin, RunId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// The run that [`told`] makes for a delivery.
pub(crate) fn run_id(delivery: &str) -> RunId {
    RunId::of(&EventId::of("contacts", delivery), "route")
}

/// An event, and the run that it starts.
pub(crate) fn told(delivery: &str, order_key: Option<&str>) -> (NewEvent, NewRun) {
    let event = NewEvent {
        origin: Origin { source: "contacts".into(), name: "contacts.contact_created".into() },
        delivery_id: delivery.into(),
        received_at: at(0),
        record: Some("contact c1".into()),
        data: json!({ "id": "c1" }),
        passed_over: Vec::new(),
    };
    let run = NewRun {
        id: run_id(delivery),
        recipe: "route".into(),
        version: "v1".into(),
        order_key: order_key.map(str::to_owned),
        inputs: Value::Null,
        once: None,
    };
    (event, run)
}
