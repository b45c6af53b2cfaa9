//! What starts the recipe in a test, and what others do while it waits.

use bellhop_clock::parse_duration;
use bellhop_recipe::{Plan, Trigger, TriggerKind};
use bellhop_source::{Address, Diagnostic, Node, closest};
use bellhop_template::Pick;
use serde_json::{Map, Value};

use super::reader::{Reader, typed};
use crate::codes::{MISSING_KEY, UNKNOWN_FIELD, WRONG_EVENT, WRONG_SETTING};
use crate::{Change, Start};

/// What starts a recipe beside the events of apps.
pub(crate) const STARTS: [&str; 3] = ["manual", "schedule", "webhook"];

impl Reader<'_> {
    pub(super) fn start(&mut self, test: &Node, at: &Address) -> Option<Start> {
        let Some(node) = test.get("event") else {
            self.missing(test.span, at, "event", "a test");
            return None;
        };
        let at = at.key("event");
        if let Some(name) = node.text() {
            return self.start_of(name, node.span, None, &at);
        }
        let (key, fields) = self.only(node, &at, "`event` is one event with its fields")?;
        self.start_of(&key.text, key.span, Some(fields), &at.key(&key.text))
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
            let mut data = Map::new();
            for (key, value) in fields.and_then(Node::members).unwrap_or_default() {
                let field = spec.data.fields.get(&key.text);
                let near = closest(&key.text, spec.data.fields.keys().map(String::as_str));
                if let Some(near) = near.filter(|_| field.is_none()) {
                    let message = format!("the event {name} is not known to have a field `{}`", key.text);
                    let complaint = Diagnostic::warning(UNKNOWN_FIELD, key.span, at.key(&key.text), message);
                    let complaint = complaint.help(format!("did you mean `{near}`?")).suggest(key.span, near);
                    self.diagnostics.push(complaint);
                }
                data.insert(key.text.clone(), typed(value, field));
            }
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
            _ => {
                let all = self.plan.as_deref().map_or_else(|| self.every_event(), starts);
                let near = closest(name, all.iter().map(String::as_str).chain(STARTS));
                let message = format!("there is no event `{name}`");
                let list = "events are written like `contacts.contact_created`; there are also `manual`, `schedule` and `webhook`";
                self.unknown(WRONG_EVENT, span, at, message, near, list);
                None
            }
        }
    }

    fn every_event(&self) -> Vec<String> {
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
        let help = format!("it starts with {}", list.join(", "));
        let complaint = Diagnostic::error(WRONG_EVENT, span, at.clone(), message).help(help);
        self.diagnostics.push(match all.as_slice() {
            [only] => complaint.suggest(span, only.as_str()),
            _ => complaint,
        });
    }

    /// What others do while the run waits.
    pub(super) fn meanwhile(&mut self, node: Option<&Node>, at: &Address) -> Vec<Change> {
        let Some(node) = node else { return Vec::new() };
        let Some(items) = node.items() else {
            self.shape(node, at, "`meanwhile` must be a list, each with `after` and an operation");
            return Vec::new();
        };
        let changes = items.iter().enumerate();
        let mut changes: Vec<_> =
            changes.filter_map(|(number, item)| self.change(item, &at.index(number))).collect();
        changes.sort_by_key(|change| change.at);
        changes
    }

    fn change(&mut self, node: &Node, at: &Address) -> Option<Change> {
        let Some(members) = node.members() else {
            self.shape(node, at, "what happens meanwhile is a group with `after` and an operation");
            return None;
        };
        let after = if let Some(after) = node.get("after") {
            match parse_duration(after.text().unwrap_or_default()) {
                Ok(duration) => Some(duration.add_to(self.now, self.around.zone)),
                Err(error) => {
                    let help = "write how long after the event, such as `1 day`";
                    let (message, near) = (error.message, error.suggestion.as_deref());
                    self.unknown(WRONG_SETTING, after.span, &at.key("after"), message, near, help);
                    None
                }
            }
        } else {
            self.missing(node.span, at, "after", "what happens meanwhile");
            None
        };
        let others: Vec<_> = members.iter().filter(|(key, _)| key.text != "after").collect();
        let [(key, fields)] = others.as_slice() else {
            let help = "write it like `contacts.complete_task: { contactId: c1, taskId: $.call_task.id }`";
            let message = "what happens meanwhile is one operation beside `after`";
            self.complain_with_help(MISSING_KEY, node.span, at, message, help);
            return None;
        };
        let inner = at.key(&key.text);
        let (connector, operation) = self.operation(&key.text, key.span, &inner)?;
        self.fields_of(&connector, &operation, fields, &inner)?;
        self.picks(fields, &inner);
        let spec = self.around.catalogue.operation(&connector, &operation)?;
        let members = fields.members().unwrap_or_default().iter();
        let input = members.map(|(key, value)| (key.text.clone(), typed(value, spec.input.get(&key.text))));
        let input = Value::Object(input.collect());
        Some(Change { at: after?, connector, operation, input, span: key.span })
    }

    /// Complains of picks that cannot be read.
    fn picks(&mut self, node: &Node, at: &Address) {
        if let Some(text) = node.text().filter(|text| Pick::is_pick(text))
            && let Err(error) = Pick::parse(text)
        {
            self.complain(WRONG_SETTING, node.span, at, error.message.trim_end_matches('.'));
        }
        for (key, value) in node.members().unwrap_or_default() {
            self.picks(value, &at.key(&key.text));
        }
        for (number, item) in node.items().unwrap_or_default().iter().enumerate() {
            self.picks(item, &at.index(number));
        }
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
