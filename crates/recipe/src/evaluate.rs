//! From a value's expression and the data of a run to the value itself (rules R2 and R4). It knows no recipe and no step.
//!
//! This is done for every field of every step of every run, so it copies only what the call needs. Start at
//! [`ValueExpr::evaluate`]; what a field makes of data is in `coerce`.

use bellhop_template::{Context, Picked, Scope};
use serde_json::{Map, Value};

use crate::coerce::{coerce, moment};
use crate::{CallAction, FieldError, ValueExpr};

impl ValueExpr {
    /// The value in `scope`; nothing where it is absent: a pick that finds nothing (or a null), an expression that gives
    /// none. Absent members of groups and items of lists are left out; a written null stays.
    ///
    /// The error says which field, which expression and, where it is there, which value.
    pub fn evaluate(&self, scope: &Scope, context: &Context) -> Result<Option<Value>, FieldError> {
        match self {
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Moment(words, want) => {
                Ok(Some(moment(words.resolve(context.now, &context.zone), want.format, context)))
            }
            Self::Pick(pick, want) => {
                let picked = pick.evaluate(scope).map_err(|error| plain(error.message))?;
                match picked {
                    Picked::Absent | Picked::One(Value::Null) => Ok(None),
                    Picked::One(value) => coerce(value, *want, context).map(Some).map_err(plain),
                    Picked::Many(values) => many(values, *want, context),
                }
            }
            Self::Text(text, want) => {
                match text.evaluate(scope, context).map_err(|error| plain(error.message))? {
                    Value::Null => Ok(None),
                    value => coerce(value, *want, context).map(Some).map_err(plain),
                }
            }
            Self::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let value =
                        item.evaluate(scope, context).map_err(|error| error.below(&index.to_string()))?;
                    values.extend(value);
                }
                Ok(Some(Value::Array(values)))
            }
            Self::Object(members) => {
                let mut values = Map::with_capacity(members.len());
                for (name, member) in members {
                    if let Some(value) = member.evaluate(scope, context).map_err(|error| error.below(name))? {
                        values.insert(name.clone(), value);
                    }
                }
                Ok(Some(Value::Object(values)))
            }
            Self::Converted(of, by, want) => match of.evaluate(scope, context)? {
                Some(value) => {
                    let value = by.apply(&value).map_err(plain)?;
                    coerce(value, *want, context).map(Some).map_err(plain)
                }
                None => Ok(None),
            },
        }
    }
}

impl CallAction {
    /// What the call is given in `scope`: a group of fields. Where all of it is one pick or one expression that gives nothing,
    /// that is an error: a call with no fields at all would mean something else than what is written.
    pub fn input(&self, scope: &Scope, context: &Context) -> Result<Value, FieldError> {
        if let Some(input) = self.input.evaluate(scope, context)? {
            return Ok(input);
        }
        let written = match &self.input {
            ValueExpr::Pick(pick, _) => pick.source(),
            ValueExpr::Text(text, _) => text.source(),
            _ => "what stands there",
        };
        Err(plain(format!(
            "`{}.{}` is not called: {written} gives nothing, and it is all that the call would be given",
            self.connector, self.operation
        )))
    }
}

/// What becomes of the matches of a pick that can match many.
fn many(mut values: Vec<Value>, want: crate::Want, context: &Context) -> Result<Option<Value>, FieldError> {
    use bellhop_connector::FieldKind;
    if matches!(want.kind, FieldKind::Array | FieldKind::Any) {
        return Ok(Some(Value::Array(values)));
    }
    match values.len() {
        0 => Ok(None),
        1 => match values.pop() {
            None | Some(Value::Null) => Ok(None),
            Some(only) => coerce(only, want, context).map(Some).map_err(plain),
        },
        count => Err(plain(format!("one value is wanted, and the pick finds {count}"))),
    }
}

/// An error of the value itself.
pub(crate) fn plain(message: String) -> FieldError {
    FieldError { field: String::new(), message }
}

impl FieldError {
    /// The same error of the group or list that has the field under `name`.
    pub(crate) fn below(mut self, name: &str) -> Self {
        self.field = if self.field.is_empty() { name.to_owned() } else { format!("{name}.{}", self.field) };
        self
    }
}
