//! The trait behind which every app stands, and what it is called with.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::{Connection, Delivery, Event, Failure, FailureClass, Manifest, Outcome, Refusal};

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

    /// Turns a delivery into an event. Nothing of it is trusted before its signature has been checked.
    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal>;
}
