//! Time that passes between the keeping of an event and the moment at which anybody is told of it: a wait that it ends may
//! be over by then.

use bellhop_clock::{Clock as _, ManualClock};
use bellhop_journal::{EventId, RunId};
use jiff::Timestamp;

use super::MemoryStore;

/// Time passes between the keeping of an event and the moment at which anybody is told of it.
pub(super) struct Passes {
    event: EventId,
    /// The run that waits for it.
    run: RunId,
    until: Timestamp,
    clock: ManualClock,
}

/// How often time has passed so: while the run was worked on, and while it lay.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    pub(crate) in_hand: u64,
    pub(crate) at_rest: u64,
}

/// The turns of the scheduler in which others may act before it is told that an event was kept.
const OTHERS: usize = 12;

impl MemoryStore {
    /// When that event has been kept, the clock goes on to `until` before anybody is told of it, its run least of all.
    pub(crate) fn lets_time_pass(&self, event: EventId, run: &RunId, clock: &ManualClock, until: Timestamp) {
        self.lock().passes = Some(Passes { event, run: run.clone(), until, clock: clock.clone() });
    }

    /// How often it has.
    pub(crate) fn time_passed(&self) -> Passed {
        self.lock().passed
    }

    /// The clock goes on, if it is to do so now; how long it takes until somebody is told of what was kept.
    pub(super) fn time_passes(&self) -> usize {
        let mut inner = self.lock();
        let is_kept = |event| inner.now.events.contains_key(event);
        if !inner.passes.as_ref().is_some_and(|passes| is_kept(&passes.event)) {
            return 0;
        }
        let Some(passes) = inner.passes.take() else { return 0 };
        let of = inner.now.runs.iter().find(|kept| kept.run.id == passes.run);
        let in_hand = of.is_some_and(|kept| kept.run.holder.is_some());
        if in_hand {
            inner.passed.in_hand += 1;
        } else {
            inner.passed.at_rest += 1;
        }
        drop(inner);
        passes.clock.set(passes.until.max(passes.clock.now()));
        OTHERS
    }
}
