//! The little templates of manifests: `{contact_id}`, `{connection.location_id}`, `{now}`. They put values into
//! places and do nothing else: no filters, no conditions, no defaults. What a recipe's author writes between `{{ }}`
//! is another language (the `template` room).
//!
//! Start at [`Pattern`]; [`CallNames`] is what the names mean in a call.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{Call, Connection, dotted, plain_text};

/// What the names in a template stand for.
pub trait Lookup {
    /// The value of a name such as `contact_id` or `connection.location_id`; none where there is no such thing.
    fn find(&self, name: &str) -> Option<Cow<'_, Value>>;
}

/// The names of a call: its input's fields (dotted to go deeper), `connection.name`, `connection.<setting>`, `now`
/// and `idempotency_key`.
#[derive(Clone, Copy, Debug)]
pub struct CallNames<'a> {
    /// The operation's input.
    pub input: &'a Value,
    /// Whose account.
    pub connection: &'a Connection,
    /// The time of the call.
    pub now: Timestamp,
    /// The key that every attempt of the call shares.
    pub idempotency_key: &'a str,
}

impl<'a> CallNames<'a> {
    /// The names of `call` at `now`.
    pub fn of(call: &'a Call, now: Timestamp) -> Self {
        Self { input: &call.input, connection: &call.connection, now, idempotency_key: &call.idempotency_key }
    }
}

impl Lookup for CallNames<'_> {
    fn find(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "now" => Some(Cow::Owned(Value::from(self.now.to_string()))),
            "idempotency_key" => Some(Cow::Owned(Value::from(self.idempotency_key))),
            "connection.name" => Some(Cow::Owned(Value::from(self.connection.name.as_str()))),
            _ => match name.strip_prefix("connection.") {
                Some(setting) => {
                    self.connection.settings.get(setting).map(|value| Cow::Owned(Value::from(value.as_str())))
                }
                None => dotted(self.input, name).map(Cow::Borrowed),
            },
        }
    }
}

/// A text with `{names}` in it. Braces that hold no name are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    /// Reads a text; every text is a template.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            plain.push_str(&rest[..open]);
            let inside = &rest[open + 1..];
            match inside.find('}').map(|close| (&inside[..close], &inside[close + 1..])) {
                Some((name, after)) if is_name(name) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Name(name.to_owned()));
                    rest = after;
                }
                _ => {
                    plain.push('{');
                    rest = inside;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self { parts }
    }

    /// The names it looks up, in order of writing.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text, where it looks nothing up.
    pub fn fixed(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The value: of its own type where the text is nothing but one name, else a text. None where a name finds nothing.
    pub fn value<'a>(&'a self, lookup: &'a dyn Lookup) -> Option<Cow<'a, Value>> {
        match self.parts.as_slice() {
            [Part::Name(name)] => lookup.find(name),
            _ => self.text(lookup).map(|text| Cow::Owned(Value::String(text.into_owned()))),
        }
    }

    /// The value as a text. None where a name finds nothing, or null.
    pub fn text<'a>(&'a self, lookup: &dyn Lookup) -> Option<Cow<'a, str>> {
        if let Some(text) = self.fixed() {
            return Some(Cow::Borrowed(text));
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Name(name) => match lookup.find(name)?.as_ref() {
                    Value::String(found) => text.push_str(found),
                    other => text.push_str(&plain_text(other)?),
                },
            }
        }
        Some(Cow::Owned(text))
    }

    /// The parts in order, a text as `Ok`, a name as `Err`: for who writes the values in a way of his own.
    pub fn parts(&self) -> impl Iterator<Item = Result<&str, &str>> {
        self.parts.iter().map(|part| match part {
            Part::Text(text) => Ok(text.as_str()),
            Part::Name(name) => Err(name.as_str()),
        })
    }
}

/// Letters, digits, `_` and `-`, with dots between; a letter or `_` first.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.split('.').all(|part| {
            !part.is_empty()
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        })
}

/// A value of any depth with templates in its texts, read once and filled often.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// No templates in it.
    Fixed(Value),
    /// A text with templates.
    Text(Template),
    /// A list; items that find nothing are left out.
    List(Vec<Pattern>),
    /// Named values; members that find nothing are left out.
    Object(Vec<(String, Pattern)>),
}

impl Pattern {
    /// Reads a value.
    pub fn parse(value: &Value) -> Self {
        match value {
            Value::String(text) => {
                let template = Template::parse(text);
                if template.fixed().is_some() { Self::Fixed(value.clone()) } else { Self::Text(template) }
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(Self::parse).collect();
                if items.iter().all(Self::is_fixed) { Self::Fixed(value.clone()) } else { Self::List(items) }
            }
            Value::Object(members) => {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| (key.clone(), Self::parse(value))).collect();
                if members.iter().all(|(_, member)| member.is_fixed()) {
                    Self::Fixed(value.clone())
                } else {
                    Self::Object(members)
                }
            }
            _ => Self::Fixed(value.clone()),
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// The value with its templates filled in. A list or object is left out where it has templates and none of
    /// them finds anything: `{data: {type: companies, id: "{company_id}"}}` without a `company_id` is nothing.
    pub fn fill<'a>(&'a self, lookup: &'a dyn Lookup) -> Option<Cow<'a, Value>> {
        match self {
            Self::Fixed(value) => Some(Cow::Borrowed(value)),
            Self::Text(template) => template.value(lookup),
            Self::List(items) => {
                let mut found = false;
                let filled = items.iter().filter_map(|item| {
                    let value = item.fill(lookup)?;
                    found |= !item.is_fixed();
                    Some(value.into_owned())
                });
                let filled: Vec<Value> = filled.collect();
                found.then_some(Cow::Owned(Value::Array(filled)))
            }
            Self::Object(members) => {
                let mut found = false;
                let filled = members.iter().filter_map(|(key, member)| {
                    let value = member.fill(lookup)?;
                    found |= !member.is_fixed();
                    Some((key.clone(), value.into_owned()))
                });
                let filled: Map<String, Value> = filled.collect();
                found.then_some(Cow::Owned(Value::Object(filled)))
            }
        }
    }

    /// Every name it looks up, at any depth.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Text(template) => template.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, member)| member.names()).collect(),
        }
    }
}

/// A value with the templates in its texts filled in, read and filled at once.
pub fn fill(value: &Value, lookup: &dyn Lookup) -> Option<Value> {
    Pattern::parse(value).fill(lookup).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filled(pattern: &Value) -> Option<Value> {
        let input = json!({
            "contact_id": "c1", "score": 80, "tags": ["a", "b"], "cleared": null, "deep": {"er": [10, 20]},
        });
        let mut connection = Connection::named("main", "contacts");
        connection.settings.insert("location_id".into(), "loc1".into());
        let names = CallNames {
            input: &input,
            connection: &connection,
            now: Timestamp::UNIX_EPOCH,
            idempotency_key: "key-1",
        };
        fill(pattern, &names)
    }

    #[test]
    fn a_text_that_is_one_name_keeps_the_type() {
        for (pattern, expected) in [
            (json!("{score}"), Some(json!(80))),
            (json!("{tags}"), Some(json!(["a", "b"]))),
            (json!("{cleared}"), Some(json!(null))),
            (json!("{deep.er.1}"), Some(json!(20))),
            (json!("{connection.location_id}"), Some(json!("loc1"))),
            (json!("{connection.name}"), Some(json!("main"))),
            (json!("{connection.other}"), None),
            (json!("{now}"), Some(json!("1970-01-01T00:00:00Z"))),
            (json!("{idempotency_key}"), Some(json!("key-1"))),
            (json!("{absent}"), None),
            (json!(7), Some(json!(7))),
            (json!(null), Some(json!(null))),
        ] {
            assert_eq!(filled(&pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn other_texts_are_filled_as_text() {
        for (pattern, expected) in [
            ("contact {contact_id} has {score}", Some("contact c1 has 80")),
            ("tags: {tags}", Some("tags: a, b")),
            ("a {absent}", None),
            ("a {cleared}", None),
            ("{not a name} {} { {contact_id}", Some("{not a name} {} { c1")),
            ("{contact_id", Some("{contact_id")),
            ("{{contact_id}}", Some("{c1}")),
        ] {
            assert_eq!(filled(&json!(pattern)), expected.map(|text| json!(text)), "{pattern}");
        }
    }

    #[test]
    fn what_finds_nothing_is_left_out_with_the_group_that_only_held_it() {
        assert_eq!(
            filled(&json!({
                "type": "people",
                "attributes": {"id": "{contact_id}", "gone": "{absent}", "cleared": "{cleared}"},
                "company": {"data": {"type": "companies", "id": "{absent}"}},
                "list": ["{absent}", "{score}", {"id": "{absent}"}],
                "constant": {"a": [1, {}]},
            })),
            Some(json!({
                "type": "people",
                "attributes": {"id": "c1", "cleared": null},
                "list": [80],
                "constant": {"a": [1, {}]},
            }))
        );
        assert_eq!(filled(&json!({"company": {"id": "{absent}"}})), None);
    }

    #[test]
    fn names_are_found_at_any_depth() {
        let pattern = Pattern::parse(&json!({"a": ["{x} and {y.z}", {"b": "{connection.c}"}], "d": "{ no"}));
        assert_eq!(pattern.names(), ["x", "y.z", "connection.c"]);
    }

    proptest! {
        #[test]
        fn a_text_without_braces_is_itself(text in "[^{}]{0,40}") {
            prop_assert_eq!(filled(&json!(text)), Some(json!(text)));
        }

        #[test]
        fn never_panics_and_loses_no_text(text in "[{}a-c_. -]{0,30}") {
            let template = Template::parse(&text);
            let written: String = template
                .parts()
                .map(|part| match part {
                    Ok(plain) => plain.to_owned(),
                    Err(name) => format!("{{{name}}}"),
                })
                .collect();
            prop_assert_eq!(written, text);
        }
    }
}
