//! What a filter or a test is given: as many values as it takes, by names that it knows, and none that can be known to be
//! wrong before there is data.
//!
//! It judges; `read` decides what becomes of a part that is refused.

use crate::error::SyntaxError;
use crate::node::{Kind, Node};
use crate::read::capital;
use crate::{checks, filters, unknown};
use serde_json::Value;
use std::ops::Range;

type Result<T> = std::result::Result<T, SyntaxError>;

/// A part and all that it is given.
pub(crate) fn all_parts(input: Node, arguments: Vec<Node>, named: Vec<(String, Node)>) -> Vec<Node> {
    std::iter::once(input).chain(arguments).chain(named.into_iter().map(|(_, node)| node)).collect()
}

/// Refuses a value that is given by a name which is none of the rule's.
pub(crate) fn no_such_name(named: Option<&(String, Node)>, of: &str, example: &str) -> Result<()> {
    let Some((name, node)) = named else { return Ok(()) };
    Err(SyntaxError::new(format!("{of} knows no `{name}=`."), node.range.clone())
        .help(format!("It is written as in `{example}`.")))
}

/// Refuses a first value that is written and can be known to be wrong.
pub(crate) fn right_first(
    arguments: &[Node],
    wrong: fn(&Value) -> Option<String>,
    example: &str,
) -> Result<()> {
    let Some(Node { kind: Kind::Constant(value), range }) = arguments.first() else { return Ok(()) };
    let Some(words) = wrong(value) else { return Ok(()) };
    Err(SyntaxError::new(format!("{}.", capital(&words)), range.clone())
        .help(format!("It is written as in `{example}`.")))
}

/// `map('upper')` and `select('gt', 5)` name filters and tests in quotes: known ones only.
pub(crate) fn named_rule_fits(filter: &str, arguments: &[Node], range: &Range<usize>) -> Result<()> {
    let place = match filter {
        "map" | "select" | "reject" => 0,
        "selectattr" | "rejectattr" => 1,
        _ => return Ok(()),
    };
    let Some(Node { kind: Kind::Constant(Value::String(name)), range: quoted }) = arguments.get(place) else {
        return Ok(());
    };
    let inside = quoted.start + 1..quoted.end.saturating_sub(1).max(quoted.start + 1);
    let given = arguments.len() - place - 1;
    let takes = match filter {
        "map" => {
            filters::find(name).map(|rule| rule.arguments).ok_or_else(|| unknown::filter(name, inside))?
        }
        _ => checks::find(name).map(|rule| rule.arguments).ok_or_else(|| unknown::test(name, inside))?,
    };
    if (takes.0..=takes.1).contains(&given) {
        return Ok(());
    }
    Err(SyntaxError::new(
        format!("`{name}` is given {given} values here, which is not what it takes."),
        range.clone(),
    ))
}

/// Refuses too few values and too many.
pub(crate) fn fits(
    source: &str,
    (least, most): (usize, usize),
    arguments: &[Node],
    of: &str,
    example: &str,
    range: &Range<usize>,
) -> Result<()> {
    let given = arguments.len();
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let needed = match (least, most) {
        (0, 0) => "takes nothing after it".to_owned(),
        (1, 1) => "needs one value".to_owned(),
        (least, most) if least == most => format!("needs {least} values"),
        (least, most) => format!("takes {least} to {most} values"),
    };
    let place = arguments.get(most).map_or(range, |extra| &extra.range);
    let found = if given > most {
        format!(", so `{}` is too much", source.get(place.clone()).unwrap_or_default())
    } else {
        String::new()
    };
    Err(SyntaxError::new(format!("{of} {needed}{found}."), place.clone())
        .help(format!("It is written as in `{example}`.")))
}
