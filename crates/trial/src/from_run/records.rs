//! The records that a run saw, as a test gives them.

use std::collections::HashSet;

use bellhop_journal::{CallNote, Claimed, Entry};
use serde_json::{Map, Value, json};

use super::masks::Masks;

/// What a test gives of a contact.
const OF_CONTACT: [&str; 21] = [
    "id",
    "firstName",
    "lastName",
    "email",
    "phone",
    "companyName",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "timezone",
    "source",
    "type",
    "dnd",
    "tags",
    "assignedTo",
    "dateOfBirth",
    "dateAdded",
    "custom_fields",
];
/// What a test gives of other records.
const OF_OTHERS: [&str; 14] = [
    "id",
    "contactId",
    "title",
    "body",
    "assignedTo",
    "dueDate",
    "completed",
    "calendarId",
    "appointmentStatus",
    "startTime",
    "endTime",
    "notes",
    "address",
    "pinned",
];
/// The lists that operations read.
const READS: [(&str, &str); 6] = [
    ("list_tasks", "tasks"),
    ("search_tasks", "tasks"),
    ("get_task", "tasks"),
    ("list_notes", "notes"),
    ("get_note", "notes"),
    ("list_appointments", "appointments"),
];

/// The records, by the names of their lists, each in the order in which they were seen.
#[derive(Default)]
pub(super) struct Records {
    contacts: Vec<Value>,
    others: Vec<(&'static str, Value)>,
    seen: HashSet<String>,
}

impl Records {
    /// All records that the runs read; of one that was read twice, as it was first.
    pub(super) fn of(all: &[&Claimed]) -> Self {
        let mut records = Self::default();
        for found in all {
            records.of_run(found);
        }
        for found in all {
            records.about(found);
        }
        records
    }

    fn of_run(&mut self, found: &Claimed) {
        let mut calls: Map<String, Value> = Map::new();
        for stamped in &found.history {
            match &stamped.entry {
                Entry::StepStarted { step, call, .. } if call.connector == "contacts" => {
                    calls.insert(step.clone(), call.operation.as_str().into());
                    self.mention(call);
                }
                Entry::StepEnded { step, output } => {
                    if let Some(operation) = calls.get(step).and_then(Value::as_str) {
                        self.read(operation, output);
                    }
                }
                // A loop goes over what a search found.
                Entry::PageRead { items, .. } => {
                    for item in items.iter().filter(|item| item["id"].is_string()) {
                        self.found(item);
                    }
                }
                _ => {}
            }
        }
    }

    /// A contact or a task that a search found, told apart by whose it is.
    fn found(&mut self, item: &Value) {
        match item.get("contactId") {
            None => self.contact(item),
            Some(contact) => {
                if let Some(id) = item["id"].as_str()
                    && self.seen.insert(id.to_owned())
                {
                    self.others.push(("tasks", kept(item, &OF_OTHERS)));
                    self.contact(&json!({ "id": contact }));
                }
            }
        }
    }

    /// The contact that the event is about, where no step looked it up.
    fn about(&mut self, found: &Claimed) {
        let about = found.event.record.as_deref().and_then(|record| record.strip_prefix("contact "));
        let Some(id) = about else { return };
        if found.event.data["id"] == id {
            self.contact(&found.event.data);
        }
        self.contact(&json!({ "id": id }));
    }

    /// A contact that a call names must be there, whatever is known of it.
    fn mention(&mut self, call: &CallNote) {
        if let Some(id) = call.input.get("contactId").filter(|_| call.operation != "get_contact") {
            self.contact(&json!({ "id": id }));
        }
    }

    fn read(&mut self, operation: &str, output: &Value) {
        if operation == "get_contact" {
            return self.contact(output);
        }
        // What the run itself made is no record that was there before.
        if operation.starts_with("create_") {
            if let Some(id) = output["id"].as_str() {
                self.seen.insert(id.to_owned());
            }
            return;
        }
        let Some((_, kind)) = READS.iter().find(|(read, _)| *read == operation) else { return };
        let list = output.as_array().map_or(std::slice::from_ref(output), Vec::as_slice);
        for record in list {
            let Some(id) = record["id"].as_str() else { continue };
            if self.seen.insert(id.to_owned()) {
                self.others.push((*kind, kept(record, &OF_OTHERS)));
                if let Some(contact) = record.get("contactId") {
                    self.contact(&json!({ "id": contact }));
                }
            }
        }
    }

    /// Takes what is known of a contact; more takes the place of less.
    fn contact(&mut self, record: &Value) {
        let record = kept(record, &OF_CONTACT);
        let Some(fields) = record.as_object().filter(|fields| fields.contains_key("id")) else { return };
        match self.contacts.iter_mut().find(|known| known["id"] == record["id"]) {
            None => self.contacts.push(record),
            Some(known) if known.as_object().is_some_and(|known| known.len() == 1) && fields.len() > 1 => {
                *known = record;
            }
            Some(_) => {}
        }
    }

    /// The lists, masked.
    pub(super) fn lists(&self, masks: &Masks) -> Vec<(&'static str, Vec<Value>)> {
        let masked = |records: Vec<&Value>| records.into_iter().map(|record| masks.masked(record)).collect();
        let mut lists: Vec<(&'static str, Vec<Value>)> = Vec::new();
        let definitions = self.definitions();
        if !definitions.is_empty() {
            lists.push(("custom_fields", definitions));
        }
        if !self.contacts.is_empty() {
            lists.push(("contacts", masked(self.contacts.iter().collect())));
        }
        for kind in ["tasks", "notes", "appointments"] {
            let own: Vec<_> = self.others.iter().filter(|(of, _)| *of == kind).map(|(_, one)| one).collect();
            if !own.is_empty() {
                lists.push((kind, masked(own)));
            }
        }
        lists
    }

    /// The custom fields that the contacts have, as the sandbox must know them.
    fn definitions(&self) -> Vec<Value> {
        let mut definitions: Vec<Value> = Vec::new();
        let fields =
            self.contacts.iter().filter_map(|contact| contact["custom_fields"].as_object()).flatten();
        for (key, value) in fields {
            let key_of_field = format!("contact.{key}");
            if definitions.iter().any(|known| known["fieldKey"] == key_of_field) {
                continue;
            }
            let kind = match value {
                Value::Number(_) => "NUMERICAL",
                Value::Array(_) => "MULTIPLE_OPTIONS",
                _ => "TEXT",
            };
            let mut definition =
                json!({ "name": key, "fieldKey": key_of_field, "dataType": kind, "model": "contact" });
            if let Some(options) = value.as_array() {
                definition["picklistOptions"] = options.clone().into();
            }
            definitions.push(definition);
        }
        definitions
    }
}

fn kept(record: &Value, names: &[&str]) -> Value {
    let is_something = |value: &&Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let fields = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), record.get(*name).filter(is_something)?.clone())));
    Value::Object(fields.collect())
}
