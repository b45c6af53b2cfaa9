//! A plan as an indented outline.

use std::fmt::Write;

use super::outline::{FAILED, Part, outline};
use crate::Plan;

/// The plan as an indented outline: what starts it, then its steps in the order written, with branches, loops, waits and
/// what is done at the same time.
pub fn text(plan: &Plan) -> String {
    let outline = outline(plan);
    let mut out = format!("{}\n", outline.name);
    for trigger in &outline.triggers {
        line(&mut out, "", &format!("◆ {trigger}"));
    }
    part(&outline.body, "", &mut out);
    if !outline.on_failure.items.is_empty() {
        line(&mut out, "", &format!("✖ {FAILED}:"));
        part(&outline.on_failure, "", &mut out);
    }
    out
}

fn part(part: &Part, indent: &str, out: &mut String) {
    if part.items.is_empty() {
        line(out, indent, "└─ nothing");
        return;
    }
    let count = part.items.len();
    for (index, item) in part.items.iter().enumerate() {
        let last = index + 1 == count;
        let sign = item.shape.sign();
        let mut words = format!("{} {sign}{}", if last { "└─" } else { "├─" }, item.title);
        if !item.detail.is_empty() {
            let _ = write!(words, " – {}", item.detail.join(", "));
        }
        if let Some(guard) = &item.guard {
            let _ = write!(words, " (only if {guard})");
        }
        if let Some(result) = &item.result {
            let _ = write!(words, " → {result}");
        }
        if index > 0 && !part.edges.iter().any(|(from, to)| *to == index && *from + 1 == index) {
            words.push_str(" (at the same time)");
        }
        line(out, indent, &words);
        let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
        let branches = item.branches.len();
        for (at, (label, block)) in item.branches.iter().enumerate() {
            let end = at + 1 == branches;
            line(out, &deeper, &format!("{} {label}:", if end { "└─" } else { "├─" }));
            part_below(block, &deeper, end, out);
        }
    }
}

fn part_below(block: &Part, indent: &str, last: bool, out: &mut String) {
    part(block, &format!("{indent}{}", if last { "   " } else { "│  " }), out);
}

fn line(out: &mut String, indent: &str, words: &str) {
    out.push_str(indent);
    out.push_str(words);
    out.push('\n');
}
