//! Recipes that start themselves: a step that is always done makes the app tell of the very event that starts the recipe
//! (rule R7). Told only where it is certain: with any condition on the way the author may have thought of it.

use bellhop_connector::{FieldKind, Operation};
use bellhop_source::{Diagnostic, Node, Span};
use bellhop_template::{Reference, Segment};
use serde_json::Value;

use super::Checker;
use crate::{Action, Block, CallAction, Step, Trigger, TriggerKind, ValueExpr, codes};

/// Names whose value differs from run to run.
const EVER_NEW: [&str; 2] = ["now", "run"];
/// The longest value that is shown in a proposed condition, in characters.
const SHORT: usize = 60;

impl Checker<'_> {
    /// Warns of the first step by which the recipe starts itself again and again.
    pub(super) fn echo(&mut self, root: &Node, triggers: &[Trigger], body: &Block) {
        let mut may_end = false;
        body.each_step(&mut |step| {
            may_end |= matches!(
                step.action,
                Action::Stop(_) | Action::Fail(_) | Action::Approve(_) | Action::WaitFor(_)
            );
        });
        if may_end {
            return;
        }
        let mut calls = Vec::new();
        always_done(body, &mut calls);
        for (step, call) in calls {
            let Some(operation) = self.world.catalogue.operation(&call.connector, &call.operation) else {
                continue;
            };
            let changes = !operation.effect.repeatable() || is_ever_new(&call.input);
            let event = triggers.iter().filter(|_| changes).find_map(|one| started(one, call, operation));
            let Some(event) = event else { continue };
            let (connector, message) = (&call.connector, "this recipe starts itself, again and again");
            let help = format!(
                "It begins with `{connector}.{event}`, and this step makes `{connector}` tell of another one each time. \
                 Write {} under the event, or `if:` beside this step, so that it leaves its own doing alone.",
                self.example(call, operation, event)
            );
            let place = span(root, step, call);
            self.report(
                Diagnostic::warning(codes::STARTS_ITSELF, place, step.address.clone(), message).help(help),
            );
            return;
        }
    }

    /// A condition that the step's own doing does not meet, where a field tells.
    fn example(&self, call: &CallAction, operation: &Operation, event: &str) -> String {
        let data = self.world.catalogue.event(&call.connector, event).map(|event| &event.data.fields);
        let is_text = |name: &str| {
            let of = |field: Option<&bellhop_connector::Field>| {
                field.is_some_and(|field| field.kind == FieldKind::String && field.choices.is_empty())
            };
            of(operation.input.get(name)) && of(data.and_then(|data| data.get(name))) && !name.ends_with("Id")
        };
        let ValueExpr::Object(fields) = &call.input else { return "`only_if:`".to_owned() };
        let written = fields.iter().find_map(|(name, value)| match value {
            ValueExpr::Literal(Value::String(text)) if is_text(name) && is_plain(text) => Some((name, text)),
            _ => None,
        });
        written.map_or_else(
            || "`only_if:`".to_owned(),
            |(name, text)| format!("`only_if: trigger.{name} != '{text}'`"),
        )
    }
}

/// Whether a text can stand in a condition as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= SHORT
        && !text.contains(|letter: char| letter.is_control() || "'\\:#{}".contains(letter))
}

/// The calls that every run makes which comes to its end.
fn always_done<'p>(block: &'p Block, calls: &mut Vec<(&'p Step, &'p CallAction)>) {
    for step in block.graph.node_weights().filter(|step| step.guard.is_none()) {
        match &step.action {
            Action::Call(call) => calls.push((step, call)),
            Action::Parallel(branches) => {
                for (_, block) in branches {
                    always_done(block, calls);
                }
            }
            _ => {}
        }
    }
}

/// The event of this trigger, where the operation causes it and every such event starts the recipe.
fn started<'t>(trigger: &'t Trigger, call: &CallAction, operation: &Operation) -> Option<&'t str> {
    let TriggerKind::Event { connector, event, connection, .. } = &trigger.kind else { return None };
    let starts = *connector == call.connector
        && connection.as_ref().is_none_or(|connection| *connection == call.connection)
        && operation.causes.contains(event)
        && trigger.only_if.is_none()
        && trigger.once_per.is_none();
    starts.then_some(event)
}

/// Whether the value is another one in each run.
fn is_ever_new(value: &ValueExpr) -> bool {
    let mentions = |references: Vec<Reference>| {
        references.iter().any(|reference| {
            matches!(reference.path.first(), Some(Segment::Name(name)) if EVER_NEW.contains(&name.as_str()))
        })
    };
    match value {
        ValueExpr::Literal(_) | ValueExpr::Moment(..) => false,
        ValueExpr::Pick(pick, _) => mentions(pick.references()),
        ValueExpr::Text(text, _) => mentions(text.references()),
        ValueExpr::List(items) => items.iter().any(is_ever_new),
        ValueExpr::Object(fields) => fields.iter().any(|(_, value)| is_ever_new(value)),
        ValueExpr::Converted(value, ..) => is_ever_new(value),
    }
}

/// Where the step's operation is named.
fn span(root: &Node, step: &Step, call: &CallAction) -> Span {
    let mut node = root;
    for part in step.address.as_str().split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let below = match node.items() {
            Some(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)),
            None => node.get(&name),
        };
        match below {
            Some(below) => node = below,
            None => break,
        }
    }
    let named = node.member(&format!("{}.{}", call.connector, call.operation));
    named.map_or(node.span, |(key, _)| key.span)
}
