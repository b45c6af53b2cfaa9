//! A step's first moment: its guard, and then what it does at once: a call, a branch, a loop's list, a wait, values.

use bellhop_clock::{Moment, parse_duration};
use bellhop_journal::{Entry, RunStatus, StepId};
use bellhop_recipe::{Action, ForEach, Items, Mapping, Step, ValueExpr, WaitAction};
use bellhop_template::{Condition, Context, Scope, Text};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::waits;
use super::walk::{End, Pace, Walk};

/// The branch of a `parallel` in a history: all of them.
pub(crate) const ALL: &str = "parallel";

/// Begins a step of which the history says nothing yet.
pub(crate) fn begin<'p>(walk: &mut Walk<'_, 'p>, step: &'p Step, id: &StepId, scope: &Scope) -> Pace {
    if let Some(guard) = &step.guard {
        match holds(guard, scope, walk, step, id, "if") {
            Ok(true) => {}
            Ok(false) => return walk.record(Entry::StepSkipped { step: id.clone() }),
            Err(pace) => return pace,
        }
    }
    match &step.action {
        Action::Call(call) => walk.call(step, id, call, scope, 1, None),
        Action::If { condition, then, otherwise } => match holds(condition, scope, walk, step, id, "if") {
            Ok(true) => branch(walk, id, if then.graph.node_count() == 0 { "" } else { "then" }),
            Ok(false) => branch(walk, id, if otherwise.graph.node_count() == 0 { "" } else { "else" }),
            Err(pace) => pace,
        },
        Action::Choose { cases, otherwise } => {
            for (number, case) in cases.iter().enumerate() {
                match holds(&case.condition, scope, walk, step, id, "when") {
                    Ok(true) => return branch(walk, id, &format!("choose/{number}/do")),
                    Ok(false) => {}
                    Err(pace) => return pace,
                }
            }
            branch(walk, id, if otherwise.graph.node_count() == 0 { "" } else { "otherwise" })
        }
        Action::ForEach(each) => open(walk, step, id, each, scope),
        Action::Parallel(_) => branch(walk, id, ALL),
        Action::Wait(wait) => match until(wait, scope, &walk.context) {
            Ok(until) if until <= walk.context.now => {
                walk.record(Entry::StepEnded { step: id.clone(), output: Value::Null })
            }
            Ok(until) => walk.record(Entry::Slept { step: id.clone(), until }),
            Err(problem) => walk.data_error(step, id, "wait", &problem),
        },
        Action::WaitFor(wait) => waits::wait_for(walk, step, id, wait, scope),
        Action::Approve(approve) => waits::approve(walk, step, id, approve, scope),
        Action::Run { recipe, inputs } => waits::call(walk, step, id, recipe, inputs, scope),
        Action::Map { from, mapping } => map(walk, step, id, from, mapping, scope),
        Action::Set(values) => set(walk, step, id, values, scope),
        Action::Stop(reason) => end(walk, step, id, RunStatus::Stopped, reason, scope),
        Action::Fail(reason) => end(walk, step, id, RunStatus::Failed, reason, scope),
    }
}

fn holds(
    condition: &Condition,
    scope: &Scope,
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    key: &str,
) -> Result<bool, Pace> {
    condition.evaluate(scope, &walk.context).map_err(|error| walk.data_error(step, id, key, &error.message))
}

fn branch(walk: &mut Walk<'_, '_>, id: &StepId, branch: &str) -> Pace {
    walk.record(Entry::Branched { step: id.clone(), branch: branch.to_owned() })
}

fn open(walk: &mut Walk<'_, '_>, step: &Step, id: &StepId, each: &ForEach, scope: &Scope) -> Pace {
    let Items::List(list) = &each.over else {
        return walk.record(Entry::LoopOpened { step: id.clone(), items: Vec::new(), by_page: true });
    };
    let items = match list.evaluate(scope, &walk.context) {
        Ok(None | Some(Value::Null)) => Vec::new(),
        Ok(Some(Value::Array(items))) => items,
        Ok(Some(other)) => {
            let problem = format!("a list is wanted and this is {}.", kind(&other));
            return walk.data_error(step, id, "for_each", &problem);
        }
        Err(error) => return walk.data_error(step, id, "for_each", &error.message),
    };
    walk.record(Entry::LoopOpened { step: id.clone(), items, by_page: false })
}

fn map(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    from: &ValueExpr,
    mapping: &Mapping,
    scope: &Scope,
) -> Pace {
    let record = match from.evaluate(scope, &walk.context) {
        Ok(record) => record.unwrap_or(Value::Null),
        Err(error) => return walk.data_error(step, id, "from", &error.message),
    };
    match mapping.apply(&record, &walk.context) {
        Ok(output) => walk.record(Entry::StepEnded { step: id.clone(), output }),
        Err(error) => {
            let problem = format!("{} (mapping `{}`)", error.message, mapping.id);
            walk.data_error(step, id, &error.field, &problem)
        }
    }
}

fn set(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    values: &[(String, ValueExpr)],
    scope: &Scope,
) -> Pace {
    let mut given = Map::with_capacity(values.len());
    for (name, value) in values {
        match value.evaluate(scope, &walk.context) {
            Ok(Some(value)) => {
                given.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err(error) if error.field.is_empty() => return walk.data_error(step, id, name, &error.message),
            Err(error) => {
                return walk.data_error(step, id, &format!("{name}.{}", error.field), &error.message);
            }
        }
    }
    walk.record(Entry::StepEnded { step: id.clone(), output: Value::Object(given) })
}

fn end(
    walk: &mut Walk<'_, '_>,
    step: &Step,
    id: &StepId,
    status: RunStatus,
    reason: &Text,
    scope: &Scope,
) -> Pace {
    match reason.evaluate(scope, &walk.context) {
        Ok(reason) => {
            walk.end.get_or_insert_with(|| End { step: id.clone(), status, reason: words(reason) });
            Pace::Ending
        }
        Err(error) => {
            let key = if status == RunStatus::Stopped { "stop" } else { "fail" };
            walk.data_error(step, id, key, &error.message)
        }
    }
}

/// When a wait ends.
fn until(wait: &WaitAction, scope: &Scope, context: &Context) -> Result<Timestamp, String> {
    match wait {
        WaitAction::For(duration) => Ok(duration.add_to(context.now, &context.zone)),
        WaitAction::ForText(text) => {
            let words = words(text.evaluate(scope, context).map_err(|error| error.message)?);
            let duration = parse_duration(&words).map_err(|error| format!("{}.", error.message))?;
            Ok(duration.add_to(context.now, &context.zone))
        }
        WaitAction::Until { moment, minus, plus } => {
            let words = match moment.evaluate(scope, context).map_err(|error| error.message)? {
                Some(Value::String(words)) => words,
                Some(Value::Null) | None => return Err("there is no moment to wait for.".to_owned()),
                Some(other) => return Err(format!("a moment is wanted and this is {}.", kind(&other))),
            };
            let moment = Moment::parse(&words).map_err(|error| format!("{}.", error.message))?;
            let mut until = moment.resolve(context.now, &context.zone);
            if let Some(minus) = minus {
                until = minus.subtract_from(until, &context.zone);
            }
            if let Some(plus) = plus {
                until = plus.add_to(until, &context.zone);
            }
            Ok(until)
        }
    }
}

/// A value as a text: a text is itself.
pub(crate) fn words(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value's kind in words, for complaints.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a group of values",
    }
}
