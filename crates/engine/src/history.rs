//! A run's history while it is in hand: what it says so far, and what is still to be written. Everything that becomes
//! part of a history passes here, and secrets are taken out of it here.

use std::sync::Arc;

use bellhop_journal::{Append, Appended, Awaited, Entry, RunId, Signal, Stamped, State, StoreError, Turn};
use jiff::Timestamp;
use serde_json::Value;

use crate::engine::Engine;
use crate::job::Job;
use crate::meanwhile::Meanwhile;
use crate::spans::Hold;

/// A snapshot is taken after so many times as many entries as there is in it.
const FOLD_FACTOR: u64 = 4;

/// The history of a run in hand.
pub(crate) struct History<'e> {
    engine: &'e Engine,
    pub(crate) run: RunId,
    pub(crate) recipe: Arc<str>,
    record: Option<Arc<str>>,
    /// What it folds to.
    pub(crate) state: State,
    unwritten: Vec<Stamped>,
    /// Whether items of a loop have been read and are not known to be on disk.
    new_items: bool,
    /// Told to watchers only once it is on disk.
    untold: Vec<Stamped>,
    /// Whether a step has failed for good while it was in hand.
    failed: bool,
    /// For traces, where they are wanted.
    pub(crate) hold: Option<Hold>,
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
            new_items: false,
            untold: Vec::new(),
            failed: false,
            hold: engine.options.spans.as_ref().map(|_| Hold::of(job, engine.options.clock.now())),
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
        self.new_items |= matches!(stamped.entry, Entry::PageRead { .. });
        self.failed |= matches!(stamped.entry, Entry::StepFailed { retry_at: None, handled: false, .. });
        let is_rest = matches!(
            stamped.entry,
            Entry::Halted { .. } | Entry::RunEnded { .. } | Entry::Slept { .. } | Entry::Awaited { .. }
        );
        if is_rest {
            // Kept even while nobody watches: somebody may begin to wait for it before it is on disk.
            self.untold.push(stamped.clone());
        } else if self.engine.is_watched() && !stamped.entry.begins_a_history() {
            self.engine.tell(&self.run, &self.recipe, self.record.as_ref(), stamped.clone());
        }
        self.unwritten.push(stamped);
    }

    /// Keeps what a long history comes to, so that who goes on with the run later need not read all of it. The more there
    /// is to keep, the more rarely.
    pub(crate) fn fold_if_long(&mut self, now: Timestamp) {
        let every = self.engine.options.fold_every;
        let since = self.state.entries - self.state.folded_at;
        if since < every {
            return;
        }
        let held = self.state.steps.len() + self.state.items();
        if since >= every.max(FOLD_FACTOR * held as u64) {
            // What folds a history begins an append: the store hands out no more than what follows.
            self.write_soon();
            self.record(Entry::Folded { state: Box::new(self.state.clone()) }, now);
        }
    }

    /// Whether items have been read of which a crash might leave nothing.
    pub(crate) fn has_new_items(&self) -> bool {
        self.new_items
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
            self.new_items = false;
        }
        Ok(())
    }

    /// Writes and changes where the run stands; returns when it is synced.
    pub(crate) async fn turn(&mut self, turn: Turn) -> Result<Appended, StoreError> {
        let rests = turn.status;
        let append = self.append(Some(turn));
        let appended = self.engine.options.store.append(append).await?;
        if let Some(hold) = &mut self.hold {
            hold.rests = Some(rests.name());
        }
        Ok(appended)
    }

    /// The signals that the store has for the run.
    pub(crate) async fn signals(&self) -> Result<Vec<Signal>, StoreError> {
        self.engine.options.store.signals(&self.run).await
    }

    /// Tells watchers what they were not told yet.
    pub(crate) fn tell(&mut self) {
        for stamped in std::mem::take(&mut self.untold) {
            self.engine.tell_alert(&self.run, &self.recipe, self.record.as_ref(), &stamped);
            self.engine.tell(&self.run, &self.recipe, self.record.as_ref(), stamped);
        }
    }

    /// Tells whoever is told of trouble what a person is needed for: nobody looks at a run that waits for something else.
    /// What failed is told once, not each time that the run comes to rest again.
    pub(crate) fn tell_meanwhile(&self, needed: Meanwhile) {
        let at = self.engine.options.clock.now();
        let Meanwhile { doubts, failed } = needed;
        for (step, message) in doubts.into_iter().chain(failed.filter(|_| self.failed)) {
            let entry = Entry::Halted { step, message };
            self.engine.tell_alert(&self.run, &self.recipe, self.record.as_ref(), &Stamped { at, entry });
        }
    }

    /// Tells how long the run was in hand.
    pub(crate) fn tell_span(&mut self) {
        if let (Some(tell), Some(hold)) = (&self.engine.options.spans, self.hold.take()) {
            tell(hold.span(self.engine.options.clock.now()));
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
            Entry::PageRead { items, next, .. } => {
                for value in items.iter_mut().chain(next) {
                    redact(value);
                }
            }
            Entry::TurnEnded { failure: Some(failure), .. } => self.redact_text(&mut failure.message),
            Entry::StepFailed { message, evidence, .. } => {
                redact(evidence);
                self.redact_text(message);
            }
            Entry::StepRefused { refused, .. } => {
                redact(&mut refused.evidence);
                self.redact_text(&mut refused.message);
            }
            Entry::Awaited { what: Awaited::Approval { ask, of }, .. } => {
                self.redact_text(ask);
                self.redact_text(of);
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
