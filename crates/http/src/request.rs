//! Makes a request out of an operation, a call's input and an account: address, query, headers, body. What is absent
//! is left out, a null is sent. It sends nothing.

use std::borrow::Cow;

use bellhop_connector::{Body, CallNames, Encoding, Lookup, Method, Operation, Template, plain_text};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use indexmap::IndexMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;
use url::Url;

use crate::{account::Account, compiled::Compiled, credential::Proof, reach::Reach, transport::Outgoing};

/// Letters, digits, `-`, `.`, `_` and `~` stand for themselves in every part of an address (RFC 3986, 2.3).
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Values that a page puts in place of the input's: query or body name → value.
pub(crate) type Overrides = IndexMap<String, Value>;

/// The setting of a connection by which requests may reach its own network.
const PRIVATE_ADDRESSES: &str = "private_addresses";

/// What a request is made of.
pub(crate) struct Making<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) compiled: &'a Compiled,
    pub(crate) account: &'a Account,
    pub(crate) names: CallNames<'a>,
    pub(crate) overrides: Option<&'a Overrides>,
}

impl Making<'_> {
    /// The request; an error says what of the input or the connection cannot be used.
    pub(crate) fn request(&self, proof: &Proof) -> Result<Outgoing, String> {
        let method = self.method()?;
        let url = self.url(proof)?;
        let mut headers = self.compiled.fixed_headers.clone();
        for (name, template) in &self.compiled.headers {
            if let Some(value) = template.text(&self.names) {
                headers.insert(name.clone(), header_value(name.as_str(), &value)?);
            }
        }
        for (name, value) in members(self.operation.request.headers_from.as_deref(), self.names.input) {
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| format!("{name:?} cannot be the name of a header"))?;
            if let Some(text) = plain_text(value) {
                headers.insert(header, header_value(name, &text)?);
            }
        }
        let body = self.body()?;
        if let Some((_, Some(kind))) = &body
            && !members(self.operation.request.headers_from.as_deref(), self.names.input)
                .any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()))
        {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        // Last, so that nothing in a manifest or an input takes its place.
        if let Some((name, value)) = &proof.header {
            headers.insert(name.clone(), value.clone());
        }
        Ok(Outgoing { method, url, headers, body: body.map(|(bytes, _)| bytes), reach: self.reach(proof) })
    }

    fn method(&self) -> Result<hyper::Method, String> {
        Ok(match self.operation.request.method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
            Method::Put => hyper::Method::PUT,
            Method::Patch => hyper::Method::PATCH,
            Method::Delete => hyper::Method::DELETE,
            Method::FromInput => input_method(self.names.input)
                .ok_or("the field method must be one of GET, HEAD, POST, PUT, PATCH, DELETE")?,
        })
    }

    fn url(&self, proof: &Proof) -> Result<Url, String> {
        let base = self.account.base()?;
        let mut text = match &proof.address {
            Some(address) => address.as_str().to_owned(),
            None if self.compiled.whole_address => self.input_address(base)?,
            None if base.is_empty() => {
                return Err(format!(
                    "the connection {} has no address; add base_url to it in bellhop.yaml",
                    self.account.connection.name
                ));
            }
            None => {
                let mut text = String::with_capacity(base.len() + 96);
                text.push_str(base);
                self.push_path(&mut text)?;
                text
            }
        };
        self.push_query(&mut text);
        Url::parse(&text).map_err(|_| "the address that comes of the input is none".into())
    }

    /// An address from the input of a connection that is bound to none leads to the internet only, unless the operator
    /// says otherwise.
    fn reach(&self, proof: &Proof) -> Reach {
        let free =
            self.compiled.whole_address && proof.address.is_none() && self.account.bound_to().is_none();
        let wanted = self.account.connection.settings.get(PRIVATE_ADDRESSES).map(String::as_str);
        if free && !matches!(wanted, Some("yes" | "true")) { Reach::Public } else { Reach::Anywhere }
    }

    /// A whole address from the input. A connection with an address of its own, or with credentials, goes nowhere else.
    fn input_address(&self, base: &str) -> Result<String, String> {
        let given = self.names.find("url").and_then(|value| plain_text(&value)).unwrap_or_default();
        let bound = self.account.bound_to();
        let url = match &bound {
            Some(bound) if given.starts_with('/') => {
                Url::parse(&format!("{base}{given}")).ok().filter(|url| url.origin() == bound.origin())
            }
            _ => Url::parse(&given).ok(),
        };
        let url = url
            .filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
            })
            .ok_or("the field url must be a web address that begins with https:// or http://")?;
        let name = &self.account.connection.name;
        match bound {
            Some(bound) if bound.origin() != url.origin() => Err(format!(
                "the connection {name} is for {} only; use another connection for {}",
                bound.host_str().unwrap_or_default(),
                url.host_str().unwrap_or_default()
            )),
            None if self.account.has_credentials() => Err(format!(
                "the connection {name} has credentials but does not say which host they are for; add base_url to it in bellhop.yaml"
            )),
            _ => {
                let mut url = url;
                url.set_fragment(None);
                Ok(url.into())
            }
        }
    }

    fn push_path(&self, text: &mut String) -> Result<(), String> {
        for part in self.compiled.path.parts() {
            match part {
                Ok(plain) => text.push_str(plain),
                Err(name) => {
                    let value = self.names.find(name);
                    let written = match value.as_deref() {
                        Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
                        Some(Value::Number(number)) => Cow::Owned(number.to_string()),
                        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                            return Err(format!("{name} must be a text"));
                        }
                        Some(Value::Null) | None => Cow::Borrowed(""),
                    };
                    // An empty part would turn one record's address into that of all; dots would climb out of it.
                    match written.trim() {
                        "" => return Err(format!("{name} is empty")),
                        "." | ".." => return Err(format!("{name} cannot be {written:?}")),
                        _ => text.extend(utf8_percent_encode(&written, NOT_UNRESERVED)),
                    }
                }
            }
        }
        Ok(())
    }

    fn push_query(&self, text: &mut String) {
        let mut separator = if text.contains('?') { '&' } else { '?' };
        let mut push = |name: &str, value: &Value| {
            let mut one = |value: &str| {
                text.push(separator);
                separator = '&';
                text.extend(utf8_percent_encode(name, NOT_UNRESERVED));
                text.push('=');
                text.extend(utf8_percent_encode(value, NOT_UNRESERVED));
            };
            match value {
                Value::Null => {}
                Value::String(text) => one(text),
                Value::Array(items) => items.iter().filter_map(plain_text).for_each(|item| one(&item)),
                other => one(&other.to_string()),
            }
        };
        let no_body = self.operation.request.body.encoding == Encoding::None;
        let overrides = self.overrides;
        for (name, template) in &self.compiled.query {
            if let Some(value) = overrides.and_then(|overrides| overrides.get(name)) {
                push(name, value);
            } else if let Some(value) = template.value(&self.names) {
                push(name, &value);
            }
        }
        if no_body {
            for (name, value) in overrides.into_iter().flatten() {
                if !self.compiled.query.iter().any(|(query, _)| query == name) {
                    push(name, value);
                }
            }
        }
        for (name, value) in members(self.operation.request.query_from.as_deref(), self.names.input) {
            push(name, value);
        }
    }

    /// The body and, where it is not the operation's own, its type.
    fn body(&self) -> Result<Option<(Bytes, Option<&'static str>)>, String> {
        let body = &self.operation.request.body;
        if body.encoding == Encoding::None {
            return Ok(None);
        }
        if let Some(name) = &body.whole {
            return Ok(match self.names.find(name).as_deref() {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => {
                    Some((Bytes::from(text.clone()), Some("text/plain; charset=utf-8")))
                }
                Some(value) => Some((encode(body.encoding, value)?, None)),
            });
        }
        let members = Members(self.members(body));
        Ok(Some((encode(body.encoding, &members)?, None)))
    }

    fn members<'b>(&'b self, body: &'b Body) -> Vec<(&'b str, Cow<'b, Value>)> {
        let mut members: Vec<(&str, Cow<'_, Value>)> =
            Vec::with_capacity(body.take.len() + self.compiled.fill.len());
        let overrides = |name: &str| self.overrides.and_then(|overrides| overrides.get(name));
        for name in &body.take {
            if overrides(name).is_none()
                && let Some(value) = self.names.input.get(name)
            {
                members.push((name, Cow::Borrowed(value)));
            }
        }
        for (name, pattern) in &self.compiled.fill {
            if overrides(name).is_none()
                && !members.iter().any(|(taken, _)| taken == name)
                && let Some(value) = pattern.fill(&self.names)
            {
                members.push((name, value));
            }
        }
        for (name, value) in self.overrides.into_iter().flatten() {
            if !self.compiled.query.iter().any(|(query, _)| query == name) {
                members.push((name, Cow::Borrowed(value)));
            }
        }
        members
    }
}

/// The method that the input names.
pub(crate) fn input_method(input: &Value) -> Option<hyper::Method> {
    let named = input.get("method")?.as_str()?.to_ascii_uppercase();
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .contains(&named.as_str())
        .then(|| hyper::Method::from_bytes(named.as_bytes()).ok())
        .flatten()
}

/// The members of the input's field `name`, where it is an object.
fn members<'a>(name: Option<&str>, input: &'a Value) -> impl Iterator<Item = (&'a String, &'a Value)> {
    name.and_then(|name| input.get(name)?.as_object()).into_iter().flatten()
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(value).map_err(|_| format!("the header {name} has characters that cannot be sent"))
}

/// A body's members in order, written without being gathered into a map.
struct Members<'a>(Vec<(&'a str, Cow<'a, Value>)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value.as_ref())?;
        }
        map.end()
    }
}

fn encode(encoding: Encoding, value: &impl Serialize) -> Result<Bytes, String> {
    let unusable = |_| "the input cannot be written as a body".to_owned();
    if encoding == Encoding::Json {
        return serde_json::to_vec(value).map(Bytes::from).map_err(unusable);
    }
    let value = serde_json::to_value(value).map_err(unusable)?;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => items.iter().filter_map(plain_text).for_each(|item| {
                form.append_pair(name, &item);
            }),
            other => {
                form.append_pair(name, &plain_text(other).unwrap_or_default());
            }
        }
    }
    Ok(Bytes::from(form.finish()))
}

/// The record in a call's input that an operation is about, for sentences: `contact abc`.
pub(crate) fn record_of(operation: &Operation, input: &Value) -> Option<(String, String)> {
    let record = operation.record.as_ref()?;
    let id = bellhop_connector::dotted(input, &record.id).and_then(plain_text)?;
    Some((record.kind.clone(), id))
}

/// Fills a template for a sentence; names that find nothing are left empty.
pub(crate) fn sentence(template: &Template, lookup: &dyn Lookup) -> String {
    template
        .parts()
        .map(|part| match part {
            Ok(plain) => plain.to_owned(),
            Err(name) => lookup.find(name).and_then(|value| plain_text(&value)).unwrap_or_default(),
        })
        .collect()
}
