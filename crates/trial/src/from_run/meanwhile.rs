//! What came while a run waited, as a test says it: the events that ended its waits, and what people decided.

use std::collections::HashMap;

use bellhop_journal::{Awaited, Claimed, Entry, StepId};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::masks::Masks;
use super::of_event;
use super::writing::{flow, quoted};

/// The lines of `meanwhile`; none where nothing came.
pub(super) fn lines(found: &Claimed, all: &[&Claimed], masks: &Masks) -> Vec<String> {
    let begun = found.event.received_at;
    let mut happened: Vec<(Timestamp, String)> = all.iter().flat_map(|one| of_run(one, masks)).collect();
    happened.sort_by_key(|(at, _)| *at);
    let mut lines = Vec::new();
    for (at, what) in happened {
        if lines.is_empty() {
            lines.push("    meanwhile:".to_owned());
        }
        lines.push(format!("      - after: {}", after(begun, at)));
        lines.push(format!("        {what}"));
    }
    lines
}

fn of_run(one: &Claimed, masks: &Masks) -> Vec<(Timestamp, String)> {
    let mut awaited: HashMap<&StepId, &Awaited> = HashMap::new();
    let mut happened = Vec::new();
    for stamped in &one.history {
        match &stamped.entry {
            Entry::Awaited { step, what, .. } => {
                awaited.insert(step, what);
            }
            Entry::StepEnded { step, output } => {
                let what = awaited.remove(step).and_then(|what| written(what, output, masks));
                happened.extend(what.map(|what| (stamped.at, what)));
            }
            _ => {}
        }
    }
    happened
}

fn written(what: &Awaited, output: &Value, masks: &Masks) -> Option<String> {
    match what {
        Awaited::Event(sought) if !output.is_null() => {
            let data = flow(&of_event(masks.masked(output)));
            Some(format!("event: {{ {}: {data} }}", quoted(&sought.name)))
        }
        Awaited::Approval { .. } if output["timed_out"] != true => {
            let mut said = Map::new();
            for key in ["approved", "by", "comment"] {
                if let Some(value) = output.get(key).filter(|value| !value.is_null()) {
                    said.insert(key.to_owned(), masks.masked(value));
                }
            }
            Some(format!("approve: {}", flow(&Value::Object(said))))
        }
        _ => None,
    }
}

/// How long after the beginning, in whole seconds, up to the next.
fn after(begun: Timestamp, at: Timestamp) -> String {
    let millis = at.duration_since(begun).as_millis().max(0);
    let seconds = (millis + 999) / 1000;
    let parts = [(seconds / 3600, "hours"), (seconds / 60 % 60, "minutes"), (seconds % 60, "seconds")];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if words.is_empty() { "0 seconds".to_owned() } else { words.join(" ") }
}
