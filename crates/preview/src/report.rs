//! What came of a dry run: records with old and new values, the other writes, and the calls. Its serialised form is part
//! of what `bellhop plan --json` prints.

use bellhop_connector::{Catalogue, Does, Field};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::change::Patch;
use crate::ledger::{Known, Ledger, Write};
use crate::record::{Key, Origin, Tracked};

/// What came of a dry run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The records that would change, in the order of their first change.
    pub records: Vec<RecordReport>,
    /// Messages that would go out, in order.
    pub messages: Vec<WriteReport>,
    /// Everything else that would be done and changes no record that can be read again.
    pub others: Vec<WriteReport>,
    /// How often each operation would be called, by connection.
    pub calls: Vec<CallReport>,
    /// What else there is to know.
    pub remarks: Vec<String>,
}

/// A record that would change.
#[derive(Clone, Debug, Serialize)]
pub struct RecordReport {
    /// Whose account.
    pub connection: String,
    /// The connector.
    pub connector: String,
    /// The kind: `contact`.
    pub kind: String,
    /// The app's id, or a made-up one.
    pub id: String,
    /// Whether the id is made up, because the record would be new.
    pub made_up: bool,
    /// What people call it; empty where nothing is known.
    pub name: String,
    /// What people call the record it belongs to; empty where it belongs to none.
    pub of: String,
    /// What would happen to it.
    pub change: Change,
    /// Whether its earlier values are known.
    pub known: bool,
    /// Its fields, old and new.
    pub fields: Vec<FieldChange>,
    /// Its lists, such as tags.
    pub lists: Vec<ListChange>,
    /// The steps that do it.
    pub steps: Vec<String>,
    /// The runs that do it: a recipe may call others.
    pub runs: Vec<String>,
}

/// What would happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It would be new.
    Created,
    /// It would be another.
    Updated,
    /// It would be gone.
    Deleted,
    /// It is written, but is as it would be already.
    Unchanged,
}

/// A field's value, old and new; null where it has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Its name in the app, or its id where it is one of a list of values.
    pub field: String,
    /// Its name for people.
    pub label: String,
    /// As it is.
    pub old: Value,
    /// As it would be.
    pub new: Value,
    /// What people call the old value, where it is an id; else null.
    pub old_name: Option<String>,
    /// What people call the new value, where it is an id; else null.
    pub new_name: Option<String>,
}

/// A list's items, added and taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListChange {
    /// Its name in the app.
    pub field: String,
    /// Its name for people.
    pub label: String,
    /// What would be new in it.
    pub added: Vec<Value>,
    /// What would no longer be in it.
    pub removed: Vec<Value>,
}

/// A write that changes no record which can be read again.
#[derive(Clone, Debug, Serialize)]
pub struct WriteReport {
    /// The run that does it: a recipe may call others.
    pub run: String,
    /// The step that does it.
    pub step: String,
    /// Whose account.
    pub connection: String,
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// The operation's name for people.
    pub title: String,
    /// What people call the record it is about, or its id; empty where it is about none.
    pub about: String,
    /// Its input.
    pub input: Value,
    /// What people call the ids in the input, by the input's fields.
    pub names: IndexMap<String, String>,
}

/// How often an operation would be called.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// Whose account.
    pub connection: String,
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// Whether it writes: such calls were not made.
    pub writes: bool,
    /// Calls that a run makes.
    pub calls: u64,
    /// Calls that only the dry run makes, to know records as they are.
    pub extra: u64,
    /// The permissions it needs.
    pub scopes: Vec<String>,
}

impl Ledger {
    /// What has come of the dry run so far.
    pub fn report(&self, catalogue: &Catalogue) -> Report {
        let known = self.known();
        let records =
            known.records.iter().map(|(key, tracked)| record(&known, catalogue, key, tracked)).collect();
        let (mut messages, mut others) = (Vec::new(), Vec::new());
        for write in &known.writes {
            let operation = catalogue.operation(&write.connector, &write.operation);
            let does =
                operation.and_then(|one| one.preview.as_ref()).map(|spec| spec.does).unwrap_or_default();
            let list = match does {
                Does::Send => &mut messages,
                Does::Act => &mut others,
                _ => continue,
            };
            list.push(WriteReport {
                run: write.run.clone(),
                step: write.step.clone(),
                connection: write.connection.clone(),
                connector: write.connector.clone(),
                operation: write.operation.clone(),
                title: operation.map_or_else(|| write.operation.clone(), |one| one.title.clone()),
                about: write.about.as_ref().map(|key| called(&known, key)).unwrap_or_default(),
                input: write.input.clone(),
                names: names(&known, write),
            });
        }
        let (calls, remarks) = (known.calls.values().cloned().collect(), known.remarks.clone());
        Report { records, messages, others, calls, remarks }
    }
}

fn names(known: &Known, write: &Write) -> IndexMap<String, String> {
    let fields = write.input.as_object().into_iter().flatten();
    fields
        .filter_map(|(field, value)| Some((field.clone(), name_of(known, &write.connection, value)?)))
        .collect()
}

/// What people call an id.
fn name_of(known: &Known, connection: &str, value: &Value) -> Option<String> {
    known.labels.get(&(connection.to_owned(), value.as_str()?.to_owned())).cloned()
}

fn called(known: &Known, key: &Key) -> String {
    known.names.get(key).cloned().unwrap_or_else(|| key.id.clone())
}

fn record(known: &Known, catalogue: &Catalogue, key: &Key, tracked: &Tracked) -> RecordReport {
    let manifest = catalogue.get(&tracked.connector);
    let shape = manifest.and_then(|manifest| manifest.schemas.get(&key.kind));
    let (fields, lists) = differences(known, key, tracked, shape);
    let change = match (tracked.deleted, tracked.is_made()) {
        (true, _) => Change::Deleted,
        (false, true) => Change::Created,
        (false, false) if fields.is_empty() && lists.is_empty() => Change::Unchanged,
        (false, false) => Change::Updated,
    };
    RecordReport {
        connection: key.connection.clone(),
        connector: tracked.connector.clone(),
        kind: key.kind.clone(),
        id: key.id.clone(),
        made_up: tracked.is_made(),
        name: known.names.get(key).cloned().unwrap_or_default(),
        of: tracked.parent.as_ref().map(|parent| called(known, parent)).unwrap_or_default(),
        change,
        known: tracked.origin != Origin::Unread,
        fields,
        lists,
        steps: tracked.steps.clone(),
        runs: tracked.runs.clone(),
    }
}

fn differences(
    known: &Known,
    key: &Key,
    tracked: &Tracked,
    shape: Option<&Field>,
) -> (Vec<FieldChange>, Vec<ListChange>) {
    let empty = Map::new();
    let old = match &tracked.origin {
        Origin::Read(record) => record,
        Origin::Unread | Origin::Made(_) => &empty,
    };
    let new = tracked.current();
    let (mut fields, mut lists) = (IndexMap::new(), IndexMap::new());
    for patch in &tracked.patches {
        let field = patch.field();
        let label = || {
            let title = shape.and_then(|shape| shape.fields.get(field)).map(|field| field.title.clone());
            title.filter(|title| !title.is_empty()).unwrap_or_else(|| field.to_owned())
        };
        let (before, after) = (old.get(field), new.get(field));
        if let Patch::Put { shown, id, .. } = patch {
            let (before, after) = (value_of(before, shown, id), value_of(after, shown, id));
            let label = known.labels.get(&(key.connection.clone(), id.clone())).cloned();
            let change = FieldChange {
                field: id.clone(),
                label: label.unwrap_or_else(|| id.clone()),
                old: before,
                new: after,
                old_name: None,
                new_name: None,
            };
            fields.insert(id.clone(), change);
        } else if before.or(after).is_some_and(Value::is_array) || after.is_some_and(Value::is_array) {
            let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
            // Of a list that nobody could read, what is taken away is told as if it were there.
            let (before, after) = match (&tracked.origin, patch) {
                (Origin::Unread, Patch::Remove(_, gone)) => (gone.clone(), Vec::new()),
                _ => (items(before), items(after)),
            };
            let without = |some: &[Value], others: &[Value]| -> Vec<Value> {
                some.iter().filter(|item| !others.contains(item)).cloned().collect()
            };
            let (added, removed) = (without(&after, &before), without(&before, &after));
            lists.insert(
                field.to_owned(),
                ListChange { field: field.to_owned(), label: label(), added, removed },
            );
        } else {
            let name = |value: Option<&Value>| name_of(known, &key.connection, value?);
            let change = FieldChange {
                field: field.to_owned(),
                label: label(),
                old: before.cloned().unwrap_or_default(),
                new: after.cloned().unwrap_or_default(),
                old_name: name(before),
                new_name: name(after),
            };
            fields.insert(field.to_owned(), change);
        }
    }
    (
        fields.into_values().filter(|change| change.old != change.new).collect(),
        lists
            .into_values()
            .filter(|change| !(change.added.is_empty() && change.removed.is_empty()))
            .collect(),
    )
}

fn value_of(list: Option<&Value>, shown: &str, id: &str) -> Value {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items
        .into_iter()
        .find(|item| item["id"] == *id)
        .and_then(|item| item.get(shown))
        .cloned()
        .unwrap_or_default()
}
