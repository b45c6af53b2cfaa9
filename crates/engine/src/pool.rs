//! The runs in hand: so many are worked on at a time, the others wait in two lines, the live ones before the bulk. A run
//! that only waits lends its place to another (`lend`). What is in hand is counted from this one list and never beside it,
//! so that a place cannot leak.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bellhop_connector::Lane;
use bellhop_journal::RunId;
use tokio::sync::Notify;

use crate::job::Job;
use crate::meters;

mod lend;

pub(crate) use lend::{Lingers, Rest};

/// Where both lines wait, a bulk run has its turn after so many live ones.
const IN_A_ROW: u32 = 7;

/// The runs in hand.
pub(crate) struct Pool {
    most: usize,
    inner: Mutex<Inner>,
    idle: Notify,
    closed: AtomicBool,
}

#[derive(Default)]
struct Inner {
    /// All of them, those whose places are lent out among them.
    workers: usize,
    /// Places taken, by lane.
    live: usize,
    bulk: usize,
    /// Places lent out.
    lent: usize,
    /// Those of them that are lent out because an app takes its time.
    slow: usize,
    waiting: VecDeque<(Job, Arc<Handle>)>,
    waiting_bulk: VecDeque<(Job, Arc<Handle>)>,
    /// Live runs taken while bulk ones waited, since the last bulk one.
    in_a_row: u32,
    in_hand: HashMap<RunId, Arc<Handle>>,
    /// Runs that came back before their worker had let go of them.
    again: HashMap<RunId, Job>,
}

/// How others reach the worker of a run.
#[derive(Default)]
pub(crate) struct Handle {
    pub(crate) lane: Lane,
    /// For how many reasons the run only waits, and whether its place is lent out.
    rests: Mutex<(usize, bool)>,
    cancelled: AtomicBool,
    /// Something has happened that the run may wait for.
    called: AtomicBool,
    /// The person who wants it to end, where it is known.
    by: OnceLock<String>,
    /// Told when the worker should look up from a pause.
    pub(crate) nudge: Notify,
}

impl Handle {
    /// Whether a person wants the run to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Who wants it to end, where that was said.
    pub(crate) fn by(&self) -> Option<String> {
        self.by.get().cloned()
    }

    /// Says that something has happened that the run may wait for.
    pub(crate) fn call(&self) {
        self.called.store(true, Ordering::Release);
        self.nudge.notify_one();
    }

    /// Whether that was said since this was asked last.
    pub(crate) fn is_called(&self) -> bool {
        self.called.swap(false, Ordering::AcqRel)
    }
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            inner: Mutex::default(),
            idle: Notify::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Takes a run in hand. It is given back where a new worker is to be made for it; otherwise it waits for one.
    pub(crate) fn take(&self, job: Job) -> Option<(Job, Arc<Handle>)> {
        let mut inner = self.lock();
        if self.is_closed() {
            return None;
        }
        if inner.in_hand.contains_key(&job.id) {
            inner.again.insert(job.id.clone(), job);
            return None;
        }
        let handle = inner.register(&job);
        if inner.has_place(handle.lane, self.most) {
            inner.workers += 1;
            *inner.places(handle.lane) += 1;
            return Some((job, handle));
        }
        inner.line(handle.lane).push_back((job, handle));
        None
    }

    /// A worker has let go of a run.
    pub(crate) fn let_go(&self, done: &RunId) {
        let mut inner = self.lock();
        inner.in_hand.remove(done);
        if let Some(job) = inner.again.remove(done)
            && !self.is_closed()
        {
            let handle = inner.register(&job);
            inner.line(handle.lane).push_back((job, handle));
        }
    }

    /// What a worker that has let go of its run (`done`) does next: `follower`, whose turn came by it, or one that waits.
    /// None: the worker is not needed any more.
    pub(crate) fn next(&self, done: &Handle, follower: Option<Job>) -> Option<(Job, Arc<Handle>)> {
        let mut inner = self.lock();
        *inner.places(done.lane) -= 1;
        if let Some(job) = follower
            && !self.is_closed()
        {
            if !inner.in_hand.contains_key(&job.id) {
                let handle = inner.register(&job);
                *inner.places(handle.lane) += 1;
                return Some((job, handle));
            }
            inner.again.insert(job.id.clone(), job);
        }
        let next = inner.pick(self.most);
        if next.is_none() {
            inner.workers -= 1;
            if inner.workers == 0 {
                drop(inner);
                self.idle.notify_waiters();
            }
        }
        next
    }

    /// Asks the worker of a run to end it; whether it is in hand here.
    pub(crate) fn cancel(&self, run: &RunId, by: Option<&str>) -> bool {
        let inner = self.lock();
        let Some(handle) = inner.in_hand.get(run) else { return false };
        if let Some(by) = by {
            // Who said it first is kept.
            let _ = handle.by.set(by.to_owned());
        }
        handle.cancelled.store(true, Ordering::Release);
        handle.nudge.notify_one();
        true
    }

    /// Says to the worker of a run that something has happened that it may wait for; whether it is in hand here.
    pub(crate) fn call(&self, run: &RunId) -> bool {
        match self.lock().in_hand.get(run) {
            Some(handle) => {
                handle.call();
                true
            }
            None => false,
        }
    }

    /// Whether the run is in hand here.
    pub(crate) fn has(&self, run: &RunId) -> bool {
        self.lock().in_hand.contains_key(run)
    }

    /// How many runs wait for a worker.
    pub(crate) fn waiting(&self) -> usize {
        let inner = self.lock();
        inner.waiting.len() + inner.waiting_bulk.len()
    }

    /// How many runs of one lane wait for a worker.
    pub(crate) fn waiting_in(&self, lane: Lane) -> usize {
        self.lock().line(lane).len()
    }

    /// Takes nothing more, lets go of what waits, and has every worker look up.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        self.closed.store(true, Ordering::Release);
        inner.again.clear();
        let waiting = std::mem::take(&mut inner.waiting).into_iter();
        for (job, _) in waiting.chain(std::mem::take(&mut inner.waiting_bulk)).collect::<Vec<_>>() {
            inner.in_hand.remove(&job.id);
        }
        inner.in_hand.values().for_each(|handle| handle.nudge.notify_one());
    }

    /// Whether workers should let go of their runs as soon as they can.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Waits until nothing is in hand.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.is_idle() {
                return;
            }
            idle.await;
        }
    }

    /// Whether nothing is in hand.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().workers == 0
    }

    /// Tells the figures.
    pub(crate) fn report(&self) {
        let inner = self.lock();
        let (workers, waiting) = (inner.workers, inner.waiting.len() + inner.waiting_bulk.len());
        drop(inner);
        meters::in_hand(workers, waiting);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn register(&mut self, job: &Job) -> Arc<Handle> {
        let handle = Arc::new(Handle { lane: job.lane, ..Handle::default() });
        self.in_hand.insert(job.id.clone(), Arc::clone(&handle));
        handle
    }

    fn line(&mut self, lane: Lane) -> &mut VecDeque<(Job, Arc<Handle>)> {
        match lane {
            Lane::Live => &mut self.waiting,
            Lane::Bulk => &mut self.waiting_bulk,
        }
    }

    fn places(&mut self, lane: Lane) -> &mut usize {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Bulk => &mut self.bulk,
        }
    }

    /// Whether one more may be worked on: bulk runs leave a quarter of the places to live ones.
    fn has_place(&self, lane: Lane, most: usize) -> bool {
        self.live + self.bulk < most && (lane == Lane::Live || self.bulk < (most - most / 4).max(1))
    }

    /// The next that waits, with its place taken.
    fn pick(&mut self, most: usize) -> Option<(Job, Arc<Handle>)> {
        let bulk = !self.waiting_bulk.is_empty() && self.has_place(Lane::Bulk, most);
        let lane = if bulk && (self.waiting.is_empty() || self.in_a_row >= IN_A_ROW) {
            Lane::Bulk
        } else {
            Lane::Live
        };
        if !self.has_place(lane, most) {
            return None;
        }
        let next = self.line(lane).pop_front()?;
        self.in_a_row =
            if lane == Lane::Bulk || self.waiting_bulk.is_empty() { 0 } else { self.in_a_row + 1 };
        *self.places(lane) += 1;
        Some(next)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use bellhop_journal::{EventId, State};
    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;
    use crate::job::{Pinned, Start};

    fn job(lane: Lane, number: usize) -> Job {
        let id = format!("{lane:?}{number}");
        Job {
            event: EventId::of("test", &id),
            id: RunId::from(id.as_str()),
            recipe: "r".into(),
            record: None,
            trigger: Arc::new(Value::Null),
            given: Value::Null,
            created: Timestamp::UNIX_EPOCH,
            state: State::default(),
            pinned: Pinned::Version(String::new()),
            start: Start::Clear,
            signals: Vec::new(),
            lane,
            early: None,
        }
    }

    pub(super) fn taken(pool: &Pool, lane: Lane, numbers: std::ops::Range<usize>) -> Vec<Arc<Handle>> {
        numbers.filter_map(|number| Some(pool.take(job(lane, number))?.1)).collect()
    }

    #[test]
    fn bulk_runs_leave_places_to_live_ones() {
        let pool = Pool::new(8);
        assert_eq!(taken(&pool, Lane::Bulk, 0..20).len(), 6);
        assert_eq!(taken(&pool, Lane::Live, 0..20).len(), 2);
        assert_eq!((pool.waiting(), pool.waiting_in(Lane::Live)), (32, 18));
    }

    #[test]
    fn live_runs_go_before_bulk_ones_and_leave_them_a_turn_now_and_then() {
        let pool = Pool::new(1);
        let mut working = taken(&pool, Lane::Bulk, 0..5).remove(0);
        assert!(taken(&pool, Lane::Live, 0..20).is_empty());
        let mut order = Vec::new();
        while let Some((job, handle)) = pool.next(&working, None) {
            pool.let_go(&job.id);
            order.push(handle.lane);
            working = handle;
        }
        assert_eq!(order.len(), 24);
        let bulk: Vec<usize> =
            order.iter().enumerate().filter(|(_, lane)| **lane == Lane::Bulk).map(|(at, _)| at).collect();
        assert_eq!(bulk, [7, 15, 22, 23]);
        assert!(pool.is_idle());
    }
}
