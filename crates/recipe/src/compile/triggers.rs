//! What starts a recipe: events, schedules, own webhooks, or a person (rule R7). Schedules are read in `schedules`.

use std::sync::Arc;

use bellhop_clock::Schedule;
use bellhop_source::{Address, Diagnostic, Key, Node, Span};

use super::frames::Frame;
use super::names::Type;
use super::{Checker, habits, types};
use crate::{Trigger, TriggerKind, Via, codes};

pub(super) const KINDS: [&str; 3] = ["schedule", "webhook", "manual"];
const EVENT_OPTIONS: [&str; 7] =
    ["only_if", "once_per", "within", "in_order_per", "connection", "via", "every"];
const WEBHOOK_OPTIONS: [&str; 6] = ["path", "verify", "only_if", "once_per", "within", "in_order_per"];
const EXAMPLE: &str = "`trigger: contacts.contact_created`";

impl Checker<'_> {
    /// The triggers, and what is known about their data.
    pub(super) fn triggers(&mut self, node: &Node, address: &Address) -> (Vec<Trigger>, Type) {
        let mut found = Vec::new();
        if node.items().is_some() {
            let items = self.items_of(node, address, "`trigger`", EXAMPLE).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                if self.stops() {
                    break;
                }
                found.extend(self.trigger(item, &address.index(index)));
            }
        } else {
            found.extend(self.trigger(node, address));
        }
        let told = found.iter().filter(|(trigger, _)| !matches!(trigger.kind, TriggerKind::Manual));
        let data = told.map(|(_, data)| Arc::clone(data)).reduce(|a, b| types::either(&a, &b));
        (found.into_iter().map(|(trigger, _)| trigger).collect(), data.unwrap_or_else(types::any))
    }

    fn trigger(&mut self, node: &Node, address: &Address) -> Option<(Trigger, Type)> {
        if let Some(text) = node.text() {
            return self.short_trigger(node, text, address);
        }
        let members = self.members_of(node, address, "a trigger", EXAMPLE)?;
        let Some((key, options)) = members.first() else {
            self.missing_key(node.span, address, "this trigger says nothing", "contacts.contact_created: {}");
            return None;
        };
        // Another tool's way to say which event it is: that is told, and the rest follows from it.
        let in_parts = ["event", "type", "app", "platform", "kind", "name", "trigger"];
        let in_parts = in_parts.contains(&key.text.as_str()) && options.text().is_some();
        for (other, _) in members[1..].iter().filter(|_| !in_parts) {
            let at = address.key(&other.text);
            if super::document::KEYS.contains(&other.text.as_str()) {
                let message =
                    format!("`{}` belongs to the recipe, and stands under `trigger` here", other.text);
                self.report(
                    Diagnostic::error(codes::MISPLACED_KEY, other.span, at, message).help(
                        "Move it and what stands under it to the left, so that it begins at the start of the line.",
                    ),
                );
                continue;
            }
            let option = EVENT_OPTIONS.contains(&other.text.as_str())
                || WEBHOOK_OPTIONS.contains(&other.text.as_str());
            if option && options.is_null() {
                self.report(
                    Diagnostic::error(
                        codes::MISPLACED_KEY,
                        other.span,
                        at,
                        format!("`{}` belongs under `{}`", other.text, key.text),
                    )
                    .help("Indent it by two more spaces.")
                    .suggest(Span::new(other.span.start, other.span.start), "  "),
                );
            } else if option {
                self.error(
                    codes::MISPLACED_KEY,
                    other.span,
                    &at,
                    format!("`{}` stands beside `{}` and belongs under it", other.text, key.text),
                );
            } else {
                self.report(
                    Diagnostic::error(
                        codes::TWO_TRIGGERS,
                        other.span,
                        at,
                        format!("`{}` and `{}` are two triggers in one entry", key.text, other.text),
                    )
                    .help("Make `trigger` a list: each trigger on its own line, after `- `."),
                );
            }
        }
        self.long_trigger(key, options, address)
    }

    /// `trigger: contacts.contact_created` and `trigger: manual`.
    fn short_trigger(&mut self, node: &Node, text: &str, address: &Address) -> Option<(Trigger, Type)> {
        if text == "manual" {
            return Some((plain(address, TriggerKind::Manual), types::any()));
        }
        if text.contains(' ') && Schedule::parse(text, self.world.zone.clone()).is_ok() {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_TRIGGER,
                    node.span,
                    address.clone(),
                    "this is a schedule, and it does not say so",
                )
                .suggest(node.span, format!("{{ schedule: {} }}", self.source.slice(node.span))),
            );
            return None;
        }
        if habits::trigger(text) == Some("manual") {
            let message = format!("`{text}` is called `manual` here");
            self.report(
                Diagnostic::error(codes::UNKNOWN_TRIGGER, node.span, address.clone(), message)
                    .suggest(node.span, "manual"),
            );
            return Some((plain(address, TriggerKind::Manual), types::any()));
        }
        if KINDS.contains(&text) {
            let example = if text == "webhook" { "path: my-form" } else { "every weekday at 09:00" };
            let line = if text == "webhook" {
                "{ webhook: { path: my-form } }"
            } else {
                "{ schedule: every weekday at 09:00 }"
            };
            self.report(
                Diagnostic::error(
                    codes::MISSING_KEY,
                    node.span,
                    address.clone(),
                    format!("`{text}` needs to say more, such as `{example}`"),
                )
                .suggest(node.span, line),
            );
            return None;
        }
        let (connector, event) = self.event_name(text, node.span, address)?;
        let kind = TriggerKind::Event {
            connector: connector.clone(),
            event: event.clone(),
            connection: None,
            via: Via::default(),
            every: None,
        };
        Some((plain(address, kind), self.event_data(&connector, &event)))
    }

    fn long_trigger(&mut self, key: &Key, node: &Node, address: &Address) -> Option<(Trigger, Type)> {
        let below = address.key(&key.text);
        match key.text.as_str() {
            "manual" => {
                if !node.is_null() && node.members().is_none_or(|members| !members.is_empty()) {
                    self.report(
                        Diagnostic::error(codes::WRONG_SHAPE, node.span, below, "`manual` has no options")
                            .suggest(node.span, "{}"),
                    );
                }
                Some((plain(address, TriggerKind::Manual), types::any()))
            }
            "schedule" => {
                let kind = self.schedule(node, &below)?;
                Some((plain(address, kind), types::any()))
            }
            "webhook" => self.webhook(node, address, &below),
            "cron" => {
                self.report(
                    Diagnostic::error(
                        codes::OTHER_TOOLS_WORD,
                        key.span,
                        below,
                        "`cron` belongs under `schedule`",
                    )
                    .help("Write it like this: `schedule: { cron: 0 9 * * 1-5, time_zone: Europe/London }`"),
                );
                None
            }
            "event" | "type" | "app" | "platform" | "kind" | "name" | "trigger" if node.text().is_some() => {
                let span = Span::new(key.span.start, node.span.end);
                let text = node.text().unwrap_or_default();
                let diagnostic = Diagnostic::error(
                    codes::OTHER_TOOLS_WORD,
                    key.span,
                    below,
                    "a trigger is written with the event's name as the key",
                );
                self.report(match habits::trigger(text) {
                    Some("schedule") => {
                        diagnostic.help("Write it like this: `schedule: every weekday at 09:00`.")
                    }
                    Some("webhook") => diagnostic.help("Write it like this: `webhook: { path: my-form }`."),
                    Some(own) => diagnostic.suggest(span, format!("{own}: {{}}")),
                    None => diagnostic.suggest(span, format!("{text}: {{}}")),
                });
                None
            }
            name => {
                let (connector, event) = self.event_name(name, key.span, &below)?;
                Some(self.event(connector, event, node, address, &below))
            }
        }
    }

    fn event(
        &mut self,
        connector: String,
        event: String,
        node: &Node,
        address: &Address,
        below: &Address,
    ) -> (Trigger, Type) {
        let data = self.event_data(&connector, &event);
        let mut trigger = plain(address, TriggerKind::Manual);
        let (mut chosen, mut via, mut every) = (None, Via::default(), None);
        if !node.is_null() {
            let example = format!("`{connector}.{event}: {{ only_if: not trigger.dnd }}`");
            self.members_of(node, below, "what stands under an event", &example);
            self.options(node, below, &EVENT_OPTIONS);
            self.conditions_of(node, below, &data, &mut trigger);
            if let Some(wanted) = node.get("connection") {
                chosen = self.named_connection(wanted, &below.key("connection"), &connector);
            }
            (via, every) = self.via(node, below, (&connector, &event));
        }
        trigger.kind = TriggerKind::Event { connector, event, connection: chosen, via, every };
        (trigger, data)
    }

    fn webhook(&mut self, node: &Node, address: &Address, below: &Address) -> Option<(Trigger, Type)> {
        if let Some(text) = node.text() {
            self.report(
                Diagnostic::error(codes::WRONG_SHAPE, node.span, below.clone(), "a webhook needs `path:`")
                    .suggest(node.span, format!("{{ path: {} }}", path_of(text))),
            );
            return None;
        }
        self.members_of(node, below, "a webhook", "`webhook: { path: my-form }`")?;
        self.options(node, below, &WEBHOOK_OPTIONS);
        let mut trigger = plain(address, TriggerKind::Manual);
        self.conditions_of(node, below, &types::any(), &mut trigger);
        let Some(path) = node.get("path") else {
            let members = node.members().unwrap_or_default();
            if members
                .iter()
                .any(|(key, _)| habits::meant(&habits::TRIGGER_OPTIONS, &key.text) == Some("path"))
            {
                return None;
            }
            self.missing_key(node.span, below, "a webhook needs `path`", "path: my-form");
            return None;
        };
        let at = below.key("path");
        let text = self.text_of(path, &at, "a webhook's path")?;
        if text != path_of(text) {
            self.report(
                Diagnostic::error(
                    codes::WEBHOOK_PATH,
                    path.span,
                    at,
                    format!("`{text}` cannot be the end of the address /hooks/in/…"),
                )
                .help("A path has letters, digits, `-` and `_`.")
                .suggest(path.span, path_of(text)),
            );
            return None;
        }
        let verify = match node.get("verify") {
            Some(verify) => Some(self.verify(verify, &below.key("verify"))?),
            None => None,
        };
        trigger.kind = TriggerKind::Webhook { path: text.to_owned(), verify };
        Some((trigger, types::any()))
    }

    /// Complains about options that are none of `known`.
    fn options(&mut self, node: &Node, address: &Address, known: &[&str]) {
        for (key, _) in node.members().unwrap_or_default() {
            let at = address.key(&key.text);
            if known.contains(&key.text.as_str()) {
                continue;
            }
            if let Some(meant) = habits::meant(&habits::TRIGGER_OPTIONS, &key.text)
                && known.contains(&meant)
            {
                let message = format!("`{}` is called `{meant}` here", key.text);
                self.report(
                    Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, message)
                        .suggest(key.span, meant),
                );
            } else {
                self.unknown_key(key, address, "a trigger", known);
            }
        }
    }

    /// Reads `only_if`, `in_order_per` and `once_per`, with the event's data as `trigger`.
    fn conditions_of(&mut self, node: &Node, address: &Address, data: &Type, trigger: &mut Trigger) {
        self.frames.push(Frame::default());
        self.bind_own("trigger", Arc::clone(data));
        self.look_around(node.span);
        if let Some(condition) = node.get("only_if") {
            trigger.only_if = self.condition(condition, &address.key("only_if"));
        }
        if let Some(expression) = node.get("in_order_per") {
            trigger.in_order_per = self.expression(expression, &address.key("in_order_per"));
        }
        trigger.once_per = self.once_per(node, address);
        self.frames.pop();
    }

    pub(super) fn event_data(&self, connector: &str, event: &str) -> Type {
        self.world
            .catalogue
            .event(connector, event)
            .map_or_else(types::any, |spec| Arc::new(spec.data.clone()))
    }
}

fn plain(address: &Address, kind: TriggerKind) -> Trigger {
    Trigger { address: address.clone(), kind, only_if: None, in_order_per: None, once_per: None }
}

/// The text with everything taken out that cannot be part of an address.
fn path_of(text: &str) -> String {
    let path: String = text
        .trim()
        .trim_matches('/')
        .trim_start_matches("hooks/in/")
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' })
        .collect();
    if path.is_empty() { "my-form".to_owned() } else { path }
}
