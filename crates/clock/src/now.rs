//! What time it is, and sleeping until it is later.

use std::{future::Future, pin::Pin, time::Instant};

use jiff::Timestamp;

/// The time, and sleeping. Everything that needs either takes a `&dyn Clock`, so that tests can hold time still.
pub trait Clock: Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> Timestamp;

    /// Returns once the wall clock has reached `at`; at once where it already has.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        todo!()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let _ = at;
        todo!()
    }
}

/// A reading for measuring how long something took; it never goes back.
pub fn monotonic() -> Instant {
    Instant::now()
}
