//! Contacts: create, read, change, delete. What hangs on a contact has a file of its own beside this one.
//!
//! [`fields`] turns a body into a record, [`shapes`] a record into what each operation shows of it, [`duplicates`] says
//! when two contacts are the same.

pub(crate) mod birth_date;
pub(crate) mod bulk;
pub(crate) mod custom_fields;
pub(crate) mod duplicates;
pub(crate) mod enrolment;
pub(crate) mod fields;
pub(crate) mod followers;
pub(crate) mod listing;
pub(crate) mod notes;
pub(crate) mod phone;
pub(crate) mod shapes;
pub(crate) mod tags;
pub(crate) mod tasks;
pub(crate) mod upsert;

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Reply, created, ok, unknown},
    body::{self, Field, Kind, field, text},
    clock,
    data::{self, Record},
    events, ids,
    request::Request,
    world::World,
};

/// The fields of a create, which upsert and update vary (facts 2.7).
pub(crate) const CREATE: [Field; 23] = [
    text("locationId").required(),
    text("firstName").nullable(),
    text("lastName").nullable(),
    text("name").nullable(),
    text("email").nullable(),
    text("gender"),
    text("phone").nullable(),
    text("address1").nullable(),
    text("city").nullable(),
    text("state").nullable(),
    text("postalCode"),
    text("website").nullable(),
    text("timezone").nullable(),
    field("dnd", Kind::Flag),
    field("dndSettings", Kind::Object),
    field("inboundDndSettings", Kind::Object),
    field("tags", Kind::Texts),
    field("customFields", Kind::List),
    text("source"),
    text("dateOfBirth").nullable(),
    text("country"),
    text("companyName").nullable(),
    text("assignedTo"),
];

/// A create without `locationId`, `gender` and `companyName`.
const UPDATE: [Field; 20] = [
    text("firstName").nullable(),
    text("lastName").nullable(),
    text("name").nullable(),
    text("email").nullable(),
    text("phone").nullable(),
    text("address1").nullable(),
    text("city").nullable(),
    text("state").nullable(),
    text("postalCode"),
    text("website").nullable(),
    text("timezone").nullable(),
    field("dnd", Kind::Flag),
    field("dndSettings", Kind::Object),
    field("inboundDndSettings", Kind::Object),
    field("tags", Kind::Texts),
    field("customFields", Kind::List),
    text("source").nullable(),
    text("dateOfBirth").nullable(),
    text("country"),
    text("assignedTo").nullable(),
];

/// The contact of the path; 400 where there is none.
pub(crate) fn of_path<'a>(world: &'a World, request: &Request) -> Result<&'a Record, Answer> {
    let id = request.param("contactId");
    data::find(&world.data.contacts, id).ok_or_else(|| unknown("Contact", id))
}

/// `succeded` (the real spelling) under version 2; both spellings under version 3.
pub(crate) fn succeeded(request: &Request) -> Value {
    if request.is_v3() { json!({"succeeded": true, "succeded": true}) } else { json!({"succeded": true}) }
}

/// `POST /contacts/`
pub(crate) fn create(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &CREATE)?;
    let record = fields::new(world, &request.fields(), request.now)?;
    if let Some(existing) = duplicates::clash(&world.data, &record, None) {
        return Err(duplicates::refusal(&world.data, &existing));
    }
    let shape = if request.is_v3() { shapes::full(&record) } else { shapes::created(&record) };
    insert(world, record);
    created(json!({"contact": shape}))
}

/// Puts a new contact in and tells of it.
pub(crate) fn insert(world: &mut World, record: Record) {
    let id = data::text(&record, "id").to_owned();
    world.data.learn_tags(&crate::request::texts(record.get("tags")));
    world.announce("ContactCreate", events::contact(&record));
    world.data.contacts.insert(id.clone(), Value::Object(record));
    world.contact_changed(&id);
}

/// `GET /contacts/{contactId}`
pub(crate) fn get(world: &mut World, request: &Request) -> Reply {
    let contact = of_path(world, request)?;
    ok(json!({"contact": shapes::full(contact)}))
}

/// `PUT /contacts/{contactId}`
pub(crate) fn update(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &UPDATE)?;
    let mut record = of_path(world, request)?.clone();
    body::refuse(&fields::apply(&mut record, &request.fields(), &world.data))?;
    if let Some(existing) = duplicates::clash(&world.data, &record, Some(request.param("contactId"))) {
        return Err(duplicates::refusal(&world.data, &existing));
    }
    let record = save(world, record, request.now);
    let mut answer = if request.is_v3() { json!({"succeeded": true}) } else { json!({"succeded": true}) };
    answer["contact"] = shapes::full(&record).into();
    ok(answer)
}

/// Puts a changed contact back and tells what changed of it. Nothing is told where nothing changed.
pub(crate) fn save(world: &mut World, mut record: Record, now: jiff::Timestamp) -> Record {
    let id = data::text(&record, "id").to_owned();
    let before = data::find(&world.data.contacts, &id).cloned().unwrap_or_default();
    if before == record {
        return record;
    }
    record.insert("dateUpdated".to_owned(), clock::iso(now).into());
    world.data.learn_tags(&crate::request::texts(record.get("tags")));
    let differs = |name: &str| before.get(name) != record.get(name);
    let (tags, dnd) = (differs("tags"), differs("dnd") || differs("dndSettings"));
    let quiet = ["tags", "dnd", "dndSettings", "inboundDndSettings", "dateUpdated", "followers"];
    let others =
        before.keys().chain(record.keys()).any(|name| !quiet.contains(&name.as_str()) && differs(name));
    if others {
        world.announce("ContactUpdate", events::contact(&record));
    }
    if tags {
        world.announce("ContactTagUpdate", events::contact(&record));
    }
    if dnd {
        world.announce("ContactDndUpdate", events::contact_dnd(&record));
    }
    world.data.contacts.insert(id.clone(), Value::Object(record.clone()));
    world.contact_changed(&id);
    record
}

/// `DELETE /contacts/{contactId}`: with its tasks, notes, appointments, opportunities and enrolments.
pub(crate) fn delete(world: &mut World, request: &Request) -> Reply {
    let contact = of_path(world, request)?.clone();
    let id = request.param("contactId");
    world.data.contacts.shift_remove(id);
    let data = &mut world.data;
    for table in [
        &mut data.tasks,
        &mut data.notes,
        &mut data.appointments,
        &mut data.opportunities,
        &mut data.enrolments,
    ] {
        table.retain(|_, record| record["contactId"] != id);
    }
    world.announce("ContactDelete", events::contact(&contact));
    world.contact_changed(id);
    ok(succeeded(request))
}

/// A fresh id and the two dates of a record.
pub(crate) fn stamp(record: &mut Record, now: jiff::Timestamp) {
    record.shift_insert(0, "id".to_owned(), ids::record().into());
    record.insert("dateAdded".to_owned(), clock::iso(now).into());
    record.insert("dateUpdated".to_owned(), clock::iso(now).into());
}
