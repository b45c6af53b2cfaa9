//! Opens a store that another process may have for itself for a moment: whoever finds what a killed process has left in the
//! log has it alone while it is looked at and brought in, and on a busy machine that takes longer than one try waits.
//! Refuses to wait for a lock that stays.

use bellhop_store::OpenError;

/// So many times a locked store is tried; each try waits for the lock by itself.
const TRIES: usize = 5;

/// What opening gives; tried again where the store is locked.
pub(crate) fn patiently<T>(open: impl Fn() -> Result<T, OpenError>) -> Result<T, OpenError> {
    let is_locked = |opened: &Result<T, OpenError>| matches!(opened, Err(OpenError::Locked(_)));
    let mut opened = open();
    for _ in 1..TRIES {
        if !is_locked(&opened) {
            break;
        }
        opened = open();
    }
    opened
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{OpenError, TRIES, patiently};

    fn tried(times: usize, error: impl Fn() -> OpenError) -> (bool, usize) {
        let tries = Cell::new(0);
        let opened = patiently(|| {
            tries.set(tries.get() + 1);
            if tries.get() > times { Ok(()) } else { Err(error()) }
        });
        (opened.is_ok(), tries.get())
    }

    #[test]
    fn a_store_is_opened_that_was_locked_for_a_moment() {
        let locked = || OpenError::Locked("store.db".into());
        assert_eq!(tried(0, locked), (true, 1));
        assert_eq!(tried(3, locked), (true, 4));
        assert_eq!(tried(usize::MAX, locked), (false, TRIES), "one that stays locked is told");
    }

    #[test]
    fn what_will_not_pass_is_told_at_once() {
        assert_eq!(tried(usize::MAX, || OpenError::NotAStore("store.db".into())), (false, 1));
    }
}
