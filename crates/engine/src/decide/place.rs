//! Where a block stands in a run: how the addresses of its steps in the recipe become ids of steps in the run.

use std::sync::Arc;

use bellhop_journal::StepId;
use bellhop_recipe::Step;

/// The place of a block: outside of loops an address is an id; inside, the turn of each loop stands behind the loop.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The id of the loop with its turn, such as `/steps/3#5`.
    turn: Arc<str>,
    /// How much of an address `turn` stands for.
    covers: usize,
}

impl Place {
    /// Outside of any loop.
    pub(crate) fn root() -> Self {
        Self { turn: "".into(), covers: 0 }
    }

    /// The turn `number` (from 0) of the loop `step`, whose id is `id`.
    pub(crate) fn turn(step: &Step, id: &str, number: u64) -> Self {
        Self { turn: format!("{id}#{number}").into(), covers: step.address.as_str().len() }
    }

    /// The id of a step that stands here.
    pub(crate) fn id(&self, step: &Step) -> StepId {
        let below = step.address.as_str().get(self.covers..).unwrap_or_default();
        let mut id = String::with_capacity(self.turn.len() + below.len());
        id.push_str(&self.turn);
        id.push_str(below);
        id
    }
}
