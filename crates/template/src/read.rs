//! Turns the text of an expression into the tree. minijinja's parser says what the text is; this file says which of it
//! Bellhop takes, and refuses the rest in words: functions, methods, unknown filters and tests, wrong arguments.
//!
//! A part that is refused and whose bounds are clear does not end the reading: what is wrong beside it is found too.

use crate::error::SyntaxError;
use crate::limits;
use crate::node::{Kind, Node, Path, Step};
use crate::{advice, answers, calls, checks, filters, given, operators, patterns, unknown};
use minijinja::machinery::ast::{self, CallArg, Expr, UnaryOpKind};
use minijinja::machinery::{Span, Token, parse_expr, tokenize};
use serde_json::Value;
use std::cell::RefCell;
use std::ops::Range;

type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads the expression that stands at `range` of `source`.
pub(crate) fn read(source: &str, range: Range<usize>) -> Result<Node> {
    let (node, refused) = read_on(source, range);
    refused.into_iter().next().map_or(node, Err)
}

/// Reads the expression, and what is refused in it. Where anything is, the tree tells what is mentioned beside it and is
/// not to be evaluated; where there is no tree, the error comes after what was refused before.
pub(crate) fn read_on(source: &str, range: Range<usize>) -> (Result<Node>, Vec<SyntaxError>) {
    let text = &source[range.clone()];
    if text.trim().is_empty() {
        let error = SyntaxError::new("There is no expression here.", range)
            .help("Write a name such as `contact.email`, or leave the whole value out.");
        return (Err(error), Vec::new());
    }
    if let Err(error) = within_limits(text, &range) {
        return (Err(error), Vec::new());
    }
    let reader = Reader { source, offset: range.start, refused: RefCell::default() };
    let node = match parse_expr(text) {
        Ok(tree) => reader.node(&tree, 0),
        Err(error) => Err(shifted(advice::explain(text, error.detail(), error.range()), range.start)),
    };
    (node, reader.refused.into_inner())
}

/// Refuses what would need too much stack or time, before the parser sees it.
fn within_limits(text: &str, range: &Range<usize>) -> Result<()> {
    let too_much = |what: &str| {
        Err(SyntaxError::new(format!("This expression {what}."), range.clone())
            .help("Name parts of it with `set:` in steps before, and use those names."))
    };
    if text.len() > limits::EXPRESSION_BYTES {
        return too_much("is longer than 10,000 bytes");
    }
    let (mut tokens, mut depth) = (0_usize, 0_usize);
    // What cannot be cut into tokens is explained by the parser, which gets no further than here.
    for (token, _) in
        tokenize(text, true, minijinja::syntax::SyntaxConfig::default()).map_while(std::result::Result::ok)
    {
        tokens += 1;
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth = depth.saturating_sub(1),
            _ => {}
        }
        if tokens > limits::TOKENS {
            return too_much("has more than 500 words and signs");
        }
        if depth > limits::BRACKETS {
            return too_much("has brackets within brackets more than 24 deep");
        }
    }
    Ok(())
}

fn shifted(mut error: SyntaxError, by: usize) -> SyntaxError {
    error.range = error.range.start + by..error.range.end + by;
    error.suggestion = error.suggestion.map(|(range, text)| (range.start + by..range.end + by, text));
    error
}

struct Reader<'s> {
    source: &'s str,
    offset: usize,
    refused: RefCell<Vec<SyntaxError>>,
}

impl Reader<'_> {
    fn refuse(&self, error: SyntaxError) {
        self.refused.borrow_mut().push(error);
    }

    /// What stands for a part that is refused.
    fn unread(&self, error: SyntaxError, parts: Vec<Node>, range: Range<usize>) -> Node {
        self.refuse(error);
        Node { kind: Kind::Unread(parts), range }
    }

    /// Refuses what is asked for an answer and never has one.
    fn must_answer(&self, node: &Node) {
        if let Err(error) = answers::must_answer(self.source, node) {
            self.refuse(error);
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let place = |offset: u32| (self.offset + offset as usize).min(self.source.len());
        place(span.start_offset)..place(span.end_offset)
    }

    fn node(&self, expression: &Expr<'_>, level: usize) -> Result<Node> {
        let own = self.range(expression.span());
        if level > limits::LEVELS {
            return Err(SyntaxError::new("This expression has too many parts within parts.", own)
                .help("Name parts of it with `set:` in steps before, and use those names."));
        }
        let level = level + 1;
        let boxed = |expression: &Expr<'_>| self.node(expression, level).map(Box::new);
        let all = |expressions: &[Expr<'_>]| -> Result<Vec<Node>> {
            expressions.iter().map(|expression| self.node(expression, level)).collect()
        };
        let (kind, range) = match expression {
            Expr::Var(variable) => (name(variable.id, &own)?, own),
            Expr::Const(constant) => (Kind::Constant(constant_value(&constant.value, &own)?), own),
            Expr::GetAttr(field) => {
                let base = self.node(&field.expr, level)?;
                let range = base.range.start..own.end;
                (below(base, Step::Name(field.name.to_owned())), range)
            }
            Expr::GetItem(item) => {
                let base = self.node(&item.expr, level)?;
                let subscript = self.node(&item.subscript_expr, level)?;
                let range = base.range.start..own.end;
                let kind = match constant_step(&subscript) {
                    Some(step) => below(base, step),
                    None => Kind::Item(Box::new(base), Box::new(subscript)),
                };
                (kind, range)
            }
            Expr::Slice(slice) => {
                if let Some(step) = &slice.step {
                    return Err(SyntaxError::new(
                        "A part of a list goes from one place to another, without a step.",
                        self.range(step.span()),
                    )
                    .help("Write `list[0:3]`."));
                }
                let base = boxed(&slice.expr)?;
                let range = base.range.start..own.end;
                let start = slice.start.as_ref().map(boxed).transpose()?;
                let stop = slice.stop.as_ref().map(boxed).transpose()?;
                (Kind::Slice(base, start, stop), range)
            }
            Expr::UnaryOp(operation) => {
                let inner = boxed(&operation.expr)?;
                // `x is not y` is a `not` around a test that stands before it.
                let range = own.start.min(inner.range.start)..own.end.max(inner.range.end);
                match operation.op {
                    UnaryOpKind::Not => {
                        self.must_answer(&inner);
                        (Kind::Not(inner), range)
                    }
                    UnaryOpKind::Neg => (Kind::Negative(inner), range),
                }
            }
            Expr::BinOp(operation) => {
                let (left, right) = (boxed(&operation.left)?, boxed(&operation.right)?);
                let range = left.range.start..right.range.end;
                (operators::binary(operation.op, left, right), range)
            }
            Expr::Compare(comparison) => {
                let first = boxed(&comparison.expr)?;
                let rest = comparison
                    .ops
                    .iter()
                    .map(|operation| {
                        Ok((operators::relation(operation.op), self.node(&operation.expr, level)?))
                    })
                    .collect::<Result<Vec<_>>>()?;
                let end = rest.last().map_or(first.range.end, |(_, node)| node.range.end);
                let range = first.range.start..end;
                (Kind::Compare(first, rest), range)
            }
            Expr::IfExpr(choice) => {
                let (yes, test) = (boxed(&choice.true_expr)?, boxed(&choice.test_expr)?);
                self.must_answer(&test);
                let Some(no) = &choice.false_expr else {
                    let range = yes.range.start..test.range.end;
                    let error = SyntaxError::new(
                        "This `if` has no `else`, so it has no value where the answer is no.",
                        range.clone(),
                    )
                    .help("End it with `else ''` if there is to be nothing then.")
                    .suggest(test.range.end..test.range.end, " else ''");
                    return Ok(self.unread(error, vec![*yes, *test], range));
                };
                let no = boxed(no)?;
                let range = yes.range.start..no.range.end;
                (Kind::Choice { test, yes, no }, range)
            }
            Expr::Filter(filter) => return self.filter(filter, own, level),
            Expr::Test(test) => return self.test(test, own, level),
            Expr::Call(call) => return Err(calls::refuse(call, &own, |span| self.range(span), self.source)),
            Expr::List(list) => (Kind::List(all(&list.items)?), own),
            Expr::Tuple(tuple) => (Kind::List(all(&tuple.items)?), own),
            Expr::Map(map) => {
                (Kind::Record(all(&map.keys)?.into_iter().zip(all(&map.values)?).collect()), own)
            }
        };
        Ok(Node { kind, range })
    }

    fn filter(&self, filter: &ast::Filter<'_>, own: Range<usize>, level: usize) -> Result<Node> {
        let Some(input) = &filter.expr else {
            return Err(SyntaxError::new("Before the `|` there is no value.", own));
        };
        let input = Box::new(self.node(input, level)?);
        let name_range = own.start..own.start + filter.name.len();
        let range = input.range.start..own.end.max(name_range.end);
        let (arguments, named) = self.arguments(&filter.args, &name_range, level)?;
        if matches!(filter.name, "default" | "d") {
            if !(1..=2).contains(&arguments.len()) || !named.is_empty() {
                let error = SyntaxError::new("`default` needs the value to use instead.", range.clone())
                    .help("Write `contact.firstName | default('friend')`.");
                return Ok(self.unread(error, given::all_parts(*input, arguments, named), range));
            }
            let mut arguments = arguments.into_iter().map(Box::new);
            let Some(fallback) = arguments.next() else {
                return Ok(*input);
            };
            let also_when_empty = arguments.next();
            return Ok(Node { kind: Kind::Default { input, fallback, also_when_empty }, range });
        }
        let Some(rule) = filters::find(filter.name) else {
            let error = unknown::filter(filter.name, name_range);
            return Ok(self.unread(error, given::all_parts(*input, arguments, named), range));
        };
        let wrong = given::fits(
            self.source,
            rule.arguments,
            &arguments,
            &format!("`{}`", rule.name),
            rule.example,
            &name_range,
        )
        .and_then(|()| {
            let unknown = named.iter().find(|(name, _)| !rule.named.contains(&name.as_str()));
            given::no_such_name(unknown, &format!("`{}`", rule.name), rule.example)
        })
        .and_then(|()| given::right_first(&arguments, rule.wrong_argument, rule.example))
        .and_then(|()| given::named_rule_fits(rule.name, &arguments, &range));
        if let Err(error) = wrong {
            return Ok(self.unread(error, given::all_parts(*input, arguments, named), range));
        }
        Ok(Node { kind: Kind::Filter { filter: rule, input, arguments, named }, range })
    }

    fn test(&self, test: &ast::Test<'_>, own: Range<usize>, level: usize) -> Result<Node> {
        let input = Box::new(self.node(&test.expr, level)?);
        let name_range = own.start..own.start + test.name.len();
        let range = input.range.start..own.end.max(name_range.end);
        let (arguments, named) = self.arguments(&test.args, &name_range, level)?;
        let Some(rule) = checks::find(test.name) else {
            let error = unknown::test(test.name, name_range);
            return Ok(self.unread(error, given::all_parts(*input, arguments, named), range));
        };
        // Before its values are judged: that finds it compiled.
        let pattern = match arguments.first().map(|node| &node.kind) {
            Some(Kind::Constant(Value::String(pattern))) if rule.takes_pattern() => patterns::shared(pattern),
            _ => None,
        };
        let called = format!("`is {}`", rule.name);
        let wrong = given::no_such_name(named.first(), &called, rule.example)
            .and_then(|()| {
                given::fits(self.source, rule.arguments, &arguments, &called, rule.example, &name_range)
            })
            .and_then(|()| given::right_first(&arguments, rule.wrong_argument, rule.example));
        if let Err(error) = wrong {
            return Ok(self.unread(error, given::all_parts(*input, arguments, named), range));
        }
        Ok(Node { kind: Kind::Check { check: rule, input, arguments, pattern }, range })
    }

    #[allow(clippy::type_complexity, reason = "arguments by place and by name, told apart once here")]
    fn arguments(
        &self,
        arguments: &[CallArg<'_>],
        of: &Range<usize>,
        level: usize,
    ) -> Result<(Vec<Node>, Vec<(String, Node)>)> {
        let (mut placed, mut named) = (Vec::new(), Vec::new());
        for argument in arguments {
            match argument {
                CallArg::Pos(expression) => placed.push(self.node(expression, level)?),
                CallArg::Kwarg(name, expression) => {
                    named.push(((*name).to_owned(), self.node(expression, level)?));
                }
                CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                    return Err(SyntaxError::new(
                        "Values are given one by one here, not with `*`.",
                        of.clone(),
                    ));
                }
            }
        }
        Ok((placed, named))
    }
}

/// What a bare word is: a name in scope, or a value as other languages write it.
fn name(name: &str, range: &Range<usize>) -> Result<Kind> {
    match name {
        "null" | "Null" | "NULL" | "nil" => Ok(Kind::Constant(Value::Null)),
        "TRUE" => Ok(Kind::Constant(Value::Bool(true))),
        "FALSE" => Ok(Kind::Constant(Value::Bool(false))),
        "if" | "else" | "and" | "or" | "in" | "is" | "not" => {
            Err(SyntaxError::new(format!("Something is missing before or after `{name}`."), range.clone()))
        }
        _ => Ok(Kind::Path(Path { root: name.to_owned(), steps: Vec::new() })),
    }
}

pub(crate) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn constant_value(value: &minijinja::Value, range: &Range<usize>) -> Result<Value> {
    match serde_json::to_value(value) {
        Ok(Value::Null) if !value.is_none() => {
            Err(SyntaxError::new("This number is too large.", range.clone()))
        }
        Ok(Value::Number(number)) => Ok(Value::Number(crate::values::whole(&number))),
        Ok(value) => Ok(value),
        Err(_) => Err(SyntaxError::new("This number is too large.", range.clone())),
    }
}

/// The step that a written subscript is: `['name']`, `[0]`, `[-1]`.
fn constant_step(subscript: &Node) -> Option<Step> {
    match &subscript.kind {
        Kind::Constant(Value::String(name)) => Some(Step::Name(name.clone())),
        Kind::Constant(Value::Number(number)) => number.as_i64().map(Step::Index),
        Kind::Negative(inner) => match &inner.kind {
            Kind::Constant(Value::Number(number)) => number.as_i64().map(|index| Step::Index(-index)),
            _ => None,
        },
        _ => None,
    }
}

fn below(base: Node, step: Step) -> Kind {
    match (base.kind, step) {
        (Kind::Path(mut path), step) => {
            path.steps.push(step);
            Kind::Path(path)
        }
        (kind, Step::Name(name)) => Kind::Field(Box::new(Node { kind, range: base.range }), name),
        (kind, Step::Index(index)) => {
            let range = base.range.clone();
            let subscript = Node { kind: Kind::Constant(index.into()), range };
            Kind::Item(Box::new(Node { kind, range: base.range }), Box::new(subscript))
        }
    }
}
