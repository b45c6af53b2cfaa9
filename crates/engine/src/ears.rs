//! What a run in hand has heard of what it waits for. The store keeps the signals until the run comes to rest; here is what
//! has been read of them, and what the store has been told to listen for.

use std::collections::HashMap;
use std::sync::Arc;

use bellhop_journal::{Await, RunStatus, Signal, StepId, StoreError, Turn};
use jiff::Timestamp;
use serde_json::Value;

use crate::decide::Hands;
use crate::history::History;

/// What a run in hand has heard.
#[derive(Default)]
pub(crate) struct Ears {
    heard_of: HashMap<StepId, Vec<Arc<Value>>>,
    /// The number of the last signal that was read.
    pub(crate) heard: u64,
    /// See [`Hands::listened`].
    listened: HashMap<StepId, Timestamp>,
    /// What the store listens for; none: what it did when the run was taken up.
    told: Option<Vec<Await>>,
    news: bool,
}

impl Ears {
    /// Those of a run that was handed out with these signals.
    pub(crate) fn of(signals: Vec<Signal>) -> Self {
        let mut ears = Self::default();
        ears.hear(signals);
        ears
    }

    fn hear(&mut self, signals: Vec<Signal>) {
        for signal in signals {
            if signal.number > self.heard {
                self.heard = signal.number;
                self.heard_of.entry(signal.step).or_default().push(Arc::new(signal.data));
                self.news = true;
            }
        }
    }

    /// Reads what is new in the store.
    pub(crate) async fn catch_up(&mut self, history: &History<'_>) -> Result<(), StoreError> {
        let signals = history.signals().await?;
        self.hear(signals);
        Ok(())
    }

    /// Has the store listen for this from now on, while the run stays in hand.
    pub(crate) async fn prick(
        &mut self,
        history: &mut History<'_>,
        awaits: Vec<Await>,
    ) -> Result<(), StoreError> {
        if self.told.as_ref().map_or(awaits.is_empty(), |told| *told == awaits) {
            return Ok(());
        }
        let turn = Turn { awaits: Some(awaits.clone()), ..Turn::to(RunStatus::Ready) };
        let appended = history.turn(turn).await?;
        self.told = Some(awaits);
        if !appended.woken.is_empty() {
            self.catch_up(history).await?;
        }
        Ok(())
    }

    /// Finds out what has happened of this until now.
    pub(crate) async fn listen(
        &mut self,
        history: &mut History<'_>,
        awaits: Vec<Await>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let steps: Vec<StepId> = awaits.iter().map(|wait| wait.step.clone()).collect();
        self.prick(history, awaits).await?;
        self.catch_up(history).await?;
        self.listened.extend(steps.into_iter().map(|step| (step, now)));
        self.news = true;
        Ok(())
    }

    /// Tells the hands what has been heard.
    pub(crate) fn tell(&mut self, hands: &mut Hands) {
        if std::mem::take(&mut self.news) {
            hands.signals.clone_from(&self.heard_of);
            hands.listened.clone_from(&self.listened);
        }
    }
}
