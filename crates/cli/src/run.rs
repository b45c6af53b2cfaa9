//! `bellhop run`: one run of one recipe, now, each step shown as it happens.

use std::path::Path;
use std::sync::Arc;

use bellhop_connector::{RecordKey, dotted, plain_text};
use bellhop_engine::RunNowError;
use bellhop_recipe::{Plan, TriggerKind};
use serde_json::{Map, Value, json};

use crate::arguments::RunArguments;
use crate::check;
use crate::compose::{Shelf, Works};
use crate::follow::follow;
use crate::history::head;
use crate::library;
use crate::recipes;
use crate::trouble::{Ending, Trouble};

/// Runs it. Exit 1 where it failed or needs a person.
pub(crate) async fn run(arguments: RunArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let file = shelf.recipe(&arguments.recipe)?;
    let Some(plan) = file.plan.clone().filter(|_| file.is_good()) else {
        check::show(&file.diagnostics, &file.source);
        return Ok(Ending::Problems);
    };
    let trigger = trigger(&shelf, &plan, &arguments)?;
    let inputs = inputs(&arguments.inputs)?;
    let store = shelf.open_store()?;
    let works = Works::build(&shelf, &shelf.workspace.connections, Arc::clone(&store), false)?;
    works.refuse_missing_secrets_of(&plan)?;
    let mut progress = works.engine.watch();
    let mut plans = called(&shelf, &plan)?;
    plans.push(Arc::clone(&plan));
    works.start(plans).await?;

    let about = about(&shelf, &plan, arguments.sample.as_deref(), &trigger);
    let id =
        works.engine.run_now_about(&plan.id, trigger, inputs, about).await.map_err(|error| match error {
            RunNowError::Inputs(problems) => Trouble::new(problems.join("\n")),
            other => Trouble::new(format!("The run could not begin: {other}.")),
        })?;
    if !arguments.json
        && let Ok(Some(found)) = store.run(id.as_str()).await
    {
        anstream::println!("{}", head(&found.run, &found.event, &plan.name));
    }
    follow(&shelf, &works, store.as_ref(), &id, &mut progress, arguments.json).await
}

/// The recipes that a recipe calls, and those that they call.
pub(crate) fn called(shelf: &Shelf, plan: &Plan) -> Result<Vec<Arc<Plan>>, Trouble> {
    let all = recipes::load(&shelf.workspace.root, &shelf.world())?;
    let good = |id: &str| all.iter().find(|file| file.id == id && file.is_good())?.plan.clone();
    Ok(library::called(plan, &good))
}

/// The record that the event would be about, as `contact c1`: of the event of that name, else of the recipe's first.
pub(crate) fn about(shelf: &Shelf, plan: &Plan, event: Option<&str>, data: &Value) -> Option<String> {
    let first = plan.triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Event { connector, event, .. } => Some((connector.as_str(), event.as_str())),
        _ => None,
    });
    let (connector, event) = event.map_or(first, |name| name.split_once('.'))?;
    let spec = shelf.catalogue.event(connector, event)?;
    spec.record.iter().find_map(|record| {
        let id = plain_text(dotted(data, &record.id)?)?;
        Some(RecordKey { kind: record.kind.clone(), id }.to_string())
    })
}

/// What the recipe sees as `trigger`.
pub(crate) fn trigger(shelf: &Shelf, plan: &Plan, arguments: &RunArguments) -> Result<Value, Trouble> {
    if let Some(name) = &arguments.sample {
        return sample(shelf, name);
    }
    if let Some(path) = &arguments.event {
        let text = std::fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
        let given: Value = serde_json::from_str(&text)
            .map_err(|error| Trouble::new(format!("{} is no JSON: {error}.", path.display())))?;
        return Ok(unwrapped(shelf, plan, &given).cloned().unwrap_or(given));
    }
    let needs_event = plan
        .triggers
        .iter()
        .find_map(|trigger| match &trigger.kind {
            TriggerKind::Event { connector, event, .. } => Some(format!("{connector}.{event}")),
            _ => None,
        })
        .filter(|_| {
            !plan
                .triggers
                .iter()
                .any(|trigger| matches!(trigger.kind, TriggerKind::Manual | TriggerKind::Schedule { .. }))
        });
    match needs_event {
        Some(event) => Err(Trouble::new(format!(
            "This recipe starts with an event. Give one: `--sample {event}` for a made-up one, or `--event FILE`."
        ))),
        None => Ok(json!({})),
    }
}

/// The data inside a whole delivery, where one of the recipe's events comes wrapped and this is such a delivery.
fn unwrapped<'a>(shelf: &Shelf, plan: &Plan, given: &'a Value) -> Option<&'a Value> {
    plan.triggers.iter().find_map(|trigger| {
        let TriggerKind::Event { connector, event, .. } = &trigger.kind else { return None };
        let spec = shelf.catalogue.event(connector, event)?;
        if spec.unwrap.is_empty() { None } else { at(given, &spec.unwrap) }
    })
}

/// What stands at a dotted path.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(value, |value, part| value.get(part))
}

/// The data of a sample event.
pub(crate) fn sample(shelf: &Shelf, name: &str) -> Result<Value, Trouble> {
    let (connector, event) = name.split_once('.').unwrap_or(("", name));
    let found = shelf.catalogue.event(connector, event).ok_or_else(|| {
        let names: Vec<String> = shelf
            .catalogue
            .iter()
            .flat_map(|manifest| {
                manifest.events.keys().map(|event| format!("{}.{event}", manifest.connector))
            })
            .collect();
        match bellhop_source::closest(name, names.iter().map(String::as_str)) {
            Some(near) => Trouble::new(format!("There is no event `{name}`. Did you mean `{near}`?")),
            None => Trouble::new(format!("There is no event `{name}`. There are: {}.", names.join(", "))),
        }
    })?;
    Ok(at(&found.sample, &found.unwrap).cloned().unwrap_or(Value::Null))
}

/// The inputs that were given as `NAME=VALUE`; null for none.
pub(crate) fn inputs(given: &[String]) -> Result<Value, Trouble> {
    let mut inputs = Map::new();
    for pair in given {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Trouble::new(format!("`--input {pair}` has no `=`. Write it like `--input hot_score=70`."))
        })?;
        inputs.insert(name.trim().to_owned(), Value::String(value.to_owned()));
    }
    Ok(if inputs.is_empty() { Value::Null } else { Value::Object(inputs) })
}
