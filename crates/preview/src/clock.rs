//! A clock that goes like another one and can be put forward, so that a wait of days is over at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bellhop_clock::Clock;
use futures::future::select;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock that can be put forward. Clones share one time.
#[derive(Clone)]
pub struct JumpClock {
    under: Arc<dyn Clock>,
    ahead: watch::Sender<SignedDuration>,
}

impl std::fmt::Debug for JumpClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("JumpClock").field("ahead", &*self.ahead.borrow()).finish_non_exhaustive()
    }
}

impl JumpClock {
    /// A clock that shows the time of `under` until it is put forward.
    pub fn over(under: Arc<dyn Clock>) -> Self {
        Self { under, ahead: watch::Sender::new(SignedDuration::ZERO) }
    }

    /// Puts the clock forward to `at` and wakes who slept until then. A time that has passed changes nothing.
    pub fn jump_to(&self, at: Timestamp) {
        let ahead = at.duration_since(self.under.now());
        self.ahead.send_if_modified(|known| {
            let further = ahead > *known;
            if further {
                *known = ahead;
            }
            further
        });
    }

    /// The moment of the clock underneath that this clock's `at` is, as far as it has been put forward until now.
    pub fn underneath(&self, at: Timestamp) -> Timestamp {
        at.checked_sub(*self.ahead.borrow()).unwrap_or(Timestamp::MIN)
    }
}

impl Clock for JumpClock {
    fn now(&self) -> Timestamp {
        self.under.now().checked_add(*self.ahead.borrow()).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut ahead = self.ahead.subscribe();
            loop {
                // Before the look at the time, so that a jump after it is not missed.
                ahead.mark_unchanged();
                if self.now() >= at {
                    return;
                }
                let jumped = Box::pin(ahead.changed());
                // Either way the time is looked at again; the sender lives as long as this clock.
                select(self.under.sleep_until(self.underneath(at)), jumped).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bellhop_clock::{Clock as _, ManualClock};
    use futures::FutureExt as _;
    use jiff::{SignedDuration, Timestamp};

    use super::JumpClock;

    #[test]
    fn a_jump_wakes_who_sleeps_and_time_goes_on_from_there() {
        let under = ManualClock::new(Timestamp::UNIX_EPOCH);
        let clock = JumpClock::over(Arc::new(under.clone()));
        let days = |days: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days);
        let mut sleep = clock.sleep_until(days(2));
        assert_eq!((&mut sleep).now_or_never(), None);
        clock.jump_to(days(1));
        assert_eq!((&mut sleep).now_or_never(), None);
        clock.jump_to(days(2));
        assert_eq!((&mut sleep).now_or_never(), Some(()));
        under.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.now(), days(2) + SignedDuration::from_secs(5));
        assert_eq!(clock.underneath(days(3)), days(1));
    }

    #[test]
    fn it_never_goes_back() {
        let clock = JumpClock::over(Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        clock.jump_to(Timestamp::UNIX_EPOCH - SignedDuration::from_secs(9));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }
}
