//! A document's tree in spite of its errors: lines that the parser cannot read are left out until it can.

use bellhop_source::{Node, Source, parse};

use crate::line::{Mark, Shape};

/// How many lines are left out at the most.
const MOST: usize = 24;

/// The tree of a text, whose offsets hold; none where it cannot be read with a few lines left out.
pub(crate) fn tree(text: &str) -> Option<Node> {
    let mut text = text.to_owned();
    let mut left_out: Vec<usize> = Vec::new();
    loop {
        let (root, diagnostics) = parse(&Source::new("", text.as_str()));
        if root.is_some() {
            return root;
        }
        if left_out.len() >= MOST {
            return None;
        }
        // What stopped the parser is mostly the last complaint; the earlier ones may be mended already.
        let starts = diagnostics.iter().rev().map(|one| line_start(&text, one.span.start));
        let line = starts.into_iter().find(|start| !left_out.contains(start))?;
        left_out.push(line);
        leave_out(&mut text, line);
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

/// Puts blanks in the place of a line, byte for byte; an item stays one, so that what is around it keeps its shape.
fn leave_out(text: &mut String, start: usize) {
    let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
    let line = text.get(start..end).unwrap_or_default();
    let shape = Shape::of(line);
    let dash = shape.marks.iter().rev().find(|(_, mark)| *mark == Mark::Dash).map(|(column, _)| *column);
    let mut blank: Vec<u8> = vec![b' '; line.len()];
    if let Some(dash) = dash {
        for (column, mark) in &shape.marks {
            if *mark == Mark::Dash
                && let Some(byte) = blank.get_mut(*column)
            {
                *byte = b'-';
            }
        }
        if let Some(byte) = blank.get_mut(dash + 2) {
            *byte = b'x';
        }
    }
    if let Ok(blank) = String::from_utf8(blank) {
        text.replace_range(start..end, &blank);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::tree;

    #[test]
    fn unreadable_lines_cost_only_themselves() {
        let text = "name: a\nsteps:\n  - set: { deep: 1 }\n  - title: \"half\n  - stop: done\n";
        let root = tree(text).expect("the rest can be read");
        let steps = root.get("steps").and_then(|steps| steps.items()).expect("there are steps");
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[2].span.start, text.find("stop").expect("it is there"));
    }

    #[test]
    fn a_half_written_flow_group_is_left_out() {
        let root = tree("name: a\nsteps:\n  - set: { a: 1\n  - stop: done\ninputs: {}\n").expect("a tree");
        assert!(root.get("inputs").is_some());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-c:\\-{}\\[\\]\"'|>&*!%@#\t é\n ]{0,60}") {
            let _ = tree(&text);
        }
    }
}
