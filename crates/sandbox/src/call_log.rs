//! What the sandbox was called with: the last 100,000 calls, without tokens and secrets.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::{Map, Value, json};

const KEPT: usize = 100_000;
const HIDDEN: [&str; 7] =
    ["client_secret", "clientSecret", "refresh_token", "refreshToken", "code", "access_token", "accessToken"];

/// One recorded call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, with the query where there was one.
    pub path: String,
    /// The vendor's operation id (`add-tags`), or `None` where no route met.
    pub operation: Option<String>,
    /// The status that was answered.
    pub status: u16,
    /// The body that was sent: JSON, a text, or null.
    pub body: Value,
    /// When, in UTC with milliseconds.
    pub at: String,
    /// The faults the call met, as they are written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// The recorded calls and how many there were of each operation.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: VecDeque<Call>,
    counts: BTreeMap<String, u64>,
    keeps: bool,
}

impl CallLog {
    pub(crate) fn new(keeps: bool) -> Self {
        Self { keeps, ..Self::default() }
    }

    pub(crate) fn add(&mut self, mut call: Call) {
        let name = call.operation.clone().unwrap_or_else(|| "no-route".to_owned());
        *self.counts.entry(name).or_default() += 1;
        if !self.keeps {
            return;
        }
        if let Value::Object(body) = &mut call.body {
            hide(body);
        }
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn counts(&self) -> Value {
        json!(self.counts)
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.counts.clear();
    }
}

fn hide(body: &mut Map<String, Value>) {
    for name in HIDDEN {
        if let Some(value) = body.get_mut(name) {
            *value = "[hidden]".into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_keeps_no_secrets() {
        let call = |n: usize| Call {
            method: "POST".to_owned(),
            path: format!("/oauth/token?{n}"),
            operation: Some("get-access-token".to_owned()),
            status: 200,
            body: json!({"client_secret": "s", "grant_type": "refresh_token"}),
            at: String::new(),
            faults: Vec::new(),
        };
        let mut log = CallLog::new(true);
        for n in 0..=KEPT {
            log.add(call(n));
        }
        assert_eq!(log.calls.len(), KEPT);
        assert_eq!(log.calls[0].path, "/oauth/token?1");
        assert_eq!(log.calls[0].body, json!({"client_secret": "[hidden]", "grant_type": "refresh_token"}));
        assert_eq!(log.counts()["get-access-token"], KEPT + 1);
    }
}
