//! What time it is, and sleeping until it is later. The only room that asks the machine for either.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// The time, and sleeping. Everything that needs either takes a `&dyn Clock`, so that tests can hold time still.
pub trait Clock: Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> Timestamp;

    /// Returns once the wall clock has reached `at`; at once where it already has. Dropping the future ends the sleep.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The longest sleep without another look at the wall clock: it may be set, and the machine may be suspended, while the
/// timers underneath count on.
const LONGEST_NAP: Duration = Duration::from_mins(1);

/// The clock of this machine. Sleeping needs a tokio runtime with time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where sleeping is done")]
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            while let Some(nap) = next_nap(self.now(), at) {
                tokio::time::sleep(nap).await;
            }
        })
    }
}

/// How long to sleep before looking at the clock again; nothing where `at` is reached.
fn next_nap(now: Timestamp, at: Timestamp) -> Option<Duration> {
    let left = at.duration_since(now);
    left.is_positive().then(|| left.unsigned_abs().min(LONGEST_NAP))
}

/// A reading for measuring how long something took; it never goes back.
pub fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Clock, LONGEST_NAP, SystemClock, next_nap};

    #[test]
    fn naps_are_short_and_end_at_the_time() {
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(next_nap(at, at), None);
        assert_eq!(next_nap(at + SignedDuration::from_secs(1), at), None);
        assert_eq!(next_nap(at - SignedDuration::from_millis(5), at).unwrap().as_millis(), 5);
        assert_eq!(next_nap(at - SignedDuration::from_hours(5), at), Some(LONGEST_NAP));
        assert_eq!(next_nap(Timestamp::MIN, Timestamp::MAX), Some(LONGEST_NAP));
    }

    #[tokio::test]
    async fn the_past_is_not_waited_for() {
        let clock = SystemClock;
        clock.sleep_until(clock.now() - SignedDuration::from_hours(1)).await;
    }

    #[tokio::test]
    async fn a_sleep_ends_at_its_time_or_later() {
        let clock = SystemClock;
        let at = clock.now() + SignedDuration::from_millis(3);
        clock.sleep_until(at).await;
        assert!(clock.now() >= at);
    }
}
