//! The ways a run may take through a recipe, and which of them were taken: the branches of `if` and `choose`, a step's
//! guard, a loop with items, steps that handle a failure.

use std::collections::HashSet;

use bellhop_journal::{Entry, RunStatus};
use bellhop_recipe::{Action, Block, OnError, Plan, Step};
use bellhop_source::{Address, Node, Source, Span, parse};

use crate::{Ends, Story};

/// One way through a recipe.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its place in the recipe.
    pub address: Address,
    /// Its place in the recipe's text.
    pub span: Span,
    /// What it means that nobody took it.
    pub words: &'static str,
    key: Key,
    /// The way that must be taken to come here.
    behind: Option<Key>,
}

/// A step's address, and what about it.
type Key = (String, What);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum What {
    Branch(String),
    Done,
    PassedOver,
    Items,
    Failed,
}

/// The ways that runs have taken.
#[derive(Clone, Debug, Default)]
pub struct Taken(HashSet<Key>);

/// All ways through a recipe, in written order.
pub fn ways(plan: &Plan) -> Vec<Way> {
    let source = Source::new(plan.id.as_str(), plan.text.as_ref());
    let mut map = Map { root: parse(&source).0, ways: Vec::new() };
    map.block(&plan.body, None);
    map.ways
}

struct Map {
    root: Option<Node>,
    ways: Vec<Way>,
}

impl Map {
    fn block(&mut self, block: &Block, behind: Option<&Key>) {
        for step in block.graph.node_weights() {
            self.step(step, behind);
        }
    }

    fn step(&mut self, step: &Step, behind: Option<&Key>) {
        let place = &step.address;
        let mut behind = behind.cloned();
        if step.guard.is_some() {
            let at = place.key("if");
            let done =
                self.way(place, What::Done, &at, "this step was passed over every time", behind.as_ref());
            self.way(place, What::PassedOver, &at, "this step was never passed over", behind.as_ref());
            behind = Some(done);
        }
        let behind = behind.as_ref();
        let branch = |name: &str| What::Branch(name.to_owned());
        match &step.action {
            Action::If { then, otherwise, .. } => {
                let name = if then.graph.node_count() == 0 { "" } else { "then" };
                let key = self.way(place, branch(name), &place.key("if"), "this never held", behind);
                self.block(then, Some(&key));
                let name = if otherwise.graph.node_count() == 0 { "" } else { "else" };
                let at = if name.is_empty() { place.key("if") } else { place.key("else") };
                let key = self.way(place, branch(name), &at, "the condition held every time", behind);
                self.block(otherwise, Some(&key));
            }
            Action::Choose { cases, otherwise } => {
                for (number, case) in cases.iter().enumerate() {
                    let at = place.key("choose").index(number).key("when");
                    let name = format!("choose/{number}/do");
                    let key = self.way(place, What::Branch(name), &at, "this case was never chosen", behind);
                    self.block(&case.block, Some(&key));
                }
                let name = if otherwise.graph.node_count() == 0 { "" } else { "otherwise" };
                let at = place.key(if name.is_empty() { "choose" } else { name });
                let key =
                    self.way(place, branch(name), &at, "one of the cases was chosen every time", behind);
                self.block(otherwise, Some(&key));
            }
            Action::ForEach(each) => {
                let at = place.key("for_each");
                let key = self.way(place, What::Items, &at, "there never was anything to go over", behind);
                self.block(&each.block, Some(&key));
            }
            Action::Parallel(branches) => {
                for (_, block) in branches {
                    self.block(block, behind);
                }
            }
            Action::Call(_)
            | Action::Wait(_)
            | Action::Set(_)
            | Action::WaitFor(_)
            | Action::Map { .. }
            | Action::Run { .. }
            | Action::Approve(_)
            | Action::Stop(_)
            | Action::Fail(_) => {}
        }
        if let OnError::Handle(block) = &step.on_error {
            let key = self.way(place, What::Failed, &place.key("on_error"), "this step never failed", behind);
            self.block(block, Some(&key));
        }
    }

    fn way(
        &mut self,
        step: &Address,
        what: What,
        at: &Address,
        words: &'static str,
        behind: Option<&Key>,
    ) -> Key {
        let key = (step.as_str().to_owned(), what);
        let span = self.root.as_ref().and_then(|root| place(root, at)).unwrap_or_default();
        let behind = behind.cloned();
        self.ways.push(Way { address: at.clone(), span, words, key: key.clone(), behind });
        key
    }
}

/// Where a key or an item of a list stands.
fn place(root: &Node, address: &Address) -> Option<Span> {
    let (mut node, mut span) = (root, root.span);
    for part in address.as_str().split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if let Some(items) = node.items() {
            node = items.get(part.parse::<usize>().ok()?)?;
            span = node.span;
        } else {
            let (key, value) = node.member(&part)?;
            span = Span::new(key.span.start, value.span.end.max(key.span.end));
            node = value;
        }
    }
    Some(span)
}

impl Taken {
    /// Adds the ways that one run took.
    pub fn add(&mut self, plan: &Plan, story: &Story) {
        let mut skipped = HashSet::new();
        for stamped in &story.history {
            let (step, what) = match &stamped.entry {
                Entry::StepSkipped { step } => {
                    skipped.insert(written(step));
                    (step, What::PassedOver)
                }
                Entry::Branched { step, branch } => {
                    self.0.insert((written(step), What::Branch(branch.clone())));
                    (step, What::Done)
                }
                Entry::LoopOpened { step, items, .. } | Entry::PageRead { step, items, .. } => {
                    if !items.is_empty() {
                        self.0.insert((written(step), What::Items));
                    }
                    (step, What::Done)
                }
                Entry::StepFailed { step, handled: true, .. } => {
                    self.0.insert((written(step), What::Done));
                    (step, What::Failed)
                }
                Entry::StepStarted { step, .. }
                | Entry::StepEnded { step, .. }
                | Entry::Slept { step, .. }
                | Entry::Awaited { step, .. } => (step, What::Done),
                _ => continue,
            };
            self.0.insert((written(step), what));
        }
        let end = match story.ends {
            Ends::As(RunStatus::Stopped) => RunStatus::Stopped,
            Ends::As(RunStatus::Failed) => RunStatus::Failed,
            _ => return,
        };
        // The history does not say which step ended the run: the first that could, and that nothing passed over.
        let mut could = Vec::new();
        self.ends_of(&plan.body, end, &mut could);
        let last = could.iter().find(|step| !skipped.contains(**step)).or(could.first());
        if let Some(step) = last {
            self.0.insert(((*step).to_owned(), What::Done));
        }
    }

    /// The steps that end a run so, in blocks that were entered.
    fn ends_of<'p>(&self, block: &'p Block, end: RunStatus, found: &mut Vec<&'p str>) {
        for step in block.graph.node_weights() {
            let place = step.address.as_str();
            let is_taken = |what: What| self.0.contains(&(place.to_owned(), what));
            let is_branch = |name: &str| is_taken(What::Branch(name.to_owned()));
            match &step.action {
                Action::Stop(_) if end == RunStatus::Stopped => found.push(place),
                Action::Fail(_) if end == RunStatus::Failed => found.push(place),
                Action::If { then, otherwise, .. } => {
                    if is_branch("then") {
                        self.ends_of(then, end, found);
                    }
                    if is_branch("else") {
                        self.ends_of(otherwise, end, found);
                    }
                }
                Action::Choose { cases, otherwise } => {
                    for (number, case) in cases.iter().enumerate() {
                        if is_branch(&format!("choose/{number}/do")) {
                            self.ends_of(&case.block, end, found);
                        }
                    }
                    if is_branch("otherwise") {
                        self.ends_of(otherwise, end, found);
                    }
                }
                Action::ForEach(each) if is_taken(What::Items) => self.ends_of(&each.block, end, found),
                Action::Parallel(branches) => {
                    for (_, block) in branches {
                        self.ends_of(block, end, found);
                    }
                }
                _ => {}
            }
            if let OnError::Handle(block) = &step.on_error
                && is_taken(What::Failed)
            {
                self.ends_of(block, end, found);
            }
        }
    }

    /// The ways that were not taken, without those that lie behind one of them.
    pub fn missing<'w>(&self, ways: &'w [Way]) -> Vec<&'w Way> {
        let is_open = |way: &&Way| way.behind.as_ref().is_none_or(|key| self.0.contains(key));
        ways.iter().filter(|way| !self.0.contains(&way.key)).filter(is_open).collect()
    }
}

/// A step's address as it is written, without the turns of loops.
fn written(step: &str) -> String {
    let parts: Vec<&str> =
        step.split('/').map(|part| part.split_once('#').map_or(part, |(part, _)| part)).collect();
    parts.join("/")
}
