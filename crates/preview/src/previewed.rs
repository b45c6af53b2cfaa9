//! The connector that only pretends to write. There is one place through which calls reach the app, and it refuses
//! everything that is not declared as a reading operation.

use std::sync::Arc;

use bellhop_clock::Clock as _;
use bellhop_connector::{
    BoxFuture, Call, Confirmation, Connector, Delivery, Effect, Event, Failure, FailureClass, Manifest,
    Operation, Outcome, Page, Refusal,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::ledger::{Asker, Ledger};
use crate::{JumpClock, reads, writes};

/// A connector that really reads and only pretends to write.
///
/// Put it around what does the manifest's plain calls, below whatever makes several calls of one: then each of them is
/// foreseen as it would go out.
pub struct Previewed {
    inner: Arc<dyn Connector>,
    pub(crate) ledger: Arc<Ledger>,
    clock: JumpClock,
}

impl Previewed {
    /// Around a connector. `clock` is the one that the calls' deadlines are by.
    pub fn around(inner: Arc<dyn Connector>, ledger: Arc<Ledger>, clock: JumpClock) -> Self {
        Self { inner, ledger, clock }
    }

    /// Asks the app, by an operation that only reads.
    pub(crate) async fn ask(&self, mut call: Call, operation: &Operation, asker: Asker) -> Outcome {
        if operation.effect != Effect::Read {
            return Outcome::Failed(self.refusal(&call));
        }
        // The app's time has not been put forward.
        call.deadline = self.clock.underneath(call.deadline);
        let outcome = self.inner.call(call.clone()).await;
        let mut known = self.ledger.known();
        let items = match &outcome {
            Outcome::Done(answer) => answer.as_array().map_or(0, Vec::len) as u64,
            Outcome::Failed(_) => 0,
        };
        let pages =
            operation.pages.as_ref().map_or(1, |pages| items.div_ceil(pages.size.max(1).into()).max(1));
        known.count(self.manifest(), operation, &call, asker, pages);
        if let Outcome::Done(answer) = &outcome {
            known.keep_look(&call, answer);
        }
        drop(known);
        outcome
    }

    /// Asks the app for one page of what an operation finds that only reads.
    pub(crate) async fn ask_page(
        &self,
        mut call: Call,
        operation: &Operation,
        after: Option<Value>,
    ) -> Result<Page, Failure> {
        if operation.effect != Effect::Read {
            return Err(self.refusal(&call));
        }
        call.deadline = self.clock.underneath(call.deadline);
        let page = self.inner.page(call.clone(), after).await;
        self.ledger.known().count(self.manifest(), operation, &call, Asker::Recipe, 1);
        page
    }

    fn refusal(&self, call: &Call) -> Failure {
        let message = match self.manifest().operations.get(&call.operation) {
            Some(_) => format!("A preview does not call {}, for it writes.", call.operation),
            None => format!("{} has no operation {}.", self.manifest().connector, call.operation),
        };
        Failure::new(FailureClass::Bug, message)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Connector for Previewed {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match self.manifest().operations.get(&call.operation) {
                Some(operation) if operation.effect == Effect::Read => {
                    reads::read(self, call, operation, Asker::Recipe).await
                }
                Some(operation) => writes::write(self, call, operation).await,
                None => Outcome::Failed(self.refusal(&call)),
            }
        })
    }

    fn page(&self, call: Call, after: Option<Value>) -> BoxFuture<'_, Result<Page, Failure>> {
        Box::pin(async move {
            match self.manifest().operations.get(&call.operation) {
                Some(operation) if operation.effect == Effect::Read => {
                    reads::page(self, call, operation, after).await
                }
                _ => Err(self.refusal(&call)),
            }
        })
    }

    fn confirm(&self, _: Call, _: Timestamp) -> BoxFuture<'_, Confirmation> {
        // No write has gone out, so none can have happened.
        Box::pin(async { Confirmation::DidNotHappen })
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        self.inner.verify(delivery)
    }
}

/// The step that a call is for: what stands behind the run in its idempotency key.
pub(crate) fn step_of(call: &Call) -> &str {
    call.idempotency_key.split_once(':').map_or("", |(_, step)| step)
}

/// The run that a call is for.
pub(crate) fn run_of(call: &Call) -> &str {
    call.idempotency_key.split_once(':').map_or("", |(run, _)| run)
}
