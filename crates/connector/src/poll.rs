//! Asking an app what has happened, where it does not tell, or may have forgotten to: how a manifest describes it, and
//! what a [`crate::Connector`] is asked and answers.
//!
//! Nothing is remembered here. Whoever asks keeps the cursor, and brings the same one again after a crash.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Before, Connection, dotted, plain_text};

/// How an app is asked for events of one kind: by a list that shows what is new in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollSpec {
    /// The operation that lists the records, page by page. It only reads.
    pub operation: String,
    /// Its input. `{since}` is the time from which on the list is wanted; `{connection.location_id}` and the like are
    /// settings of the connection.
    #[serde(default)]
    pub input: IndexMap<String, Value>,
    /// How `{since}` is written.
    #[serde(default)]
    pub since: TimeForm,
    /// Dotted paths of the record's id, in what the operation lists and in the event's data; the first that finds something
    /// counts. Templates know it as `{id}` in any case.
    pub id: Vec<String>,
    /// Dotted path of the time by which something is new, in what the operation lists. None: a record is new that was not in
    /// the list at the last look; then all of the list is read each time.
    #[serde(default)]
    pub at: Option<String>,
    /// Dotted path of a time: records where `at` is the same within a second are none of this event. So a contact that was
    /// only created is not taken for an updated one.
    #[serde(default)]
    pub unless_same: Option<String>,
    /// The event comes once in a record's life, such as its creation. A delivery of it is then known by the record and not by
    /// the sender's id, so that it is the same whether the app told it or was asked.
    #[serde(default)]
    pub once: bool,
    /// Other events by which the app tells such a change as well: after one of them there is no gap.
    #[serde(default)]
    pub told_by: Vec<String>,
    /// The look-up of one record, where the list shows less of it than the event's data has. Its input has templates over
    /// what the list shows.
    #[serde(default)]
    pub whole: Option<Before>,
    /// The event's data, with templates over the record; empty: the record itself.
    #[serde(default)]
    pub data: IndexMap<String, Value>,
    /// So much of the time before the last look is asked for again, because lists learn of things late: `2 minutes`.
    #[serde(default = "two_minutes")]
    pub overlap: String,
    /// The least time between two looks, and the usual one: `1 minute`.
    #[serde(default = "five_minutes")]
    pub every: String,
}

fn two_minutes() -> String {
    "2 minutes".to_owned()
}

fn five_minutes() -> String {
    "5 minutes".to_owned()
}

impl PollSpec {
    /// [`PollSpec::overlap`], where it is a length of time.
    pub fn overlap(&self) -> Option<SignedDuration> {
        crate::manifest::length(&self.overlap)
    }

    /// [`PollSpec::every`], where it is a length of time of more than nothing.
    pub fn every(&self) -> Option<SignedDuration> {
        crate::manifest::length(&self.every).filter(SignedDuration::is_positive)
    }

    /// The id of a record, as the list or an event's data has it.
    pub fn id_of(&self, record: &Value) -> Option<String> {
        let found = self.id.iter().find_map(|path| dotted(record, path).and_then(plain_text));
        found.filter(|id| !id.is_empty())
    }

    /// The id of the delivery of an event that comes once in a record's life, whoever tells of it: made of the record's id
    /// and, where there is one, the second at which it was. None where the data says too little.
    pub fn once_id(&self, event: &str, data: &Value) -> Option<String> {
        let id = self.id_of(data).filter(|_| self.once)?;
        match &self.at {
            None => Some(format!("{event} {id}")),
            Some(path) => {
                Some(format!("{event} {id} {}", dotted(data, path).and_then(read_time)?.as_second()))
            }
        }
    }

    /// The id of the delivery of something that a look has found: [`PollSpec::once_id`], or made of the record's id and the
    /// time in milliseconds.
    pub fn found_id(&self, event: &str, id: &str, at: Timestamp, record: &Value) -> String {
        self.once_id(event, record).unwrap_or_else(|| format!("{event} {id} {}", at.as_millisecond()))
    }
}

/// When it happened, by the id of the delivery of an event that was found by a look, or that comes once in a record's
/// life. None where the id does not say.
pub fn time_in_id(event: &str, delivery_id: &str) -> Option<Timestamp> {
    let rest = delivery_id.strip_prefix(event)?.strip_prefix(' ')?;
    let number: i64 = rest.rsplit_once(' ')?.1.parse().ok()?;
    if number < MILLISECONDS_FROM {
        Timestamp::from_second(number).ok()
    } else {
        Timestamp::from_millisecond(number).ok()
    }
}

/// Greater numbers are milliseconds since 1970: in seconds, this is the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A moment as apps write it: ISO 8601, without a zone UTC is meant; or milliseconds since 1970.
pub fn read_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok(),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<Timestamp>().ok().or_else(|| {
                let civil: jiff::civil::DateTime = text.parse().ok()?;
                Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
            })
        }
        _ => None,
    }
}

/// How a time is written for an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// `2026-11-21T10:00:00.000Z`.
    #[default]
    Iso,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// A question: what of an event has happened?
#[derive(Clone, Debug)]
pub struct Look {
    /// The event's name in the manifest.
    pub event: String,
    /// Whose account.
    pub connection: Arc<Connection>,
    /// Where the last look ended, as it was given; none: this is the first, and what was before it is not wanted.
    pub cursor: Option<Value>,
    /// Only what happened until then; the rest is left for a later look.
    pub until: Timestamp,
    /// The look gives up at this time.
    pub deadline: Timestamp,
}

/// An answer: one page of what has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// What is new.
    pub found: Vec<Found>,
    /// Where the next look begins: to be kept once all that was found has been dealt with.
    pub cursor: Value,
    /// Whether there is more to see at once.
    pub more: bool,
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id of its delivery: the same at every look.
    pub delivery_id: String,
    /// The record's id.
    pub id: String,
    /// When it happened: no later than this, where the app does not say.
    pub at: Timestamp,
    /// The record, as the list shows it.
    pub record: Value,
}
