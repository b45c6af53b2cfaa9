//! What to say about `len(x)` and `x.lower()`: there are no functions and no methods, but mostly a filter or test for it.

use crate::error::SyntaxError;
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
        Expr::Var(name) if name.id == "now" && call.args.is_empty() => {
            SyntaxError::new("`now` is a name, not a function.", own.clone())
                .help("Write `now` without brackets.")
                .suggest(own, "now")
        }
        Expr::Var(name) => {
            let error = SyntaxError::new(
                format!("There is no function `{}`; expressions have filters instead.", shortened(name.id)),
                own.clone(),
            );
            match unknown::meant_filter(name.id) {
                Some(filter) if !argument.is_empty() => {
                    let replacement = format!("{argument} | {filter}");
                    error.help(format!("Write `{replacement}`.")).suggest(own, replacement)
                }
                _ => error.help(
                    "Write a value, then `|`, then what is to be done with it: `contact.name | upper`.",
                ),
            }
        }
        Expr::GetAttr(method) => {
            let base = written(&method.expr);
            let error = SyntaxError::new(
                format!(
                    "`.{}(…)` is not understood; expressions have filters and tests instead.",
                    method.name
                ),
                own.clone(),
            );
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
