//! The CRM's records, and how they are read from and told as JSON.
//!
//! One collection per kind, each keyed by id and kept in the order of creation. A record is a JSON object in the
//! sandbox's own full shape; what the API shows of it is cut in `contacts::shapes` and beside the other handlers.
//! Start at [`Data::from_json`] for the format of a data file.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{clock, seed};

/// One record.
pub(crate) type Record = Map<String, Value>;
/// The records of a kind, by id.
pub(crate) type Table = Map<String, Value>;

const SAMPLE: &str = include_str!("../data/sample.json");

/// Records that cannot be taken in: which one and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The sandbox's data cannot be used: {0}")]
pub struct DataError(pub(crate) String);

/// Everything the CRM knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    pub(crate) location: Record,
    pub(crate) users: Table,
    pub(crate) tags: Table,
    pub(crate) custom_fields: Table,
    pub(crate) workflows: Table,
    pub(crate) campaigns: Table,
    pub(crate) calendars: Table,
    pub(crate) businesses: Table,
    pub(crate) pipelines: Table,
    pub(crate) contacts: Table,
    pub(crate) tasks: Table,
    pub(crate) notes: Table,
    pub(crate) appointments: Table,
    pub(crate) opportunities: Table,
    pub(crate) enrolments: Table,
    pub(crate) messages: Table,
    pub(crate) slack: Table,
}

impl Data {
    /// The shipped sample: one location, three users, eight contacts and what surrounds them. Its times are counted
    /// from now, so that some tasks are always overdue.
    pub fn sample() -> Self {
        Self::sample_at(clock::machine_now())
    }

    /// [`Data::sample`] with its times counted from `now`.
    pub fn sample_at(now: Timestamp) -> Self {
        let json = serde_json::from_str(SAMPLE).expect("the shipped sample is JSON");
        Self::read(&json, Self::default(), now).expect("the shipped sample fits its own format")
    }

    /// Reads a data file.
    ///
    /// It is an object; each key is optional. `location` is one record. `users`, `tags` (names or records),
    /// `customFields`, `workflows`, `campaigns`, `calendars`, `businesses`, `pipelines` are lists; those left out are
    /// the sample's. `contacts`, `tasks`, `notes`, `appointments`, `opportunities`, `enrolments`, `messages`, `slack`
    /// are lists; those left out are empty. Records may leave out their `id`; a contact's `customFields` may be an
    /// object by key. A text that is `now`, `now-3d`, `now+2h`, `now-90m` or `now+1w` becomes that instant. What
    /// `GET /__sandbox/state` says can be read back.
    pub fn from_json(json: &Value) -> Result<Self, DataError> {
        Self::from_json_at(json, clock::machine_now())
    }

    /// [`Data::from_json`] with relative times counted from `now`.
    pub fn from_json_at(json: &Value, now: Timestamp) -> Result<Self, DataError> {
        let sample = Self::sample_at(now);
        let dictionaries = Self {
            contacts: Table::new(),
            tasks: Table::new(),
            notes: Table::new(),
            appointments: Table::new(),
            opportunities: Table::new(),
            enrolments: Table::new(),
            messages: Table::new(),
            slack: Table::new(),
            ..sample
        };
        Self::read(json, dictionaries, now)
    }

    fn read(json: &Value, mut data: Self, now: Timestamp) -> Result<Self, DataError> {
        let mut json = json.clone();
        seed::resolve_moments(&mut json, now);
        let Value::Object(mut rooms) = json else {
            return Err(DataError("it is no JSON object".to_owned()));
        };
        if let Some(location) = rooms.remove("location") {
            let Value::Object(location) = location else {
                return Err(DataError("`location` is no object".to_owned()));
            };
            data.location = location;
        }
        data.location.entry("id").or_insert_with(|| crate::ids::record().into());
        let location_id = data.location_id().to_owned();
        for (name, table) in data.tables() {
            let Some(list) = rooms.remove(name) else { continue };
            let Value::Array(records) = list else {
                return Err(DataError(format!("`{name}` is no list")));
            };
            *table = Table::new();
            for (index, record) in records.into_iter().enumerate() {
                let record = seed::record(name, record, &location_id, now)
                    .ok_or_else(|| DataError(format!("record {} of `{name}` is no object", index + 1)))?;
                let id = record["id"].as_str().unwrap_or_default().to_owned();
                if table.insert(id.clone(), Value::Object(record)).is_some() {
                    return Err(DataError(format!("`{name}` has the id {id} twice")));
                }
            }
        }
        if let Some(name) = rooms.keys().next() {
            let known: Vec<&str> = data.tables().into_iter().map(|(name, _)| name).collect();
            return Err(DataError(format!(
                "`{name}` is unknown; it may hold location, {}",
                known.join(", ")
            )));
        }
        seed::finish(&mut data)?;
        Ok(data)
    }

    /// Everything as one JSON object of lists, which [`Data::from_json`] reads back.
    pub fn to_json(&self) -> Value {
        let mut data = self.clone();
        let mut all = Record::new();
        all.insert("location".to_owned(), Value::Object(self.location.clone()));
        for (name, table) in data.tables() {
            all.insert(name.to_owned(), table.values().cloned().collect());
        }
        Value::Object(all)
    }

    fn tables(&mut self) -> [(&'static str, &mut Table); 16] {
        [
            ("users", &mut self.users),
            ("tags", &mut self.tags),
            ("customFields", &mut self.custom_fields),
            ("workflows", &mut self.workflows),
            ("campaigns", &mut self.campaigns),
            ("calendars", &mut self.calendars),
            ("businesses", &mut self.businesses),
            ("pipelines", &mut self.pipelines),
            ("contacts", &mut self.contacts),
            ("tasks", &mut self.tasks),
            ("notes", &mut self.notes),
            ("appointments", &mut self.appointments),
            ("opportunities", &mut self.opportunities),
            ("enrolments", &mut self.enrolments),
            ("messages", &mut self.messages),
            ("slack", &mut self.slack),
        ]
    }

    /// The location's id.
    pub fn location_id(&self) -> &str {
        self.location.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn company_id(&self) -> &str {
        self.location.get("companyId").and_then(Value::as_str).unwrap_or_default()
    }

    /// A setting of the location.
    pub(crate) fn setting(&self, name: &str) -> Option<&Value> {
        self.location.get("settings")?.get(name)
    }

    pub(crate) fn zone(&self) -> jiff::tz::TimeZone {
        clock::zone(self.location.get("timezone").and_then(Value::as_str).unwrap_or("UTC"))
    }

    /// Adds tags that the location's dictionary does not have yet.
    pub(crate) fn learn_tags(&mut self, names: &[String]) {
        for name in names {
            let known = self
                .tags
                .values()
                .any(|tag| tag["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
            if !known {
                let id = crate::ids::record();
                let tag = serde_json::json!({"id": id, "name": name, "locationId": self.location_id()});
                self.tags.insert(id, tag);
            }
        }
    }
}

/// The record of that id.
pub(crate) fn find<'a>(table: &'a Table, id: &str) -> Option<&'a Record> {
    table.get(id).and_then(Value::as_object)
}

/// A string of a record, or an empty one.
pub(crate) fn text<'a>(record: &'a Record, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The fields of a record that are there and not null, in the order asked for.
pub(crate) fn pick(record: &Record, names: &[&str]) -> Record {
    names
        .iter()
        .filter_map(|name| {
            Some(((*name).to_owned(), record.get(*name).filter(|value| !value.is_null())?.clone()))
        })
        .collect()
}
