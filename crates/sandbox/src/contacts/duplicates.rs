//! When two contacts are one: by e-mail or phone, in the order that the location's settings say.
//!
//! `settings.contactUniqueIdentifiers` has the order (`email`, `phone` by default), `settings.allowDuplicateContact` says
//! whether it matters on create and update.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Reply, ok},
    contacts::{fields::full_name, phone, shapes},
    data::{Data, Record, find, text},
    request::{Request, texts},
    world::World,
};

/// A contact that is there already, and by which field it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Existing {
    pub(crate) id: String,
    pub(crate) field: &'static str,
}

pub(crate) fn allowed(data: &Data) -> bool {
    data.setting("allowDuplicateContact").and_then(Value::as_bool).unwrap_or(false)
}

/// The first contact with that e-mail (main or additional) or phone, other than `except`.
pub(crate) fn look_for(data: &Data, email: &str, phone: &str, except: Option<&str>) -> Option<Existing> {
    let configured = texts(data.setting("contactUniqueIdentifiers"));
    let order: &[&'static str] = match configured.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["phone", "email"] => &["phone", "email"],
        ["phone"] => &["phone"],
        ["email"] => &["email"],
        _ => &["email", "phone"],
    };
    order.iter().find_map(|&field| {
        let wanted = if field == "email" { email } else { phone };
        let id = by(data, field, wanted, except)?;
        Some(Existing { id, field })
    })
}

fn by(data: &Data, field: &str, wanted: &str, except: Option<&str>) -> Option<String> {
    if wanted.is_empty() {
        return None;
    }
    let others = if field == "email" { "additionalEmails" } else { "additionalPhones" };
    data.contacts.values().filter_map(Value::as_object).find_map(|contact| {
        let id = text(contact, "id");
        let same = text(contact, field).eq_ignore_ascii_case(wanted)
            || contact
                .get(others)
                .is_some_and(|list| texts(Some(list)).iter().any(|one| one.eq_ignore_ascii_case(wanted)));
        (same && except != Some(id)).then(|| id.to_owned())
    })
}

/// The contact that stands in the way of saving `record`, where the location allows no duplicates.
pub(crate) fn clash(data: &Data, record: &Record, except: Option<&str>) -> Option<Existing> {
    if allowed(data) { None } else { look_for(data, text(record, "email"), text(record, "phone"), except) }
}

/// 400 with `meta`.
pub(crate) fn refusal(data: &Data, existing: &Existing) -> Answer {
    let name = find(&data.contacts, &existing.id).map(full_name).unwrap_or_default();
    Answer::json(
        400,
        json!({
            "statusCode": 400,
            "message": "This location does not allow duplicated contacts.",
            "meta": {"contactId": existing.id, "matchingField": existing.field, "contactName": name},
        }),
    )
}

/// `GET /contacts/search/duplicate`
pub(crate) fn look_up(world: &mut World, request: &Request) -> Reply {
    let data = &world.data;
    let country = text(&data.location, "country");
    let number = request
        .query("number")
        .map(|given| phone::to_e164(given, country).unwrap_or_else(|| given.to_owned()));
    let (email, number) = (request.query("email").unwrap_or(""), number.unwrap_or_default());
    let found = if allowed(data) {
        by(data, "email", email, None).or_else(|| by(data, "phone", &number, None))
    } else {
        look_for(data, email, &number, None).map(|existing| existing.id)
    };
    let contact = found.and_then(|id| find(&data.contacts, &id).map(shapes::full));
    ok(json!({"contact": contact}))
}
