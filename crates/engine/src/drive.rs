//! One run, as long as it is in hand: ask what is next, journal it, do it, and so on until it ends, sleeps or needs a
//! person. Durable before a `once` call; everything else rides with the next sync, because it may be done again.
//!
//! Refuses to decide anything: that is `decide`'s. Start at [`drive`].

use std::future::Future;

use bellhop_connector::Confirmation;
use bellhop_journal::{CallNote, Claimed, Entry, RunStatus, StepId, StoreError, Turn};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, future};
use jiff::{SignedDuration, Timestamp};

use crate::decide::{Action, Cursor, Facts, Hands, Settled, Wake, in_doubt, settle};
use crate::engine::Engine;
use crate::errand::{self, Answer, Errand, Landed, Purpose};
use crate::history::History;
use crate::meters;
use crate::person::CANCELLED;
use crate::pool::Handle;

/// The longest pause during which a run is kept in hand rather than given back.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// How a worker came to the end of what it could do for a run.
pub(crate) enum Left {
    /// The run ended, sleeps or needs a person; this run of the same order key has its turn now.
    Turned(Option<Box<Claimed>>),
    /// The engine stops: the run is let go of together with all others.
    Stopped,
}

/// Where a run comes to rest.
enum Rest {
    End { status: RunStatus, reason: String },
    Halt { step: StepId, message: String },
    Sleep(Wake),
}

/// Works on a run with the cursor that stands at its beginning.
pub(crate) async fn drive(
    engine: &Engine,
    history: &mut History<'_>,
    handle: &Handle,
    facts: &Facts,
    mut cursor: Cursor<'_>,
) -> Result<Left, StoreError> {
    let mut hands = Hands::default();
    let mut flights = FuturesUnordered::new();
    loop {
        let held_back = handle.is_cancelled() || engine.pool.is_closed();
        let next = gather(engine, history, &mut hands, &mut cursor, held_back);
        if hands.busy.is_empty() {
            if handle.is_cancelled() {
                let rest = Rest::End { status: RunStatus::Cancelled, reason: CANCELLED.to_owned() };
                return come_to_rest(engine, history, rest).await;
            }
            if let Some(rest) = next.rest {
                return come_to_rest(engine, history, rest).await;
            }
        }
        let is_once =
            |errand: &Errand<'_>| matches!(errand.purpose, Purpose::Call) && !errand.call.effect.repeatable();
        if next.errands.iter().any(is_once) {
            history.write().await?;
        }
        for errand in next.errands {
            let key = format!("{}:{}", history.run, errand.step);
            flights.push(errand::run(engine, key, errand));
        }
        if flights.is_empty() {
            match next.wake {
                _ if held_back => {
                    history.write().await?;
                    return Ok(Left::Stopped);
                }
                Some(wake) if wake.at.duration_since(engine.options.clock.now()) > SHORT_PAUSE => {
                    return come_to_rest(engine, history, Rest::Sleep(wake)).await;
                }
                Some(wake) => {
                    history.write_soon();
                    pause(engine, handle, wake.at).await;
                }
                None => {}
            }
            continue;
        }
        history.write_soon();
        if let Some(landed) = first(engine, &mut flights, next.wake).await {
            land(engine, history, &mut hands, facts, landed);
        }
        while let Some(Some(landed)) = flights.next().now_or_never() {
            land(engine, history, &mut hands, facts, landed);
        }
    }
}

/// What is to be done next, when all that can be said at once has been recorded.
#[derive(Default)]
struct Next<'p> {
    errands: Vec<Errand<'p>>,
    wake: Option<Wake>,
    rest: Option<Rest>,
}

fn gather<'p>(
    engine: &Engine,
    history: &mut History<'_>,
    hands: &mut Hands,
    cursor: &mut Cursor<'p>,
    held_back: bool,
) -> Next<'p> {
    let mut next = Next::default();
    loop {
        let now = engine.options.clock.now();
        let mut moved = false;
        next.wake = None;
        for action in cursor.decide(&history.state, hands, now) {
            match action {
                Action::Record(entry) => {
                    history.record(entry, now);
                    moved = true;
                }
                Action::Call { .. } | Action::Confirm { .. } if held_back => {}
                Action::Call { step, plan, attempt, call, input, deadline } => {
                    let note = CallNote {
                        connector: call.connector.clone(),
                        operation: call.operation.clone(),
                        connection: call.connection.clone(),
                        input: input.clone(),
                    };
                    history.record(Entry::StepStarted { step: step.clone(), attempt, call: note }, now);
                    hands.busy.insert(step.clone());
                    next.errands.push(Errand { step, plan, call, input, deadline, purpose: Purpose::Call });
                    moved = true;
                }
                Action::Confirm { step, plan, call, input, since, deadline } => {
                    hands.busy.insert(step.clone());
                    let purpose = Purpose::Look(since);
                    next.errands.push(Errand { step, plan, call, input, deadline, purpose });
                }
                Action::WaitUntil(wake) => next.wake = Some(wake),
                Action::Halt { step, message } => next.rest = Some(Rest::Halt { step, message }),
                Action::End { status, reason } => next.rest = Some(Rest::End { status, reason }),
            }
        }
        if !moved {
            return next;
        }
    }
}

/// The first call that lands; none: it is time to look again.
async fn first<'p>(
    engine: &Engine,
    flights: &mut FuturesUnordered<impl Future<Output = Landed<'p>>>,
    wake: Option<Wake>,
) -> Option<Landed<'p>> {
    match wake {
        None => flights.next().await,
        Some(wake) => match future::select(flights.next(), engine.options.clock.sleep_until(wake.at)).await {
            future::Either::Left((landed, _)) => landed,
            future::Either::Right(_) => None,
        },
    }
}

/// A short pause with the run in hand. Cut short where the run is cancelled or the engine stops.
async fn pause(engine: &Engine, handle: &Handle, until: Timestamp) {
    let nudged = std::pin::pin!(handle.nudge.notified());
    future::select(engine.options.clock.sleep_until(until), nudged).await;
}

/// Takes in what an errand brought.
fn land(engine: &Engine, history: &mut History<'_>, hands: &mut Hands, facts: &Facts, landed: Landed<'_>) {
    let Landed { step, plan, call, answer } = landed;
    let now = engine.options.clock.now();
    hands.busy.remove(&step);
    let entry = match answer {
        Answer::Call(outcome) => match settle(&facts.run, plan, &step, call, &history.state, outcome, now) {
            Settled::Record(entry) => entry,
            Settled::Doubt => return,
        },
        Answer::Look(Confirmation::Happened(output), _) => Entry::StepEnded { step, output },
        Answer::Look(Confirmation::DidNotHappen, _) => Entry::NotHappened { step },
        Answer::Look(unclear, since) => {
            let failure = match &unclear {
                Confirmation::Failed(failure) => Some(failure),
                _ => None,
            };
            match in_doubt(&facts.run, plan, &step, since, failure, now) {
                Ok(later) => {
                    hands.later.insert(step, later);
                }
                Err(mut sentence) => {
                    history.redact_text(&mut sentence);
                    hands.unknown.insert(step, sentence);
                }
            }
            return;
        }
    };
    history.record(entry, now);
}

/// Journals where the run comes to rest, and lets go of it.
async fn come_to_rest(engine: &Engine, history: &mut History<'_>, rest: Rest) -> Result<Left, StoreError> {
    let now = engine.options.clock.now();
    let mut turn = match rest {
        Rest::End { status, reason } => {
            if history.state.ended.is_none() {
                history.record(Entry::RunEnded { status, reason: reason.clone() }, now);
            }
            Turn { status, wake_at: None, yields: true, summary: reason }
        }
        Rest::Halt { step, message } => {
            if history.state.halted.is_none() {
                history.record(Entry::Halted { step, message: message.clone() }, now);
            }
            Turn { status: RunStatus::NeedsAttention, wake_at: None, yields: true, summary: message }
        }
        Rest::Sleep(wake) => Turn {
            status: RunStatus::Sleeping,
            wake_at: Some(wake.at),
            yields: wake.yields,
            summary: wake.reason,
        },
    };
    history.redact_text(&mut turn.summary);
    let (status, wake_at) = (turn.status, turn.wake_at);
    let next = history.turn(turn).await?;
    match wake_at {
        Some(at) => engine.alarm.set(at),
        None => meters::run(&history.recipe, status.name()),
    }
    Ok(Left::Turned(next.map(Box::new)))
}

/// Stops a run for a person before any step is asked.
pub(crate) async fn halt(
    engine: &Engine,
    history: &mut History<'_>,
    step: StepId,
    message: String,
) -> Result<Left, StoreError> {
    come_to_rest(engine, history, Rest::Halt { step, message }).await
}
