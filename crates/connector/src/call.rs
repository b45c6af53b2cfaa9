//! The trait behind which every app stands, and what it is called with.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Connection, Delivery, Event, Failure, FailureClass, Found, Look, Looked, Manifest, Outcome, Refusal,
};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One call of one operation. It knows neither recipe nor run.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation's name in the manifest, such as `add_tags`.
    pub operation: String,
    /// Its input by field name: an object. Absent fields are left out of the call; a null clears.
    pub input: Value,
    /// Whose account.
    pub connection: Arc<Connection>,
    /// The call gives up at this time (as [`crate::FailureClass::Unclear`] where it may have happened).
    pub deadline: Timestamp,
    /// The same for every attempt of one step of one run; sent where the app takes such a key.
    pub idempotency_key: String,
    /// How it stands in line where an app's limit makes calls wait.
    pub standing: Standing,
}

/// Which of two lines a call stands in where an app's limit makes calls wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Something has happened just now, or a person waits: it goes first.
    #[default]
    Live,
    /// Work on many records, or made up for: it goes when nobody else needs the limit.
    Bulk,
}

/// Is told while a call only stands in line, so that who waits for the call may lend out what it holds.
pub trait InLine: Send + Sync {
    /// The call stands in line from now on.
    fn stands(&self);
    /// It does not any more: it goes, or has given up.
    fn goes(&self);
}

/// How a call stands in line.
#[derive(Clone, Default)]
pub struct Standing {
    /// Which line.
    pub lane: Lane,
    /// Who is told while it stands there.
    pub told: Option<Arc<dyn InLine>>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Standing").field("lane", &self.lane).finish_non_exhaustive()
    }
}

/// One page of what a list operation finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items, each as the whole list would have it.
    pub items: Vec<Value>,
    /// What to ask the next page with, to be handed back as it is; none: this was the last.
    pub next: Option<Value>,
}

impl Page {
    /// All of a list at once: a call's answer as its only page. Nothing is an empty list.
    pub fn whole(answer: Value) -> Result<Self, Failure> {
        match answer {
            Value::Array(items) => Ok(Self { items, next: None }),
            Value::Null => Ok(Self::default()),
            _ => Err(Failure::new(
                FailureClass::Bug,
                "The app's answer is no list, so it cannot be gone over.",
            )),
        }
    }
}

/// What a look-up after an unclear end says.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmation {
    /// It happened; this is the output the call would have given.
    Happened(Value),
    /// It surely did not happen: the call may be repeated.
    DidNotHappen,
    /// No look-up exists for the operation: a person must decide.
    CannotTell,
    /// The look-up itself failed; ask again later or report.
    Failed(Failure),
}

/// An app as the engine sees it. Nearly always a manifest and the HTTP runtime; Rust where those cannot say it.
pub trait Connector: Send + Sync {
    /// What the app can do and say.
    fn manifest(&self) -> &Manifest;

    /// Does one call, once. Retrying over time is the engine's, never hidden here.
    fn call(&self, call: Call) -> BoxFuture<'_, Outcome>;

    /// Reads one page of what a list operation finds: the first, or the one that follows the page that gave `after`. A
    /// number of items in the input is how many are wanted in all; without one there is no end but the list's own.
    ///
    /// Once for each page, like [`Connector::call`]. Where nothing is said of pages, all is one page.
    fn page(&self, call: Call, after: Option<Value>) -> BoxFuture<'_, Result<Page, Failure>> {
        let _only_page = after;
        Box::pin(async move {
            match self.call(call).await {
                Outcome::Done(answer) => Page::whole(answer),
                Outcome::Failed(failure) => Err(failure),
            }
        })
    }

    /// After an unclear end of `call`, begun at `since`: looks whether it happened.
    fn confirm(&self, call: Call, since: Timestamp) -> BoxFuture<'_, Confirmation>;

    /// Looks what has happened of an event that the manifest says how to ask for: one page of it. The first look only marks
    /// where to begin.
    fn poll(&self, look: Look) -> BoxFuture<'_, Result<Looked, Failure>> {
        let message = format!("{} cannot be asked for {}.", self.manifest().title, look.event);
        Box::pin(async move { Err(Failure::new(FailureClass::Bug, message)) })
    }

    /// Makes the event of something that a look has found, as a delivery of it would have brought it.
    fn bring(&self, look: Look, found: Found) -> BoxFuture<'_, Result<Event, Failure>> {
        let message = format!("{} cannot say more of {} {}.", self.manifest().title, look.event, found.id);
        Box::pin(async move { Err(Failure::new(FailureClass::Bug, message)) })
    }

    /// Turns a delivery into an event. Nothing of it is trusted before its signature has been checked.
    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal>;
}
