//! What keeps an engine going: the sign of life in the store, and the look for runs that are due or that another process
//! left behind. The store is asked only then; new runs come from intake in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bellhop_journal::{Append, Claimed, RunId, RunStatus, State, StepId, StoreError, Turn};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::engine::Engine;
use crate::job::Job;
use crate::{meters, outage};

/// For how long a sign of life counts. After it others may take the runs of a process that died.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How often there is one.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(10);
/// How often runs that others left are looked for, though nothing is due.
const LOOK: SignedDuration = SignedDuration::from_secs(5);
/// The pause where something is due and cannot be taken.
const BREATH: SignedDuration = SignedDuration::from_millis(200);
/// Who sleeps for no longer than this is left to sleep, though its app works again: its author's tries are for more than a
/// moment.
const WORTH_WAKING: SignedDuration = SignedDuration::from_secs(30);
/// How many runs are taken at once.
const MOST: usize = 256;
/// The part of the room for waiting runs that is filled with what was claimed: the rest is for new events, which are taken
/// however much there is to catch up with. What is claimed later costs no memory until then.
pub(crate) const SHARE: usize = 8;

/// When the sleeper that is due next is to be woken.
pub(crate) struct Alarm {
    /// Microseconds since 1970; the largest number while nobody waits for it.
    at: AtomicI64,
    earlier: Notify,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self { at: AtomicI64::new(i64::MIN), earlier: Notify::new() }
    }

    /// A run sleeps until then.
    pub(crate) fn set(&self, at: Timestamp) {
        if at.as_microsecond() < self.at.load(Ordering::Acquire) {
            self.earlier.notify_one();
        }
    }
}

impl Engine {
    /// A sign of life, now.
    pub(crate) async fn live(&self) -> Result<(), StoreError> {
        let until = after(self.options.clock.now(), LEASE);
        self.options.store.keep_alive(&self.options.owner, until).await
    }

    /// Gives signs of life for as long as the engine lives.
    pub(crate) async fn stay_alive(self: Arc<Self>) {
        loop {
            let clock = &self.options.clock;
            clock.sleep_until(after(clock.now(), HEARTBEAT)).await;
            self.pool.report();
            match self.live().await {
                Ok(()) | Err(StoreError::Busy | StoreError::Taken(_) | StoreError::Unreadable(_)) => {}
                Err(StoreError::Broken(sentence)) => return self.break_down(&sentence),
            }
        }
    }

    /// Takes what is due and what others left, for as long as the engine lives.
    pub(crate) async fn wake_sleepers(self: Arc<Self>) {
        let mut expected: Option<Timestamp> = None;
        loop {
            let now = self.options.clock.now();
            let pause = match self.take_due().await {
                Ok(taken) => {
                    if let Some(due) = expected.take().filter(|due| taken > 0 && *due <= now) {
                        meters::late(now.duration_since(due).unsigned_abs());
                    }
                    if taken == MOST {
                        continue;
                    }
                    self.until_next(&mut expected).await
                }
                Err(error) => Err(error),
            };
            let until = match pause {
                Ok(until) => until,
                Err(StoreError::Broken(sentence)) => return self.break_down(&sentence),
                Err(_) => after(self.options.clock.now(), BREATH),
            };
            let earlier = std::pin::pin!(self.alarm.earlier.notified());
            futures::future::select(self.options.clock.sleep_until(until), earlier).await;
            self.alarm.at.store(i64::MIN, Ordering::Release);
        }
    }

    /// Takes runs that are due or were left behind, as far as there is room; how many.
    pub(crate) async fn take_due(self: &Arc<Self>) -> Result<usize, StoreError> {
        let _claiming = self.claiming.lock().await;
        let share = self.options.max_backlog.div_ceil(SHARE);
        let room = share.saturating_sub(self.pool.waiting()).min(MOST);
        if room == 0 || self.pool.is_closed() {
            return Ok(0);
        }
        let now = self.options.clock.now();
        let claimed = self.options.store.claim(&self.options.owner, now, room).await?;
        let taken = claimed.len();
        for one in claimed {
            self.dispatch(Job::claimed(one));
        }
        Ok(taken)
    }

    /// Has runs go on that wait for something that has happened: those in hand are told, the others taken up.
    pub(crate) async fn wake(self: &Arc<Self>, runs: &[RunId]) {
        for run in runs {
            if self.pool.call(run) {
                continue;
            }
            if self.options.takes_up {
                self.alarm.set(self.options.clock.now());
            } else {
                self.take_up(run).await;
            }
        }
    }

    /// Takes up a run that rests and is due, where nobody else has it.
    pub(crate) async fn take_up(self: &Arc<Self>, run: &RunId) {
        let taken = self.take_if_due(run, None).await;
        self.taken(run, taken);
    }

    /// Takes up a run that sleeps until a step is tried again, though it is not due yet.
    pub(crate) async fn take_up_early(self: &Arc<Self>, run: &RunId, step: StepId) {
        let taken = self.take_if_due(run, Some(step)).await;
        self.taken(run, taken);
    }

    fn taken(&self, run: &RunId, taken: Result<(), StoreError>) {
        match taken {
            Ok(()) => {}
            Err(StoreError::Broken(sentence)) => self.break_down(&sentence),
            Err(error) => tracing::warn!(%run, %error, "the run could not be taken up at once"),
        }
    }

    async fn take_if_due(self: &Arc<Self>, run: &RunId, early: Option<StepId>) -> Result<(), StoreError> {
        let (store, now) = (&self.options.store, self.options.clock.now());
        let is_due = |found: &Claimed| {
            let rests = matches!(found.run.status, RunStatus::Sleeping | RunStatus::Waiting);
            let is_time = match &early {
                Some(step) => {
                    found.run.wake_at.is_some_and(|at| at > after(now, WORTH_WAKING))
                        && !outage::early(&State::fold(&found.history), Some(step)).is_empty()
                }
                None => found.run.wake_at.is_some_and(|at| at <= now),
            };
            rests && found.run.holder.is_none() && is_time
        };
        let _claiming = self.claiming.lock().await;
        if !self.pool.is_closed()
            && !self.pool.has(run)
            && store.run(run.as_str()).await?.as_ref().is_some_and(is_due)
            && let Some(claimed) = store.claim_run(&self.options.owner, run, now).await?
        {
            if early.is_some() {
                // On disk it would sleep on else: after a death in its next try until the time of a pause long past.
                let turn = Some(Turn::to(RunStatus::Ready));
                let (owner, after) = (self.options.owner.clone(), claimed.entries());
                store.append(Append { run: run.clone(), owner, after, entries: Vec::new(), turn }).await?;
            }
            self.dispatch(Job { early, ..Job::claimed(claimed) });
        }
        Ok(())
    }

    /// Whether so many runs wait in memory that others may have been left for later.
    fn is_crowded(&self) -> bool {
        let waiting = self.pool.waiting();
        waiting > 0 && waiting + MOST > self.options.max_backlog.div_ceil(SHARE)
    }

    /// When to look again; and when the next sleeper is due.
    async fn until_next(&self, expected: &mut Option<Timestamp>) -> Result<Timestamp, StoreError> {
        let now = self.options.clock.now();
        // Set before the store is asked: a run that falls asleep in between is then noticed.
        let look = after(now, if self.is_crowded() { BREATH } else { LOOK });
        self.alarm.at.store(look.as_microsecond(), Ordering::Release);
        let due = self.options.store.next_due().await?;
        // One that something has happened to is due since ever.
        *expected = due.filter(|due| *due > Timestamp::UNIX_EPOCH);
        let until = due.map_or(look, |due| due.max(after(now, BREATH))).min(look);
        self.alarm.at.store(until.as_microsecond(), Ordering::Release);
        Ok(until)
    }
}

fn after(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}
