//! A plan as a tree of words: what all drawings have in common.

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::labels::Words;
use crate::{Action, Block, Items, OnError, Plan};

/// A recipe in words.
pub(super) struct Outline {
    pub(super) name: String,
    pub(super) triggers: Vec<String>,
    pub(super) body: Part,
    /// What is done when a run has failed.
    pub(super) on_failure: Part,
}

/// The words over what is done when a run has failed.
pub(super) const FAILED: &str = "When the run has failed";

/// A block in words.
#[derive(Default)]
pub(super) struct Part {
    pub(super) items: Vec<Item>,
    /// Which item waits for which.
    pub(super) edges: Vec<(usize, usize)>,
    /// Items that wait for none in the block.
    pub(super) first: Vec<usize>,
    /// Items that none in the block waits for.
    pub(super) last: Vec<usize>,
}

/// What an item looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Box,
    Decision,
    Loop,
    Split,
    Wait,
    End,
    /// A wait for an event.
    Event,
    /// A question to a person.
    Question,
    /// A call of another recipe.
    Recipe,
    /// A loop over what an operation finds.
    Search,
}

impl Shape {
    /// The mark by which it is known at a glance.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Box => "",
            Self::Decision => "◇ ",
            Self::Loop => "↻ ",
            Self::Search => "↻⌕ ",
            Self::Split => "⇉ ",
            Self::Wait => "◷ ",
            Self::Event => "◷◆ ",
            Self::Question => "☺ ",
            Self::Recipe => "▶ ",
            Self::End => "■ ",
        }
    }
}

/// A step in words.
pub(super) struct Item {
    pub(super) shape: Shape,
    pub(super) title: String,
    /// With what, a line each.
    pub(super) detail: Vec<String>,
    pub(super) guard: Option<String>,
    pub(super) result: Option<String>,
    /// The blocks in it, each with the words that lead to it.
    pub(super) branches: Vec<(String, Part)>,
}

pub(super) fn outline(plan: &Plan) -> Outline {
    let words = Words::of(plan);
    Outline {
        name: plan.name.clone(),
        triggers: words.triggers(plan),
        body: part(&plan.body, &words),
        on_failure: part(&plan.on_failure, &words),
    }
}

fn part(block: &Block, words: &Words) -> Part {
    let graph = &block.graph;
    let without = |direction| {
        let nodes = graph.node_indices();
        nodes
            .filter(move |node| graph.neighbors_directed(*node, direction).next().is_none())
            .map(NodeIndex::index)
    };
    Part {
        items: graph.node_weights().map(|step| item(step, words)).collect(),
        edges: telling(
            graph.raw_edges().iter().map(|edge| (edge.source().index(), edge.target().index())).collect(),
        ),
        first: without(Direction::Incoming).collect(),
        last: without(Direction::Outgoing).collect(),
    }
}

/// The edges that no others imply: a drawing with all of them is a web.
fn telling(mut edges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    edges.sort_unstable();
    edges.iter().copied().filter(|(from, to)| !is_roundabout(&edges, *from, *to)).collect()
}

/// Whether `to` is reached from `from` over at least one other. The edges are sorted, and each leads onwards.
fn is_roundabout(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
    let mut reached = vec![false; to + 1];
    for (start, end) in edges {
        if *end <= to && ((*start == from && *end != to) || reached.get(*start) == Some(&true)) {
            reached[*end] = true;
        }
    }
    reached[to]
}

fn item(step: &crate::Step, words: &Words) -> Item {
    let (title, detail) = words.step(step);
    let mut branches: Vec<(String, Part)> = Vec::new();
    let shape = match &step.action {
        Action::If { then, otherwise, .. } => {
            branches.push(("yes".to_owned(), part(then, words)));
            branches.push(("no".to_owned(), part(otherwise, words)));
            Shape::Decision
        }
        Action::Choose { cases, otherwise } => {
            for (index, case) in cases.iter().enumerate() {
                let when = words.at(&step.address.key("choose").index(index).key("when"));
                branches.push((when, part(&case.block, words)));
            }
            branches.push(("otherwise".to_owned(), part(otherwise, words)));
            Shape::Decision
        }
        Action::ForEach(each) => {
            branches.push((format!("each {}", each.item), part(&each.block, words)));
            if matches!(each.over, Items::Found(_)) { Shape::Search } else { Shape::Loop }
        }
        Action::Parallel(blocks) => {
            branches.extend(blocks.iter().map(|(name, block)| (name.clone(), part(block, words))));
            Shape::Split
        }
        Action::Wait(_) => Shape::Wait,
        Action::WaitFor(_) => Shape::Event,
        Action::Approve(_) => Shape::Question,
        Action::Run { .. } => Shape::Recipe,
        Action::Stop(_) | Action::Fail(_) => Shape::End,
        Action::Call(_) | Action::Set(_) | Action::Map { .. } => Shape::Box,
    };
    if let OnError::Handle(block) = &step.on_error {
        branches.push(("if it fails".to_owned(), part(block, words)));
    }
    Item {
        shape,
        title: step.about.clone().filter(|_| [Shape::Box, Shape::Recipe].contains(&shape)).unwrap_or(title),
        detail,
        guard: words.guard(step),
        result: step.name.clone(),
        branches,
    }
}
