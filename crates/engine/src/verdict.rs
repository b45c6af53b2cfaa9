//! Whether a recipe runs for an event, by the conditions of its triggers; and in which order.

use std::sync::Arc;

use bellhop_connector::Connection;
use bellhop_journal::OncePer;
use bellhop_recipe::{Trigger, TriggerKind};
use bellhop_template::{Context, Scope};
use serde_json::Value;

use crate::book::Listener;

/// Whether a recipe runs for an event.
pub(crate) enum Verdict<'a> {
    /// It runs, by this trigger.
    Run(&'a Trigger),
    /// It does not, for this reason.
    PassedOver(String),
    /// Nobody can tell: the condition gives no answer with this data. The run is made and a person is asked.
    Unclear(&'a Trigger, String),
    /// It does not listen to this connection.
    Deaf,
}

/// What the expressions of a trigger see.
pub(crate) fn scope(data: &Arc<Value>, inputs: &Arc<Value>) -> Scope {
    Scope::new().with("inputs", Arc::clone(inputs)).with("trigger", Arc::clone(data))
}

/// Whether a recipe runs for an event that came from `connection` (none: an own webhook, or a schedule).
pub(crate) fn verdict<'a>(
    listener: &'a Listener,
    connection: Option<&Connection>,
    scope: &Scope,
    context: &Context,
) -> Verdict<'a> {
    let mut verdict = Verdict::Deaf;
    for trigger in listener.triggers.iter().filter_map(|number| listener.loaded.plan.triggers.get(*number)) {
        if let (TriggerKind::Event { connection: Some(wanted), .. }, Some(connection)) =
            (&trigger.kind, connection)
            && *wanted != connection.name
        {
            continue;
        }
        if !listener.loaded.plan.enabled {
            return Verdict::PassedOver("The recipe is switched off.".to_owned());
        }
        let asked = trigger.only_if.as_ref().map(|condition| (condition, condition.evaluate(scope, context)));
        match asked {
            None | Some((_, Ok(true))) => {
                return match unclear_key(trigger, scope, context) {
                    Some(sentence) => Verdict::Unclear(trigger, sentence),
                    None => Verdict::Run(trigger),
                };
            }
            Some((condition, Ok(false))) => {
                if matches!(verdict, Verdict::Deaf) {
                    verdict =
                        Verdict::PassedOver(format!("Its `only_if` does not hold: {}", condition.source()));
                }
            }
            Some((_, Err(error))) => {
                let sentence = format!(
                    "The `only_if` of the trigger gives no answer with this event: {} Correct the recipe for the next \
                     events; retry this run to do its steps all the same, or cancel it.",
                    error.message
                );
                verdict = Verdict::Unclear(trigger, sentence);
            }
        }
    }
    verdict
}

/// The key of an event by the author's `once_per`; none: it is not told from others.
pub(crate) fn once(trigger: &Trigger, scope: &Scope, context: &Context) -> Option<OncePer> {
    let once = trigger.once_per.as_ref()?;
    let key = match once.key.evaluate(scope, context) {
        Ok(Value::Null) | Err(_) => return None,
        // A form's field that was left open: two such forms are not one.
        Ok(Value::String(text)) if text.trim().is_empty() => return None,
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
    };
    let within = once.within.as_ref();
    Some(OncePer {
        key,
        since: within.map(|within| within.subtract_from(context.now, &context.zone)),
        until: within.map(|within| within.add_to(context.now, &context.zone)),
    })
}

/// Why nobody can tell an event's key, where that is so.
fn unclear_key(trigger: &Trigger, scope: &Scope, context: &Context) -> Option<String> {
    let error = trigger.once_per.as_ref()?.key.evaluate(scope, context).err()?;
    Some(format!(
        "The `once_per` of the trigger gives no value with this event, so it cannot be told whether the recipe has run for \
         it: {} Correct the recipe for the next events; retry this run to do its steps all the same, or cancel it.",
        error.message
    ))
}

/// What the run's turn is kept by: runs of one key go one after the other. By default it is the event's record.
pub(crate) fn order_key(
    recipe: &str,
    trigger: &Trigger,
    record: Option<&str>,
    scope: &Scope,
    context: &Context,
) -> Option<String> {
    let own = trigger.in_order_per.as_ref().and_then(|expression| match expression.evaluate(scope, context) {
        Ok(Value::Null) => None,
        Ok(Value::String(text)) => Some(text),
        Ok(other) => Some(other.to_string()),
        Err(error) => {
            tracing::warn!(recipe, error = %error, "in_order_per gives no value; the event's record is used");
            None
        }
    });
    own.as_deref().or(record).map(|value| format!("{recipe}|{value}"))
}
