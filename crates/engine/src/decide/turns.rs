//! The turns of a loop: which are under way, which come next, and when another page is read. What the history says of the
//! loop is in its state; here is only what need not be found out again.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use bellhop_journal::{self as journal, Ahead, Entry, Reading, StepId, TurnFailure};
use bellhop_recipe::{ForEach, Items, Step};
use bellhop_template::Scope;
use serde_json::Value;

use super::frame::Frame;
use super::inside::{Paces, join};
use super::place::Place;
use super::trouble::Trouble;
use super::walk::{Pace, Walk, is_handled, trouble};
use super::words::label;

/// After so many items that failed a loop begins no more: something is wrong with all of them, and each of them is kept
/// until a person has had a look.
const MOST_FAILED: usize = 1_000;

/// The turns of a loop. Only those under way are kept, so that a turn costs the same however many there are.
pub(crate) struct Turns<'p> {
    /// The first item that has not been begun.
    next: u64,
    /// Turns that failed in an earlier life of the run: a person may have asked for another try.
    again: VecDeque<u64>,
    under_way: Vec<(u64, Frame<'p>)>,
    /// Of the turns that are over, with the turn that speaks for all.
    trouble: Option<(u64, Trouble)>,
    /// Whether this walk has recorded that a turn is over.
    recorded: bool,
}

/// A loop in its place.
pub(crate) struct At<'a, 'p> {
    pub(crate) step: &'p Step,
    pub(crate) id: &'a StepId,
    pub(crate) each: &'p ForEach,
    pub(crate) scope: &'a Scope,
}

impl<'p> Turns<'p> {
    /// Those of a loop that has not been looked at.
    pub(crate) fn of(known: &journal::Turns) -> Self {
        Self {
            next: 0,
            again: known.failed.keys().copied().collect(),
            under_way: Vec::new(),
            trouble: None,
            recorded: false,
        }
    }

    /// What has failed in here.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        join(self.told(), self.under_way.iter().map(|(_, frame)| frame))
    }

    /// Goes on with the turns under way, begins others where there is room, and reads on where all items have been begun.
    pub(crate) fn go_on(&mut self, walk: &mut Walk<'_, 'p>, at: &At<'_, 'p>, known: &journal::Turns) -> Pace {
        self.recorded = false;
        let mut paces = Paces::default();
        let mut under_way = mem::take(&mut self.under_way);
        under_way.retain_mut(|(turn, frame)| {
            let pace = frame.walk(walk);
            self.keep(walk, at, known, *turn, pace, &mut paces)
        });
        while under_way.len() < at.each.at_once.max(1) {
            let Some((turn, item)) = self.next(known) else { break };
            let scope = at.scope.with(&at.each.item, Arc::clone(item));
            let mut frame = Frame::new(&at.each.block, Place::turn(at.step, at.id, turn), scope);
            let pace = frame.walk(walk);
            if self.keep(walk, at, known, turn, pace, &mut paces) {
                under_way.push((turn, frame));
            }
        }
        self.under_way = under_way;
        if self.recorded {
            // What is left is told once the state knows of it.
            return Pace::Live;
        }
        let is_full = known.failed.len() >= MOST_FAILED;
        if !is_full && self.again.is_empty() && known.open.range(self.next..).next().is_none() {
            paces.add(read_on(walk, at, known));
        }
        let mut before = self.told();
        if let Some(given_up) = &known.given_up {
            before = Some(Trouble::join(before, of_turns(&given_up.first, given_up.count)));
        }
        let has_more = known.ahead != Ahead::Nothing || known.open.range(self.next..).next().is_some();
        if let Some(trouble) = before.as_mut().filter(|_| is_full && has_more) {
            trouble.message.push_str(&begins_no_more(walk, at, known.failed.len()));
        }
        paces.together(before)
    }

    /// The turn that is to be begun.
    fn next<'k>(&mut self, known: &'k journal::Turns) -> Option<(u64, &'k Arc<Value>)> {
        if let Some(turn) = self.again.pop_front() {
            return known.failed.get(&turn).map(|item| (turn, item));
        }
        let (turn, item) =
            known.open.range(self.next..).next().filter(|_| known.failed.len() < MOST_FAILED)?;
        self.next = turn + 1;
        Some((*turn, item))
    }

    fn told(&self) -> Option<Trouble> {
        self.trouble.as_ref().map(|(_, trouble)| trouble.clone())
    }

    /// Another turn has failed. Not the first to fail speaks for all but the first of the list: which one failed first is not
    /// known any more after a crash, and what is done about the failure must be the same then.
    fn add(&mut self, turn: u64, found: Trouble) {
        self.trouble = Some(match self.trouble.take() {
            Some((first, known)) if first <= turn => (first, Trouble::join(Some(known), found)),
            Some((_, known)) => (turn, Trouble::join(Some(found), known)),
            None => (turn, found),
        });
    }

    /// Whether a turn goes on. One that is stuck makes room for the others: they do not suffer for it.
    fn keep(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        at: &At<'_, 'p>,
        known: &journal::Turns,
        turn: u64,
        pace: Pace,
        paces: &mut Paces,
    ) -> bool {
        let failure = match pace {
            Pace::Done => None,
            Pace::Stuck(found) => {
                let given_up = is_handled(at.step) && !found.is_doubtful();
                let failure = TurnFailure {
                    step: found.step.clone(),
                    class: found.class.clone(),
                    message: found.message.clone(),
                    count: u64::try_from(found.count).unwrap_or(u64::MAX),
                    given_up,
                };
                if !given_up {
                    self.add(turn, found);
                }
                if !given_up && !known.open.contains_key(&turn) {
                    // The history says already that it failed.
                    return false;
                }
                Some(failure)
            }
            going => {
                paces.add(going);
                return true;
            }
        };
        self.recorded = true;
        let _goes_on = walk.record(Entry::TurnEnded { step: at.id.clone(), turn, failure });
        false
    }
}

/// What a person is told of a loop that begins no more items because so many have failed.
fn begins_no_more(walk: &Walk<'_, '_>, at: &At<'_, '_>, failed: usize) -> String {
    let (run, failed) = (&walk.facts.run, format!("{},{:03}", failed / 1_000, failed % 1_000));
    format!(
        " {failed} items of {} have failed, so it begins no more: something may be wrong with all of them. Put it right, \
         then `bellhop runs retry {run}` does these again and goes on with the rest; `bellhop runs cancel {run}` leaves the \
         rest undone.",
        label(at.id, at.step)
    )
}

/// Reads the page that comes next.
fn read_on<'p>(walk: &mut Walk<'_, 'p>, at: &At<'_, 'p>, known: &journal::Turns) -> Pace {
    let At { step, id, each, scope } = *at;
    let Items::Found(call) = &each.over else { return Pace::Done };
    if known.ahead == Ahead::Nothing {
        return Pace::Done;
    }
    if walk.hands.busy.contains(id) {
        return Pace::Live;
    }
    let made = match &known.reading {
        Reading::Idle => 0,
        Reading::Started { attempt, .. } => *attempt,
        Reading::Retrying { attempt, at, message, .. } => {
            if walk.context.now < *at && walk.hands.early.get(id) != Some(attempt) {
                return walk.wake_at(*at, Some(message));
            }
            *attempt
        }
        Reading::Failed { class, message } => return trouble(step, id, class, message),
    };
    walk.page(step, id, call, scope, made.saturating_add(1), known)
}

fn of_turns(failure: &TurnFailure, count: u64) -> Trouble {
    Trouble {
        step: failure.step.clone(),
        class: failure.class.clone(),
        message: failure.message.clone(),
        count: usize::try_from(count).unwrap_or(usize::MAX),
        doubts: 0,
    }
}
