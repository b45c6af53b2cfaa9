//! Watching runs as they happen, and waiting for them.

use std::sync::Arc;

use bellhop_journal::{Entry, RunId, RunStatus, Stamped, StoreError};
use tokio::sync::broadcast::error::RecvError;

use crate::engine::Engine;

/// One entry of one run, told to whoever watches. An end, a halt or a wait is told once it is on disk, the
/// rest as it happens.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The run.
    pub run: RunId,
    /// The recipe's id.
    pub recipe: Arc<str>,
    /// The record it is about, as `kind id`.
    pub record: Option<Arc<str>>,
    /// What happened and when.
    pub entry: Stamped,
}

impl Engine {
    pub(crate) fn is_watched(&self) -> bool {
        self.progress.receiver_count() > 0
    }

    pub(crate) fn tell(&self, run: &RunId, recipe: &Arc<str>, record: Option<&Arc<str>>, entry: Stamped) {
        let progress =
            Progress { run: run.clone(), recipe: Arc::clone(recipe), record: record.cloned(), entry };
        // Nobody watching is no failure.
        let _ = self.progress.send(progress);
    }

    pub(crate) async fn rest_of(&self, run: &RunId) -> Result<Option<RunStatus>, StoreError> {
        let mut watched = self.progress.subscribe();
        loop {
            let Some(found) = self.options.store.run(run.as_str()).await? else { return Ok(None) };
            let status = found.run.status;
            if status.is_over() || (status == RunStatus::NeedsAttention && !self.pool.has(run)) {
                return Ok(Some(status));
            }
            loop {
                match watched.recv().await {
                    Ok(progress) if progress.run == *run => match progress.entry.entry {
                        Entry::RunEnded { status, .. } => return Ok(Some(status)),
                        Entry::Halted { .. } => return Ok(Some(RunStatus::NeedsAttention)),
                        _ => {}
                    },
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return Ok(Some(status)),
                }
            }
        }
    }
}
