//! What an event's body says of a record (facts 5.3): flat, with the envelope beside the record's own fields.
//!
//! Fields a record does not have are left out, as in real deliveries. How events travel is `webhooks.rs`' business.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::{
    clock,
    contacts::fields::full_name,
    data::{Record, pick, text},
    ids,
};

/// The app and version that the events name.
pub(crate) const APP_ID: &str = "5a0db0c5000000000000a001";

/// An event on its way: its kind, and its body without a byte to change any more.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) webhook_id: String,
    pub(crate) body: Record,
}

impl Event {
    /// The event with its envelope; fields that are given already stay as they are.
    pub(crate) fn new(kind: &str, fields: Record, location_id: &str, now: Timestamp) -> Self {
        let mut body = Map::new();
        body.insert("type".to_owned(), kind.into());
        body.insert("locationId".to_owned(), location_id.into());
        body.insert("versionId".to_owned(), APP_ID.into());
        body.insert("appId".to_owned(), APP_ID.into());
        body.insert("timestamp".to_owned(), clock::iso(now).into());
        body.insert("webhookId".to_owned(), ids::uuid().into());
        body.extend(fields);
        let webhook_id = text(&body, "webhookId").to_owned();
        Self { kind: kind.to_owned(), webhook_id, body }
    }
}

const CONTACT: [&str; 21] = [
    "id",
    "address1",
    "city",
    "state",
    "companyName",
    "country",
    "source",
    "dateAdded",
    "dateOfBirth",
    "dnd",
    "email",
    "name",
    "firstName",
    "lastName",
    "phone",
    "postalCode",
    "tags",
    "website",
    "attachments",
    "assignedTo",
    "customFields",
];

/// ContactCreate, ContactUpdate, ContactDelete, ContactTagUpdate.
pub(crate) fn contact(record: &Record) -> Record {
    let mut whole = record.clone();
    whole.insert("name".to_owned(), full_name(record).into());
    whole.insert("attachments".to_owned(), json!([]));
    if let Some(born) = record.get("dateOfBirth").and_then(Value::as_str) {
        whole.insert("dateOfBirth".to_owned(), format!("{born}T00:00:00.000Z").into());
    }
    pick(&whole, &CONTACT)
}

/// ContactDndUpdate: the contact and its channels.
pub(crate) fn contact_dnd(record: &Record) -> Record {
    let mut body = contact(record);
    body.extend(pick(record, &["dndSettings"]));
    body
}

/// TaskCreate, TaskComplete, TaskDelete: with `dateAdded`, without `completed`.
pub(crate) fn task(record: &Record) -> Record {
    pick(record, &["id", "assignedTo", "body", "contactId", "title", "dateAdded", "dueDate"])
}

/// NoteCreate, NoteUpdate, NoteDelete: a fixed list, without author and title.
pub(crate) fn note(record: &Record) -> Record {
    pick(record, &["id", "body", "contactId", "dateAdded"])
}

/// AppointmentCreate, AppointmentUpdate, AppointmentDelete: nested, times with an offset.
pub(crate) fn appointment(record: &Record, zone: &TimeZone) -> Record {
    let mut inner = pick(
        record,
        &[
            "id",
            "address",
            "title",
            "calendarId",
            "contactId",
            "groupId",
            "appointmentStatus",
            "assignedUserId",
            "users",
            "notes",
            "source",
            "startTime",
            "endTime",
            "dateAdded",
            "dateUpdated",
        ],
    );
    for name in ["startTime", "endTime"] {
        if let Some(at) = inner.get(name).and_then(Value::as_str).and_then(clock::read) {
            inner.insert(name.to_owned(), clock::with_offset(at, zone).into());
        }
    }
    Map::from_iter([("appointment".to_owned(), Value::Object(inner))])
}

/// The seven opportunity events.
pub(crate) fn opportunity(record: &Record) -> Record {
    let mut body = pick(
        record,
        &[
            "id",
            "assignedTo",
            "contactId",
            "monetaryValue",
            "name",
            "pipelineId",
            "pipelineStageId",
            "source",
            "status",
        ],
    );
    body.insert("dateAdded".to_owned(), text(record, "createdAt").into());
    body
}
