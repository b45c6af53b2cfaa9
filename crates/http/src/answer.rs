//! Tells answers apart: by the operation's rules, then the manifest's, then its success codes, then what HTTP itself
//! says. It decides a class; `words` finds the sentence.

use bellhop_connector::{
    AnswerClass, Effect, FailureClass, LEVELS, Lookup, Operation, RateHeaders, dotted, read_json, too_deep,
};
use hyper::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use jiff::{Timestamp, fmt::rfc2822};
use serde_json::{Value, json};

use crate::{
    budget::Observed,
    compiled::{Compiled, Rule},
    request::sentence,
    transport::Received,
};

/// What an answer means.
#[derive(Debug, PartialEq)]
pub(crate) enum Meaning {
    /// It happened; the whole body as JSON, a text where it is none, null where there is nothing.
    Done(Value),
    /// It did not, or nobody can tell.
    Failed {
        /// The class.
        class: FailureClass,
        /// What the app says, or what is odd about the answer.
        reason: Reason,
    },
}

/// Who says what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The app, in these words.
    App(String),
    /// The manifest, in a sentence of its own.
    Manifest(String),
    /// The app answered a bare status, such as `502 Bad Gateway`.
    Status(String),
    /// The answer is not what the manifest describes.
    Odd(String),
    /// The app points to another address: which, and with what status.
    Elsewhere(String),
}

/// An answer with what is needed to understand it.
pub(crate) struct Reading<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) compiled: &'a Compiled,
    pub(crate) message_paths: &'a [String],
    /// Whether doing it again does harm, for this very call.
    pub(crate) effect: Effect,
    /// Milliseconds to wait, where a refusal says so.
    pub(crate) retry_after: Option<u64>,
    /// What templates in sentences may name.
    pub(crate) names: &'a dyn Lookup,
}

impl Reading<'_> {
    /// What the answer means.
    pub(crate) fn meaning(&self, answer: &Received) -> Meaning {
        let parsed = parse(answer);
        let json = parsed.as_ref().unwrap_or(&Value::Null);
        let mut lower = None;
        for rule in &self.compiled.rules {
            if rule.fits(answer, json, &mut lower) {
                if rule.class == AnswerClass::Done {
                    return Meaning::Done(parsed.unwrap_or_else(|_| text(answer)));
                }
                return self.by_rule(rule, answer, json);
            }
        }
        if self.succeeded(answer.status) {
            return match parsed {
                Ok(value) => Meaning::Done(value),
                Err(unreadable) => self.odd(answer.status, &unreadable.to_string()),
            };
        }
        self.by_status(answer, json)
    }

    fn succeeded(&self, status: u16) -> bool {
        let listed = &self.operation.answer.success;
        if listed.is_empty() { (200..=299).contains(&status) } else { listed.contains(&status) }
    }

    fn by_rule(&self, rule: &Rule, answer: &Received, json: &Value) -> Meaning {
        let reason = self.said(answer, json);
        let class = match rule.class {
            // Handled by the caller.
            AnswerClass::Done | AnswerClass::Unclear => FailureClass::Unclear,
            AnswerClass::Transient => FailureClass::Transient,
            AnswerClass::RateLimited => FailureClass::RateLimited { after_ms: self.retry_after },
            AnswerClass::Conflict => FailureClass::Conflict { existing: existing(rule, json) },
            AnswerClass::NotFound => FailureClass::NotFound,
            AnswerClass::Invalid => FailureClass::Invalid { fields: self.complaints(json, &reason) },
            AnswerClass::Unauthorised => FailureClass::Unauthorised,
            AnswerClass::Forbidden => {
                FailureClass::Forbidden { scope: self.operation.scopes.first().cloned() }
            }
        };
        let reason = match &rule.say {
            None => reason,
            Some(say) => {
                let message = match &reason {
                    Reason::App(text)
                    | Reason::Manifest(text)
                    | Reason::Status(text)
                    | Reason::Odd(text)
                    | Reason::Elsewhere(text) => text,
                };
                Reason::Manifest(sentence(say, &Saying { message, answer: json, names: self.names }))
            }
        };
        Meaning::Failed { class, reason }
    }

    fn by_status(&self, answer: &Received, json: &Value) -> Meaning {
        let reason = self.said(answer, json);
        let class = match answer.status {
            200..=299 => {
                return self.odd(
                    answer.status,
                    &format!("the answer {} was not expected", status_text(answer.status)),
                );
            }
            300..=399 => return self.elsewhere(answer),
            401 => FailureClass::Unauthorised,
            402 | 403 => FailureClass::Forbidden { scope: self.operation.scopes.first().cloned() },
            404 | 410 => FailureClass::NotFound,
            409 => FailureClass::Conflict { existing: Value::Null },
            429 => FailureClass::RateLimited { after_ms: self.retry_after },
            408 | 425 | 500.. => self.unwell(),
            400..=499 => FailureClass::Invalid { fields: self.complaints(json, &reason) },
            0..=199 => FailureClass::Bug,
        };
        Meaning::Failed { class, reason }
    }

    /// It points to another address, and was not followed there. After a write 302 and 303 are what many apps say when
    /// they have done it ("see the result over there"); the others say that it was not done here.
    fn elsewhere(&self, answer: &Received) -> Meaning {
        let class = match answer.status {
            302 | 303 if !self.effect.repeatable() => FailureClass::Unclear,
            _ => FailureClass::Bug,
        };
        let status = status_text(answer.status);
        let reason = match target(&answer.headers) {
            Some(target) => format!("{target} ({status})"),
            None => format!("without saying which ({status})"),
        };
        Meaning::Failed { class, reason: Reason::Elsewhere(reason) }
    }

    /// The app is unwell: whether the call took effect is not known, which matters only where it must not be repeated.
    fn unwell(&self) -> FailureClass {
        if self.effect.repeatable() { FailureClass::Transient } else { FailureClass::Unclear }
    }

    fn odd(&self, status: u16, what: &str) -> Meaning {
        let happened = (200..=299).contains(&status);
        let class =
            if happened && !self.effect.repeatable() { FailureClass::Unclear } else { FailureClass::Bug };
        Meaning::Failed { class, reason: Reason::Odd(what.into()) }
    }

    /// What the app says is wrong.
    fn said(&self, answer: &Received, json: &Value) -> Reason {
        match self.messages(json).first() {
            Some(_) => Reason::App(self.messages(json).join("; ")),
            None => match text(answer) {
                Value::String(text) if json.is_null() && !text.starts_with('<') => Reason::App(text),
                _ => Reason::Status(status_text(answer.status)),
            },
        }
    }

    /// The sentences at the first path that has any.
    fn messages(&self, json: &Value) -> Vec<String> {
        const USUAL: [&str; 8] = [
            "message",
            "error.message",
            "error_description",
            "errors.0.detail",
            "detail",
            "error",
            "title",
            "errors",
        ];
        let paths = self.message_paths.iter().map(String::as_str).chain(USUAL);
        let mut found =
            paths.filter_map(|path| dotted(json, path)).map(sentences).filter(|said| !said.is_empty());
        found.next().unwrap_or_default()
    }

    fn complaints(&self, json: &Value, reason: &Reason) -> Vec<String> {
        match (self.messages(json), reason) {
            (said, _) if !said.is_empty() => said,
            (_, Reason::App(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }
}

/// A body that cannot be taken as JSON.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("the answer says that it is JSON, but cannot be read as such")]
    Broken,
    #[error("the answer is nested more than {LEVELS} levels deep")]
    TooDeep,
}

fn parse(answer: &Received) -> Result<Value, Unreadable> {
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    match read_json(&answer.body) {
        Ok(value) if too_deep(&value) => Err(Unreadable::TooDeep),
        Ok(value) => Ok(value),
        Err(_) if (200..=299).contains(&answer.status) && !claims_json(answer) => Ok(text(answer)),
        Err(_) => Err(Unreadable::Broken),
    }
}

fn claims_json(answer: &Received) -> bool {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    kind.contains("json") || (kind.is_empty() && matches!(first, Some(b'{' | b'[')))
}

/// The body as a text; null where it is empty.
fn text(answer: &Received) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim();
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

fn sentences(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        Value::String(text) => vec![text.trim().to_owned()],
        Value::Array(items) => items.iter().flat_map(sentences).collect(),
        Value::Object(members) => {
            let usual = ["detail", "message", "title"].iter().find_map(|key| members.get(*key));
            usual.map(sentences).unwrap_or_default()
        }
        Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

fn existing(rule: &Rule, json: &Value) -> Value {
    let id = rule.existing.as_deref().and_then(|path| dotted(json, path)).filter(|id| !id.is_null());
    id.map_or(Value::Null, |id| json!({ "id": id }))
}

/// Where an answer points to, without what stands after `?` and without a user's name: both may open something.
fn target(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(LOCATION)?.to_str().ok()?;
    let path = said.split(['?', '#']).next().unwrap_or_default();
    let shown = match path.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)))
    {
        Some((scheme, (_, rest))) => format!("{scheme}://{rest}"),
        None => path.to_owned(),
    };
    Some(short(&shown)).filter(|shown| !shown.is_empty())
}

fn status_text(status: u16) -> String {
    let known = hyper::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    known.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

impl Rule {
    fn fits(&self, answer: &Received, json: &Value, lower: &mut Option<String>) -> bool {
        (self.status.is_empty() || self.status.contains(&answer.status))
            && self.field.iter().all(|(path, value)| dotted(json, path) == Some(value))
            && self.contains.as_ref().is_none_or(|text| {
                lower
                    .get_or_insert_with(|| String::from_utf8_lossy(&answer.body).to_lowercase())
                    .contains(text.as_str())
            })
    }
}

/// The names in a manifest's own sentence.
struct Saying<'a> {
    message: &'a str,
    answer: &'a Value,
    names: &'a dyn Lookup,
}

impl Lookup for Saying<'_> {
    fn find(&self, name: &str) -> Option<std::borrow::Cow<'_, Value>> {
        match name.strip_prefix("answer.") {
            Some(path) => dotted(self.answer, path).map(std::borrow::Cow::Borrowed),
            None if name == "message" => Some(std::borrow::Cow::Owned(Value::from(self.message))),
            None => self.names.find(name),
        }
    }
}

/// What the headers say about the budget.
pub(crate) fn observed(headers: &HeaderMap, names: &RateHeaders) -> Observed {
    let number = |name: &str| {
        let value = if name.is_empty() { None } else { headers.get(name) };
        value.and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok())
    };
    Observed {
        remaining: number(&names.remaining),
        interval_milliseconds: number(&names.interval_milliseconds),
        daily_remaining: number(&names.daily_remaining),
    }
}

/// How long a refusal says to wait, in milliseconds: seconds, whole or not, or an HTTP date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, names: &RateHeaders, now: Timestamp) -> Option<u64> {
    let name = if names.retry_after.is_empty() { "retry-after" } else { &names.retry_after };
    let text = headers.get(name)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let milliseconds = std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis();
        return u64::try_from(milliseconds).ok();
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    u64::try_from(at.duration_since(now).as_millis().max(0)).ok()
}

/// The thing itself in an answer: what stands at a dotted path, taken out of it; null where nothing does.
pub(crate) fn unwrapped(mut whole: Value, path: &str) -> Value {
    if path.is_empty() {
        return whole;
    }
    let mut place = &mut whole;
    for part in path.split('.') {
        let next = match place {
            Value::Object(members) => members.get_mut(part),
            Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            _ => None,
        };
        match next {
            Some(next) => place = next,
            None => return Value::Null,
        }
    }
    place.take()
}

/// A text from an answer for a sentence: one line, not too long.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
