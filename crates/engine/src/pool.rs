//! The runs in hand: so many are worked on at a time, the others wait. What is in hand is counted from this one list and
//! never beside it, so that a place cannot leak.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bellhop_journal::RunId;
use tokio::sync::Notify;

use crate::job::Job;
use crate::meters;

/// The runs in hand.
pub(crate) struct Pool {
    most: usize,
    inner: Mutex<Inner>,
    idle: Notify,
    closed: AtomicBool,
}

#[derive(Default)]
struct Inner {
    workers: usize,
    waiting: VecDeque<(Job, Arc<Handle>)>,
    in_hand: HashMap<RunId, Arc<Handle>>,
    /// Runs that came back before their worker had let go of them.
    again: HashMap<RunId, Job>,
}

/// How others reach the worker of a run.
#[derive(Default)]
pub(crate) struct Handle {
    cancelled: AtomicBool,
    /// Something has happened that the run may wait for.
    called: AtomicBool,
    /// Told when the worker should look up from a pause.
    pub(crate) nudge: Notify,
}

impl Handle {
    /// Whether a person wants the run to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
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
        let handle = inner.register(&job.id);
        if inner.workers < self.most {
            inner.workers += 1;
            return Some((job, handle));
        }
        inner.waiting.push_back((job, handle));
        None
    }

    /// A worker has let go of a run.
    pub(crate) fn let_go(&self, done: &RunId) {
        let mut inner = self.lock();
        inner.in_hand.remove(done);
        if let Some(job) = inner.again.remove(done)
            && !self.is_closed()
        {
            let handle = inner.register(&job.id);
            inner.waiting.push_back((job, handle));
        }
    }

    /// What a worker that has let go of its run does next: `follower`, whose turn came by it, or one that waits. None:
    /// the worker is not needed any more.
    pub(crate) fn next(&self, follower: Option<Job>) -> Option<(Job, Arc<Handle>)> {
        let mut inner = self.lock();
        if let Some(job) = follower
            && !self.is_closed()
        {
            if !inner.in_hand.contains_key(&job.id) {
                let handle = inner.register(&job.id);
                return Some((job, handle));
            }
            inner.again.insert(job.id.clone(), job);
        }
        let next = inner.waiting.pop_front();
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
    pub(crate) fn cancel(&self, run: &RunId) -> bool {
        let inner = self.lock();
        let Some(handle) = inner.in_hand.get(run) else { return false };
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
        self.lock().waiting.len()
    }

    /// Takes nothing more, lets go of what waits, and has every worker look up.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        self.closed.store(true, Ordering::Release);
        inner.again.clear();
        for (job, _) in std::mem::take(&mut inner.waiting) {
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
        let (workers, waiting) = (inner.workers, inner.waiting.len());
        drop(inner);
        meters::in_hand(workers, waiting);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn register(&mut self, run: &RunId) -> Arc<Handle> {
        let handle = Arc::new(Handle::default());
        self.in_hand.insert(run.clone(), Arc::clone(&handle));
        handle
    }
}
