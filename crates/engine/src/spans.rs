//! Spans: what took how long, for traces. All that an event leads to is one trace, over restarts and days of waiting,
//! because the ids follow from the event's and the run's.
//!
//! Made only where somebody asked for them ([`crate::EngineOptions::spans`]); nothing is measured otherwise. A span holds
//! names and ids of recipes, runs and operations, never data. How spans are sent anywhere is not known here.

use std::sync::Arc;

use bellhop_journal::{EventId, RunId};
use jiff::Timestamp;

use crate::job::Job;

/// Takes a span that is over. Called on the threads that work: it must not wait.
pub type Spans = Arc<dyn Fn(Span) + Send + Sync>;

/// A stretch of time in which something was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The event that led to it: one trace each.
    pub event: EventId,
    /// Its id, in its trace.
    pub id: String,
    /// The id of the span that it is a part of.
    pub parent: Option<String>,
    /// `event`, `run`, `call`, `page` or `look`.
    pub name: &'static str,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether it went wrong.
    pub failed: bool,
    /// What it was about, by the names of `docs/operations.md`.
    pub attributes: Vec<(&'static str, String)>,
}

/// An event, from its taking to its being on disk.
pub(crate) fn event(event: &EventId, name: &str, fate: &str, began: Timestamp, ended: Timestamp) -> Span {
    Span {
        event: event.clone(),
        id: event.to_string(),
        parent: None,
        name: "event",
        began,
        ended,
        failed: fate == "rejected",
        attributes: vec![("bellhop.event", name.to_owned()), ("bellhop.fate", fate.to_owned())],
    }
}

/// A run while it is in hand: from being taken up until it rests.
#[derive(Clone)]
pub(crate) struct Hold {
    event: EventId,
    run: RunId,
    recipe: Arc<str>,
    began: Timestamp,
    /// The version of its recipe, once it is known.
    pub(crate) version: Option<Arc<str>>,
    /// Where it came to rest.
    pub(crate) rests: Option<&'static str>,
}

impl Hold {
    pub(crate) fn of(job: &Job, began: Timestamp) -> Self {
        Self {
            event: job.event.clone(),
            run: job.id.clone(),
            recipe: Arc::clone(&job.recipe),
            began,
            version: None,
            rests: None,
        }
    }

    /// The span of all of it.
    pub(crate) fn span(&self, ended: Timestamp) -> Span {
        let rests = self.rests.unwrap_or("broken_off");
        let mut attributes = self.about();
        attributes.push(("bellhop.status", rests.to_owned()));
        Span {
            event: self.event.clone(),
            id: self.id(),
            parent: Some(self.event.to_string()),
            name: "run",
            began: self.began,
            ended,
            failed: matches!(rests, "failed" | "needs_attention" | "broken_off"),
            attributes,
        }
    }

    /// The span of one errand that was run for it.
    pub(crate) fn errand(&self, errand: &Ran<'_>, began: Timestamp, ended: Timestamp) -> Span {
        let mut attributes = self.about();
        attributes.extend([
            ("bellhop.step", errand.step.to_owned()),
            ("bellhop.connector", errand.connector.to_owned()),
            ("bellhop.operation", errand.operation.to_owned()),
            ("bellhop.connection", errand.connection.to_owned()),
            ("bellhop.outcome", errand.outcome.to_owned()),
        ]);
        if let Some(attempt) = errand.attempt {
            attributes.push(("bellhop.attempt", attempt.to_string()));
        }
        Span {
            event: self.event.clone(),
            id: format!("{}|{}|{}|{}", self.id(), errand.step, errand.name, began.as_nanosecond()),
            parent: Some(self.id()),
            name: errand.name,
            began,
            ended,
            failed: !matches!(errand.outcome, "done" | "happened" | "did_not_happen"),
            attributes,
        }
    }

    fn id(&self) -> String {
        format!("{}|{}", self.run, self.began.as_nanosecond())
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        let mut about =
            vec![("bellhop.run", self.run.to_string()), ("bellhop.recipe", self.recipe.to_string())];
        about.extend(self.version.as_ref().map(|version| ("bellhop.version", version.to_string())));
        about
    }
}

/// An errand as its span tells of it.
pub(crate) struct Ran<'a> {
    pub(crate) name: &'static str,
    pub(crate) step: &'a str,
    pub(crate) connector: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) attempt: Option<u32>,
    pub(crate) outcome: &'static str,
}
