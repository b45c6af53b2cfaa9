//! A clock that moves only when told to, for tests and simulations.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use jiff::{SignedDuration, Timestamp};

use crate::Clock;

/// A clock that stands still until it is advanced or set. Clones share one time.
///
/// To let simulated time fly: while everything waits, `set` the clock to `next_wake`.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Who sleeps, by the time and then by who began first.
    sleepers: BTreeMap<(Timestamp, u64), Option<Waker>>,
    begun: u64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State { now: start, sleepers: BTreeMap::new(), begun: 0 })))
    }

    /// Moves the clock on (or back, by a negative time) and wakes who slept until a time now reached, the earliest first.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.state();
        let edge = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
        let to = state.now.checked_add(by).unwrap_or(edge);
        state.go_to(to);
    }

    /// Sets the clock, forwards or back, and wakes who slept until a time now reached, the earliest first.
    pub fn set(&self, to: Timestamp) {
        self.state().go_to(to);
    }

    /// The earliest time anyone sleeps until. A sleep counts from the call of `sleep_until` until its future has ended or is
    /// dropped.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.state().sleepers.keys().next().map(|(at, _)| *at)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so the state is whole even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn go_to(&mut self, to: Timestamp) {
        self.now = to;
        for (_, waker) in self.sleepers.range_mut(..=(to, u64::MAX)) {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut state = self.state();
        state.begun += 1;
        let key = (at, state.begun);
        state.sleepers.insert(key, None);
        Box::pin(Sleep { clock: self.clone(), key })
    }
}

struct Sleep {
    clock: ManualClock,
    key: (Timestamp, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.now >= self.key.0 {
            state.sleepers.remove(&self.key);
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use jiff::{SignedDuration, Timestamp};

    use super::ManualClock;
    use crate::Clock;

    fn clock() -> ManualClock {
        ManualClock::new(Timestamp::UNIX_EPOCH)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_times() {
        let clock = clock();
        let woken = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [30, 10, 20]
            .into_iter()
            .map(|seconds| {
                let (clock, woken) = (clock.clone(), Arc::clone(&woken));
                tokio::spawn(async move {
                    clock.sleep_until(at(seconds)).await;
                    woken.lock().unwrap().push(seconds);
                })
            })
            .collect();
        while clock.state().sleepers.values().filter(|waker| waker.is_some()).count() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.next_wake(), Some(at(10)));
        clock.advance(SignedDuration::from_secs(30));
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*woken.lock().unwrap(), [10, 20, 30]);
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn simulated_time_jumps_from_wake_to_wake() {
        let clock = clock();
        let sleeper = clock.clone();
        let task = tokio::spawn(async move {
            for day in 1..=3 {
                sleeper.sleep_until(at(day * 86_400)).await;
            }
            sleeper.now()
        });
        while !task.is_finished() {
            if let Some(next) = clock.next_wake() {
                clock.set(next);
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(task.await.unwrap(), at(3 * 86_400));
    }

    #[test]
    fn a_dropped_sleep_is_nobodys_next_wake() {
        let clock = clock();
        let sleep = clock.sleep_until(at(5));
        assert_eq!(clock.next_wake(), Some(at(5)));
        drop(sleep);
        assert_eq!(clock.next_wake(), None);
    }

    #[test]
    fn the_clock_stops_at_the_edges_of_time() {
        let clock = clock();
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        clock.advance(SignedDuration::MIN);
        assert_eq!(clock.now(), Timestamp::MIN);
    }
}
