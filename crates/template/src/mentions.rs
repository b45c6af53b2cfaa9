//! Collects what an expression refers to and what it compares. Judges nothing.

use crate::node::{Kind, Node, Path, Relation, Step};
use crate::reference::{Comparison, Operand, Reference, Segment};
use serde_json::Value;

/// What an expression is asked for. `or` between values passes over an absent one; in a condition both sides are asked
/// for an answer, and a mistyped name would always say no.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Value,
    Answer,
}

/// Every mention of data, in the order written.
pub(crate) fn references(root: &Node, wanted: Wanted) -> Vec<Reference> {
    let mut collector = Collector::default();
    collector.walk(root, false, wanted);
    let Collector { mut found, tested } = collector;
    for reference in &mut found {
        // `contact.owner is defined and contact.owner.name == …`: the test watches over its whole expression.
        reference.guarded |= tested.iter().any(|path| reference.path.starts_with(path));
    }
    found.sort_by_key(|reference| reference.range.start);
    found
}

/// Every comparison, outer ones first.
pub(crate) fn comparisons(root: &Node) -> Vec<Comparison> {
    let mut found = Vec::new();
    visit(root, &mut |node| {
        let Kind::Compare(first, rest) = &node.kind else {
            return;
        };
        let mut left: &Node = first;
        for (relation, right) in rest {
            found.push(Comparison {
                left: operand(left),
                right: operand(right),
                operator: relation.sign(),
                range: left.range.start..right.range.end,
            });
            left = right;
        }
    });
    found
}

/// Comparisons of the form `'vip' in contact.tags`, whose operands stand in an order that YAML makes awkward.
pub(crate) fn value_first(root: &Node) -> Vec<(&Node, &Node)> {
    let mut found = Vec::new();
    visit(root, &mut |node| {
        if let Kind::Compare(first, rest) = &node.kind
            && let [(Relation::In, container)] = rest.as_slice()
            && matches!(first.kind, Kind::Constant(Value::String(_)))
            && matches!(container.kind, Kind::Path(_))
        {
            found.push((&**first, container));
        }
    });
    found
}

fn segments(path: &Path) -> Vec<Segment> {
    let steps = path.steps.iter().map(|step| match step {
        Step::Name(name) => Segment::Name(name.clone()),
        Step::Index(index) => Segment::Index(*index),
    });
    std::iter::once(Segment::Name(path.root.clone())).chain(steps).collect()
}

fn reference(node: &Node, guarded: bool) -> Option<Reference> {
    let path = match &node.kind {
        Kind::Path(path) => segments(path),
        Kind::Item(base, _) => {
            let mut path = reference(base, guarded)?.path;
            path.push(Segment::Any);
            path
        }
        Kind::Field(base, name) => {
            let mut path = reference(base, guarded)?.path;
            path.push(Segment::Name(name.clone()));
            path
        }
        _ => return None,
    };
    Some(Reference { path, range: node.range.clone(), guarded })
}

fn operand(node: &Node) -> Operand {
    match &node.kind {
        Kind::Constant(Value::String(text)) => Operand::Text(text.clone()),
        Kind::Constant(Value::Number(number)) => number.as_f64().map_or(Operand::Other, Operand::Number),
        Kind::Constant(Value::Bool(yes)) => Operand::Bool(*yes),
        Kind::Negative(inner) => match operand(inner) {
            Operand::Number(number) => Operand::Number(-number),
            _ => Operand::Other,
        },
        _ => reference(node, false).map_or(Operand::Other, Operand::Reference),
    }
}

#[derive(Default)]
struct Collector {
    found: Vec<Reference>,
    /// Paths that some test in the expression asks after.
    tested: Vec<Vec<Segment>>,
}

impl Collector {
    fn walk(&mut self, node: &Node, guarded: bool, wanted: Wanted) {
        if let Some(reference) = reference(node, guarded) {
            self.found.push(reference);
            self.walk_subscripts(node);
            return;
        }
        match &node.kind {
            Kind::Default { input, fallback, also_when_empty } => {
                self.value(input, true);
                self.value(fallback, guarded);
                if let Some(node) = also_when_empty {
                    self.value(node, false);
                }
            }
            Kind::Check { check, input, arguments, .. } => {
                if matches!(check.name, "defined" | "undefined" | "empty" | "none" | "null")
                    && let Some(reference) = reference(input, true)
                {
                    self.tested.push(reference.path);
                }
                self.value(input, check.absent.is_some());
                for argument in arguments {
                    self.value(argument, false);
                }
            }
            Kind::Or(left, right) if wanted == Wanted::Value => {
                self.value(left, true);
                self.value(right, guarded);
            }
            Kind::And(left, right) | Kind::Or(left, right) if wanted == Wanted::Answer => {
                self.walk(left, false, Wanted::Answer);
                self.walk(right, false, Wanted::Answer);
            }
            Kind::Not(inner) => self.walk(inner, false, Wanted::Answer),
            Kind::Choice { test, yes, no } => {
                self.walk(test, false, Wanted::Answer);
                self.value(yes, guarded);
                self.value(no, guarded);
            }
            // What was meant may well be something that takes what is absent.
            Kind::Unread(parts) => parts.iter().for_each(|part| self.value(part, true)),
            _ => children(node, &mut |child| self.value(child, false)),
        }
    }

    fn value(&mut self, node: &Node, guarded: bool) {
        self.walk(node, guarded, Wanted::Value);
    }

    fn walk_subscripts(&mut self, node: &Node) {
        match &node.kind {
            Kind::Item(base, subscript) => {
                self.walk_subscripts(base);
                self.value(subscript, false);
            }
            Kind::Field(base, _) => self.walk_subscripts(base),
            _ => {}
        }
    }
}

fn visit<'n>(node: &'n Node, seen: &mut dyn FnMut(&'n Node)) {
    seen(node);
    children(node, &mut |child| visit(child, seen));
}

fn children<'n>(node: &'n Node, each: &mut dyn FnMut(&'n Node)) {
    match &node.kind {
        Kind::Constant(_) | Kind::Path(_) => {}
        Kind::Field(inner, _) | Kind::Not(inner) | Kind::Negative(inner) => each(inner),
        Kind::Item(left, right)
        | Kind::And(left, right)
        | Kind::Or(left, right)
        | Kind::Arithmetic(_, left, right) => {
            each(left);
            each(right);
        }
        Kind::Slice(base, from, to) => {
            each(base);
            from.iter().chain(to).for_each(|node| each(node));
        }
        Kind::Compare(first, rest) => {
            each(first);
            for (_, node) in rest {
                each(node);
            }
        }
        Kind::Choice { test, yes, no } => {
            each(yes);
            each(test);
            each(no);
        }
        Kind::Default { input, fallback, also_when_empty } => {
            each(input);
            each(fallback);
            if let Some(node) = also_when_empty {
                each(node);
            }
        }
        Kind::Filter { input, arguments, named, .. } => {
            each(input);
            arguments.iter().for_each(&mut *each);
            for (_, node) in named {
                each(node);
            }
        }
        Kind::Check { input, arguments, .. } => {
            each(input);
            arguments.iter().for_each(&mut *each);
        }
        Kind::List(items) | Kind::Unread(items) => items.iter().for_each(&mut *each),
        Kind::Record(fields) => {
            for (name, field) in fields {
                each(name);
                each(field);
            }
        }
    }
}
