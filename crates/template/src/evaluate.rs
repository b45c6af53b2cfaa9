//! Walks the tree over a scope and gives its value, under limits. Data is borrowed until something new is made of it.
//!
//! Absent is no value: `None` here, and an error as soon as something needs a value. Kept apart from null throughout.

use crate::checks::Asked;
use crate::error::{Complaint, EvalError, EvalErrorKind};
use crate::filters::Input;
use crate::node::{Kind, Node, Path, Relation, Step};
use crate::scope::{Context, Scope};
use crate::values::{counts_as_yes, shown};
use crate::{arithmetic, compare, limits, moment};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

/// A value, or None for absent.
pub(crate) type Found<'a> = Option<Cow<'a, Value>>;

/// One evaluation.
pub(crate) struct Evaluation<'a> {
    pub(crate) scope: &'a Scope,
    context: &'a Context,
    /// The text that nodes' ranges are bytes of.
    source: &'a str,
    steps: Cell<u32>,
    work: Cell<usize>,
}

type Result<T> = std::result::Result<T, EvalError>;

impl<'a> Evaluation<'a> {
    pub(crate) fn new(source: &'a str, scope: &'a Scope, context: &'a Context) -> Self {
        Self { scope, context, source, steps: Cell::new(0), work: Cell::new(0) }
    }

    /// The value, which must be there.
    pub(crate) fn value(&self, node: &'a Node) -> Result<Cow<'a, Value>> {
        self.found(node)?.ok_or_else(|| self.missing(node))
    }

    /// The answer of a condition: it must be a yes/no value. A field that a record lacks, or that is null, is a no;
    /// records leave out what was never set.
    pub(crate) fn answer(&self, node: &'a Node) -> Result<bool> {
        self.step(node)?;
        match &node.kind {
            Kind::And(left, right) => Ok(self.answer(left)? && self.answer(right)?),
            Kind::Or(left, right) => Ok(self.answer(left)? || self.answer(right)?),
            Kind::Not(inner) => Ok(!self.answer(inner)?),
            _ => match self.or_null(node)?.as_ref() {
                Value::Bool(answer) => Ok(*answer),
                Value::Null => Ok(false),
                other => Err(self.no_answer(node, other)),
            },
        }
    }

    fn found(&self, node: &'a Node) -> Result<Found<'a>> {
        self.step(node)?;
        let made = match &node.kind {
            Kind::Constant(value) => return Ok(Some(Cow::Borrowed(value))),
            Kind::Path(path) => return Ok(self.look_up(path)),
            Kind::Field(base, name) => {
                return Ok(self.found(base)?.and_then(|base| below(base, &Step::Name(name.clone()))));
            }
            Kind::Item(base, subscript) => {
                let Some(base) = self.found(base)? else {
                    return Ok(None);
                };
                let step = match self.value(subscript)?.as_ref() {
                    Value::String(name) => Step::Name(name.clone()),
                    Value::Number(number) if number.is_i64() => {
                        Step::Index(number.as_i64().unwrap_or_default())
                    }
                    other => {
                        let subject =
                            Complaint::wrong_type(format!("is {}, which names no field", shown(other)));
                        return Err(self.complain(subscript, subject));
                    }
                };
                return Ok(below(base, &step));
            }
            Kind::Default { input, fallback, also_when_empty } => {
                let also_when_empty = match also_when_empty {
                    Some(node) => counts_as_yes(&*self.value(node)?),
                    None => false,
                };
                match self.found(input)? {
                    Some(value) if counts_as_yes(&value) => return Ok(Some(value)),
                    Some(value) if !value.is_null() && !also_when_empty => return Ok(Some(value)),
                    _ => return self.found(fallback),
                }
            }
            Kind::Or(left, right) => match self.found(left)? {
                Some(value) if counts_as_yes(&value) => return Ok(Some(value)),
                _ => return self.found(right),
            },
            Kind::And(left, right) => {
                let left = self.value(left)?;
                return if counts_as_yes(&left) { self.found(right) } else { Ok(Some(left)) };
            }
            Kind::Choice { test, yes, no } => {
                return if self.answer(test)? { self.found(yes) } else { self.found(no) };
            }
            Kind::Not(inner) => Value::Bool(!self.answer(inner)?),
            Kind::Negative(inner) => arithmetic::negative(&*self.value(inner)?)
                .map_err(|complaint| self.complain(node, complaint))?,
            Kind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let result = arithmetic::apply(*operator, &left, &right)
                    .map_err(|complaint| self.complain(node, complaint))?;
                self.worked(node, &[&left, &right])?;
                self.weighed(node, result)?
            }
            Kind::Compare(first, rest) => Value::Bool(self.compare(node, first, rest)?),
            Kind::Filter { filter, input, arguments, named } => {
                let value = self.value(input)?;
                self.worked(node, &[&value])?;
                let arguments = self.values(arguments)?;
                let mut named_values = Vec::with_capacity(named.len());
                for (name, node) in named {
                    named_values.push((name.as_str(), self.value(node)?.into_owned()));
                }
                let result = (filter.apply)(&Input {
                    filter: filter.name,
                    value: &value,
                    arguments: &arguments,
                    named: &named_values,
                    context: self.context,
                })
                .map_err(|complaint| self.complain(input, complaint))?;
                self.weighed(node, result)?
            }
            Kind::Check { check, input, arguments, pattern } => {
                let value = self.found(input)?;
                if value.is_none() && check.absent.is_none() {
                    return Err(self.missing(input));
                }
                let arguments = self.values(arguments)?;
                self.worked(node, value.as_deref().as_slice())?;
                let asked = Asked {
                    value: value.as_deref(),
                    arguments: &arguments,
                    pattern: pattern.as_deref(),
                    context: self.context,
                };
                Value::Bool(check.answer(&asked).map_err(|complaint| self.complain(input, complaint))?)
            }
            Kind::Slice(base, from, to) => self.slice(base, from.as_deref(), to.as_deref())?,
            Kind::List(items) => Value::Array(self.values(items)?),
            Kind::Unread(_) => return Err(self.error(node, EvalErrorKind::Other, "could not be read")),
            Kind::Record(fields) => {
                let mut record = Map::new();
                for (name, field) in fields {
                    let name = crate::values::printed(&*self.value(name)?);
                    record.insert(name, self.value(field)?.into_owned());
                }
                self.weighed(node, Value::Object(record))?
            }
        };
        Ok(Some(Cow::Owned(made)))
    }

    fn values(&self, nodes: &'a [Node]) -> Result<Vec<Value>> {
        let mut weight = 0;
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            let value = self.value(node)?;
            weight += limits::weight(&value, limits::VALUE_BYTES);
            if weight > limits::VALUE_BYTES {
                return Err(self.too_large(node));
            }
            values.push(value.into_owned());
        }
        Ok(values)
    }

    fn look_up(&self, path: &'a Path) -> Found<'a> {
        let Some(root) = self.scope.get(&path.root) else {
            let is_now = path.root == "now" && path.steps.is_empty();
            return is_now
                .then(|| Cow::Owned(Value::String(moment::written(self.context.now, &self.context.zone))));
        };
        follow(root, &path.steps).map(Cow::Borrowed)
    }

    /// The value, or null for a field that its record lacks. A name that is not in scope stays an error.
    fn or_null(&self, node: &'a Node) -> Result<Cow<'a, Value>> {
        match (self.found(node)?, &node.kind) {
            (Some(value), _) => Ok(value),
            (None, Kind::Path(path)) if self.scope.get(&path.root).is_some() => Ok(Cow::Owned(Value::Null)),
            (None, _) => Err(self.missing(node)),
        }
    }

    fn compare(&self, node: &'a Node, first: &'a Node, rest: &'a [(Relation, Node)]) -> Result<bool> {
        let (mut left_node, mut left) = (first, self.or_null(first)?);
        for (relation, right_node) in rest {
            let right = self.or_null(right_node)?;
            self.worked(node, &[&left, &right])?;
            let result = match relation {
                Relation::Equal => compare::equal(&left, &right),
                Relation::NotEqual => compare::equal(&left, &right).map(|same| !same),
                Relation::In => compare::contains(&right, &left),
                Relation::NotIn => compare::contains(&right, &left).map(|has| !has),
                Relation::Less => compare::order(&left, &right).map(Ordering::is_lt),
                Relation::LessOrEqual => compare::order(&left, &right).map(Ordering::is_le),
                Relation::Greater => compare::order(&left, &right).map(Ordering::is_gt),
                Relation::GreaterOrEqual => compare::order(&left, &right).map(Ordering::is_ge),
            };
            match result {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(compare::Mismatch) => {
                    // A side that is absent explains more than the null it stands for.
                    for side in [left_node, right_node] {
                        self.value(side)?;
                    }
                    return Err(self.mismatch(node, (left_node, &left), (right_node, &right)));
                }
            }
            (left_node, left) = (right_node, right);
        }
        Ok(true)
    }

    fn slice(&self, base: &'a Node, from: Option<&'a Node>, to: Option<&'a Node>) -> Result<Value> {
        let whole = self.value(base)?;
        self.worked(base, &[&whole])?;
        let length = match whole.as_ref() {
            Value::Array(items) => items.len(),
            Value::String(text) => text.chars().count(),
            other => {
                let subject =
                    Complaint::wrong_type(format!("is {}; only lists and texts have parts", shown(other)));
                return Err(self.complain(base, subject));
            }
        };
        let place = |node: Option<&'a Node>, otherwise: usize| -> Result<usize> {
            let Some(node) = node else {
                return Ok(otherwise);
            };
            let value = self.value(node)?;
            let Some(index) = value.as_i64() else {
                let subject = Complaint::wrong_type(format!("is {}, not a place in a list", shown(&value)));
                return Err(self.complain(node, subject));
            };
            let place = from_either_end(index, length);
            // `[-5:]` of three items are the three.
            Ok(if index < 0 && place == usize::MAX { 0 } else { place.min(length) })
        };
        let (start, end) = (place(from, 0)?, place(to, length)?);
        let count = end.saturating_sub(start);
        Ok(match whole.as_ref() {
            Value::Array(items) => items.iter().skip(start).take(count).cloned().collect(),
            Value::String(text) => text.chars().skip(start).take(count).collect::<String>().into(),
            _ => Value::Null,
        })
    }

    fn step(&self, node: &Node) -> Result<()> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > limits::STEPS {
            return Err(self.error(node, EvalErrorKind::Limit, "takes too long to work out"));
        }
        Ok(())
    }

    /// Counts what is looked at: few words over much data are as long a work as many over little.
    fn worked(&self, node: &Node, values: &[&Value]) -> Result<()> {
        for value in values {
            let left = limits::WORK_BYTES - self.work.get().min(limits::WORK_BYTES);
            self.work.set(self.work.get() + limits::weight(value, left));
        }
        if self.work.get() > limits::WORK_BYTES {
            return Err(self.error(
                node,
                EvalErrorKind::Limit,
                "takes too long to work out with so much data",
            ));
        }
        Ok(())
    }

    fn weighed(&self, node: &Node, value: Value) -> Result<Value> {
        let large = matches!(value, Value::Array(_) | Value::Object(_))
            && limits::weight(&value, limits::VALUE_BYTES) > limits::VALUE_BYTES;
        if large { Err(self.too_large(node)) } else { Ok(value) }
    }

    fn too_large(&self, node: &Node) -> EvalError {
        self.error(node, EvalErrorKind::Limit, "gives more than eight megabytes")
    }

    /// An error that begins with the expression as written.
    pub(crate) fn error(&self, node: &Node, kind: EvalErrorKind, says: &str) -> EvalError {
        EvalError {
            message: format!("`{}` {says}.", self.written(node)),
            kind,
            range: Some(node.range.clone()),
        }
    }

    fn complain(&self, node: &Node, complaint: Complaint) -> EvalError {
        self.error(node, complaint.kind, &complaint.message)
    }

    pub(crate) fn written(&self, node: &Node) -> &'a str {
        self.source.get(node.range.clone()).unwrap_or("the expression").trim()
    }
}

/// Down from a value by fields and places; None where there is no such.
pub(crate) fn follow<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Object(fields), Step::Name(name)) => fields.get(name),
        (Value::Array(items), Step::Index(index)) => items.get(from_either_end(*index, items.len())),
        _ => None,
    })
}

/// One step down from a value that may be owned.
fn below<'a>(value: Cow<'a, Value>, step: &Step) -> Found<'a> {
    let steps = std::slice::from_ref(step);
    match value {
        Cow::Borrowed(value) => follow(value, steps).map(Cow::Borrowed),
        Cow::Owned(value) => follow(&value, steps).cloned().map(Cow::Owned),
    }
}

/// A place counted from the start, or from the end where negative. Before the start is past the end: found nowhere.
fn from_either_end(index: i64, length: usize) -> usize {
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index >= 0 { distance } else { length.checked_sub(distance).unwrap_or(usize::MAX) }
}
