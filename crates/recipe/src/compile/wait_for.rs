//! Waiting for an event (rule R5): which event, which of them, for how long.

use bellhop_source::{Address, Diagnostic, Key, Node, Span};
use bellhop_template::{Condition, Segment};

use super::frames::Frame;
use super::names::Type;
use super::steps::Effect;
use super::{Checker, habits, list, types};
use crate::{Action, Trigger, TriggerKind, WaitFor, codes};

/// The keys of `wait_for`.
pub(super) const KEYS: [&str; 4] = ["event", "where", "up_to", "connection"];
const EXAMPLE: &str = "`wait_for: { event: contacts.contact_updated, up_to: 3 days }`";

/// An event that a name means, and what is known about its data.
struct Known {
    connector: String,
    event: String,
    data: Type,
}

impl Checker<'_> {
    pub(super) fn wait_for(&mut self, node: &Node, address: &Address) -> Effect {
        let (action, data) = self.awaited(node, address);
        Effect { action, writes: true, ends: false, result: Some(data.unwrap_or_else(types::any)) }
    }

    fn awaited(&mut self, node: &Node, address: &Address) -> (Option<Action>, Option<Type>) {
        if let Some(name) = node.text().filter(|name| !name.trim().is_empty()) {
            let before = self.errors;
            let Some(known) = self.awaited_event(name, node.span, address) else { return (None, None) };
            let data = known.data.clone();
            // Of a name that is not quite an event's only that is said.
            let said = self.errors > before || self.says_which(&known, node.span, address);
            return (said.then(|| action(known, None, None, None)), Some(data));
        }
        let Some(members) = self.members_of(node, address, "`wait_for`", EXAMPLE) else {
            return (None, None);
        };
        let renamed = self.keys_of_wait(members, node, address);
        let Some(event) = node.get("event") else {
            if !renamed {
                let example = "event: contacts.contact_updated";
                let place = self.heading(node).unwrap_or(node.span);
                self.missing_key(place, address, "this `wait_for` names no event", example);
            }
            return (None, None);
        };
        let at = address.key("event");
        let before = self.errors;
        let known = self
            .text_of(event, &at, "an event's name")
            .and_then(|name| self.awaited_event(name, event.span, &at));
        let misspelt = self.errors > before;
        let data = known.as_ref().map(|known| known.data.clone());
        let condition = node.get("where").map(|condition| {
            let data = data.clone().unwrap_or_else(types::any);
            self.which(condition, data, &address.key("where"))
        });
        let up_to = node.get("up_to").map(|node| self.duration(node, &address.key("up_to")));
        let Some(known) = known else { return (None, None) };
        let connection = node
            .get("connection")
            .map(|node| self.named_connection(node, &address.key("connection"), &known.connector));
        let other_where =
            members.iter().any(|(key, _)| habits::meant(&habits::WAIT_FOR, &key.text) == Some("where"));
        let said = condition.is_some() || other_where || misspelt || self.says_which(&known, event.span, &at);
        let action = match (condition, up_to, connection) {
            (Some(None), ..) | (_, Some(None), _) | (.., Some(None)) => None,
            (condition, up_to, connection) => {
                Some(action(known, condition.flatten(), up_to.flatten(), connection.flatten()))
            }
        };
        (action.filter(|_| said), data)
    }

    /// Complains about keys that `wait_for` does not have. Whether one of them stands for `event`.
    fn keys_of_wait(&mut self, members: &[(Key, Node)], node: &Node, address: &Address) -> bool {
        let mut renamed = false;
        for (key, value) in members {
            let word = key.text.as_str();
            if KEYS.contains(&word) {
                continue;
            }
            if word.contains('.') && node.get("event").is_none() {
                let diagnostic = Diagnostic::error(
                    codes::OTHER_TOOLS_WORD,
                    key.span,
                    address.key(word),
                    format!("the event's name stands after `event:`, and `{word}` stands here as a key"),
                )
                .help(
                    "Write `event:` before it; `where:`, `up_to:` and `connection:` stand beside `event:`.",
                );
                self.report(if value.is_null() || value.members().is_some_and(<[_]>::is_empty) {
                    diagnostic.suggest(
                        Span::new(key.span.start, value.span.end.max(key.span.end + 1)),
                        format!("event: {word}"),
                    )
                } else {
                    diagnostic
                });
                renamed = true;
            } else if word == "until"
                && value.text().is_some_and(|text| bellhop_clock::parse_duration(text).is_ok())
            {
                let message = "`until` is called `up_to` here";
                self.report(
                    Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, address.key(word), message)
                        .suggest(key.span, "up_to"),
                );
            } else if word == "until" {
                self.report(
                    Diagnostic::error(
                        codes::OTHER_TOOLS_WORD,
                        key.span,
                        address.key(word),
                        "`wait_for` has no `until`: `up_to` says how long it waits at the most",
                    )
                    .help("To wait until a moment, write `wait: { until: … }`."),
                );
            } else if self.other_word(key, node, address, &habits::WAIT_FOR) {
                renamed |= habits::meant(&habits::WAIT_FOR, word) == Some("event");
            } else {
                self.unknown_key(key, address, "`wait_for`", &KEYS);
            }
        }
        renamed
    }

    /// The span from the key before it, where it is `key` and stands right before it.
    fn with_key(&self, span: Span, key: &str) -> Span {
        let before =
            self.source.text().get(..span.start).unwrap_or_default().trim_end_matches([' ', '"', '\'']);
        match before.strip_suffix(':').and_then(|before| before.strip_suffix(key)) {
            Some(before) => Span::new(before.len(), span.end),
            None => span,
        }
    }

    /// The condition that says which event is meant.
    fn which(&mut self, node: &Node, data: Type, address: &Address) -> Option<Condition> {
        if let Some(place) = self.find("event").and_then(|binding| binding.place) {
            let line = self.source.position(place.start).line;
            self.report(
                Diagnostic::error(
                    codes::NAME_TWICE,
                    node.span,
                    address.clone(),
                    format!("`event` means the event that comes here, and the name is given already, in line {line}"),
                )
                .help("Choose another name there, so that it is plain which of the two is meant."),
            );
            return None;
        }
        self.frames.push(Frame::default());
        self.bind_own("event", data);
        self.look_around(node.span);
        let condition = self.condition(node, address);
        self.frames.pop();
        let condition = condition?;
        let looks = |path: &[Segment]| matches!(path.first(), Some(Segment::Name(name)) if name == "event");
        if !condition.references().iter().any(|reference| looks(&reference.path)) {
            self.report(
                Diagnostic::warning(
                    codes::BETTER_SAID,
                    node.span,
                    address.clone(),
                    "this says the same of every event that comes",
                )
                .help("The data of the event that comes is `event`, such as `event.id == trigger.id`."),
            );
        }
        Some(condition)
    }

    /// Whether it is plain without a condition which event is meant: one about the record that started the run.
    fn says_which(&mut self, known: &Known, span: Span, address: &Address) -> bool {
        let Some(spec) = self.world.catalogue.event(&known.connector, &known.event) else { return true };
        let mut kinds = spec.record.iter().map(|record| &record.kind);
        if kinds.any(|kind| {
            self.subjects.iter().any(|(connector, one)| *connector == known.connector && one == kind)
        }) {
            return true;
        }
        let why = if self.subjects.is_empty() {
            "no trigger of this recipe is about a record"
        } else {
            "this recipe's triggers are about other records"
        };
        let full = format!("{}.{}", known.connector, known.event);
        let example = spec.record.first().map_or("id", |record| record.id.as_str());
        self.report(
            Diagnostic::error(
                codes::WHICH_EVENT,
                span,
                address.clone(),
                format!("it is not said which `{full}` is meant: {why}"),
            )
            .help(format!(
                "Add `where:` with a condition over `event`, such as `where: event.{example} == …`."
            )),
        );
        false
    }

    /// The event that a name means; complains where there is none.
    fn awaited_event(&mut self, name: &str, span: Span, address: &Address) -> Option<Known> {
        let known = |checker: &Self, full: &str| {
            let (connector, event) = full.split_once('.')?;
            checker.world.catalogue.event(connector, event)?;
            let data = checker.event_data(connector, event);
            Some(Known { connector: connector.to_owned(), event: event.to_owned(), data })
        };
        if let Some(found) = known(self, name) {
            return Some(found);
        }
        if name.split_once('.').is_some_and(|(c, o)| self.world.catalogue.operation(c, o).is_some()) {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_EVENT,
                    span,
                    address.clone(),
                    format!("`{name}` is something to do, and `wait_for` waits for an event"),
                )
                .help("Its events are listed by `bellhop connectors show`."),
            );
            return None;
        }
        if bellhop_clock::parse_duration(name).is_ok() {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_EVENT,
                    span,
                    address.clone(),
                    format!("`{name}` is a duration, and `wait_for` waits for an event"),
                )
                .help(format!("To let time pass, write `wait: {name}`."))
                .suggest(self.with_key(span, "wait_for"), format!("wait: {name}")),
            );
            return None;
        }
        let (message, meant) = self.meant_event(name);
        let meant = meant.filter(|meant| meant.contains('.'));
        let message = match (message.strip_prefix("there is no trigger"), &meant) {
            (Some(_), Some(meant)) => format!("there is no event `{name}`: did you mean `{meant}`?"),
            (Some(_), None) => format!("there is no event `{name}`"),
            (None, _) => message,
        };
        let connector = name.split('.').next().unwrap_or_default();
        let events: Vec<String> = self.world.catalogue.get(connector).map_or_else(Vec::new, |manifest| {
            manifest.events.keys().map(|event| format!("{connector}.{event}")).collect()
        });
        let words: Vec<&str> = events.iter().map(String::as_str).take(8).collect();
        let diagnostic = Diagnostic::error(codes::UNKNOWN_EVENT, span, address.clone(), message);
        self.report(match &meant {
            Some(meant) => diagnostic.suggest(span, meant.as_str()),
            None if words.is_empty() => {
                diagnostic.help("An event is an app's, such as `contacts.contact_updated`.")
            }
            None => diagnostic.help(format!("There are {}.", list(&words, "and"))),
        });
        known(self, meant.as_deref()?)
    }

    /// The connector and kind of the records that triggers are about.
    pub(super) fn subjects_of(&self, triggers: &[Trigger]) -> Vec<(String, String)> {
        let events = triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::Event { connector, event, .. } => Some((connector, event)),
            _ => None,
        });
        events
            .filter_map(|(connector, event)| Some((connector, self.world.catalogue.event(connector, event)?)))
            .flat_map(|(connector, spec)| {
                spec.record.iter().map(|record| (connector.clone(), record.kind.clone()))
            })
            .collect()
    }

    /// What stands beside a verb and belongs into its group.
    pub(super) fn belongs_in_group(&mut self, key: &Key, verb: &str, meant: &str, address: &Address) {
        let message = if key.text == meant {
            format!("`{meant}` belongs under `{verb}`")
        } else {
            format!("with `{verb}` it is called `{meant}`, and belongs under `{verb}`")
        };
        let code = if key.text == meant { codes::MISPLACED_KEY } else { codes::OTHER_TOOLS_WORD };
        let example = if verb == "approve" {
            "`approve: { ask: …, up_to: 2 days }`"
        } else {
            "`wait_for: { event: …, where: …, up_to: 3 days }`"
        };
        self.report(
            Diagnostic::error(code, key.span, address.clone(), message)
                .help(format!("Write it like this: {example}.")),
        );
    }
}

fn action(
    known: Known,
    condition: Option<Condition>,
    up_to: Option<bellhop_clock::DurationWords>,
    connection: Option<String>,
) -> Action {
    let Known { connector, event, .. } = known;
    Action::WaitFor(Box::new(WaitFor { connector, event, connection, condition, up_to }))
}
