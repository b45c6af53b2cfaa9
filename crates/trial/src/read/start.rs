//! What starts the recipe in a test.

use bellhop_connector::EventSpec;
use bellhop_recipe::{Plan, Trigger, TriggerKind};
use bellhop_source::{Address, Diagnostic, Node, closest};
use serde_json::{Map, Value};

use super::reader::{Reader, typed};
use crate::codes::{UNKNOWN_FIELD, WRONG_EVENT, WRONG_SHAPE};
use crate::{Change, Happening, Start};

/// What starts a recipe beside the events of apps.
pub(crate) const STARTS: [&str; 3] = ["manual", "schedule", "webhook"];

impl Reader<'_> {
    /// The events of a test: the one under `event`, or those under `events`, with when they come after the first.
    pub(super) fn starts(&mut self, test: &Node, at: &Address) -> Option<(Start, Vec<Change>)> {
        match (test.get("event"), test.member("events")) {
            (Some(node), None) => Some((self.start(node, &at.key("event"))?, Vec::new())),
            (None, Some((_, node))) => self.several(node, &at.key("events")),
            (Some(_), Some((key, _))) => {
                let message = "a test has one `event`, or a list of `events`";
                self.complain(WRONG_SHAPE, key.span, &at.key("events"), message);
                None
            }
            (None, None) => {
                self.missing(test.span, at, "event", "a test");
                None
            }
        }
    }

    fn start(&mut self, node: &Node, at: &Address) -> Option<Start> {
        if let Some(name) = node.text() {
            return self.start_of(name, node.span, None, at);
        }
        let (key, fields) = self.only(node, at, "`event` is one event with its fields")?;
        self.start_of(&key.text, key.span, Some(fields), &at.key(&key.text))
    }

    /// A list of events, each with `after` where it does not come at once.
    fn several(&mut self, node: &Node, at: &Address) -> Option<(Start, Vec<Change>)> {
        let Some([first, further @ ..]) = node.items() else {
            self.shape(node, at, "`events` must be a list of events, the first of them when the test begins");
            return None;
        };
        let first = self.start(first, &at.index(0));
        let mut changes = Vec::new();
        for (number, node) in further.iter().enumerate() {
            let at = at.index(number + 1);
            let after = node.get("after");
            let moment = match after {
                Some(after) => self.after(after, &at.key("after")),
                None => Some(self.now),
            };
            let start = if let Some(name) = node.text() {
                self.start_of(name, node.span, None, &at)
            } else {
                let others = node.members().unwrap_or_default().iter().filter(|(key, _)| key.text != "after");
                if let [(key, fields)] = others.collect::<Vec<_>>().as_slice() {
                    self.start_of(&key.text, key.span, Some(fields), &at.key(&key.text))
                } else {
                    self.shape(node, &at, "this is one event with its fields, and `after` beside it");
                    None
                }
            };
            if let (Some(moment), Some(start)) = (moment, start) {
                changes.push(Change { at: moment, what: Happening::Starts(start), span: node.span });
            }
        }
        Some((first?, changes))
    }

    fn start_of(
        &mut self,
        name: &str,
        span: bellhop_source::Span,
        fields: Option<&Node>,
        at: &Address,
    ) -> Option<Start> {
        if let Some(fields) = fields.filter(|fields| !fields.is_null() && fields.members().is_none()) {
            self.shape(fields, at, "the fields of an event are a group");
            return None;
        }
        let around = self.around;
        if let Some((connector, event)) = name.split_once('.')
            && let Some(spec) = around.catalogue.event(connector, event)
        {
            self.is_started_by(name, span, at);
            let data = self.data_of(name, spec, fields, at);
            return Some(Start::Event { connector: connector.to_owned(), event: event.to_owned(), data });
        }
        let body = fields
            .filter(|fields| !fields.is_null())
            .map_or_else(|| Value::Object(Map::new()), Node::to_json);
        match name {
            "manual" => Some(Start::Manual(body)),
            "schedule" => {
                self.is_started_by(name, span, at);
                Some(Start::Schedule)
            }
            "webhook" => {
                self.is_started_by(name, span, at);
                let path = self.plan.as_ref().and_then(|plan| {
                    plan.triggers.iter().find_map(|trigger| match &trigger.kind {
                        TriggerKind::Webhook { path, .. } => Some(path.clone()),
                        _ => None,
                    })
                });
                Some(Start::Webhook { path: path.unwrap_or_default(), body })
            }
            _ if self.stops() => None,
            _ => {
                let all = self.plan.as_deref().map_or_else(|| self.every_event(), starts);
                let near = closest(name, all.iter().map(String::as_str).chain(STARTS));
                let message = format!("there is no event `{name}`");
                let list = "Events are written like `contacts.contact_created`; there are also `manual`, `schedule` and `webhook`.";
                self.unknown(WRONG_EVENT, span, at, message, near, list);
                None
            }
        }
    }

    /// The fields of an event by their types. An app may send more than its documentation knows.
    pub(super) fn data_of(
        &mut self,
        name: &str,
        spec: &EventSpec,
        fields: Option<&Node>,
        at: &Address,
    ) -> Map<String, Value> {
        let mut data = Map::new();
        for (key, value) in fields.and_then(Node::members).unwrap_or_default() {
            let field = spec.data.fields.get(&key.text);
            if field.is_none()
                && !self.is_full()
                && let Some(near) = closest(&key.text, spec.data.fields.keys().map(String::as_str))
            {
                let message = format!("the event {name} is not known to have a field `{}`", key.text);
                let complaint = Diagnostic::warning(UNKNOWN_FIELD, key.span, at.key(&key.text), message);
                let complaint = complaint.help(format!("Did you mean `{near}`?")).suggest(key.span, near);
                self.tell(complaint);
            }
            data.insert(key.text.clone(), typed(value, field));
        }
        data
    }

    pub(super) fn every_event(&self) -> Vec<String> {
        let manifests = self.around.catalogue.iter();
        let events =
            manifests.flat_map(|one| one.events.keys().map(|event| format!("{}.{event}", one.connector)));
        events.collect()
    }

    /// Complains where the recipe does not start with this.
    fn is_started_by(&mut self, name: &str, span: bellhop_source::Span, at: &Address) {
        let Some(all) = self.plan.as_deref().map(starts) else { return };
        if all.iter().any(|known| known == name) {
            return;
        }
        let list: Vec<_> = all.iter().map(|known| format!("`{known}`")).collect();
        let message = format!("the recipe does not start with {name}");
        let help = format!("It starts with {}.", list.join(", "));
        let complaint = Diagnostic::error(WRONG_EVENT, span, at.clone(), message).help(help);
        self.tell(match all.as_slice() {
            [only] => complaint.suggest(span, only.as_str()),
            _ => complaint,
        });
    }
}

/// What starts a recipe, as tests name it.
fn starts(plan: &Plan) -> Vec<String> {
    let name = |trigger: &Trigger| match &trigger.kind {
        TriggerKind::Event { connector, event, .. } => format!("{connector}.{event}"),
        TriggerKind::Schedule { .. } => "schedule".to_owned(),
        TriggerKind::Webhook { .. } => "webhook".to_owned(),
        TriggerKind::Manual => "manual".to_owned(),
    };
    plan.triggers.iter().map(name).collect()
}
