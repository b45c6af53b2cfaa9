//! Workers: each takes runs in hand one after the other. Whatever happens in a run, even a panic, its worker lets go of
//! it and goes on with the next.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};

use bellhop_journal::{RunId, State, StoreError};
use bellhop_template::Context;
use futures::FutureExt;
use jiff::SignedDuration;

use crate::book::Listener;
use crate::decide::{Cursor, Facts, Hands};
use crate::drive::{At, Left, drive, halt};
use crate::ears::Ears;
use crate::engine::Engine;
use crate::history::History;
use crate::job::{Job, Pinned, Start};
use crate::outage::early;
use crate::pool::{Handle, Lingers, Rest};
use crate::verdict::{self, Verdict, verdict};

/// The pause before a run is taken up again whose history the store was too busy to take.
const BUSY_PAUSE: SignedDuration = SignedDuration::from_millis(100);

const DEFECT: &str = "Bellhop broke down in the middle of this run: a defect of Bellhop. Please report it; the program's \
                      log has the place. What was done until then is kept: retry the run, or cancel it.";

impl Engine {
    /// Takes a run in hand.
    pub(crate) fn dispatch(self: &Arc<Self>, job: Job) {
        if let Some((job, handle)) = self.pool.take(job) {
            self.hire(job, handle);
        }
    }

    fn hire(self: &Arc<Self>, job: Job, handle: Arc<Handle>) {
        self.at_home(worker(Arc::clone(self), job, handle));
    }

    /// A run only waits for as long as what this gives lives; meanwhile its place is another's.
    pub(crate) fn rest<'a>(self: &'a Arc<Self>, handle: &'a Handle) -> Rest<'a> {
        let (rest, next) = Rest::of(&self.pool, handle);
        if let Some((job, handle)) = next {
            self.hire(job, handle);
        }
        rest
    }

    /// The same for as long as an app takes its time; none where as many runs as may lend their places for that already.
    pub(crate) fn linger<'a>(self: &'a Arc<Self>, handle: &'a Handle) -> Option<(Rest<'a>, Lingers<'a>)> {
        let lingers = self.pool.lingers()?;
        Some((self.rest(handle), lingers))
    }
}

/// Hears from an app's connector when a call of a run stands in line. It does not keep the engine alive: whoever holds a
/// call, for however long, holds no more than that.
pub(crate) struct InLine {
    engine: Weak<Engine>,
    handle: Arc<Handle>,
}

impl InLine {
    pub(crate) fn of(engine: &Arc<Engine>, handle: &Arc<Handle>) -> Arc<Self> {
        Arc::new(Self { engine: Arc::downgrade(engine), handle: Arc::clone(handle) })
    }
}

impl bellhop_connector::InLine for InLine {
    fn stands(&self) {
        let Some(engine) = self.engine.upgrade() else { return };
        if let Some((job, handle)) = engine.pool.rests(&self.handle) {
            engine.hire(job, handle);
        }
    }

    fn goes(&self) {
        if let Some(engine) = self.engine.upgrade() {
            engine.pool.rests_no_more(&self.handle);
        }
    }
}

async fn worker(engine: Arc<Engine>, job: Job, handle: Arc<Handle>) {
    let mut next = Some((job, handle));
    while let Some((mut job, handle)) = next {
        let run = job.id.clone();
        let mut history = History::new(&engine, &mut job);
        let left = match AssertUnwindSafe(carry(&engine, &mut history, job, &handle)).catch_unwind().await {
            Ok(left) => left,
            Err(_) => AssertUnwindSafe(stop_for_a_person(&engine, &mut history, &handle))
                .catch_unwind()
                .await
                .unwrap_or_default(),
        };
        // Free before anyone is told: who is told may want to retry the run at once.
        engine.pool.let_go(&run);
        history.tell();
        history.tell_span();
        if handle.is_called() {
            engine.take_up(&run).await;
        }
        engine.wake(&left.woken).await;
        next = engine.pool.next(&handle, left.follower);
    }
}

/// What can go on because a run has come to rest.
#[derive(Default)]
struct After {
    /// The run of the same order key that has its turn.
    follower: Option<Job>,
    /// Runs that waited for something that has happened.
    woken: Vec<RunId>,
}

impl From<Left> for After {
    fn from(left: Left) -> Self {
        match left {
            Left::Turned { next, woken } => Self { follower: next.map(|next| Job::claimed(*next)), woken },
            Left::Stopped => Self::default(),
        }
    }
}

/// Works on a run until it comes to rest.
async fn carry(engine: &Arc<Engine>, history: &mut History<'_>, job: Job, handle: &Arc<Handle>) -> After {
    let mut job = job;
    loop {
        match go_on(engine, history, job, handle).await {
            Ok(left) => return left.into(),
            Err(StoreError::Busy) => match take_up_again(engine, history).await {
                Some(again) => job = again,
                None => return After::default(),
            },
            Err(error) => {
                given_up(engine, history, &error);
                return After::default();
            }
        }
    }
}

/// Begins with a run anew from what the store has of it, as after a crash.
async fn take_up_again(engine: &Engine, history: &mut History<'_>) -> Option<Job> {
    let clock = &engine.options.clock;
    loop {
        let until = clock.now().checked_add(BUSY_PAUSE).unwrap_or(jiff::Timestamp::MAX);
        clock.sleep_until(until).await;
        match engine.options.store.claim_run(&engine.options.owner, &history.run, clock.now()).await {
            Ok(claimed) => {
                let mut job = Job::claimed(claimed?);
                history.begin_anew(std::mem::take(&mut job.state));
                return Some(job);
            }
            Err(StoreError::Busy) => {}
            Err(error) => {
                given_up(engine, history, &error);
                return None;
            }
        }
    }
}

/// After a panic: what was not written yet is lost as in a crash, and a person is told.
async fn stop_for_a_person(engine: &Engine, history: &mut History<'_>, handle: &Arc<Handle>) -> After {
    tracing::error!(run = %history.run, recipe = %history.recipe, "a run was stopped because of a panic; this is a defect");
    let store = &engine.options.store;
    let claimed = store.claim_run(&engine.options.owner, &history.run, engine.options.clock.now()).await;
    let result = match claimed {
        Ok(None) => return After::default(),
        Ok(Some(claimed)) => {
            history.begin_anew(State::fold(&claimed.history));
            halt(engine, history, String::new(), DEFECT.to_owned(), handle).await
        }
        Err(error) => Err(error),
    };
    match result {
        Ok(left) => left.into(),
        Err(error) => {
            given_up(engine, history, &error);
            After::default()
        }
    }
}

fn given_up(engine: &Engine, history: &History<'_>, error: &StoreError) {
    let (run, recipe) = (&history.run, &history.recipe);
    match error {
        StoreError::Taken(_) => {
            tracing::warn!(%run, %recipe, "the run has been taken over by another process");
        }
        StoreError::Busy => tracing::warn!(%run, %recipe, "the store is too busy for the run's history"),
        StoreError::Unreadable(sentence) => tracing::error!(%run, %recipe, "{sentence}"),
        StoreError::Broken(sentence) => engine.break_down(sentence),
    }
}

/// Finds what the run needs, then drives it.
async fn go_on(
    engine: &Arc<Engine>,
    history: &mut History<'_>,
    job: Job,
    handle: &Arc<Handle>,
) -> Result<Left, StoreError> {
    let options = &engine.options;
    let loaded = match job.pinned {
        Pinned::Loaded(loaded) => loaded,
        Pinned::Version(version) => {
            match engine.book.version(&*options.store, &options.world, &job.recipe, &version).await? {
                Ok(loaded) => loaded,
                Err(sentence) => return halt(engine, history, String::new(), sentence, handle).await,
            }
        }
    };
    if let Some(hold) = &mut history.hold {
        hold.version = Some(loaded.plan.version.as_str().into());
    }
    let inputs = match loaded.inputs(&job.given) {
        Ok(inputs) => inputs,
        Err(problems) => {
            return halt(engine, history, "/inputs".to_owned(), problems.join(" "), handle).await;
        }
    };
    if history.state.entries == 0 && !handle.is_cancelled() {
        let problem = match job.start {
            Start::Clear => None,
            Start::Unclear(step, sentence) => Some((step, sentence)),
            Start::Unknown(origin) => {
                let context = Context { now: options.clock.now(), zone: loaded.zone(&options.world).clone() };
                let listener = Listener::of(&loaded, &origin);
                let scope = verdict::scope(&job.trigger, &loaded.inputs_of_triggers());
                match verdict(&listener, None, &scope, &context) {
                    Verdict::Unclear(trigger, sentence) => Some((trigger.address.to_string(), sentence)),
                    _ => None,
                }
            }
        };
        if let Some((step, sentence)) = problem {
            return halt(engine, history, step, sentence, handle).await;
        }
    }
    let facts = Facts {
        run: job.id,
        recipe: loaded.name.clone(),
        trigger: job.trigger,
        inputs,
        started: job.created,
        record: job.record,
    };
    let cursor = Cursor::new(&loaded.plan, &facts, &options.world.zone);
    let at = At { engine, handle, loops: &loaded.loops };
    let hands = Hands { early: early(&history.state, job.early.as_ref()), ..Hands::default() };
    drive(at, history, &facts, cursor, Ears::of(job.signals), hands).await
}
