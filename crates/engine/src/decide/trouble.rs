//! What keeps a block from being finished, carried upwards to whoever handles it: a step's `on_error`, or a person.

use bellhop_journal::StepId;

/// A step that failed for good and was not handled. Of several in one block the first counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The step.
    pub(crate) step: StepId,
    /// The failure's class.
    pub(crate) class: String,
    /// A sentence that names the step and says what happened.
    pub(crate) message: String,
    /// How many steps failed, this one among them.
    pub(crate) count: usize,
    /// Of how many of them nobody knows whether they happened: only a person can settle it, and no `on_error` speaks for it.
    pub(crate) doubts: usize,
}

impl Trouble {
    /// Whether a person must say first what happened.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubts > 0
    }

    /// Both troubles in one: the first speaks for both.
    pub(crate) fn join(first: Option<Self>, second: Self) -> Self {
        match first {
            Some(first) => {
                Self { count: first.count + second.count, doubts: first.doubts + second.doubts, ..first }
            }
            None => second,
        }
    }

    /// The sentence for a person.
    pub(crate) fn sentence(self) -> String {
        match self.count {
            0 | 1 => self.message,
            2 => format!("{} (One more step failed as well.)", self.message),
            more => format!("{} ({} more steps failed as well.)", self.message, more - 1),
        }
    }
}
