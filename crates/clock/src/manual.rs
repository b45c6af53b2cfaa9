//! A clock that moves only when told to.

use std::{future::Future, pin::Pin};

use jiff::{SignedDuration, Timestamp};

use crate::Clock;

/// A clock for tests and simulations. Clones share one time.
#[derive(Clone, Debug)]
pub struct ManualClock(());

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        let _ = start;
        todo!()
    }

    /// Moves the clock on and wakes, in order, who slept until a time now reached.
    pub fn advance(&self, by: SignedDuration) {
        let _ = by;
        todo!()
    }

    /// Sets the clock, forwards or back, and wakes, in order, who slept until a time now reached.
    pub fn set(&self, to: Timestamp) {
        let _ = to;
        todo!()
    }

    /// The earliest time anyone sleeps until.
    pub fn next_wake(&self) -> Option<Timestamp> {
        todo!()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        todo!()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let _ = at;
        todo!()
    }
}
