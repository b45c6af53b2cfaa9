//! A pick: `$.contact.email`, RFC 9535 JSONPath over the names in scope. jsonpath-rust reads all of them; a path that
//! can match only once is then walked here without it.

use crate::error::{EvalErrorKind, SyntaxError};
use crate::evaluate::follow;
use crate::node::{Path, Step};
use crate::pick_paths::{Parts, parts};
use crate::{EvalError, Reference, Scope, Segment, limits};
use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A pick, compiled. Cheap to clone and to evaluate many times.
#[derive(Debug, Clone)]
pub struct Pick {
    source: Arc<str>,
    plan: Arc<Plan>,
}

/// What a [`Pick`] found.
#[derive(Debug, Clone, PartialEq)]
pub enum Picked {
    /// Nothing: the field is left out.
    Absent,
    /// The one value of a path that can match once; null is a value.
    One(Value),
    /// The values of a path that can match many, in their order; perhaps none.
    Many(Vec<Value>),
}

#[derive(Debug)]
enum Plan {
    Once(Path),
    Many { query: JpQuery, parts: Parts },
}

impl Pick {
    /// Whether a written value is to be read as a pick. `$.50` is a price.
    pub fn is_pick(source: &str) -> bool {
        let begins = |rest: &str, signs: &str| {
            rest.trim_start()
                .starts_with(|letter: char| letter.is_alphabetic() || letter == '_' || signs.contains(letter))
        };
        let source = source.trim();
        match (source.strip_prefix("$."), source.strip_prefix("$[")) {
            (Some(rest), _) => begins(rest, "*.["),
            (_, Some(rest)) => begins(rest, "'\"?*-0123456789"),
            _ => false,
        }
    }

    /// Reads a pick. Ranges in the error are bytes of `source`.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let whole = 0..source.len();
        if source.len() > limits::PICK_BYTES {
            return Err(SyntaxError::new("This pick is longer than 2,000 bytes.", whole));
        }
        if nesting(source) > limits::PICK_BRACKETS {
            return Err(SyntaxError::new(
                "This pick has brackets within brackets more than five deep.",
                whole,
            ));
        }
        let query = parse_json_path(source.trim()).map_err(|_| unreadable(source))?;
        let parts = parts(&query).map_err(|words| {
            SyntaxError::new(words, 0..source.len()).help("A pick begins with a name: `$.contact.email`.")
        })?;
        let plan = match &parts.once {
            Some(path) => Plan::Once(path.clone()),
            None => Plan::Many { query, parts },
        };
        Ok(Self { source: source.into(), plan: Arc::new(plan) })
    }

    /// Whether it can match at most once, so that it gives `One` or `Absent` and never `Many`.
    pub fn is_singular(&self) -> bool {
        matches!(*self.plan, Plan::Once(_))
    }

    /// Finds the value or values. What is not there is `Absent` or an empty `Many`, not an error.
    pub fn evaluate(&self, scope: &Scope) -> Result<Picked, EvalError> {
        match &*self.plan {
            Plan::Once(path) => {
                let found = scope.get(&path.root).and_then(|root| follow(root, &path.steps));
                Ok(found.map_or(Picked::Absent, |value| Picked::One(value.clone())))
            }
            Plan::Many { query, parts } => self.many(query, parts, scope),
        }
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to; names inside filters included. Never `guarded`: nothing found is no error when it is
    /// evaluated, but a name that cannot exist still is a mistake.
    pub fn references(&self) -> Vec<Reference> {
        let range = 0..self.source.len();
        let reference =
            |path: &Vec<Segment>| Reference { path: path.clone(), range: range.clone(), guarded: false };
        match &*self.plan {
            Plan::Once(path) => {
                let steps = path.steps.iter().map(|step| match step {
                    Step::Name(name) => Segment::Name(name.clone()),
                    Step::Index(index) => Segment::Index(*index),
                });
                let path = std::iter::once(Segment::Name(path.root.clone())).chain(steps).collect();
                vec![reference(&path)]
            }
            Plan::Many { parts, .. } => parts.references.iter().map(reference).collect(),
        }
    }

    fn many(&self, query: &JpQuery, parts: &Parts, scope: &Scope) -> Result<Picked, EvalError> {
        let process = |query: &JpQuery, root: &Value| -> Result<Picked, EvalError> {
            let found = js_path_process(query, root)
                .map_err(|_| self.error(EvalErrorKind::Other, "cannot be followed"))?;
            let mut weight = 0;
            let mut values = Vec::with_capacity(found.len());
            for value in found {
                let value: &Value = value.val();
                weight += limits::weight(value, limits::VALUE_BYTES);
                if weight > limits::VALUE_BYTES {
                    return Err(self.error(EvalErrorKind::Limit, "finds more than eight megabytes"));
                }
                values.push(value.clone());
            }
            Ok(Picked::Many(values))
        };
        // Without names in its filters the path is followed from the one value it begins with, which nobody copies.
        if let Some(below) = &parts.below_root {
            return match scope.get(&parts.root) {
                Some(root) => process(below, root),
                None => Ok(Picked::Many(Vec::new())),
            };
        }
        let mut names = Map::new();
        for name in &parts.names {
            if let Some(value) = scope.get(name) {
                names.insert(name.clone(), Value::clone(value));
            }
        }
        process(query, &Value::Object(names))
    }

    fn error(&self, kind: EvalErrorKind, says: &str) -> EvalError {
        EvalError { message: format!("`{}` {says}.", self.source), kind, range: Some(0..self.source.len()) }
    }
}

/// How deep brackets stand within brackets, wherever they stand.
fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for letter in source.bytes() {
        match letter {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// `$.score + 10` and `$.firstName $.lastName` as texts with expressions.
fn meant_as_text(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split_whitespace().collect();
    if parts.len() < 2 || path.contains(['[', '\'', '"']) {
        return None;
    }
    let bare = |part: &str| part.strip_prefix("$.").unwrap_or(part).to_owned();
    if parts.len() % 2 == 1
        && parts.iter().skip(1).step_by(2).all(|sign| ["+", "-", "*", "/", "~"].contains(sign))
    {
        let words: Vec<String> = parts.iter().map(|part| bare(part)).collect();
        return Some(format!("{{{{ {} }}}}", words.join(" ")));
    }
    let picks = parts.iter().filter(|part| part.starts_with("$.")).count();
    let texts = parts.iter().map(|part| {
        part.strip_prefix("$.").map_or_else(|| (*part).to_owned(), |name| format!("{{{{ {name} }}}}"))
    });
    (picks > 1).then(|| texts.collect::<Vec<_>>().join(" "))
}

fn unreadable(source: &str) -> SyntaxError {
    let whole = 0..source.len();
    let help = "A pick is a path such as `$.contact.email` or `$.contact.tags[0]`.";
    let path = source.trim();
    if let Some((value, rest)) = path.split_once('|') {
        let replacement = format!("{{{{ {} |{rest} }}}}", value.trim_start_matches("$.").trim());
        return SyntaxError::new("A pick takes no filters; a text in double braces does.", whole.clone())
            .help(format!("Write `{replacement}`."))
            .suggest(whole, format!("\"{}\"", replacement.replace('"', "'")));
    }
    if let Some(text) = meant_as_text(path) {
        return SyntaxError::new(
            "A pick is one path and nothing else; a text in double braces can do more.",
            whole.clone(),
        )
        .help(format!("Write `{text}`."))
        .suggest(whole, format!("\"{}\"", text.replace('"', "'")));
    }
    if path.contains("[]") {
        let replacement = path.replace("[]", "[*]");
        return SyntaxError::new("All items of a list are written `[*]`.", whole.clone())
            .help(format!("Write `{replacement}`."))
            .suggest(whole, replacement);
    }
    // `$.contact.custom-field`: a field whose name is no plain word stands in brackets.
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || "_- ".contains(letter))
    };
    if let Some(rest) = path.strip_prefix("$.")
        && rest.split('.').all(plain)
    {
        let mut replacement = "$".to_owned();
        for part in rest.split('.') {
            let word =
                !part.starts_with(|letter: char| letter.is_ascii_digit()) && !part.contains(['-', ' ']);
            match part.parse::<u32>() {
                Ok(_) => replacement.extend(["[", part, "]"]),
                Err(_) if word => replacement.extend([".", part]),
                Err(_) => replacement.extend(["['", part, "']"]),
            }
        }
        return SyntaxError::new("A field whose name is no plain word stands in brackets.", whole.clone())
            .help(format!("Write `{replacement}`."))
            .suggest(whole, replacement);
    }
    SyntaxError::new(format!("`{path}` is not a path that can be followed."), whole).help(help)
}
