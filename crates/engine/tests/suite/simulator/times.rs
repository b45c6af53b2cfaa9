//! What must hold of times and tries in every history, however often a process died in it: a wait has one end, which no death
//! puts off; nothing is tried again before its time, nor more often than its tries were counted; what is looked for is
//! looked for from the first try on.

use std::collections::HashMap;

use bellhop_journal::{Entry, Stamped};
use jiff::{SignedDuration, Timestamp};

/// So late anything may be whose time is up while a process lives: a second of it may pass while an answer is kept.
const LATE: SignedDuration = SignedDuration::from_secs(2);
/// Who is to be tried again later than this may be tried early, because the app works again.
const WORTH_WAKING: SignedDuration = SignedDuration::from_secs(30);

/// The times of one history: when each life of the process began.
pub(super) struct Times<'h> {
    pub(super) lives: &'h [Timestamp],
    /// Whether the processes were quick enough to be in time.
    pub(super) in_time: bool,
}

impl Times<'_> {
    /// What is wrong with the times in the history of a run. `looks` are the steps that were looked up, each with the time
    /// since when.
    pub(super) fn wrong(&self, run: &str, history: &[Stamped], looks: &[(String, Timestamp)]) -> Vec<String> {
        let mut wrong = Vec::new();
        let (mut waits, mut tries, mut first) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut later: HashMap<&str, Timestamp> = HashMap::new();
        // Who was helped by a person may have to wait for its turn anew; then it need not be in time any more.
        let mut helped = !self.in_time;
        for Stamped { at, entry } in history {
            if let Some((step, until)) = wait(entry)
                && waits.insert(step, until).is_some()
            {
                wrong.push(format!("{run} {step} began to wait once more at {at}"));
            }
            match entry {
                Entry::StepEnded { step, output } => {
                    let is_up = output.is_null() || output["timed_out"] == true;
                    let Some(Some(until)) = waits.get(step.as_str()) else { continue };
                    if is_up && at < until {
                        wrong.push(format!("{run} {step} was over at {at}, before its time"));
                    }
                    if is_up && !helped && *at > self.latest(*until, *at) {
                        wrong.push(format!("{run} {step} was over at {at}, long after {until}"));
                    }
                }
                Entry::StepStarted { step, attempt, .. } => {
                    first.entry(step).or_insert(*at);
                    if tries.insert(step.as_str(), *attempt).is_some_and(|before| before > *attempt) {
                        wrong.push(format!("{run} {step}: its tries were counted anew at {at}"));
                    }
                    let Some(due) = later.remove(step.as_str()) else { continue };
                    // Who slept over a failed look-up is woken early as well, and goes on with a try.
                    let may_be_early = looks.iter().any(|(of, _)| of == step);
                    if *at < due && !may_be_early && due.duration_since(*at) <= WORTH_WAKING {
                        wrong.push(format!("{run} {step} was tried again at {at}, before {due}"));
                    }
                    if !helped && *at > self.latest(due, *at) {
                        wrong.push(format!("{run} {step} was tried again at {at}, long after {due}"));
                    }
                }
                Entry::StepFailed { step, retry_at: Some(due), .. } => {
                    later.insert(step, *due);
                }
                Entry::PageRead { step, .. } => {
                    tries.remove(step.as_str());
                }
                Entry::Resolved { step, .. } => {
                    helped = true;
                    first.remove(step);
                    tries.remove(step.as_str());
                    later.remove(step.as_str());
                }
                _ => {}
            }
        }
        let begun = |step: &str| first.iter().find(|(one, _)| one.as_str() == step).map(|(_, at)| *at);
        for (step, since) in looks {
            if begun(step).is_some_and(|begun| *since > begun) {
                wrong.push(format!("{run} {step} was looked for since {since}, after it was tried first"));
            }
        }
        wrong
    }

    /// The latest moment for what was due then: while nobody lived, the next life may begin with it. `at` is when it was done.
    fn latest(&self, due: Timestamp, at: Timestamp) -> Timestamp {
        let born = self.lives.iter().filter(|born| **born <= at).max().copied().unwrap_or(due);
        due.max(born) + LATE
    }
}

/// The wait that begins: whose, and until when.
fn wait(entry: &Entry) -> Option<(&str, Option<Timestamp>)> {
    match entry {
        Entry::Slept { step, until } => Some((step, Some(*until))),
        Entry::Awaited { step, until, .. } => Some((step, *until)),
        _ => None,
    }
}
