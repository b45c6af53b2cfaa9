//! One window of a budget: so many calls in so long. Pure counting; times are microseconds since 1970 and handed in.
//!
//! Up to a thousand calls, every call's time is kept and the window slides exactly: never more than `limit` in any
//! span of its length. Beyond (a day's 200,000), calls are counted in sixty-four parts of the window, and a part is
//! forgotten only when the whole of it is out: at times a little stricter than the limit, never looser.
//!
//! The app counts calls when they arrive, and one may be longer on its way than another ten seconds later. So a call may be kept
//! a little longer than the window is (`way`): who comes a moment too early waits a whole window.

use std::collections::VecDeque;
use std::time::Duration;

use crate::left::BudgetLeft;

/// Bulk calls leave one in so many to live ones.
const SPARE: usize = 10;
const MOST_KEPT_ONE_BY_ONE: u32 = 1000;
const PARTS: i64 = 64;

pub(super) struct Window {
    limit: usize,
    per: i64,
    /// How much later than others a call may have arrived.
    way: i64,
    /// Calls that began less than `width` apart are counted together; 1 keeps them one by one.
    width: i64,
    /// When a group of calls began, and how many.
    groups: VecDeque<(i64, usize)>,
    count: usize,
    /// Calls that the app has told of and that were not counted here, and until when they are believed in.
    unseen: (usize, i64),
}

impl Window {
    /// `way`: how much later than others a call may arrive, in microseconds.
    pub(super) fn new(limit: u32, per: i64, way: i64) -> Self {
        let width = if limit <= MOST_KEPT_ONE_BY_ONE { 1 } else { (per / PARTS).max(1) };
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        Self { limit, per, way, width, groups: VecDeque::new(), count: 0, unseen: (0, i64::MIN) }
    }

    pub(super) fn per(&self) -> i64 {
        self.per
    }

    /// How many calls bulk work leaves free.
    pub(super) fn spare(&self) -> usize {
        self.limit / SPARE
    }

    /// What is left at `now`.
    pub(super) fn left(&mut self, now: i64) -> BudgetLeft {
        self.forget(now);
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        BudgetLeft {
            limit: number(self.limit),
            per: Duration::from_micros(self.per.unsigned_abs()),
            left: number(self.limit.saturating_sub(self.spent())),
            for_bulk: number(self.limit - self.spare()),
        }
    }

    /// Takes the app's word that `remaining` calls are left: what was not counted here counts as spent until `until`.
    pub(super) fn believe(&mut self, now: i64, until: i64, remaining: u64) {
        self.forget(now);
        let remaining = usize::try_from(remaining).unwrap_or(usize::MAX).min(self.limit);
        self.unseen = ((self.limit - remaining).saturating_sub(self.count), until);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.unseen.0 == 0
    }

    pub(super) fn is_full(&mut self, now: i64) -> bool {
        self.forget(now);
        self.spent() >= self.limit
    }

    /// When the next call but `ahead` may go, if those ahead go as soon as they may.
    pub(super) fn free_after(&mut self, now: i64, ahead: usize) -> i64 {
        self.forget(now);
        let free = self.limit.saturating_sub(self.spent());
        let rounds = i64::try_from(ahead / self.limit).unwrap_or(i64::MAX);
        let whole = self.per.saturating_add(self.way);
        let later = whole.saturating_mul(rounds);
        let mut place = ahead % self.limit;
        if place < free {
            return now.saturating_add(later);
        }
        place -= free;
        for (begun, calls) in &self.groups {
            if place < *calls {
                return self.out(*begun).max(now).saturating_add(later);
            }
            place -= calls;
        }
        if place < self.unseen.0 {
            return self.unseen.1.max(now).saturating_add(later);
        }
        now.saturating_add(whole).saturating_add(later)
    }

    /// Counts a call that goes now.
    pub(super) fn take(&mut self, now: i64) {
        self.forget(now);
        self.count += 1;
        match self.groups.back_mut() {
            Some((begun, calls)) if now - *begun < self.width => *calls += 1,
            _ => self.groups.push_back((now, 1)),
        }
    }

    fn spent(&self) -> usize {
        self.count + self.unseen.0
    }

    /// When the whole of a group that began at `begun` is out of the window. A call at `t` is out at `t + per + way`.
    fn out(&self, begun: i64) -> i64 {
        begun.saturating_add(self.width - 1).saturating_add(self.per).saturating_add(self.way)
    }

    fn forget(&mut self, now: i64) {
        if self.unseen.1 <= now {
            self.unseen.0 = 0;
        }
        // The wall clock was set back: what seems to come from the future was at the latest just now.
        if self.groups.back().is_some_and(|(begun, _)| *begun > now) {
            for (begun, _) in &mut self.groups {
                *begun = (*begun).min(now);
            }
        }
        while let Some((begun, calls)) = self.groups.front()
            && self.out(*begun) <= now
        {
            self.count -= calls;
            self.groups.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Window;

    const MINUTE: i64 = 60_000_000;

    /// Goes as soon as the window allows after each of `gaps`.
    fn went(window: &mut Window, gaps: &[i64]) -> Vec<i64> {
        let mut now = 0;
        gaps.iter()
            .map(|gap| {
                now += gap;
                now = window.free_after(now, 0);
                assert_eq!(window.free_after(now, 0), now, "free means free");
                window.take(now);
                now
            })
            .collect()
    }

    #[test]
    fn the_next_goes_when_the_oldest_is_out() {
        let mut window = Window::new(3, 10, 0);
        assert_eq!(went(&mut window, &[0, 1, 1, 0, 0, 0, 0]), [0, 1, 2, 10, 11, 12, 20]);
    }

    #[test]
    fn the_first_call_may_have_been_longer_on_its_way_than_the_one_after_the_window() {
        let mut window = Window::new(2, 100, 5);
        assert_eq!(went(&mut window, &[0, 1, 0, 0]), [0, 1, 105, 106]);
        assert_eq!(window.free_after(106, 3), 106 + 105 + 105, "also for those in line");
    }

    #[test]
    fn tells_those_in_line_when_it_will_be_their_turn() {
        let mut window = Window::new(2, 10, 0);
        window.take(0);
        window.take(4);
        let turns: Vec<_> = (0..6).map(|ahead| window.free_after(5, ahead)).collect();
        assert_eq!(turns, [10, 14, 20, 24, 30, 34]);
    }

    #[test]
    fn a_clock_set_back_neither_frees_nor_blocks_for_long() {
        let mut window = Window::new(1, 10, 0);
        window.take(1_000);
        assert_eq!(window.free_after(5, 0), 15);
    }

    #[test]
    fn a_days_window_counts_in_few_parts() {
        let day = 24 * 60 * MINUTE;
        let mut window = Window::new(200_000, day, 0);
        for call in 0..200_000 {
            assert_eq!(window.free_after(call * 1000, 0), call * 1000);
            window.take(call * 1000);
        }
        let free = window.free_after(200_000 * 1000, 0);
        assert!(free >= day && free < day + day / 32, "{free}");
        assert!(window.groups.len() <= 65);
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_window(
            limit in 1_u32..20, per in 1_i64..500, gaps in prop::collection::vec(0_i64..60, 1..200),
        ) {
            let mut window = Window::new(limit, per, 0);
            let times = went(&mut window, &gaps);
            let limit = usize::try_from(limit).unwrap();
            for (first, after) in times.iter().zip(times.iter().skip(limit)) {
                prop_assert!(after - first >= per, "{first} and {after} are {limit} calls apart");
            }
        }

        #[test]
        fn never_waits_without_need(
            limit in 1_u32..20, per in 1_i64..500, gaps in prop::collection::vec(0_i64..60, 1..200),
        ) {
            let mut window = Window::new(limit, per, 0);
            let times = went(&mut window, &gaps);
            let limit = usize::try_from(limit).unwrap();
            let mut wanted = 0;
            for (index, time) in times.iter().enumerate() {
                wanted += gaps[index];
                let earliest = index.checked_sub(limit).map_or(wanted, |oldest| wanted.max(times[oldest] + per));
                prop_assert_eq!(*time, earliest);
                wanted = *time;
            }
        }

        #[test]
        fn a_coarse_window_is_never_looser(gaps in prop::collection::vec(0_i64..9, 3000..4000)) {
            let (limit, per) = (1001, 6400);
            let mut window = Window::new(limit, per, 0);
            let times = went(&mut window, &gaps);
            for (first, after) in times.iter().zip(times.iter().skip(1001)) {
                prop_assert!(after - first >= per);
            }
        }
    }
}
