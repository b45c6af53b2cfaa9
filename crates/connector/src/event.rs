//! What an app tells us: the delivery as it came through the door, and the event it turns out to be.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Connection;

/// A webhook delivery as received: the raw bytes, because signatures are over bytes.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The connection whose address it came to.
    pub connection: &'a Connection,
    /// Header names in lower case, with values; in order of arrival.
    pub headers: &'a [(String, String)],
    /// The body, unchanged.
    pub body: &'a [u8],
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Delivery<'_> {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// A verified event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The event's name in the manifest, such as `contact_created`.
    pub name: String,
    /// The sender's own id of the event: the same for every delivery of it.
    pub delivery_id: String,
    /// The sender's account (HighLevel: the location id), where the delivery says it.
    pub account: Option<String>,
    /// The record it is about; events of one record are handled in order.
    pub record: Option<RecordKey>,
    /// When it happened, as the sender says; else when it arrived.
    pub occurred_at: Timestamp,
    /// What a recipe sees as `trigger`.
    pub data: Value,
}

/// A record of an app: its kind and its id there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKey {
    /// Such as `contact`.
    pub kind: String,
    /// The app's id of it.
    pub id: String,
}

impl fmt::Display for RecordKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.id)
    }
}

/// Why a delivery was not taken. The message is for the operator's log; it never holds a secret or the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Unsigned or wrongly signed: answered 401.
    Unsigned(String),
    /// Not what the manifest describes (no JSON, no event name, no id): answered 400.
    Malformed(String),
    /// Genuine, but of a kind that the manifest does not list: answered 200, counted, not stored.
    Unknown(String),
}
