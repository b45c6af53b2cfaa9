//! Waiting: for a duration, or until a moment (rule R5).

use bellhop_clock::{Moment, parse_duration};
use bellhop_source::{Address, Diagnostic, Node};
use bellhop_template::{Pick, Text};

use super::steps::Effect;
use super::{Checker, types};
use crate::{Action, WaitAction, codes};

impl Checker<'_> {
    pub(super) fn wait(&mut self, node: &Node, address: &Address) -> Effect {
        let action = self.wait_action(node, address).map(Action::Wait);
        Effect { action, writes: true, ends: false, result: None }
    }

    fn wait_action(&mut self, node: &Node, address: &Address) -> Option<WaitAction> {
        if node.members().is_some() {
            return self.wait_until(node, address);
        }
        let text = self.text_of(node, address, "`wait` takes a duration: it")?;
        if Pick::is_pick(text) {
            let path = text.trim_start_matches("$.");
            self.pick(node, address)?;
            if path.split('.').all(super::names::is_name)
                && let Ok(text) = Text::parse(&format!("{{{{ {path} }}}}"))
            {
                return Some(WaitAction::ForText(text));
            }
            self.error(
                codes::DURATION,
                node.span,
                address,
                "`wait` takes a duration such as `2 days`, or a plain pick such as `$.inputs.delay`",
            );
            return None;
        }
        if Text::is_template(text) {
            return self.text(node, address).map(WaitAction::ForText);
        }
        match parse_duration(text) {
            Ok(duration) => Some(WaitAction::For(duration)),
            Err(error) => {
                let until = text.strip_prefix("until ").unwrap_or(text);
                if error.suggestion.is_none() && Moment::parse(until).is_ok() {
                    self.report(
                        Diagnostic::error(
                            codes::DURATION,
                            node.span,
                            address.clone(),
                            format!("`{text}` is a moment, and `wait` takes a duration"),
                        )
                        .help("To wait until a moment, write `until`.")
                        .suggest(node.span, format!("{{ until: {until} }}")),
                    );
                } else {
                    self.words_error(codes::DURATION, node, address, error);
                }
                None
            }
        }
    }

    fn wait_until(&mut self, node: &Node, address: &Address) -> Option<WaitAction> {
        if let Some(duration) = by_units(node) {
            self.report(
                Diagnostic::error(
                    codes::DURATION,
                    node.span,
                    address.clone(),
                    "a duration is written in one line",
                )
                .help(format!("Write `wait: {duration}`.")),
            );
            return None;
        }
        for (key, _) in node.members().unwrap_or_default() {
            if !["until", "minus", "plus"].contains(&key.text.as_str()) {
                self.unknown_key(key, address, "`wait`", &["until", "minus", "plus"]);
            }
        }
        if let (Some(_), Some(plus)) = (node.get("minus"), node.get("plus")) {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SETTING,
                    plus.span,
                    address.key("plus"),
                    "a `wait` has either `plus` or `minus`, not both",
                )
                .help("Leave one of them out; together they are one duration before or after the moment."),
            );
        }
        let minus = node.get("minus").map(|node| self.duration(node, &address.key("minus")));
        let plus = node.get("plus").map(|node| self.duration(node, &address.key("plus")));
        let Some(until) = node.get("until") else {
            self.missing_key(node.span, address, "this `wait` has no `until`", "until: $.trigger.startTime");
            return None;
        };
        let moment = self.value(until, &types::moment(), &address.key("until"))?;
        Some(WaitAction::Until { moment, minus: minus.flatten(), plus: plus.flatten() })
    }
}

/// A duration whose units are fields: `days: 2`.
pub(super) fn by_units(node: &Node) -> Option<String> {
    let members = node.members().filter(|members| !members.is_empty())?;
    let parts: Option<Vec<String>> =
        members.iter().map(|(unit, count)| Some(format!("{} {}", count.text()?, unit.text))).collect();
    let text = parts?.join(" ");
    parse_duration(&text).is_ok().then_some(text)
}
