//! Lends the place of a run that only waits to another: one whose call stands in an app's line, one that pauses, and one
//! whose app takes its time. So few runs are worked on at a time, which keeps memory small and connections few, and yet
//! nobody waits because an app is slow or has had enough.

use std::sync::{Arc, PoisonError};

use super::{Handle, Pool};
use crate::job::Job;

/// So many places may be lent out for each that there is.
const LENT: usize = 32;
/// So many of them by runs whose app takes its time: each of these holds a connection.
const SLOW: usize = 3;

impl Pool {
    /// A run only waits from now on, for one reason more. One that waits for a place is given back where a new worker is to
    /// be made for it.
    pub(crate) fn rests(&self, handle: &Handle) -> Option<(Job, Arc<Handle>)> {
        let mut inner = self.lock();
        let mut rests = handle.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.0 += 1;
        if rests.1 || inner.lent >= self.most.saturating_mul(LENT) {
            return None;
        }
        rests.1 = true;
        inner.lent += 1;
        *inner.places(handle.lane) -= 1;
        let next = inner.pick(self.most);
        inner.workers += usize::from(next.is_some());
        next
    }

    /// One reason less: where there is none left, the run has its place again, though it may be one too many for a while.
    pub(crate) fn rests_no_more(&self, handle: &Handle) {
        let mut inner = self.lock();
        let mut rests = handle.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.0 = rests.0.saturating_sub(1);
        if rests.0 == 0 && std::mem::take(&mut rests.1) {
            inner.lent -= 1;
            *inner.places(handle.lane) += 1;
        }
    }

    /// One run more whose app takes its time; none where as many as may lend their places for that do so already.
    pub(crate) fn lingers(&self) -> Option<Lingers<'_>> {
        let mut inner = self.lock();
        if inner.slow >= self.most.saturating_mul(SLOW) {
            return None;
        }
        inner.slow += 1;
        Some(Lingers(self))
    }
}

/// A run only waits for as long as this lives.
pub(crate) struct Rest<'a> {
    pool: &'a Pool,
    handle: &'a Handle,
}

impl<'a> Rest<'a> {
    /// Beside the rest, what was waiting for a place.
    pub(crate) fn of(pool: &'a Pool, handle: &'a Handle) -> (Self, Option<(Job, Arc<Handle>)>) {
        let next = pool.rests(handle);
        (Self { pool, handle }, next)
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.pool.rests_no_more(self.handle);
    }
}

/// A run's app takes its time for as long as this lives.
pub(crate) struct Lingers<'a>(&'a Pool);

impl Drop for Lingers<'_> {
    fn drop(&mut self) {
        self.0.lock().slow -= 1;
    }
}

#[cfg(test)]
mod tests {
    use bellhop_connector::Lane;

    use super::super::tests::taken;
    use super::*;

    #[test]
    fn a_place_that_is_lent_comes_back() {
        let pool = Pool::new(1);
        let first = taken(&pool, Lane::Live, 0..1).remove(0);
        assert!(taken(&pool, Lane::Live, 1..3).is_empty());
        let (_, second) = pool.rests(&first).expect("one that waits");
        assert!(pool.rests(&first).is_none(), "it is lent once, however many of its calls wait");
        pool.rests_no_more(&first);
        pool.rests_no_more(&first);
        // Two work on one place for a while; the first that is done takes nothing more.
        assert!(pool.next(&first, None).is_none());
        let (_, third) = pool.next(&second, None).expect("the last");
        assert!(pool.next(&third, None).is_none());
        assert!(pool.is_idle());
    }

    #[test]
    fn only_so_many_linger_at_a_time() {
        let pool = Pool::new(2);
        let mut lingering: Vec<_> = std::iter::from_fn(|| pool.lingers()).take(100).collect();
        assert_eq!(lingering.len(), 2 * SLOW);
        lingering.pop();
        assert!(pool.lingers().is_some());
    }
}
