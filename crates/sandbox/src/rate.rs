//! Counts requests per token in windows of the interval and of the day, and says the five rate headers (facts 6).
//!
//! It runs on the monotonic clock: a held wall clock never locks a client out.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::config::RateLimits;

const DAY: Duration = Duration::from_hours(24);

#[derive(Debug, Clone, Copy)]
struct Windows {
    interval: (Instant, u32),
    day: (Instant, u32),
}

/// What is left, as the headers say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) limits: (u32, u32, u128),
    pub(crate) interval: u32,
    pub(crate) day: u32,
    /// Until the window ends that refused the request.
    pub(crate) wait: Duration,
}

impl Left {
    /// The five headers.
    pub(crate) fn headers(&self) -> [(&'static str, String); 5] {
        let (limit, day, interval) = self.limits;
        [
            ("x-ratelimit-limit-daily", day.to_string()),
            ("x-ratelimit-daily-remaining", self.day.to_string()),
            ("x-ratelimit-interval-milliseconds", interval.to_string()),
            ("x-ratelimit-max", limit.to_string()),
            ("x-ratelimit-remaining", self.interval.to_string()),
        ]
    }
}

/// The budgets of all tokens.
#[derive(Debug)]
pub(crate) struct Rate {
    limits: RateLimits,
    refuses: bool,
    windows: HashMap<String, Windows>,
}

impl Rate {
    pub(crate) fn new(limits: Option<RateLimits>) -> Self {
        Self { limits: limits.unwrap_or_default(), refuses: limits.is_some(), windows: HashMap::new() }
    }

    /// What is left for `key`, without taking anything.
    pub(crate) fn left(&mut self, key: &str, now: Instant) -> Left {
        let (limits, refuses) = (self.limits, self.refuses);
        let windows = self.windows(key, now);
        let (taken, taken_today) = if refuses { (windows.interval.1, windows.day.1) } else { (0, 0) };
        let wait = if taken_today >= limits.day {
            DAY.saturating_sub(now - windows.day.0)
        } else {
            limits.interval.saturating_sub(now - windows.interval.0)
        };
        Left {
            limits: (limits.limit, limits.day, limits.interval.as_millis()),
            interval: limits.limit.saturating_sub(taken),
            day: limits.day.saturating_sub(taken_today),
            wait,
        }
    }

    /// Takes one request from the budget of `key`; `Err` where none is left.
    pub(crate) fn take(&mut self, key: &str, now: Instant) -> Result<Left, Left> {
        let left = self.left(key, now);
        if self.refuses && (left.interval == 0 || left.day == 0) {
            return Err(left);
        }
        let windows = self.windows(key, now);
        windows.interval.1 += 1;
        windows.day.1 += 1;
        Ok(self.left(key, now))
    }

    fn windows(&mut self, key: &str, now: Instant) -> &mut Windows {
        if !self.windows.contains_key(key) {
            self.windows.insert(key.to_owned(), Windows { interval: (now, 0), day: (now, 0) });
        }
        let length = self.limits.interval;
        let windows = self.windows.get_mut(key).expect("the key was put in above");
        for (window, length) in [(&mut windows.interval, length), (&mut windows.day, DAY)] {
            if now.saturating_duration_since(window.0) >= length {
                *window = (now, 0);
            }
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_a_day_does_not_refill_with_it() {
        let limits = RateLimits { limit: 2, interval: Duration::from_secs(10), day: 3 };
        let mut rate = Rate::new(Some(limits));
        let start = Instant::now();
        assert_eq!(rate.take("a", start).unwrap().interval, 1);
        assert_eq!(rate.take("a", start).unwrap().interval, 0);
        assert_eq!(rate.take("a", start).unwrap_err().wait, Duration::from_secs(10));
        assert!(rate.take("b", start).is_ok(), "another token has its own budget");
        let later = start + Duration::from_secs(10);
        assert_eq!(rate.take("a", later).unwrap().day, 0);
        assert!(rate.take("a", later).unwrap_err().wait > Duration::from_secs(80_000));
    }

    #[test]
    fn without_limits_nothing_is_refused_and_the_headers_stay() {
        let mut rate = Rate::new(None);
        let now = Instant::now();
        for _ in 0..500 {
            assert!(rate.take("a", now).is_ok());
        }
        assert_eq!(rate.left("a", now).headers()[3], ("x-ratelimit-max", "100".to_owned()));
    }
}
