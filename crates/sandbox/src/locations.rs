//! The location: itself, its tag dictionary, its custom field definitions, the search over its tasks.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Reply, bad_request, created, ok, unknown},
    body::{self, Field, Kind, field, text},
    contacts::{custom_fields as values, fields::full_name, tasks},
    data::{Record, find, text as text_of},
    ids,
    request::Request,
    world::World,
};

/// `GET /locations/{locationId}`
pub(crate) fn get(world: &mut World, _: &Request) -> Reply {
    ok(json!({"location": world.data.location}))
}

/// `GET /locations/{locationId}/tags`
pub(crate) fn tags(world: &mut World, _: &Request) -> Reply {
    let tags: Vec<&Value> = world.data.tags.values().collect();
    ok(json!({"tags": tags}))
}

/// `POST /locations/{locationId}/tags`: 200, not 201. The dictionary keeps the letters' case.
pub(crate) fn create_tag(world: &mut World, request: &Request) -> Reply {
    let name = new_tag_name(world, request)?;
    world.data.learn_tags(std::slice::from_ref(&name));
    let tag = world.data.tags.values().find(|tag| tag["name"] == name.as_str());
    ok(json!({"tag": tag}))
}

/// A name that no other tag has, in whatever case; the tag of the path may have it.
fn new_tag_name(world: &World, request: &Request) -> Result<String, Answer> {
    body::check(&request.body, &[text("name").required()])?;
    let name = request.text("name").trim();
    let has_it = |tag: &Value| tag["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    let taken = world.data.tags.values().any(|tag| has_it(tag) && tag["id"] != request.param("tagId"));
    if taken { Err(bad_request("The tag name is already exist.")) } else { Ok(name.to_owned()) }
}

/// `GET /locations/{locationId}/tags/{tagId}`
pub(crate) fn tag(world: &mut World, request: &Request) -> Reply {
    let id = request.param("tagId");
    let tag = world.data.tags.get(id).ok_or_else(|| unknown("Tag", id))?;
    ok(json!({"tag": tag}))
}

/// `PUT /locations/{locationId}/tags/{tagId}`: another name in the dictionary. No source says that contacts which
/// carry the tag are changed, so they are not.
pub(crate) fn update_tag(world: &mut World, request: &Request) -> Reply {
    let name = new_tag_name(world, request)?;
    let id = request.param("tagId");
    let tag = world.data.tags.get_mut(id).ok_or_else(|| unknown("Tag", id))?;
    tag["name"] = name.into();
    ok(json!({"tag": tag}))
}

/// `DELETE /locations/{locationId}/tags/{tagId}`: gone from the dictionary; contacts keep what they carry.
pub(crate) fn delete_tag(world: &mut World, request: &Request) -> Reply {
    let id = request.param("tagId");
    world.data.tags.shift_remove(id).ok_or_else(|| unknown("Tag", id))?;
    ok(json!({"succeded": true}))
}

/// `GET /locations/{locationId}/customFields`
pub(crate) fn custom_fields(world: &mut World, request: &Request) -> Reply {
    let model = request.query("model").unwrap_or("contact");
    let fields: Vec<&Value> =
        world.data.custom_fields.values().filter(|field| model == "all" || field["model"] == model).collect();
    ok(json!({"customFields": fields}))
}

/// `GET /locations/{locationId}/customFields/{id}`, by id or key.
pub(crate) fn custom_field(world: &mut World, request: &Request) -> Reply {
    ok(json!({"customField": defined(world, request)?}))
}

/// The definition that the path names, by id or key.
fn defined<'a>(world: &'a World, request: &Request) -> Result<&'a Record, Answer> {
    let id = request.param("id");
    values::definition(&world.data.custom_fields, id).ok_or_else(|| unknown("Custom field", id))
}

/// What a definition takes beside its name, its kind and its model.
const DETAILS: [Field; 7] = [
    text("placeholder"),
    field("acceptedFormat", Kind::Texts),
    field("isMultipleFile", Kind::Flag),
    field("maxNumberOfFiles", Kind::Number),
    field("textBoxListOptions", Kind::List),
    field("position", Kind::Number),
    text("model").one_of(&["contact", "opportunity"]),
];

/// `PUT /locations/{locationId}/customFields/{id}`: the key stays what the first name made it.
pub(crate) fn update_custom_field(world: &mut World, request: &Request) -> Reply {
    body::check(
        &request.body,
        &[&[text("name").required(), field("options", Kind::Texts)], &DETAILS[..]].concat(),
    )?;
    let mut record = defined(world, request)?.clone();
    for name in ["name", "placeholder", "position"] {
        if let Some(value) = request.body.get(name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(options) = request.body.get("options") {
        record.insert("picklistOptions".to_owned(), options.clone());
    }
    world.data.custom_fields.insert(text_of(&record, "id").to_owned(), Value::Object(record.clone()));
    ok(json!({"customField": record}))
}

/// `DELETE /locations/{locationId}/customFields/{id}`: contacts lose their values of it.
pub(crate) fn delete_custom_field(world: &mut World, request: &Request) -> Reply {
    let id = text_of(defined(world, request)?, "id").to_owned();
    world.data.custom_fields.shift_remove(&id);
    for contact in world.data.contacts.values_mut() {
        if let Some(values) = contact["customFields"].as_array_mut() {
            values.retain(|item| item["id"] != id.as_str());
        }
    }
    ok(json!({"succeded": true}))
}

/// `POST /locations/{locationId}/customFields`
pub(crate) fn create_custom_field(world: &mut World, request: &Request) -> Reply {
    body::check(
        &request.body,
        &[
            &[text("name").required(), text("dataType").required(), field("options", Kind::Texts)],
            &DETAILS[..],
        ]
        .concat(),
    )?;
    let model = if request.text("model").is_empty() { "contact" } else { request.text("model") };
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let key = format!("{model}.{}", request.text("name").trim().chars().map(letters).collect::<String>());
    if world.data.custom_fields.values().any(|field| field["fieldKey"] == key.as_str()) {
        return Err(bad_request(format!("A custom field with the key {key} exists already")));
    }
    let id = ids::record();
    let body = request.fields();
    let mut record = Map::new();
    record.insert("id".to_owned(), id.clone().into());
    for name in ["name", "dataType", "placeholder", "position"] {
        if let Some(value) = body.get(name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    record.insert("fieldKey".to_owned(), key.into());
    record.insert("model".to_owned(), model.into());
    record.insert("locationId".to_owned(), world.data.location_id().into());
    if let Some(options) = body.get("options") {
        record.insert("picklistOptions".to_owned(), options.clone());
    }
    world.data.custom_fields.insert(id, Value::Object(record.clone()));
    created(json!({"customField": record}))
}

/// `POST /locations/{locationId}/tasks/search`: a task with `_id` and the contact's name.
pub(crate) fn search_tasks(world: &mut World, request: &Request) -> Reply {
    let one_or_many = |name: &'static str| field(name, Kind::Texts);
    body::check(
        &request.body,
        &[
            one_or_many("contactId"),
            field("completed", Kind::Flag),
            one_or_many("assignedTo"),
            text("query"),
            field("limit", Kind::Number),
            field("skip", Kind::Number),
            text("businessId"),
        ],
    )?;
    let number = |name: &str, default: usize| {
        let given = request.body.get(name).and_then(Value::as_u64);
        given.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let (contacts, users) = (request.texts("contactId"), request.texts("assignedTo"));
    let (query, business) = (request.text("query").to_lowercase(), request.text("businessId"));
    let completed = request.body.get("completed");
    let data = &world.data;
    let is_asked_for = |task: &&Record| {
        let contact = find(&data.contacts, text_of(task, "contactId"));
        (contacts.is_empty() || contacts.iter().any(|id| id == text_of(task, "contactId")))
            && (users.is_empty() || users.iter().any(|id| id == text_of(task, "assignedTo")))
            && completed.is_none_or(|wanted| task.get("completed") == Some(wanted))
            && (query.is_empty() || text_of(task, "title").to_lowercase().contains(&query))
            && (business.is_empty()
                || contact.is_some_and(|contact| text_of(contact, "businessId") == business))
    };
    let tasks: Vec<Value> = data
        .tasks
        .values()
        .filter_map(Value::as_object)
        .filter(is_asked_for)
        .skip(number("skip", 0))
        .take(number("limit", 25))
        .map(|task| {
            let mut shown = tasks::shape(task);
            shown.insert("_id".to_owned(), text_of(task, "id").into());
            shown.insert("locationId".to_owned(), data.location_id().into());
            shown.insert("dateAdded".to_owned(), text_of(task, "dateAdded").into());
            if let Some(contact) = find(&data.contacts, text_of(task, "contactId")) {
                shown.insert(
                    "contactDetails".to_owned(),
                    json!({"id": contact["id"], "name": full_name(contact)}),
                );
            }
            Value::Object(shown)
        })
        .collect();
    ok(json!({"tasks": tasks}))
}
