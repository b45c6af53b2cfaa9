//! Values of fields: written ones, picks, texts with expressions, and lists and groups of these (rules R2 and R4).

use bellhop_clock::Moment;
use bellhop_connector::{Field, FieldKind, Format};
use bellhop_template::{Pick, Text};
use serde_json::Value;

use crate::Conversion;

/// What the field wants, which decides what becomes of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// The kind.
    pub kind: FieldKind,
    /// The finer rule.
    pub format: Option<Format>,
    /// Whether a null clears the field.
    pub nullable: bool,
}

/// A value that is known when the step runs.
#[derive(Clone, Debug)]
pub enum ValueExpr {
    /// Itself, already of the field's type.
    Literal(Value),
    /// A moment in words, for a field that wants a date or a date-time.
    Moment(Moment, Want),
    /// `$.contact.email`.
    Pick(Pick, Want),
    /// Text with `{{ }}`.
    Text(Text, Want),
    /// A list.
    List(Vec<ValueExpr>),
    /// Named values.
    Object(Vec<(String, ValueExpr)>),
    /// A value by a named conversion; only mappings have it.
    Converted(Box<ValueExpr>, Conversion, Want),
}

/// Why a value could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's path below the input: `dueDate`, `customFields.0.value`; empty for the value itself.
    pub field: String,
    /// One sentence with the expression and the value in it.
    pub message: String,
}

impl From<&Field> for Want {
    fn from(field: &Field) -> Self {
        Self { kind: field.kind, format: field.format, nullable: field.nullable }
    }
}
