//! What happens in a test while the run waits: what others do in the app, an event, a person's decision.

use std::collections::HashMap;
use std::sync::Arc;

use bellhop_clock::Clock;
use bellhop_connector::{Call, Failure, Outcome};
use bellhop_engine::{Decision, Fate};
use bellhop_journal::{Awaited, Entry, RunId, RunStatus, Stamped, State, StepId, StepState};
use bellhop_recipe::Plan;
use bellhop_template::{Pick, Picked, Scope};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::play::{Stage, come, connection_of};
use crate::{Happening, Story};

/// How long a change by others may take, of simulated time.
const CHANGE: SignedDuration = SignedDuration::from_secs(60);

/// Has it happen. Runs that it starts are added to `runs`. The error is a sentence.
pub(crate) async fn happen(
    what: &Happening,
    number: usize,
    stage: &Stage<'_>,
    story: &Story,
    runs: &mut Vec<RunId>,
) -> Result<(), String> {
    let said = |value: &Value| {
        let history = story.runs.first().map_or(&[][..], |run| &run.history);
        picked(value, &scope(stage.plan, history))
            .map_err(|problem| format!("What was to happen in the meantime cannot be said: {problem}"))
    };
    match what {
        Happening::Does { connector, operation, input } => {
            done(connector, operation, said(input)?, stage).await
        }
        Happening::Event { connector, event, data } => {
            let data = said(data)?.as_object().cloned().unwrap_or_default();
            heard(connector, event, &data, number, stage, runs).await
        }
        Happening::Decides { approved, by, comment } => {
            let decision = Decision { approved: *approved, by: by.clone(), comment: comment.clone() };
            decided(decision, stage, story).await
        }
        Happening::Starts(_) => Ok(()),
    }
}

/// Does in the app what others do in the meantime.
async fn done(connector: &str, operation: &str, input: Value, stage: &Stage<'_>) -> Result<(), String> {
    let name = format!("{connector}.{operation}");
    let connection = connection_of(stage, connector, None)?;
    let Some((connection, connector)) = stage.connections.get(&connection) else {
        return Err(format!("There is no connection `{connection}`."));
    };
    let call = Call {
        operation: operation.to_owned(),
        input,
        connection: Arc::clone(connection),
        deadline: stage.clock.now().checked_add(CHANGE).unwrap_or(Timestamp::MAX),
        idempotency_key: "meanwhile".to_owned(),
        standing: bellhop_connector::Standing::default(),
    };
    match connector.call(call).await {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed(Failure { message, .. }) => {
            Err(format!("What was to happen in the meantime, {name}, did not: {message}"))
        }
    }
}

/// An event comes. It may start the recipe as well.
async fn heard(
    connector: &str,
    event: &str,
    data: &Map<String, Value>,
    number: usize,
    stage: &Stage<'_>,
    runs: &mut Vec<RunId>,
) -> Result<(), String> {
    if let Fate::New { started, queued, .. } = come(connector, event, data, number, stage).await? {
        runs.extend(started.into_iter().chain(queued));
    }
    Ok(())
}

/// A person decides the first thing that is asked, by the tested recipe or by one that it called.
async fn decided(decision: Decision, stage: &Stage<'_>, story: &Story) -> Result<(), String> {
    let waiting = story.runs.iter().chain(&story.called).filter(|one| one.run.status == RunStatus::Waiting);
    let first = waiting.into_iter().find_map(|one| Some((&one.run.id, question(&one.history)?)));
    let Some((run, step)) = first else {
        return Err("Somebody was to decide in the meantime, and nothing was asked then.".to_owned());
    };
    stage.engine.approve(run, Some(step), decision).await.map_err(|error| format!("{error}."))
}

/// The first open question of a run.
fn question(history: &[Stamped]) -> Option<StepId> {
    let state = State::fold(history);
    let is_open = |step: &StepId| {
        let asks =
            |state: &StepState| matches!(state, StepState::Awaiting { what: Awaited::Approval { .. }, .. });
        state.steps.get(step).is_some_and(asks)
    };
    history.iter().find_map(|stamped| match &stamped.entry {
        Entry::Awaited { step, what: Awaited::Approval { .. }, .. } if is_open(step) => Some(step.clone()),
        _ => None,
    })
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
