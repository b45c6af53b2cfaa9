//! A plan as a Mermaid flow chart, with the arrows of its graph.

use std::fmt::Write;

use super::outline::{FAILED, Item, Part, Shape, outline};
use crate::Plan;

/// The plan as a Mermaid flow chart. Steps that do not wait for each other stand side by side.
pub fn mermaid(plan: &Plan) -> String {
    let outline = outline(plan);
    let mut chart = Chart { out: "flowchart TD\n".to_owned(), next: 0 };
    let mut ends = Vec::new();
    for trigger in &outline.triggers {
        let id = chart.node("([", "])", &[trigger]);
        ends.push((id, String::new()));
    }
    chart.part(&outline.body, &ends);
    if !outline.on_failure.items.is_empty() {
        // A String takes whatever is written to it.
        let _ = writeln!(chart.out, "  subgraph failed [\"✖ {FAILED}\"]");
        chart.part(&outline.on_failure, &[]);
        chart.out.push_str("  end\n");
    }
    chart.out
}

/// An end of the drawing so far, and the words on the arrow that leaves it.
type End = (usize, String);

struct Chart {
    out: String,
    next: usize,
}

impl Chart {
    fn node(&mut self, open: &str, close: &str, lines: &[&str]) -> usize {
        let id = self.next;
        self.next += 1;
        let words: Vec<String> =
            lines.iter().filter(|line| !line.is_empty()).map(|line| escape(line)).collect();
        // A String takes whatever is written to it.
        let _ = writeln!(self.out, "  n{id}{open}\"{}\"{close}", words.join("<br/>"));
        id
    }

    fn arrow(&mut self, from: &End, to: usize) {
        let _ = if from.1.is_empty() {
            writeln!(self.out, "  n{} --> n{to}", from.0)
        } else {
            writeln!(self.out, "  n{} -->|\"{}\"| n{to}", from.0, escape(&from.1))
        };
    }

    /// Draws a block below `ends`; gives its own ends.
    fn part(&mut self, part: &Part, ends: &[End]) -> Vec<End> {
        if part.items.is_empty() {
            return ends.to_vec();
        }
        let mut done: Vec<Vec<End>> = Vec::with_capacity(part.items.len());
        for (index, item) in part.items.iter().enumerate() {
            let before: Vec<End> = if part.first.contains(&index) {
                ends.to_vec()
            } else {
                let givers = part.edges.iter().filter(|(_, to)| *to == index);
                givers.flat_map(|(from, _)| done[*from].clone()).collect()
            };
            done.push(self.item(item, &before));
        }
        part.last.iter().flat_map(|index| done[*index].clone()).collect()
    }

    fn item(&mut self, item: &Item, before: &[End]) -> Vec<End> {
        let guard = item.guard.as_ref().map(|guard| format!("only if {guard}")).unwrap_or_default();
        let (open, close) = match item.shape {
            Shape::Box => ("[", "]"),
            Shape::Decision => ("{", "}"),
            Shape::Loop | Shape::Search => ("[[", "]]"),
            Shape::Split => ("[/", "/]"),
            Shape::Wait => ("(", ")"),
            Shape::End => ("(((", ")))"),
            Shape::Event => (">", "]"),
            Shape::Question => ("[/", "\\]"),
            Shape::Recipe => ("{{", "}}"),
        };
        let sign = match item.shape {
            Shape::Wait => "🕑 ",
            Shape::Event => "🕑 📨 ",
            Shape::Question => "🙋 ",
            Shape::Recipe => "▶ ",
            Shape::Search => "🔍 ",
            _ => "",
        };
        let title = format!("{sign}{}", item.title);
        let mut lines = vec![title.as_str()];
        lines.extend(item.detail.iter().map(String::as_str));
        lines.push(&guard);
        let id = self.node(open, close, &lines);
        for end in before {
            self.arrow(end, id);
        }
        if item.branches.is_empty() {
            // A guarded end may be passed by.
            let over = item.shape == Shape::End && item.guard.is_none();
            return if over { Vec::new() } else { vec![(id, String::new())] };
        }
        let mut ends = Vec::new();
        for (label, block) in &item.branches {
            ends.extend(self.part(block, &[(id, label.clone())]));
        }
        match item.shape {
            Shape::Loop | Shape::Search => {
                for end in ends.iter().filter(|(from, _)| *from != id) {
                    self.arrow(&(end.0, "next".to_owned()), id);
                }
                vec![(id, "all done".to_owned())]
            }
            Shape::Box | Shape::Wait | Shape::Event | Shape::Question | Shape::Recipe => {
                ends.push((id, String::new()));
                ends
            }
            _ => ends,
        }
    }
}

/// Mermaid's own escapes, for what would end a label.
fn escape(text: &str) -> String {
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace('\n', " ")
}
