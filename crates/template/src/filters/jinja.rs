//! Filters that are minijinja's own, lent: the value goes over, the result comes back. Only such as cannot make much
//! out of little are lent; those that can are written beside, under the limits.

use super::Input;
use crate::error::Complaint;
use crate::values::{shown, whole};
use minijinja::Environment;
use minijinja::value::{Kwargs, Serde, Value as Jinja};
use serde_json::Value;
use std::sync::OnceLock;

pub(super) fn apply(input: &Input<'_>) -> Result<Value, Complaint> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    if input.value.is_null() {
        return Err(input.needs("a value", input.value));
    }
    let mut arguments = vec![Jinja::from(Serde(input.value))];
    arguments.extend(input.arguments.iter().map(|value| Jinja::from(Serde(value))));
    if !input.named.is_empty() {
        let named: Kwargs =
            input.named.iter().map(|(name, value)| (*name, Jinja::from(Serde(value)))).collect();
        arguments.push(named.into());
    }
    let result = ENVIRONMENT
        .get_or_init(Environment::new)
        .empty_state()
        .apply_filter(input.filter, &arguments)
        .map_err(|error| {
            let detail = error.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
            Complaint::wrong_type(format!(
                "is {}, which `{}` cannot use{detail}",
                shown(input.value),
                input.filter
            ))
        })?;
    match serde_json::to_value(&result) {
        Ok(_) if result.is_undefined() => {
            Err(Complaint::other(format!("is empty, so that `{}` finds nothing in it", input.filter)))
        }
        Ok(Value::Number(number)) => Ok(Value::Number(whole(&number))),
        Ok(value) => Ok(value),
        Err(_) => Err(Complaint::other(format!("gives nothing usable to `{}`", input.filter))),
    }
}
