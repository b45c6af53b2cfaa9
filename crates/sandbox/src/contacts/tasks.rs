//! The tasks of a contact.
//!
//! There is no event for a changed task, only for a created, completed and deleted one (facts 5.2).

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

const TITLE: Field = text("title");
const DUE: Field = field("dueDate", Kind::Instant);
const COMPLETED: Field = field("completed", Kind::Flag);
const BODY: Field = text("body").nullable();
const ASSIGNED: Field = text("assignedTo").nullable();

/// What the API shows of a task: no `dateAdded`.
pub(crate) fn shape(task: &Record) -> Record {
    pick(task, &["id", "title", "body", "assignedTo", "dueDate", "completed", "contactId"])
}

fn of_request(world: &World, request: &Request) -> Result<Record, Answer> {
    of_path(world, request)?;
    let id = request.param("taskId");
    data::find(&world.data.tasks, id)
        .filter(|task| data::text(task, "contactId") == request.param("contactId"))
        .cloned()
        .ok_or_else(|| unknown("Task", id))
}

/// `GET /contacts/{contactId}/tasks`, without pages.
pub(crate) fn list(world: &mut World, request: &Request) -> Reply {
    of_path(world, request)?;
    let tasks: Vec<Record> = world
        .data
        .tasks
        .values()
        .filter_map(Value::as_object)
        .filter(|task| data::text(task, "contactId") == request.param("contactId"))
        .map(shape)
        .collect();
    ok(json!({"tasks": tasks}))
}

/// `POST /contacts/{contactId}/tasks`
pub(crate) fn create(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[TITLE.required(), DUE.required(), COMPLETED.required(), BODY, ASSIGNED])?;
    of_path(world, request)?;
    let mut task = Map::new();
    task.insert("id".to_owned(), ids::record().into());
    task.insert("contactId".to_owned(), request.param("contactId").into());
    task.insert("dateAdded".to_owned(), clock::iso(request.now).into());
    write(&mut task, &request.fields());
    world.announce("TaskCreate", events::task(&task));
    world.data.tasks.insert(data::text(&task, "id").to_owned(), Value::Object(task.clone()));
    created(json!({"task": shape(&task)}))
}

fn write(task: &mut Record, body: &Record) {
    for (name, value) in body {
        let due = value.as_str().filter(|_| name == "dueDate").and_then(clock::read).map(clock::iso);
        match (due, value) {
            (Some(due), _) => drop(task.insert(name.clone(), due.into())),
            (None, Value::Null) => drop(task.shift_remove(name)),
            (None, value) => drop(task.insert(name.clone(), value.clone())),
        }
    }
}

/// `GET /contacts/{contactId}/tasks/{taskId}`
pub(crate) fn get(world: &mut World, request: &Request) -> Reply {
    let task = of_request(world, request)?;
    ok(json!({"task": shape(&task)}))
}

/// `PUT /contacts/{contactId}/tasks/{taskId}`
pub(crate) fn update(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[TITLE, DUE, COMPLETED, BODY, ASSIGNED])?;
    change(world, request)
}

/// `PUT /contacts/{contactId}/tasks/{taskId}/completed`
pub(crate) fn complete(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[COMPLETED.required()])?;
    change(world, request)
}

fn change(world: &mut World, request: &Request) -> Reply {
    let mut task = of_request(world, request)?;
    let was_open = task.get("completed") != Some(&Value::Bool(true));
    write(&mut task, &request.fields());
    if was_open && task.get("completed") == Some(&Value::Bool(true)) {
        world.announce("TaskComplete", events::task(&task));
    }
    let shown = shape(&task);
    world.data.tasks.insert(request.param("taskId").to_owned(), Value::Object(task));
    ok(json!({"task": shown}))
}

/// `DELETE /contacts/{contactId}/tasks/{taskId}`
pub(crate) fn delete(world: &mut World, request: &Request) -> Reply {
    let task = of_request(world, request)?;
    world.data.tasks.shift_remove(request.param("taskId"));
    world.announce("TaskDelete", events::task(&task));
    ok(succeeded(request))
}
