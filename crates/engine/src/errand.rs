//! One call of an app, or one look whether a call happened: made, timed, and caught where it panics or never ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bellhop_clock::monotonic;
use bellhop_connector::{Call, Confirmation, Failure, FailureClass, Outcome, Page};
use bellhop_journal::StepId;
use bellhop_recipe::{CallAction, Step};
use futures::FutureExt;
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::engine::Engine;
use crate::meters;

/// How much longer than its deadline a connector may take before it is given up as hung.
const GRACE_SECONDS: i64 = 5;

/// What is to be done for a step.
pub(crate) struct Errand<'p> {
    pub(crate) step: StepId,
    pub(crate) plan: &'p Step,
    pub(crate) call: &'p CallAction,
    pub(crate) input: Value,
    pub(crate) deadline: Timestamp,
    pub(crate) purpose: Purpose,
}

/// Why an app is talked to.
pub(crate) enum Purpose {
    /// To do the call.
    Call,
    /// To read a page of what it finds: the first, or the one that follows what this says.
    Page(Option<Value>),
    /// To look whether it happened; when the first attempt began.
    Look(Timestamp),
}

/// How an errand ended.
pub(crate) struct Landed<'p> {
    pub(crate) step: StepId,
    pub(crate) plan: &'p Step,
    pub(crate) call: &'p CallAction,
    pub(crate) answer: Answer,
}

/// What the app said.
pub(crate) enum Answer {
    /// To a call.
    Call(Outcome),
    /// To the reading of a page.
    Page(Result<Page, Failure>),
    /// To a look, with when the first attempt began.
    Look(Confirmation, Timestamp),
}

/// Does an errand. It always ends: with the answer, or a while after the deadline.
pub(crate) async fn run<'p>(engine: &Engine, key: String, errand: Errand<'p>) -> Landed<'p> {
    let Errand { step, plan, call, input, deadline, purpose } = errand;
    let begun = monotonic();
    let answer = match engine.options.connections.get(&call.connection) {
        Some((connection, connector)) => {
            let request = Call {
                operation: call.operation.clone(),
                input,
                connection: Arc::clone(connection),
                deadline,
                idempotency_key: key,
            };
            let talk = AssertUnwindSafe(async {
                match &purpose {
                    Purpose::Call => Answer::Call(connector.call(request).await),
                    Purpose::Page(after) => Answer::Page(connector.page(request, after.clone()).await),
                    Purpose::Look(since) => Answer::Look(connector.confirm(request, *since).await, *since),
                }
            })
            .catch_unwind();
            let last = deadline.checked_add(SignedDuration::from_secs(GRACE_SECONDS)).unwrap_or(deadline);
            match select(Box::pin(talk), engine.options.clock.sleep_until(last)).await {
                Either::Left((Ok(answer), _)) => answer,
                Either::Left((Err(_), _)) => panicked(call, &purpose),
                Either::Right(_) => {
                    failed(&purpose, Failure::new(FailureClass::Unclear, "The app gave no answer in time."))
                }
            }
        }
        None => failed(
            &purpose,
            Failure::new(
                FailureClass::Unauthorised,
                format!(
                    "This workspace has no connection `{}` any more. Add it to bellhop.yaml, then retry the run.",
                    call.connection
                ),
            ),
        ),
    };
    report(call, &answer, begun.elapsed());
    Landed { step, plan, call, answer }
}

/// The connector panicked. Again would hardly help, so a person is told; but of a `once` call it must be known first
/// whether it happened.
fn panicked(call: &CallAction, purpose: &Purpose) -> Answer {
    let class = match purpose {
        Purpose::Call if !call.effect.repeatable() => FailureClass::Unclear,
        _ => FailureClass::Bug,
    };
    let sentence = format!(
        "The connector `{}` broke down in the middle of `{}`: a defect of Bellhop. Please report it; the program's log \
         has the place.",
        call.connector, call.operation
    );
    failed(purpose, Failure::new(class, sentence))
}

fn failed(purpose: &Purpose, failure: Failure) -> Answer {
    match purpose {
        Purpose::Call => Answer::Call(Outcome::Failed(failure)),
        Purpose::Page(_) => Answer::Page(Err(failure)),
        Purpose::Look(since) => Answer::Look(Confirmation::Failed(failure), *since),
    }
}

fn report(call: &CallAction, answer: &Answer, took: std::time::Duration) {
    match answer {
        Answer::Call(outcome) => {
            let class = match outcome {
                Outcome::Done(_) => "done",
                Outcome::Failed(failure) => failure.class.name(),
            };
            meters::call(&call.connector, &call.operation, class, took);
        }
        Answer::Page(read) => {
            let class = read.as_ref().map_or_else(|failure| failure.class.name(), |_| "done");
            meters::call(&call.connector, &call.operation, class, took);
        }
        Answer::Look(confirmation, _) => {
            let answer = match confirmation {
                Confirmation::Happened(_) => "happened",
                Confirmation::DidNotHappen => "did_not_happen",
                Confirmation::CannotTell => "cannot_tell",
                Confirmation::Failed(_) => "failed",
            };
            meters::confirmation(&call.connector, &call.operation, answer);
        }
    }
}
