//! Appointments: made, moved, cancelled, and as a contact's list.
//!
//! The calendars API and the events say instants with an offset; a contact's list says wall times of the location
//! without a zone (facts 2.3).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Reply, ok, unknown, unprocessable},
    body::{self, Field, Kind, field, text},
    clock,
    contacts::of_path,
    data::{self, Record, find, pick},
    events, ids,
    request::Request,
    world::World,
};

const STATUSES: &[&str] = &["new", "confirmed", "cancelled", "showed", "noshow", "invalid"];
const PLACES: &[&str] = &["custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google"];

const COMMON: [Field; 14] = [
    text("title"),
    text("meetingLocationType").one_of(PLACES),
    text("meetingLocationId"),
    field("overrideLocationConfig", Kind::Flag),
    text("appointmentStatus").one_of(STATUSES),
    text("assignedUserId"),
    text("description"),
    text("address"),
    field("ignoreDateRange", Kind::Flag),
    field("toNotify", Kind::Flag),
    field("ignoreFreeSlotValidation", Kind::Flag),
    text("rrule"),
    field("endTime", Kind::Instant),
    text("calendarId"),
];

const FLAT: [&str; 11] = [
    "id",
    "calendarId",
    "locationId",
    "contactId",
    "startTime",
    "endTime",
    "title",
    "appointmentStatus",
    "assignedUserId",
    "address",
    "meetingLocationType",
];

fn of_request(world: &World, request: &Request) -> Result<Record, Answer> {
    let id = request.param("eventId");
    find(&world.data.appointments, id).cloned().ok_or_else(|| unknown("Event", id))
}

/// The record with its times in the location's offset.
fn told(world: &World, record: &Record, names: &[&str]) -> Record {
    let zone = world.data.zone();
    let mut shown = pick(record, names);
    for name in ["startTime", "endTime"] {
        if let Some(at) = clock::read(data::text(record, name)) {
            shown.insert(name.to_owned(), clock::with_offset(at, &zone).into());
        }
    }
    shown
}

fn write(record: &mut Record, body: &Record) {
    for (name, value) in body {
        let instant = value.as_str().filter(|_| name.ends_with("Time")).and_then(clock::read).map(clock::iso);
        match name.as_str() {
            "toNotify" | "ignoreDateRange" | "ignoreFreeSlotValidation" | "overrideLocationConfig" => {}
            "description" => drop(record.insert("notes".to_owned(), value.clone())),
            _ => drop(record.insert(name.clone(), instant.map_or_else(|| value.clone(), Value::from))),
        }
    }
}

/// `POST /calendars/events/appointments`: 200 and a flat object, without dates of its own.
pub(crate) fn create(world: &mut World, request: &Request) -> Reply {
    let mut fields: Vec<Field> = COMMON[..13].to_vec();
    fields.extend([
        text("calendarId").required(),
        text("locationId").required(),
        text("contactId").required(),
        field("startTime", Kind::Instant).required(),
    ]);
    body::check(&request.body, &fields)?;
    let (calendar, contact) = (request.text("calendarId"), request.text("contactId"));
    let calendar =
        find(&world.data.calendars, calendar).ok_or_else(|| unknown("Calendar", calendar))?.clone();
    find(&world.data.contacts, contact).ok_or_else(|| unknown("Contact", contact))?;
    let id = ids::record();
    let mut record = Map::new();
    record.insert("id".to_owned(), id.clone().into());
    record.insert("title".to_owned(), data::text(&calendar, "name").into());
    record.insert("appointmentStatus".to_owned(), "confirmed".into());
    record.insert("users".to_owned(), json!([]));
    record.insert("source".to_owned(), "third_party".into());
    write(&mut record, &request.fields());
    if let (None, Some(start)) = (record.get("endTime"), clock::read(data::text(&record, "startTime"))) {
        let minutes = calendar.get("slotDuration").and_then(Value::as_i64).unwrap_or(30);
        let end = Timestamp::from_millisecond(start.as_millisecond() + minutes * 60_000).unwrap_or(start);
        record.insert("endTime".to_owned(), clock::iso(end).into());
    }
    record.insert("dateAdded".to_owned(), clock::iso(request.now).into());
    record.insert("dateUpdated".to_owned(), clock::iso(request.now).into());
    world.announce("AppointmentCreate", events::appointment(&record, &world.data.zone()));
    world.data.appointments.insert(id, Value::Object(record.clone()));
    ok(Value::Object(told(world, &record, &FLAT)))
}

/// `GET /calendars/events/appointments/{eventId}`
pub(crate) fn get(world: &mut World, request: &Request) -> Reply {
    let record = of_request(world, request)?;
    let names: Vec<&str> = record.keys().map(String::as_str).collect();
    ok(json!({"event": told(world, &record, &names)}))
}

/// `PUT /calendars/events/appointments/{eventId}`
pub(crate) fn update(world: &mut World, request: &Request) -> Reply {
    let mut fields: Vec<Field> = COMMON.to_vec();
    fields.push(field("startTime", Kind::Instant));
    body::check(&request.body, &fields)?;
    let before = of_request(world, request)?;
    let mut record = before.clone();
    write(&mut record, &request.fields());
    if record != before {
        record.insert("dateUpdated".to_owned(), clock::iso(request.now).into());
        world.announce("AppointmentUpdate", events::appointment(&record, &world.data.zone()));
        world.data.appointments.insert(request.param("eventId").to_owned(), Value::Object(record.clone()));
    }
    ok(Value::Object(told(world, &record, &FLAT)))
}

/// `DELETE /calendars/events/{eventId}`: 201, and the correct spelling of `succeeded`.
pub(crate) fn delete(world: &mut World, request: &Request) -> Reply {
    let record = of_request(world, request)?;
    world.data.appointments.shift_remove(request.param("eventId"));
    world.announce("AppointmentDelete", events::appointment(&record, &world.data.zone()));
    Ok(Answer::json(201, json!({"succeeded": true})))
}

/// `GET /calendars/events`: between two instants (epoch ms) and of a user, a calendar or a group.
pub(crate) fn events(world: &mut World, request: &Request) -> Reply {
    let mut wrong = Vec::new();
    let mut instant = |name: &str| {
        let read = request.query(name).and_then(|text| text.parse::<i64>().ok());
        if read.is_none() {
            wrong.push(format!("{name} must be a number string"));
        }
        read.unwrap_or_default()
    };
    let (from, to) = (instant("startTime"), instant("endTime"));
    let (user, calendar, group) =
        (request.query("userId"), request.query("calendarId"), request.query("groupId"));
    if user.is_none() && calendar.is_none() && group.is_none() {
        wrong.push("one of userId, calendarId or groupId is required".to_owned());
    }
    body::refuse(&wrong)?;
    let meets = |record: &&Record| {
        let starts = clock::read(data::text(record, "startTime")).map_or(0, Timestamp::as_millisecond);
        let is =
            |wanted: Option<&str>, name: &str| wanted.is_none_or(|wanted| data::text(record, name) == wanted);
        (from..=to).contains(&starts)
            && is(user, "assignedUserId")
            && is(calendar, "calendarId")
            && is(group, "groupId")
    };
    let found: Vec<Record> = world
        .data
        .appointments
        .values()
        .filter_map(Value::as_object)
        .filter(meets)
        .map(|record| told(world, record, &record.keys().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    ok(json!({"events": found}))
}

/// `GET /contacts/{contactId}/appointments`: key `events`, wall times, both status fields.
pub(crate) fn of_contact(world: &mut World, request: &Request) -> Reply {
    of_path(world, request)?;
    let contact = request.param("contactId");
    if contact.is_empty() {
        return Err(unprocessable(&["contactId should not be empty".to_owned()]));
    }
    let zone = world.data.zone();
    let shown = |record: &Record| {
        let mut event = pick(
            record,
            &[
                "id",
                "calendarId",
                "title",
                "assignedUserId",
                "notes",
                "startTime",
                "endTime",
                "address",
                "locationId",
                "contactId",
                "groupId",
                "appointmentStatus",
                "users",
                "dateAdded",
                "dateUpdated",
                "assignedResources",
            ],
        );
        event.insert("status".to_owned(), "booked".into());
        for name in ["startTime", "endTime", "dateAdded", "dateUpdated"] {
            if let Some(at) = clock::read(data::text(record, name)) {
                event.insert(name.to_owned(), clock::wall(at, &zone).into());
            }
        }
        event
    };
    let records = world.data.appointments.values().filter_map(Value::as_object);
    let found: Vec<Record> =
        records.filter(|record| data::text(record, "contactId") == contact).map(shown).collect();
    ok(json!({"events": found}))
}
