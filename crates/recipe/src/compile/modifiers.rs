//! The modifiers of a step: its result's name, tries, time, what happens when it fails (rules R5 and R8).

use bellhop_clock::{DurationWords, parse_duration};
use bellhop_connector::{Field, FieldKind};
use bellhop_source::{Address, Diagnostic, Node};

use super::frames::{Binding, Frame};
use super::names::Type;
use super::verbs::{Parts, Verb};
use super::{Checker, habits, literals, types};
use crate::{OnError, Retry, codes};

/// The most tries that can be asked for.
const MOST_TRIES: u32 = 100;

/// What `error` tells the steps under `on_error` and `on_failure`.
fn error_data() -> Field {
    let text = || types::of(FieldKind::String);
    let fields = ["message", "class", "step"].map(|name| (name.to_owned(), text()));
    let mut data = types::group(fields);
    data.open = true;
    data
}

/// The name `error`.
pub(super) fn error_binding() -> Binding {
    Binding { name: "error".to_owned(), value: error_data().into(), given_by: None, place: None }
}

impl Checker<'_> {
    /// Complains about keys that mean nothing beside the step's verb.
    pub(super) fn misplaced(&mut self, parts: &Parts<'_>, verb: Verb, name: &str, address: &Address) {
        let over_operation = verb == Verb::ForEach
            && parts.verb.as_ref().is_some_and(|(_, _, node, _)| self.goes_over_operation(node));
        for (part, key) in parts.iter() {
            let at = address.key(&key.text);
            let goes = match part {
                "about" | "if" | "after" => continue,
                "then" | "else" if verb == Verb::If => continue,
                "otherwise" if verb == Verb::Choose => continue,
                "do" | "at_once" | "as" if verb == Verb::ForEach => continue,
                "on_error" if !matches!(verb, Verb::Stop | Verb::Fail) => continue,
                "as" if verb.gives() => continue,
                "retry" | "timeout" | "connection" if verb == Verb::Call || over_operation => continue,
                "inputs" if verb == Verb::Run => continue,
                "timeout" if matches!(verb, Verb::WaitFor | Verb::Approve) => {
                    self.belongs_in_group(key, name, "up_to", &at);
                    continue;
                }
                "connection" if verb == Verb::WaitFor => {
                    self.belongs_in_group(key, name, "connection", &at);
                    continue;
                }
                "else" if verb == Verb::Choose => Err("otherwise"),
                "otherwise" if verb == Verb::If => Err("else"),
                "do" if verb == Verb::If => Err("then"),
                "then" if verb == Verb::ForEach => Err("do"),
                "then" | "else" => Ok("goes with `if`"),
                "otherwise" => Ok("goes with `choose`"),
                "do" | "at_once" => Ok("goes with `for_each`"),
                "inputs" => Ok("goes with `call`"),
                "on_error" => Ok("has no use where the run ends anyway"),
                _ => Ok("goes with an app's operation"),
            };
            self.report(match goes {
                Ok(goes) => Diagnostic::error(
                    codes::MISPLACED_KEY,
                    key.span,
                    at,
                    format!("`{part}` {goes}, and this step is `{name}`"),
                ),
                Err(meant) => Diagnostic::error(
                    codes::OTHER_TOOLS_WORD,
                    key.span,
                    at,
                    format!("beside `{name}` it is called `{meant}`"),
                )
                .suggest(key.span, meant),
            });
        }
    }

    /// The name that a step's result gets.
    pub(super) fn result_name(
        &mut self,
        node: &Node,
        address: &Address,
        result: Option<Type>,
        index: usize,
    ) -> Option<String> {
        let name = self.text_of(node, address, "the name of a result")?;
        self.bind(name, node.span, address, result.unwrap_or_else(types::any), Some(index));
        Some(name.to_owned())
    }

    pub(super) fn about(&mut self, parts: &Parts<'_>, address: &Address) -> Option<String> {
        let (key, node) = parts.get("about")?;
        self.text_of(node, &address.key(&key.text), "a note").map(str::to_owned)
    }

    pub(super) fn timeout(&mut self, parts: &Parts<'_>, address: &Address) -> Option<DurationWords> {
        let (key, node) = parts.get("timeout")?;
        self.duration(node, &address.key(&key.text))
    }

    /// A written duration.
    pub(super) fn duration(&mut self, node: &Node, address: &Address) -> Option<DurationWords> {
        let text = self.text_of(node, address, "a duration")?;
        match parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                self.words_error(codes::DURATION, node, address, error);
                None
            }
        }
    }

    pub(super) fn retry(&mut self, parts: &Parts<'_>, address: &Address) -> Option<Retry> {
        let (key, node) = parts.get("retry")?;
        self.retries(node, address.key(&key.text))
    }

    /// How often and how long a failing call is tried again.
    pub(super) fn retries(&mut self, node: &Node, address: Address) -> Option<Retry> {
        let example = "`retry: { times: 3, over: 1 hour }`";
        if let Some(text) = node.text() {
            let part = if literals::number(text).is_some() { "times" } else { "over" };
            self.report(
                Diagnostic::error(
                    codes::WRONG_SHAPE,
                    node.span,
                    address,
                    "`retry` says how many `times`, and `over` how long",
                )
                .suggest(node.span, format!("{{ {part}: {text} }}")),
            );
            return None;
        }
        let members = self.members_of(node, &address, "`retry`", example)?;
        for (key, _) in members {
            let known = ["times", "over"].contains(&key.text.as_str());
            if !known && !self.other_word(key, node, &address, &habits::RETRY) {
                self.unknown_key(key, &address, "`retry`", &["times", "over"]);
            }
        }
        if members.is_empty() {
            self.missing_key(node.span, &address, "`retry` says nothing", "times: 3");
        }
        let times = node.get("times").and_then(|node| self.count(node, &address.key("times"), 0, MOST_TRIES));
        let over = node.get("over").and_then(|node| self.duration(node, &address.key("over")));
        Some(Retry { times, over })
    }

    /// A whole number between two.
    pub(super) fn count(&mut self, node: &Node, address: &Address, least: u32, most: u32) -> Option<u32> {
        let value = node
            .text()
            .and_then(literals::number)
            .and_then(|number| number.as_u64())
            .and_then(|number| u32::try_from(number).ok());
        if let Some(value) = value.filter(|value| (least..=most).contains(value)) {
            return Some(value);
        }
        self.error(
            codes::WRONG_SETTING,
            node.span,
            address,
            format!("this is a whole number from {least} to {most}"),
        );
        None
    }

    /// What happens when the step has failed, and whether that writes.
    pub(super) fn on_error(&mut self, parts: &Parts<'_>, address: &Address) -> (OnError, bool) {
        let Some((key, node)) = parts.get("on_error") else { return (OnError::Halt, false) };
        let address = address.key(&key.text);
        if node.items().is_some() || node.members().is_some() {
            let mut frame = Frame::default();
            frame.names.push(error_binding());
            let done = self.block(node, &address, frame);
            return (OnError::Handle(done.block.unwrap_or_default()), done.writes);
        }
        if node.text() == Some("continue") {
            return (OnError::Continue, false);
        }
        let diagnostic = Diagnostic::error(
            codes::WRONG_SETTING,
            node.span,
            address,
            "`on_error` is `continue`, or a list of steps to do instead",
        );
        self.report(match node.text() {
            Some("stop" | "halt" | "fail" | "abort") => {
                diagnostic.help("Without `on_error` the run stops and needs a person: leave this line out.")
            }
            Some("retry") => {
                diagnostic.help("Failing calls are tried again by themselves; `retry:` says how often.")
            }
            _ => diagnostic.suggest(node.span, "continue"),
        });
        (OnError::Halt, false)
    }
}
