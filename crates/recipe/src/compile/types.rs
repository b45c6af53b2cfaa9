//! What is known about data: walking a schema along a path, and putting what is known into words.
//!
//! A type is a [`Field`], as manifests have it. Where nothing is known, everything is allowed.

use std::sync::Arc;

use bellhop_connector::{Field, FieldKind, Format};
use bellhop_template::Segment;

use super::names::Type;
use crate::{Input, InputKind};

/// A path that leaves what is known.
#[derive(Debug)]
pub(super) struct Astray<'f> {
    /// Which part of the path.
    pub(super) at: usize,
    /// What the parts before it lead to.
    pub(super) inside: &'f Field,
}

/// Anything.
pub(super) fn any() -> Type {
    Arc::new(Field::default())
}

/// A field of a kind and nothing more.
pub(crate) fn of(kind: FieldKind) -> Field {
    Field { kind, ..Field::default() }
}

/// A list of these.
pub(crate) fn list_of(items: Field) -> Field {
    Field { items: Some(Box::new(items)), ..of(FieldKind::Array) }
}

/// Named values and no others.
pub(super) fn group(fields: impl IntoIterator<Item = (String, Field)>) -> Field {
    Field { fields: fields.into_iter().collect(), ..of(FieldKind::Object) }
}

/// A moment.
pub(crate) fn moment() -> Field {
    Field { format: Some(Format::DateTime), ..of(FieldKind::String) }
}

/// What an input holds.
pub(super) fn of_input(input: &Input) -> Field {
    let one = match &input.kind {
        InputKind::Text | InputKind::Duration | InputKind::Selector(_) => of(FieldKind::String),
        InputKind::Number => of(FieldKind::Number),
        InputKind::YesNo => of(FieldKind::Boolean),
        InputKind::Date => Field { format: Some(Format::Date), ..of(FieldKind::String) },
        InputKind::Choice => match input.choices.first() {
            Some(first) if input.choices.iter().all(|choice| kind_of(choice) == kind_of(first)) => {
                of(kind_of(first))
            }
            _ => Field::default(),
        },
    };
    if input.many { list_of(one) } else { one }
}

/// The kind of a value.
pub(super) fn kind_of(value: &serde_json::Value) -> FieldKind {
    match value {
        serde_json::Value::Null => FieldKind::Any,
        serde_json::Value::Bool(_) => FieldKind::Boolean,
        serde_json::Value::Number(_) => FieldKind::Number,
        serde_json::Value::String(_) => FieldKind::String,
        serde_json::Value::Array(_) => FieldKind::Array,
        serde_json::Value::Object(_) => FieldKind::Object,
    }
}

/// What a path leads to; nothing where that is not known. `path` begins below `root`.
pub(super) fn walk<'f>(root: &'f Field, path: &[Segment]) -> Result<Option<&'f Field>, Astray<'f>> {
    let mut inside = root;
    for (at, segment) in path.iter().enumerate() {
        let next = match segment {
            Segment::Name(name) if !inside.fields.is_empty() => match inside.fields.get(name) {
                Some(field) => Some(field),
                None if inside.open => None,
                None => return Err(Astray { at, inside }),
            },
            Segment::Name(_) if matches!(inside.kind, FieldKind::Any | FieldKind::Object) => None,
            Segment::Name(_) => return Err(Astray { at, inside }),
            Segment::Index(_) | Segment::Any => inside.items.as_deref(),
        };
        match next {
            Some(field) => inside = field,
            None => return Ok(None),
        }
    }
    Ok(Some(inside))
}

/// Where a path names a field that an open group does not list, and one that it lists differs by a slip only.
pub(super) fn slip<'f>(root: &'f Field, path: &[Segment]) -> Option<Astray<'f>> {
    let mut inside = root;
    for (at, segment) in path.iter().enumerate() {
        inside = match segment {
            Segment::Name(name) => {
                let Some(field) = inside.fields.get(name) else {
                    let near = inside.fields.keys().any(|known| bellhop_source::is_slip(name, known));
                    return near.then_some(Astray { at, inside });
                };
                field
            }
            Segment::Index(_) | Segment::Any => inside.items.as_deref()?,
        };
    }
    None
}

/// What both may be: the common ground of two branches or triggers.
pub(super) fn either(a: &Type, b: &Type) -> Type {
    if a == b {
        return Arc::clone(a);
    }
    if a.kind == FieldKind::Object && b.kind == FieldKind::Object {
        if (a.fields.is_empty()) || (b.fields.is_empty()) {
            return any();
        }
        let mut both = Field::clone(a);
        both.open |= b.open;
        for (name, field) in &b.fields {
            match both.fields.get_mut(name) {
                Some(known) if known.kind == field.kind => {}
                Some(known) => *known = Field::default(),
                None => {
                    both.fields.insert(name.clone(), field.clone());
                }
            }
        }
        return Arc::new(both);
    }
    if a.kind == b.kind { Arc::new(of(a.kind)) } else { any() }
}

/// The kind in words: "text", "a number".
pub(super) fn words(field: &Field) -> &'static str {
    match (field.kind, field.format) {
        (FieldKind::Any, _) => "anything",
        (FieldKind::String, Some(Format::DateTime)) => "a date and time",
        (FieldKind::String, Some(Format::Date)) => "a date",
        (FieldKind::String, _) => "text",
        (FieldKind::Number | FieldKind::Integer, _) => "a number",
        (FieldKind::Boolean, _) => "yes or no",
        (FieldKind::Array, _) => "a list",
        (FieldKind::Object, _) => "a group of fields",
    }
}

/// Whether it is a number of either sort.
pub(super) fn is_number(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Number | FieldKind::Integer)
}
