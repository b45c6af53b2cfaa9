//! Runs that need a person or have failed, told to whoever tells people.

use std::sync::Arc;

use bellhop_journal::{Entry, Run, RunId, RunStatus, Stamped, StepId};
use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::engine::Engine;

/// A run that came to rest badly.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The run.
    pub run: RunId,
    /// The recipe's id.
    pub recipe: Arc<str>,
    /// The recipe's name for people.
    pub recipe_name: Arc<str>,
    /// The record it is about, as `kind id`.
    pub record: Option<Arc<str>>,
    /// The step that could not be done; empty where it is none in particular.
    pub step: StepId,
    /// `NeedsAttention` or `Failed`.
    pub status: RunStatus,
    /// What happened and what to do.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

impl Engine {
    /// Runs that come to rest badly from now on, once that is on disk. Costs nothing while nobody listens.
    pub fn alerts(&self) -> broadcast::Receiver<Alert> {
        self.alerts.subscribe()
    }

    /// What is to be told of a run of the store, as far as its summary tells.
    pub fn alert_of(&self, run: Run) -> Alert {
        let recipe: Arc<str> = run.recipe.into();
        Alert {
            run: run.id,
            recipe_name: self.recipe_name(&recipe),
            recipe,
            record: run.record.map(Arc::from),
            step: StepId::new(),
            status: if run.troubled { RunStatus::NeedsAttention } else { run.status },
            message: run.summary,
            at: run.updated_at,
        }
    }

    /// Tells of an entry with which a run came to rest badly.
    pub(crate) fn tell_alert(
        &self,
        run: &RunId,
        recipe: &Arc<str>,
        record: Option<&Arc<str>>,
        entry: &Stamped,
    ) {
        if self.alerts.receiver_count() == 0 {
            return;
        }
        let (step, status, message) = match &entry.entry {
            Entry::Halted { step, message } => (step.clone(), RunStatus::NeedsAttention, message.clone()),
            Entry::RunEnded { status: RunStatus::Failed, reason, .. } => {
                (StepId::new(), RunStatus::Failed, reason.clone())
            }
            _ => return,
        };
        let alert = Alert {
            run: run.clone(),
            recipe: Arc::clone(recipe),
            recipe_name: self.recipe_name(recipe),
            record: record.cloned(),
            step,
            status,
            message,
            at: entry.at,
        };
        // Whoever listened may have gone in the meantime.
        let _ = self.alerts.send(alert);
    }

    fn recipe_name(&self, recipe: &Arc<str>) -> Arc<str> {
        self.book.shelf().by_id.get(&**recipe).map_or_else(|| Arc::clone(recipe), |one| Arc::clone(&one.name))
    }
}
