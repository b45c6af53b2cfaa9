//! One run, as long as it is in hand: ask what is next, journal it, do it, and so on until it ends, sleeps or needs a
//! person. Durable before a `once` call; everything else rides with the next sync, because it may be done again.
//!
//! Refuses to decide anything: that is `decide`'s. Start at [`drive`].

use std::future::Future;
use std::sync::Arc;

use bellhop_connector::{Confirmation, Standing};
use bellhop_journal::{
    Appended, Await, CallNote, Claimed, Entry, RunId, RunStatus, StepId, StoreError, Turn,
};
use bellhop_recipe::{CallAction, Settings};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, future};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::decide::{
    Action, Cursor, Facts, Hands, Rules, Settled, Wake, in_doubt, not_happened, settle, settle_page,
};
use crate::ears::Ears;
use crate::engine::Engine;
use crate::errand::{self, Answer, Errand, Landed, Purpose};
use crate::history::History;
use crate::lane;
use crate::meanwhile::Meanwhile;
use crate::meters;
use crate::person::CANCELLED;
use crate::pool::Handle;
use crate::summon::Summons;
use crate::worker::InLine;

/// The longest pause during which a run is kept in hand rather than given back.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// After so long a call is the app's time, not ours. Far above what calls take on a machine that has much to do, or the
/// more it had to do the more it would take in hand.
const LONG_CALL: SignedDuration = SignedDuration::from_millis(100);

/// How a worker came to the end of what it could do for a run.
pub(crate) enum Left {
    /// The run has come to rest.
    Turned {
        /// The run of the same order key that has its turn now.
        next: Option<Box<Claimed>>,
        /// Runs that can go on by it.
        woken: Vec<RunId>,
    },
    /// The engine stops: the run is let go of together with all others.
    Stopped,
}

/// Where a run comes to rest.
enum Rest {
    End {
        status: RunStatus,
        reason: String,
    },
    Halt {
        step: StepId,
        message: String,
    },
    /// `troubled`: a person is needed meanwhile.
    Sleep {
        wake: Wake,
        troubled: bool,
    },
}

/// Where a run is worked on.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) engine: &'a Arc<Engine>,
    pub(crate) handle: &'a Arc<Handle>,
    /// The recipe's steps that go over all that an operation finds.
    pub(crate) loops: &'a [String],
}

impl At<'_> {
    /// How the calls of a step stand in an app's line.
    fn standing(self, errand: &Errand<'_>) -> Standing {
        let lane = lane::of_step(self.handle.lane, self.loops, &errand.step);
        Standing { lane, told: Some(InLine::of(self.engine, self.handle)) }
    }
}

/// Works on a run with the cursor that stands at its beginning.
pub(crate) async fn drive(
    at: At<'_>,
    history: &mut History<'_>,
    facts: &Facts,
    mut cursor: Cursor<'_>,
    mut ears: Ears,
    mut hands: Hands,
) -> Result<Left, StoreError> {
    let At { engine, handle, .. } = at;
    let mut flights = FuturesUnordered::new();
    loop {
        let held_back = handle.is_cancelled() || engine.pool.is_closed();
        if handle.is_called() {
            ears.catch_up(history).await?;
        }
        ears.tell(&mut hands);
        let next = gather(engine, history, &mut hands, &mut cursor, held_back);
        if hands.busy.is_empty() {
            if handle.is_cancelled() {
                let rest = Rest::End { status: RunStatus::Cancelled, reason: CANCELLED.to_owned() };
                return come_to_rest(engine, history, handle, &ears, rest).await;
            }
            if let Some(rest) = next.rest {
                return come_to_rest(engine, history, handle, &ears, rest).await;
            }
        }
        history.fold_if_long(engine.options.clock.now());
        // What is called with a key or changes what is found must be about the same items after a crash.
        let has_new_items = history.has_new_items();
        let must_be_known = |errand: &Errand<'_>| {
            matches!(errand.purpose, Purpose::Call) && (has_new_items || !errand.call.effect.repeatable())
        };
        if next.errands.iter().any(must_be_known) {
            history.write().await?;
        }
        for errand in next.errands {
            let key = format!("{}:{}", history.run, errand.step);
            let standing = at.standing(&errand);
            flights.push(errand::run(engine, key, errand, standing, history.hold.clone()));
        }
        if !next.summons.is_empty() {
            for summons in next.summons {
                hands.busy.remove(&summons.step);
                let entry = engine.summon(history, facts, summons, handle.lane).await?;
                history.record(entry, engine.options.clock.now());
            }
            continue;
        }
        if let Some(awaits) = next.listens.filter(|_| !held_back) {
            ears.listen(history, awaits, engine.options.clock.now()).await?;
            continue;
        }
        if flights.is_empty() {
            match next.wake {
                _ if held_back => {
                    history.write().await?;
                    return Ok(Left::Stopped);
                }
                Some(wake) => {
                    if let Some(at) = wake.at.filter(|at| wake.awaits.is_empty() && is_soon(engine, *at)) {
                        history.write_soon();
                        pause(engine, handle, at).await;
                    } else {
                        let needed = Meanwhile::of(&history.run, &hands, cursor.trouble());
                        let rest = Rest::Sleep { wake: needed.before(wake), troubled: needed.is_some() };
                        let left = come_to_rest(engine, history, handle, &ears, rest).await?;
                        history.tell_meanwhile(needed);
                        return Ok(left);
                    }
                }
                None => {}
            }
            continue;
        }
        history.write_soon();
        if let Some(wake) = &next.wake {
            ears.prick(history, wake.awaits.clone()).await?;
        }
        if let Some(landed) = first(engine, handle, &mut flights, next.wake).await {
            land(engine, history, &mut hands, facts, cursor.settings(), landed);
        }
        while let Some(Some(landed)) = flights.next().now_or_never() {
            land(engine, history, &mut hands, facts, cursor.settings(), landed);
        }
    }
}

/// What is to be done next, when all that can be said at once has been recorded.
#[derive(Default)]
struct Next<'p> {
    errands: Vec<Errand<'p>>,
    summons: Vec<Summons<'p>>,
    listens: Option<Vec<Await>>,
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
        next.listens = None;
        for action in cursor.decide(&history.state, hands, now) {
            match action {
                Action::Record(entry) => {
                    history.record(entry, now);
                    moved = true;
                }
                Action::Call { .. }
                | Action::ReadPage { .. }
                | Action::Confirm { .. }
                | Action::Summon { .. }
                    if held_back => {}
                Action::Call { step, plan, attempt, call, input, deadline } => {
                    begin(history, hands, &step, attempt, call, &input, now);
                    next.errands.push(Errand {
                        step,
                        plan,
                        call,
                        input,
                        deadline,
                        attempt: Some(attempt),
                        purpose: Purpose::Call,
                    });
                    moved = true;
                }
                Action::ReadPage { step, plan, attempt, call, input, after, deadline } => {
                    begin(history, hands, &step, attempt, call, &input, now);
                    let (attempt, purpose) = (Some(attempt), Purpose::Page(after));
                    next.errands.push(Errand { step, plan, call, input, deadline, attempt, purpose });
                    moved = true;
                }
                Action::Confirm { step, plan, call, input, since, deadline } => {
                    hands.busy.insert(step.clone());
                    let (attempt, purpose) = (None, Purpose::Look(since));
                    next.errands.push(Errand { step, plan, call, input, deadline, attempt, purpose });
                }
                Action::Summon { step, plan, recipe, inputs } => {
                    hands.busy.insert(step.clone());
                    next.summons.push(Summons { step, plan, recipe, inputs });
                }
                Action::Listen(awaits) => next.listens = Some(awaits),
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

/// Journals that a call begins.
fn begin(
    history: &mut History<'_>,
    hands: &mut Hands,
    step: &StepId,
    attempt: u32,
    call: &CallAction,
    input: &Value,
    now: Timestamp,
) {
    let call = CallNote {
        connector: call.connector.clone(),
        operation: call.operation.clone(),
        connection: call.connection.clone(),
        input: input.clone(),
    };
    history.record(Entry::StepStarted { step: step.clone(), attempt, call }, now);
    hands.busy.insert(step.clone());
}

/// The first call that lands; none: it is time to look again. While the app takes its time the run's place is lent.
async fn first<'p>(
    engine: &Arc<Engine>,
    handle: &Handle,
    flights: &mut FuturesUnordered<impl Future<Output = Landed<'p>>>,
    wake: Option<Wake>,
) -> Option<Landed<'p>> {
    let clock = &engine.options.clock;
    let at = wake.and_then(|wake| wake.at).unwrap_or(Timestamp::MAX);
    let nudged = std::pin::pin!(handle.nudge.notified());
    let earlier = future::select(clock.sleep_until(at), nudged);
    let landed = future::select(flights.next(), earlier).map(|first| match first {
        future::Either::Left((landed, _)) => landed,
        future::Either::Right(_) => None,
    });
    if !engine.options.lends {
        return landed.await;
    }
    let long = clock.now().checked_add(LONG_CALL).unwrap_or(Timestamp::MAX);
    match future::select(landed, clock.sleep_until(long)).await {
        future::Either::Left((landed, _)) => landed,
        future::Either::Right(((), landed)) => {
            let _place_is_lent = engine.linger(handle);
            landed.await
        }
    }
}

fn is_soon(engine: &Engine, at: Timestamp) -> bool {
    at.duration_since(engine.options.clock.now()) <= SHORT_PAUSE
}

/// A short pause with the run in hand. Cut short where the run is cancelled or the engine stops.
async fn pause(engine: &Arc<Engine>, handle: &Handle, until: Timestamp) {
    let _place_is_lent = engine.rest(handle);
    let nudged = std::pin::pin!(handle.nudge.notified());
    future::select(engine.options.clock.sleep_until(until), nudged).await;
}

/// Takes in what an errand brought.
fn land(
    engine: &Engine,
    history: &mut History<'_>,
    hands: &mut Hands,
    facts: &Facts,
    settings: &Settings,
    landed: Landed<'_>,
) {
    let Landed { step, plan, call, answer } = landed;
    let in_vain = hands.early.contains_key(&step);
    engine.outages.heard(&call.connection, (&facts.run, &step), &answer, in_vain);
    let now = engine.options.clock.now();
    hands.busy.remove(&step);
    let rules = Rules { run: &facts.run, retry: plan.retry.as_ref().or(settings.retry.as_ref()) };
    let entry = match answer {
        Answer::Call(outcome) => match settle(rules, plan, &step, call, &history.state, outcome, now) {
            Settled::Record(entry) => entry,
            Settled::Doubt(said) => {
                hands.said.insert(step, said);
                return;
            }
        },
        Answer::Page(read) => settle_page(rules, plan, &step, &history.state, read, now),
        Answer::Look(Confirmation::Happened(output), _) => Entry::StepEnded { step, output },
        Answer::Look(Confirmation::DidNotHappen, _) => not_happened(rules, plan, &step, &history.state, now),
        Answer::Look(unclear, since) => {
            let failure = match &unclear {
                Confirmation::Failed(failure) => Some(failure),
                _ => None,
            };
            let told = (hands.said.get(&step).map(String::as_str), since);
            match in_doubt(&facts.run, plan, &step, &history.state, told, failure, now) {
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
async fn come_to_rest(
    engine: &Engine,
    history: &mut History<'_>,
    handle: &Handle,
    ears: &Ears,
    rest: Rest,
) -> Result<Left, StoreError> {
    let now = engine.options.clock.now();
    let mut turn = match rest {
        Rest::End { status, reason } => {
            if history.state.ended.is_none() {
                let by = handle.by().filter(|_| status == RunStatus::Cancelled);
                history.record(Entry::RunEnded { status, reason: reason.clone(), by }, now);
            }
            Turn { summary: reason, ..Turn::to(status).yielding() }
        }
        Rest::Halt { step, message } => {
            if history.state.halted.is_none() {
                history.record(Entry::Halted { step, message: message.clone() }, now);
            }
            let awaits = Some(Vec::new());
            Turn { summary: message, awaits, ..Turn::to(RunStatus::NeedsAttention).yielding() }
        }
        Rest::Sleep { wake, troubled } => Turn {
            status: if wake.awaits.is_empty() { RunStatus::Sleeping } else { RunStatus::Waiting },
            wake_at: wake.at,
            yields: wake.yields,
            summary: wake.reason,
            troubled,
            awaits: Some(wake.awaits),
            heard: ears.heard,
        },
    };
    history.redact_text(&mut turn.summary);
    let (status, wake_at) = (turn.status, turn.wake_at);
    let Appended { next, woken } = history.turn(turn).await?;
    if let Some(at) = wake_at {
        engine.alarm.set(at);
    }
    if status.is_over() || status == RunStatus::NeedsAttention {
        meters::run(&history.recipe, status.name());
    }
    if woken.contains(&history.run) {
        // Something has happened while the run was being laid down: it is taken up again as soon as it has been let go of.
        handle.call();
    }
    Ok(Left::Turned { next: next.map(Box::new), woken })
}

/// Stops a run for a person before any step is asked.
pub(crate) async fn halt(
    engine: &Engine,
    history: &mut History<'_>,
    step: StepId,
    message: String,
    handle: &Handle,
) -> Result<Left, StoreError> {
    come_to_rest(engine, history, handle, &Ears::default(), Rest::Halt { step, message }).await
}
