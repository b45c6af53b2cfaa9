//! Mentions of data with words around them that other tools need: `steps.contact.outputs.email` is `contact.email` here, and
//! `trigger.body.id` is `trigger.id`. Only ever asked about mentions that lead to nothing known.

use bellhop_connector::{Field, FieldKind};
use bellhop_source::{Address, Diagnostic, Node};
use bellhop_template::{Reference, Segment};

use super::Checker;
use super::expressions::written;
use crate::codes;

/// What holds the results of steps in other tools.
const HOLDERS: [&str; 12] = [
    "steps", "step", "nodes", "node", "outputs", "results", "jobs", "needs", "tasks", "context", "actions",
    "modules",
];
/// What stands between a step and its result in other tools.
const WRAPPERS: [&str; 13] = [
    "outputs", "output", "result", "results", "data", "json", "body", "response", "payload", "item", "value",
    "fields", "event",
];

impl Checker<'_> {
    /// A name that holds the results of steps in other tools, where the next is a name of this recipe. Whether that is said.
    pub(super) fn held(&mut self, reference: &Reference, node: &Node, address: &Address) -> bool {
        let [Segment::Name(holder), Segment::Name(name), rest @ ..] = reference.path.as_slice() else {
            return false;
        };
        if !HOLDERS.contains(&holder.as_str()) {
            return false;
        }
        let Some(root) = self.resolve(name) else { return false };
        let mut path = vec![Segment::Name(name.clone())];
        path.extend(unwrapped(rest, &root).iter().cloned());
        let meant = written(&path);
        let message = format!("there is no `{holder}` here: did you mean `{meant}`?");
        let span = self.spot(node, &reference.range);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, address.clone(), message)
            .help("A step's result is known by the name that its `as:` gives, and by nothing before it.");
        let plain = self.source.slice(span).trim_start_matches("$.") == written(&reference.path);
        let mark = if self.source.slice(span).starts_with("$.") { "$." } else { "" };
        self.report(if plain { diagnostic.suggest(span, format!("{mark}{meant}")) } else { diagnostic });
        true
    }

    /// A word between a name and a field that the name itself has. Whether that is said.
    pub(super) fn between(
        &mut self,
        reference: &Reference,
        root: &Field,
        node: &Node,
        address: &Address,
    ) -> bool {
        let [Segment::Name(name), Segment::Name(word), Segment::Name(field), rest @ ..] =
            reference.path.as_slice()
        else {
            return false;
        };
        if root.kind != FieldKind::Object
            || root.fields.contains_key(word)
            || !root.fields.contains_key(field)
        {
            return false;
        }
        let mut path = vec![Segment::Name(name.clone()), Segment::Name(field.clone())];
        path.extend(rest.iter().cloned());
        let meant = written(&path);
        let message = format!("`{name}` is not known to have `{word}`: did you mean `{meant}`?");
        let span = self.spot(node, &reference.range);
        let raw = self.source.slice(span);
        let mark = if raw.starts_with("$.") { "$." } else { "" };
        let plain = raw.trim_start_matches("$.") == written(&reference.path);
        let diagnostic = Diagnostic::warning(codes::UNKNOWN_DATA, span, address.clone(), message);
        self.report(if plain { diagnostic.suggest(span, format!("{mark}{meant}")) } else { diagnostic });
        true
    }
}

/// What follows a step's name, without the word that other tools put before a field of the result.
fn unwrapped<'p>(rest: &'p [Segment], root: &Field) -> &'p [Segment] {
    match rest {
        [Segment::Name(word), more @ ..]
            if WRAPPERS.contains(&word.as_str()) && !root.fields.contains_key(word) =>
        {
            unwrapped(more, root)
        }
        rest => rest,
    }
}
