//! One call of an app, or one look whether a call happened: made, timed, and caught where it panics or never ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bellhop_clock::monotonic;
use bellhop_connector::{Call, Confirmation, Failure, FailureClass, Outcome, Page, Standing};
use bellhop_journal::StepId;
use bellhop_recipe::{CallAction, Step};
use futures::FutureExt;
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::engine::Engine;
use crate::meters;
use crate::spans::{Hold, Ran};

/// How much longer than its deadline a connector may take before it is given up as hung.
const GRACE_SECONDS: i64 = 5;

/// What is to be done for a step.
pub(crate) struct Errand<'p> {
    pub(crate) step: StepId,
    pub(crate) plan: &'p Step,
    pub(crate) call: &'p CallAction,
    pub(crate) input: Value,
    pub(crate) deadline: Timestamp,
    /// From 1; none for a look, which is no attempt.
    pub(crate) attempt: Option<u32>,
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
pub(crate) async fn run<'p>(
    engine: &Engine,
    key: String,
    errand: Errand<'p>,
    standing: Standing,
    hold: Option<Hold>,
) -> Landed<'p> {
    let Errand { step, plan, call, input, deadline, attempt, purpose } = errand;
    let watched = hold.map(|hold| (hold, engine.options.clock.now()));
    let begun = monotonic();
    let answer = match engine.options.connections.get(&call.connection) {
        Some((connection, connector)) => {
            let request = Call {
                operation: call.operation.clone(),
                input,
                connection: Arc::clone(connection),
                deadline,
                idempotency_key: key,
                standing,
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
    let (name, outcome) = words(&answer);
    if let Answer::Look(..) = answer {
        meters::confirmation(&call.connector, &call.operation, outcome);
    } else {
        meters::call(&call.connector, &call.operation, outcome, begun.elapsed());
    }
    if let (Some(tell), Some((hold, began))) = (&engine.options.spans, watched) {
        let ran = Ran {
            name,
            step: &step,
            connector: &call.connector,
            operation: &call.operation,
            connection: &call.connection,
            attempt,
            outcome,
        };
        tell(hold.errand(&ran, began, engine.options.clock.now()));
    }
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

/// What kind of errand it was, and how it ended: the words of figures and traces.
fn words(answer: &Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Call(Outcome::Done(_)) => ("call", "done"),
        Answer::Call(Outcome::Failed(failure)) => ("call", failure.class.name()),
        Answer::Page(Ok(_)) => ("page", "done"),
        Answer::Page(Err(failure)) => ("page", failure.class.name()),
        Answer::Look(Confirmation::Happened(_), _) => ("look", "happened"),
        Answer::Look(Confirmation::DidNotHappen, _) => ("look", "did_not_happen"),
        Answer::Look(Confirmation::CannotTell, _) => ("look", "cannot_tell"),
        Answer::Look(Confirmation::Failed(_), _) => ("look", "failed"),
    }
}
