//! Checks a request body against the fields an operation takes, and names all violations at once (422).
//!
//! Unknown keys are refused with `property X should not exist`, as the real service does. It checks types and presence
//! only; what the values mean is the handlers' business.

use serde_json::Value;

use crate::answer::{Answer, unprocessable};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// ISO 8601, or a bare date.
    Instant,
    Flag,
    Number,
    Texts,
    List,
    Object,
    Anything,
}

/// One field of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
    nullable: bool,
    one_of: &'static [&'static str],
}

pub(crate) const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, nullable: false, one_of: &[] }
}

pub(crate) const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

impl Field {
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(crate) const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.one_of = values;
        self
    }

    fn violation(&self, value: &Value) -> Option<String> {
        let Self { name, kind, .. } = self;
        let wanted = match kind {
            Kind::Anything => return None,
            Kind::Text if !value.is_string() => "a string",
            Kind::Instant if value.as_str().and_then(crate::clock::read).is_none() => {
                "a valid ISO 8601 date string"
            }
            Kind::Flag if !value.is_boolean() => "a boolean value",
            Kind::Number if !value.is_number() => "a number conforming to the specified constraints",
            Kind::Texts => match value.as_array() {
                None => "an array",
                Some(items) if items.iter().any(|item| !item.is_string()) => {
                    return Some(format!("each value in {name} must be a string"));
                }
                Some(_) => return None,
            },
            Kind::List if !value.is_array() => "an array",
            Kind::Object if !value.is_object() => "an object",
            _ if !self.one_of.is_empty()
                && !value.as_str().is_some_and(|text| self.one_of.contains(&text)) =>
            {
                return Some(format!(
                    "{name} must be one of the following values: {}",
                    self.one_of.join(", ")
                ));
            }
            _ => return None,
        };
        Some(format!("{name} must be {wanted}"))
    }
}

/// All violations of `body` against `fields`; an empty list means that it is fine.
pub(crate) fn violations(body: &Value, fields: &[Field]) -> Vec<String> {
    let Some(map) = body.as_object() else {
        return vec!["the body must be a JSON object".to_owned()];
    };
    let mut found: Vec<String> = map
        .keys()
        .filter(|key| !fields.iter().any(|field| field.name == key.as_str()))
        .map(|key| format!("property {key} should not exist"))
        .collect();
    for field in fields {
        match map.get(field.name) {
            None if field.required => found.push(format!("{} should not be empty", field.name)),
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(Value::String(text)) if text.is_empty() && field.required => {
                found.push(format!("{} should not be empty", field.name));
            }
            Some(value) => found.extend(field.violation(value)),
        }
    }
    found
}

/// Refuses the body with 422 where it has violations.
pub(crate) fn check(body: &Value, fields: &[Field]) -> Result<(), Answer> {
    refuse(&violations(body, fields))
}

/// 422 where there is anything to say.
pub(crate) fn refuse(messages: &[String]) -> Result<(), Answer> {
    if messages.is_empty() { Ok(()) } else { Err(unprocessable(messages)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_violation_is_named_at_once() {
        let fields = [
            text("title").required(),
            field("done", Kind::Flag).required(),
            field("tags", Kind::Texts),
            text("status").one_of(&["open", "won"]),
            text("city").nullable(),
        ];
        let body = json!({"colour": "red", "title": "", "tags": ["a", 1], "status": "lost", "city": null});
        assert_eq!(
            violations(&body, &fields),
            [
                "property colour should not exist",
                "title should not be empty",
                "done should not be empty",
                "each value in tags must be a string",
                "status must be one of the following values: open, won",
            ]
        );
        assert!(violations(&json!({"title": "x", "done": true}), &fields).is_empty());
        assert_eq!(violations(&json!([]), &fields).len(), 1);
    }
}
