//! How long until the next attempt. Exponential with full jitter; the jitter is a hash of what it is for, so that a
//! decision can be made again and comes out the same.

use bellhop_journal::RunId;
use jiff::{SignedDuration, Timestamp};

const FIRST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 15 * 60 * 1_000;

/// The pause after attempt `attempt` (from 1) of a step: anything up to 1 s, 2 s, 4 s … 15 min.
pub(crate) fn backoff(run: &RunId, step: &str, attempt: u32) -> SignedDuration {
    let ceiling = FIRST_MS.saturating_shl(attempt.saturating_sub(1)).min(LONGEST_MS);
    milliseconds(share(ceiling, jitter(run, step, u64::from(attempt))))
}

/// The pause after a call that the app's rate limit turned away, which said to come back after `after_ms`. Some more is
/// added, so that those turned away together do not come back together. Where the app says nothing: about as long as
/// the step has been tried already, from 2 s up to 5 min.
pub(crate) fn after_limit(
    run: &RunId,
    step: &str,
    after_ms: Option<u64>,
    since: Timestamp,
    now: Timestamp,
) -> SignedDuration {
    let jitter = jitter(run, step, now.as_millisecond().unsigned_abs());
    if let Some(after_ms) = after_ms {
        let after_ms = after_ms.min(7 * 24 * 60 * 60 * 1_000);
        return milliseconds(after_ms + share(250 + after_ms / 10, jitter));
    }
    let so_far = elapsed_ms(since, now).clamp(2_000, 5 * 60 * 1_000);
    milliseconds(so_far / 2 + share(so_far / 2, jitter))
}

/// The pause before a failed look-up is made again: about as long as the doubt has lasted, from 1 s up to 15 min.
pub(crate) fn after_failed_look(run: &RunId, step: &str, since: Timestamp, now: Timestamp) -> SignedDuration {
    let so_far = elapsed_ms(since, now).clamp(FIRST_MS, LONGEST_MS);
    milliseconds(so_far / 2 + share(so_far / 2, jitter(run, step, now.as_millisecond().unsigned_abs())))
}

trait SaturatingShl {
    fn saturating_shl(self, by: u32) -> Self;
}

impl SaturatingShl for u64 {
    fn saturating_shl(self, by: u32) -> Self {
        if by >= self.leading_zeros() { Self::MAX } else { self << by }
    }
}

fn elapsed_ms(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(since).as_millis()).unwrap_or(0)
}

fn milliseconds(count: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The part of `whole` that `jitter`, seen as a number from 0 to 1, says.
fn share(whole: u64, jitter: u64) -> u64 {
    u64::try_from((u128::from(whole) * u128::from(jitter)) >> 64).unwrap_or(whole)
}

/// FNV-1a over what the jitter is for, then mixed, because FNV's high bits hardly move with its last bytes.
fn jitter(run: &RunId, step: &str, number: u64) -> u64 {
    let bytes = run.as_str().bytes().chain([0]).chain(step.bytes()).chain(number.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_below_a_doubling_ceiling_and_use_all_of_it() {
        for (attempt, ceiling) in
            [(1, 1_000), (2, 2_000), (3, 4_000), (10, 512_000), (11, 900_000), (99, 900_000)]
        {
            let pauses: Vec<i128> = (0..200)
                .map(|run| {
                    backoff(&RunId::from(format!("run_{run}").as_str()), "/steps/0", attempt).as_millis()
                })
                .collect();
            assert!(pauses.iter().all(|pause| (0..ceiling).contains(pause)), "attempt {attempt}");
            assert!(pauses.iter().any(|pause| *pause > ceiling * 9 / 10), "attempt {attempt}");
            assert!(pauses.iter().any(|pause| *pause < ceiling / 10), "attempt {attempt}");
        }
    }

    #[test]
    fn a_limit_is_never_undercut() {
        let now = Timestamp::from_second(1_000).unwrap();
        for run in 0..100 {
            let run = RunId::from(format!("run_{run}").as_str());
            let pause = after_limit(&run, "/steps/0", Some(10_000), now, now).as_millis();
            assert!((10_000..=11_250).contains(&pause), "{pause}");
            let unsaid = after_limit(&run, "/steps/0", None, now, now).as_millis();
            assert!((1_000..=2_000).contains(&unsaid), "{unsaid}");
        }
    }

    #[test]
    fn the_same_question_gets_the_same_answer() {
        let run = RunId::from("run_1");
        assert_eq!(backoff(&run, "/steps/0", 4), backoff(&run, "/steps/0", 4));
        assert_ne!(backoff(&run, "/steps/0", 4), backoff(&run, "/steps/1", 4));
    }
}
