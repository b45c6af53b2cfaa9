//! What a dry run knows: the records its writes would change, the writes themselves, and how often each app was asked.
//! Shared by all connectors of one dry run. Its lock is never held while an app is waited for.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bellhop_connector::{Call, Manifest, Operation, Page, plain_text};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::change::Patch;
use crate::made_up::MARK;
use crate::previewed::{run_of, step_of};
use crate::record::{Key, Origin, Tracked};
use crate::report::CallReport;

/// So many readings a dry run makes for itself before it spares the app.
const MOST_LOOKS: u64 = 100;

/// So many of the items that a loop reads page by page are played.
const MOST_ITEMS: usize = 100;

/// What one dry run knows. Make one for each, and hand it to all its connectors.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Known>);

/// The inside of a [`Ledger`].
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Records that writes have touched, in order.
    pub(crate) records: IndexMap<Key, Tracked>,
    /// Records as people call them.
    pub(crate) names: HashMap<Key, String>,
    /// What ids in lists of values are called: by connection and id.
    pub(crate) labels: HashMap<(String, String), String>,
    /// The writes that were answered here, in order.
    pub(crate) writes: Vec<Write>,
    /// How often each operation was called, by connection.
    pub(crate) calls: IndexMap<(String, String), CallReport>,
    /// What was said to people beside all this, each once.
    pub(crate) remarks: Vec<String>,
    /// The lists of names that were asked for, by connection and operation.
    pub(crate) lists: HashSet<(String, String)>,
    /// Records as the recipe's own readings showed them, before anything was laid over them.
    shown: HashMap<Key, Map<String, Value>>,
    made: HashMap<String, u32>,
    made_ids: HashSet<String>,
    looks: HashMap<String, Value>,
    /// How many items each loop's pages have brought, by the key of its calls.
    gone_over: HashMap<String, usize>,
}

/// A write that was answered here.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) run: String,
    pub(crate) step: String,
    pub(crate) connection: String,
    pub(crate) connector: String,
    pub(crate) operation: String,
    pub(crate) about: Option<Key>,
    pub(crate) input: Value,
}

/// Whose reading it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The recipe's: a real run would make it too.
    Recipe,
    /// The dry run's own, to know a record as it was.
    Preview,
}

impl Ledger {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// A new made-up id.
    pub(crate) fn make_id(&mut self, kind: &str) -> String {
        let number = self.made.entry(kind.to_owned()).or_default();
        *number += 1;
        let id = format!("{MARK}{kind}-{number}");
        self.made_ids.insert(id.clone());
        id
    }

    /// Whether an id that was made up stands anywhere in a value.
    pub(crate) fn has_made_id(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.made_ids.contains(text),
            Value::Array(items) => items.iter().any(|item| self.has_made_id(item)),
            Value::Object(fields) => fields.values().any(|value| self.has_made_id(value)),
            _ => false,
        }
    }

    /// The record, tracked from now on; `origin` says how it was where it is new here.
    pub(crate) fn track(
        &mut self,
        key: &Key,
        connector: &str,
        call: &Call,
        origin: impl FnOnce() -> Origin,
    ) -> &mut Tracked {
        let tracked = self.records.entry(key.clone()).or_insert_with(|| Tracked {
            origin: origin(),
            patches: Vec::new(),
            deleted: false,
            parent: None,
            steps: Vec::new(),
            runs: Vec::new(),
            connector: connector.to_owned(),
        });
        for (list, one) in [(&mut tracked.steps, step_of(call)), (&mut tracked.runs, run_of(call))] {
            if list.last().is_none_or(|last| last != one) {
                list.push(one.to_owned());
            }
        }
        tracked
    }

    /// Changes a tracked record.
    pub(crate) fn change(&mut self, key: &Key, patches: Vec<Patch>) -> Map<String, Value> {
        let Some(tracked) = self.records.get_mut(key) else { return Map::new() };
        tracked.patches.extend(patches);
        tracked.current()
    }

    /// Remembers what people call a record.
    pub(crate) fn name(&mut self, manifest: &Manifest, key: &Key, record: &Map<String, Value>) {
        let Some(kind) = manifest.records.get(&key.kind) else { return };
        let words: Vec<String> = kind
            .named_by
            .iter()
            .filter_map(|field| record.get(field).and_then(plain_text))
            .filter(|text| !text.trim().is_empty())
            .take(2)
            .collect();
        let first_and_last = ["firstName", "lastName"].iter().all(|name| record.contains_key(*name));
        let name = if first_and_last { words.join(" ") } else { words.first().cloned().unwrap_or_default() };
        if !name.is_empty() {
            self.names.insert(key.clone(), name);
        }
    }

    /// Remembers what the ids in a list of definitions are called.
    pub(crate) fn label(&mut self, connection: &str, definitions: &Value, (id, name): (&str, &str)) {
        for one in definitions.as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (one[id].as_str(), one[name].as_str()) {
                self.labels.insert((connection.to_owned(), id.to_owned()), name.to_owned());
            }
        }
    }

    /// Says something to people, once.
    pub(crate) fn remark(&mut self, sentence: String) {
        if !self.remarks.contains(&sentence) {
            self.remarks.push(sentence);
        }
    }

    /// What is played of a page of a loop, and whether the page after it is asked for.
    pub(crate) fn played(&mut self, operation: &Operation, call: &Call, page: Page) -> Page {
        let Page { mut items, next } = page;
        let found = self.gone_over.entry(call.idempotency_key.clone()).or_default();
        let room = MOST_ITEMS.saturating_sub(*found);
        *found += items.len();
        let found = *found;
        if found < MOST_ITEMS || (found == MOST_ITEMS && next.is_none()) {
            return Page { items, next };
        }
        items.truncate(room);
        let more = if next.is_some() { ", and there are more" } else { "" };
        self.remark(format!(
            "{} has found {found} so far{more}: the plan plays the first {MOST_ITEMS}, a real run goes over all of them.",
            operation.title
        ));
        Page { items, next: None }
    }

    /// What an app said to the same reading before.
    pub(crate) fn look(&self, call: &Call) -> Option<Value> {
        self.looks.get(&look_key(call)).cloned()
    }

    /// Remembers what an app said to a reading.
    pub(crate) fn keep_look(&mut self, call: &Call, answer: &Value) {
        self.looks.insert(look_key(call), answer.clone());
    }

    /// Remembers a record as a reading of the recipe showed it.
    pub(crate) fn keep_shown(&mut self, key: &Key, record: &Map<String, Value>) {
        if !self.records.contains_key(key) {
            self.shown.insert(key.clone(), record.clone());
        }
    }

    /// A record as the recipe has seen it, once so much was read for the dry run alone that the app's budget must be
    /// spared. Lists may show less of a record than a reading by its id does.
    pub(crate) fn sparing(&mut self, key: &Key) -> Option<Map<String, Value>> {
        let extra: u64 = self.calls.values().map(|call| call.extra).sum();
        let shown = self.shown.get(key).filter(|_| extra >= MOST_LOOKS).cloned();
        if shown.is_some() {
            self.remark(format!(
                "After {MOST_LOOKS} readings of its own the plan takes records as the recipe's own readings show them."
            ));
        }
        shown
    }

    /// Counts `times` calls of an operation.
    pub(crate) fn count(
        &mut self,
        manifest: &Manifest,
        operation: &Operation,
        call: &Call,
        asker: Asker,
        times: u64,
    ) {
        let place = (call.connection.name.clone(), call.operation.clone());
        let report = self.calls.entry(place).or_insert_with(|| CallReport {
            connection: call.connection.name.clone(),
            connector: manifest.connector.clone(),
            operation: call.operation.clone(),
            writes: operation.effect.writes(),
            calls: 0,
            extra: 0,
            scopes: operation.scopes.clone(),
        });
        match asker {
            Asker::Recipe => report.calls += times,
            Asker::Preview => report.extra += times,
        }
    }
}

fn look_key(call: &Call) -> String {
    format!("{} {} {}", call.connection.name, call.operation, call.input)
}
