//! What came of a test: how the run ended, the calls it made, and the records as they are now.

use std::collections::HashSet;

use bellhop_connector::Catalogue;
use bellhop_journal::{Awaited, Claimed, Entry, RunId, Stamped, StepId};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::Ends;

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Story {
    /// The runs that the test's events started, in their order.
    pub runs: Vec<Claimed>,
    /// The runs of recipes that were called, and of those that they called.
    pub called: Vec<Claimed>,
    /// Why no run was started; may be empty.
    pub reason: String,
    /// The records in the end, in the form of a data file of the sandbox.
    pub records: Value,
    /// What could not be done of the test itself, in words.
    pub troubles: Vec<String>,
}

/// A call that the run made.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// Its input.
    pub input: Value,
    /// When it was tried first.
    pub at: Timestamp,
    /// Whether it changes something.
    pub writes: bool,
}

impl Story {
    /// How the first run ended.
    pub fn ends(&self) -> Ends {
        self.runs.first().map_or(Ends::NotStarted, |run| Ends::As(run.run.status))
    }

    /// The calls that were done, each once however often it was tried, in the order in which they were begun. What called
    /// recipes did stands where they were called.
    pub fn calls(&self, catalogue: &Catalogue) -> Vec<Told> {
        let mut told = Vec::new();
        let mut seen = HashSet::new();
        for run in &self.runs {
            self.calls_of(&run.history, catalogue, &mut seen, &mut told);
        }
        // Those that waited are overtaken by others.
        told.sort_by_key(|told| told.at);
        told
    }

    fn calls_of<'s>(
        &'s self,
        history: &'s [Stamped],
        catalogue: &Catalogue,
        seen: &mut HashSet<&'s RunId>,
        told: &mut Vec<Told>,
    ) {
        let is_done =
            |entry: &'s Entry| if let Entry::StepEnded { step, .. } = entry { Some(step) } else { None };
        let done: HashSet<&StepId> = history.iter().filter_map(|stamped| is_done(&stamped.entry)).collect();
        let mut begun: HashSet<&StepId> = HashSet::new();
        for stamped in history {
            match &stamped.entry {
                Entry::StepStarted { step, call, .. } if done.contains(step) && begun.insert(step) => {
                    let operation = catalogue.operation(&call.connector, &call.operation);
                    told.push(Told {
                        connector: call.connector.clone(),
                        operation: call.operation.clone(),
                        input: call.input.clone(),
                        at: stamped.at,
                        writes: operation.is_none_or(|operation| operation.effect.writes()),
                    });
                }
                Entry::Awaited { what: Awaited::Run { run, .. }, .. } => {
                    if let Some(called) = self.called.iter().find(|called| called.run.id == *run)
                        && seen.insert(&called.run.id)
                    {
                        self.calls_of(&called.history, catalogue, seen, told);
                    }
                }
                _ => {}
            }
        }
    }

    /// A record as a test sees it: custom fields by their keys, a contact with its tasks and notes.
    pub(crate) fn record(&self, kind: &str, id: &str) -> Option<Value> {
        let list = |kind: &str| self.records.get(kind).and_then(Value::as_array).into_iter().flatten();
        let record = list(kind).find(|record| record["id"] == id)?;
        let mut seen = record.as_object()?.clone();
        if let Some(fields) = seen.shift_remove("customFields").as_ref().and_then(Value::as_array) {
            let mut by_key = Map::new();
            for field in fields {
                let definition = list("customFields").find(|known| known["id"] == field["id"]);
                let key = definition.and_then(|known| known["fieldKey"].as_str()).unwrap_or_default();
                let key = key.split_once('.').map_or(key, |(_, key)| key);
                by_key.insert(key.to_owned(), field.get("value").cloned().unwrap_or_default());
            }
            seen.insert("custom_fields".to_owned(), Value::Object(by_key));
        }
        if kind == "contacts" {
            for inner in ["tasks", "notes"] {
                let own = list(inner).filter(|record| record["contactId"] == id).cloned().collect();
                seen.insert(inner.to_owned(), own);
            }
        }
        Some(Value::Object(seen))
    }

    /// The ids of the records of a kind.
    pub(crate) fn ids(&self, kind: &str) -> Vec<&str> {
        let records = self.records.get(kind).and_then(Value::as_array).into_iter().flatten();
        records.filter_map(|record| record["id"].as_str()).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bellhop_connector::Catalogue;
    use bellhop_journal::{
        CallNote, Claimed, Entry, EventId, Origin, Run, RunId, RunStatus, Stamped, StoredEvent,
    };
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::Story;

    pub(crate) fn story(entries: Vec<Entry>) -> Story {
        let at = Timestamp::UNIX_EPOCH;
        let event = EventId::of("test", "test");
        let run = Claimed {
            signals: Vec::new(),
            run: Run {
                id: RunId::of(&event, "r"),
                recipe: "r".to_owned(),
                version: "v".to_owned(),
                event: event.clone(),
                status: RunStatus::Succeeded,
                record: None,
                order_key: None,
                inputs: Value::Null,
                created_at: at,
                updated_at: at,
                wake_at: None,
                summary: String::new(),
                troubled: false,
                holder: None,
            },
            event: StoredEvent {
                id: event,
                origin: Origin { source: "manual".to_owned(), name: "manual".to_owned() },
                delivery_id: "test".to_owned(),
                received_at: at,
                record: None,
                data: json!({}),
            },
            history: entries.into_iter().map(|entry| Stamped { at, entry }).collect(),
        };
        Story {
            runs: vec![run],
            called: Vec::new(),
            reason: String::new(),
            records: json!({
                "contacts": [{"id": "c1", "tags": ["vip"], "customFields": [{"id": "f1", "value": 7}]}],
                "tasks": [{"id": "t1", "contactId": "c1", "title": "Call"}, {"id": "t2", "contactId": "c2"}],
                "notes": [],
                "customFields": [{"id": "f1", "fieldKey": "contact.lead_score"}],
            }),
            troubles: Vec::new(),
        }
    }

    pub(crate) fn started(step: &str, attempt: u32, operation: &str, input: Value) -> Entry {
        let call = CallNote {
            connector: "contacts".to_owned(),
            operation: operation.to_owned(),
            connection: "contacts".to_owned(),
            input,
        };
        Entry::StepStarted { step: step.to_owned(), attempt, call }
    }

    pub(crate) fn ended(step: &str) -> Entry {
        Entry::StepEnded { step: step.to_owned(), output: Value::Null }
    }

    #[test]
    fn a_call_counts_once_and_only_where_it_was_done() {
        let story = story(vec![
            started("/steps/0", 1, "add_tags", json!({"tags": ["a"]})),
            started("/steps/1", 1, "create_note", json!({})),
            started("/steps/0", 2, "add_tags", json!({"tags": ["a"]})),
            ended("/steps/0"),
        ]);
        let calls = story.calls(&Catalogue::default());
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].operation, "add_tags");
    }

    #[test]
    fn a_contact_is_seen_with_its_custom_fields_tasks_and_notes() {
        let contact = story(Vec::new()).record("contacts", "c1").expect("it is there");
        assert_eq!(contact["custom_fields"], json!({"lead_score": 7}));
        assert_eq!(contact["tasks"], json!([{"id": "t1", "contactId": "c1", "title": "Call"}]));
        assert_eq!(contact["notes"], json!([]));
        assert_eq!(story(Vec::new()).record("contacts", "nobody"), None);
    }
}
