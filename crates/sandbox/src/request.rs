//! A request as the handlers see it: parameters, query, body, version, time. No wire, no token.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::answer::{Answer, bad_request};

/// A checked request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    /// The value of `Version`, empty on open routes.
    pub(crate) version: String,
    pub(crate) now: Timestamp,
    /// `http://127.0.0.1:8610`, for links in answers.
    pub(crate) base_url: String,
}

impl Request {
    /// A parameter of the path.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// A non-empty parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A whole number in the query, between `least` and `most`; 422's text where it is not.
    pub(crate) fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Vec<String>> {
        let Some(text) = self.query(name) else { return Ok(default) };
        match text.parse::<usize>() {
            Ok(number) if number <= most => Ok(number),
            Ok(_) => Err(vec![format!("{name} must not be greater than {most}")]),
            Err(_) => Err(vec![format!("{name} must be a number conforming to the specified constraints")]),
        }
    }

    /// A header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as an object; anything else was refused by the checks before.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        self.body.as_object().cloned().unwrap_or_default()
    }

    /// A string of the body, or an empty one.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// The strings of a list in the body.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        texts(self.body.get(name))
    }

    pub(crate) fn is_v3(&self) -> bool {
        self.version == "v3"
    }
}

/// The strings of a list.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Reads a body: JSON, or a form where the content type says so. No body at all is an empty object.
pub(crate) fn read_body(bytes: &[u8], content_type: &str) -> Result<Value, Answer> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(bytes);
        return Ok(Value::Object(
            pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect(),
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| bad_request(format!("The body is not JSON: {error}")))
}
