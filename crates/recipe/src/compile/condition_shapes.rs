//! Conditions that are no text: a list, `all:` and `any:`, `field:` with `operator:` and `value:`. Says how each is written
//! as one line.

use bellhop_source::{Address, Diagnostic, Node, Span};

use super::Checker;
use super::reworded::{is_one, negated};
use crate::codes;

/// Words for a comparison and how it is written here; `%` is the value that is compared with.
const OPERATORS: [(&[&str], &str); 10] = [
    (&["equals", "equal", "eq", "is", "==", "="], "== %"),
    (&["not_equals", "not_equal", "ne", "neq", "is_not", "!="], "!= %"),
    (&["greater_than", "gt", "greater", "more_than", ">"], "> %"),
    (&["greater_or_equal", "gte", "ge", "at_least", ">="], ">= %"),
    (&["less_than", "lt", "less", "<"], "< %"),
    (&["less_or_equal", "lte", "le", "at_most", "<="], "<= %"),
    (&["contains", "containing", "includes", "has"], "is containing %"),
    (&["not_contains", "does_not_contain"], "is not containing %"),
    (&["empty", "is_empty", "not_exists"], "is empty"),
    (&["not_empty", "is_not_empty", "exists"], "is not empty"),
];

impl Checker<'_> {
    /// Complains about a condition that is a list or a group of fields.
    pub(super) fn not_one_condition(&mut self, node: &Node, address: &Address) {
        let heading = self.heading(node);
        let span = if node.items().is_some() { heading.unwrap_or(node.span) } else { node.span };
        let message = format!("a condition is one text, and here stands {}", node.kind());
        let diagnostic = Diagnostic::error(codes::WRONG_SHAPE, span, address.clone(), message);
        let line = said(node);
        let help = match &line {
            Some(line) => format!("Write it in one line, joined by `and` or `or`: `{line}`."),
            None => {
                "Write it in one line, joined by `and` or `or`: `contact.dnd and contact.email is empty`."
                    .to_owned()
            }
        };
        let diagnostic = diagnostic.help(help);
        // What stands on lines of its own is moved to the line of its key.
        let place = heading.map_or(node.span, |key| Span::new(key.end + 1, node.span.end));
        let gap = if heading.is_some() { " " } else { "" };
        self.report(match line {
            Some(line) if !self.source.slice(place).contains('#') => {
                diagnostic.suggest(place, format!("{gap}{line}"))
            }
            _ => diagnostic,
        });
    }

    /// The key above a value that begins on a line of its own.
    pub(super) fn heading(&self, node: &Node) -> Option<Span> {
        let before = self.source.text().get(..node.span.start)?;
        let above = before.trim_end_matches([' ', '-', '\n', '\r']);
        let key = above.strip_suffix(':').filter(|_| before[above.len()..].contains('\n'))?;
        let line = key.rfind('\n').map_or(0, |at| at + 1);
        let blank = key[line..].len() - key[line..].trim_start_matches([' ', '-']).len();
        Some(Span::new(line + blank, key.len()))
    }
}

/// The condition as one text.
fn said(node: &Node) -> Option<String> {
    if let Some(text) = node.text() {
        let text = text.trim();
        return (!text.is_empty() && !text.contains("{{")).then(|| text.trim_start_matches("$.").to_owned());
    }
    if let Some(items) = node.items() {
        return joined(items, "and");
    }
    let members = node.members()?;
    if let [(key, value)] = members {
        return match key.text.as_str() {
            "all" | "and" | "all_of" => joined(value.items()?, "and"),
            "any" | "or" | "any_of" => joined(value.items()?, "or"),
            "not" | "none" => said(value).map(|condition| negated(&condition)),
            _ => None,
        };
    }
    let of = |names: &[&str]| names.iter().find_map(|name| node.get(name)?.text()).map(str::trim);
    let field = of(&["field", "left", "variable", "key", "name", "entity_id"])?.trim_start_matches("$.");
    let operator = of(&["operator", "op", "comparison", "condition", "is"]).unwrap_or("==");
    let operator = super::reworded::snake(operator);
    let (_, shape) = OPERATORS.iter().find(|(words, _)| words.contains(&operator.as_str()))?;
    let value = of(&["value", "right", "to", "than"]);
    let value = value.map(|value| {
        let plain = value.parse::<f64>().is_ok() || ["true", "false"].contains(&value);
        if plain { value.to_owned() } else { format!("'{value}'") }
    });
    match (shape.contains('%'), value) {
        (true, Some(value)) => Some(format!("{field} {}", shape.replace('%', &value))),
        (true, None) => None,
        (false, _) => Some(format!("{field} {shape}")),
    }
}

fn joined(items: &[Node], word: &str) -> Option<String> {
    let parts: Option<Vec<String>> = items
        .iter()
        .map(|item| {
            let part = said(item)?;
            Some(if is_one(&part) || items.len() == 1 { part } else { format!("({part})") })
        })
        .collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join(&format!(" {word} ")))
}
