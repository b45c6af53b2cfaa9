//! Questions to people: what is asked, of whom, for how long (rule R5).

use bellhop_connector::FieldKind;
use bellhop_source::{Address, Diagnostic, Key, Node};
use bellhop_template::{Pick, Text};

use super::names::Type;
use super::steps::Effect;
use super::verbs::Parts;
use super::{Checker, habits, types};
use crate::{Action, Approve, codes};

/// The keys of `approve`.
pub(super) const KEYS: [&str; 3] = ["ask", "of", "up_to"];
const EXAMPLE: &str = "`approve: { ask: Is this a good lead?, of: the sales team, up_to: 2 days }`";

impl Checker<'_> {
    pub(super) fn approve(&mut self, key: &Key, node: &Node, parts: &Parts<'_>, address: &Address) -> Effect {
        let action = self.question(node, address).map(Action::Approve);
        if parts.get("as").is_none() {
            self.report(
                Diagnostic::warning(
                    codes::ANSWER_UNUSED,
                    key.span,
                    address.clone(),
                    "the answer has no name, so the recipe goes on in the same way after a yes and after a no",
                )
                .help("Name it by `as: answer` beside `approve`, and use `answer.approved` in an `if`."),
            );
        }
        Effect { action, writes: true, ends: false, result: Some(answer()) }
    }

    fn question(&mut self, node: &Node, address: &Address) -> Option<Approve> {
        if node.text().is_some_and(|text| !text.trim().is_empty()) {
            return Some(Approve { ask: self.words(node, address, "a question")?, of: None, up_to: None });
        }
        let members = self.members_of(node, address, "`approve`", EXAMPLE)?;
        for (key, _) in members {
            let known = KEYS.contains(&key.text.as_str());
            if !known && !self.other_word(key, node, address, &habits::APPROVE) {
                self.unknown_key(key, address, "`approve`", &KEYS);
            }
        }
        let of = node.get("of").map(|node| self.words(node, &address.key("of"), "who is asked"));
        let up_to = node.get("up_to").map(|node| self.duration(node, &address.key("up_to")));
        let Some(ask) = node.get("ask") else {
            if !members.iter().any(|(key, _)| habits::meant(&habits::APPROVE, &key.text) == Some("ask")) {
                self.missing_key(
                    node.span,
                    address,
                    "this `approve` asks nothing",
                    "ask: Is this a good lead?",
                );
            }
            return None;
        };
        let ask = self.words(ask, &address.key("ask"), "a question")?;
        Some(Approve { ask, of: of.flatten(), up_to: up_to.flatten() })
    }

    /// A text for a person, with expressions.
    fn words(&mut self, node: &Node, address: &Address, what: &str) -> Option<Text> {
        let text = self.text_of(node, address, what)?;
        if Pick::is_pick(text) {
            let message = format!("`{text}` is only text here and is not filled in");
            let filled = format!("\"{{{{ {} }}}}\"", text.trim().trim_start_matches("$."));
            self.report(
                Diagnostic::warning(codes::DOUBTFUL_TEXT, node.span, address.clone(), message)
                    .suggest(node.span, filled),
            );
        }
        self.text(node, address)
    }
}

/// What a question gives.
fn answer() -> Type {
    let of = |kind| types::of(kind);
    types::group(
        [
            ("approved", of(FieldKind::Boolean)),
            ("by", of(FieldKind::String)),
            ("comment", of(FieldKind::String)),
            ("timed_out", of(FieldKind::Boolean)),
        ]
        .map(|(name, field)| (name.to_owned(), field)),
    )
    .into()
}
