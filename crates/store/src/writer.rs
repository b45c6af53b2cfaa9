//! The one thread that writes, and the queue before it. Whatever has queued up while it was syncing goes into the next
//! transaction together and shares its sync: group commit. While many come, it waits a little for more of them between
//! two transactions: each one writes every page that it touched, and most touch the same ones. It does not know what is
//! written.
//!
//! A failure of SQLite ends the store: nothing of that transaction, and nothing after it, is confirmed.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bellhop_journal::StoreError;
use tokio::sync::oneshot;

use crate::breaking::{self, Refusal};
use crate::desk::Desk;

/// The most that goes into one transaction.
const BATCH_DEEDS: usize = 2_048;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// After a transaction that more than so many shared, others are waited for before the next one begins: where few come
/// there is nothing to share, and nobody should wait.
const FEW: usize = 2;

/// The longest that others are waited for, how long none may come meanwhile, and how many are enough. Figures of what it
/// saves and costs are in docs/benchmarks.md.
const GATHER: Duration = Duration::from_millis(2);
const LULL: Duration = Duration::from_micros(500);
const ENOUGH: usize = 64;

/// New events are refused while more than this waits. At the speed of a slow disk it is a fraction of a second's work.
const FULL_DEEDS: usize = 4_096;
const FULL_BYTES: usize = 16 * 1024 * 1024;

/// What the thread is asked to do: something to write, and someone to tell.
trait Deed: Send {
    /// Writes. An error is SQLite's, and the end of the store.
    fn write(&mut self, desk: &mut Desk) -> rusqlite::Result<()>;

    /// Answers, after the sync; with `broken` where there was none.
    fn settle(self: Box<Self>, broken: Option<&StoreError>);
}

struct Task<T, W> {
    work: Option<W>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: FnOnce(&mut Desk) -> Result<T, Refusal> + Send> Deed for Task<T, W> {
    fn write(&mut self, desk: &mut Desk) -> rusqlite::Result<()> {
        let Some(work) = self.work.take() else { return Ok(()) };
        self.outcome = match work(desk) {
            Ok(value) => Some(Ok(value)),
            Err(Refusal::Refused(error)) => Some(Err(error)),
            Err(Refusal::Sql(error)) => return Err(error),
        };
        Ok(())
    }

    fn settle(self: Box<Self>, broken: Option<&StoreError>) {
        let answer = match (broken, self.outcome) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(outcome)) => outcome,
            // The sender is dropped, which tells the same.
            (None, None) => return,
        };
        // Whoever asked may have gone away meanwhile.
        self.reply.send(answer).ok();
    }
}

#[derive(Default)]
struct Waiting {
    deeds: VecDeque<(usize, Box<dyn Deed>)>,
    bytes: usize,
    /// The thread waits until so many are there, and only then is a signal worth its system call; 0: it does not wait.
    wanted: usize,
    closing: bool,
    broken: Option<StoreError>,
}

/// What the callers and the thread share.
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    place: String,
}

/// The thread that writes. Dropped: what is queued is written first.
pub(crate) struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// An answer under way.
pub(crate) type Reply<T> = oneshot::Receiver<Result<T, StoreError>>;

impl Writer {
    /// Starts the thread; `place` names the store in sentences.
    pub(crate) fn start(desk: Desk, place: String) -> std::io::Result<Self> {
        let queue = Arc::new(Queue { waiting: Mutex::default(), arrived: Condvar::new(), place });
        let shared = Arc::clone(&queue);
        let thread = thread::Builder::new().name("bellhop-writer".into()).spawn(move || {
            let guard = Ending(Arc::clone(&shared));
            shared.serve(desk);
            drop(guard);
        })?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Queues some work of about `bytes` bytes; it is queued when this returns, whether the answer is waited for or not.
    pub(crate) fn push<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Desk) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Reply<T>, StoreError> {
        self.queue.push(bytes, usize::MAX, work)
    }

    /// The same, unless too much is waiting already.
    pub(crate) fn push_if_room<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Desk) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Reply<T>, StoreError> {
        self.queue.push(bytes, FULL_DEEDS, work)
    }

    /// Why the store cannot be used any more, where it cannot.
    pub(crate) fn broken(&self) -> Option<StoreError> {
        self.queue.lock().broken.clone()
    }

    /// The answer for someone whose work was dropped unanswered.
    pub(crate) fn stopped(&self) -> StoreError {
        self.broken().unwrap_or_else(|| StoreError::Broken(breaking::stopped(&self.queue.place)))
    }

    /// Writes what is queued and ends the thread.
    pub(crate) fn close(&mut self) {
        self.queue.lock().closing = true;
        self.queue.arrived.notify_all();
        if let Some(thread) = self.thread.take()
            // An answer can drop the last handle of the store on this very thread, which cannot wait for itself.
            && thread.thread().id() != thread::current().id()
        {
            thread.join().ok();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push<T: Send + 'static>(
        &self,
        bytes: usize,
        most: usize,
        work: impl FnOnce(&mut Desk) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Reply<T>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let deed = Box::new(Task { work: Some(work), outcome: None, reply });
        let mut waiting = self.lock();
        if let Some(error) = &waiting.broken {
            return Err(error.clone());
        }
        if waiting.closing {
            return Err(StoreError::Broken(breaking::stopped(&self.place)));
        }
        if most < usize::MAX && (waiting.deeds.len() >= most || waiting.bytes >= FULL_BYTES) {
            return Err(StoreError::Busy);
        }
        waiting.deeds.push_back((bytes, deed));
        waiting.bytes += bytes;
        let wake = waiting.deeds.len() == waiting.wanted;
        drop(waiting);
        if wake {
            self.arrived.notify_one();
        }
        Ok(answer)
    }

    /// Waits for work, and until `until` for more of it; takes as much as one transaction may hold. False: there will
    /// be no more.
    fn take(&self, batch: &mut Vec<Box<dyn Deed>>, until: Option<Instant>) -> bool {
        let mut waiting = self.lock();
        waiting.wanted = 1;
        while waiting.deeds.is_empty() {
            if waiting.closing {
                return false;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(until) = until {
            waiting = self.gather(waiting, until);
        }
        waiting.wanted = 0;
        let mut taken = 0;
        while batch.len() < BATCH_DEEDS && taken < BATCH_BYTES {
            let Some((bytes, deed)) = waiting.deeds.pop_front() else { break };
            taken += bytes;
            batch.push(deed);
        }
        waiting.bytes -= taken;
        metrics::gauge!("bellhop_store_queue").set(waiting.deeds.len() as f64);
        true
    }

    /// Waits for more until then, unless enough are there, or no more come.
    fn gather<'a>(&'a self, mut waiting: MutexGuard<'a, Waiting>, until: Instant) -> MutexGuard<'a, Waiting> {
        waiting.wanted = ENOUGH;
        loop {
            let before = waiting.deeds.len();
            let left = until.saturating_duration_since(Instant::now());
            if before >= ENOUGH || left.is_zero() || waiting.closing {
                return waiting;
            }
            let turn = self.arrived.wait_timeout(waiting, left.min(LULL));
            waiting = turn.unwrap_or_else(PoisonError::into_inner).0;
            if waiting.deeds.len() == before {
                return waiting;
            }
        }
    }

    fn serve(&self, mut desk: Desk) {
        let mut batch: Vec<Box<dyn Deed>> = Vec::new();
        let mut until = None;
        while self.take(&mut batch, until) {
            let begun = Instant::now();
            let many = batch.len() > FEW;
            let written = self.write(&mut desk, &mut batch);
            metrics::histogram!("bellhop_store_write_seconds").record(begun.elapsed());
            let broken = written.err().map(|error| {
                let error = StoreError::Broken(breaking::sentence(&self.place, &error));
                tracing::error!(store = %self.place, "{error}");
                error
            });
            // Refused to newcomers before the present ones are told, so that nobody is confirmed after a failure.
            let left = broken.as_ref().map(|error| self.refuse(error));
            for deed in batch.drain(..).chain(left.into_iter().flatten()) {
                deed.settle(broken.as_ref());
            }
            if broken.is_some() {
                return;
            }
            until = many.then(|| Instant::now() + GATHER);
        }
    }

    fn write(&self, desk: &mut Desk, batch: &mut [Box<dyn Deed>]) -> rusqlite::Result<()> {
        loop {
            match desk.begin() {
                Ok(()) => break,
                // Another process writes for a long time: a big back-up, say. Nothing is lost by waiting, and new
                // events are refused meanwhile as the queue fills.
                Err(error)
                    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                        && !self.lock().closing =>
                {
                    tracing::warn!(store = %self.place, "another program keeps the store locked; waiting for it");
                }
                Err(error) => return Err(error),
            }
        }
        for deed in batch {
            deed.write(desk)?;
        }
        desk.commit()
    }

    /// Closes the queue with that answer; what was in it is given back.
    fn refuse(&self, error: &StoreError) -> Vec<Box<dyn Deed>> {
        let mut waiting = self.lock();
        waiting.broken.get_or_insert_with(|| error.clone());
        waiting.bytes = 0;
        mem::take(&mut waiting.deeds).into_iter().map(|(_, deed)| deed).collect()
    }
}

/// However the thread ends, nobody goes on waiting for it.
struct Ending(Arc<Queue>);

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.lock().closing {
            // Everything has been written: nobody is waiting.
            return;
        }
        let error = StoreError::Broken(breaking::stopped(&self.0.place));
        for deed in self.0.refuse(&error) {
            deed.settle(Some(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(waiting: usize) -> Queue {
        let queue = Queue { waiting: Mutex::default(), arrived: Condvar::new(), place: "a store".into() };
        for _ in 0..waiting {
            queue.push(1, usize::MAX, |_| Ok(())).expect("an open queue");
        }
        queue
    }

    /// How many are waiting after others were waited for, at the most for an hour.
    fn gathered(queue: &Queue) -> usize {
        let until = Instant::now() + Duration::from_hours(1);
        queue.gather(queue.lock(), until).deeds.len()
    }

    #[test]
    fn nobody_is_waited_for_who_does_not_come() {
        assert_eq!(gathered(&queue(3)), 3, "none came any more");
        assert_eq!(gathered(&queue(ENOUGH)), ENOUGH, "enough were there");
        let closing = queue(3);
        closing.lock().closing = true;
        assert_eq!(gathered(&closing), 3);
    }

    #[test]
    fn one_is_waited_for_without_an_end_and_wakes_the_thread() {
        let queue = queue(0);
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let mut batch = Vec::new();
                assert!(queue.take(&mut batch, None));
                batch.len()
            });
            queue.push(1, usize::MAX, |_| Ok(())).expect("an open queue");
            assert_eq!(thread.join().expect("no panic"), 1);
        });
    }
}
