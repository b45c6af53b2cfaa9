//! How many deliveries a second one address may bring: a bucket for each, filled at that rate, two seconds deep.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
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
    /// By a hash of the address: strangers choose how long an address is, and not what lands in whose bucket.
    buckets: Mutex<HashMap<u64, Bucket>>,
    hash: RandomState,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    seen: Timestamp,
}

impl Pace {
    /// At the most so many a second for each address.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), buckets: Mutex::default(), hash: RandomState::new() }
    }

    /// Takes one delivery for this address, in whatever way its letters are written (`%64oor` is `door`); whether it may
    /// come in.
    pub(crate) fn admits(&self, address: &str, now: Timestamp) -> bool {
        let address = self.hash.hash_one(spelt_out(address.as_bytes()));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&address) {
            buckets.clear();
        }
        let full = self.per_second * DEPTH;
        let bucket = buckets.entry(address).or_insert(Bucket { left: full, seen: now });
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

/// An address with its `%64`s resolved.
fn spelt_out(address: &[u8]) -> Vec<u8> {
    let mut spelt = Vec::with_capacity(address.len());
    let mut rest = address;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|two| *first == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            spelt.push(byte);
            rest = &after[2..];
        } else {
            spelt.push(*first);
            rest = after;
        }
    }
    spelt
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
    fn an_address_in_other_letters_is_the_same_address() {
        let pace = Pace::new(1);
        let ways = ["in/door", "in/%64oor", "in/d%6For", "in/d%6fo%72", "%69n/door"];
        let admitted = ways.iter().filter(|way| pace.admits(way, Timestamp::UNIX_EPOCH)).count();
        assert_eq!(admitted, 2);
        assert_eq!(spelt_out(b"%4%zz%+1%e"), b"%4%zz%+1%e");
        assert_eq!(spelt_out(b"%25%36%34"), b"%64");
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
