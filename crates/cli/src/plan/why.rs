//! Why a run went the way it did: each decision with its condition and the values that the condition saw.

use std::collections::{HashMap, HashSet};

use bellhop_engine::{Facts, Seen, seen};
use bellhop_journal::{Entry, Stamped};
use bellhop_recipe::{Action, Plan};
use bellhop_source::{Node, Source};
use bellhop_template::{Condition, Reference, Scope, Segment};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// What a condition saw, by the names it uses.
pub(crate) type Values = IndexMap<String, Value>;

/// A place where the run could have gone another way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Decision {
    /// The step's id in the run.
    pub(crate) step: String,
    /// The line of the recipe.
    pub(crate) line: usize,
    /// `if`, `choose`, or `guard`: an `if` on a step of another kind.
    pub(crate) kind: &'static str,
    /// The branch taken: `then`, `else`, `choose/0/do`, `otherwise`, `done`, `passed over`; empty: none.
    pub(crate) taken: String,
    /// The conditions that were asked, in order.
    pub(crate) conditions: Vec<Asked>,
    /// The branches not taken.
    pub(crate) not_taken: Vec<String>,
}

/// A condition and its answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Asked {
    /// As it stands in the recipe.
    pub(crate) condition: String,
    /// Its answer.
    pub(crate) holds: bool,
    /// What it saw.
    pub(crate) values: Values,
}

/// The decisions of a run, in the order of writing.
pub(crate) fn decisions(plan: &Plan, facts: &Facts, history: &[Stamped], lines: &Lines) -> Vec<Decision> {
    let mut taken = HashMap::new();
    let mut skipped = HashSet::new();
    for stamped in history {
        match &stamped.entry {
            Entry::Branched { step, branch } => {
                taken.insert(step.as_str(), branch.as_str());
            }
            Entry::StepSkipped { step } => {
                skipped.insert(step.as_str());
            }
            _ => {}
        }
    }
    let mut decisions = Vec::new();
    for one in seen(plan, facts, history) {
        let line = lines.of(one.step.address.as_str());
        let is_skipped = skipped.contains(one.id.as_str());
        if let Some(guard) = &one.step.guard {
            let (done, other) = if is_skipped { ("passed over", "done") } else { ("done", "passed over") };
            decisions.push(Decision {
                step: one.id.clone(),
                line,
                kind: "guard",
                taken: done.to_owned(),
                conditions: vec![asked(guard, !is_skipped, &one.scope)],
                not_taken: vec![other.to_owned()],
            });
        }
        if let Some(branch) = taken.get(one.id.as_str()).filter(|_| !is_skipped) {
            decisions.extend(branching(&one, branch, line));
        }
    }
    decisions
}

fn branching(one: &Seen<'_>, branch: &str, line: usize) -> Option<Decision> {
    let decision = |kind, conditions, all: Vec<String>| Decision {
        step: one.id.clone(),
        line,
        kind,
        taken: branch.to_owned(),
        conditions,
        not_taken: all.into_iter().filter(|name| name != branch).collect(),
    };
    match &one.step.action {
        Action::If { condition, otherwise, .. } => {
            let conditions = vec![asked(condition, branch == "then", &one.scope)];
            let mut all = vec!["then".to_owned()];
            if otherwise.graph.node_count() > 0 {
                all.push("else".to_owned());
            }
            Some(decision("if", conditions, all))
        }
        Action::Choose { cases, otherwise } => {
            let name = |number: usize| format!("choose/{number}/do");
            let mut conditions = Vec::new();
            for (number, case) in cases.iter().enumerate() {
                let holds = branch == name(number);
                conditions.push(asked(&case.condition, holds, &one.scope));
                if holds {
                    break;
                }
            }
            let mut all: Vec<String> = (0..cases.len()).map(name).collect();
            if otherwise.graph.node_count() > 0 {
                all.push("otherwise".to_owned());
            }
            Some(decision("choose", conditions, all))
        }
        _ => None,
    }
}

fn asked(condition: &Condition, holds: bool, scope: &Scope) -> Asked {
    Asked { condition: condition.source().to_owned(), holds, values: values(&condition.references(), scope) }
}

/// What references find in a scope. A part that only the expression itself knows is left out.
pub(crate) fn values(references: &[Reference], scope: &Scope) -> Values {
    let mut found = Values::new();
    for reference in references {
        let mut segments = reference.path.iter();
        let Some(Segment::Name(first)) = segments.next() else { continue };
        let Some(root) = scope.get(first) else { continue };
        let (mut name, mut value) = (first.clone(), Some(root.as_ref()));
        for segment in segments {
            match segment {
                Segment::Name(field) => {
                    name = format!("{name}.{field}");
                    value = value.and_then(|value| value.get(field));
                }
                Segment::Index(index) => {
                    name = format!("{name}[{index}]");
                    value = value.and_then(|value| item(value, *index));
                }
                Segment::Any => break,
            }
        }
        found.insert(name, value.cloned().unwrap_or_default());
    }
    found
}

fn item(value: &Value, index: i64) -> Option<&Value> {
    let items = value.as_array()?;
    let from_end = items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    let place = if index < 0 { from_end } else { usize::try_from(index).ok() };
    items.get(place?)
}

/// Where the steps of a recipe stand in its text.
pub(crate) struct Lines {
    source: Source,
    root: Option<Node>,
}

impl Lines {
    /// Of a recipe's text.
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), root: bellhop_source::parse(source).0 }
    }

    /// The line of what stands at an address, from 1; that of the nearest thing around it where there is no such thing.
    pub(crate) fn of(&self, address: &str) -> usize {
        let Some(mut node) = self.root.as_ref() else { return 1 };
        for part in address.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            let item = || node.items()?.get(name.parse::<usize>().ok()?);
            match node.get(&name).or_else(item) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        self.source.position(node.span.start).line
    }
}
