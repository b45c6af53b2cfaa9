//! Plays one run on connectors that only pretend to write, with the engine and a store in memory. Waits are jumped over; what
//! is taken to come in the meantime is in `meantime`.

use std::sync::Arc;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_engine::RunNowError;
use bellhop_journal::{Claimed, RunStatus, State, StepState, Store, StoreError};
use bellhop_preview::{JumpClock, Ledger};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_store::SqliteStore;
use jiff::SignedDuration;
use serde_json::Value;

use super::event::Event;
use super::meantime::Meantime;
use crate::compose::{Shelf, Works};
use crate::run;
use crate::runs;
use crate::trouble::Trouble;

/// How long calls under way may take to finish at the end.
const LAST_CALLS: SignedDuration = SignedDuration::from_secs(5);
/// So many times in a row a call is tried again; then the app is taken to be out of reach.
const RETRIES: u32 = 2;
/// So many waits are jumped over at the most.
const WAITS: u32 = 20_000;

/// A run that was played.
pub(crate) struct Rehearsed {
    /// The run with its history.
    pub(crate) found: Claimed,
    /// The runs of recipes that it called, and of those that they called.
    pub(crate) called: Vec<Claimed>,
    /// The recipes that they were of.
    pub(crate) recipes: Vec<Arc<Plan>>,
    /// What else there is to say.
    pub(crate) remarks: Vec<String>,
    /// What its calls came to.
    pub(crate) ledger: Arc<Ledger>,
    /// Why it could not be played to its end.
    pub(crate) stuck: Option<String>,
    /// What it was played with.
    pub(crate) works: Works,
}

/// Plays the recipe once.
pub(crate) async fn rehearse(
    shelf: &Shelf,
    plan: &Arc<Plan>,
    event: &Event,
    inputs: &Value,
    mut meantime: Meantime,
) -> Result<Rehearsed, Trouble> {
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::in_memory().map_err(|error| Trouble::new(error.to_string()))?);
    let ledger = Arc::new(Ledger::default());
    let clock = JumpClock::over(Arc::new(SystemClock));
    let works = Works::preview(shelf, &shelf.workspace.connections, Arc::clone(&store), &ledger, &clock)?;
    let recipes = run::called(shelf, plan)?;
    for plan in recipes.iter().chain([plan]) {
        works.refuse_missing_secrets_to_read(plan, &shelf.catalogue).map_err(|trouble| {
            Trouble::new(format!("{trouble}\nWithout an account: `--sandbox` reads sample records instead."))
        })?;
    }
    // A clock that jumps would let schedules fire, and events that are waited for are to start nothing.
    let once = |plan: &Arc<Plan>| {
        let mut once = Plan::clone(plan);
        once.triggers.retain(|trigger| matches!(trigger.kind, TriggerKind::Manual));
        Arc::new(once)
    };
    works.start(recipes.iter().chain([plan]).map(once).collect()).await?;
    let about = run::about(shelf, plan, event.name.as_deref(), &event.data);
    let begun = works.engine.run_now_about(&plan.id, Value::clone(&event.data), inputs.clone(), about).await;
    let id = begun.map_err(|error| match error {
        RunNowError::Inputs(problems) => Trouble::new(problems.join("\n")),
        other => Trouble::new(format!("The dry run could not begin: {other}.")),
    })?;
    let (mut retries, mut waits) = (0, 0);
    let (found, called, stuck) = loop {
        works.engine.wait_idle().await.map_err(trouble)?;
        let found = store.run(id.as_str()).await.map_err(trouble)?;
        let found = found.ok_or_else(|| Trouble::new(format!("The dry run {id} is gone from the store.")))?;
        let called = runs::called(store.as_ref(), &found).await?;
        let status = found.run.status;
        if status.is_over() || status == RunStatus::NeedsAttention {
            break (found, called, None);
        }
        let all = || std::iter::once(&found).chain(&called);
        if meantime.goes_on(&works, shelf, clock.now(), all()).await? {
            continue;
        }
        let stopped = all().find(|one| one.run.status == RunStatus::NeedsAttention);
        let trouble_of_calls = all().find_map(retried);
        retries = if trouble_of_calls.is_some() { retries + 1 } else { 0 };
        waits += 1;
        let due = store.next_due().await.map_err(trouble)?;
        let stuck = match (due, trouble_of_calls, stopped) {
            (_, Some(message), _) if retries > RETRIES => {
                format!("{message} A real run would go on trying; the plan ends here.")
            }
            (Some(at), ..) if waits <= WAITS => {
                clock.jump_to(at);
                continue;
            }
            (None, _, Some(halted)) => {
                format!("`{}` needs a person: {} The plan ends here.", halted.run.recipe, halted.run.summary)
            }
            (None, ..) => format!("{}; the plan ends here.{}", found.run.summary, Meantime::help(all())),
            _ => "The recipe waits too often for a plan; the plan ends here.".to_owned(),
        };
        break (found, called, Some(stuck));
    };
    works.engine.shutdown(LAST_CALLS).await;
    let remarks = meantime.remarks(std::iter::once(&found).chain(&called));
    Ok(Rehearsed { found, called, recipes, remarks, ledger, stuck, works })
}

#[allow(clippy::needless_pass_by_value, reason = "map_err hands errors over")]
fn trouble(error: StoreError) -> Trouble {
    Trouble::new(error.to_string())
}

/// The last failure of a step that waits for another try.
fn retried(found: &Claimed) -> Option<String> {
    State::fold(&found.history).steps.into_values().find_map(|state| match state {
        StepState::Retrying { message, .. } => Some(message),
        _ => None,
    })
}
