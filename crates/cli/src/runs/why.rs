//! `bellhop runs why`: every event about somebody, and whether a recipe ran for it; where it did not, the reason that was
//! kept when the event came.

use std::sync::Arc;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_journal::{EventFilter, Heard, Run, RunId};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_template::Scope;
use serde_json::{Value, json};

use super::{about, moment};
use crate::arguments::RunsWhyArguments;
use crate::compose::Shelf;
use crate::history::{on_one_line, status_words, when};
use crate::plan::why::{Values, values};
use crate::trouble::{Ending, Trouble};

/// What became of an event for the recipe.
enum Fate {
    /// It made this run.
    Ran(Box<Run>),
    /// The recipe listened and passed it over, because of this.
    PassedOver(String),
    /// The recipe did not listen to it at the time.
    Deaf,
}

pub(super) async fn why(shelf: &Shelf, arguments: RunsWhyArguments) -> Result<Ending, Trouble> {
    about::refuse_nobody(&arguments.who)?;
    let filter = EventFilter {
        mentions: None,
        since: moment(shelf, arguments.since.as_deref())?,
        until: None,
        limit: arguments.limit,
    };
    let found = shelf.recipe(&arguments.recipe);
    let recipe = found.as_ref().map_or_else(|_| arguments.recipe.clone(), |file| file.id.clone());
    let store = shelf.open_store_to_read()?;
    let broken = |error: bellhop_journal::StoreError| Trouble::new(error.to_string());
    let mut told = Vec::new();
    if let Some(store) = &store {
        for heard in about::events(store.as_ref(), &arguments.who, filter).await? {
            let run = RunId::of(&heard.event.id, &recipe);
            let fate = match store.run(run.as_str()).await.map_err(broken)? {
                Some(found) => Fate::Ran(Box::new(found.run)),
                None => passed_over(&heard, &recipe),
            };
            told.push((heard, fate));
        }
    }
    if arguments.json {
        let events: Vec<_> = told.iter().map(|(heard, fate)| shown(heard, fate)).collect();
        anstream::println!("{:#}", json!({ "events": events }));
        return Ok(Ending::Fine);
    }
    let plan = match found {
        Ok(file) => file.plan,
        Err(trouble) => {
            // It may have been there when the events came.
            anstream::eprintln!("{trouble}");
            None
        }
    };
    if let (true, Some(since)) = (told.is_empty(), &arguments.since) {
        anstream::println!(
            "No event since {since} mentions {}. Without `--since` all that is kept is looked through.",
            arguments.who
        );
        return Ok(Ending::Fine);
    }
    if told.is_empty() {
        anstream::println!(
            "No event that is kept mentions {}: nothing came in about them. See that the app sends its webhooks here.",
            arguments.who
        );
        return Ok(Ending::Fine);
    }
    let now = SystemClock.now();
    for (heard, fate) in &told {
        let event = &heard.event;
        anstream::println!(
            "{} ({}), {}",
            event.origin.name,
            event.origin.source,
            when(event.received_at, now)
        );
        match fate {
            Fate::Ran(run) => {
                let summary = if run.summary.is_empty() {
                    String::new()
                } else {
                    format!(": {}", on_one_line(&run.summary))
                };
                anstream::println!("  ran: {}, {}{summary}", run.id, status_words(run.status));
            }
            Fate::PassedOver(reason) => {
                anstream::println!("  did not run: {}", on_one_line(reason));
                for (name, value) in saw(plan.as_deref(), reason, &heard.event.data) {
                    anstream::println!("    {name} was {value}");
                }
            }
            Fate::Deaf => anstream::println!("  did not listen to this event when it came"),
        }
    }
    let kinds = plan.as_deref().map(listens).unwrap_or_default();
    if !kinds.is_empty() && told.iter().all(|(_, fate)| matches!(fate, Fate::Deaf)) {
        anstream::println!(
            "{recipe} starts with {}; no such event about {} has come in.",
            kinds.join(" or "),
            arguments.who
        );
    }
    Ok(Ending::Fine)
}

/// The events that start a recipe as it is now.
fn listens(plan: &Plan) -> Vec<String> {
    let kinds = plan.triggers.iter().filter_map(|trigger| match &trigger.kind {
        TriggerKind::Event { connector, event, .. } => Some(format!("{connector}.{event}")),
        _ => None,
    });
    kinds.collect()
}

/// What the condition that did not hold saw, where the recipe still has it.
fn saw(plan: Option<&Plan>, reason: &str, data: &Value) -> Values {
    let scope = Scope::new().with("trigger", Arc::new(data.clone()));
    let conditions =
        plan.into_iter().flat_map(|plan| &plan.triggers).filter_map(|trigger| trigger.only_if.as_ref());
    conditions
        .filter(|condition| reason.ends_with(condition.source()))
        .flat_map(|condition| values(&condition.references(), &scope))
        .collect()
}

fn passed_over(heard: &Heard, recipe: &str) -> Fate {
    let reason = heard.passed_over.iter().find(|(id, _)| id == recipe).map(|(_, reason)| reason.clone());
    reason.map_or(Fate::Deaf, Fate::PassedOver)
}

fn shown(heard: &Heard, fate: &Fate) -> serde_json::Value {
    let (word, run, reason) = match fate {
        Fate::Ran(run) => ("ran", Some(&**run), None),
        Fate::PassedOver(reason) => ("passed_over", None, Some(reason)),
        Fate::Deaf => ("did_not_listen", None, None),
    };
    json!({ "event": heard.event, "fate": word, "run": run, "reason": reason })
}
