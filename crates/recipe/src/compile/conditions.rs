//! Conditions: that they are yes or no, and that they compare like with like (rule R4).

use bellhop_connector::{Field, FieldKind, Format};
use bellhop_source::{Address, Diagnostic, Node, Span};
use bellhop_template::{Comparison, Condition, Operand, Pick, Reference, Segment};

use super::expressions::written;
use super::{Checker, literals, types};
use crate::codes;

impl Checker<'_> {
    /// A condition.
    pub(super) fn condition(&mut self, node: &Node, address: &Address) -> Option<Condition> {
        if node.text().is_none() {
            self.not_one_condition(node, address);
            return None;
        }
        let text = self.text_of(node, address, "a condition")?;
        if let Some(bare) = bare(text) {
            self.report(
                Diagnostic::error(
                    codes::EXPRESSION,
                    node.span,
                    address.clone(),
                    "a condition is written without `{{ }}` and without `$.`",
                )
                .suggest(node.span, bare),
            );
            return None;
        }
        if let Some(bare) = quoted_names(text) {
            self.report(
                Diagnostic::error(
                    codes::EXPRESSION,
                    node.span,
                    address.clone(),
                    "in a condition names stand bare, without `{{ }}` and without quotes",
                )
                .help(format!("Write `{bare}`."))
                .suggest(node.span, bare),
            );
            return None;
        }
        let Ok(condition) = Condition::parse(text) else {
            self.mistakes(Condition::mistakes(text), node, address);
            return None;
        };
        // Where the document itself is wrong here, advice on style is one complaint too many.
        let place = node.span.start..=node.span.end;
        let wrong_already = self.diagnostics.iter().any(|one| place.contains(&one.span.start));
        if wrong_already
            && let Some(hint) = condition.hints().into_iter().find(|hint| hint.suggestion.is_some())
        {
            self.better_than_quotes(text, hint.suggestion, node);
        }
        for hint in condition.hints().into_iter().filter(|_| !wrong_already) {
            self.expression_problem(Diagnostic::warning, codes::BETTER_SAID, node, address, hint);
        }
        let before = self.errors;
        let references = condition.references();
        self.references(&references, node, address);
        self.comparisons(&condition.comparisons(), node, address);
        if let [only] = references.as_slice()
            && text.get(only.range.clone()).is_some_and(|mention| mention == text.trim())
        {
            self.must_be_yes_no(only, node, address);
        }
        (!self.has_errors_since(before)).then_some(condition)
    }

    /// Where the value begins with a quoted text and goes on: the better words need no quotes around the whole.
    fn better_than_quotes(
        &mut self,
        text: &str,
        better: Option<(std::ops::Range<usize>, String)>,
        node: &Node,
    ) {
        let Some((range, words)) = better else { return };
        let mut whole = text.to_owned();
        if text.get(range.clone()).is_none() {
            return;
        }
        whole.replace_range(range, &words);
        let place = node.span.start..=node.span.end;
        let quotes = self.diagnostics.iter_mut().find(|one| {
            one.code == bellhop_source::codes::TEXT_AFTER_QUOTE && place.contains(&one.span.start)
        });
        if let Some(suggestion) = quotes.and_then(|one| one.suggestion.as_mut())
            && !whole.starts_with(['"', '\''])
        {
            suggestion.text = whole;
        }
    }

    /// A condition that is a mention of data and nothing else.
    fn must_be_yes_no(&mut self, reference: &Reference, node: &Node, address: &Address) {
        let Some(field) = self.known(reference) else { return };
        let text = node.text().unwrap_or_default().trim();
        let better = match field.kind {
            FieldKind::Any | FieldKind::Boolean => return,
            FieldKind::Number | FieldKind::Integer => format!("{text} > 0"),
            FieldKind::String | FieldKind::Array | FieldKind::Object => format!("{text} is not empty"),
        };
        self.report(
            Diagnostic::error(
                codes::NOT_A_CONDITION,
                node.span,
                address.clone(),
                format!("a condition is yes or no, and `{text}` is {}", types::words(&field)),
            )
            .suggest(node.span, better),
        );
    }

    fn known(&mut self, reference: &Reference) -> Option<Field> {
        let Some(Segment::Name(name)) = reference.path.first() else { return None };
        let root = self.resolve(name)?;
        types::walk(&root, &reference.path[1..]).ok()?.cloned()
    }

    /// Complains about comparisons of text with numbers, and of either with yes or no.
    pub(super) fn comparisons(&mut self, comparisons: &[Comparison], node: &Node, address: &Address) {
        for comparison in comparisons {
            if comparison.operator.contains("in") {
                continue;
            }
            if self.better_said(comparison, node, address) {
                continue;
            }
            let left = self.kind_of_operand(&comparison.left);
            let right = self.kind_of_operand(&comparison.right);
            if let (Some(left), Some(right)) = (left, right)
                && left != right
            {
                self.different_kinds(comparison, (left, right), node, address);
            }
        }
    }

    /// Comparisons that hold, or never do, by accident: with nothing, of a list with a text, of a moment with a text.
    fn better_said(&mut self, comparison: &Comparison, node: &Node, address: &Address) -> bool {
        let span = self.spot(node, &comparison.range);
        let raw = self.source.slice(span);
        let Operand::Reference(reference) = &comparison.left else { return false };
        let Some((_, right)) = raw.split_once(comparison.operator) else { return false };
        let (right, path) = (right.trim(), written(&reference.path));
        let not = if comparison.operator == "!=" { "not " } else { "" };
        let equal = ["==", "!="].contains(&comparison.operator);
        let field = self.known(reference);
        let text = matches!(comparison.right, Operand::Text(_));
        let group =
            field.as_ref().filter(|field| field.kind == FieldKind::Object && !field.fields.is_empty());
        if let Some(group) =
            group.filter(|_| !matches!(comparison.right, Operand::Reference(_) | Operand::Other))
        {
            let names: Vec<&str> = group.fields.keys().map(String::as_str).take(8).collect();
            let yes_no = group.fields.iter().find(|(_, field)| field.kind == FieldKind::Boolean);
            let example = yes_no.map_or(names[0], |(name, _)| name.as_str());
            let message = format!("`{path}` is a group of fields, and is never equal to a text or a number");
            self.report(Diagnostic::error(codes::DIFFERENT_KINDS, span, address.clone(), message).help(
                format!(
                    "Compare one of its fields, such as `{path}.{example}`; it has {}.",
                    super::list(&names, "and")
                ),
            ));
            return true;
        }
        let (code, better) = if equal && ["null", "none", "None", "''", "\"\""].contains(&right) {
            (codes::BETTER_SAID, format!("{path} is {not}empty"))
        } else if equal && text && field.as_ref().is_some_and(|field| field.kind == FieldKind::Array) {
            (codes::DIFFERENT_KINDS, format!("{path} is {not}containing {right}"))
        } else if !equal && text && field.as_ref().is_some_and(|field| field.format.is_some_and(is_moment)) {
            let order = if comparison.operator.starts_with('<') { "before" } else { "after" };
            (codes::BETTER_SAID, format!("{path} is {order} {right}"))
        } else {
            return false;
        };
        let message = format!("this is better said `{better}`");
        let diagnostic = if code == codes::BETTER_SAID {
            Diagnostic::warning(code, span, address.clone(), message)
        } else {
            Diagnostic::error(
                code,
                span,
                address.clone(),
                format!("a list is never equal to a text: {message}"),
            )
        };
        self.report(diagnostic.suggest(span, better));
        true
    }

    /// Text, number or yes-no; none where it is not known or neither.
    fn kind_of_operand(&mut self, operand: &Operand) -> Option<FieldKind> {
        match operand {
            Operand::Text(_) => Some(FieldKind::String),
            Operand::Number(_) => Some(FieldKind::Number),
            Operand::Bool(_) => Some(FieldKind::Boolean),
            Operand::Other => None,
            Operand::Reference(reference) => match self.known(reference)?.kind {
                FieldKind::Integer => Some(FieldKind::Number),
                kind @ (FieldKind::String | FieldKind::Number | FieldKind::Boolean) => Some(kind),
                _ => None,
            },
        }
    }

    fn different_kinds(
        &mut self,
        comparison: &Comparison,
        (left, right): (FieldKind, FieldKind),
        node: &Node,
        address: &Address,
    ) {
        let span = self.spot(node, &comparison.range);
        let say = |operand: &Operand, kind: FieldKind| match operand {
            Operand::Reference(reference) => {
                format!("`{}` is {}", written(&reference.path), types::words(&types::of(kind)))
            }
            Operand::Text(text) => format!("'{text}' is text"),
            Operand::Number(number) => format!("{number} is a number"),
            Operand::Bool(value) => format!("{value} is yes or no"),
            Operand::Other => String::new(),
        };
        let message = format!(
            "these two are never equal or in order: {}, and {}",
            say(&comparison.left, left),
            say(&comparison.right, right)
        );
        let diagnostic = Diagnostic::error(codes::DIFFERENT_KINDS, span, address.clone(), message);
        let mend =
            self.mended(&comparison.right, left, span).or_else(|| self.mended(&comparison.left, right, span));
        self.report(match mend {
            Some((place, text)) => diagnostic.suggest(place, text),
            None => diagnostic.help("Compare text with text in quotes, and numbers with numbers."),
        });
    }

    /// A written side of a comparison, put as the other side's kind.
    fn mended(&self, operand: &Operand, wanted: FieldKind, comparison: Span) -> Option<(Span, String)> {
        let raw = self.source.slice(comparison);
        match operand {
            Operand::Text(text) => {
                let better = match wanted {
                    FieldKind::Number => literals::number(text).map(|number| number.to_string()),
                    FieldKind::Boolean => literals::yes_no(text).map(|value| value.to_string()),
                    _ => None,
                }?;
                [format!("'{text}'"), format!("\"{text}\"")].iter().find_map(|quoted| {
                    let at = raw.find(quoted.as_str())?;
                    let start = comparison.start + at;
                    Some((Span::new(start, start + quoted.len()), better.clone()))
                })
            }
            Operand::Number(number) if wanted == FieldKind::String => {
                let text = number.to_string();
                let at = raw.rfind(&text)?;
                let start = comparison.start + at;
                Some((Span::new(start, start + text.len()), format!("'{text}'")))
            }
            _ => None,
        }
    }
}

/// A condition with names in braces in quotes, `"{{ a.b }}" == 'c'`, without either.
fn quoted_names(text: &str) -> Option<String> {
    let mut bare = text.to_owned();
    for quote in ['"', '\''] {
        let opening = format!("{quote}{{{{");
        while let Some(start) = bare.find(&opening) {
            let end = bare[start..].find(&format!("}}}}{quote}")).map(|at| start + at)?;
            let inside = bare[start + 3..end].trim().to_owned();
            bare.replace_range(start..end + 3, &inside);
        }
    }
    (bare != text).then_some(bare)
}

/// A condition that is wrapped in `{{ }}` or is a pick, without the wrapping.
fn bare(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if let Some(inner) = trimmed.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
        && !inner.contains("{{")
    {
        return Some(inner.trim().to_owned());
    }
    Pick::is_pick(trimmed).then(|| trimmed.replace("$.", ""))
}

fn is_moment(format: Format) -> bool {
    matches!(format, Format::DateTime | Format::Date)
}
