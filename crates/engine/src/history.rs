//! A run's history while it is in hand: what it says so far, and what is still to be written. Everything that becomes
//! part of a history passes here, and secrets are taken out of it here.

use std::sync::Arc;

use bellhop_journal::{Append, Claimed, Entry, RunId, Stamped, State, StoreError, Turn};
use jiff::Timestamp;
use serde_json::Value;

use crate::engine::Engine;
use crate::job::Job;

/// The history of a run in hand.
pub(crate) struct History<'e> {
    engine: &'e Engine,
    pub(crate) run: RunId,
    pub(crate) recipe: Arc<str>,
    record: Option<Arc<str>>,
    /// What it folds to.
    pub(crate) state: State,
    unwritten: Vec<Stamped>,
    /// Told to watchers only once it is on disk.
    untold: Vec<Stamped>,
}

impl<'e> History<'e> {
    pub(crate) fn new(engine: &'e Engine, job: &mut Job) -> Self {
        Self {
            engine,
            run: job.id.clone(),
            recipe: Arc::clone(&job.recipe),
            record: job.record.clone(),
            state: std::mem::take(&mut job.state),
            unwritten: Vec::new(),
            untold: Vec::new(),
        }
    }

    /// Forgets what was not written and begins with what the store has.
    pub(crate) fn begin_anew(&mut self, state: State) {
        self.state = state;
        self.unwritten.clear();
        self.untold.clear();
    }

    /// Adds an entry.
    pub(crate) fn record(&mut self, mut entry: Entry, at: Timestamp) {
        self.redact(&mut entry);
        let stamped = Stamped { at, entry };
        self.state.apply(&stamped);
        if matches!(stamped.entry, Entry::Halted { .. } | Entry::RunEnded { .. } | Entry::Slept { .. }) {
            // Kept even while nobody watches: somebody may begin to wait for it before it is on disk.
            self.untold.push(stamped.clone());
        } else if self.engine.is_watched() {
            self.engine.tell(&self.run, &self.recipe, self.record.as_ref(), stamped.clone());
        }
        self.unwritten.push(stamped);
    }

    /// Hands what is unwritten to the next sync that happens anyway.
    pub(crate) fn write_soon(&mut self) {
        if !self.unwritten.is_empty() {
            let append = self.append(None);
            self.engine.options.store.append_soon(append);
        }
    }

    /// Writes; returns when it is synced.
    pub(crate) async fn write(&mut self) -> Result<(), StoreError> {
        if !self.unwritten.is_empty() {
            let append = self.append(None);
            self.engine.options.store.append(append).await?;
        }
        Ok(())
    }

    /// Writes and changes where the run stands; returns when it is synced, with the run whose turn came by it.
    pub(crate) async fn turn(&mut self, turn: Turn) -> Result<Option<Claimed>, StoreError> {
        let append = self.append(Some(turn));
        Ok(self.engine.options.store.append(append).await?.next)
    }

    /// Tells watchers what they were not told yet.
    pub(crate) fn tell(&mut self) {
        for stamped in std::mem::take(&mut self.untold) {
            self.engine.tell(&self.run, &self.recipe, self.record.as_ref(), stamped);
        }
    }

    fn append(&mut self, turn: Option<Turn>) -> Append {
        let entries = std::mem::take(&mut self.unwritten);
        Append {
            run: self.run.clone(),
            owner: self.engine.options.owner.clone(),
            after: self.state.entries - entries.len() as u64,
            entries,
            turn,
        }
    }

    fn redact(&self, entry: &mut Entry) {
        let redact = &self.engine.options.redact;
        match entry {
            Entry::StepStarted { call, .. } => redact(&mut call.input),
            Entry::StepEnded { output, .. } => redact(output),
            Entry::LoopOpened { items, .. } => items.iter_mut().for_each(|item| redact(item)),
            Entry::StepFailed { message, evidence, .. } => {
                redact(evidence);
                self.redact_text(message);
            }
            Entry::Halted { message, .. } => self.redact_text(message),
            Entry::RunEnded { reason, .. } => self.redact_text(reason),
            _ => {}
        }
    }

    /// Takes secrets out of a sentence.
    pub(crate) fn redact_text(&self, text: &mut String) {
        let mut value = Value::String(std::mem::take(text));
        (self.engine.options.redact)(&mut value);
        *text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
    }
}
