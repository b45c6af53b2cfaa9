//! One walk over a run's open steps: what it is asked with, and what it has found so far.

use bellhop_journal::{Ahead, Await, Awaited, Entry, RunStatus, State, StepId, Turns};
use bellhop_recipe::{CallAction, OnError, Settings, Step};
use bellhop_template::{Context, Scope};
use jiff::{SignedDuration, Timestamp};

use super::action::Wake;
use super::trouble::Trouble;
use super::words::sentence;
use super::{Action, Facts, Hands};

/// How long a call may take that says nothing of it.
const CALL_SECONDS: i64 = 60;
/// The class of a failure to make a value: the data is not what the recipe expects.
pub(crate) const DATA: &str = "data";

/// One walk.
pub(crate) struct Walk<'a, 'p> {
    pub(crate) state: &'a State,
    pub(crate) hands: &'a Hands,
    pub(crate) facts: &'a Facts,
    /// What holds for all steps of the recipe.
    pub(crate) settings: &'a Settings,
    /// When the step before the one that is looked at began, as far as that is of use to it.
    pub(crate) since: Timestamp,
    /// Now, and the zone of days and hours.
    pub(crate) context: Context,
    /// The number of this walk: no step is looked at twice in one.
    pub(crate) number: u64,
    pub(crate) records: Vec<Action<'p>>,
    pub(crate) calls: Vec<Action<'p>>,
    pub(crate) looks: Vec<Action<'p>>,
    pub(crate) wake: Option<Wake>,
    /// A `stop` or `fail` has been reached.
    pub(crate) end: Option<End>,
    /// A wait's time is up, and what has happened until then is to be found out first.
    pub(crate) listens: bool,
    /// Whether a step is in doubt and cannot be looked up yet.
    pub(crate) doubt: bool,
}

/// The end of a run as the recipe says.
pub(crate) struct End {
    /// The step that says so.
    pub(crate) step: StepId,
    pub(crate) status: RunStatus,
    pub(crate) reason: String,
}

/// How it stands with a step or a block.
pub(crate) enum Pace {
    /// It is done.
    Done,
    /// It goes on: now, at a time, or when a call ends.
    Live,
    /// Nothing in it can go on, and not because it is done.
    Stuck(Trouble),
    /// It has reached the end of the run.
    Ending,
}

impl<'p> Walk<'_, 'p> {
    /// Has an entry added to the history; the step goes on from there.
    pub(crate) fn record(&mut self, entry: Entry) -> Pace {
        self.records.push(Action::Record(entry));
        Pace::Live
    }

    /// Waits for a time.
    pub(crate) fn wake_at(&mut self, at: Timestamp, retried: Option<&str>) -> Pace {
        let wake = self.waking(Some(at));
        if let Some(failure) = retried {
            wake.yields = false;
            if wake.reason.is_empty() {
                failure.clone_into(&mut wake.reason);
            }
        }
        Pace::Live
    }

    /// Waits for something outside, and at the most until then.
    pub(crate) fn awaits(&mut self, id: &StepId, what: &Awaited, until: Option<Timestamp>) {
        let day = |until: Timestamp| until.to_zoned(self.context.zone.clone()).strftime("%a %d %b %Y %H:%M");
        let words = match until {
            Some(until) => format!("{}, until {}", what.words(), day(until)),
            None => what.words(),
        };
        let wake = self.waking(until);
        if wake.awaits.is_empty() {
            wake.reason = words;
        }
        wake.awaits.push(Await { step: id.clone(), what: what.clone() });
    }

    fn waking(&mut self, at: Option<Timestamp>) -> &mut Wake {
        let wake = self.wake.get_or_insert_with(|| Wake { yields: true, ..Wake::default() });
        wake.at = wake.at.into_iter().chain(at).min();
        wake
    }

    /// The data is not what the recipe expects. `field` is the place in the step: a field's path, or a key such as `if`.
    pub(crate) fn data_error(&mut self, step: &Step, id: &StepId, field: &str, problem: &str) -> Pace {
        let message =
            if field.is_empty() { problem.to_owned() } else { format!("in the field `{field}`, {problem}") };
        self.fail(step, id, DATA, message)
    }

    /// A step fails for good, by what is known here.
    pub(crate) fn fail(&mut self, step: &Step, id: &StepId, class: &str, message: String) -> Pace {
        self.record(Entry::StepFailed {
            step: id.clone(),
            class: class.to_owned(),
            message,
            evidence: serde_json::Value::Null,
            retry_at: None,
            handled: is_handled(step),
        })
    }

    /// Calls. The input is made as it was for the first attempt, so that an app that compares keys and bodies sees the
    /// same call again.
    pub(crate) fn call(
        &mut self,
        step: &'p Step,
        id: &StepId,
        call: &'p CallAction,
        scope: &Scope,
        attempt: u32,
        since: Option<Timestamp>,
    ) -> Pace {
        match call.input(scope, &self.context_of(since)) {
            Ok(input) => {
                let deadline = self.deadline(step);
                self.calls.push(Action::Call {
                    step: id.clone(),
                    plan: step,
                    attempt,
                    call,
                    input,
                    deadline,
                });
                Pace::Live
            }
            Err(error) => self.data_error(step, id, &error.field, &error.message),
        }
    }

    /// Reads a page of what a loop goes over. What is asked for is made as it was when the loop began, so that all its
    /// pages are of one list.
    pub(crate) fn page(
        &mut self,
        step: &'p Step,
        id: &StepId,
        call: &'p CallAction,
        scope: &Scope,
        attempt: u32,
        turns: &Turns,
    ) -> Pace {
        let after = match &turns.ahead {
            Ahead::Nothing => return Pace::Done,
            Ahead::First => None,
            Ahead::After(next) => Some(next.clone()),
        };
        match call.input(scope, &self.context_of(Some(turns.opened))) {
            Ok(input) => {
                let (step_id, deadline) = (id.clone(), self.deadline(step));
                self.calls.push(Action::ReadPage {
                    step: step_id,
                    plan: step,
                    attempt,
                    call,
                    input,
                    after,
                    deadline,
                });
                Pace::Live
            }
            Err(error) => self.data_error(step, id, &error.field, &error.message),
        }
    }

    /// Looks whether a call that was cut short has happened.
    pub(crate) fn look(
        &mut self,
        step: &'p Step,
        id: &StepId,
        call: &'p CallAction,
        scope: &Scope,
        since: Timestamp,
        noted: &serde_json::Value,
    ) -> Pace {
        // What was journaled is what was sent but for what redaction took out of it: the second best.
        let input = call.input(scope, &self.context_of(Some(since))).unwrap_or_else(|_| noted.clone());
        // The author's time is for the call. A look may have to be made twice, some seconds apart.
        let deadline = self.deadline(step).max(self.after(SignedDuration::from_secs(CALL_SECONDS)));
        self.looks.push(Action::Confirm { step: id.clone(), plan: step, call, input, since, deadline });
        Pace::Live
    }

    fn context_of(&self, since: Option<Timestamp>) -> Context {
        Context { now: since.unwrap_or(self.context.now), zone: self.context.zone.clone() }
    }

    fn deadline(&self, step: &Step) -> Timestamp {
        let time = step.timeout.or(self.settings.timeout);
        self.after(time.map_or(SignedDuration::from_secs(CALL_SECONDS), |words| words.elapsed()))
    }

    fn after(&self, time: SignedDuration) -> Timestamp {
        self.context.now.checked_add(time).unwrap_or(Timestamp::MAX)
    }
}

/// A step that failed for good and that nothing handles.
pub(crate) fn trouble(step: &Step, id: &StepId, class: &str, message: &str) -> Pace {
    Pace::Stuck(Trouble {
        step: id.clone(),
        class: class.to_owned(),
        message: sentence(id, step, message),
        count: 1,
        doubts: 0,
    })
}

/// Whether the run goes on when this step has failed for good.
pub(crate) fn is_handled(step: &Step) -> bool {
    !matches!(step.on_error, OnError::Halt)
}
