//! `POST /contacts/upsert`: the matrix of facts 2.8.
//!
//! 200 in both cases; `new` tells a creation. Where e-mail and phone belong to two contacts, the one found by the first
//! configured field is changed, and the other value is dropped without a word. A match by an additional e-mail makes it
//! the main one, and the former main one is lost (facts 8, rows 4 and 5).

use serde_json::{Value, json};

use crate::{
    answer::{Reply, ok},
    body::{self, Field, Kind, field},
    contacts::{CREATE, duplicates, fields, insert, save, shapes},
    data::{find, text},
    ids,
    request::{Request, texts},
    world::World,
};

/// `POST /contacts/upsert`
pub(crate) fn upsert(world: &mut World, request: &Request) -> Reply {
    let mut known: Vec<Field> = CREATE.to_vec();
    known.push(field("createNewIfDuplicateAllowed", Kind::Flag));
    let mut wrong = body::violations(&request.body, &known);
    if request.text("email").trim().is_empty() && request.text("phone").trim().is_empty() {
        wrong.push("email or phone is required".to_owned());
    }
    body::refuse(&wrong)?;
    let mut body = request.fields();
    let fresh = fields::new(world, &body, request.now)?;
    let always_new = duplicates::allowed(&world.data)
        && body.get("createNewIfDuplicateAllowed") == Some(&Value::Bool(true));
    let existing = if always_new {
        None
    } else {
        duplicates::look_for(&world.data, text(&fresh, "email"), text(&fresh, "phone"), None)
    };
    let found = existing.as_ref().and_then(|existing| find(&world.data.contacts, &existing.id)).cloned();
    let (Some(existing), Some(mut record)) = (existing, found) else {
        let shape = shapes::full(&fresh);
        insert(world, fresh);
        return ok(json!({"new": true, "contact": shape, "traceId": ids::uuid()}));
    };
    let other = if existing.field == "email" { "phone" } else { "email" };
    let of_another = match other {
        "phone" => duplicates::look_for(&world.data, "", text(&fresh, "phone"), Some(&existing.id)),
        _ => duplicates::look_for(&world.data, text(&fresh, "email"), "", Some(&existing.id)),
    };
    if of_another.is_some() {
        body.shift_remove(other);
    }
    if existing.field == "email" {
        let email = text(&fresh, "email").to_owned();
        let mut additional = texts(record.get("additionalEmails"));
        additional.retain(|one| !one.eq_ignore_ascii_case(&email));
        if record.contains_key("additionalEmails") {
            record.insert("additionalEmails".to_owned(), additional.into());
        }
    }
    body::refuse(&fields::apply(&mut record, &body, &world.data))?;
    let record = save(world, record, request.now);
    ok(json!({"new": false, "contact": shapes::full(&record), "traceId": ids::uuid()}))
}
