//! The notes of a contact.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Reply, created, ok, unknown},
    body::{self, Field, Kind, field, text},
    clock,
    contacts::{of_path, succeeded},
    data::{self, Record, pick},
    events, ids,
    request::Request,
    world::World,
};

const BODY: Field = text("body");
const REST: [Field; 4] = [text("userId"), text("title"), text("color"), field("pinned", Kind::Flag)];

fn shape(note: &Record) -> Record {
    pick(note, &["id", "body", "userId", "dateAdded", "contactId", "title", "color", "pinned"])
}

fn of_request(world: &World, request: &Request) -> Result<Record, Answer> {
    of_path(world, request)?;
    let id = request.param("id");
    data::find(&world.data.notes, id)
        .filter(|note| data::text(note, "contactId") == request.param("contactId"))
        .cloned()
        .ok_or_else(|| unknown("Note", id))
}

/// `GET /contacts/{contactId}/notes`, newest first, without pages.
pub(crate) fn list(world: &mut World, request: &Request) -> Reply {
    of_path(world, request)?;
    let mut notes: Vec<Record> = world
        .data
        .notes
        .values()
        .rev()
        .filter_map(Value::as_object)
        .filter(|note| data::text(note, "contactId") == request.param("contactId"))
        .map(shape)
        .collect();
    notes.sort_by(|a, b| data::text(b, "dateAdded").cmp(data::text(a, "dateAdded")));
    ok(json!({"notes": notes}))
}

/// `POST /contacts/{contactId}/notes`
pub(crate) fn create(world: &mut World, request: &Request) -> Reply {
    let [user, title, colour, pinned] = REST;
    body::check(&request.body, &[BODY.required(), user, title, colour, pinned])?;
    of_path(world, request)?;
    let mut note = Map::new();
    note.insert("id".to_owned(), ids::record().into());
    note.insert("contactId".to_owned(), request.param("contactId").into());
    note.insert("dateAdded".to_owned(), clock::iso(request.now).into());
    note.insert("pinned".to_owned(), false.into());
    note.extend(request.fields());
    world.announce("NoteCreate", events::note(&note));
    world.data.notes.insert(data::text(&note, "id").to_owned(), Value::Object(note.clone()));
    created(json!({"note": shape(&note)}))
}

/// `GET /contacts/{contactId}/notes/{id}`
pub(crate) fn get(world: &mut World, request: &Request) -> Reply {
    let note = of_request(world, request)?;
    ok(json!({"note": shape(&note)}))
}

/// `PUT /contacts/{contactId}/notes/{id}`
pub(crate) fn update(world: &mut World, request: &Request) -> Reply {
    let [user, title, colour, pinned] = REST;
    body::check(&request.body, &[BODY, user, title, colour, pinned])?;
    let before = of_request(world, request)?;
    let mut note = before.clone();
    note.extend(request.fields());
    if note != before {
        world.announce("NoteUpdate", events::note(&note));
    }
    let shown = shape(&note);
    world.data.notes.insert(request.param("id").to_owned(), Value::Object(note));
    ok(json!({"note": shown}))
}

/// `DELETE /contacts/{contactId}/notes/{id}`
pub(crate) fn delete(world: &mut World, request: &Request) -> Reply {
    let note = of_request(world, request)?;
    world.data.notes.shift_remove(request.param("id"));
    world.announce("NoteDelete", events::note(&note));
    ok(succeeded(request))
}
