//! Named conversions of mappings: each has a way back (rule R9). They convert one value and know nothing else.

use bellhop_connector::FieldKind;
use serde_json::Value;

use crate::compile::literals::{number, yes_no};

/// A named conversion.
#[derive(Clone, Debug, PartialEq)]
pub enum Conversion {
    /// `"12.5"` becomes `12.5`.
    NumberOfText,
    /// `12.5` becomes `"12.5"`.
    TextOfNumber,
    /// `"yes"` and `"no"` become `true` and `false`.
    YesNoOfText,
    /// `true` and `false` become `"yes"` and `"no"`.
    TextOfYesNo,
    /// The first of a pair becomes the second.
    Table(Vec<(Value, Value)>),
}

/// The names of conversions that need nothing more.
pub(crate) const NAMES: [&str; 4] = ["number_of_text", "text_of_number", "yes_no_of_text", "text_of_yes_no"];

impl Conversion {
    /// The conversion of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "number_of_text" => Self::NumberOfText,
            "text_of_number" => Self::TextOfNumber,
            "yes_no_of_text" => Self::YesNoOfText,
            "text_of_yes_no" => Self::TextOfYesNo,
            _ => return None,
        })
    }

    /// The value that a value becomes. The error is a sentence with the value in it, without a full stop.
    pub fn apply(&self, value: &Value) -> Result<Value, String> {
        match (self, value) {
            (Self::NumberOfText, Value::String(text)) => {
                number(text.trim()).map(Value::Number).ok_or_else(|| format!("{value} is not a number"))
            }
            (Self::NumberOfText, Value::Number(_)) => Ok(value.clone()),
            (Self::TextOfNumber, Value::Number(number)) => Ok(Value::String(number.to_string())),
            (Self::YesNoOfText, Value::String(text)) => {
                yes_no(text.trim()).map(Value::Bool).ok_or_else(|| format!("{value} is neither yes nor no"))
            }
            (Self::YesNoOfText, Value::Bool(_)) => Ok(value.clone()),
            (Self::TextOfYesNo, Value::Bool(yes)) => Ok(Value::from(if *yes { "yes" } else { "no" })),
            (Self::Table(pairs), value) => pairs
                .iter()
                .find(|(from, _)| from == value)
                .map(|(_, to)| to.clone())
                .ok_or_else(|| format!("{value} is not in the table: {}", firsts(pairs))),
            (Self::NumberOfText, _) => Err(format!("{value} is not a text with a number in it")),
            (Self::TextOfNumber, _) => Err(format!("{value} is not a number")),
            (Self::YesNoOfText, _) => Err(format!("{value} is not a text that says yes or no")),
            (Self::TextOfYesNo, _) => Err(format!("{value} is neither true nor false")),
        }
    }

    /// The way back.
    #[must_use]
    pub fn turned_round(&self) -> Self {
        match self {
            Self::NumberOfText => Self::TextOfNumber,
            Self::TextOfNumber => Self::NumberOfText,
            Self::YesNoOfText => Self::TextOfYesNo,
            Self::TextOfYesNo => Self::YesNoOfText,
            Self::Table(pairs) => {
                Self::Table(pairs.iter().map(|(from, to)| (to.clone(), from.clone())).collect())
            }
        }
    }

    /// What it takes and what it gives; anything for a table.
    pub(crate) fn kinds(&self) -> (FieldKind, FieldKind) {
        match self {
            Self::NumberOfText => (FieldKind::String, FieldKind::Number),
            Self::TextOfNumber => (FieldKind::Number, FieldKind::String),
            Self::YesNoOfText => (FieldKind::String, FieldKind::Boolean),
            Self::TextOfYesNo => (FieldKind::Boolean, FieldKind::String),
            Self::Table(_) => (FieldKind::Any, FieldKind::Any),
        }
    }
}

fn firsts(pairs: &[(Value, Value)]) -> String {
    pairs.iter().map(|(from, _)| from.to_string()).collect::<Vec<_>>().join(", ")
}
