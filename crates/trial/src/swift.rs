//! A clock for simulations: it stands still while something is done, takes short pauses at once, and jumps over long ones
//! when it is told to.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bellhop_clock::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};

/// Pauses up to here are taken at once: the engine keeps a run in hand for them, so nobody is free to move the clock.
const SHORT: SignedDuration = SignedDuration::from_secs(2);

/// The clock. Clones share one time, which never goes back.
#[derive(Clone, Debug)]
pub struct SwiftClock {
    hands: ManualClock,
    moving: Arc<Mutex<()>>,
}

impl SwiftClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { hands: ManualClock::new(start), moving: Arc::default() }
    }

    /// The same time for whoever counts down to a deadline: no pause of theirs moves it.
    pub fn for_deadlines(&self) -> Arc<dyn Clock> {
        Arc::new(self.hands.clone())
    }

    /// The same time for whoever only pauses: their pauses are taken at once, however long.
    pub fn for_pauses(&self) -> Arc<dyn Clock> {
        Arc::new(Pauses(self.clone()))
    }

    /// Moves on to `at`; never back.
    pub fn go_to(&self, at: Timestamp) {
        let _one_at_a_time = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if at > self.hands.now() {
            self.hands.set(at);
        }
    }
}

impl Clock for SwiftClock {
    fn now(&self) -> Timestamp {
        self.hands.now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if at.duration_since(self.now()) > SHORT {
            return self.hands.sleep_until(at);
        }
        Box::pin(async move { self.go_to(at) })
    }
}

/// A clock on which every pause is taken at once.
struct Pauses(SwiftClock);

impl Clock for Pauses {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move { self.0.go_to(at) })
    }
}

#[cfg(test)]
mod tests {
    use bellhop_clock::Clock;
    use jiff::{SignedDuration, Timestamp};

    use super::SwiftClock;

    #[tokio::test]
    async fn short_pauses_take_no_time_and_move_the_clock() {
        let clock = SwiftClock::new(Timestamp::UNIX_EPOCH);
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(700);
        clock.sleep_until(at).await;
        assert_eq!(clock.now(), at);
    }

    #[tokio::test]
    async fn mere_pauses_take_no_time_however_long() {
        let clock = SwiftClock::new(Timestamp::UNIX_EPOCH);
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(3);
        clock.for_pauses().sleep_until(at).await;
        assert_eq!((clock.now(), clock.for_pauses().now()), (at, at));
    }

    #[tokio::test]
    async fn long_pauses_end_when_the_clock_is_moved() {
        let clock = SwiftClock::new(Timestamp::UNIX_EPOCH);
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(48);
        let sleep = clock.sleep_until(at);
        clock.go_to(at);
        sleep.await;
        clock.go_to(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), at, "it never goes back");
    }
}
