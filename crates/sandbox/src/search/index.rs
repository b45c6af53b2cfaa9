//! What the search knows: a document per contact, which may come into force some time after the write.
//!
//! The delay shows read-after-write mistakes of clients; where it meets only some writes, also mistakes of those who ask
//! for what is new and take the newest they see for the end. It runs on the monotonic clock.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use crate::{
    contacts::shapes::computed,
    data::{Data, Record, find, pick},
};

/// What the search shows of a contact: `address` instead of `address1`, names in lower case only.
pub(crate) const SHOWN: [&str; 32] = [
    "id",
    "additionalEmails",
    "additionalPhones",
    "address",
    "assignedTo",
    "businessId",
    "businessName",
    "city",
    "companyName",
    "country",
    "customFields",
    "dateAdded",
    "dateOfBirth",
    "dateUpdated",
    "dnd",
    "email",
    "firstNameLowerCase",
    "lastNameLowerCase",
    "followers",
    "locationId",
    "opportunities",
    "phone",
    "phoneLabel",
    "postalCode",
    "source",
    "state",
    "tags",
    "type",
    "validEmail",
    "website",
    "attributionSource",
    "lastAttributionSource",
];

/// The index.
#[derive(Debug)]
pub(crate) struct SearchIndex {
    delay: Duration,
    /// The first of so many writes is delayed.
    of: u32,
    writes: u32,
    documents: Map<String, Value>,
    waiting: VecDeque<(Instant, String, Option<Record>)>,
}

impl SearchIndex {
    pub(crate) fn new(delay: Duration, of: u32) -> Self {
        Self { delay, of: of.max(1), writes: 0, documents: Map::new(), waiting: VecDeque::new() }
    }

    /// Takes all contacts in, at once.
    pub(crate) fn fill(&mut self, data: &Data) {
        self.documents = data
            .contacts
            .keys()
            .filter_map(|id| Some((id.clone(), Value::Object(document(data, id)?))))
            .collect();
    }

    /// Takes a written or deleted contact in, now or after the delay.
    pub(crate) fn changed(&mut self, data: &Data, id: &str) {
        let document = document(data, id);
        let is_late = self.writes.is_multiple_of(self.of);
        self.writes = self.writes.wrapping_add(1);
        if self.delay.is_zero() || !is_late {
            // What is known of it now is not forgotten for what was to be known of it.
            self.waiting.retain(|(_, waits, _)| waits != id);
            self.put(id.to_owned(), document);
        } else {
            self.waiting.push_back((Instant::now() + self.delay, id.to_owned(), document));
        }
    }

    fn put(&mut self, id: String, document: Option<Record>) {
        match document {
            Some(document) => drop(self.documents.insert(id, Value::Object(document))),
            None => drop(self.documents.shift_remove(&id)),
        }
    }

    /// Takes in what waits, however long it was to wait.
    pub(crate) fn catch_up(&mut self) {
        while !self.waiting.is_empty() {
            self.take_in_the_next();
        }
    }

    fn take_in_the_next(&mut self) {
        if let Some((_, id, document)) = self.waiting.pop_front() {
            self.put(id, document);
        }
    }

    /// The documents in force at `now`.
    pub(crate) fn documents(&mut self, now: Instant) -> impl Iterator<Item = &Record> {
        while self.waiting.front().is_some_and(|(due, ..)| *due <= now) {
            self.take_in_the_next();
        }
        self.documents.values().filter_map(Value::as_object)
    }
}

fn document(data: &Data, id: &str) -> Option<Record> {
    let mut document = computed(find(&data.contacts, id)?);
    if let Some(address) = document.shift_remove("address1") {
        document.insert("address".to_owned(), address);
    }
    if let Some(name) =
        document.get("businessId").and_then(Value::as_str).and_then(|id| find(&data.businesses, id))
    {
        document.insert("businessName".to_owned(), name.get("name").cloned().unwrap_or(Value::Null));
    }
    let of_contact = |record: &&Value| record["contactId"] == id;
    let opportunities = data.opportunities.values().filter(of_contact).filter_map(Value::as_object);
    let shown = ["id", "pipelineId", "pipelineStageId", "status", "monetaryValue"];
    let opportunities: Value = opportunities.map(|record| pick(record, &shown)).collect();
    document.insert("opportunities".to_owned(), opportunities);
    let workflows = data.enrolments.values().filter(of_contact).filter(|record| record["kind"] == "workflow");
    let workflows: Value = workflows.map(|record| record["targetId"].clone()).collect();
    document.insert("activeWorkflows".to_owned(), workflows);
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_found_after_the_delay() {
        let mut data = Data::sample();
        let mut index = SearchIndex::new(Duration::from_mins(50), 1);
        index.fill(&data);
        let before = index.documents(Instant::now()).count();
        data.contacts.shift_remove("contactMaraFenn00001");
        index.changed(&data, "contactMaraFenn00001");
        assert_eq!(index.documents(Instant::now()).count(), before);
        assert_eq!(index.documents(Instant::now() + Duration::from_hours(1)).count(), before - 1);
        data.contacts.shift_remove("contactSukiHale00001");
        index.changed(&data, "contactSukiHale00001");
        assert_eq!(index.documents(Instant::now()).count(), before - 1);
        index.catch_up();
        assert_eq!(index.documents(Instant::now()).count(), before - 2);
    }

    #[test]
    fn some_writes_are_found_at_once_and_stay_so() {
        let mut data = Data::sample();
        let mut index = SearchIndex::new(Duration::from_mins(50), 2);
        index.fill(&data);
        let ids: Vec<String> = data.contacts.keys().take(3).cloned().collect();
        let before = index.documents(Instant::now()).count();
        let mut left = |id: &str| {
            data.contacts.shift_remove(id);
            index.changed(&data, id);
            index.documents(Instant::now()).count()
        };
        assert_eq!([left(&ids[0]), left(&ids[1]), left(&ids[2])], [before, before - 1, before - 1]);
        assert_eq!(left(&ids[2]), before - 2, "what was to be known of it later is known now");
        assert_eq!(index.documents(Instant::now() + Duration::from_hours(1)).count(), before - 3);
    }
}
