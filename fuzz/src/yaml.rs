//! Any text as YAML: a tree or complaints, the same each time, with places inside the text and no more nodes than
//! letters.

use crate::complaints;
use bellhop_source::{Node, NodeValue, Source, parse};

/// Tries one text.
pub fn run(text: &str) {
    let source = Source::new("any.yaml", text);
    let (tree, found) = parse(&source);
    assert!(tree.is_some() || complaints::has_errors(&found), "neither a tree nor a word");
    complaints::are_sound(&source, &found);
    if let Some(tree) = &tree {
        let nodes = visit(text, tree);
        assert!(nodes <= text.len() + 2, "{nodes} nodes of {} bytes", text.len());
        let _ = tree.to_json();
    }
    assert!((tree, found) == parse(&source), "not the same twice");
}

fn visit(text: &str, node: &Node) -> usize {
    complaints::is_inside(text, node.span);
    let mut nodes = 1;
    match &node.value {
        NodeValue::Scalar { .. } => {}
        NodeValue::List(items) => nodes += items.iter().map(|item| visit(text, item)).sum::<usize>(),
        NodeValue::Mapping(members) => {
            for (key, value) in members {
                complaints::is_inside(text, key.span);
                nodes += visit(text, value);
            }
        }
    }
    nodes
}
