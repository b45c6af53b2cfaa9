//! A test made from a real run: the same event, the records that the run looked at, what went wrong, and the writes that it
//! made. What could tell who the run was about is replaced, the same by the same everywhere. Start at [`as_test`].
//!
//! It refuses to guess what the run did not see: records that no step read are not there.

mod masks;
mod meanwhile;
mod records;
mod writing;

use bellhop_connector::Catalogue;
use bellhop_journal::{Claimed, Entry, RunStatus};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{Story, Told};
use masks::Masks;
use records::Records;
use writing::{flow, quoted};

/// What an event's data has of the delivery and not of what happened.
const OF_DELIVERY: [&str; 9] = [
    "type",
    "locationId",
    "companyId",
    "timestamp",
    "webhookId",
    "appId",
    "versionId",
    "attachments",
    "customFields",
];

/// The run as a file of tests, in YAML. `called` are the runs that it made of other recipes, and those that they made;
/// `recipes` the texts of all their recipes: words that their conditions look for are kept in what people wrote.
pub fn as_test(found: &Claimed, called: &[Claimed], recipes: &[&str], catalogue: &Catalogue) -> String {
    let story = Story {
        runs: vec![found.clone()],
        called: called.to_vec(),
        reason: String::new(),
        records: Value::Null,
        troubles: Vec::new(),
    };
    let calls = story.calls(catalogue);
    let all: Vec<&Claimed> = std::iter::once(found).chain(called).collect();
    let records = Records::of(&all);
    let masks = Masks::of(&all, recipes, catalogue);
    let mut lines = vec![
        "# yaml-language-server: $schema=../schemas/test.schema.json".to_owned(),
        format!("# Made from the run {}. Names, addresses and numbers of people are made up.", found.run.id),
        "# Read it before you share it: what people wrote into fields of your own is as it was.".to_owned(),
        format!("recipe: {}", found.run.recipe),
        "tests:".to_owned(),
        format!("  - name: as it was on {}", found.event.received_at.strftime("%d %B %Y at %H:%M UTC")),
        "    given:".to_owned(),
        format!("      now: {}", found.event.received_at),
    ];
    for (kind, list) in records.lists(&masks) {
        lines.push(format!("      {kind}:"));
        lines.extend(list.iter().map(|record| format!("        - {}", flow(record))));
    }
    if let Value::Object(inputs) = masks.masked(&found.run.inputs)
        && !inputs.is_empty()
    {
        lines.push(format!("      inputs: {}", flow(&Value::Object(inputs))));
    }
    let faults = faults(&all);
    if !faults.is_empty() {
        lines.push("      faults:".to_owned());
        lines.extend(faults.into_iter().map(|fault| format!("        - {fault}")));
    }
    lines.extend(event(found, &masks));
    lines.extend(meanwhile::lines(found, &all, &masks));
    lines.extend(expected(found, &calls, &masks));
    lines.join("\n") + "\n"
}

fn event(found: &Claimed, masks: &Masks) -> Vec<String> {
    let name = &found.event.origin.name;
    if name == "schedule" {
        return vec!["    event: schedule".to_owned()];
    }
    let data = match masks.masked(&found.event.data) {
        data if name.contains('.') => of_event(data),
        data => data,
    };
    vec!["    event:".to_owned(), format!("      {}: {}", name, flow(&data))]
}

/// What an event says of what happened, and not of its delivery.
fn of_event(data: Value) -> Value {
    let Value::Object(data) = data else { return data };
    let kept = |(name, value): &(String, Value)| !OF_DELIVERY.contains(&name.as_str()) && !value.is_null();
    Value::Object(data.into_iter().filter(kept).collect())
}

fn expected(found: &Claimed, calls: &[Told], masks: &Masks) -> Vec<String> {
    let mut lines = vec!["    expect:".to_owned()];
    let waits_for_ever = found.run.status == RunStatus::Waiting && found.run.wake_at.is_none();
    if found.run.status.is_over() || found.run.status.name() == "needs_attention" || waits_for_ever {
        lines.push(format!("      run: {}", found.run.status.name()));
    }
    if matches!(found.run.status.name(), "stopped" | "failed") && !found.run.summary.is_empty() {
        let reason = masks.masked(&Value::from(found.run.summary.as_str()));
        lines.push(format!("      reason: {}", quoted(reason.as_str().unwrap_or_default())));
    }
    let writes: Vec<&Told> = calls.iter().filter(|call| call.writes).collect();
    if writes.is_empty() {
        lines.push("      writes: []".to_owned());
        return lines;
    }
    lines.push("      writes:".to_owned());
    for call in writes {
        let input = masks.masked(&settled(&call.input));
        lines.push(format!("        - {}.{}: {}", call.connector, call.operation, flow(&input)));
    }
    lines.push("      no_other_writes: yes".to_owned());
    lines
}

/// What stays the same when the run is played again: no moments, which hang on the second, and no ids that the app gave out.
fn settled(input: &Value) -> Value {
    let Value::Object(fields) = input else { return input.clone() };
    let stays = |(name, value): &(&String, &Value)| {
        let is_moment = value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok());
        !is_moment && !value.is_null() && !matches!(name.as_str(), "taskId" | "noteId" | "locationId")
    };
    let fields = fields.iter().filter(stays);
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// What went wrong of calls, as faults.
fn faults(all: &[&Claimed]) -> Vec<String> {
    let mut names = Map::new();
    let mut faults: Vec<(String, &str, u32)> = Vec::new();
    for stamped in all.iter().flat_map(|one| &one.history) {
        match &stamped.entry {
            Entry::StepStarted { step, call, .. } => {
                names.insert(step.clone(), format!("{}.{}", call.connector, call.operation).into());
            }
            Entry::StepFailed { step, class, .. } => {
                let answer = match class.as_str() {
                    "transient" => "503",
                    "rate_limited" => "429",
                    "invalid" => "400",
                    "unauthorised" => "401",
                    "forbidden" => "403",
                    _ => continue,
                };
                let Some(name) = names.get(step).and_then(Value::as_str) else { continue };
                match faults.iter_mut().find(|(on, with, _)| on == name && *with == answer) {
                    Some((_, _, times)) => *times += 1,
                    None => faults.push((name.to_owned(), answer, 1)),
                }
            }
            _ => {}
        }
    }
    let written = |(on, answer, times)| format!("{{ on: {on}, answer: {answer}, times: {times} }}");
    faults.into_iter().map(written).collect()
}

#[cfg(test)]
mod tests;
