//! Outages of apps: which runs sleep because a connection's calls fail, and that they need not sleep on once its calls
//! succeed again. They are woken a few at first and then more and more; as soon as one fails again, the others sleep on.
//!
//! Only remembered, never kept: who is forgotten here wakes at the time that stands in the store, 15 minutes after its last
//! try at the latest. Start at [`Outages::heard`].

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bellhop_connector::{Confirmation, Failure, FailureClass, Outcome};
use bellhop_journal::{Reading, RunId, State, StepId, StepState};
use jiff::SignedDuration;
use tokio::sync::Notify;

use crate::engine::Engine;
use crate::errand::Answer;

/// So many runs of a connection are remembered.
const MOST_ASLEEP: usize = 10_000;
/// So many of a connection are woken at once, at the most.
const MOST_AT_ONCE: usize = 256;
/// The pause after which the next are woken, twice as many as before.
const BREATH: SignedDuration = SignedDuration::from_secs(1);

/// The outages of the moment.
#[derive(Default)]
pub(crate) struct Outages {
    by_connection: Mutex<HashMap<String, Outage>>,
    /// How many there are, for those who need not look.
    count: AtomicUsize,
    /// Told when a connection's calls succeed again.
    over: Notify,
}

/// One connection whose calls fail, or failed until just now.
#[derive(Default)]
struct Outage {
    is_over: bool,
    /// How many are woken next.
    next: usize,
    asleep: BTreeMap<RunId, StepId>,
}

impl Outages {
    /// How a call of a run's step ended. Where it had been woken early and failed again, it now sleeps for as long as was
    /// noted: `in_vain`.
    pub(crate) fn heard(&self, connection: &str, of: (&RunId, &StepId), answer: &Answer, in_vain: bool) {
        match failure(answer).map(|failure| &failure.class) {
            Some(FailureClass::Transient | FailureClass::Unclear) => {
                self.fails(connection, Some(of).filter(|_| !in_vain));
            }
            // It answers, but says nothing about whether it works.
            Some(_) => {}
            None => self.works(connection),
        }
    }

    fn fails(&self, connection: &str, asleep: Option<(&RunId, &StepId)>) {
        let mut all = self.lock();
        if !all.contains_key(connection) {
            all.insert(connection.to_owned(), Outage::default());
            self.count.store(all.len(), Ordering::Release);
        }
        let Some(outage) = all.get_mut(connection) else { return };
        (outage.is_over, outage.next) = (false, 1);
        if let Some((run, step)) = asleep
            && outage.asleep.len() < MOST_ASLEEP
        {
            outage.asleep.insert(run.clone(), step.clone());
        }
    }

    fn works(&self, connection: &str) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        if let Some(outage) = self.lock().get_mut(connection).filter(|outage| !outage.is_over) {
            outage.is_over = true;
            self.over.notify_one();
        }
    }

    /// Those that are woken next; none: there is nobody left.
    fn next(&self) -> Vec<(RunId, StepId)> {
        let mut all = self.lock();
        let mut next = Vec::new();
        all.retain(|_, outage| {
            if !outage.is_over {
                return true;
            }
            next.extend((0..outage.next).map_while(|_| outage.asleep.pop_first()));
            outage.next = (outage.next * 2).min(MOST_AT_ONCE);
            !outage.asleep.is_empty()
        });
        self.count.store(all.len(), Ordering::Release);
        next
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Outage>> {
        self.by_connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failure(answer: &Answer) -> Option<&Failure> {
    match answer {
        Answer::Call(Outcome::Failed(failure))
        | Answer::Page(Err(failure))
        | Answer::Look(Confirmation::Failed(failure), _) => Some(failure),
        Answer::Call(Outcome::Done(_)) | Answer::Page(Ok(_)) | Answer::Look(..) => None,
    }
}

/// The attempt of a step after which it is tried again though it is not yet time: the last one.
pub(crate) fn early(state: &State, step: Option<&StepId>) -> HashMap<StepId, u32> {
    let attempt = |step: &StepId| match state.steps.get(step)? {
        // A call in doubt is looked up at once by whoever takes its run up.
        StepState::Retrying { attempt, .. } | StepState::Started { attempt, .. } => Some(*attempt),
        StepState::Looping(turns) => match &turns.reading {
            Reading::Retrying { attempt, .. } => Some(*attempt),
            _ => None,
        },
        _ => None,
    };
    step.and_then(|step| Some((step.clone(), attempt(step)?))).into_iter().collect()
}

impl Engine {
    /// Wakes those that sleep because of outages that are over, for as long as the engine lives.
    pub(crate) async fn wake_after_outages(self: Arc<Self>) {
        loop {
            self.outages.over.notified().await;
            loop {
                let next = self.outages.next();
                if next.is_empty() {
                    break;
                }
                for (run, step) in next {
                    self.take_up_early(&run, step).await;
                }
                let clock = &self.options.clock;
                let until = clock.now().checked_add(BREATH).unwrap_or(jiff::Timestamp::MAX);
                clock.sleep_until(until).await;
            }
        }
    }
}
