//! What a step has inside while it is under way: the blocks of a branch, the turns of a loop (`turns`), the steps that
//! handle its failure.

use std::sync::Arc;

use bellhop_journal::{Entry, StepId, StepState};
use bellhop_recipe::{Action, Block, OnError, Step};
use bellhop_template::Scope;
use serde_json::Value;

use super::begin::ALL;
use super::frame::Frame;
use super::place::Place;
use super::trouble::Trouble;
use super::turns::{At, Turns};
use super::walk::{Pace, Walk, is_handled, trouble};

/// What is inside of a step.
pub(crate) enum Inside<'p> {
    /// Nothing, or nothing that has been looked at.
    Nothing,
    /// Blocks that go on side by side.
    Blocks(Vec<Frame<'p>>),
    /// The turns of a loop.
    Loop(Turns<'p>),
    /// The steps that handle the step's failure.
    Handler(Box<Frame<'p>>),
}

impl Inside<'_> {
    /// What has failed in here.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Nothing => None,
            Self::Blocks(frames) => join(None, frames.iter()),
            Self::Loop(turns) => turns.trouble(),
            Self::Handler(frame) => frame.trouble(),
        }
    }
}

/// All troubles of blocks in one.
pub(crate) fn join<'f, 'p: 'f>(
    trouble: Option<Trouble>,
    frames: impl Iterator<Item = &'f Frame<'p>>,
) -> Option<Trouble> {
    frames.filter_map(Frame::trouble).fold(trouble, |all, one| Some(Trouble::join(all, one)))
}

/// Goes on with a step that has steps inside.
pub(crate) fn go_on<'p>(
    walk: &mut Walk<'_, 'p>,
    step: &'p Step,
    id: &StepId,
    inside: &mut Inside<'p>,
    scope: &Scope,
    place: &Place,
    state: &StepState,
) -> Pace {
    let inner = match (state, &step.action) {
        (StepState::Looping(known), Action::ForEach(each)) => {
            if !matches!(inside, Inside::Loop(_)) {
                *inside = Inside::Loop(Turns::of(known));
            }
            match inside {
                Inside::Loop(turns) => turns.go_on(walk, &At { step, id, each, scope }, known),
                _ => Pace::Live,
            }
        }
        (StepState::Branched { branch }, action) => {
            if matches!(inside, Inside::Nothing) {
                let frames = taken(action, branch)
                    .into_iter()
                    .map(|block| Frame::new(block, place.clone(), scope.clone()))
                    .collect();
                *inside = Inside::Blocks(frames);
            }
            blocks(walk, inside)
        }
        _ => {
            let message = "the history says that this step is a loop, and it is none.";
            return trouble(step, id, "bug", message);
        }
    };
    match inner {
        Pace::Done => walk.record(Entry::StepEnded { step: id.clone(), output: Value::Null }),
        Pace::Stuck(trouble) if is_handled(step) && !trouble.is_doubtful() => {
            let class = trouble.class.clone();
            walk.fail(step, id, &class, trouble.sentence())
        }
        other => other,
    }
}

/// Goes on with the steps that handle a failure.
pub(crate) fn handle<'p>(
    walk: &mut Walk<'_, 'p>,
    step: &'p Step,
    inside: &mut Inside<'p>,
    scope: &Scope,
    place: &Place,
    error: impl FnOnce() -> Value,
) -> Pace {
    let OnError::Handle(block) = &step.on_error else { return Pace::Done };
    if !matches!(inside, Inside::Handler(_)) {
        let frame = Frame::new(block, place.clone(), scope.with("error", Arc::new(error())));
        *inside = Inside::Handler(Box::new(frame));
    }
    match inside {
        Inside::Handler(frame) => frame.walk(walk),
        _ => Pace::Done,
    }
}

/// The blocks of the branch that was taken.
fn taken<'p>(action: &'p Action, branch: &str) -> Vec<&'p Block> {
    match action {
        Action::If { then, .. } if branch == "then" => vec![then],
        Action::If { otherwise, .. } if branch == "else" => vec![otherwise],
        Action::Choose { otherwise, .. } if branch == "otherwise" => vec![otherwise],
        Action::Choose { cases, .. } => branch
            .strip_prefix("choose/")
            .and_then(|rest| rest.strip_suffix("/do"))
            .and_then(|number| cases.get(number.parse::<usize>().ok()?))
            .map(|case| &case.block)
            .into_iter()
            .collect(),
        Action::Parallel(branches) if branch == ALL => branches.iter().map(|(_, block)| block).collect(),
        _ => Vec::new(),
    }
}

fn blocks<'p>(walk: &mut Walk<'_, 'p>, inside: &mut Inside<'p>) -> Pace {
    let Inside::Blocks(frames) = inside else { return Pace::Done };
    let mut paces = Paces::default();
    for frame in frames {
        paces.add(frame.walk(walk));
    }
    paces.together(None)
}

/// How several things that go on side by side stand together.
#[derive(Default)]
pub(crate) struct Paces {
    live: bool,
    ending: bool,
    trouble: Option<Trouble>,
}

impl Paces {
    pub(crate) fn add(&mut self, pace: Pace) {
        match pace {
            Pace::Done => {}
            Pace::Live => self.live = true,
            Pace::Ending => self.ending = true,
            Pace::Stuck(trouble) => self.trouble = Some(Trouble::join(self.trouble.take(), trouble)),
        }
    }

    /// All of them, and `more` trouble from before.
    pub(crate) fn together(self, more: Option<Trouble>) -> Pace {
        let trouble = match self.trouble {
            Some(trouble) => Some(Trouble::join(more, trouble)),
            None => more,
        };
        match (self.live, trouble) {
            (true, _) => Pace::Live,
            (false, Some(trouble)) => Pace::Stuck(trouble),
            (false, None) if self.ending => Pace::Ending,
            (false, None) => Pace::Done,
        }
    }
}
