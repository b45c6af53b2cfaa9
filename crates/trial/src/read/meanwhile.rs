//! What happens in a test while the run waits: what others do in the app, events, a person's decision. And how called recipes
//! end that do not really run.

use bellhop_clock::parse_duration;
use bellhop_journal::RunStatus;
use bellhop_recipe::Action;
use bellhop_source::{Address, Key, Node, closest};
use bellhop_template::Pick;
use jiff::Timestamp;
use serde_json::Value;

use super::reader::{Reader, typed};
use crate::codes::{MISSING_KEY, UNKNOWN_RECIPE, WRONG_EVENT, WRONG_SETTING};
use crate::{Change, Happening, PlayedRecipe};

/// What may stand beside `after` that is no operation.
pub(crate) const HAPPENINGS: [&str; 2] = ["event", "approve"];
/// The keys of a decision.
pub(crate) const DECISION_KEYS: [&str; 3] = ["approved", "by", "comment"];
/// How a recipe may end that does not really run.
pub(crate) const PLAYED_ENDS: [RunStatus; 3] = [RunStatus::Succeeded, RunStatus::Stopped, RunStatus::Failed];

impl Reader<'_> {
    pub(super) fn meanwhile(&mut self, node: Option<&Node>, at: &Address) -> Vec<Change> {
        let Some(node) = node else { return Vec::new() };
        let Some(items) = node.items() else {
            self.shape(node, at, "`meanwhile` must be a list, each with `after` and what happens");
            return Vec::new();
        };
        let changes = items.iter().enumerate();
        changes.filter_map(|(number, item)| self.change(item, &at.index(number))).collect()
    }

    /// So long after the test's first event.
    pub(super) fn after(&mut self, node: &Node, at: &Address) -> Option<Timestamp> {
        match parse_duration(node.text().unwrap_or_default()) {
            Ok(duration) => Some(duration.add_to(self.now, self.around.zone)),
            Err(error) => {
                let help = "Write how long after the event, such as `1 day`.";
                let (message, near) = (error.message, error.suggestion.as_deref());
                self.unknown(WRONG_SETTING, node.span, at, message, near, help);
                None
            }
        }
    }

    fn change(&mut self, node: &Node, at: &Address) -> Option<Change> {
        let Some(members) = node.members() else {
            self.shape(node, at, "what happens meanwhile is a group with `after` and what happens");
            return None;
        };
        let after = if let Some(after) = node.get("after") {
            self.after(after, &at.key("after"))
        } else {
            self.missing(node.span, at, "after", "what happens meanwhile");
            None
        };
        let others: Vec<_> = members.iter().filter(|(key, _)| key.text != "after").collect();
        let [(key, value)] = others.as_slice() else {
            let help = "Write an operation like `contacts.complete_task: { contactId: c1, taskId: $.call_task.id }`, an event \
                        like `event: { contacts.contact_updated: { id: c1 } }`, or a person's decision: `approve: yes`.";
            let message = "what happens meanwhile is one thing beside `after`";
            self.complain_with_help(MISSING_KEY, node.span, at, message, help);
            return None;
        };
        let inner = at.key(&key.text);
        let what = match key.text.as_str() {
            "event" => self.event_meanwhile(value, &inner)?,
            "approve" => self.decision(value, &inner)?,
            _ => self.done_meanwhile(key, value, &inner)?,
        };
        Some(Change { at: after?, what, span: key.span })
    }

    fn done_meanwhile(&mut self, key: &Key, fields: &Node, at: &Address) -> Option<Happening> {
        if !key.text.contains('.')
            && let Some(near) = closest(&key.text, HAPPENINGS)
        {
            let message = format!("nothing happens that is called `{}`", key.text);
            self.unknown(WRONG_SETTING, key.span, at, message, Some(near), "");
            return None;
        }
        if let Some((connector, event)) = key.text.split_once('.')
            && self.around.catalogue.event(connector, event).is_some()
        {
            let message = format!("{} is an event and no operation", key.text);
            let help = format!("An event stands under `event`: `event: {{ {}: … }}`", key.text);
            self.complain_with_help(WRONG_SETTING, key.span, at, &message, &help);
            return None;
        }
        let (connector, operation) = self.operation(&key.text, key.span, at)?;
        self.fields_of(&connector, &operation, fields, at)?;
        self.picks(fields, at);
        let spec = self.around.catalogue.operation(&connector, &operation)?;
        let members = fields.members().unwrap_or_default().iter();
        let input = members.map(|(key, value)| (key.text.clone(), typed(value, spec.input.get(&key.text))));
        let input = Value::Object(input.collect());
        Some(Happening::Does { connector, operation, input })
    }

    fn event_meanwhile(&mut self, node: &Node, at: &Address) -> Option<Happening> {
        let (name, span, fields, at) = if let Some(name) = node.text() {
            (name, node.span, None, at.clone())
        } else {
            let (key, fields) = self.only(node, at, "`event` is one event with its fields")?;
            (key.text.as_str(), key.span, Some(fields), at.key(&key.text))
        };
        if let Some(fields) = fields.filter(|fields| !fields.is_null() && fields.members().is_none()) {
            self.shape(fields, &at, "the fields of an event are a group");
            return None;
        }
        let around = self.around;
        let found = name
            .split_once('.')
            .and_then(|(of, event)| Some((of, event, around.catalogue.event(of, event)?)));
        let Some((connector, event, spec)) = found else {
            if self.stops() {
                return None;
            }
            let all = self.every_event();
            let near = closest(name, all.iter().map(String::as_str));
            let message = format!("there is no event `{name}`");
            let help = "Events are written like `contacts.contact_updated`; `bellhop connectors list` shows the apps.";
            self.unknown(WRONG_EVENT, span, &at, message, near, help);
            return None;
        };
        if let Some(fields) = fields {
            self.picks(fields, &at);
        }
        let data = Value::Object(self.data_of(name, spec, fields, &at));
        Some(Happening::Event { connector: connector.to_owned(), event: event.to_owned(), data })
    }

    fn decision(&mut self, node: &Node, at: &Address) -> Option<Happening> {
        if node.members().is_none() {
            let approved = self.yes_or_no(node, at)?;
            return Some(Happening::Decides { approved, by: None, comment: None });
        }
        self.known_keys(node, at, &DECISION_KEYS, "approve");
        let Some(approved) = node.get("approved") else {
            self.missing(node.span, at, "approved", "approve");
            return None;
        };
        let approved = self.yes_or_no(approved, &at.key("approved"))?;
        let mut said = |key: &str| {
            let text = node.get(key)?;
            if text.text().is_none() {
                self.shape(text, &at.key(key), &format!("`{key}` is a text"));
            }
            text.text().map(str::to_owned)
        };
        Some(Happening::Decides { approved, by: said("by"), comment: said("comment") })
    }

    fn yes_or_no(&mut self, node: &Node, at: &Address) -> Option<bool> {
        match node.text().map(str::to_ascii_lowercase).as_deref() {
            Some("yes" | "true") => Some(true),
            Some("no" | "false") => Some(false),
            _ => {
                self.complain(WRONG_SETTING, node.span, at, "a decision is yes or no");
                None
            }
        }
    }

    /// Recipes that are called and do not really run.
    pub(super) fn played(&mut self, node: &Node, at: &Address) -> Vec<(String, PlayedRecipe)> {
        let Some(members) = node.members() else {
            self.shape(node, at, "`recipes` is a group: a called recipe and how it ends");
            return Vec::new();
        };
        let mut called = Vec::new();
        if let Some(plan) = &self.plan {
            plan.each_step(&mut |step| {
                if let Action::Run { recipe, .. } = &step.action {
                    called.push(recipe.clone());
                }
            });
        }
        let mut played = Vec::new();
        for (key, value) in members {
            let at = at.key(&key.text);
            if self.plan.is_some() && !called.contains(&key.text) {
                if self.stops() {
                    break;
                }
                let near = closest(&key.text, called.iter().map(String::as_str));
                let message = format!("the recipe does not call `{}`", key.text);
                let help = if called.is_empty() {
                    "It calls no recipe at all.".to_owned()
                } else {
                    format!("It calls: {}.", called.join(", "))
                };
                self.unknown(UNKNOWN_RECIPE, key.span, &at, message, near, &help);
            }
            if let Some(one) = self.played_one(value, &at) {
                played.push((key.text.clone(), one));
            }
        }
        played
    }

    fn played_one(&mut self, node: &Node, at: &Address) -> Option<PlayedRecipe> {
        if node.members().is_none() {
            self.shape(
                node,
                at,
                "how a called recipe ends is a group with `status`, and `summary` if wanted",
            );
            return None;
        }
        self.known_keys(node, at, &["status", "summary"], "a called recipe");
        let Some(status) = node.get("status") else {
            self.missing(node.span, at, "status", "a called recipe");
            return None;
        };
        let word = status.text().unwrap_or_default().trim().to_ascii_lowercase();
        let Some(ends) = PLAYED_ENDS.into_iter().find(|ends| ends.name() == word) else {
            let names = PLAYED_ENDS.map(RunStatus::name);
            let message = format!("a called recipe does not end as `{word}` here");
            let help = format!("It ends as one of: {}.", names.join(", "));
            let at = at.key("status");
            self.unknown(WRONG_SETTING, status.span, &at, message, closest(&word, names), &help);
            return None;
        };
        let summary = node.get("summary").and_then(Node::text).unwrap_or_default().to_owned();
        Some(PlayedRecipe { status: ends, summary })
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
