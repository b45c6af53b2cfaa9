//! What all parts of reading a file of tests share: complaints with did-you-mean, names of operations, values by the type
//! of their field.

use std::sync::Arc;

use bellhop_connector::{Field, FieldKind, Fields};
use bellhop_recipe::Plan;
use bellhop_source::{Address, Code, Diagnostic, Key, MOST_TOLD, Node, NodeValue, Severity, Span, closest};
use jiff::Timestamp;
use serde_json::Value;

use super::Surroundings;
use super::given::default_now;
use crate::codes::{MISSING_KEY, UNKNOWN_FIELD, UNKNOWN_KEY, UNKNOWN_OPERATION, WRONG_SHAPE};

/// Reads one file.
pub(super) struct Reader<'a> {
    pub(super) around: &'a Surroundings<'a>,
    /// The tested recipe, where it has no errors.
    pub(super) plan: Option<Arc<Plan>>,
    /// The time at which the test that is read begins.
    pub(super) now: Timestamp,
    diagnostics: Vec<Diagnostic>,
    /// How many complaints were found after as many as are told, and whether one of them or of those is an error.
    untold: usize,
    broken: bool,
    /// Whether something was not read, because enough was found.
    stopped: bool,
}

impl<'a> Reader<'a> {
    /// Reads a file in which these complaints were found already.
    pub(super) fn new(around: &'a Surroundings<'a>, found: Vec<Diagnostic>) -> Self {
        let mut reader = Self {
            around,
            plan: None,
            now: default_now(),
            diagnostics: Vec::new(),
            untold: 0,
            broken: false,
            stopped: false,
        };
        for one in found {
            reader.tell(one);
        }
        reader
    }
}

impl Reader<'_> {
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.broken |= diagnostic.severity == Severity::Error;
        if self.diagnostics.len() < MOST_TOLD {
            self.diagnostics.push(diagnostic);
        } else {
            self.untold += 1;
        }
    }

    /// Whether no more is told of this file: what could only be doubted is then not looked into.
    pub(super) fn is_full(&mut self) -> bool {
        let full = self.diagnostics.len() >= MOST_TOLD;
        self.stopped |= full;
        full
    }

    /// Whether there is no need to read on: no more is told of this file, and it has an error. Whoever goes over what may be
    /// many asks before each.
    pub(super) fn stops(&mut self) -> bool {
        self.broken && self.is_full()
    }

    /// Every complaint that is told; the last one says that there are more.
    pub(super) fn told(self) -> Vec<Diagnostic> {
        let mut told = self.diagnostics;
        if let Some(last) = told.last_mut().filter(|_| self.untold > 0 || self.stopped) {
            last.message = match (self.stopped, self.untold) {
                (true, _) => format!("{}; what follows is read when these are mended", last.message),
                (false, more) => format!("{}; and {more} more, told when these are mended", last.message),
            };
            if self.broken {
                last.severity = Severity::Error;
            }
        }
        told
    }

    pub(super) fn complain(&mut self, code: Code, span: Span, at: &Address, message: &str) {
        self.tell(Diagnostic::error(code, span, at.clone(), message));
    }

    pub(super) fn complain_with_help(
        &mut self,
        code: Code,
        span: Span,
        at: &Address,
        message: &str,
        help: &str,
    ) {
        self.tell(Diagnostic::error(code, span, at.clone(), message).help(help));
    }

    pub(super) fn shape(&mut self, node: &Node, at: &Address, message: &str) {
        let message = format!("{message}, and this is {}", node.kind());
        self.complain(WRONG_SHAPE, node.span, at, &message);
    }

    pub(super) fn missing(&mut self, span: Span, at: &Address, key: &str, place: &str) {
        // The first line is enough to say where.
        let span = Span::new(span.start, span.start.saturating_add(1).min(span.end));
        let message = format!("{place} lacks `{key}`");
        let help = format!("Add a line `{key}: …` to it.");
        self.complain_with_help(MISSING_KEY, span, at, &message, &help);
    }

    /// A word that is not known, with the one that was probably meant.
    pub(super) fn unknown(
        &mut self,
        code: Code,
        span: Span,
        at: &Address,
        message: String,
        near: Option<&str>,
        otherwise: &str,
    ) {
        let complaint = Diagnostic::error(code, span, at.clone(), message);
        self.tell(match near {
            Some(near) => complaint.help(format!("Did you mean `{near}`?")).suggest(span, near),
            None => complaint.help(otherwise),
        });
    }

    /// Complains of every key that the place does not have.
    pub(super) fn known_keys(&mut self, node: &Node, at: &Address, known: &[&str], place: &str) {
        for (key, _) in node.members().unwrap_or_default() {
            if !known.contains(&key.text.as_str()) {
                if self.stops() {
                    return;
                }
                let near = closest(&key.text, known.iter().copied());
                let message = format!("{place} has no key `{}`", key.text);
                let list = format!("The keys are: {}.", known.join(", "));
                self.unknown(UNKNOWN_KEY, key.span, &at.key(&key.text), message, near, &list);
            }
        }
    }

    /// The one member of a group that has one.
    pub(super) fn only<'n>(
        &mut self,
        node: &'n Node,
        at: &Address,
        message: &str,
    ) -> Option<(&'n Key, &'n Node)> {
        if let Some([(key, value)]) = node.members() {
            Some((key, value))
        } else {
            self.shape(node, at, message);
            None
        }
    }

    /// A `connector.operation`.
    pub(super) fn operation(&mut self, name: &str, span: Span, at: &Address) -> Option<(String, String)> {
        let catalogue = self.around.catalogue;
        if let Some((connector, operation)) = name.split_once('.')
            && catalogue.operation(connector, operation).is_some()
        {
            return Some((connector.to_owned(), operation.to_owned()));
        }
        if self.stops() {
            return None;
        }
        let all: Vec<String> = catalogue
            .iter()
            .flat_map(|manifest| {
                manifest.operations.keys().map(|one| format!("{}.{one}", manifest.connector))
            })
            .collect();
        let near = closest(name, all.iter().map(String::as_str));
        let message = format!("there is no operation `{name}`");
        let help =
            "Operations are written like `contacts.add_tags`; `bellhop connectors list` shows the apps.";
        self.unknown(UNKNOWN_OPERATION, span, at, message, near, help);
        None
    }

    /// Complains of every field that is none of these.
    pub(super) fn known_fields(&mut self, node: &Node, at: &Address, fields: &Fields, of: &str) {
        for (key, _) in node.members().unwrap_or_default() {
            if !fields.contains_key(&key.text) {
                if self.stops() {
                    return;
                }
                let near = closest(&key.text, fields.keys().map(String::as_str));
                let message = format!("{of} has no field `{}`", key.text);
                let list = if fields.is_empty() {
                    "It has none at all.".to_owned()
                } else {
                    format!("Its fields are: {}.", names(fields))
                };
                self.unknown(UNKNOWN_FIELD, key.span, &at.key(&key.text), message, near, &list);
            }
        }
    }

    /// The fields of an operation that a test writes down; none where they are no group.
    pub(super) fn fields_of(
        &mut self,
        connector: &str,
        operation: &str,
        node: &Node,
        at: &Address,
    ) -> Option<()> {
        let name = format!("{connector}.{operation}");
        if node.members().is_none() {
            self.shape(node, at, &format!("the fields of {name} are a group"));
            return None;
        }
        let around = self.around;
        if let Some(operation) = around.catalogue.operation(connector, operation) {
            self.known_fields(node, at, &operation.input, &name);
        }
        Some(())
    }
}

fn names(fields: &Fields) -> String {
    fields.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A value by the type of the field that it goes into, from its raw text (rule R2).
pub(super) fn typed(node: &Node, field: Option<&Field>) -> Value {
    let Some(field) = field else { return node.to_json() };
    match (&node.value, field.kind) {
        _ if node.is_null() => Value::Null,
        (NodeValue::Scalar { text, .. }, FieldKind::String) => Value::from(text.as_str()),
        (NodeValue::Scalar { text, .. }, FieldKind::Boolean) => match text.to_ascii_lowercase().as_str() {
            "yes" | "true" => Value::Bool(true),
            "no" | "false" => Value::Bool(false),
            _ => node.to_json(),
        },
        (NodeValue::List(items), _) => items.iter().map(|item| typed(item, field.items.as_deref())).collect(),
        (NodeValue::Mapping(members), _) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(key, value)| (key.text.clone(), typed(value, field.fields.get(&key.text))))
                    .collect(),
            )
        }
        _ => node.to_json(),
    }
}
