//! The graph of a block: which step waits for which, and why (rule R6).
//!
//! A step waits for the steps whose results it names, and for the last write before it; a write waits for everything
//! before it. What other edges imply is left out, so that drawings stay readable.

use petgraph::graph::{DiGraph, NodeIndex};

use crate::{Block, Dependency, Step};

/// The block of these steps. `uses` holds pairs of a step and a later one that uses its result.
pub(super) fn block(steps: Vec<(Step, bool)>, uses: &[(usize, usize)]) -> Block {
    let writes: Vec<bool> = steps.iter().map(|(_, writes)| *writes).collect();
    let mut graph = DiGraph::with_capacity(steps.len(), steps.len());
    for (step, _) in steps {
        graph.add_node(step);
    }
    for (from, to, why) in edges(&writes, uses) {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), why);
    }
    Block { graph }
}

fn edges(writes: &[bool], uses: &[(usize, usize)]) -> Vec<(usize, usize, Dependency)> {
    let mut edges: Vec<(usize, usize, Dependency)> = uses
        .iter()
        .filter(|(from, to)| from < to && *to < writes.len())
        .map(|(from, to)| (*from, *to, Dependency::Data))
        .collect();
    let mut last_write: Option<usize> = None;
    for (step, is_write) in writes.iter().copied().enumerate() {
        let since = last_write.map_or(0, |write| write + 1);
        let mut before: Vec<usize> = Vec::new();
        if is_write {
            let reads = since..step;
            before.extend(reads.filter(|read| !edges.iter().any(|(from, to, _)| from == read && *to < step)));
        }
        // Where reads lie between, they wait for the last write themselves.
        before.extend(last_write.filter(|_| !is_write || since == step));
        for earlier in before {
            if !edges.iter().any(|(from, to, _)| (*from, *to) == (earlier, step)) {
                edges.push((earlier, step, Dependency::Order));
            }
        }
        if is_write {
            last_write = Some(step);
        }
    }
    edges.sort_unstable_by_key(|(from, to, _)| (*to, *from));
    edges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::edges;

    /// Which steps must be done before which, all told.
    fn closure(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
        let mut before = vec![vec![false; count]; count];
        for (from, to) in edges {
            before[*from][*to] = true;
        }
        for middle in 0..count {
            for from in 0..count {
                for to in 0..count {
                    before[from][to] |= before[from][middle] && before[middle][to];
                }
            }
        }
        before
    }

    proptest! {
        #[test]
        fn the_edges_say_what_the_rule_says(
            writes in prop::collection::vec(any::<bool>(), 0..9),
            pairs in prop::collection::vec((0..9_usize, 0..9_usize), 0..12),
        ) {
            let count = writes.len();
            let uses: Vec<_> = pairs.into_iter().filter(|(from, to)| from < to && *to < count).collect();
            let made: Vec<_> = edges(&writes, &uses).into_iter().map(|(from, to, _)| (from, to)).collect();
            prop_assert!(made.iter().all(|(from, to)| from < to));
            let mut wanted = uses;
            for to in 0..count {
                for from in 0..to {
                    if writes[to] || writes[from] {
                        wanted.push((from, to));
                    }
                }
            }
            prop_assert_eq!(closure(count, &made), closure(count, &wanted));
        }
    }
}
