//! From the text of a recipe to its [`Plan`], or to everything that is wrong with it.
//!
//! It runs nothing and looks nothing up outside the [`World`] it is given. Start at [`compile`]; `document` reads the
//! recipe's head, `steps` a block of steps, `values` a field's value, `names` says what a name means where.

mod after;
mod approvals;
mod beside;
mod callees;
mod calls;
mod cascade;
mod condition_shapes;
mod conditions;
mod document;
mod echo;
mod event_names;
mod expressions;
mod fields;
mod flow;
mod frames;
mod habits;
pub(crate) mod head;
pub(crate) mod input_list;
mod kinds;
mod law;
pub(crate) mod literals;
pub(crate) mod loops;
mod mapped;
pub(crate) mod mappings;
mod marks;
mod modifiers;
pub(crate) mod names;
pub(crate) mod names_at;
mod nearly;
mod order;
mod reworded;
mod schedules;
mod settings;
mod shapes;
pub(crate) mod sides;
mod steps;
mod synonyms;
mod trigger_options;
mod triggers;
mod turned;
pub(crate) mod types;
mod values;
mod verbs;
mod wait_for;
mod waits;
mod whole_input;
mod wrapped;
mod written_out;

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_source::{Address, Code, Diagnostic, Key, Node, Severity, Source, Span, capped, closest};
use jiff::tz::TimeZone;
use ring::digest::{Context, SHA256};

use self::frames::Frame;
use self::names::Written;
use self::names_at::Look;
use crate::{Mapping, Plan, World, codes};

/// The plan of a recipe, and every complaint about its text, in the order of the text.
///
/// `id` is the file's name without its ending. There is a plan only where no complaint is an error.
pub fn compile(id: &str, source: &Source, world: &World) -> (Option<Plan>, Vec<Diagnostic>) {
    let (root, found) = bellhop_source::parse(source);
    let Some(root) = root else { return (None, capped(found, 0, false)) };
    let mut checker = Checker::new(source, world, &root, found);
    id.clone_into(&mut checker.id);
    let document = checker.document(&root);
    let diagnostics = checker.told();
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return (None, diagnostics);
    }
    let mut mappings = checker.used_mappings;
    mappings.sort_by(|a, b| a.id.cmp(&b.id));
    let plan = document.map(|document| Plan {
        id: id.to_owned(),
        name: document.name,
        description: document.description,
        version: version(source.text(), &mappings),
        text: Arc::from(source.text()),
        enabled: document.enabled,
        inputs: document.inputs,
        triggers: document.triggers,
        body: document.body,
        on_failure: document.on_failure,
        settings: document.settings,
        mappings,
    });
    (plan, diagnostics)
}

/// The first 16 hexadecimal digits of the SHA-256 of the text; where shared mappings are used, of their texts with it.
fn version(text: &str, mappings: &[Arc<Mapping>]) -> String {
    use std::fmt::Write;
    let mut hex = String::with_capacity(16);
    let mut whole = Context::new(&SHA256);
    whole.update(text.as_bytes());
    for mapping in mappings {
        // No text holds this byte, so that no two lists of texts are one.
        whole.update(b"\0");
        whole.update(mapping.id.as_bytes());
        whole.update(b"\0");
        whole.update(mapping.text.as_bytes());
    }
    for byte in &whole.finish().as_ref()[..8] {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
    }
    hex
}

/// What is known while a recipe is read.
struct Checker<'a> {
    source: &'a Source,
    world: &'a World,
    diagnostics: Vec<Diagnostic>,
    /// How many errors were found, told or not.
    errors: usize,
    /// How many complaints were found after as many as are kept.
    untold: usize,
    /// Whether something was not read, because enough was found.
    stopped: bool,
    /// The recipe's own id; empty where it is not known.
    id: String,
    /// The time zone of schedules that name none.
    zone: TimeZone,
    /// The connector and kind of the records that the recipe's triggers are about.
    subjects: Vec<(String, String)>,
    /// Where `on_failure` stands, while it is read.
    handler: Option<Span>,
    /// The blocks around the place being read, outermost first; the first holds what every step sees.
    frames: Vec<Frame>,
    /// Every name that the recipe gives anywhere.
    written: Vec<Written>,
    /// A place whose names are asked for.
    look: Option<Look>,
    /// In a mapping: what is known about the record that it is made of.
    record: Option<names::Type>,
    /// The recipe's own mappings, and the names of all that it means to have.
    own_mappings: BTreeMap<String, Arc<Mapping>>,
    own_mapping_names: Vec<String>,
    /// The shared mappings that the recipe uses.
    used_mappings: Vec<Arc<Mapping>>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source, world: &'a World, root: &Node, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            source,
            world,
            errors: diagnostics.iter().filter(|one| one.severity == Severity::Error).count(),
            diagnostics,
            untold: 0,
            stopped: false,
            id: String::new(),
            zone: world.zone.clone(),
            subjects: Vec::new(),
            handler: None,
            frames: vec![Frame::default()],
            written: names::written(root),
            look: None,
            record: None,
            own_mappings: BTreeMap::new(),
            own_mapping_names: Vec::new(),
            used_mappings: Vec::new(),
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
        if self.is_full() {
            self.pass_over(diagnostic.severity);
        } else {
            self.errors += usize::from(diagnostic.severity == Severity::Error);
            self.diagnostics.push(diagnostic);
        }
    }

    /// Counts a complaint that is not told.
    fn pass_over(&mut self, severity: Severity) {
        self.errors += usize::from(severity == Severity::Error);
        self.untold += 1;
    }

    /// Whether no more is told of this file: what is looked up only for a good complaint is then left alone.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= cascade::MOST_KEPT
    }

    /// Whether there is no need to read on: there is no plan, and no more is told of this file. Whoever goes over what may
    /// be many – steps, fields, items, mentions – asks before each; so a hopeless file takes no longer than its first mistakes.
    fn stops(&mut self) -> bool {
        let stops = self.is_full() && self.errors > 0 && self.look.is_none();
        self.stopped |= stops;
        stops
    }

    /// Every complaint that is told, in the order of the text.
    fn told(&mut self) -> Vec<Diagnostic> {
        let found = std::mem::take(&mut self.diagnostics);
        let mut told = cascade::without_followers(found, self.source);
        told.sort_by_key(|diagnostic| diagnostic.span.start);
        let mut told = capped(told, self.untold, self.stopped);
        // Where an error was passed over after many warnings, there is still no plan.
        if let Some(last) = told.last_mut().filter(|_| self.untold > 0 && self.errors > 0) {
            last.severity = Severity::Error;
        }
        told
    }

    /// An error at a place.
    fn error(&mut self, code: Code, span: Span, address: &Address, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, address.clone(), message));
    }

    /// A key that is none of `known`: with the one that was probably meant.
    fn unknown_key(&mut self, key: &Key, address: &Address, place: &str, known: &[&str]) {
        if self.stops() {
            return;
        }
        let meant = closest(&key.text, known.iter().copied());
        let diagnostic = Diagnostic::error(
            crate::codes::UNKNOWN_KEY,
            key.span,
            address.key(&key.text),
            match meant {
                Some(meant) => format!("{place} has no `{}`: did you mean `{meant}`?", key.text),
                None => format!("{place} has no `{}`", key.text),
            },
        )
        .help(format!("What may stand here: {}.", list(known, "and")));
        let diagnostic = match meant {
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
