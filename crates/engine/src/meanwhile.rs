//! What a person is needed for in a run that goes on waiting for something else: calls of which only a person can say
//! whether they happened, and steps that failed for good. It is told at once, because the wait may last for weeks, and
//! can be settled at once (`person`). Refuses to settle anything itself.

use bellhop_journal::{RunId, StepId};

use crate::decide::{Hands, Trouble, Wake};

/// What a person is needed for meanwhile, each with its step.
pub(crate) struct Meanwhile {
    /// Calls in doubt.
    pub(crate) doubts: Vec<(StepId, String)>,
    /// Steps that failed for good, in one: the first speaks for all.
    pub(crate) failed: Option<(StepId, String)>,
}

impl Meanwhile {
    /// In this run, of which `trouble` is all that nothing in the recipe handles.
    pub(crate) fn of(run: &RunId, hands: &Hands, trouble: Option<Trouble>) -> Self {
        let mut doubts: Vec<(StepId, String)> =
            hands.unknown.iter().map(|(step, sentence)| (step.clone(), sentence.clone())).collect();
        doubts.sort_unstable_by(|one, other| one.1.cmp(&other.1));
        let failed = trouble.and_then(|trouble| {
            let step = trouble.step.clone();
            let what = match trouble.count.checked_sub(trouble.doubts) {
                None | Some(0) => return None,
                Some(1) if hands.unknown.contains_key(&step) => "Another step failed.".to_owned(),
                Some(count) if hands.unknown.contains_key(&step) => format!("{count} other steps failed."),
                Some(count) => Trouble { count, ..trouble }.sentence(),
            };
            let how = format!(
                "`bellhop runs retry {run}` tries it again; the rest of the run is not held up by it."
            );
            Some((step, format!("{what} {how}")))
        });
        Self { doubts, failed }
    }

    /// Whether a person is needed at all.
    pub(crate) fn is_some(&self) -> bool {
        !self.doubts.is_empty() || self.failed.is_some()
    }

    /// Has the run say this first of itself, then what it waits for.
    pub(crate) fn before(&self, mut wake: Wake) -> Wake {
        if self.is_some() {
            let needed = self.doubts.iter().chain(&self.failed).map(|(_, sentence)| sentence.as_str());
            let waits = Some(wake.reason.as_str()).filter(|reason| !reason.is_empty());
            wake.reason = needed.chain(waits).collect::<Vec<_>>().join(" ");
        }
        wake
    }
}
