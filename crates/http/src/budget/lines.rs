//! The two lines of a budget: live calls, and bulk ones behind them. Counts who stands there and whose turn it is; knows
//! nothing of limits.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bellhop_connector::{InLine, Lane, Standing};
use tokio::sync::{Mutex, Notify};

/// After so many live calls in a row one bulk call has its turn.
const IN_A_ROW: usize = 9;

/// The lines of one budget.
#[derive(Default)]
pub(super) struct Lines {
    live: Line,
    bulk: Line,
    /// Live calls that went while bulk ones stood in line, since the last bulk one.
    in_a_row: AtomicUsize,
    /// Told when the bulk line has its turn.
    turn: Notify,
}

#[derive(Default)]
struct Line {
    waiting: AtomicUsize,
    turnstile: Mutex<()>,
}

impl Lines {
    fn line(&self, lane: Lane) -> &Line {
        match lane {
            Lane::Live => &self.live,
            Lane::Bulk => &self.bulk,
        }
    }

    fn waiting(&self, lane: Lane) -> usize {
        self.line(lane).waiting.load(Ordering::Acquire)
    }

    /// Where only one at a time stands before the limit.
    pub(super) fn turnstile(&self, lane: Lane) -> &Mutex<()> {
        &self.line(lane).turnstile
    }

    /// How many stand before who comes now.
    pub(super) fn ahead(&self, lane: Lane) -> usize {
        self.waiting(lane) + self.others(lane)
    }

    /// How many of the other line go before the first of this one.
    pub(super) fn others(&self, lane: Lane) -> usize {
        match (lane, self.bulk_has_its_turn()) {
            (Lane::Live, true) => 1,
            (Lane::Bulk, false) => self.waiting(Lane::Live),
            (Lane::Live, false) | (Lane::Bulk, true) => 0,
        }
    }

    /// Whether that line leaves some of each limit to the other.
    pub(super) fn spares(&self, lane: Lane) -> bool {
        lane == Lane::Bulk && !self.bulk_has_its_turn()
    }

    fn bulk_has_its_turn(&self) -> bool {
        self.in_a_row.load(Ordering::Acquire) >= IN_A_ROW && self.waiting(Lane::Bulk) > 0
    }

    /// A call of that line has gone.
    pub(super) fn gone(&self, lane: Lane) {
        if lane == Lane::Bulk || self.waiting(Lane::Bulk) == 0 {
            self.in_a_row.store(0, Ordering::Release);
        } else if self.in_a_row.fetch_add(1, Ordering::AcqRel) + 1 >= IN_A_ROW {
            self.turn.notify_one();
        }
    }

    /// Waits until the line is called before its time: only the bulk line ever is.
    pub(super) async fn called(&self, lane: Lane) {
        match lane {
            Lane::Live => std::future::pending().await,
            Lane::Bulk => self.turn.notified().await,
        }
    }
}

/// A place in a line; given up when dropped.
pub(super) struct Place<'a> {
    line: &'a Line,
}

impl<'a> Place<'a> {
    /// A place at the end, and how many are before it.
    pub(super) fn behind_others(lines: &'a Lines, lane: Lane) -> (Self, usize) {
        let others = lines.others(lane);
        let place = Self { line: lines.line(lane) };
        let ahead = place.line.waiting.fetch_add(1, Ordering::AcqRel) + others;
        (place, ahead)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.line.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Has said that a call stands in line, and says when it does not any more.
pub(super) struct Told(Option<Arc<dyn InLine>>);

impl Told {
    pub(super) fn about(standing: &Standing) -> Self {
        if let Some(told) = &standing.told {
            told.stands();
        }
        Self(standing.told.clone())
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(told) = &self.0 {
            told.goes();
        }
    }
}
