//! A run's open steps, kept between decisions so that none of them looks at what is done again. It holds nothing that
//! the history does not say: a new cursor over the same history gives the same answers.

use std::sync::Arc;

use bellhop_journal::{RunStatus, State, StepId};
use bellhop_recipe::{Plan, Settings};
use bellhop_template::{Context, Scope};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::frame::Frame;
use super::place::Place;
use super::trouble::Trouble;
use super::walk::{End, Pace, Walk};
use super::{Action, Facts, Hands, names};

/// Where the steps stand that are done when a run has failed.
const ON_FAILURE: &str = "/on_failure/";

const UNEXPLAINED: &str = "The run cannot go on, and nothing in its history says why. Please report this as a defect of \
                           Bellhop, with the recipe and the run's history.";

/// Where a run stands in its plan. The state it is asked with must be the one it was asked with before, or that with
/// more entries applied; after a person's word on the run, begin with a new one.
pub struct Cursor<'p> {
    plan: &'p Plan,
    facts: Facts,
    zone: TimeZone,
    body: Frame<'p>,
    /// What is done when the run has failed, once it has.
    failure: Option<Frame<'p>>,
    walks: u64,
}

/// How the steps of a run come to an end.
enum Rest {
    /// As the recipe says.
    End(End),
    /// A step could not be done, and nothing handles it.
    Stuck(Trouble),
}

impl<'p> Cursor<'p> {
    /// A cursor that has looked at nothing yet. `zone` is the workspace's; the recipe's own comes first.
    pub fn new(plan: &'p Plan, facts: &Facts, zone: &TimeZone) -> Self {
        let body = Frame::new(&plan.body, Place::root(), names::every_step(facts));
        let zone = plan.settings.zone.as_ref().unwrap_or(zone).clone();
        Self { plan, facts: facts.clone(), zone, body, failure: None, walks: 0 }
    }

    /// What holds for all steps of the recipe.
    pub(crate) fn settings(&self) -> &'p Settings {
        &self.plan.settings
    }

    /// What has failed in the run's steps and is handled by nothing in them, as far as it has been looked at.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.body.trouble()
    }

    /// What is next: see [`super::decide`]. Nothing: a call under way must end first.
    pub fn decide(&mut self, state: &State, hands: &Hands, now: Timestamp) -> Vec<Action<'p>> {
        if let Some((status, reason)) = &state.ended {
            return vec![Action::End { status: *status, reason: reason.clone() }];
        }
        if let Some((step, message)) = &state.halted {
            return vec![Action::Halt { step: step.clone(), message: message.clone() }];
        }
        self.walks += 1;
        let Self { plan, facts, zone, body, walks, .. } = self;
        let mut walk = walk(plan, facts, zone, *walks, state, hands, now);
        let pace = body.walk(&mut walk);
        let Walk { records, mut calls, looks, wake, end, doubt, listens, .. } = walk;
        let idle = hands.busy.iter().all(|step| step.starts_with(ON_FAILURE));
        if let Some(end) = end
            && self.body.trouble().is_none()
        {
            // The run ends here: nothing more is begun, and what has been begun is let finish.
            calls.clear();
            if records.is_empty() && looks.is_empty() && idle && !doubt {
                return self.finish(Rest::End(end), state, hands, now);
            }
        }
        let mut actions = records;
        let quiet = actions.is_empty() && calls.is_empty() && looks.is_empty() && !listens;
        actions.append(&mut calls);
        actions.extend(looks);
        if listens {
            actions.push(Action::Listen(wake.map(|wake| wake.awaits).unwrap_or_default()));
        } else if quiet && idle {
            match (pace, wake) {
                (Pace::Done, _) => {
                    actions.push(Action::End { status: RunStatus::Succeeded, reason: String::new() });
                }
                (Pace::Stuck(trouble), _) => return self.finish(Rest::Stuck(trouble), state, hands, now),
                (_, Some(wake)) => actions.push(Action::WaitUntil(wake)),
                (_, None) => {
                    actions.push(Action::Halt { step: String::new(), message: UNEXPLAINED.to_owned() });
                }
            }
        } else if quiet && let Some(wake) = wake {
            actions.push(Action::WaitUntil(wake));
        }
        actions
    }

    /// Ends the run, or stops it for a person; where it has failed for good, after what is to be done then.
    fn finish(&mut self, rest: Rest, state: &State, hands: &Hands, now: Timestamp) -> Vec<Action<'p>> {
        let error = match &rest {
            Rest::End(End { status: RunStatus::Failed, step, reason }) => error(step, "fail", reason),
            // Where only a person can say whether the step has failed, it has not yet.
            Rest::Stuck(trouble) if !trouble.is_doubtful() => {
                error(&trouble.step, &trouble.class, &trouble.message)
            }
            _ => return vec![rest.action(None)],
        };
        let Self { plan, facts, zone, failure, walks, .. } = self;
        if plan.on_failure.graph.node_count() == 0 {
            return vec![rest.action(None)];
        }
        let failure = failure.get_or_insert_with(|| {
            let scope: Scope = names::every_step(facts).with("error", Arc::new(error));
            Frame::new(&plan.on_failure, Place::root(), scope)
        });
        let mut walk = walk(plan, facts, zone, *walks, state, hands, now);
        let pace = failure.walk(&mut walk);
        let Walk { records: mut actions, mut calls, looks, wake, listens, .. } = walk;
        actions.append(&mut calls);
        actions.extend(looks);
        if listens {
            actions.push(Action::Listen(wake.map(|wake| wake.awaits).unwrap_or_default()));
        } else if actions.is_empty() {
            match (pace, wake) {
                (_, Some(wake)) => actions.push(Action::WaitUntil(wake)),
                _ if !hands.busy.is_empty() => {}
                (Pace::Stuck(trouble), _) => actions.push(rest.action(Some(trouble))),
                _ => actions.push(rest.action(None)),
            }
        }
        actions
    }
}

impl Rest {
    /// What is to be done about it; `more` went wrong in what was done about the failure.
    fn action<'p>(self, more: Option<Trouble>) -> Action<'p> {
        let doubtful = more.as_ref().filter(|more| more.is_doubtful()).map(|more| more.step.clone());
        let add = |mut sentence: String| {
            if let Some(more) = more {
                sentence.push_str(" What `on_failure` says could not be done either: ");
                sentence.push_str(&more.sentence());
            }
            sentence
        };
        match self {
            Self::End(End { status, reason, .. }) => match doubtful {
                // Nobody could say any more whether it happened, once the run is over.
                Some(step) => Action::Halt { step, message: add(reason) },
                None => Action::End { status, reason: add(reason) },
            },
            Self::Stuck(trouble) => {
                let step = doubtful.unwrap_or_else(|| trouble.step.clone());
                Action::Halt { step, message: add(trouble.sentence()) }
            }
        }
    }
}

/// What `error` means to the steps that are done when a run has failed.
fn error(step: &StepId, class: &str, message: &str) -> serde_json::Value {
    names::error(step, class, message, &serde_json::Value::Null)
}

fn walk<'a, 'p>(
    plan: &'a Plan,
    facts: &'a Facts,
    zone: &TimeZone,
    number: u64,
    state: &'a State,
    hands: &'a Hands,
    now: Timestamp,
) -> Walk<'a, 'p> {
    Walk {
        state,
        hands,
        facts,
        settings: &plan.settings,
        since: facts.started,
        context: Context { now, zone: zone.clone() },
        number,
        records: Vec::new(),
        calls: Vec::new(),
        looks: Vec::new(),
        wake: None,
        end: None,
        listens: false,
        doubt: false,
    }
}
