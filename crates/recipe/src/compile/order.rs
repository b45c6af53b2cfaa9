//! The graph of a block: which step waits for which, and why (rule R6).
//!
//! A step waits for the steps whose results it names, and for the last write before it; a write waits for everything
//! before it. A step with `after:` waits for the steps that it names in place of those that only the order gives it.
//! What other edges imply is left out, so that drawings stay readable.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};

use crate::{Block, Dependency, Step};

/// The block of these steps. `uses` holds pairs of a step and a later one that uses its result, `after` the steps with
/// `after:`, each with the step that it names; none for one outside the block.
pub(super) fn block(
    steps: Vec<(Step, bool)>,
    uses: &[(usize, usize)],
    after: &[(usize, Option<usize>)],
) -> Block {
    let writes: Vec<bool> = steps.iter().map(|(_, writes)| *writes).collect();
    let mut graph = DiGraph::with_capacity(steps.len(), steps.len());
    for (step, _) in steps {
        graph.add_node(step);
    }
    for (from, to, why) in edges(&writes, uses, after) {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), why);
    }
    Block { graph }
}

/// An edge: from, to, and why.
pub(super) type Edge = (usize, usize, Dependency);

/// The edges of a block of so many steps. Each leads onwards. The work grows with the steps and the edges, not with their
/// product.
pub(super) fn edges(writes: &[bool], uses: &[(usize, usize)], after: &[(usize, Option<usize>)]) -> Vec<Edge> {
    let mut web = Web::of(writes.len());
    for (from, to) in uses {
        web.add(*from, *to, Dependency::Data);
    }
    let mut named = vec![false; writes.len()];
    for (to, from) in after {
        named[*to] = true;
        if let Some(from) = from {
            web.add(*from, *to, Dependency::After);
        }
    }
    // The last write that waits for everything before it: what waits for it needs nothing from before it.
    let mut barrier = 0;
    // The writes from there on that lead to no other of them.
    let mut last: Vec<usize> = Vec::new();
    for (step, is_write) in writes.iter().copied().enumerate() {
        if named[step] {
            if is_write {
                web.cover_what_leads_to(step, barrier);
                last.retain(|one| !web.covered[*one]);
                last.push(step);
            }
        } else if is_write {
            // What leads to another of these waits with it.
            let before: Vec<usize> = (barrier..step).filter(|one| web.next[*one] >= step).collect();
            for one in before {
                web.add(one, step, Dependency::Order);
            }
            barrier = step;
            last = vec![step];
        } else {
            for one in &last {
                web.add(*one, step, Dependency::Order);
            }
        }
    }
    web.edges.sort_unstable_by_key(|(from, to, _)| (*to, *from));
    web.edges
}

/// Edges being made, with what is asked of them again and again.
struct Web {
    edges: Vec<Edge>,
    joined: HashSet<(usize, usize)>,
    /// From where edges lead to each step.
    into: Vec<Vec<usize>>,
    /// The first step that an edge leads to from each; past all steps where none does.
    next: Vec<usize>,
    /// Which steps lead to a write that `last` holds or held.
    covered: Vec<bool>,
}

impl Web {
    fn of(steps: usize) -> Self {
        Self {
            edges: Vec::new(),
            joined: HashSet::new(),
            into: vec![Vec::new(); steps],
            next: vec![steps; steps],
            covered: vec![false; steps],
        }
    }

    /// Adds an edge, where it leads onwards and the two are not joined yet.
    fn add(&mut self, from: usize, to: usize, why: Dependency) {
        if from < to && to < self.into.len() && self.joined.insert((from, to)) {
            self.edges.push((from, to, why));
            self.into[to].push(from);
            self.next[from] = self.next[from].min(to);
        }
    }

    /// Notes the steps from `first` on that lead to a step. What leads to one that is noted is noted already.
    fn cover_what_leads_to(&mut self, step: usize, first: usize) {
        let mut open = vec![step];
        while let Some(one) = open.pop() {
            for from in &self.into[one] {
                if *from >= first && !std::mem::replace(&mut self.covered[*from], true) {
                    open.push(*from);
                }
            }
        }
    }
}

/// The steps from one to a later one along the edges, both included, over steps before `end`; the shortest way.
pub(super) fn path(edges: &[Edge], from: usize, to: usize, end: usize) -> Option<Vec<usize>> {
    let mut onwards: HashMap<usize, Vec<usize>> = HashMap::new();
    for (from, to, _) in edges.iter().filter(|edge| edge.1 < end) {
        onwards.entry(*from).or_default().push(*to);
    }
    let mut came: Vec<Option<usize>> = vec![None; end];
    let mut next = VecDeque::from([from]);
    while let Some(step) = next.pop_front() {
        for reached in onwards.get(&step).into_iter().flatten().copied() {
            if came[reached].is_none() {
                came[reached] = Some(step);
                next.push_back(reached);
            }
        }
    }
    let mut way = vec![to];
    while let Some(before) = came.get(way[way.len() - 1]).copied().flatten() {
        way.push(before);
        if before == from {
            way.reverse();
            return Some(way);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{edges, path};
    use crate::Dependency;

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
            named in prop::collection::vec((0..9_usize, prop::option::of(0..9_usize)), 0..5),
        ) {
            let count = writes.len();
            let uses: Vec<_> = pairs.into_iter().filter(|(from, to)| from < to && *to < count).collect();
            let after: Vec<_> = named
                .into_iter()
                .filter(|(to, from)| *to < count && from.is_none_or(|from| from < *to))
                .collect();
            let made = edges(&writes, &uses, &after);
            prop_assert!(made.iter().all(|(from, to, _)| from < to));
            let pairs: Vec<_> = made.iter().map(|(from, to, _)| (*from, *to)).collect();
            // What is used stays, whatever `after` says; and nothing else leads to a step that has it.
            for (from, to) in &uses {
                prop_assert!(made.contains(&(*from, *to, Dependency::Data)));
            }
            for (from, to, why) in &made {
                let named = after.contains(&(*to, Some(*from)));
                let has_after = after.iter().any(|(step, _)| step == to);
                prop_assert_eq!(*why == Dependency::After, named && !uses.contains(&(*from, *to)));
                prop_assert!(!(has_after && *why == Dependency::Order));
            }
            let mut wanted = uses.clone();
            wanted.extend(after.iter().filter_map(|(to, from)| Some(((*from)?, *to))));
            for to in (0..count).filter(|to| !after.iter().any(|(step, _)| step == to)) {
                for from in 0..to {
                    if writes[to] || writes[from] {
                        wanted.push((from, to));
                    }
                }
            }
            let (made, wanted) = (closure(count, &pairs), closure(count, &wanted));
            prop_assert_eq!(&made, &wanted);
        }
    }

    #[test]
    fn many_writes_side_by_side_are_no_more_work_than_their_edges() {
        let count = 600;
        // The first half are writes that come after the first step only; each of the rest waits for all of them.
        let writes: Vec<bool> = (0..2 * count).map(|step| (1..count).contains(&step)).collect();
        let after: Vec<_> = (1..count).map(|step| (step, Some(0))).collect();
        let made = edges(&writes, &[], &after);
        assert_eq!(made.len(), (count - 1) + (count - 1) * count);
    }

    #[test]
    fn the_shortest_way_is_told() {
        let edges = [(0, 1), (1, 2), (0, 2), (2, 4)].map(|(from, to)| (from, to, Dependency::Order));
        assert_eq!(path(&edges, 0, 4, 5), Some(vec![0, 2, 4]));
        assert_eq!(path(&edges, 1, 0, 5), None);
        assert_eq!(path(&edges, 0, 3, 5), None);
        assert_eq!(path(&edges, 0, 4, 4), None);
    }
}
