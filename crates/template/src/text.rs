//! A text with `{{ … }}` in it: cut into literal parts and expressions once, put together at each evaluation.
//!
//! Expressions only. Statements (`{% … %}`) are refused: a recipe's own verbs branch and loop.

use crate::error::{EvalErrorKind, SyntaxError};
use crate::evaluate::Evaluation;
use crate::node::Node;
use crate::{
    Comparison, Context, EvalError, Mistakes, Reference, Scope, limits, lookalikes, mentions, read, values,
};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// A text with expressions in it, compiled. Cheap to clone and to evaluate many times.
#[derive(Debug, Clone)]
pub struct Text {
    source: Arc<str>,
    parts: Arc<[Part]>,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    Expression(Node),
}

impl Text {
    /// Whether a written value is to be read as a text with expressions. Also true of a few texts that can only be
    /// mistaken ones (`${contact.email}`), so that [`Text::parse`] gets to explain them.
    pub fn is_template(source: &str) -> bool {
        source.contains("{{") || source.contains("{%") || lookalikes::is_meant(source)
    }

    /// Reads a text. Ranges in the error are bytes of `source`.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        short_enough(source)?;
        let (mut parts, wrong) = cut(source, 1);
        if let Some(error) = wrong.into_iter().next() {
            return Err(error);
        }
        let blank = |part: &Part| matches!(part, Part::Literal(text) if text.trim().is_empty());
        let expressions = parts.iter().filter(|part| matches!(part, Part::Expression(_))).count();
        if expressions == 1 && parts.iter().all(|part| matches!(part, Part::Expression(_)) || blank(part)) {
            parts.retain(|part| matches!(part, Part::Expression(_)));
        }
        Ok(Self { source: source.into(), parts: parts.into() })
    }

    /// All that is wrong with a text that [`Text::parse`] refuses, and what the rest of it mentions.
    pub fn mistakes(source: &str) -> Mistakes {
        if let Err(error) = short_enough(source) {
            return Mistakes::new(vec![error]);
        }
        let (parts, errors) = cut(source, limits::MISTAKES);
        let mut mistakes = Mistakes::new(errors);
        parts
            .iter()
            .filter_map(Part::expression)
            .for_each(|node| mistakes.mentioned(node, mentions::Wanted::Value));
        mistakes
    }

    /// The value: of a text that is nothing but one `{{ … }}` the expression's own, with its type; of any other a text.
    pub fn evaluate(&self, scope: &Scope, context: &Context) -> Result<Value, EvalError> {
        let evaluation = Evaluation::new(&self.source, scope, context);
        if let [Part::Expression(node)] = &*self.parts {
            return evaluation.value(node).map(Cow::into_owned);
        }
        let mut text = String::with_capacity(self.source.len());
        for part in &*self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Expression(node) => values::print(&*evaluation.value(node)?, &mut text),
            }
            if text.len() > limits::TEXT_BYTES {
                return Err(EvalError {
                    message: "The text would be longer than one megabyte. Use less of the data in it."
                        .to_owned(),
                    kind: EvalErrorKind::Limit,
                    range: None,
                });
            }
        }
        Ok(Value::String(text))
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to, in the order written; `now` included.
    pub fn references(&self) -> Vec<Reference> {
        self.expressions().flat_map(|node| mentions::references(node, mentions::Wanted::Value)).collect()
    }

    /// What its expressions compare.
    pub fn comparisons(&self) -> Vec<Comparison> {
        self.expressions().flat_map(mentions::comparisons).collect()
    }

    /// Marks of other tools in a plain text (`{name}`, `$name`), which would be sent as they stand. For a value that
    /// [`Text::is_template`] says no to; in the others [`Text::parse`] finds them.
    pub fn lookalike(source: &str) -> Option<SyntaxError> {
        lookalikes::first(source, 0)
    }

    fn expressions(&self) -> impl Iterator<Item = &Node> {
        self.parts.iter().filter_map(Part::expression)
    }
}

impl Part {
    fn expression(&self) -> Option<&Node> {
        match self {
            Self::Expression(node) => Some(node),
            Self::Literal(_) => None,
        }
    }
}

fn short_enough(source: &str) -> Result<(), SyntaxError> {
    if source.len() > limits::TEXT_BYTES {
        return Err(SyntaxError::new("This text is longer than one megabyte.", 0..source.len()));
    }
    Ok(())
}

/// The parts of a text as far as they can be read, and the first `most` things that are wrong.
fn cut(source: &str, most: usize) -> (Vec<Part>, Vec<SyntaxError>) {
    let (mut parts, mut wrong) = (Vec::new(), Vec::new());
    let mut trim_next = false;
    let mut at = 0;
    while at < source.len() && wrong.len() < most {
        let Some(opening) = source[at..].find("{{").map(|found| at + found) else {
            wrong.extend(push_literal(&mut parts, source, at..source.len(), trim_next, false).err());
            break;
        };
        let closing = match closing_braces(source, opening) {
            Ok(closing) => closing,
            Err(error) => {
                wrong.push(error);
                break;
            }
        };
        // Jinja's `{{-` and `-}}` take away the blanks outside.
        let trim_before = source[opening + 2..closing].starts_with('-');
        let trims_after = source[opening + 2 + usize::from(trim_before)..closing].ends_with('-');
        wrong.extend(push_literal(&mut parts, source, at..opening, trim_next, trim_before).err());
        let inside = opening + 2 + usize::from(trim_before)..closing - usize::from(trims_after);
        let (node, refused) = read::read_on(source, inside);
        wrong.extend(refused);
        match node {
            Ok(node) => parts.push(Part::Expression(node)),
            Err(error) => wrong.push(error),
        }
        trim_next = trims_after;
        at = closing + 2;
    }
    (parts, wrong)
}

fn push_literal(
    parts: &mut Vec<Part>,
    source: &str,
    range: std::ops::Range<usize>,
    trim_start: bool,
    trim_end: bool,
) -> Result<(), SyntaxError> {
    let mut literal = &source[range.clone()];
    if let Some(at) = literal.find("{%") {
        let start = range.start + at;
        let end = literal[at..].find("%}").map_or(range.end, |end| start + end + 2);
        return Err(SyntaxError::new("Statements (`{% … %}`) are not for texts; only values in `{{ … }}` are.", start..end)
            .help(match crate::habits::choice(source) {
                Some(choice) => format!("For a choice write `{choice}`; for more, use `if:` or `for_each:` steps."),
                None => "For a choice write `{{ 'hot' if contact.score >= 80 else 'cold' }}`; for more, use `if:` or `for_each:` steps.".to_owned(),
            }));
    }
    if let Some(error) = lookalikes::first(literal, range.start) {
        return Err(error);
    }
    if trim_start {
        literal = literal.trim_start();
    }
    if trim_end {
        literal = literal.trim_end();
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal.to_owned()));
    }
    Ok(())
}

/// Where the `}}` begins that belongs to the `{{` at `opening`: past quoted texts and inner braces.
fn closing_braces(source: &str, opening: usize) -> Result<usize, SyntaxError> {
    let inside = &source[opening + 2..];
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (index, letter) in inside.char_indices() {
        match (quote, letter) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '}') if depth == 0 && inside[index..].starts_with("}}") => return Ok(opening + 2 + index),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
    }
    Err(never_closed(source, opening))
}

fn never_closed(source: &str, opening: usize) -> SyntaxError {
    let inside = &source[opening + 2..];
    let error = SyntaxError::new("This `{{` is never closed.", opening..opening + 2);
    match inside.find('}') {
        // The braces are there, but a quote swallows them.
        Some(at) if inside[at..].starts_with("}}") => {
            let place = opening + 2..opening + 2 + at;
            let quote = if inside[..at].matches('"').count() % 2 == 1 { '"' } else { '\'' };
            let end = place.start + source[place.clone()].trim_end().len();
            SyntaxError::new("A quote in these braces is never closed.", place)
                .help("Each quote needs its end inside the braces; an apostrophe needs the other quotes: \"it's\".")
                .suggest(end..end, quote.to_string())
        }
        Some(at) => {
            let place = opening + 2 + at;
            error.help("It takes two braces to close it.").suggest(place..place + 1, "}}")
        }
        None => {
            let end = source.trim_end().len();
            error.help("Put `}}` where the expression ends.").suggest(end..end, " }}")
        }
    }
}
