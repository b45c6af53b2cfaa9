//! How a call ended: done, or failed in one of a few classes that the engine knows how to handle.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened; the operation's output, unwrapped (the contact itself, the list itself).
    Done(Value),
    /// It did not, or nobody can tell.
    Failed(Failure),
}

/// A failed call: its class, a sentence for people, and what the app really said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What may be done about it.
    pub class: FailureClass,
    /// One plain sentence: what happened and what to do. Never a secret, never a stack trace.
    pub message: String,
    /// What the app answered, redacted and cut to size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl Failure {
    /// A failure without evidence.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), evidence: None }
    }

    /// The failure as one that proves nothing, where it is a refusal: the call may have taken effect all the same.
    #[must_use]
    pub fn unproven(self) -> Self {
        if !self.class.is_refusal() {
            return self;
        }
        Self { class: FailureClass::Unproven(Box::new(self.class)), ..self }
    }
}

/// The classes of failure. The engine decides by these and by the operation's effect, never by a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The app or the network is unwell and the call surely did not take effect: try again later.
    Transient,
    /// Too many calls; not before `after_ms` milliseconds from now where the app says so.
    RateLimited {
        /// Milliseconds to wait, where known.
        after_ms: Option<u64>,
    },
    /// The thing exists already.
    Conflict {
        /// What is known of it, such as `{"id": "…", "field": "email"}`.
        existing: Value,
    },
    /// The record is not there.
    NotFound,
    /// The app refused the input.
    Invalid {
        /// The app's complaints, one a field where it says so.
        fields: Vec<String>,
    },
    /// The credentials are wrong or expired.
    Unauthorised,
    /// The credentials lack a permission.
    Forbidden {
        /// The scope that would be needed, where known.
        scope: Option<String>,
    },
    /// The call may or may not have taken effect (a time-out or a broken connection in the middle).
    Unclear,
    /// The app refused the call, which does not prove that nothing was done: as unclear. Inside is the class that the failure
    /// has once a look has shown that it was not done.
    Unproven(Box<FailureClass>),
    /// An answer that the connector does not understand: a defect in the manifest or in the app.
    Bug,
}

impl FailureClass {
    /// Whether the app said no to this very call, so that the same again would be in vain.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::NotFound
            | Self::Invalid { .. }
            | Self::Unauthorised
            | Self::Forbidden { .. } => true,
            Self::Transient | Self::RateLimited { .. } | Self::Unclear | Self::Unproven(_) | Self::Bug => {
                false
            }
        }
    }

    /// The word used in histories, metrics and `--json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited { .. } => "rate_limited",
            Self::Conflict { .. } => "conflict",
            Self::NotFound => "not_found",
            Self::Invalid { .. } => "invalid",
            Self::Unauthorised => "unauthorised",
            Self::Forbidden { .. } => "forbidden",
            Self::Unclear | Self::Unproven(_) => "unclear",
            Self::Bug => "bug",
        }
    }
}

/// What the app answered: for the history, redacted, cut to 4 KiB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body, redacted and cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Headers worth keeping (trace ids, rate headers), redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}
