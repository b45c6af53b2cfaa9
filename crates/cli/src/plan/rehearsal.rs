//! Plays one run on connectors that only pretend to write, with the engine and a store in memory. Waits are jumped over.

use std::sync::Arc;

use bellhop_clock::SystemClock;
use bellhop_engine::RunNowError;
use bellhop_journal::{Claimed, RunStatus, State, StepState, Store};
use bellhop_preview::{JumpClock, Ledger};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_store::SqliteStore;
use jiff::SignedDuration;
use serde_json::Value;

use super::event::Event;
use crate::compose::{Shelf, Works};
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
) -> Result<Rehearsed, Trouble> {
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::in_memory().map_err(|error| Trouble::new(error.to_string()))?);
    let ledger = Arc::new(Ledger::default());
    let clock = JumpClock::over(Arc::new(SystemClock));
    let works = Works::preview(shelf, &shelf.workspace.connections, Arc::clone(&store), &ledger, &clock)?;
    works.refuse_missing_secrets_to_read(plan, &shelf.catalogue).map_err(|trouble| {
        Trouble::new(format!("{trouble}\nWithout an account: `--sandbox` reads sample records instead."))
    })?;
    // A clock that jumps would let its schedules fire.
    let mut once = Plan::clone(plan);
    once.triggers.retain(|trigger| !matches!(trigger.kind, TriggerKind::Schedule { .. }));
    works.start(vec![Arc::new(once)]).await?;
    let id =
        works.engine.run_now(&plan.id, Value::clone(&event.data), inputs.clone()).await.map_err(|error| {
            match error {
                RunNowError::Inputs(problems) => Trouble::new(problems.join("\n")),
                other => Trouble::new(format!("The dry run could not begin: {other}.")),
            }
        })?;
    let (mut retries, mut waits) = (0, 0);
    let (found, stuck) = loop {
        works.engine.wait_idle().await.map_err(|error| Trouble::new(error.to_string()))?;
        let found = store
            .run(id.as_str())
            .await
            .map_err(|error| Trouble::new(error.to_string()))?
            .ok_or_else(|| Trouble::new(format!("The dry run {id} is gone from the store.")))?;
        let status = found.run.status;
        if status.is_over() || status == RunStatus::NeedsAttention {
            break (found, None);
        }
        let trouble = retried(&found);
        retries = if trouble.is_some() { retries + 1 } else { 0 };
        waits += 1;
        match (found.run.wake_at, trouble) {
            (_, Some(message)) if retries > RETRIES => {
                let stuck = format!("{message} A real run would go on trying; the plan ends here.");
                break (found, Some(stuck));
            }
            (Some(at), _) if waits <= WAITS => clock.jump_to(at),
            (None, _) => {
                let stuck = format!("{}; the plan ends here.", found.run.summary);
                break (found, Some(stuck));
            }
            _ => {
                let stuck = "The recipe waits too often for a plan; the plan ends here.".to_owned();
                break (found, Some(stuck));
            }
        }
    };
    works.engine.shutdown(LAST_CALLS).await;
    Ok(Rehearsed { found, ledger, stuck, works })
}

/// The last failure of a step that waits for another try.
fn retried(found: &Claimed) -> Option<String> {
    State::fold(&found.history).steps.into_values().find_map(|state| match state {
        StepState::Retrying { message, .. } => Some(message),
        _ => None,
    })
}
