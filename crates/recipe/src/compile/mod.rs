//! From the text of a recipe to its [`Plan`], or to everything that is wrong with it.
//!
//! It runs nothing and looks nothing up outside the [`World`] it is given. Start at [`compile`]; `document` reads the
//! recipe's head, `steps` a block of steps, `values` a field's value, `names` says what a name means where.

mod calls;
mod cascade;
mod conditions;
mod document;
mod expressions;
mod fields;
mod flow;
mod habits;
pub(crate) mod input_list;
mod kinds;
pub(crate) mod literals;
mod marks;
mod modifiers;
pub(crate) mod names;
pub(crate) mod names_at;
mod nearly;
mod order;
mod schedules;
mod shapes;
mod steps;
mod synonyms;
mod triggers;
pub(crate) mod types;
mod values;
mod verbs;
mod waits;

use std::sync::Arc;

use bellhop_source::{Address, Code, Diagnostic, Key, Node, Severity, Source, Span, closest};
use ring::digest::{SHA256, digest};

use self::names::{Frame, Written};
use self::names_at::Look;
use crate::{Plan, World, codes};

/// The plan of a recipe, and every complaint about its text, in the order of the text.
///
/// `id` is the file's name without its ending. There is a plan only where no complaint is an error.
pub fn compile(id: &str, source: &Source, world: &World) -> (Option<Plan>, Vec<Diagnostic>) {
    let (root, found) = bellhop_source::parse(source);
    let Some(root) = root else { return (None, found) };
    let mut checker = Checker::new(source, world, &root, found);
    let document = checker.document(&root);
    let mut diagnostics = cascade::without_followers(checker.diagnostics, source);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return (None, diagnostics);
    }
    let plan = document.map(|document| Plan {
        id: id.to_owned(),
        name: document.name,
        description: document.description,
        version: version(source.text()),
        text: Arc::from(source.text()),
        enabled: document.enabled,
        inputs: document.inputs,
        triggers: document.triggers,
        body: document.body,
        on_failure: crate::Block::default(),
        settings: crate::Settings::default(),
        mappings: Vec::new(),
    });
    (plan, diagnostics)
}

/// The first 16 hexadecimal digits of the text's SHA-256.
fn version(text: &str) -> String {
    use std::fmt::Write;
    let mut hex = String::with_capacity(16);
    for byte in &digest(&SHA256, text.as_bytes()).as_ref()[..8] {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
    }
    hex
}

/// What is known while a recipe is read.
struct Checker<'a> {
    source: &'a Source,
    world: &'a World,
    diagnostics: Vec<Diagnostic>,
    /// The blocks around the place being read, outermost first; the first holds what every step sees.
    frames: Vec<Frame>,
    /// Every name that the recipe gives anywhere.
    written: Vec<Written>,
    /// A place whose names are asked for.
    look: Option<Look>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source, world: &'a World, root: &Node, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            source,
            world,
            diagnostics,
            frames: vec![Frame::default()],
            written: names::written(root),
            look: None,
        }
    }

    /// Says what a word of another tool is called here, where it is one and the group has not both.
    fn other_word(&mut self, key: &Key, group: &Node, address: &Address, words: &[(&str, &str)]) -> bool {
        let Some(meant) = habits::meant(words, &key.text).filter(|meant| group.get(meant).is_none()) else {
            return false;
        };
        let message = format!("`{}` is called `{meant}` here", key.text);
        let diagnostic =
            Diagnostic::error(codes::OTHER_TOOLS_WORD, key.span, address.key(&key.text), message);
        self.report(diagnostic.suggest(key.span, meant));
        true
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// An error at a place.
    fn error(&mut self, code: Code, span: Span, address: &Address, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, address.clone(), message));
    }

    /// A key that is none of `known`: with the one that was probably meant.
    fn unknown_key(&mut self, key: &Key, address: &Address, place: &str, known: &[&str]) {
        let diagnostic = Diagnostic::error(
            crate::codes::UNKNOWN_KEY,
            key.span,
            address.key(&key.text),
            match closest(&key.text, known.iter().copied()) {
                Some(meant) => format!("{place} has no `{}`: did you mean `{meant}`?", key.text),
                None => format!("{place} has no `{}`", key.text),
            },
        )
        .help(format!("What may stand here: {}.", list(known, "and")));
        let diagnostic = match closest(&key.text, known.iter().copied()) {
            Some(meant) => diagnostic.suggest(key.span, meant),
            None => diagnostic,
        };
        self.report(diagnostic);
    }
}

/// `a`, `b` and `c`, each in backquotes.
fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., end] => {
            let first: Vec<_> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} {last} `{end}`", first.join(", "))
        }
    }
}
