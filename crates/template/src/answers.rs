//! Whether an expression can be a condition at all: something that is always a text or a number answers nothing.

use crate::error::SyntaxError;
use crate::node::{Kind, Node};
use crate::values::shown;
use serde_json::Value;

/// Refuses an expression that can never be a yes or a no.
pub(crate) fn must_answer(source: &str, node: &Node) -> Result<(), SyntaxError> {
    match &node.kind {
        Kind::And(left, right) | Kind::Or(left, right) => {
            must_answer(source, left)?;
            must_answer(source, right)
                .map_err(|error| repeat_comparison(source, left, right).unwrap_or(error))
        }
        Kind::Constant(Value::Bool(_) | Value::Null) => Ok(()),
        Kind::Constant(value) => Err(never_answers(source, node, &shown(value))),
        Kind::List(_) => Err(never_answers(source, node, "a list")),
        Kind::Record(_) => Err(never_answers(source, node, "a record")),
        Kind::Arithmetic(..) | Kind::Negative(_) => Err(never_answers(source, node, "a calculation")),
        _ => Ok(()),
    }
}

fn never_answers(source: &str, node: &Node, is: &str) -> SyntaxError {
    let written = &source[node.range.clone()];
    SyntaxError::new(format!("`{written}` is {is}, but a condition needs a yes or a no."), node.range.clone())
        .help("Compare it with something: `contact.score >= 80`, `contact.source == 'web'`.")
}

/// `source == 'web' or 'ads'`: the comparison has to be said again.
fn repeat_comparison(source: &str, left: &Node, right: &Node) -> Option<SyntaxError> {
    let (Kind::Compare(first, rest), Kind::Constant(value)) = (&left.kind, &right.kind) else {
        return None;
    };
    let [(relation, _)] = rest.as_slice() else {
        return None;
    };
    let replacement =
        format!("{} {} {}", &source[first.range.clone()], relation.sign(), &source[right.range.clone()]);
    Some(
        SyntaxError::new(
            format!("{} alone is no yes or no; the comparison has to be said again for it.", shown(value)),
            right.range.clone(),
        )
        .help(format!("Write `{replacement}`."))
        .suggest(right.range.clone(), replacement),
    )
}
