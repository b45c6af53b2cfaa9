//! The ways a run may take through a recipe: the branches of `if` and `choose`, a step's guard, a loop with items, what
//! comes of a wait or a question, steps that handle a failure. Which of them were taken is in `taken`.

mod taken;

use bellhop_recipe::{Action, Block, Items, OnError, Plan, Step};
use bellhop_source::{Address, Node, Source, Span, parse};

pub use taken::Taken;

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
    NoItems,
    Came,
    Yes,
    No,
    TimeUp,
    Failed,
}

/// All ways through a recipe, in written order.
pub fn ways(plan: &Plan) -> Vec<Way> {
    let source = Source::new(plan.id.as_str(), plan.text.as_ref());
    let mut map = Map { root: parse(&source).0, ways: Vec::new() };
    map.block(&plan.body, None);
    if plan.on_failure.graph.node_count() > 0 {
        let at = Address::root().key("on_failure");
        let key = map.way(&at, What::Failed, &at, "no run failed", None);
        map.block(&plan.on_failure, Some(&key));
    }
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
                if matches!(each.over, Items::Found(_)) {
                    self.way(place, What::NoItems, &at, "something was found every time", behind);
                }
                self.block(&each.block, Some(&key));
            }
            Action::Parallel(branches) => {
                for (_, block) in branches {
                    self.block(block, behind);
                }
            }
            Action::WaitFor(wait) => {
                let at = place.key("wait_for");
                self.way(place, What::Came, &at, "what is waited for never came", behind);
                if wait.up_to.is_some() {
                    self.way(place, What::TimeUp, &at, "the time was never up", behind);
                }
            }
            Action::Approve(question) => {
                let at = place.key("approve");
                self.way(place, What::Yes, &at, "nobody said yes", behind);
                self.way(place, What::No, &at, "nobody said no", behind);
                if question.up_to.is_some() {
                    self.way(place, What::TimeUp, &at, "the time to answer was never up", behind);
                }
            }
            Action::Call(_)
            | Action::Wait(_)
            | Action::Set(_)
            | Action::Map { .. }
            | Action::Run { .. }
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
