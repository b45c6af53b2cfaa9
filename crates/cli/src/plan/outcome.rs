//! What `bellhop plan --json` prints. The shape is described in `docs/plan.md`; a test compares the two.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_connector::{Catalogue, Connection, RateLimit};
use bellhop_engine::Facts;
use bellhop_journal::Claimed;
use bellhop_preview::{CallReport, RecordReport, WriteReport};
use bellhop_recipe::Plan;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::event::{Event, Start};
use super::rehearsal::Rehearsed;
use super::told::{self, Called, Failed, Mapped, Wait};
use super::why::{Decision, Lines, decisions};
use crate::compose::Shelf;
use crate::recipes::RecipeFile;

/// A limit of at least this length is told as a budget.
const LONG: SignedDuration = SignedDuration::from_hours(1);

/// What a recipe would do.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) recipe: Recipe,
    pub(crate) event: About,
    pub(crate) start: Start,
    /// None: the event would not start the recipe.
    pub(crate) end: Option<End>,
    pub(crate) records: Vec<RecordReport>,
    pub(crate) messages: Vec<WriteReport>,
    pub(crate) others: Vec<WriteReport>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) waits: Vec<Wait>,
    pub(crate) failures: Vec<Failed>,
    /// What mappings made.
    pub(crate) mapped: Vec<Mapped>,
    /// The recipes that it called, and those that they called.
    pub(crate) called: Vec<Called>,
    pub(crate) apps: Vec<App>,
    pub(crate) calls: Vec<CallReport>,
    pub(crate) scopes: Vec<Permission>,
    pub(crate) remarks: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Recipe {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct About {
    /// In words: the sample of …, a file, a run.
    pub(crate) from: String,
    /// The event's name, where it is known.
    pub(crate) name: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct End {
    /// As in `bellhop runs --json`.
    pub(crate) status: &'static str,
    /// One sentence, where there is something to say.
    pub(crate) summary: String,
    /// When a real run that starts now would come to its end.
    pub(crate) at: Timestamp,
    /// Why the plan could not be played to its end.
    pub(crate) stuck: Option<String>,
}

/// How much a run asks of one account.
#[derive(Debug, Serialize)]
pub(crate) struct App {
    pub(crate) connection: String,
    pub(crate) connector: String,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Calls that only the plan has made.
    pub(crate) extra: u64,
    pub(crate) budgets: Vec<Budget>,
}

/// A limit of an app, and how much of it one such run takes.
#[derive(Debug, Serialize)]
pub(crate) struct Budget {
    pub(crate) limit: u32,
    pub(crate) per: String,
    pub(crate) percent: f64,
}

/// A permission, and what needs it.
#[derive(Debug, Serialize)]
pub(crate) struct Permission {
    pub(crate) connector: String,
    pub(crate) scope: String,
    pub(crate) operations: Vec<String>,
}

/// Puts everything together.
pub(crate) fn outcome(
    shelf: &Shelf,
    file: &RecipeFile,
    plan: &Plan,
    event: &Event,
    start: Start,
    rehearsed: Option<&Rehearsed>,
) -> Outcome {
    let mut outcome = Outcome {
        recipe: Recipe { id: plan.id.clone(), name: plan.name.clone(), version: plan.version.clone() },
        event: About { from: event.from.clone(), name: event.name.clone() },
        start,
        end: None,
        records: Vec::new(),
        messages: Vec::new(),
        others: Vec::new(),
        decisions: Vec::new(),
        waits: Vec::new(),
        failures: Vec::new(),
        mapped: Vec::new(),
        called: Vec::new(),
        apps: Vec::new(),
        calls: Vec::new(),
        scopes: Vec::new(),
        remarks: Vec::new(),
    };
    let Some(rehearsed) = rehearsed else { return outcome };
    let lines = Lines::new(&file.source);
    let found = &rehearsed.found;
    let report = rehearsed.ledger.report(&shelf.catalogue);
    let facts = facts(plan, found);
    outcome.end = Some(End {
        status: found.run.status.name(),
        summary: found.run.summary.clone(),
        at: found.history.last().map_or(found.run.updated_at, |last| last.at),
        stuck: rehearsed.stuck.clone(),
    });
    outcome.decisions = decisions(plan, &facts, &found.history, &lines);
    outcome.waits = told::waits(&found.history, &lines);
    outcome.failures = told::failures(&found.history, &lines);
    outcome.mapped = told::mapped(plan, &found.history, &lines);
    outcome.called = told::called(rehearsed, &lines);
    outcome.apps = apps(&shelf.catalogue, &shelf.workspace.connections, &report.calls);
    outcome.scopes = scopes_of(&report.calls);
    outcome.records = report.records;
    outcome.messages = report.messages;
    outcome.others = report.others;
    outcome.calls = report.calls;
    outcome.remarks = report.remarks;
    outcome.remarks.extend(rehearsed.remarks.iter().cloned());
    if !plan.enabled {
        outcome.remarks.push("The recipe is switched off: events do not start it.".to_owned());
    }
    outcome
}

/// What a run's decisions hang on.
pub(crate) fn facts(plan: &Plan, found: &Claimed) -> Facts {
    let given = found.run.inputs.as_object().cloned().unwrap_or_default();
    Facts {
        run: found.run.id.clone(),
        recipe: plan.name.as_str().into(),
        trigger: Arc::new(found.event.data.clone()),
        inputs: Arc::new(bellhop_recipe::inputs(plan, &given).unwrap_or_default()),
        started: found.run.created_at,
        record: found.run.record.as_deref().map(Arc::from),
    }
}

fn apps(catalogue: &Catalogue, connections: &BTreeMap<String, Connection>, calls: &[CallReport]) -> Vec<App> {
    let mut apps: Vec<App> = Vec::new();
    for call in calls {
        let known = apps.iter().position(|app| app.connection == call.connection);
        let place = known.unwrap_or_else(|| {
            apps.push(App {
                connection: call.connection.clone(),
                connector: call.connector.clone(),
                reads: 0,
                writes: 0,
                extra: 0,
                budgets: Vec::new(),
            });
            apps.len() - 1
        });
        let app = &mut apps[place];
        app.extra += call.extra;
        if call.writes {
            app.writes += call.calls;
        } else {
            app.reads += call.calls;
        }
    }
    for app in &mut apps {
        let own = connections.get(&app.connection).and_then(|connection| connection.rate_limits.as_ref());
        let general = catalogue.get(&app.connector).map(|manifest| &manifest.rate_limits);
        let limits: &[RateLimit] = own.or(general).map_or(&[], Vec::as_slice);
        app.budgets = limits
            .iter()
            .filter(|limit| limit.window().is_some_and(|window| window >= LONG))
            .map(|limit| Budget {
                limit: limit.limit,
                per: limit.per.clone(),
                percent: (app.reads + app.writes) as f64 * 100.0 / f64::from(limit.limit),
            })
            .collect();
    }
    apps
}

/// The permissions that a run's calls need, by connector and name.
fn scopes_of(calls: &[CallReport]) -> Vec<Permission> {
    let mut scopes: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.calls > 0) {
        for scope in &call.scopes {
            let operations = scopes.entry((&call.connector, scope)).or_default();
            if !operations.contains(&call.operation) {
                operations.push(call.operation.clone());
            }
        }
    }
    scopes
        .into_iter()
        .map(|((connector, scope), operations)| Permission {
            connector: connector.to_owned(),
            scope: scope.to_owned(),
            operations,
        })
        .collect()
}
