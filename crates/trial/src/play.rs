//! Plays one test: the event comes, the run goes its way, and time jumps from wait to wait while nothing is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::Clock;
use bellhop_connector::{Call, Catalogue, Failure, Outcome};
use bellhop_engine::{Engine, Fate, Link, Progress, RunNowError};
use bellhop_journal::{Entry, RunId, RunStatus, Stamped, StoreError};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_template::{Pick, Picked, Scope};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::event::event;
use crate::{Change, Ends, Start, Story, SwiftClock, Trial};

/// How long a test may take of real time before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing must happen, of real time, until it is believed that an app says nothing. Only tests ask this that
/// have an app say nothing.
const SILENCE: Duration = Duration::from_millis(150);
/// Time goes on so much then.
const SILENT_STEP: SignedDuration = SignedDuration::from_secs(20);
/// How far simulated time may go.
const LONGEST_HOURS: i64 = 5 * 366 * 24;
/// How long a change by others may take, of simulated time.
const CHANGE: SignedDuration = SignedDuration::from_secs(60);

/// Where a test is played.
pub struct Stage<'a> {
    /// The engine, on a store of its own; started, with the recipe as its only one.
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
        ends: Ends::NotStarted,
        reason: String::new(),
        history: Vec::new(),
        records: Value::Null,
        troubles: Vec::new(),
    };
    match begin(trial, stage).await? {
        Err(reason) => story.reason = reason,
        Ok(run) => {
            let rest = run_to_rest(trial, stage, &run, &mut watch, &mut story).await?;
            story.ends = Ends::As(rest);
        }
    }
    story.records = (stage.records)();
    Ok(story)
}

/// Has the event come. The inner error is why it started no run.
async fn begin(trial: &Trial, stage: &Stage<'_>) -> Result<Result<RunId, String>, String> {
    let plan = stage.plan;
    let by_hand = |data: Value| async move {
        let begun = stage.engine.run_now(&plan.id, data, Value::Null).await;
        begun.map(Ok).map_err(|error| match error {
            RunNowError::Inputs(problems) => problems.join(" "),
            other => format!("{other}."),
        })
    };
    let receipt = match &trial.start {
        Start::Manual(data) => return by_hand(data.clone()).await,
        Start::Schedule => return by_hand(json!({ "at": stage.clock.now() })).await,
        Start::Webhook { path, body } => stage.engine.receive_webhook(path, None, body.clone()).await,
        Start::Event { connector, event: name, data } => {
            let Some(spec) = stage.catalogue.event(connector, name) else {
                return Err(format!("There is no event `{connector}.{name}`."));
            };
            let connection = connection_of(stage, connector, Some(name))?;
            let event = event(name, spec, data, &(stage.records)(), stage.clock.now());
            stage.engine.receive(&connection, event).await
        }
    };
    let receipt = receipt.map_err(|error| format!("The event was not taken: {error}."))?;
    let Fate::New { started, queued, passed_over } = receipt.fate else {
        return Err("The event was taken for one that had come before.".to_owned());
    };
    match started.into_iter().chain(queued).next() {
        Some(run) => Ok(Ok(run)),
        None => Ok(Err(passed_over.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>().join(" "))),
    }
}

/// The connection that an event of the connector comes from, or that a change goes through.
fn connection_of(stage: &Stage<'_>, connector: &str, event: Option<&str>) -> Result<String, String> {
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

/// Lets the run go on until nothing more comes of it; how it ended.
async fn run_to_rest(
    trial: &Trial,
    stage: &Stage<'_>,
    run: &RunId,
    watch: &mut broadcast::Receiver<Progress>,
    story: &mut Story,
) -> Result<RunStatus, String> {
    let mut changes = trial.meanwhile.iter().peekable();
    let last =
        trial.given.now.checked_add(SignedDuration::from_hours(LONGEST_HOURS)).unwrap_or(Timestamp::MAX);
    loop {
        settle(trial, stage, watch).await?;
        let found = stage.engine.store().run(run.as_str()).await.map_err(words)?;
        let found = found.ok_or_else(|| format!("The run {run} is gone from the store."))?;
        story.history = found.history;
        story.reason = found.run.summary;
        let status = found.run.status;
        if status.is_over() || status == RunStatus::NeedsAttention {
            let late: Vec<_> = changes.collect();
            if let Some(change) = late.first() {
                story.troubles.push(format!(
                    "The run was over before {}.{} was to happen in the meantime.",
                    change.connector, change.operation
                ));
            }
            return Ok(status);
        }
        let due = stage.engine.store().next_due().await.map_err(words)?;
        // The engine itself may have woken the run between the two looks.
        let due = match (status, due) {
            (RunStatus::Sleeping | RunStatus::Waiting, Some(due)) => due,
            // Without what happens in the meantime it would wait for ever.
            (RunStatus::Waiting, None) => match changes.peek() {
                Some(change) => change.at,
                None => return Ok(status),
            },
            _ => {
                tokio::task::yield_now().await;
                continue;
            }
        };
        if let Some(change) = changes.next_if(|change| change.at <= due) {
            stage.clock.go_to(change.at);
            if let Err(trouble) = happen(change, stage, &story.history).await {
                story.troubles.push(trouble);
            }
            continue;
        }
        if due > last {
            return Err("The run still waits after five years.".to_owned());
        }
        stage.clock.go_to(due);
    }
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

/// Does in the app what others do in the meantime.
async fn happen(change: &Change, stage: &Stage<'_>, history: &[Stamped]) -> Result<(), String> {
    let name = format!("{}.{}", change.connector, change.operation);
    let connection = connection_of(stage, &change.connector, None)?;
    let Some((connection, connector)) = stage.connections.get(&connection) else {
        return Err(format!("There is no connection `{connection}`."));
    };
    let input = picked(&change.input, &scope(stage.plan, history)).map_err(|problem| {
        format!("What was to happen in the meantime, {name}, cannot be said: {problem}")
    })?;
    let call = Call {
        operation: change.operation.clone(),
        input,
        connection: Arc::clone(connection),
        deadline: stage.clock.now().checked_add(CHANGE).unwrap_or(Timestamp::MAX),
        idempotency_key: "meanwhile".to_owned(),
    };
    match connector.call(call).await {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed(Failure { message, .. }) => {
            Err(format!("What was to happen in the meantime, {name}, did not: {message}"))
        }
    }
}

/// The results of the run's steps, by their names.
fn scope(plan: &Plan, history: &[Stamped]) -> Scope {
    let mut names = HashMap::new();
    plan.each_step(&mut |step| {
        if let Some(name) = &step.name {
            names.insert(step.address.as_str(), name.as_str());
        }
    });
    let mut scope = Scope::new();
    for stamped in history {
        if let Entry::StepEnded { step, output } = &stamped.entry
            && let Some(name) = names.get(step.as_str())
        {
            scope.insert(name, Arc::new(output.clone()));
        }
    }
    scope
}

/// The value with its picks followed.
fn picked(value: &Value, scope: &Scope) -> Result<Value, String> {
    match value {
        Value::String(text) if Pick::is_pick(text) => {
            let pick = Pick::parse(text).map_err(|error| error.message)?;
            match pick.evaluate(scope).map_err(|error| error.message)? {
                Picked::One(value) => Ok(value),
                Picked::Many(values) => Ok(Value::Array(values)),
                Picked::Absent => Err(format!("`{text}` finds nothing.")),
            }
        }
        Value::Array(items) => items.iter().map(|item| picked(item, scope)).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), picked(value, scope)?)));
            Ok(Value::Object(members.collect::<Result<_, String>>()?))
        }
        other => Ok(other.clone()),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "map_err hands errors over")]
fn words(error: StoreError) -> String {
    format!("{error}.")
}
