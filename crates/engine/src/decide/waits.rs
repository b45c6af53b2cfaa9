//! Waits for something outside of the run: an event, another recipe's run, a person's decision. How each begins, what a
//! signal means for it, and what happens when its time is up.

use bellhop_journal::{Awaited, Entry, Only, RunStatus, Sought, StepId};
use bellhop_recipe::{Action, Approve, Step, ValueExpr, WaitFor};
use bellhop_template::{Condition, Scope, Text};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Action as Next;
use super::begin::words;
use super::walk::{Pace, Walk};

/// The class of the failure of a step whose recipe did not end well.
pub(crate) const CALLED: &str = "called";

/// Begins to wait for an event.
pub(crate) fn wait_for(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    wait: &WaitFor,
    scope: &Scope,
) -> Pace {
    let only = if let Some(condition) = &wait.condition {
        field(walk, condition, scope)
    } else if let Some(record) = walk.facts.record.as_deref() {
        Some(Only::Record { record: record.to_owned() })
    } else {
        let problem = "it waits for an event about the same record as the one that started the run, and this run was \
                       started without a record; add `where:` to the step.";
        return walk.data_error(step, id, "wait_for", problem);
    };
    let what = Awaited::Event(Sought {
        name: format!("{}.{}", wait.connector, wait.event),
        connection: wait.connection.clone(),
        only,
        since: walk.since,
    });
    let until = wait.up_to.map(|time| time.add_to(walk.context.now, &walk.context.zone));
    walk.record(Entry::Awaited { step: id.clone(), what, until })
}

/// A text that the condition asks of the event, so that the store can tell most others from it.
fn field(walk: &Walk<'_, '_>, condition: &Condition, scope: &Scope) -> Option<Only> {
    condition.equalities("event").into_iter().find_map(|(pointer, other)| {
        match other.evaluate(scope, &walk.context) {
            Ok(Value::String(text)) => Some(Only::Field { pointer, text }),
            _ => None,
        }
    })
}

/// Asks a person.
pub(crate) fn approve(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    approve: &Approve,
    scope: &Scope,
) -> Pace {
    let said = |text: &Text| text.evaluate(scope, &walk.context).map(words);
    let ask = match said(&approve.ask) {
        Ok(ask) => ask,
        Err(error) => return walk.data_error(step, id, "ask", &error.message),
    };
    let of = match approve.of.as_ref().map(said).transpose() {
        Ok(of) => of.unwrap_or_default(),
        Err(error) => return walk.data_error(step, id, "of", &error.message),
    };
    let until = approve.up_to.map(|time| time.add_to(walk.context.now, &walk.context.zone));
    walk.record(Entry::Awaited { step: id.clone(), what: Awaited::Approval { ask, of }, until })
}

/// Has another recipe run.
pub(crate) fn call<'p>(
    walk: &mut Walk<'_, 'p>,
    step: &'p Step,
    id: &StepId,
    recipe: &'p str,
    inputs: &ValueExpr,
    scope: &Scope,
) -> Pace {
    if walk.hands.busy.contains(id) {
        return Pace::Live;
    }
    match inputs.evaluate(scope, &walk.context) {
        Ok(inputs) => {
            let inputs = inputs.unwrap_or_else(|| Value::Object(Map::new()));
            walk.calls.push(Next::Summon { step: id.clone(), plan: step, recipe, inputs });
            Pace::Live
        }
        Err(error) => {
            let field =
                if error.field.is_empty() { "inputs".to_owned() } else { format!("inputs.{}", error.field) };
            walk.data_error(step, id, &field, &error.message)
        }
    }
}

/// Goes on with a wait: by what has happened, or because its time is up.
pub(crate) fn go_on(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    what: &Awaited,
    until: Option<Timestamp>,
    scope: &Scope,
) -> Pace {
    let hands = walk.hands;
    for signal in hands.signals.get(id).into_iter().flatten() {
        match (what, &step.action) {
            (Awaited::Event(_), Action::WaitFor(wait)) => {
                let holds = match &wait.condition {
                    Some(condition) => {
                        condition.evaluate(&scope.with("event", signal.clone()), &walk.context)
                    }
                    None => Ok(true),
                };
                match holds {
                    Ok(true) => return ended(walk, id, (**signal).clone()),
                    Ok(false) => {}
                    Err(error) => {
                        let problem = format!("an event gives no answer: {}", error.message);
                        return walk.data_error(step, id, "where", &problem);
                    }
                }
            }
            (Awaited::Run { run, recipe }, _) => {
                let text = |name: &str| signal.get(name).and_then(Value::as_str).unwrap_or_default();
                let (status, summary) = (text("status"), text("summary"));
                return match RunStatus::from_name(status) {
                    Some(RunStatus::Succeeded | RunStatus::Stopped) => ended(walk, id, (**signal).clone()),
                    Some(RunStatus::Cancelled) => {
                        let sentence = format!("the run {run} of `{recipe}` was cancelled.");
                        walk.fail(step, id, CALLED, sentence)
                    }
                    _ => {
                        let sentence = format!("the run {run} of `{recipe}` failed: {summary}");
                        walk.fail(step, id, CALLED, sentence)
                    }
                };
            }
            _ => {}
        }
    }
    walk.awaits(id, what, until);
    let Some(until) = until.filter(|until| *until <= walk.context.now) else { return Pace::Live };
    match what {
        Awaited::Approval { .. } => ended(walk, id, decided(false, None, None, true)),
        // What came in before the time was up may not be known here yet.
        _ if hands.listened.get(id).is_none_or(|listened| *listened < until) => {
            walk.listens = true;
            Pace::Live
        }
        _ => ended(walk, id, Value::Null),
    }
}

/// The result of a question to a person.
pub(crate) fn decided(approved: bool, by: Option<&str>, comment: Option<&str>, timed_out: bool) -> Value {
    json!({ "approved": approved, "by": by, "comment": comment, "timed_out": timed_out })
}

fn ended(walk: &mut Walk<'_, '_>, id: &StepId, output: Value) -> Pace {
    walk.record(Entry::StepEnded { step: id.clone(), output })
}
