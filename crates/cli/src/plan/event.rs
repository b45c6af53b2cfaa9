//! What a dry run is about: an event from a file, a sample, or a past run; and whether it would start the recipe.

use std::sync::Arc;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_template::{Context, Scope};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::why::{Values, values};
use crate::arguments::{PlanArguments, RunArguments};
use crate::compose::Shelf;
use crate::run;
use crate::trouble::Trouble;

/// What the run is about.
pub(crate) struct Event {
    /// Where it came from, in words.
    pub(crate) from: String,
    /// The event's name, where it is known: `contacts.contact_created`.
    pub(crate) name: Option<String>,
    /// What the recipe sees as `trigger`.
    pub(crate) data: Arc<Value>,
    /// Inputs of the past run.
    pub(crate) inputs: Option<Value>,
}

/// Whether the event would start the recipe.
#[derive(Debug, Serialize)]
pub(crate) struct Start {
    /// Null: nobody can tell, or it is not started by events.
    pub(crate) would: Option<bool>,
    /// Why, in a sentence; empty where there is nothing to say.
    pub(crate) why: String,
    /// What the condition saw.
    pub(crate) values: Values,
}

/// Finds it. Without an answer in the arguments it is the sample of the recipe's first event.
pub(crate) async fn find(shelf: &Shelf, plan: &Plan, arguments: &PlanArguments) -> Result<Event, Trouble> {
    if let Some(id) = &arguments.run {
        return past(shelf, plan, id).await;
    }
    let mut sample = arguments.sample.clone();
    if sample.is_none() && arguments.event.is_none() && !starts_without(plan) {
        sample = plan.triggers.iter().find_map(|trigger| match &trigger.kind {
            TriggerKind::Event { connector, event, .. } => Some(format!("{connector}.{event}")),
            _ => None,
        });
    }
    let as_run = RunArguments {
        recipe: arguments.recipe.clone(),
        event: arguments.event.clone(),
        sample: sample.clone(),
        inputs: Vec::new(),
        json: false,
    };
    let data = run::trigger(shelf, plan, &as_run)?;
    let from = match (&sample, &arguments.event) {
        (Some(name), _) => format!("the sample of {name}"),
        (None, Some(path)) => path.display().to_string(),
        (None, None) => "no event".to_owned(),
    };
    Ok(Event { from, name: sample, data: Arc::new(data), inputs: None })
}

fn starts_without(plan: &Plan) -> bool {
    plan.triggers
        .iter()
        .any(|trigger| matches!(trigger.kind, TriggerKind::Manual | TriggerKind::Schedule { .. }))
}

async fn past(shelf: &Shelf, plan: &Plan, id: &str) -> Result<Event, Trouble> {
    let none = || {
        Trouble::new(format!(
            "There is no run {id}, or more than one begins so. `bellhop runs list --recipe {}` shows them.",
            plan.id
        ))
    };
    let store = shelf.open_store_to_read()?.ok_or_else(none)?;
    let found = store.run(id).await.map_err(|error| Trouble::new(error.to_string()))?.ok_or_else(none)?;
    Ok(Event {
        from: format!("the run {}", found.run.id),
        name: Some(found.event.origin.name).filter(|name| name.contains('.')),
        data: Arc::new(found.event.data),
        inputs: Some(found.run.inputs),
    })
}

/// The inputs of the run: those of the past run, and over them those of the command line. Checked against the recipe.
pub(crate) fn inputs(plan: &Plan, past: Option<&Value>, given: Value) -> Result<Value, Trouble> {
    let mut all: Map<String, Value> = past.and_then(Value::as_object).cloned().unwrap_or_default();
    if let Value::Object(given) = given {
        all.extend(given);
    }
    bellhop_recipe::inputs(plan, &all).map_err(|problems| Trouble::new(problems.join("\n")))?;
    Ok(Value::Object(all))
}

/// Whether the event would start the recipe, by the `only_if` of the triggers that listen to it.
pub(crate) fn start(plan: &Plan, event: &Event, given: &Value, zone: &TimeZone) -> Start {
    let unsaid = Start { would: None, why: String::new(), values: Values::new() };
    let listening: Vec<_> = plan
        .triggers
        .iter()
        .filter(|trigger| match (&trigger.kind, &event.name) {
            (TriggerKind::Event { connector, event, .. }, Some(name)) => {
                format!("{connector}.{event}") == *name
            }
            (TriggerKind::Event { .. } | TriggerKind::Webhook { .. }, None) => *event.data != json!({}),
            _ => false,
        })
        .collect();
    if listening.is_empty() {
        let why = match &event.name {
            Some(name) => {
                format!("The recipe does not listen to {name}; this shows what it would do with it.")
            }
            None => String::new(),
        };
        return Start { why, ..unsaid };
    }
    let empty = Map::new();
    let inputs = bellhop_recipe::inputs(plan, given.as_object().unwrap_or(&empty)).unwrap_or_default();
    let scope = Scope::new().with("inputs", Arc::new(inputs)).with("trigger", Arc::clone(&event.data));
    let context = Context { now: SystemClock.now(), zone: zone.clone() };
    let mut start = unsaid;
    for trigger in listening {
        let Some(condition) = &trigger.only_if else {
            return Start { would: Some(true), why: String::new(), values: Values::new() };
        };
        let seen = values(&condition.references(), &scope);
        match condition.evaluate(&scope, &context) {
            Ok(true) => {
                let why = format!("`only_if: {}` holds.", condition.source());
                return Start { would: Some(true), why, values: seen };
            }
            Ok(false) => {
                let why =
                    format!("`only_if: {}` does not hold, so this event is passed over.", condition.source());
                start = Start { would: Some(false), why, values: seen };
            }
            Err(error) => {
                let why = format!(
                    "`only_if: {}` gives no answer with this event: {}",
                    condition.source(),
                    error.message
                );
                start = Start { would: None, why, values: seen };
            }
        }
    }
    start
}
