//! Loops: over a list, or over all that an operation finds, page by page (rule R5).

use std::sync::Arc;

use bellhop_connector::{Effect as OnApp, Field, FieldKind, Manifest, Operation};
use bellhop_source::{Address, Diagnostic, Key, Node, Span, closest};
use bellhop_template::{Pick, Text};

use super::calls::Asked;
use super::frames::Frame;
use super::names::{Type, is_name};
use super::steps::{Done, Effect};
use super::verbs::Parts;
use super::{Checker, list, types};
use crate::{Action, ForEach, Items, codes};

/// The most items at a time that can be asked for.
const MOST_AT_ONCE: u32 = 100;
/// How many operations are proposed.
const PROPOSED: usize = 6;

impl Checker<'_> {
    pub(super) fn for_each(&mut self, node: &Node, parts: &Parts<'_>, address: &Address) -> Effect {
        let at = address.key("for_each");
        let over = if self.goes_over_operation(node) {
            self.found(node, parts, address)
        } else {
            self.list_to_go_over(node, &at)
        };
        let (over, item) = over.map_or((None, types::any()), |(over, item)| (Some(over), item));
        let mut frame = Frame::default();
        let name = match parts.get("as") {
            None => "item",
            Some((key, value)) => {
                self.text_of(value, &address.key(&key.text), "the name of the item").unwrap_or("item")
            }
        };
        // The item's name is checked where the loop stands, and known in the loop only.
        let span = parts.get("as").map_or(node.span, |(_, value)| value.span);
        self.frames.push(Frame::default());
        self.bind(name, span, &address.key("as"), item, None);
        frame.names.extend(self.frames.pop().unwrap_or_default().names);
        let at_once = parts
            .get("at_once")
            .map_or(Some(1), |(key, value)| self.count(value, &address.key(&key.text), 1, MOST_AT_ONCE));
        let done = if let Some((key, steps)) = parts.get("do") {
            self.block(steps, &address.key(&key.text), frame)
        } else {
            self.missing_key(node.span, address, "this loop has no `do`", "do:");
            Done::default()
        };
        let action = match (over, at_once, done.block) {
            (Some(Some(over)), Some(at_once), Some(block)) => Some(Action::ForEach(Box::new(ForEach {
                over,
                item: name.to_owned(),
                block,
                at_once: usize::try_from(at_once).unwrap_or(1),
            }))),
            _ => None,
        };
        Effect { action, writes: done.writes, ends: false, result: None }
    }

    fn list_to_go_over(&mut self, node: &Node, address: &Address) -> Option<(Option<Items>, Type)> {
        let wanted = types::list_of(Field::default());
        let item = match node.text().filter(|text| Pick::is_pick(text)) {
            Some(text) => {
                self.type_of_pick(text).and_then(|list| list.items.clone()).map(|item| Arc::new(*item))
            }
            None => None,
        };
        if let Some(text) = node.text()
            && let Some(root) = text.split('.').next().filter(|_| text.split('.').all(is_name))
            && self.find(root).is_some()
        {
            let message = format!("`for_each` takes a list, and `{text}` is only text here");
            self.report(
                Diagnostic::error(codes::LIST_WANTED, node.span, address.clone(), message)
                    .suggest(node.span, format!("$.{text}")),
            );
            return None;
        }
        if let Some((item, list)) = node.text().and_then(|text| text.split_once(" in "))
            && is_name(item.trim())
        {
            let list = list.trim();
            let pick = if list.split('.').all(is_name) { format!("$.{list}") } else { list.to_owned() };
            let message =
                format!("`for_each` takes the list, and `as: {}` beside it names the item", item.trim());
            self.report(
                Diagnostic::error(codes::LIST_WANTED, node.span, address.clone(), message)
                    .help(format!("Write `for_each: {pick}`, and `as: {}` on the line below.", item.trim()))
                    .suggest(node.span, pick),
            );
            return None;
        }
        let list = self.value(node, &wanted, address)?;
        Some((Some(Items::List(list)), item.unwrap_or_else(types::any)))
    }

    /// Whether what stands under `for_each` is an operation: its name, or its name with fields.
    pub(super) fn goes_over_operation(&self, node: &Node) -> bool {
        if let Some(members) = node.members() {
            return members.iter().any(|(key, _)| key.text.contains('.'));
        }
        let Some(text) = node.text() else { return false };
        if Pick::is_pick(text) || Text::is_template(text) || text.contains(char::is_whitespace) {
            return false;
        }
        let Some((connector, operation)) = text.split_once('.') else {
            return self.find(text).is_none() && self.bare_operation(text).is_some();
        };
        // A name of the recipe without its mark is no operation, unless there is one called exactly so.
        self.world.catalogue.operation(connector, operation).is_some()
            || (is_name(connector) && is_name(operation) && self.find(connector).is_none())
    }

    /// All that an operation finds, and what is known about an item; nothing where the operation is not known.
    fn found(&mut self, node: &Node, parts: &Parts<'_>, address: &Address) -> Option<(Option<Items>, Type)> {
        let at = address.key("for_each");
        let (name, span, fields, at) = match node.members() {
            None => (node.text()?.to_owned(), node.span, None, at),
            Some(members) => {
                let (operation, fields) = members.iter().find(|(key, _)| key.text.contains('.'))?;
                for (other, _) in members.iter().filter(|(one, _)| one.span != operation.span) {
                    self.beside_operation(other, operation, &at);
                }
                (operation.text.clone(), operation.span, Some(fields), at.key(&operation.text))
            }
        };
        if !name.contains('.') {
            let full = self.bare_operation(&name)?;
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_VERB,
                    span,
                    at,
                    format!("`{name}` is written with its app: did you mean `{full}`?"),
                )
                .suggest(span, full.as_str()),
            );
            return None;
        }
        if let Some(operation) = self.operation_of(&name).filter(|one| !finds_list(one)).cloned() {
            self.no_list(&name, &operation, span, &at);
            return None;
        }
        let asked = Asked { name: &name, span, fields, at: &at };
        let called = self.called(&asked, parts, address)?;
        let item = called.operation.output.items.clone().map_or_else(types::any, |item| Arc::new(*item));
        Some((called.action.map(Items::Found), item))
    }

    fn beside_operation(&mut self, other: &Key, operation: &Key, address: &Address) {
        let known = self.operation_of(&operation.text);
        let help = if known.is_some_and(|one| one.input.contains_key(&other.text)) {
            "Indent it by two more spaces."
        } else if other.text.contains('.') {
            "A loop goes over what one operation finds."
        } else {
            "Fields of the operation stand under it; what belongs to the step stands beside `for_each`."
        };
        let message = format!("`{}` stands beside `{}` under `for_each`", other.text, operation.text);
        let at = address.key(&other.text);
        self.report(Diagnostic::error(codes::MISPLACED_KEY, other.span, at, message).help(help));
    }

    /// The operation called exactly so.
    fn operation_of(&self, name: &str) -> Option<&Operation> {
        let (connector, operation) = name.split_once('.')?;
        self.world.catalogue.operation(connector, operation)
    }

    /// An operation that changes something, or gives no list.
    fn no_list(&mut self, full: &str, operation: &Operation, span: Span, address: &Address) {
        let message = if operation.effect == OnApp::Read {
            format!("`{full}` gives {}, and a loop goes over a list", types::words(&operation.output))
        } else {
            format!("`{full}` changes something, and a loop goes over what an operation finds")
        };
        let connector = full.split('.').next().unwrap_or_default();
        let lists: Vec<String> =
            self.world.catalogue.get(connector).map(|one| lists(one)).unwrap_or_default();
        let words: Vec<&str> = lists.iter().map(String::as_str).take(PROPOSED).collect();
        let what = full.split_once('_').map_or(full, |(_, what)| what);
        let meant = lists
            .iter()
            .find(|list| {
                let other = list.split_once('_').map_or("", |(_, other)| other);
                other == what || other.strip_suffix('s') == Some(what)
            })
            .map(String::as_str)
            .or_else(|| closest(full, lists.iter().map(String::as_str)));
        let diagnostic = Diagnostic::error(codes::NO_LIST, span, address.clone(), message);
        let diagnostic = diagnostic.help(if words.is_empty() {
            "Call it in a step before, name its result by `as:`, and go over a list in it.".to_owned()
        } else {
            format!("Lists are found by {}.", list(&words, "and"))
        });
        self.report(match meant {
            Some(meant) => diagnostic.suggest(span, meant),
            None => diagnostic,
        });
    }
}

/// The operations of an app that find lists.
fn lists(manifest: &Manifest) -> Vec<String> {
    let operations = manifest.operations.iter();
    operations
        .filter(|(_, one)| one.deprecated.is_none() && finds_list(one))
        .map(|(name, _)| format!("{}.{name}", manifest.connector))
        .collect()
}

/// Whether a loop can go over what an operation finds.
pub(crate) fn finds_list(operation: &Operation) -> bool {
    operation.effect == OnApp::Read && operation.output.kind == FieldKind::Array
}
