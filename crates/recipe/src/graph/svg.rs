//! A plan as a picture: boxes from top to bottom, branches side by side. A layout of our own, without measuring fonts.

use std::fmt::Write;

use super::outline::{FAILED, Item, Part, Shape, outline};
use crate::Plan;

/// Width of a letter and height of a line, in pixels, for the font below.
const LETTER: usize = 7;
const LINE: usize = 18;
/// Space inside a box, and between boxes.
const PAD: usize = 12;
const GAP: usize = 30;
const LEAST_WIDTH: usize = 150;

/// The plan as an SVG picture. All text is escaped; nothing in it is loaded from anywhere.
pub fn svg(plan: &Plan) -> String {
    let outline = outline(plan);
    let mut items: Vec<Drawn> = vec![Drawn::label(Shape::Wait, &outline.triggers, "trigger")];
    items.extend(outline.body.items.iter().map(Drawn::item));
    let body = Column::of(items, String::new());
    let failed = outline.on_failure.items.iter().map(Drawn::item);
    let failed = Column::of(
        std::iter::once(Drawn::label(Shape::Wait, &[format!("✖ {FAILED}")], "end")).chain(failed).collect(),
        String::new(),
    );
    let beside = if failed.items.len() > 1 { failed.width + 2 * GAP } else { 0 };
    let (width, height) = (
        body.width + beside + 2 * GAP,
        body.height.max(if beside > 0 { failed.height } else { 0 }) + 2 * GAP,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n<title>{}</title>\n\
         <style>.box{{fill:#fff;stroke:#345}}.decision{{fill:#fff6df;stroke:#a70}}.wait{{fill:#e8f1ff;stroke:#36a}}\
         .event{{fill:#e8f1ff;stroke:#2a7;stroke-width:2}}.question{{fill:#fdeaf3;stroke:#b36;stroke-width:2}}\
         .recipe{{fill:#fff;stroke:#345;stroke-width:3}}.search{{fill:#f3ecfb;stroke:#74a;stroke-dasharray:6 3}}\
         .trigger{{fill:#e4f6e8;stroke:#2a7}}.end{{fill:#fbe4e4;stroke:#a33}}.loop,.split{{fill:#f3ecfb;stroke:#74a}}\
         path{{stroke:#667;fill:none}}.small{{fill:#556;font-size:12px}}</style>\n",
        escape(&outline.name)
    );
    body.draw(GAP + body.width / 2, GAP, &mut out);
    if beside > 0 {
        failed.draw(GAP + body.width + 2 * GAP + failed.width / 2, GAP, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// A step with its size, and its branches below it.
struct Drawn {
    shape: Shape,
    class: &'static str,
    lines: Vec<String>,
    width: usize,
    height: usize,
    branches: Vec<Column>,
    /// Whether no line leads on from it.
    ends: bool,
}

/// Steps below each other.
struct Column {
    label: String,
    items: Vec<Drawn>,
    width: usize,
    height: usize,
}

impl Drawn {
    fn label(shape: Shape, lines: &[String], class: &'static str) -> Self {
        let letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let room = if shape == Shape::Decision { 4 * PAD } else { 2 * PAD };
        Self {
            shape,
            class,
            lines: lines.to_vec(),
            width: (letters * LETTER + room).max(LEAST_WIDTH),
            height: lines.len() * LINE + 2 * PAD,
            branches: Vec::new(),
            ends: false,
        }
    }

    fn item(item: &Item) -> Self {
        let class = match item.shape {
            Shape::Box => "box",
            Shape::Decision => "decision",
            Shape::Loop => "loop",
            Shape::Split => "split",
            Shape::Wait => "wait",
            Shape::End => "end",
            Shape::Event => "event",
            Shape::Question => "question",
            Shape::Recipe => "recipe",
            Shape::Search => "search",
        };
        // What the outline shows needs no sign.
        let sign = match item.shape {
            Shape::Decision | Shape::Split | Shape::End => "",
            shape => shape.sign(),
        };
        let mut lines = vec![format!("{sign}{}", item.title)];
        lines.extend(item.detail.iter().cloned());
        lines.extend(item.guard.as_ref().map(|guard| format!("only if {guard}")));
        let branches = item.branches.iter().map(|(label, part)| Column::part(part, label.clone())).collect();
        let ends = item.shape == Shape::End && item.guard.is_none();
        Self { branches, ends, ..Self::label(item.shape, &lines, class) }
    }

    /// Width and height with the branches.
    fn size(&self) -> (usize, usize) {
        if self.branches.is_empty() {
            return (self.width, self.height);
        }
        let below: usize = self.branches.iter().map(|branch| branch.width).sum();
        let between = GAP * (self.branches.len() - 1);
        let deepest = self.branches.iter().map(|branch| branch.height).max().unwrap_or(0);
        (self.width.max(below + between), self.height + GAP + LINE + deepest + GAP)
    }

    fn draw(&self, middle: usize, top: usize, out: &mut String) {
        self.frame(middle, top, out);
        for (index, line) in self.lines.iter().enumerate() {
            let y = top + PAD + LINE * index + 13;
            let class = if index == 0 { "" } else { " class=\"small\"" };
            let _ = writeln!(
                out,
                "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\"{class}>{}</text>",
                escape(line)
            );
        }
        let (width, height) = self.size();
        let mut left = middle - width / 2;
        if let [.., _] = self.branches.as_slice() {
            let below: usize = self.branches.iter().map(|branch| branch.width).sum();
            left += (width - below - GAP * (self.branches.len() - 1)) / 2;
        }
        for branch in &self.branches {
            let center = left + branch.width / 2;
            let (from, start) = (top + self.height, top + self.height + GAP + LINE);
            let bend = from + GAP / 2;
            let _ = writeln!(out, "<path d=\"M{middle} {from}V{bend}H{center}V{start}\"/>");
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" class=\"small\">{}</text>",
                center + 5,
                start - 6,
                escape(&branch.label)
            );
            branch.draw(center, start, out);
            let (end, join) = (start + branch.height, top + height);
            let bend = join - GAP / 2;
            if !branch.ends() {
                let _ = writeln!(out, "<path d=\"M{center} {end}V{bend}H{middle}V{join}\"/>");
            }
            left += branch.width + GAP;
        }
    }

    fn frame(&self, middle: usize, top: usize, out: &mut String) {
        let (left, right) = (middle - self.width / 2, middle + self.width / 2);
        let bottom = top + self.height;
        let class = self.class;
        let _ = if self.shape == Shape::Decision {
            let half = top + self.height / 2;
            writeln!(
                out,
                "<polygon class=\"{class}\" points=\"{left},{half} {},{top} {},{top} {right},{half} {},{bottom} {},{bottom}\"/>",
                left + PAD,
                right - PAD,
                right - PAD,
                left + PAD
            )
        } else {
            let round = match self.shape {
                Shape::Wait | Shape::Event | Shape::Question => self.height / 2,
                Shape::End => PAD,
                _ => 3,
            };
            writeln!(
                out,
                "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"{round}\"/>",
                self.width, self.height
            )
        };
    }
}

impl Column {
    fn part(part: &Part, label: String) -> Self {
        Self::of(part.items.iter().map(Drawn::item).collect(), label)
    }

    fn of(items: Vec<Drawn>, label: String) -> Self {
        let least = label.chars().count() * LETTER * 2 + PAD;
        let width = items.iter().map(|item| item.size().0).max().unwrap_or(0).max(least).max(LEAST_WIDTH);
        let height: usize = items.iter().map(|item| item.size().1).sum();
        let between = GAP * items.len().saturating_sub(1);
        Self { label, width, height: height + between, items }
    }

    /// Whether the run ends here, so that no line leads on.
    fn ends(&self) -> bool {
        self.items.last().is_some_and(|last| last.ends)
    }

    fn draw(&self, middle: usize, top: usize, out: &mut String) {
        let mut top = top;
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                let _ = writeln!(out, "<path d=\"M{middle} {}V{top}\"/>", top - GAP);
            }
            item.draw(middle, top, out);
            top += item.size().1 + GAP;
        }
    }
}

/// Text for XML. Characters that XML does not have are left out.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
