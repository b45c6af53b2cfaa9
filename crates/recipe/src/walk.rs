//! Walks over a plan: every step of every block, however deep.

use std::collections::BTreeSet;

use crate::{Action, Block, CallAction, Items, OnError, Plan, Step};

impl Plan {
    /// The connections that the recipe's steps call.
    pub fn connections(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        self.each_step(&mut |step| used.extend(step.call().map(|call| call.connection.clone())));
        used
    }

    /// Calls `visit` for every step of the recipe, also those for when a run has failed, in written order.
    pub fn each_step<'a>(&'a self, visit: &mut impl FnMut(&'a Step)) {
        self.body.each_step(visit);
        self.on_failure.each_step(visit);
    }
}

impl Block {
    /// Calls `visit` for every step of this block and of the blocks in it, in written order.
    pub fn each_step<'a>(&'a self, visit: &mut impl FnMut(&'a Step)) {
        for step in self.graph.node_weights() {
            visit(step);
            step.each_block(&mut |block| block.each_step(visit));
        }
    }
}

impl Step {
    /// The call of an app that it makes: as a call, or as what a loop goes over.
    pub fn call(&self) -> Option<&CallAction> {
        match &self.action {
            Action::Call(call) => Some(call),
            Action::ForEach(each) => match &each.over {
                Items::Found(call) => Some(call),
                Items::List(_) => None,
            },
            _ => None,
        }
    }

    /// Calls `visit` for every block directly in this step.
    fn each_block<'a>(&'a self, visit: &mut dyn FnMut(&'a Block)) {
        match &self.action {
            Action::If { then, otherwise, .. } => {
                visit(then);
                visit(otherwise);
            }
            Action::Choose { cases, otherwise } => {
                for case in cases {
                    visit(&case.block);
                }
                visit(otherwise);
            }
            Action::ForEach(each) => visit(&each.block),
            Action::Parallel(branches) => {
                for (_, block) in branches {
                    visit(block);
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
        if let OnError::Handle(block) = &self.on_error {
            visit(block);
        }
    }
}
