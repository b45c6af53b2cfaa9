//! What a step does: finds the one verb among its keys, and puts words of other tools right (rule R5).

use bellhop_source::{Address, Diagnostic, Key, Node, Span, closest};

use super::beside::Around;
use super::reworded::reworded;
use super::{Checker, habits, list, names};
use crate::codes;

/// What a step can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Call,
    If,
    Choose,
    ForEach,
    Parallel,
    Set,
    Stop,
    Fail,
    Wait,
    WaitFor,
    Run,
    Map,
    Approve,
}

impl Verb {
    /// Whether the step has a result, which `as:` names.
    pub(super) fn gives(self) -> bool {
        matches!(self, Self::Call | Self::WaitFor | Self::Run | Self::Map | Self::Approve)
    }
}

/// A step's keys, each under the name it has here.
pub(super) struct Parts<'n> {
    /// The verb, its key, what stands under it, and its name (for calls: `connector.operation`).
    pub(super) verb: Option<(Verb, &'n Key, &'n Node, String)>,
    rest: Vec<(&'static str, &'n Key, &'n Node)>,
}

impl<'n> Parts<'n> {
    pub(super) fn get(&self, name: &str) -> Option<(&'n Key, &'n Node)> {
        self.rest.iter().find(|(known, ..)| *known == name).map(|(_, key, node)| (*key, *node))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &'n Key)> + '_ {
        self.rest.iter().map(|(name, key, _)| (*name, *key))
    }
}

const VERBS: [(&str, Verb); 11] = [
    ("choose", Verb::Choose),
    ("for_each", Verb::ForEach),
    ("parallel", Verb::Parallel),
    ("set", Verb::Set),
    ("stop", Verb::Stop),
    ("fail", Verb::Fail),
    ("wait", Verb::Wait),
    ("wait_for", Verb::WaitFor),
    ("call", Verb::Run),
    ("map", Verb::Map),
    ("approve", Verb::Approve),
];
/// Every key of a step that is no verb of its own; `if` is both.
const REST: [&str; 14] = [
    "if",
    "then",
    "else",
    "otherwise",
    "do",
    "at_once",
    "as",
    "retry",
    "timeout",
    "on_error",
    "connection",
    "about",
    "inputs",
    "after",
];

/// What one key of a step turned out to be.
pub(super) enum Role {
    Verb(Verb, String),
    Rest(&'static str),
    Nothing,
}

fn role(name: &str) -> Option<Role> {
    if let Some((_, verb)) = VERBS.iter().find(|(word, _)| *word == name) {
        return Some(Role::Verb(*verb, name.to_owned()));
    }
    REST.iter().find(|word| **word == name).map(|word| Role::Rest(word))
}

impl Checker<'_> {
    /// Sorts the keys of a step; complains about those that it cannot have.
    pub(super) fn parts<'n>(&mut self, node: &'n Node, address: &Address) -> Parts<'n> {
        let members = node.members().unwrap_or_default();
        let called = members.iter().find(|(key, _)| key.text.contains('.')).map(|(key, _)| key);
        let mut verbs: Vec<(Verb, &Key, &Node, String)> = Vec::new();
        let mut rest: Vec<(&'static str, &Key, &Node)> = Vec::new();
        let mut excused = false;
        let around = Around::of(node, called, self.habitual(node));
        for (key, value) in members {
            if self.stops() {
                break;
            }
            let found = self.step_key(key, value, &around, address);
            match found {
                Role::Verb(verb, name) => verbs.push((verb, key, value, name)),
                Role::Rest(name) => rest.push((name, key, value)),
                Role::Nothing => excused = true,
            }
        }
        let has = |name: &str| rest.iter().find(|(known, ..)| *known == name);
        let branch = has("then").or_else(|| has("else"));
        for (_, key, _, name) in verbs.iter().skip(1) {
            let first = verbs[0].3.clone();
            self.two_verbs(key, &first, name, address);
        }
        if verbs.is_empty()
            && let Some((_, key, value)) = has("if")
        {
            if branch.is_none() && !excused {
                self.missing_key(key.span, address, "this `if` has no `then`", "then:");
            }
            if branch.is_some() {
                verbs.push((Verb::If, key, value, "if".to_owned()));
            }
        } else if verbs.is_empty()
            && let Some((name, key, _)) = branch
        {
            self.report(
                Diagnostic::error(
                    codes::MISSING_KEY,
                    key.span,
                    address.key(&key.text),
                    format!("`{name}` stands without an `if`"),
                )
                .help("Write `if:` with a condition on the line before, in the same step."),
            );
        } else if verbs.is_empty() && !excused {
            self.report(
                Diagnostic::error(
                    codes::NO_VERB,
                    node.span,
                    address.clone(),
                    "this step does not say what to do",
                )
                .help(format!(
                    "A step is an app's operation, such as `contacts.add_tags`, or one of `if`, {}.",
                    words_list()
                )),
            );
        }
        let mut verbs = verbs.into_iter();
        Parts { verb: verbs.next(), rest }
    }

    fn two_verbs(&mut self, key: &Key, first: &str, second: &str, address: &Address) {
        let mut diagnostic = Diagnostic::error(
            codes::TWO_VERBS,
            key.span,
            address.key(&key.text),
            format!("this step does two things, `{first}` and `{second}`"),
        )
        .help("Begin a new step with `- ` before the second.");
        let before = Span::new(key.span.start.saturating_sub(2), key.span.start);
        if self.source.slice(before) == "  " {
            diagnostic = diagnostic.suggest(before, "- ");
        }
        self.report(diagnostic);
    }

    fn step_key(&mut self, key: &Key, value: &Node, around: &Around<'_>, address: &Address) -> Role {
        let Around { step, called, .. } = *around;
        let word = key.text.as_str();
        let at = address.key(word);
        let number = value.text().is_some_and(|text| text.trim().parse::<u32>().is_ok());
        if word == "parallel" && number && around.is_loop {
            let message = "beside `for_each` it is called `at_once`";
            self.report(
                Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, message)
                    .suggest(key.span, "at_once"),
            );
            return Role::Rest("at_once");
        }
        if let Some(role) = role(word) {
            return role;
        }
        if word.contains('.') {
            return Role::Verb(Verb::Call, word.to_owned());
        }
        if ["else if", "elif", "elseif", "else_if", "elsif"].contains(&word) {
            self.report(
                Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, format!("there is no `{word}`")).help(
                    "For more than two ways use `choose:` with a list of `when:` and `do:`, and `otherwise:`.",
                ),
            );
            return Role::Nothing;
        }
        if let Some(line) = value.text().and_then(|text| reworded(word, text)) {
            let message = format!("`{word}` is written `{line}` here");
            let place = Span::new(key.span.start, value.span.end);
            let diagnostic = Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, message);
            self.report(diagnostic.suggest(place, line));
            return Role::Nothing;
        }
        if let Some(instead) = habits::instead(word) {
            let message = format!("there is no `{word}`");
            let diagnostic = Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, message);
            self.report(diagnostic.help(instead));
            return Role::Nothing;
        }
        if let Some(role) = self.belongs_to_verb(key, step, &at) {
            return role;
        }
        if let Some(called) = called
            && self.belongs_below(key, called, step, &at)
        {
            return Role::Nothing;
        }
        if around.takes(word) {
            return Role::Nothing;
        }
        if habits::FIELDS_KEYS.contains(&word) && around.names_operation {
            return Role::Nothing;
        }
        if habits::OPERATION_KEYS.contains(&word)
            && let Some(text) = value.text()
        {
            return self.operation_key(key, value, text, around, &at);
        }
        if let Some(meant) = meant_step_key(word, value, around.is_loop)
            && (step.get(meant).is_none() || meant == "as")
        {
            let message = format!("`{word}` is called `{meant}` here");
            let diagnostic = Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, at, message);
            let goes_on = meant == "on_error"
                && value.text().is_some_and(|text| {
                    super::literals::yes_no(text) == Some(true)
                        || text.to_lowercase().starts_with("continue")
                        || ["ignore", "skip", "resume"].contains(&text)
                });
            let duration = (meant == "wait").then(|| super::waits::by_units(value)).flatten();
            if word == "repeat" && value.members().is_some() {
                self.report(diagnostic.help(
                    "Write `for_each:` with a list, and `do:` beside it with the steps. There is no loop that only counts.",
                ));
                return Role::Nothing;
            }
            self.report(if let Some(duration) = duration {
                diagnostic.suggest(Span::new(key.span.start, value.span.end), format!("wait: {duration}"))
            } else if goes_on {
                diagnostic.suggest(Span::new(key.span.start, value.span.end), "on_error: continue")
            } else {
                diagnostic.suggest(key.span, meant)
            });
            return role(meant).unwrap_or(Role::Nothing);
        }
        if let Some(full) = self.bare_operation(word) {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_VERB,
                    key.span,
                    at,
                    format!("`{word}` is written with its app: did you mean `{full}`?"),
                )
                .suggest(key.span, full.as_str()),
            );
            return Role::Verb(Verb::Call, full);
        }
        self.unknown_step_key(key, address, called.is_some())
    }

    fn unknown_step_key(&mut self, key: &Key, address: &Address, called: bool) -> Role {
        let full = self.operation_names();
        let words = VERBS.iter().map(|(word, _)| *word).chain(REST);
        let operations = full.iter().map(String::as_str).filter(|_| !called);
        let meant = closest(&key.text, words.chain(operations)).map(str::to_owned);
        let message = format!("a step has no `{}`", key.text);
        let diagnostic =
            |message| Diagnostic::error(codes::UNKNOWN_VERB, key.span, address.key(&key.text), message);
        let Some(meant) = meant else {
            self.report(diagnostic(message).help(format!(
                "A step is an app's operation, such as `contacts.add_tags`, or one of `if`, {}.",
                words_list()
            )));
            return Role::Nothing;
        };
        let better = diagnostic(format!("{message}: did you mean `{meant}`?"));
        self.report(better.suggest(key.span, meant.as_str()));
        role(&meant).unwrap_or(Role::Nothing)
    }

    /// `uses: contacts.add_tags` and the like.
    fn operation_key(
        &mut self,
        key: &Key,
        value: &Node,
        text: &str,
        around: &Around<'_>,
        at: &Address,
    ) -> Role {
        let step = around.step;
        let beside = |keys: &[&str]| keys.iter().find_map(|key| step.get(key)?.text());
        let app = beside(&["app", "integration", "connector", "module"]);
        let what = beside(&["action", "operation", "event", "task", "type"]);
        let in_parts = app.zip(what).map(|(app, what)| format!("{app}.{what}"));
        if in_parts.is_some() && !["app", "module"].contains(&key.text.as_str()) {
            return Role::Nothing;
        }
        let whole = in_parts.is_some();
        let full = in_parts
            .or_else(|| if text.contains('.') { Some(text.to_owned()) } else { self.bare_operation(text) });
        let diagnostic = Diagnostic::error(
            codes::OTHER_TOOLS_WORD,
            key.span,
            at.clone(),
            "a step is written with the operation's name as the key",
        )
        .help("Write the operation's name with a colon, and its fields indented under it.");
        let members = step.members().unwrap_or_default();
        let place = members.iter().position(|(one, _)| one.span == key.span).unwrap_or_default();
        let fields = members.iter().find(|(key, _)| habits::FIELDS_KEYS.contains(&key.text.as_str()));
        let next = members.get(place + 1).map(|(key, _)| key.span);
        self.report(match (full, fields) {
            (Some(full), _) if whole => diagnostic
                .help(format!("Write `{full}:` in place of both, and its fields indented under it.")),
            (Some(full), None) if members.iter().any(|(key, _)| around.takes(&key.text)) => {
                diagnostic.suggest(Span::new(key.span.start, value.span.end), format!("{full}:"))
            }
            (Some(full), None) => {
                diagnostic.suggest(Span::new(key.span.start, value.span.end), format!("{full}: {{}}"))
            }
            // Where the fields follow at once, both lines become one.
            (Some(full), Some((fields, _))) if next == Some(fields.span) => {
                diagnostic.suggest(Span::new(key.span.start, fields.span.end), full)
            }
            _ => diagnostic,
        });
        Role::Nothing
    }

    /// The operation of any app that a word without an app names, by its own name or the vendor's id.
    pub(super) fn bare_operation(&self, word: &str) -> Option<String> {
        let all = || {
            self.world.catalogue.iter().flat_map(|manifest| {
                manifest.operations.iter().map(move |(name, operation)| (manifest, name, operation))
            })
        };
        let same = |known: &str| closest(word, [known]).is_some() && squeezed(known) == squeezed(word);
        all()
            .find(|(_, name, _)| name.as_str() == word)
            .or_else(|| {
                let mut near = all().filter(|_| !self.is_full());
                near.find(|(_, name, operation)| same(name) || same(&operation.vendor_id))
            })
            .map(|(manifest, name, _)| format!("{}.{name}", manifest.connector))
    }

    fn operation_names(&self) -> Vec<String> {
        let manifests = self.world.catalogue.iter();
        manifests
            .flat_map(|one| one.operations.keys().map(move |name| format!("{}.{name}", one.connector)))
            .collect()
    }
}

/// Whether a step is a loop, by that name or another tool's.
pub(super) fn is_loop(step: &Node) -> bool {
    let mut keys = step.members().unwrap_or_default().iter().map(|(key, _)| key.text.as_str());
    keys.any(|key| key == "for_each" || habits::meant(&habits::STEP, key) == Some("for_each"))
}

/// What a word of another tool is called here; a step's `name` is a note where it is no name.
fn meant_step_key(word: &str, value: &Node, in_loop: bool) -> Option<&'static str> {
    let of_loop = habits::meant(&habits::LOOP, word).filter(|_| in_loop);
    let meant = of_loop.or_else(|| habits::meant(&habits::STEP, word))?;
    let note = meant == "as" && value.text().is_some_and(|text| !names::is_name(text));
    Some(if note { "about" } else { meant })
}

/// A name without what people vary: case, underscores, hyphens, spaces.
pub(super) fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
}

fn words_list() -> String {
    let words: Vec<&str> = VERBS.iter().map(|(word, _)| *word).collect();
    list(&words, "and")
}
