//! A block of steps under way: which of its steps are done, and what comes next by its graph (rule R6).

use bellhop_journal::{Entry, State, StepId, StepState};
use bellhop_recipe::{Action, Block, OnError, Step};
use bellhop_template::Scope;
use jiff::Timestamp;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use serde_json::Value;

use super::inside::Inside;
use super::names;
use super::place::Place;
use super::trouble::Trouble;
use super::walk::{Pace, Walk, is_handled, trouble};
use super::{begin, inside, waits};

/// A block under way.
pub(crate) struct Frame<'p> {
    block: &'p Block,
    place: Place,
    /// What the steps of this block see: grows with every step that is done.
    scope: Scope,
    nodes: Vec<Node<'p>>,
    left: usize,
    /// When the step before the block began.
    since: Option<Timestamp>,
}

/// A step of a block.
struct Node<'p> {
    /// Empty until the step's turn has come.
    id: StepId,
    standing: Standing<'p>,
    /// The walk that looked at it last.
    seen: u64,
}

/// How it stands with a step, as far as it need not be asked of the history again.
enum Standing<'p> {
    /// Steps before it are not done.
    Before,
    /// Its turn has come.
    Now(Inside<'p>),
    Done,
    Stuck(Trouble),
}

impl<'p> Frame<'p> {
    /// A block whose steps have not been looked at.
    pub(crate) fn new(block: &'p Block, place: Place, scope: Scope) -> Self {
        let left = block.graph.node_count();
        let nodes =
            (0..left).map(|_| Node { id: String::new(), standing: Standing::Before, seen: 0 }).collect();
        Self { block, place, scope, nodes, left, since: None }
    }

    /// Looks at every step whose turn has come, once. At most one call of this in one walk.
    pub(crate) fn walk(&mut self, walk: &mut Walk<'_, 'p>) -> Pace {
        let before = *self.since.get_or_insert(walk.since);
        let mut live = false;
        let mut ending = false;
        loop {
            let mut moved = false;
            for at in 0..self.nodes.len() {
                if !self.has_turn(at, walk.number) {
                    continue;
                }
                let step = &self.block.graph[NodeIndex::new(at)];
                if looks_back(step) {
                    walk.since = self.since(NodeIndex::new(at), walk.state, before);
                }
                let node = &mut self.nodes[at];
                node.seen = walk.number;
                let Standing::Now(inside) = &mut node.standing else { continue };
                match look(walk, step, &node.id, inside, &self.scope, &self.place) {
                    Pace::Done => {
                        node.standing = Standing::Done;
                        self.left -= 1;
                        moved = true;
                        names::give(step, &node.id, &self.place, walk.state, &mut self.scope);
                    }
                    Pace::Stuck(trouble) => node.standing = Standing::Stuck(trouble),
                    Pace::Live => live = true,
                    Pace::Ending => ending = true,
                }
            }
            if !moved {
                break;
            }
        }
        if self.left == 0 {
            return Pace::Done;
        }
        if live {
            return Pace::Live;
        }
        match self.trouble() {
            Some(trouble) => Pace::Stuck(trouble),
            None if ending => Pace::Ending,
            None => Pace::Live,
        }
    }

    /// When the steps before a step began: the call before it, or what is before that. It is read from the history alone.
    fn since(&self, at: NodeIndex, state: &State, before: Timestamp) -> Timestamp {
        let began = |of: NodeIndex| match state.steps.get(&self.nodes[of.index()].id) {
            Some(
                StepState::Ended { since: Some(since), .. } | StepState::Failed { since: Some(since), .. },
            ) => *since,
            _ => self.since(of, state, before),
        };
        let steps = self.block.graph.neighbors_directed(at, Direction::Incoming);
        steps.map(began).min().unwrap_or(before)
    }

    /// Whether the step is to be looked at in this walk.
    fn has_turn(&mut self, at: usize, walk: u64) -> bool {
        match self.nodes[at].standing {
            Standing::Now(_) => self.nodes[at].seen != walk,
            Standing::Done | Standing::Stuck(_) => false,
            Standing::Before => {
                let index = NodeIndex::new(at);
                let ready = self
                    .block
                    .graph
                    .neighbors_directed(index, Direction::Incoming)
                    .all(|before| matches!(self.nodes[before.index()].standing, Standing::Done));
                if ready {
                    self.nodes[at].id = self.place.id(&self.block.graph[index]);
                    self.nodes[at].standing = Standing::Now(Inside::Nothing);
                }
                ready
            }
        }
    }

    /// What has failed in here and is handled by nothing in here.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.nodes.iter().enumerate().fold(None, |trouble, (at, node)| {
            let found = match &node.standing {
                Standing::Stuck(found) => Some(found.clone()),
                Standing::Now(inside @ Inside::Handler(_)) => inside.trouble(),
                Standing::Now(inside) => {
                    let handled = is_handled(&self.block.graph[NodeIndex::new(at)]);
                    inside.trouble().filter(|found| found.is_doubtful() || !handled)
                }
                _ => None,
            };
            match found {
                Some(found) => Some(Trouble::join(trouble, found)),
                None => trouble,
            }
        })
    }
}

/// Whether it matters to a step, or to one in it, when the step before began.
fn looks_back(step: &Step) -> bool {
    !matches!(step.on_error, OnError::Halt)
        || !matches!(step.action, Action::Call(_) | Action::Set(_) | Action::Map { .. } | Action::Wait(_))
}

/// Looks at one step whose turn has come.
fn look<'p>(
    walk: &mut Walk<'_, 'p>,
    step: &'p Step,
    id: &StepId,
    inside: &mut Inside<'p>,
    scope: &Scope,
    place: &Place,
) -> Pace {
    let state = walk.state;
    let Some(state) = state.steps.get(id) else { return begin::begin(walk, step, id, scope) };
    match (state, &step.action) {
        (StepState::Ended { .. } | StepState::Skipped, _) => Pace::Done,
        (StepState::Started { attempt, since, call: noted, .. }, Action::Call(call)) => {
            if walk.hands.busy.contains(id) {
                return Pace::Live;
            }
            if call.effect.repeatable() {
                return walk.call(step, id, call, scope, attempt.saturating_add(1), Some(*since));
            }
            if let Some(sentence) = walk.hands.unknown.get(id) {
                let (step, class) = (id.clone(), "unclear".to_owned());
                return Pace::Stuck(Trouble { step, class, message: sentence.clone(), count: 1, doubts: 1 });
            }
            match walk.hands.later.get(id) {
                Some(later) if *later > walk.context.now => {
                    walk.doubt = true;
                    walk.wake_at(*later, Some("It is not known yet whether a call in doubt has happened."))
                }
                _ => walk.look(step, id, call, scope, *since, &noted.input),
            }
        }
        (StepState::Retrying { attempt, since, at, message }, Action::Call(call)) => {
            if walk.context.now < *at && walk.hands.early.get(id) != Some(attempt) {
                return walk.wake_at(*at, Some(message));
            }
            walk.call(step, id, call, scope, attempt.saturating_add(1), Some(*since))
        }
        (StepState::Sleeping { until }, _) => {
            if walk.context.now < *until {
                return walk.wake_at(*until, None);
            }
            walk.record(Entry::StepEnded { step: id.clone(), output: Value::Null })
        }
        (StepState::Awaiting { what, until }, _) => waits::go_on(walk, step, id, what, *until, scope),
        (StepState::Branched { .. } | StepState::Looping(_), _) => {
            inside::go_on(walk, step, id, inside, scope, place, state)
        }
        (StepState::Failed { handled: true, class, message, existing, .. }, _) => {
            inside::handle(walk, step, inside, scope, place, || names::error(id, class, message, existing))
        }
        (StepState::Failed { class, message, .. }, _) => trouble(step, id, class, message),
        // A history and a plan that do not fit: nothing to be guessed.
        (StepState::Started { .. } | StepState::Retrying { .. }, _) => {
            trouble(step, id, "bug", "the history says that this step called an app, and it calls none.")
        }
    }
}
