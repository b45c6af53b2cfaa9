//! A checked mapping: how a record of one app becomes one of another, and back (rule R9). It knows no recipe.
//!
//! Start at [`Mapping::apply`]. Mappings are read in `compile::mappings`; that a way there and back leads home is
//! tried in `compile::law`.

use std::sync::Arc;

use bellhop_connector::Field;
use bellhop_template::{Context, Scope};
use serde_json::{Map, Value};

use crate::evaluate::plain;
use crate::{FieldError, ValueExpr};

/// A checked mapping: how a record of one app becomes one of another (rule R9).
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The file's name without its ending: `contact-to-person`.
    pub id: String,
    /// The text it was made from.
    pub text: Arc<str>,
    /// What it is for, in the author's words; may be empty.
    pub description: String,
    /// What it is made of, as written: `contacts.contact`.
    pub from: String,
    /// What it makes, as written: `productive.person`.
    pub to: String,
    /// What is known about what it makes: the fields that it gives, and no others.
    pub gives: Arc<Field>,
    /// The fields of what it makes: an object expression that sees the fields of what it is made of.
    pub there: ValueExpr,
    /// The way back, for a mapping of both ways: an object expression that sees the fields of what it makes.
    pub back: Option<ValueExpr>,
}

impl Mapping {
    /// What becomes of a record. Fields that the record does not have are left out, groups of nothing else too.
    ///
    /// # Errors
    /// Where `record` is no group of fields, or a field of it does not fit: with the field of the result.
    pub fn apply(&self, record: &Value, context: &Context) -> Result<Value, FieldError> {
        made_of(record, &self.there, context)
    }

    /// The way back: what a record of the other side says about one of this. None where the mapping has no way back.
    ///
    /// # Errors
    /// As for [`Mapping::apply`], with the field of this side.
    pub fn apply_back(&self, record: &Value, context: &Context) -> Option<Result<Value, FieldError>> {
        self.back.as_ref().map(|back| made_of(record, back, context))
    }
}

pub(crate) fn made_of(record: &Value, fields: &ValueExpr, context: &Context) -> Result<Value, FieldError> {
    let Value::Object(members) = record else {
        return Err(plain(format!("a mapping is made of a record, and here is {}", kind(record))));
    };
    let mut scope = Scope::new();
    for (name, value) in members {
        scope.insert(name, Arc::new(value.clone()));
    }
    Ok(group(fields, &scope, context)?.unwrap_or_else(|| Value::Object(Map::new())))
}

/// The value of a field; a group of which nothing is there is absent itself.
fn group(fields: &ValueExpr, scope: &Scope, context: &Context) -> Result<Option<Value>, FieldError> {
    let ValueExpr::Object(members) = fields else { return fields.evaluate(scope, context) };
    let mut values = Map::with_capacity(members.len());
    for (name, member) in members {
        if let Some(value) = group(member, scope, context).map_err(|error| error.below(name))? {
            values.insert(name.clone(), value);
        }
    }
    Ok((!values.is_empty()).then_some(Value::Object(values)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a group of fields",
    }
}
