//! Plays one test: the event comes, the run goes its way, and time jumps from wait to wait while nothing is done. What
//! happens in the meantime is in `happen`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::Clock;
use bellhop_connector::Catalogue;
use bellhop_engine::{Engine, Fate, Link, Progress, RunNowError};
use bellhop_journal::{Awaited, Claimed, Entry, RunId, RunStatus, Stamped, StoreError};
use bellhop_recipe::{Plan, TriggerKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast;

use crate::event::event;
use crate::happen::happen;
use crate::{Happening, Start, Story, SwiftClock, Trial};

/// How long a test may take of real time before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing must happen, of real time, until it is believed that an app says nothing. Only tests ask this that
/// have an app say nothing.
const SILENCE: Duration = Duration::from_millis(150);
/// Time goes on so much then.
const SILENT_STEP: SignedDuration = SignedDuration::from_secs(20);
/// How far simulated time may go.
const LONGEST_HOURS: i64 = 5 * 366 * 24;

/// Where a test is played.
pub struct Stage<'a> {
    /// The engine, on a store of its own; started, with the recipe and those that it calls.
    pub engine: &'a Arc<Engine>,
    /// Its clock.
    pub clock: &'a SwiftClock,
    /// Its connections.
    pub connections: &'a HashMap<String, Link>,
    /// What apps can do.
    pub catalogue: &'a Catalogue,
    /// The recipe.
    pub plan: &'a Plan,
    /// All records as they are now, in the form of a data file of the sandbox.
    pub records: &'a (dyn Fn() -> Value + Sync),
}

/// Plays a test to its end. The error is a sentence: the test could not be played at all.
pub async fn play(trial: &Trial, stage: &Stage<'_>) -> Result<Story, String> {
    let played = tokio::time::timeout(PATIENCE, to_the_end(trial, stage)).await;
    played.unwrap_or_else(|_| {
        Err(format!(
            "The test did not come to an end within {} seconds and was given up.",
            PATIENCE.as_secs()
        ))
    })
}

async fn to_the_end(trial: &Trial, stage: &Stage<'_>) -> Result<Story, String> {
    let mut watch = stage.engine.watch();
    let mut story = Story {
        runs: Vec::new(),
        called: Vec::new(),
        reason: String::new(),
        records: Value::Null,
        troubles: Vec::new(),
    };
    let mut runs = Vec::new();
    match begin(&trial.start, 0, stage).await? {
        Ok(begun) => runs.extend(begun),
        Err(reason) => story.reason = reason,
    }
    let mut changes = trial.meanwhile.iter().enumerate().peekable();
    let last =
        trial.given.now.checked_add(SignedDuration::from_hours(LONGEST_HOURS)).unwrap_or(Timestamp::MAX);
    loop {
        settle(trial, stage, &mut watch).await?;
        look(stage, &runs, &mut story).await?;
        let statuses = || story.runs.iter().map(|run| run.run.status);
        let is_over = statuses().all(|status| status.is_over() || status == RunStatus::NeedsAttention);
        if is_over {
            let Some(change) = changes.peek().map(|(_, change)| *change) else { break };
            // A further event may start another run; for anything else it is too late.
            let starts = |what: &Happening| matches!(what, Happening::Starts(_));
            if !changes.clone().any(|(_, change)| starts(&change.what)) {
                let words = change.what.words();
                story.troubles.push(format!("The run was over before {words} in the meantime."));
                break;
            }
        }
        let due = stage.engine.store().next_due().await.map_err(words)?;
        // The engine itself may have woken a run between the two looks.
        if statuses().any(|status| status == RunStatus::Ready) {
            tokio::task::yield_now().await;
            continue;
        }
        if let Some((number, change)) =
            changes.next_if(|(_, change)| due.is_none_or(|due| change.at <= due) || is_over)
        {
            stage.clock.go_to(change.at);
            let happened = match &change.what {
                Happening::Starts(start) => {
                    match begin(start, number + 1, stage).await? {
                        Ok(begun) => runs.extend(begun),
                        Err(reason) if runs.is_empty() => story.reason = reason,
                        Err(_) => {}
                    }
                    Ok(())
                }
                what => happen(what, number + 1, stage, &story, &mut runs).await,
            };
            story.troubles.extend(happened.err());
            continue;
        }
        // Without what happens in the meantime it would wait for ever.
        let Some(due) = due.filter(|_| !is_over) else { break };
        if due > last {
            return Err("The run still waits after five years.".to_owned());
        }
        stage.clock.go_to(due);
    }
    story.records = (stage.records)();
    Ok(story)
}

/// Reads the runs as they stand, and those of the recipes that they called.
async fn look(stage: &Stage<'_>, runs: &[RunId], story: &mut Story) -> Result<(), String> {
    let read = async |run: &RunId| -> Result<Claimed, String> {
        let found = stage.engine.store().run(run.as_str()).await.map_err(words)?;
        found.ok_or_else(|| format!("The run {run} is gone from the store."))
    };
    let mut open: Vec<RunId> = Vec::new();
    story.runs.clear();
    for run in runs {
        let played = read(run).await?;
        open.extend(called_by(&played.history));
        story.runs.push(played);
    }
    story.called.clear();
    while let Some(run) = open.pop() {
        if story.called.iter().all(|known| known.run.id != run) {
            let played = read(&run).await?;
            open.extend(called_by(&played.history));
            story.called.push(played);
        }
    }
    Ok(())
}

/// The runs that a run has made of other recipes.
pub fn called_by(history: &[Stamped]) -> impl Iterator<Item = RunId> {
    history.iter().filter_map(|stamped| match &stamped.entry {
        Entry::Awaited { what: Awaited::Run { run, .. }, .. } => Some(run.clone()),
        _ => None,
    })
}

/// Has an event come; the runs that it starts. The inner error is why it started none.
async fn begin(
    start: &Start,
    number: usize,
    stage: &Stage<'_>,
) -> Result<Result<Vec<RunId>, String>, String> {
    let plan = stage.plan;
    let by_hand = |data: Value| async move {
        let begun = stage.engine.run_now(&plan.id, data, Value::Null).await;
        begun.map(|run| Ok(vec![run])).map_err(|error| match error {
            RunNowError::Inputs(problems) => problems.join(" "),
            other => format!("{other}."),
        })
    };
    let fate = match start {
        Start::Manual(data) => return by_hand(data.clone()).await,
        Start::Schedule => return by_hand(json!({ "at": stage.clock.now() })).await,
        Start::Webhook { path, body } => {
            let receipt = stage.engine.receive_webhook(path, None, body.clone()).await;
            receipt.map_err(|error| format!("The event was not taken: {error}."))?.fate
        }
        Start::Event { connector, event, data } => come(connector, event, data, number, stage).await?,
    };
    let Fate::New { started, queued, passed_over } = fate else {
        return Err("The event was taken for one that had come before.".to_owned());
    };
    let begun: Vec<RunId> = started.into_iter().chain(queued).collect();
    Ok(if begun.is_empty() {
        Err(passed_over.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>().join(" "))
    } else {
        Ok(begun)
    })
}

/// An event of an app comes.
pub(crate) async fn come(
    connector: &str,
    name: &str,
    data: &Map<String, Value>,
    number: usize,
    stage: &Stage<'_>,
) -> Result<Fate, String> {
    let Some(spec) = stage.catalogue.event(connector, name) else {
        return Err(format!("There is no event `{connector}.{name}`."));
    };
    let connection = connection_of(stage, connector, Some(name))?;
    let event = event(number, name, spec, data, &(stage.records)(), stage.clock.now());
    let receipt = stage.engine.receive(&connection, event).await;
    Ok(receipt.map_err(|error| format!("The event was not taken: {error}."))?.fate)
}

/// The connection that an event of the connector comes from, or that a change goes through.
pub(crate) fn connection_of(
    stage: &Stage<'_>,
    connector: &str,
    event: Option<&str>,
) -> Result<String, String> {
    let named = stage.plan.triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Event { connector: of, event: name, connection: Some(connection), .. }
            if of == connector && event == Some(name.as_str()) =>
        {
            Some(connection.clone())
        }
        _ => None,
    });
    let mut all: Vec<_> = stage
        .connections
        .values()
        .filter(|(connection, _)| connection.connector == connector)
        .map(|(connection, _)| connection.name.clone())
        .collect();
    all.sort();
    named
        .or_else(|| all.into_iter().next())
        .ok_or_else(|| format!("This workspace has no connection of the app `{connector}`."))
}

/// Waits until the engine has nothing to do but to wait.
async fn settle(
    trial: &Trial,
    stage: &Stage<'_>,
    watch: &mut broadcast::Receiver<Progress>,
) -> Result<(), String> {
    let mut idle = std::pin::pin!(stage.engine.wait_idle());
    if !trial.has_silence() {
        return idle.await.map_err(words);
    }
    loop {
        if let Ok(done) = tokio::time::timeout(SILENCE, &mut idle).await {
            return done.map_err(words);
        }
        let mut is_quiet = true;
        while let Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_)) = watch.try_recv() {
            is_quiet = false;
        }
        if is_quiet {
            let on = stage.clock.now().checked_add(SILENT_STEP).unwrap_or(Timestamp::MAX);
            stage.clock.go_to(on);
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "map_err hands errors over")]
pub(crate) fn words(error: StoreError) -> String {
    format!("{error}.")
}
