//! The location: itself, its tag dictionary, its custom field definitions, the search over its tasks.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Reply, bad_request, created, ok},
    body::{self, Kind, field, text},
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
    body::check(&request.body, &[text("name").required()])?;
    let name = request.text("name").trim().to_owned();
    let known = |tag: &Value| tag["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&name));
    if world.data.tags.values().any(known) {
        return Err(bad_request("The tag name is already exist."));
    }
    world.data.learn_tags(std::slice::from_ref(&name));
    let tag = world.data.tags.values().find(|tag| known(tag));
    ok(json!({"tag": tag}))
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
    let id = request.param("id");
    let found = values::definition(&world.data.custom_fields, id);
    let found = found.ok_or_else(|| bad_request(format!("Custom field with id {id} not found")))?;
    ok(json!({"customField": found}))
}

/// `POST /locations/{locationId}/customFields`
pub(crate) fn create_custom_field(world: &mut World, request: &Request) -> Reply {
    body::check(
        &request.body,
        &[
            text("name").required(),
            text("dataType").required(),
            text("placeholder"),
            field("acceptedFormat", Kind::Texts),
            field("isMultipleFile", Kind::Flag),
            field("maxNumberOfFiles", Kind::Number),
            field("textBoxListOptions", Kind::List),
            field("options", Kind::Texts),
            field("position", Kind::Number),
            text("model").one_of(&["contact", "opportunity"]),
        ],
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
