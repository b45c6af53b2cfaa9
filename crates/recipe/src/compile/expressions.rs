//! Expressions in a recipe: reading them, and checking that what they refer to is there (rule R3).

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use bellhop_connector::Field;
use bellhop_source::{Address, Code, Diagnostic, Node, Severity, Span, closest};
use bellhop_template::{Expression, Mistakes, Pick, Reference, Segment, SyntaxError, Text};

use super::names::Type;
use super::{Checker, list, types};
use crate::codes;

impl Checker<'_> {
    /// A pick, and what is known about what it gives.
    pub(super) fn pick(&mut self, node: &Node, address: &Address) -> Option<(Pick, Option<Type>)> {
        let pick = match Pick::parse(node.text()?) {
            Ok(pick) => pick,
            Err(error) => {
                let plain =
                    node.text().unwrap_or_default().replace('/', ".").replace("->", ".").replace(' ', "");
                let better =
                    Pick::parse(&plain).is_ok() && plain.bytes().all(|byte| !b"[]'\"".contains(&byte));
                let mended = better.then(|| SyntaxError {
                    suggestion: Some((0..node.text().map_or(0, str::len), plain)),
                    help: None,
                    ..error.clone()
                });
                self.syntax_error(node, address, mended.unwrap_or(error));
                return None;
            }
        };
        let before = self.errors;
        let mut data = None;
        for (at, reference) in pick.references().iter().enumerate() {
            let found = self.reference(reference, node, address);
            if at == 0 {
                data = found;
            }
        }
        if self.has_errors_since(before) {
            return None;
        }
        // A pick of many gives what the field wants: a list, or the only match.
        let data = data.filter(|_| pick.is_singular());
        Some((pick, data))
    }

    /// What is known about what a pick gives; says nothing about what is wrong with it.
    pub(super) fn type_of_pick(&mut self, text: &str) -> Option<Type> {
        let pick = Pick::parse(text).ok()?;
        let references = pick.references();
        let reference = references.first()?;
        let Some(Segment::Name(name)) = reference.path.first() else { return None };
        let root = self.resolve(name)?;
        let found = types::walk(&root, &reference.path[1..]).ok()??.clone();
        Some(Arc::new(if pick.is_singular() { found } else { types::list_of(found) }))
    }

    /// Text with `{{ }}`.
    pub(super) fn text(&mut self, node: &Node, address: &Address) -> Option<Text> {
        let written = node.text()?;
        self.numbered(node, written, address);
        let text = match Text::parse(written) {
            Ok(text) => text,
            Err(error) => {
                match whole_value(written) {
                    // A whole value is a pick.
                    Some(pick) => {
                        let help = Some(format!("Write `{pick}`."));
                        let suggestion = Some((0..written.len(), pick));
                        self.syntax_error(node, address, SyntaxError { help, suggestion, ..error });
                    }
                    None => self.mistakes(Text::mistakes(written), node, address),
                }
                return None;
            }
        };
        let before = self.errors;
        self.references(&text.references(), node, address);
        self.comparisons(&text.comparisons(), node, address);
        (!self.has_errors_since(before)).then_some(text)
    }

    /// `{{1.email}}`: a field of another tool's module by its number.
    fn numbered(&mut self, node: &Node, written: &str, address: &Address) {
        for (at, _) in written.match_indices("{{") {
            if self.stops() {
                break;
            }
            let inside = &written[at + 2..];
            let Some(end) = inside.find("}}") else { continue };
            let path = inside[..end].trim();
            let Some((number, field)) = path.split_once('.') else { continue };
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || !field.split('.').all(super::names::is_name) {
                continue;
            }
            let start = at + 2 + inside.find(path).unwrap_or_default();
            let span = self.spot(node, &(start..start + path.len()));
            let message = format!("there is no `{number}` here: steps are known by their names");
            let meant = format!("trigger.{field}");
            self.report(
                Diagnostic::error(codes::UNKNOWN_NAME, span, address.clone(), message)
                    .help("What started the recipe is `trigger`; a step's result has the name that its `as:` gives.")
                    .suggest(span, meant),
            );
        }
    }

    /// A bare expression.
    pub(super) fn expression(&mut self, node: &Node, address: &Address) -> Option<Expression> {
        let written = self.text_of(node, address, "an expression")?;
        let Ok(expression) = Expression::parse(written) else {
            self.mistakes(Expression::mistakes(written), node, address);
            return None;
        };
        let before = self.errors;
        self.references(&expression.references(), node, address);
        self.comparisons(&expression.comparisons(), node, address);
        (!self.has_errors_since(before)).then_some(expression)
    }

    pub(super) fn has_errors_since(&self, before: usize) -> bool {
        self.errors > before
    }

    pub(super) fn references(&mut self, references: &[Reference], node: &Node, address: &Address) {
        for reference in references {
            if self.stops() {
                break;
            }
            self.reference(reference, node, address);
        }
    }

    /// What is known about what a mention of data leads to; complains where it leads nowhere.
    fn reference(&mut self, reference: &Reference, node: &Node, address: &Address) -> Option<Type> {
        let Some(Segment::Name(name)) = reference.path.first() else { return None };
        let Some(root) = self.resolve(name) else {
            let span = self.part_span(reference, 0, node);
            if self.record.is_none() && self.held(reference, node, address) {
                return None;
            }
            if let Some(record) = self.record.clone() {
                let compared =
                    reference.path.len() == 1 && self.compared_word(name, reference, span, node, address);
                if !compared && !record.fields.is_empty() {
                    self.astray(reference, 0, &record, node, address);
                }
                return None;
            }
            let field = match reference.path.get(1) {
                Some(Segment::Name(field)) => Some(field.as_str()),
                _ => None,
            };
            if field.is_none() && self.compared_word(name, reference, span, node, address) {
                return None;
            }
            self.unknown_name(name, field, span, address);
            return None;
        };
        // A group of which no field is known takes any; a recipe without inputs has none.
        let has_none = root.kind == bellhop_connector::FieldKind::Object && root.fields.is_empty();
        if name == "inputs" && has_none && reference.path.len() > 1 {
            self.astray(reference, 1, &root, node, address);
            return None;
        }
        if self.between(reference, &root, node, address) {
            return None;
        }
        match types::walk(&root, &reference.path[1..]) {
            Ok(found) => {
                let found = found.map(|field| Arc::new(field.clone()));
                if let Some(slip) = types::slip(&root, &reference.path[1..]) {
                    let (at, inside) = (slip.at + 1, slip.inside.clone());
                    self.astray(reference, at, &inside, node, address);
                }
                found
            }
            Err(astray) => {
                let (at, inside) = (astray.at + 1, astray.inside.clone());
                self.astray(reference, at, &inside, node, address);
                None
            }
        }
    }

    /// A bare word that something is compared with: a text without its quotes, or `yes` and `no`.
    fn compared_word(
        &mut self,
        name: &str,
        reference: &Reference,
        span: Span,
        node: &Node,
        address: &Address,
    ) -> bool {
        let before = node.text().and_then(|text| text.get(..reference.range.start)).unwrap_or_default();
        if !before.trim_end().ends_with(['=']) || self.resolve(name).is_some() {
            return false;
        }
        let meant = match super::literals::yes_no(name) {
            Some(value) => value.to_string(),
            None => format!("'{name}'"),
        };
        let message = format!("there is no `{name}` here: did you mean `{meant}`?");
        self.report(
            Diagnostic::error(codes::UNKNOWN_NAME, span, address.clone(), message)
                .help("A text in an expression stands in quotes.")
                .suggest(span, meant),
        );
        true
    }

    fn astray(&mut self, reference: &Reference, at: usize, inside: &Field, node: &Node, address: &Address) {
        let Some(Segment::Name(wanted)) = reference.path.get(at) else { return };
        if self.is_full() {
            let of_inputs = matches!(&reference.path[..at], [Segment::Name(name)] if name == "inputs");
            self.pass_over(if of_inputs { Severity::Error } else { Severity::Warning });
            return;
        }
        let span = self.part_span(reference, at, node);
        let owner = if at == 0 { "the record".to_owned() } else { written(&reference.path[..at]) };
        let known: Vec<&str> = inside.fields.keys().map(String::as_str).collect();
        let titled = inside.fields.iter().find(|(_, field)| field.title.eq_ignore_ascii_case(wanted));
        let meant = titled.map(|(name, _)| name.as_str()).or_else(|| closest(wanted, known.iter().copied()));
        let inputs = owner == "inputs";
        let message = if inputs {
            format!("this recipe has no input `{wanted}`")
        } else if known.is_empty() {
            format!("`{owner}` is {}, it has no `{wanted}`", types::words(inside))
        } else {
            let owner = if at == 0 { owner.clone() } else { format!("`{owner}`") };
            format!("{owner} is not known to have `{wanted}`")
        };
        let message = match meant {
            Some(meant) => format!("{message}: did you mean `{meant}`?"),
            None => message,
        };
        let diagnostic = if inputs {
            Diagnostic::error(codes::UNKNOWN_INPUT, span, address.clone(), message)
        } else {
            Diagnostic::warning(codes::UNKNOWN_DATA, span, address.clone(), message)
        };
        self.report(match meant {
            Some(meant) => diagnostic.suggest(span, meant),
            None if inputs && known.is_empty() => {
                diagnostic.help("Inputs stand under `inputs:` at the top of the recipe.")
            }
            None if inside.kind == bellhop_connector::FieldKind::Array
                && ["length", "count", "size"].contains(&wanted.as_str()) =>
            {
                let dot = Span::new(span.start - 1, span.end);
                diagnostic.help("How many a list has is `| length`.").suggest(dot, " | length")
            }
            None if known.is_empty() => diagnostic,
            None => {
                let shown = &known[..known.len().min(12)];
                let more = if known.len() > shown.len() { " and more" } else { "" };
                diagnostic.help(format!("It has {}{more}.", list(shown, "and")))
            }
        });
    }

    /// Where part `at` of a mention stands; the whole mention where that cannot be told.
    fn part_span(&self, reference: &Reference, at: usize, node: &Node) -> Span {
        let whole = self.spot(node, &reference.range);
        let text = self.source.slice(whole);
        let mut from = 0;
        let mut found = whole;
        for segment in reference.path.iter().take(at + 1) {
            let Segment::Name(name) = segment else { continue };
            let Some(offset) = text.get(from..).and_then(|rest| rest.find(name.as_str())) else {
                return whole;
            };
            found = Span::new(whole.start + from + offset, whole.start + from + offset + name.len());
            from += offset + name.len();
        }
        found
    }

    /// The place in the file of some bytes of a scalar's text.
    pub(super) fn spot(&self, node: &Node, range: &Range<usize>) -> Span {
        let raw = self.source.slice(node.span);
        let text = node.text().unwrap_or_default();
        let Some(part) = text.get(range.clone()) else { return node.span };
        if let Some(offset) = raw.find(text) {
            let start = node.span.start + offset + range.start;
            return Span::new(start, start + part.len());
        }
        // Folded, escaped and indented texts differ from what is written: the same words before it tell which one is meant.
        let earlier = text.get(..range.start).map_or(0, |before| before.matches(part).count());
        match raw.match_indices(part).nth(earlier) {
            Some((offset, _)) if !part.is_empty() => {
                Span::new(node.span.start + offset, node.span.start + offset + part.len())
            }
            _ => node.span,
        }
    }

    /// All that is wrong with an expression that cannot be read, what it mentions beside that included.
    pub(super) fn mistakes(&mut self, mistakes: Mistakes, node: &Node, address: &Address) {
        for error in mistakes.errors {
            if self.stops() {
                break;
            }
            self.syntax_error(node, address, error);
        }
        self.references(&mistakes.references, node, address);
        self.comparisons(&mistakes.comparisons, node, address);
    }

    pub(super) fn syntax_error(&mut self, node: &Node, address: &Address, error: SyntaxError) {
        self.expression_problem(Diagnostic::error, codes::EXPRESSION, node, address, error);
    }

    /// A complaint of the room that reads expressions, at its place in the file.
    pub(super) fn expression_problem(
        &mut self,
        severity: impl Fn(Code, Span, Address, String) -> Diagnostic,
        code: Code,
        node: &Node,
        address: &Address,
        error: SyntaxError,
    ) {
        let span = self.spot(node, &error.range);
        let message = error.message.trim_end_matches('.').to_owned();
        let mut diagnostic = severity(code, span, address.clone(), message);
        diagnostic.help = error.help;
        self.report(match error.suggestion {
            Some((range, text)) => diagnostic.suggest(self.spot(node, &range), text),
            None => diagnostic,
        });
    }
}

/// The pick that is meant by a whole value in other tools' marks: `${{ contact.email }}`, `$contact.email`.
fn whole_value(written: &str) -> Option<String> {
    let braces = written.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    let path = braces.map(str::trim).or_else(|| written.strip_prefix('$'))?;
    path.split('.').all(super::names::is_name).then(|| format!("$.{path}"))
}

/// A path as people write it.
pub(super) fn written(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Name(name) if text.is_empty() => text.push_str(name),
            Segment::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Segment::Index(index) => {
                // A String takes whatever is written to it.
                let _ = write!(text, "[{index}]");
            }
            Segment::Any => text.push_str("[*]"),
        }
    }
    text
}
