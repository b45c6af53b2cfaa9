//! How many calls something costs, by connection: what a recipe says at the most, or what past runs really made.

use std::collections::BTreeMap;

use bellhop_journal::{Entry, RunFilter, RunStatus, Stamped, Store};
use bellhop_recipe::{Action, Block, Items, OnError, Step};

use crate::trouble::Trouble;

/// Calls by connection.
pub(super) type Cost = BTreeMap<String, f64>;

/// So many past runs are looked at.
const PAST: usize = 20;

/// The most that one round of a block calls: of branches the dearest, every step tried once.
pub(super) fn of_block(block: &Block, remarks: &mut Vec<String>) -> Cost {
    let mut cost = Cost::new();
    for step in block.graph.node_weights() {
        add(&mut cost, of_step(step, remarks));
    }
    cost
}

fn of_step(step: &Step, remarks: &mut Vec<String>) -> Cost {
    let mut cost = match &step.action {
        Action::Call(call) => Cost::from([(call.connection.clone(), 1.0)]),
        Action::If { then, otherwise, .. } => dearest([then, otherwise], remarks),
        Action::Choose { cases, otherwise } => {
            dearest(cases.iter().map(|case| &case.block).chain([otherwise]), remarks)
        }
        Action::Parallel(branches) => {
            let mut all = Cost::new();
            for (_, block) in branches {
                add(&mut all, of_block(block, remarks));
            }
            all
        }
        Action::ForEach(each) => {
            remark(remarks, "A loop inside the loop is counted with one item.");
            let mut one = of_block(&each.block, remarks);
            if let Items::Found(call) = &each.over {
                *one.entry(call.connection.clone()).or_default() += 1.0;
            }
            one
        }
        Action::Run { recipe, .. } => {
            remark(remarks, &format!("What the called recipe `{recipe}` calls is not counted."));
            Cost::new()
        }
        _ => Cost::new(),
    };
    if let OnError::Handle(block) = &step.on_error {
        add(&mut cost, of_block(block, remarks));
    }
    cost
}

fn dearest<'a>(blocks: impl IntoIterator<Item = &'a Block>, remarks: &mut Vec<String>) -> Cost {
    let mut most = Cost::new();
    for block in blocks {
        for (connection, calls) in of_block(block, remarks) {
            let known = most.entry(connection).or_default();
            *known = known.max(calls);
        }
    }
    most
}

fn add(cost: &mut Cost, more: Cost) {
    for (connection, calls) in more {
        *cost.entry(connection).or_default() += calls;
    }
}

fn remark(remarks: &mut Vec<String>, sentence: &str) {
    if !remarks.iter().any(|known| known == sentence) {
        remarks.push(sentence.to_owned());
    }
}

/// What one turn of a loop has cost in past runs; none: it has had no turns.
pub(super) async fn of_past(store: &dyn Store, recipe: &str, step: &str) -> Result<Option<Cost>, Trouble> {
    let inside = format!("{step}#");
    let (mut cost, mut turns) = (Cost::new(), 0.0);
    for history in past(store, recipe).await? {
        for stamped in &history {
            match &stamped.entry {
                Entry::StepStarted { step, call, .. } if step.starts_with(&inside) => {
                    *cost.entry(call.connection.clone()).or_default() += 1.0;
                }
                Entry::TurnEnded { step: of, .. } if of == step => turns += 1.0,
                _ => {}
            }
        }
    }
    Ok((turns > 0.0).then(|| shared(cost, turns)))
}

/// What one run of a recipe has cost in the past; none: there was none.
pub(super) async fn of_a_run(store: &dyn Store, recipe: &str) -> Result<Option<Cost>, Trouble> {
    let histories = past(store, recipe).await?;
    let mut cost = Cost::new();
    for stamped in histories.iter().flatten() {
        if let Entry::StepStarted { call, .. } = &stamped.entry {
            *cost.entry(call.connection.clone()).or_default() += 1.0;
        }
    }
    Ok((!histories.is_empty()).then(|| shared(cost, histories.len() as f64)))
}

fn shared(mut cost: Cost, among: f64) -> Cost {
    for calls in cost.values_mut() {
        *calls /= among;
    }
    cost
}

async fn past(store: &dyn Store, recipe: &str) -> Result<Vec<Vec<Stamped>>, Trouble> {
    let words = |error: bellhop_journal::StoreError| Trouble::new(error.to_string());
    let filter = RunFilter {
        recipe: Some(recipe.to_owned()),
        statuses: vec![RunStatus::Succeeded, RunStatus::Stopped],
        limit: PAST,
        ..RunFilter::default()
    };
    let mut histories = Vec::new();
    for run in store.runs(filter).await.map_err(words)? {
        if let Some(found) = store.run(run.id.as_str()).await.map_err(words)? {
            histories.push(found.history);
        }
    }
    Ok(histories)
}
