//! What is known of a recipe from outside: its inputs, whether it may be called, which recipes it calls. Reads what can be
//! read of a text with mistakes; complaining about these is the business of [`compile`](crate::compile).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use bellhop_connector::Catalogue;
use bellhop_source::{Address, Node, Source, parse};
use jiff::tz::TimeZone;

use super::Checker;
use crate::{Head, World};

/// The keys of a step that hold steps.
const BLOCKS: [&str; 5] = ["then", "else", "otherwise", "do", "on_error"];

/// The head of a recipe. What cannot be read in it is left out. It looks at no connector, so that the heads of all recipes
/// can be had before any is checked.
pub fn head(source: &Source) -> Head {
    static NOTHING: LazyLock<World> =
        LazyLock::new(|| World::new(Arc::new(Catalogue::new([])), BTreeMap::new(), TimeZone::UTC));
    let Some(root) = parse(source).0 else { return Head::default() };
    let mut checker = Checker::new(source, &NOTHING, &root, Vec::new());
    let inputs = root.get("inputs").map(|node| checker.inputs(node, &Address::root().key("inputs")));
    let mut calls = BTreeSet::new();
    for steps in ["steps", "on_failure"].iter().filter_map(|key| root.get(key)) {
        collect(steps, &mut calls);
    }
    Head {
        inputs: inputs.unwrap_or_default(),
        by_hand: root.get("trigger").is_some_and(by_hand),
        calls: calls.into_iter().collect(),
    }
}

/// Whether a person may start it: then another recipe may as well.
fn by_hand(trigger: &Node) -> bool {
    match trigger.items() {
        Some(items) => items.iter().any(by_hand),
        None => trigger.text() == Some("manual") || trigger.get("manual").is_some(),
    }
}

/// Notes which recipes a block of steps calls.
fn collect(steps: &Node, calls: &mut BTreeSet<String>) {
    for step in steps.items().unwrap_or_default() {
        calls.extend(step.get("call").and_then(Node::text).map(str::to_owned));
        for block in BLOCKS.iter().filter_map(|key| step.get(key)) {
            collect(block, calls);
        }
        for case in step.get("choose").and_then(Node::items).unwrap_or_default() {
            if let Some(block) = case.get("do") {
                collect(block, calls);
            }
        }
        for (_, branch) in step.get("parallel").and_then(Node::members).unwrap_or_default() {
            collect(branch, calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use bellhop_source::Source;

    use super::head;

    fn read(text: &str) -> crate::Head {
        head(&Source::new("a.yaml", text))
    }

    #[test]
    fn the_head_is_read_whatever_the_steps_are() {
        let head = read(
            "name: a
inputs: { owner: { type: user }, score: { type: number, default: 80 }, wrong: { type: thing } }
trigger:
  - nothing.known: {}
  - manual: {}
steps:
  - call: first
  - no_such.operation: { call: not-this }
    on_error: [{ call: second }]
  - choose: [{ when: x, do: [{ call: third }] }]
    otherwise: [{ parallel: { a: [{ call: first }] } }]
on_failure:
  - for_each: $.x
    do: [{ if: a, then: [{ call: fourth }] }]
",
        );
        let names: Vec<_> = head.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["owner", "score"]);
        assert!(head.by_hand);
        assert_eq!(head.calls, ["first", "fourth", "second", "third"]);
    }

    #[test]
    fn a_recipe_that_cannot_be_read_has_an_empty_head() {
        for text in ["", "- a", "name: [", "trigger: contacts.contact_created\nsteps: 3\ninputs: many"] {
            let head = read(text);
            assert!(head.inputs.is_empty() && head.calls.is_empty() && !head.by_hand, "{text}");
        }
    }
}
