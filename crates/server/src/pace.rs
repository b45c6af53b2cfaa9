//! How many deliveries a second one address may bring: a bucket for each, filled at that rate, two seconds deep.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// How many seconds' worth of deliveries may come at once.
const DEPTH: f64 = 2.0;
/// How many addresses are counted; a full list begins anew, which lets each of them have a full bucket again.
const MOST: usize = 10_000;

/// The pace of all addresses.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    seen: Timestamp,
}

impl Pace {
    /// At the most so many a second for each address.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), buckets: Mutex::default() }
    }

    /// Takes one delivery for this address; whether it may come in.
    pub(crate) fn admits(&self, address: &str, now: Timestamp) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(address) {
            buckets.clear();
        }
        let full = self.per_second * DEPTH;
        if !buckets.contains_key(address) {
            buckets.insert(address.to_owned(), Bucket { left: full, seen: now });
        }
        let Some(bucket) = buckets.get_mut(address) else { return true };
        let passed = now.duration_since(bucket.seen).as_secs_f64().max(0.0);
        bucket.left = (bucket.left + passed * self.per_second).min(full);
        bucket.seen = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_the_rate() {
        let pace = Pace::new(10);
        let start = Timestamp::UNIX_EPOCH;
        let at = |milliseconds| start + SignedDuration::from_millis(milliseconds);
        let admitted = |now| (0..100).filter(|_| pace.admits("contacts", now)).count();
        assert_eq!(admitted(start), 20);
        assert_eq!(admitted(at(50)), 0);
        assert_eq!(admitted(at(1_000)), 10);
        assert_eq!(admitted(at(60_000)), 20);
        assert!(pace.admits("another", at(60_000)));
        // A clock that is set back fills nothing and locks nobody out for ever.
        assert_eq!(admitted(at(0)), 0);
        assert_eq!(admitted(at(2_000)), 20);
    }

    #[test]
    fn strangers_addresses_take_no_more_than_a_bound() {
        let pace = Pace::new(1);
        for number in 0..(MOST * 2) {
            pace.admits(&number.to_string(), Timestamp::UNIX_EPOCH);
        }
        assert!(pace.buckets.lock().unwrap().len() <= MOST);
    }
}
