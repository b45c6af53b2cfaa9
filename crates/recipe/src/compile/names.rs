//! Names: what each means at a place, who gave it, and why one is not known (rule R3).
//!
//! A frame is a block of steps. Looking a name up also notes which step of the block needs which (rule R6), because the
//! place that knows what a name means is the place that knows where it comes from.

use std::collections::BTreeSet;
use std::sync::Arc;

use bellhop_connector::Field;
use bellhop_source::{Address, Diagnostic, Node, NodeValue, Span, closest};

use super::frames::Binding;
use super::{Checker, list};
use crate::codes;

/// What is known about a value: the shape a connector's schema would give it.
pub(super) type Type = Arc<Field>;

/// A name that the recipe gives somewhere.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) name: String,
    span: Span,
}

/// So many names are said to be known.
const SHOWN: usize = 20;

/// Names that the language itself gives.
pub(super) const OWN: [&str; 5] = ["trigger", "inputs", "now", "run", "error"];

/// Words of expressions that cannot be names.
const WORDS: [&str; 12] =
    ["and", "or", "not", "is", "in", "if", "else", "true", "false", "none", "True", "False"];

/// Names that people bring from other tools, and what they are called here.
const HABITS: [(&str, &str); 16] = [
    ("event", "trigger"),
    ("payload", "trigger"),
    ("body", "trigger"),
    ("data", "trigger"),
    ("webhook", "trigger"),
    ("record", "trigger"),
    ("triggers", "trigger"),
    ("input", "inputs"),
    ("params", "inputs"),
    ("variables", "inputs"),
    ("vars", "inputs"),
    ("today", "now"),
    ("workflow", "run"),
    ("execution", "run"),
    ("err", "error"),
    ("exception", "error"),
];

/// Every name given anywhere below a node: by `as:` and by `set:`.
pub(super) fn written(root: &Node) -> Vec<Written> {
    let mut found = Vec::new();
    collect(root, &mut found);
    found
}

fn collect(node: &Node, found: &mut Vec<Written>) {
    match &node.value {
        NodeValue::Scalar { .. } => {}
        NodeValue::List(items) => items.iter().for_each(|item| collect(item, found)),
        NodeValue::Mapping(members) => {
            for (key, value) in members {
                if key.text == "as"
                    && let Some(name) = value.text()
                {
                    found.push(Written { name: name.to_owned(), span: value.span });
                }
                if key.text == "set"
                    && let Some(values) = value.members()
                {
                    let given = values.iter().map(|(key, _)| key);
                    found.extend(given.map(|key| Written { name: key.text.clone(), span: key.span }));
                }
                collect(value, found);
            }
        }
    }
}

/// The words that no step may use as a name.
pub(crate) fn taken() -> impl Iterator<Item = &'static str> {
    OWN.into_iter().chain(WORDS)
}

/// Whether expressions can use it as a name.
pub(super) fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !WORDS.contains(&name)
}

/// The first of them, for a help text.
pub(super) fn some(known: &[&str]) -> String {
    let shown = &known[..known.len().min(SHOWN)];
    let more = if known.len() > shown.len() { " and more" } else { "" };
    format!("{}{more}", list(shown, "and"))
}

/// The name that was probably meant by one that expressions cannot use.
fn as_name(text: &str) -> String {
    let mut name: String = text
        .trim()
        .trim_start_matches("$.")
        .trim_start_matches(['$', '{', ' '])
        .trim_end_matches(['}', ' '])
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) || WORDS.contains(&name.as_str()) {
        name.insert(0, '_');
    }
    if name.is_empty() { "result".to_owned() } else { name }
}

impl Checker<'_> {
    /// Gives the language's own name a meaning in the innermost frame.
    pub(super) fn bind_own(&mut self, name: &str, value: Type) {
        if let Some(frame) = self.frames.last_mut() {
            frame.names.push(Binding { name: name.to_owned(), value, given_by: None, place: None });
        }
    }

    /// Gives a name a meaning in the innermost frame, unless it cannot have one.
    pub(super) fn bind(
        &mut self,
        name: &str,
        span: Span,
        address: &Address,
        value: Type,
        given_by: Option<usize>,
    ) {
        let mended;
        let name = if self.is_good_name(name, span, address) {
            name
        } else {
            // Known by the name that is proposed, so that the places that use it are no mistakes.
            mended = as_name(name);
            if OWN.contains(&mended.as_str()) || self.find(&mended).is_some() {
                return;
            }
            &mended
        };
        if let Some(before) = self.find(name).and_then(|binding| binding.place) {
            let line = self.source.position(before.start).line;
            self.report(
                Diagnostic::error(
                    codes::NAME_TWICE,
                    span,
                    address.clone(),
                    format!("the name `{name}` is given already, in line {line}"),
                )
                .help("Choose another name, so that it is plain which of the two is meant."),
            );
            return;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.names.push(Binding { name: name.to_owned(), value, given_by, place: Some(span) });
        }
    }

    /// Whether a name may be given; complains where not.
    pub(super) fn is_good_name(&mut self, name: &str, span: Span, address: &Address) -> bool {
        if OWN.contains(&name) {
            self.report(
                Diagnostic::error(
                    codes::RESERVED_NAME,
                    span,
                    address.clone(),
                    format!("`{name}` has a meaning of its own in every recipe"),
                )
                .help(format!("Choose another name, such as `my_{name}`. Taken are {}.", list(&OWN, "and")))
                .suggest(span, format!("my_{name}")),
            );
            return false;
        }
        if !is_name(name) {
            self.report(
                Diagnostic::error(
                    codes::BAD_NAME,
                    span,
                    address.clone(),
                    format!("`{name}` cannot be used as a name in expressions"),
                )
                .help("A name has letters a to z, digits and underscores, and begins with a letter.")
                .suggest(span, as_name(name)),
            );
            return false;
        }
        true
    }

    pub(super) fn find(&self, name: &str) -> Option<&Binding> {
        self.frames.iter().rev().find_map(|frame| frame.names.get(name))
    }

    /// What a name means here. Notes that the step being read needs the step that gave it.
    pub(super) fn resolve(&mut self, name: &str) -> Option<Type> {
        for frame in self.frames.iter_mut().rev() {
            let Some(binding) = frame.names.get(name) else { continue };
            let value = Arc::clone(&binding.value);
            if let Some(giver) = binding.given_by {
                frame.note_use(giver);
            }
            return Some(value);
        }
        // In a mapping the record's fields are names.
        self.record.as_ref()?.fields.get(name).map(|field| Arc::new(field.clone()))
    }

    /// Says why a name means nothing at `span`. `field` is what is looked for in it.
    pub(super) fn unknown_name(&mut self, name: &str, field: Option<&str>, span: Span, address: &Address) {
        let diagnostic = if self.is_full() {
            let message = format!("there is no `{name}` here");
            Diagnostic::error(codes::UNKNOWN_NAME, span, address.clone(), message)
        } else {
            self.missing_name(name, field, span, address)
        };
        self.report(diagnostic);
    }

    pub(super) fn missing_name(
        &self,
        name: &str,
        field: Option<&str>,
        span: Span,
        address: &Address,
    ) -> Diagnostic {
        let error = |code, message| Diagnostic::error(code, span, address.clone(), message);
        if ["secrets", "secret", "env", "vault"].contains(&name) {
            return error(codes::SECRET, format!("`{name}` cannot be read from a recipe"))
                .help("Secrets belong to a connection in bellhop.yaml; the connection uses them for you.");
        }
        if let Some(given) = self.written.iter().find(|written| written.name == name) {
            let line = self.source.position(given.span.start).line;
            let inside = |handler: Span| {
                let mut same = self.written.iter().filter(|written| written.name == name);
                same.any(|written| (handler.start..handler.end).contains(&written.span.start))
            };
            if self.handler.is_some_and(|handler| !inside(handler)) {
                return error(
                    codes::OTHER_BRANCH,
                    format!("`{name}` is not known here: under `on_failure` no names of `steps` are known"),
                )
                .help("It is given in line LINE, and the run may have failed before. Known here are `error`, `trigger`, `inputs`, `run` and `now`: look it up again.".replace("LINE", &line.to_string()));
            }
            // Before the first step only the event is known.
            let in_trigger = self.find("run").is_none();
            if let Some("trigger") = field.and_then(|field| self.owner_of(field)).filter(|_| in_trigger) {
                return error(
                    codes::NOT_YET_KNOWN,
                    format!("`{name}` is not known yet: did you mean `trigger`?"),
                )
                .help(format!("It is given in line {line}, when the recipe has been started. What starts it is `trigger`."))
                .suggest(span, "trigger");
            }
            if self.written.iter().all(|written| written.name != name || written.span.start > span.start) {
                return error(
                    codes::NOT_YET_KNOWN,
                    format!("`{name}` is not known yet: it is given later, in line {line}"),
                )
                .help("Steps happen in the order written. Use it in a later step, or move the step that gives it further up.");
            }
            return error(
                codes::OTHER_BRANCH,
                format!("`{name}` is not known here: it is given in line {line}, inside a branch or loop that this is not part of"),
            )
            .help(format!(
                "Use it on that branch, or give `{name}` on every branch. Names from inside a loop stay in the loop."
            ));
        }
        let known = self.known_names();
        // In the condition of a `wait_for`, what the event has is meant before all else.
        let awaited =
            self.owner_of(name).filter(|owner| *owner == "event").map(|owner| format!("{owner}.{name}"));
        let habit = HABITS
            .iter()
            .find(|(habit, own)| *habit == name && known.contains(own))
            .map(|(_, own)| (*own).to_owned());
        let meant = awaited
            .or(habit)
            .or_else(|| self.owner_of(name).map(|owner| format!("{owner}.{name}")))
            .or_else(|| closest(name, known.iter().copied()).map(str::to_owned))
            .or_else(|| self.owner_of(field?).map(str::to_owned));
        if name == "error" {
            return error(
                codes::UNKNOWN_NAME,
                "`error` is known only in the steps under `on_error` and `on_failure`".to_owned(),
            );
        }
        let help = format!("Known here: {}.", some(&known));
        match meant {
            Some(meant) => {
                error(codes::UNKNOWN_NAME, format!("there is no `{name}` here: did you mean `{meant}`?"))
                    .help(help)
                    .suggest(span, meant)
            }
            None => error(codes::UNKNOWN_NAME, format!("there is no `{name}` here"))
                .help(format!("{help} A step's result gets a name by `as:`.")),
        }
    }

    /// The name in scope that has a field of that name.
    fn owner_of(&self, field: &str) -> Option<&str> {
        let mut bindings = self.frames.iter().rev().flat_map(|frame| frame.names.iter().rev());
        bindings.find(|binding| binding.value.fields.contains_key(field)).map(|binding| binding.name.as_str())
    }

    /// The names that mean something here, each once.
    fn known_names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let names = self.frames.iter().flat_map(|frame| &frame.names).map(|binding| binding.name.as_str());
        names.filter(|name| seen.insert(*name)).collect()
    }
}
