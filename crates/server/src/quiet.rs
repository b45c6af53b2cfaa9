//! Lines of the log about deliveries that are not taken: some each minute, and then how many more there would have been.
//! Whoever may send may send nonsense; they are not to fill a disk with what is said of it. The figures count all of it.

use std::sync::{Mutex, PoisonError};

use bellhop_clock::{Clock as _, SystemClock};

/// So many lines a minute.
const MOST: u64 = 60;
const SECONDS: i64 = 60;

static LINES: Mutex<Lines> = Mutex::new(Lines { minute: 0, told: 0, left_out: 0 });

/// Whether a line may be written now. Tells how many were left out before it.
pub(crate) fn may_tell() -> bool {
    let minute = SystemClock.now().as_second().div_euclid(SECONDS);
    let Some(left_out) = LINES.lock().unwrap_or_else(PoisonError::into_inner).admit(minute) else {
        return false;
    };
    if left_out > 0 {
        tracing::warn!(left_out, "more deliveries were not taken than the log has lines for");
    }
    true
}

#[derive(Debug)]
struct Lines {
    minute: i64,
    told: u64,
    left_out: u64,
}

impl Lines {
    /// One more line: whether it may be written, and if so, how many were left out since the last.
    fn admit(&mut self, minute: i64) -> Option<u64> {
        if minute != self.minute {
            (self.minute, self.told) = (minute, 0);
        }
        if self.told >= MOST {
            self.left_out += 1;
            return None;
        }
        self.told += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, MOST};

    #[test]
    fn each_minute_has_its_lines_and_what_was_left_out_is_told() {
        let mut lines = Lines { minute: 0, told: 0, left_out: 0 };
        for _ in 0..MOST {
            assert_eq!(lines.admit(7), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(lines.admit(7), None);
        }
        assert_eq!(lines.admit(8), Some(5));
        assert_eq!(lines.admit(8), Some(0));
    }
}
