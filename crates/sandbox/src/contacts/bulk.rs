//! Writes to many contacts at once: tags and the business. A part that fails leaves the rest done.

use serde_json::{Value, json};

use crate::{
    answer::{Reply, created, ok, unknown, unprocessable},
    body::{self, Kind, field, text},
    contacts::{
        fields::clean_tags,
        save,
        tags::{with, without},
    },
    data::find,
    request::{Request, texts},
    world::World,
};

/// `POST /contacts/bulk/tags/update/{type}`: `add` or `remove`; 201 also when some contacts failed.
pub(crate) fn tags(world: &mut World, request: &Request) -> Reply {
    let kind = request.param("type").to_owned();
    let mut wrong = body::violations(
        &request.body,
        &[
            field("contacts", Kind::Texts).required(),
            field("tags", Kind::Texts).required(),
            text("locationId").required(),
            field("removeAllTags", Kind::Flag),
        ],
    );
    if !["add", "remove"].contains(&kind.as_str()) {
        wrong.push("type must be one of the following values: add, remove".to_owned());
    }
    body::refuse(&wrong)?;
    let given = clean_tags(&request.texts("tags"));
    let all = request.body.get("removeAllTags") == Some(&Value::Bool(true));
    let (mut responses, mut errors) = (Vec::new(), 0);
    for id in request.texts("contacts") {
        let Some(mut record) = find(&world.data.contacts, &id).cloned() else {
            errors += 1;
            responses.push(
                json!({"contactId": id, "message": "Contact is not in this location", "type": "error"}),
            );
            continue;
        };
        let old = texts(record.get("tags"));
        let new = match (kind.as_str(), all) {
            ("add", _) => with(&old, &given),
            (_, true) => Vec::new(),
            (_, false) => without(&old, &given),
        };
        responses.push(json!({
            "contactId": id, "message": "Tags updated", "type": "success", "oldTags": old,
            "tagsAdded": without(&new, &old), "tagsRemoved": without(&old, &new),
        }));
        record.insert("tags".to_owned(), new.into());
        save(world, record, request.now);
    }
    created(json!({"succeded": errors == 0, "errorCount": errors, "responses": responses}))
}

/// `POST /contacts/bulk/business`: at most 50 contacts; null detaches.
pub(crate) fn business(world: &mut World, request: &Request) -> Reply {
    body::check(
        &request.body,
        &[
            text("locationId").required(),
            field("ids", Kind::Texts).required(),
            text("businessId").required().nullable(),
        ],
    )?;
    let ids = request.texts("ids");
    if ids.len() > 50 {
        return Err(unprocessable(&["ids must contain no more than 50 elements".to_owned()]));
    }
    let business = request.text("businessId");
    if !business.is_empty() && !world.data.businesses.contains_key(business) {
        return Err(unknown("Business", business));
    }
    let mut done = Vec::new();
    for id in ids {
        let Some(mut record) = find(&world.data.contacts, &id).cloned() else { continue };
        if business.is_empty() {
            record.shift_remove("businessId");
        } else {
            record.insert("businessId".to_owned(), business.into());
        }
        save(world, record, request.now);
        done.push(id);
    }
    ok(json!({"success": true, "ids": done}))
}
