//! A manifest's operations, read once so that a call only fills in: templates parsed, header names checked, answer
//! rules in order. It makes no request and knows no connection.

use bellhop_connector::{AnswerClass, AnswerRule, Encoding, Manifest, Operation, Pattern, Template};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// One operation, ready to be filled in.
pub(crate) struct Compiled {
    pub(crate) path: Template,
    /// The path is `{url}` alone: the input brings a whole address.
    pub(crate) whole_address: bool,
    pub(crate) query: Vec<(String, Template)>,
    /// Headers without templates, the manifest's and the operation's.
    pub(crate) fixed_headers: HeaderMap,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) fill: Vec<(String, Pattern)>,
    /// The operation's rules, then the manifest's.
    pub(crate) rules: Vec<Rule>,
}

/// How some answers are told apart.
pub(crate) struct Rule {
    pub(crate) status: Vec<u16>,
    /// In lower case.
    pub(crate) contains: Option<String>,
    pub(crate) field: Vec<(String, Value)>,
    pub(crate) class: AnswerClass,
    pub(crate) say: Option<Template>,
    pub(crate) existing: Option<String>,
}

impl Compiled {
    /// Reads an operation; an error says which part of the manifest cannot be used.
    pub(crate) fn new(manifest: &Manifest, operation: &Operation) -> Result<Self, String> {
        let request = &operation.request;
        let mut fixed_headers = HeaderMap::new();
        let mut headers = Vec::new();
        fixed_headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        match request.body.encoding {
            Encoding::None => {}
            Encoding::Json => {
                fixed_headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Encoding::Form => {
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                fixed_headers.insert(CONTENT_TYPE, form);
            }
        }
        for (name, value) in manifest.headers.iter().chain(&request.headers) {
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| format!("its manifest has a header named {name:?}, which cannot be one"))?;
            headers.retain(|(other, _)| *other != header);
            fixed_headers.remove(&header);
            let template = Template::parse(value);
            match template.fixed() {
                Some(text) => {
                    let value = HeaderValue::from_str(text)
                        .map_err(|_| format!("the value of its manifest's header {name} cannot be sent"))?;
                    fixed_headers.insert(header, value);
                }
                None => headers.push((header, template)),
            }
        }
        Ok(Self {
            path: Template::parse(&request.path),
            whole_address: request.path == "{url}",
            query: request.query.iter().map(|(key, value)| (key.clone(), Template::parse(value))).collect(),
            fixed_headers,
            headers,
            fill: request.body.fill.iter().map(|(key, value)| (key.clone(), Pattern::parse(value))).collect(),
            rules: operation.answer.rules.iter().chain(&manifest.answers).map(Rule::new).collect(),
        })
    }
}

impl Rule {
    fn new(rule: &AnswerRule) -> Self {
        Self {
            status: rule.status.clone(),
            contains: rule.contains.as_ref().map(|text| text.to_lowercase()),
            field: rule.field.iter().map(|(path, value)| (path.clone(), value.clone())).collect(),
            class: rule.class,
            say: rule.say.as_deref().map(Template::parse),
            existing: rule.existing.clone(),
        }
    }
}
