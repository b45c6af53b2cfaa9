//! A run's open steps, kept between decisions so that none of them looks at what is done again. It holds nothing that
//! the history does not say: a new cursor over the same history gives the same answers.

use bellhop_journal::{RunStatus, State};
use bellhop_recipe::Plan;
use bellhop_template::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::frame::Frame;
use super::place::Place;
use super::walk::{Pace, Walk};
use super::{Action, Facts, Hands, names};

/// Where a run stands in its plan. The state it is asked with must be the one it was asked with before, or that with
/// more entries applied; after a person's word on the run, begin with a new one.
pub struct Cursor<'p> {
    zone: TimeZone,
    body: Frame<'p>,
    walks: u64,
}

impl<'p> Cursor<'p> {
    /// A cursor that has looked at nothing yet.
    pub fn new(plan: &'p Plan, facts: &Facts, zone: &TimeZone) -> Self {
        let body = Frame::new(&plan.body, Place::root(), names::every_step(facts));
        Self { zone: zone.clone(), body, walks: 0 }
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
        let mut walk = Walk {
            state,
            hands,
            context: Context { now, zone: self.zone.clone() },
            number: self.walks,
            records: Vec::new(),
            calls: Vec::new(),
            looks: Vec::new(),
            wake: None,
            end: None,
            doubt: false,
        };
        let pace = self.body.walk(&mut walk);
        let Walk { records, mut calls, looks, wake, end, doubt, .. } = walk;
        let mut actions = records;
        let idle = hands.busy.is_empty();
        if let Some((status, reason)) = end
            && self.body.trouble().is_none()
        {
            // The run ends here: nothing more is begun, and what has been begun is let finish.
            calls.clear();
            if actions.is_empty() && looks.is_empty() && idle && !doubt {
                return vec![Action::End { status, reason }];
            }
        }
        let quiet = actions.is_empty() && calls.is_empty() && looks.is_empty();
        actions.append(&mut calls);
        actions.extend(looks);
        if quiet && idle {
            match (pace, wake) {
                (Pace::Done, _) => {
                    actions.push(Action::End { status: RunStatus::Succeeded, reason: String::new() });
                }
                (Pace::Stuck(trouble), _) => {
                    let step = trouble.step.clone();
                    actions.push(Action::Halt { step, message: trouble.sentence() });
                }
                (_, Some(wake)) => actions.push(Action::WaitUntil(wake)),
                (_, None) => actions.push(Action::Halt {
                    step: String::new(),
                    message:
                        "The run cannot go on, and nothing in its history says why. Please report this as a \
                              defect of Bellhop, with the recipe and the run's history."
                            .to_owned(),
                }),
            }
        } else if quiet && let Some(wake) = wake {
            actions.push(Action::WaitUntil(wake));
        }
        actions
    }
}
