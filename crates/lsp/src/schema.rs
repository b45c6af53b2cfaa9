//! Walks a JSON Schema along a path: which keys and which written values may stand there.

use serde_json::{Map, Value};

use crate::cursor::Part;

/// A schema of a kind of document.
#[derive(Debug)]
pub(crate) struct Schema {
    root: Value,
}

/// The shape in which a key's value is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// On the key's line.
    Plain,
    /// `[a, b]` on the key's line.
    Line,
    /// Fields on the lines below.
    Group,
    /// Items that are groups, on the lines below.
    List,
    /// Nothing has to follow.
    Empty,
}

type Object = Map<String, Value>;

/// References lead to references at the most so often; a schema that refers to itself at once ends here.
const DEEPEST: usize = 12;

impl Schema {
    /// A schema by its text.
    pub(crate) fn new(root: Value) -> Self {
        Self { root }
    }

    /// Every schema that holds for what is at a path.
    pub(crate) fn at(&self, path: &[Part]) -> Vec<&Object> {
        let mut here = self.open(&self.root);
        for part in path {
            let next: Vec<&Value> = match part {
                Part::Item => here.iter().filter_map(|schema| schema.get("items")).collect(),
                Part::Key(key) => here.iter().filter_map(|schema| below(schema, key)).collect(),
            };
            here = next.into_iter().flat_map(|schema| self.open(schema)).collect();
        }
        here
    }

    /// The keys that a group at a path may have, with their schemas.
    pub(crate) fn keys(&self, path: &[Part]) -> Vec<(&str, &Value)> {
        let mut found: Vec<(&str, &Value)> = Vec::new();
        for schema in self.at(path) {
            for (key, child) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if child.is_object() && !found.iter().any(|(known, _)| known == key) {
                    found.push((key, child));
                }
            }
        }
        found
    }

    /// Whether a key may stand in the group at a path beside these keys: it goes with what is there, and does not begin
    /// a second thing where one is all there can be.
    pub(crate) fn fits(&self, path: &[Part], key: &str, beside: &[String]) -> bool {
        self.at(path).into_iter().all(|way| {
            has_what_it_needs(way, key, beside)
                && !is_kept_out(way, key, beside)
                && !is_second(way, key, beside)
        })
    }

    /// The values that a schema names: choices first, then examples.
    pub(crate) fn values(&self, path: &[Part]) -> Vec<Value> {
        let here = self.at(path);
        let mut found: Vec<Value> = Vec::new();
        let mut add = |value: &Value| {
            if !value.is_object() && !value.is_array() && !value.is_null() && !found.contains(value) {
                found.push(value.clone());
            }
        };
        for schema in &here {
            schema.get("enum").and_then(Value::as_array).into_iter().flatten().for_each(&mut add);
            schema.get("const").into_iter().for_each(&mut add);
            if schema.get("type") == Some(&Value::from("boolean")) {
                [Value::Bool(true), Value::Bool(false)].iter().for_each(&mut add);
            }
        }
        for schema in &here {
            schema.get("default").into_iter().for_each(&mut add);
            schema.get("examples").and_then(Value::as_array).into_iter().flatten().for_each(&mut add);
        }
        found
    }

    /// How a value of this schema is begun.
    pub(crate) fn form(&self, schema: &Value) -> Form {
        let ways = self.open(schema);
        let types = |name: &str| ways.iter().any(|way| is_type(way, name));
        let items = ways.iter().find_map(|way| way.get("items"));
        let group = ways.iter().find(|way| way.contains_key("properties"));
        // A pick or a text in a group's place has a form of its own, and is not how one begins.
        let is_text = ways.iter().any(|way| is_type(way, "string") && !way.contains_key("pattern"));
        match (items, group) {
            (Some(items), _) => {
                let inner = self.open(items);
                if has_choices(&ways) {
                    Form::Plain
                } else if inner.iter().any(|way| way.contains_key("properties")) && !types("string") {
                    Form::List
                } else if inner.iter().any(|way| way.contains_key("anyOf") || way.contains_key("type")) {
                    Form::Line
                } else {
                    Form::Plain
                }
            }
            (None, Some(group)) if !is_text && !has_choices(&ways) => {
                if group.contains_key("required") || !types("null") { Form::Group } else { Form::Empty }
            }
            (None, None) if types("object") && !types("string") => {
                let open = ways.iter().any(|way| way.contains_key("additionalProperties"));
                if open || !types("null") { Form::Group } else { Form::Empty }
            }
            _ => Form::Plain,
        }
    }

    /// The keys that a group of this schema must have, with their schemas.
    pub(crate) fn required<'s>(&'s self, schema: &'s Value) -> Vec<(&'s str, &'s Value)> {
        let ways = self.open(schema);
        let named = ways.iter().filter_map(|way| way.get("required")?.as_array()).flatten();
        named
            .filter_map(Value::as_str)
            .filter_map(|key| Some((key, ways.iter().find_map(|way| way.get("properties")?.get(key))?)))
            .collect()
    }

    /// A schema's own words: title and description.
    pub(crate) fn words<'s>(&'s self, schema: &'s Value) -> (&'s str, &'s str) {
        let ways = self.open(schema);
        let first = |key: &str| ways.iter().find_map(|way| way.get(key)?.as_str()).unwrap_or_default();
        (first("title"), first("description"))
    }

    /// A schema with everything that it refers to and may be.
    fn open<'s>(&'s self, schema: &'s Value) -> Vec<&'s Object> {
        let mut found = Vec::new();
        self.collect(schema, &mut found, 0);
        found
    }

    fn collect<'s>(&'s self, schema: &'s Value, found: &mut Vec<&'s Object>, depth: usize) {
        let Some(object) = schema.as_object().filter(|_| depth < DEEPEST) else { return };
        found.push(object);
        if let Some(target) = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|name| self.root.pointer(name.strip_prefix('#')?))
        {
            self.collect(target, found, depth + 1);
        }
        for ways in ["anyOf", "oneOf", "allOf"] {
            for way in object.get(ways).and_then(Value::as_array).into_iter().flatten() {
                self.collect(way, found, depth + 1);
            }
        }
    }
}

/// `else` needs a `then` before it. What comes after the key can still be written.
fn has_what_it_needs(schema: &Object, key: &str, beside: &[String]) -> bool {
    let needed = schema.get("dependentRequired").and_then(|needs| needs.get(key)?.as_array());
    let keys = || schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Object::keys);
    let place = |wanted: &str| keys().position(|known| known == wanted);
    let mut needed = needed.into_iter().flatten().filter_map(Value::as_str);
    needed.all(|other| beside.iter().any(|there| there == other) || place(other) > place(key))
}

/// `wait` keeps `retry` out.
fn is_kept_out(schema: &Object, key: &str, beside: &[String]) -> bool {
    let closed = |there: &String| schema.get("dependentSchemas")?.get(there)?.get("properties")?.get(key);
    beside.iter().any(|there| closed(there) == Some(&Value::Bool(false)))
}

/// Some keys exclude each other: each stands alone in a list of `oneOf`.
fn is_second(schema: &Object, key: &str, beside: &[String]) -> bool {
    let rules = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let alone = rules.filter_map(|rule| rule.get("if")?.get("oneOf")?.as_array());
    alone.into_iter().any(|ways| {
        let has =
            |wanted: &str| ways.iter().any(|way| way.get("required").is_some_and(|one| one[0] == wanted));
        has(key) && beside.iter().any(|there| has(there))
    })
}

fn below<'s>(schema: &'s Object, key: &str) -> Option<&'s Value> {
    let named = schema.get("properties").and_then(|properties| properties.get(key));
    named.or_else(|| schema.get("additionalProperties")).filter(|schema| schema.is_object())
}

fn is_type(schema: &Object, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

fn has_choices(ways: &[&Object]) -> bool {
    ways.iter().any(|way| way.contains_key("enum") || way.contains_key("const"))
}
