//! What to say about `len(x)` and `x.lower()`: there are no functions and no methods, but mostly a filter or test for it.

use crate::error::SyntaxError;
use crate::habits;
use crate::unknown;
use crate::values::shortened;
use minijinja::machinery::Span;
use minijinja::machinery::ast::{self, CallArg, Expr};
use std::ops::Range;

/// There are no functions; what is meant is often a filter or a name.
pub(crate) fn refuse(
    call: &ast::Call<'_>,
    own: &Range<usize>,
    range: impl Fn(Span) -> Range<usize>,
    source: &str,
) -> SyntaxError {
    let whole = |expression: &Expr<'_>| start(expression, &range)..range(expression.span()).end;
    let written = |expression: &Expr<'_>| source.get(whole(expression)).unwrap_or_default();
    let own = whole(&call.expr).start.min(own.start)..own.end;
    let argument = match call.args.as_slice() {
        [CallArg::Pos(argument)] => written(argument),
        _ => "",
    };
    match &call.expr {
        Expr::Var(_) if source.contains("timedelta(") && habits::whole(source).is_some() => {
            habits::whole(source).unwrap_or_else(|| no_function("timedelta", own))
        }
        Expr::Var(name) if name.id == "is_state" && two(call).is_some() => {
            let value = two(call).map_or("", |(value, _)| written(value));
            let wanted = two(call).map_or("", |(_, wanted)| written(wanted));
            let replacement = match wanted.trim_matches(['\'', '"']) {
                "on" | "true" => value.to_owned(),
                "off" | "false" => format!("not {value}"),
                _ => format!("{value} == {wanted}"),
            };
            no_function(name.id, own.clone())
                .help(format!("Write `{replacement}`."))
                .suggest(own, replacement)
        }
        Expr::Var(name) if name.id == "now" && call.args.is_empty() => {
            SyntaxError::new("`now` is a name, not a function.", own.clone())
                .help("Write `now` without brackets.")
                .suggest(own, "now")
        }
        Expr::Var(name) if two(call).is_some() => {
            let (value, other) =
                two(call).map_or(("", ""), |(value, other)| (written(value), written(other)));
            let replacement = match (unknown::meant_test(name.id), unknown::meant_filter(name.id)) {
                (Some(test), _) => format!("{value} is {test} {other}"),
                (None, Some("date")) => format!("{value} | date('%d %B %Y')"),
                (None, Some(filter)) => format!("{value} | {filter}({other})"),
                (None, None) => return no_function(name.id, own),
            };
            no_function(name.id, own.clone())
                .help(format!("Write `{replacement}`."))
                .suggest(own, replacement)
        }
        Expr::Var(name) => {
            let error = no_function(name.id, own.clone());
            if let Some(test) = asking(name.id).filter(|_| !argument.is_empty()) {
                let replacement = format!("{argument} is {test}");
                return error.help(format!("Write `{replacement}`.")).suggest(own, replacement);
            }
            match unknown::meant_filter(name.id) {
                Some(filter) if !argument.is_empty() => {
                    let replacement = format!("{argument} | {filter}");
                    error.help(format!("Write `{replacement}`.")).suggest(own, replacement)
                }
                _ => error,
            }
        }
        Expr::GetAttr(method) => {
            let base = written(&method.expr);
            let base = if base == "now()" { "now" } else { base };
            let error = SyntaxError::new(
                format!(
                    "`.{}(…)` is not understood; expressions have filters and tests instead.",
                    method.name
                ),
                own.clone(),
            );
            if let Some(test) = asking(method.name).filter(|_| call.args.is_empty()) {
                let replacement = format!("{base} is {test}");
                return error.help(format!("Write `{replacement}`.")).suggest(own, replacement);
            }
            let replacement = match (unknown::meant_test(method.name), unknown::meant_filter(method.name)) {
                (Some(test), _) if !argument.is_empty() => format!("{base} is {test} {argument}"),
                (_, Some(filter)) if argument.is_empty() => format!("{base} | {filter}"),
                (_, Some(filter)) => format!("{base} | {filter}({argument})"),
                _ => {
                    return error.help(
                        "Write for example `contact.name | upper` or `contact.tags is containing 'vip'`.",
                    );
                }
            };
            error.help(format!("Write `{replacement}`.")).suggest(own, replacement)
        }
        _ => SyntaxError::new("This cannot be called; expressions have no functions.", own),
    }
}

/// The test that a function's name asks for: `isEmpty` and `is_empty` are `empty`, `isNotEmpty` is `not empty`.
fn asking(name: &str) -> Option<String> {
    let rest = name.strip_prefix("is_").or_else(|| name.strip_prefix("is"))?.to_lowercase();
    let (not, word) = match rest.strip_prefix("not_").or_else(|| rest.strip_prefix("not")) {
        Some(word) => ("not ", word),
        None => ("", rest.as_str()),
    };
    unknown::meant_test(word).map(|test| format!("{not}{test}"))
}

/// The two arguments of a call that has two.
fn two<'c, 's>(call: &'c ast::Call<'s>) -> Option<(&'c Expr<'s>, &'c Expr<'s>)> {
    match call.args.as_slice() {
        [CallArg::Pos(value), CallArg::Pos(other)] => Some((value, other)),
        _ => None,
    }
}

fn no_function(name: &str, place: Range<usize>) -> SyntaxError {
    if matches!(name, "failure" | "failed" | "always" | "success") {
        return SyntaxError::new(format!("There is no function `{name}`."), place).help(
            "Steps for when another step fails stand under its `on_error:`, those for when the run has failed under `on_failure:` at the top.",
        );
    }
    let message = format!("There is no function `{}`; expressions have filters instead.", shortened(name));
    SyntaxError::new(message, place)
        .help("Write a value, then `|`, then what is to be done with it: `contact.name | upper`.")
}

/// Where an expression begins. The parser's own spans of longer paths begin at their last part.
fn start(expression: &Expr<'_>, range: &impl Fn(Span) -> Range<usize>) -> usize {
    let base = match expression {
        Expr::GetAttr(field) => Some(&field.expr),
        Expr::GetItem(item) => Some(&item.expr),
        Expr::Slice(slice) => Some(&slice.expr),
        Expr::Call(call) => Some(&call.expr),
        Expr::Test(test) => Some(&test.expr),
        Expr::Filter(filter) => filter.expr.as_ref(),
        _ => None,
    };
    let own = range(expression.span()).start;
    base.map_or(own, |base| start(base, range).min(own))
}
