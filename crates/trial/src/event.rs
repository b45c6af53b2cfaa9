//! The event of a test: what the test says of it, and what the record that it is about adds.

use bellhop_connector::{Event, EventSpec, RecordKey, dotted, plain_text};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The lists of records that an event may be about.
const RECORDS: [&str; 5] = ["contacts", "tasks", "notes", "appointments", "opportunities"];

/// The event as the app would tell it; `number` tells the events of a test apart. `records` are those there are.
pub(crate) fn event(
    number: usize,
    name: &str,
    spec: &EventSpec,
    data: &Map<String, Value>,
    records: &Value,
    now: Timestamp,
) -> Event {
    let data = Value::Object(filled(spec, data, records));
    let record = spec.record.iter().find_map(|record| {
        let id = plain_text(dotted(&data, &record.id)?)?;
        Some(RecordKey { kind: record.kind.clone(), id })
    });
    Event {
        name: name.to_owned(),
        delivery_id: format!("test {number}"),
        account: None,
        record,
        occurred_at: now,
        data,
    }
}

/// What the test says; of what it leaves out, what the record of that id says. A real event brings those along.
fn filled(spec: &EventSpec, data: &Map<String, Value>, records: &Value) -> Map<String, Value> {
    let mut whole = data.clone();
    let record = data.get("id").and_then(|id| {
        RECORDS
            .iter()
            .filter_map(|kind| records.get(kind)?.as_array())
            .flatten()
            .find(|record| record["id"] == *id)
    });
    for name in spec.data.fields.keys().filter(|name| !data.contains_key(*name)) {
        if let Some(value) = record.and_then(|record| record.get(name)).filter(|value| !value.is_null()) {
            whole.insert(name.clone(), value.clone());
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use bellhop_connector::{EventSpec, Field, RecordSpec};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::event;

    fn spec() -> EventSpec {
        let mut data = Field::default();
        for name in ["id", "firstName", "dnd", "email"] {
            data.fields.insert(name.to_owned(), Field::default());
        }
        EventSpec {
            title: String::new(),
            description: String::new(),
            vendor_name: String::new(),
            unwrap: String::new(),
            record: vec![RecordSpec { kind: "contact".to_owned(), id: "id".to_owned() }],
            data,
            sample: Value::Null,
            scopes: Vec::new(),
            poll: None,
        }
    }

    #[test]
    fn the_record_fills_in_what_the_test_leaves_out() {
        let records =
            json!({"contacts": [{"id": "c1", "firstName": "Ana", "dnd": false, "secret": 1, "email": null}]});
        let given = json!({"id": "c1", "firstName": "Bea"});
        let given = given.as_object().expect("an object");
        let event = event(0, "contact_created", &spec(), given, &records, Timestamp::UNIX_EPOCH);
        assert_eq!(event.data, json!({"id": "c1", "firstName": "Bea", "dnd": false}));
        assert_eq!(event.record.expect("a record").to_string(), "contact c1");
    }
}
