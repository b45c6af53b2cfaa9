//! Keys that stand beside a step's verb and belong under it, or are called otherwise there (rule R5).

use bellhop_connector::Operation;
use bellhop_source::{Address, Diagnostic, Key, Node, Span};

use super::verbs::{Role, is_loop};
use super::{Checker, habits};
use crate::codes;

/// What stands around a key: asked once for the whole step, not for each of its keys.
pub(super) struct Around<'n> {
    pub(super) step: &'n Node,
    /// The key that names an operation with its app.
    pub(super) called: Option<&'n Key>,
    pub(super) is_loop: bool,
    /// Whether an operation is named by another tool's key.
    pub(super) names_operation: bool,
    /// The operation that is named so.
    habitual: Option<&'n Operation>,
}

impl<'n> Around<'n> {
    pub(super) fn of(step: &'n Node, called: Option<&'n Key>, habitual: Option<&'n Operation>) -> Self {
        let names_operation = habits::OPERATION_KEYS.iter().any(|key| step.get(key).is_some());
        Self { step, called, is_loop: is_loop(step), names_operation, habitual }
    }

    /// Whether the operation that is named by another tool's key has this field.
    pub(super) fn takes(&self, field: &str) -> bool {
        self.habitual.is_some_and(|operation| operation.input.contains_key(field))
    }
}

impl<'a> Checker<'a> {
    /// What stands beside a verb and belongs under it, and what a called recipe is given under another word.
    pub(super) fn belongs_to_verb(&mut self, key: &Key, step: &Node, at: &Address) -> Option<Role> {
        let word = key.text.as_str();
        for (verb, known, words) in [
            ("wait_for", &super::wait_for::KEYS[..], &habits::WAIT_FOR[..]),
            ("approve", &super::approvals::KEYS[..], &habits::APPROVE[..]),
        ] {
            let meant = known.iter().find(|known| **known == word).copied();
            // A step's `name` and its like are what they are in every step.
            let meant = meant.or_else(|| {
                habits::meant(words, word).filter(|_| habits::meant(&habits::STEP, word).is_none())
            });
            if let Some(meant) = meant.filter(|_| step.get(verb).is_some()) {
                self.belongs_in_group(key, verb, meant, at);
                return Some(Role::Nothing);
            }
        }
        if step.get("call").is_some() && step.get("inputs").is_none() && habits::FIELDS_KEYS.contains(&word) {
            let message = format!("`{word}` is called `inputs` here");
            self.report(
                Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at.clone(), message)
                    .suggest(key.span, "inputs"),
            );
            return Some(Role::Rest("inputs"));
        }
        None
    }

    /// A field of the operation that stands beside it instead of below it.
    pub(super) fn belongs_below(&mut self, key: &Key, called: &Key, step: &Node, at: &Address) -> bool {
        let wrapper = habits::FIELDS_KEYS.contains(&key.text.as_str());
        let operation = called.text.split_once('.').and_then(|(c, o)| self.world.catalogue.operation(c, o));
        if let Some(operation) = operation.filter(|operation| operation.input.contains_key(&key.text)) {
            // Several that stand one below the other are moved together, and said once.
            let members = step.members().unwrap_or_default();
            let place = members.iter().position(|(one, _)| one.span == key.span).unwrap_or_default();
            let is_field = |(key, _): &(Key, Node)| operation.input.contains_key(&key.text);
            if place > 0 && is_field(&members[place - 1]) {
                return true;
            }
            let last = members[place..].iter().take_while(|member| is_field(member)).last();
            let end = last.map_or(key.span.end, |(_, value)| value.span.end);
            let moved = Span::new(key.span.start, end);
            let text = format!("    {}", self.source.slice(moved).replace('\n', "\n    "));
            self.report(
                Diagnostic::error(
                    codes::MISPLACED_KEY,
                    key.span,
                    at.clone(),
                    format!("`{}` is a field of `{}` and belongs under it", key.text, called.text),
                )
                .help("Indent it by four more spaces than the `-` of the step.")
                .suggest(moved, text),
            );
            return true;
        }
        if wrapper {
            let diagnostic = Diagnostic::error(
                codes::OTHER_TOOLS_WORD,
                key.span,
                at.clone(),
                format!("`{}` is not needed: the fields stand right under `{}`", key.text, called.text),
            )
            .help("Take this line out and keep the fields, indented under the operation.");
            self.report(match self.line_of(key) {
                Some(line) => diagnostic.suggest(line, ""),
                None => diagnostic,
            });
        }
        wrapper
    }

    /// The whole line of a key that stands alone on it.
    fn line_of(&self, key: &Key) -> Option<Span> {
        let text = self.source.text();
        let start = text.get(..key.span.start)?.rfind('\n')? + 1;
        let end = key.span.end + text.get(key.span.end..)?.find('\n')? + 1;
        let alone = text[start..key.span.start].trim().is_empty() && text[key.span.end..end].trim() == ":";
        alone.then_some(Span::new(start, end))
    }

    /// The operation that stands in a step under another tool's key.
    pub(super) fn habitual(&self, step: &Node) -> Option<&'a Operation> {
        let named = habits::OPERATION_KEYS.iter().find_map(|key| step.get(key)?.text());
        let (connector, operation) = named?.split_once('.')?;
        self.world.catalogue.operation(connector, operation)
    }
}
