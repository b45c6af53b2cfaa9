//! Why the parser gave up: the usual causes in the lines around, one after the other, before the parser's own words.

use super::line::{Line, lines};
use super::tree::Stop;
use super::{structure, value};
use crate::{Diagnostic, Span, codes};

/// The one complaint that says what is wrong, with the address of its field.
pub(super) fn find(text: &str, stop: &Stop) -> Diagnostic {
    let mut found = cause(text, stop);
    if let Some((name, address)) = &stop.last_field {
        let line_end = text[name.end..].find('\n').map_or(text.len(), |at| name.end + at);
        if name.end <= found.span.start && found.span.start <= line_end {
            found.address = address.clone();
        }
    }
    found
}

/// The parser often stops a line or more after the mistake.
fn cause(text: &str, stop: &Stop) -> Diagnostic {
    if stop.info.contains("recursion limit") {
        let span = Span::new(stop.offset, stop.offset);
        let message = "this is nested far too deep";
        return Diagnostic::error(codes::TOO_LARGE, span, stop.address.clone(), message)
            .help("Make it flatter.");
    }
    let all = lines(text);
    let inside_text = |line: &Line<'_>| {
        stop.texts.iter().any(|span| span.start < line.start && line.start < span.end && !line.is_blank())
    };
    let at = all.partition_point(|line| line.start <= stop.offset).saturating_sub(1);
    let here = if all[at].is_blank() || stop.offset == all[at].start && is_about_before(&stop.info) {
        (0..at).rev().find(|number| !all[*number].is_blank()).unwrap_or(at)
    } else {
        at
    };
    let above = (0..here).rev().find(|number| !all[*number].is_blank());
    let address = &stop.address;

    let near = &all[above.unwrap_or(here)..all.len().min(at + 2)];
    let outside: Vec<Line<'_>> = near.iter().copied().filter(|line| !inside_text(line)).collect();
    if let Some(found) = structure::odd_blank(&outside, address) {
        return found;
    }

    let (line, shape) = (&all[here], all[here].shape());
    if stop.info.contains("unknown escape")
        && let Some(found) = value::unknown_escape(line, &shape, address.clone())
    {
        return found;
    }
    if let Some(found) = value::trouble(line, &shape, address) {
        return found;
    }
    if let Some(above) = above.filter(|above| !inside_text(&all[*above])) {
        let above_shape = all[above].shape();
        let found = value::trouble(&all[above], &above_shape, address)
            .or_else(|| {
                structure::missing_blank(&all[above], &above_shape, opens_group(&all, above), address)
                    .filter(|_| is_about_fields(&stop.info))
            })
            .or_else(|| structure::nested_under_value(&above_shape, &all[above], line, &shape, address));
        if let Some(found) = found {
            return found;
        }
    }
    if is_about_quotes(&stop.info)
        && let Some(found) = all[..here].iter().rev().find_map(|line| {
            value::trouble(line, &line.shape(), address).filter(|found| found.code == codes::UNCLOSED_QUOTE)
        })
    {
        return found;
    }
    if let Some(found) = structure::open_bracket(&all[..=here], address).filter(|_| is_about_brackets(stop)) {
        return found;
    }
    structure::missing_blank(line, &shape, opens_group(&all, here), address)
        .or_else(|| structure::indentation(&all, here, &shape, address))
        .unwrap_or_else(|| {
            let rest = Span::new(stop.offset, (line.start + shape.value.end).max(stop.offset));
            let tab = line.text.find('\t').map(|at| Span::new(line.start + at, line.start + at + 1));
            if let Some(tab) = tab {
                return Diagnostic::error(codes::TAB, tab, address.clone(), "a tab stands here, where YAML wants a space")
                    .suggest(tab, " ");
            }
            Diagnostic::error(
                codes::SYNTAX,
                rest,
                address.clone(),
                format!("this cannot be read as YAML: {}", stop.info),
            )
            .help("Compare the line and the one above it with a field that works: `name: value`, two spaces for each level.")
        })
}

/// Whether deeper lines or list items follow the line.
fn opens_group(lines: &[Line<'_>], number: usize) -> bool {
    let indent = lines[number].shape().indent;
    lines[number + 1..].iter().find(|line| !line.is_blank()).is_some_and(|line| {
        let shape = line.shape();
        shape.indent > indent || shape.indent == indent && !shape.dashes.is_empty()
    })
}

/// The parser says so of the line before the place it names.
fn is_about_before(info: &str) -> bool {
    info.contains("simple key expect") || info.contains("unexpected eof")
}

fn is_about_fields(info: &str) -> bool {
    ["mapping values", "simple key", "mapping keys", "expected <document start>", "content"]
        .iter()
        .any(|part| info.contains(part))
}

fn is_about_quotes(info: &str) -> bool {
    info.contains("quoted scalar")
}

fn is_about_brackets(stop: &Stop) -> bool {
    ["flow", "illegal placement", "unexpected eof", "simple key", "bracket", "':' must", "end of plain"]
        .iter()
        .any(|part| stop.info.contains(part))
}
