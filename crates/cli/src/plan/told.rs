//! What a dry run's history tells beside its writes: waits and what came of them, failures, what mappings made, and the
//! recipes that were called.

use std::collections::HashMap;

use bellhop_journal::{Awaited, Entry, Stamped};
use bellhop_recipe::{Action, Mapping, Plan, ValueExpr};
use bellhop_source::Source;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::outcome::facts;
use super::rehearsal::Rehearsed;
use super::why::{Decision, Lines, decisions};

#[derive(Debug, Serialize)]
pub(crate) struct Wait {
    pub(crate) step: String,
    pub(crate) line: usize,
    /// `time`, `event` or `approval`.
    pub(crate) kind: &'static str,
    /// What is waited for, in words; empty for a time.
    pub(crate) what: String,
    pub(crate) from: Timestamp,
    /// When it ends at the latest; null: never by itself.
    pub(crate) until: Option<Timestamp>,
    /// `came`, `yes`, `no` or `time_up`; null: the plan ends there.
    pub(crate) ended: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Failed {
    pub(crate) step: String,
    pub(crate) line: usize,
    pub(crate) message: String,
    /// Whether the recipe goes on all the same.
    pub(crate) handled: bool,
}

/// What a mapping made.
#[derive(Debug, Serialize)]
pub(crate) struct Mapped {
    pub(crate) step: String,
    pub(crate) line: usize,
    pub(crate) mapping: String,
    pub(crate) fields: Vec<MappedField>,
}

/// A field of what a mapping made.
#[derive(Debug, Serialize)]
pub(crate) struct MappedField {
    /// The field, such as `custom_fields.origin`.
    pub(crate) field: String,
    /// What it is made of, as the mapping is written; empty where it is always the same.
    pub(crate) from: String,
    /// What it is here.
    pub(crate) value: Value,
}

/// A recipe that was called.
#[derive(Debug, Serialize)]
pub(crate) struct Called {
    /// The step that calls it, and its line in the recipe that calls.
    pub(crate) step: String,
    pub(crate) line: usize,
    /// The recipe that calls.
    pub(crate) by: String,
    pub(crate) recipe: String,
    /// The run: as in `records[].runs`.
    pub(crate) run: String,
    pub(crate) status: &'static str,
    pub(crate) summary: String,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) waits: Vec<Wait>,
    pub(crate) failures: Vec<Failed>,
}

/// The waits of a run, in order.
pub(crate) fn waits(history: &[Stamped], lines: &Lines) -> Vec<Wait> {
    let mut waits: Vec<Wait> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for stamped in history {
        let (step, kind, what, until) = match &stamped.entry {
            Entry::Slept { step, until } => (step, "time", String::new(), Some(*until)),
            Entry::Awaited { step, what, until } => match what {
                Awaited::Event(_) => (step, "event", what.words(), *until),
                Awaited::Approval { .. } => (step, "approval", what.words(), *until),
                Awaited::Run { .. } => continue,
            },
            Entry::StepEnded { step, output } => {
                if let Some(wait) = open.remove(step.as_str()).and_then(|place| waits.get_mut(place)) {
                    wait.ended = Some(ended(wait.kind, output));
                }
                continue;
            }
            _ => continue,
        };
        open.insert(step, waits.len());
        let line = lines.of(&address(step));
        waits.push(Wait { step: step.clone(), line, kind, what, from: stamped.at, until, ended: None });
    }
    waits
}

fn ended(kind: &str, output: &Value) -> &'static str {
    match kind {
        "event" if !output.is_null() => "came",
        "approval" if output["timed_out"] != true => {
            if output["approved"] == true {
                "yes"
            } else {
                "no"
            }
        }
        _ => "time_up",
    }
}

/// The failures of a run, in order.
pub(crate) fn failures(history: &[Stamped], lines: &Lines) -> Vec<Failed> {
    let mut failures: Vec<Failed> = Vec::new();
    for stamped in history {
        let (step, message, handled) = match &stamped.entry {
            Entry::StepFailed { step, message, retry_at: None, handled, .. } => (step, message, *handled),
            Entry::Halted { step, message } if failures.iter().all(|one| one.step != *step) => {
                (step, message, false)
            }
            _ => continue,
        };
        let line = lines.of(&address(step));
        failures.push(Failed { step: step.clone(), line, message: message.clone(), handled });
    }
    failures
}

/// What mappings made, in order.
pub(crate) fn mapped(plan: &Plan, history: &[Stamped], lines: &Lines) -> Vec<Mapped> {
    let mut steps: HashMap<&str, &Mapping> = HashMap::new();
    plan.each_step(&mut |step| {
        if let Action::Map { mapping, .. } = &step.action {
            steps.insert(step.address.as_str(), mapping);
        }
    });
    let made = history.iter().filter_map(|stamped| {
        let Entry::StepEnded { step, output } = &stamped.entry else { return None };
        let written = address(step);
        let mapping = steps.get(written.as_str())?;
        let mut fields = Vec::new();
        leaves(&mapping.there, output, "", &mut fields);
        Some(Mapped { step: step.clone(), line: lines.of(&written), mapping: mapping.id.clone(), fields })
    });
    made.collect()
}

fn leaves(made_of: &ValueExpr, value: &Value, field: &str, fields: &mut Vec<MappedField>) {
    if let (ValueExpr::Object(members), Value::Object(values)) = (made_of, value) {
        for (name, member) in members {
            if let Some(value) = values.get(name) {
                let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                leaves(member, value, &field, fields);
            }
        }
        return;
    }
    fields.push(MappedField { field: field.to_owned(), from: written(made_of), value: value.clone() });
}

/// What a value is made of, as it is written.
fn written(value: &ValueExpr) -> String {
    match value {
        ValueExpr::Pick(pick, _) => pick.source().to_owned(),
        ValueExpr::Text(text, _) => text.source().to_owned(),
        ValueExpr::Converted(inner, ..) => written(inner),
        ValueExpr::List(items) => {
            let items: Vec<String> = items.iter().map(written).filter(|item| !item.is_empty()).collect();
            items.join(", ")
        }
        ValueExpr::Literal(_) | ValueExpr::Moment(..) | ValueExpr::Object(_) => String::new(),
    }
}

/// The recipes that were called: those of the run itself, each followed by those that it called.
pub(crate) fn called(rehearsed: &Rehearsed, lines: &Lines) -> Vec<Called> {
    let mut called = Vec::new();
    calls_of(rehearsed, &rehearsed.found.run.recipe, &rehearsed.found.history, lines, &mut called);
    called
}

fn calls_of(rehearsed: &Rehearsed, by: &str, history: &[Stamped], lines: &Lines, called: &mut Vec<Called>) {
    for stamped in history {
        let Entry::Awaited { step, what: Awaited::Run { run, recipe }, .. } = &stamped.entry else {
            continue;
        };
        let found = rehearsed.called.iter().find(|one| one.run.id == *run);
        let plan = rehearsed.recipes.iter().find(|plan| plan.id == *recipe);
        let Some((found, plan)) = found.zip(plan) else { continue };
        if called.iter().any(|known| known.run == run.as_str()) {
            continue;
        }
        let own = Lines::new(&Source::new(plan.id.as_str(), plan.text.as_ref()));
        called.push(Called {
            step: step.clone(),
            line: lines.of(&address(step)),
            by: by.to_owned(),
            recipe: recipe.clone(),
            run: run.to_string(),
            status: found.run.status.name(),
            summary: found.run.summary.clone(),
            decisions: decisions(plan, &facts(plan, found), &found.history, &own),
            waits: waits(&found.history, &own),
            failures: failures(&found.history, &own),
        });
        calls_of(rehearsed, recipe, &found.history, &own, called);
    }
}

/// The address in the recipe of a step of a run: without the turns of loops.
fn address(step: &str) -> String {
    let mut address = String::new();
    for part in step.split('/').skip(1) {
        address.push('/');
        address.push_str(part.split_once('#').map_or(part, |(before, _)| before));
    }
    address
}
