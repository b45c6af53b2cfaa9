//! What can be wrong between lines: columns that don't line up, names without a colon, brackets left open.

use super::line::{Line, Shape, balance, inner_colon};
use super::value::unclosed_bracket;
use crate::{Address, Diagnostic, Span, codes};

/// A tab before the first letter of a line, or any other blank that is no space.
pub(super) fn odd_blank(lines: &[Line<'_>], address: &Address) -> Option<Diagnostic> {
    lines.iter().find_map(|line| {
        let blank = line.text.len() - line.text.trim_start().len();
        let indentation = &line.text[..blank];
        if line.is_blank() || indentation.chars().all(|letter| letter == ' ') {
            return None;
        }
        let at = indentation.find(|letter| letter != ' ')?;
        let message = if indentation.contains('\t') {
            "a tab stands at the start of this line, where YAML wants spaces"
        } else {
            "an invisible letter that is no space stands at the start of this line"
        };
        let spaces: String = indentation.chars().map(|l| if l == '\t' { "  " } else { " " }).collect();
        let span = Span::new(line.start, line.start + blank);
        Some(
            Diagnostic::error(codes::TAB, span.within(at, blank), address.clone(), message)
                .help("Use two spaces for each level.")
                .suggest(span, spaces),
        )
    })
}

/// A name without `: ` after it, or a dash without a space after it.
pub(super) fn missing_blank(line: &Line<'_>, shape: &Shape, address: &Address) -> Option<Diagnostic> {
    let value = &line.text[shape.value.clone()];
    let span = line.span(&shape.value);
    if shape.key.is_none()
        && let Some(item) = value.strip_prefix('-')
        && !value.starts_with("--")
        && (inner_colon(item).is_some() || !item.starts_with(|letter: char| letter.is_ascii_digit()))
    {
        return Some(glued_dash(span.within(0, 1), address));
    }
    if shape.key.is_some() || value.is_empty() || value.starts_with(['[', '{', '"', '\'', ']', '}', '$']) {
        return None;
    }
    let name = value.find(':').filter(|at| !value[*at..].starts_with("://"));
    if let Some(colon) = name.filter(|at| *at > 0 && !value[..*at].contains(' ')) {
        return Some(
            Diagnostic::error(
                codes::MISSING_COLON,
                span.within(colon, colon + 1),
                address.clone(),
                format!("there must be a space after the colon of `{}`", &value[..colon]),
            )
            .suggest(span.within(colon, colon + 1), ": "),
        );
    }
    Some(
        Diagnostic::error(
            codes::MISSING_COLON,
            span,
            address.clone(),
            "this line is neither a field nor part of a text",
        )
        .help("A field is written `name: value`. A text over several lines starts with `|` after the name."),
    )
}

/// A dash, at `span`, without a space after it.
pub(super) fn glued_dash(span: Span, address: &Address) -> Diagnostic {
    Diagnostic::error(
        codes::MISSING_COLON,
        span,
        address.clone(),
        "there must be a space after the `-` of a list item",
    )
    .suggest(span, "- ")
}

/// A field that stands deeper than the field above, which has a value already.
pub(super) fn nested_under_value(
    above: &Shape,
    above_line: &Line<'_>,
    line: &Line<'_>,
    shape: &Shape,
    address: &Address,
) -> Option<Diagnostic> {
    let (upper, lower) = (above.key.as_ref()?, shape.key.as_ref()?);
    if above.value.is_empty() || shape.indent <= upper.start {
        return None;
    }
    let (upper_name, lower_name) = (&above_line.text[upper.clone()], &line.text[lower.clone()]);
    let message =
        format!("`{lower_name}` stands deeper than `{upper_name}` above it, which already has a value");
    Some(
        Diagnostic::error(codes::INDENTATION, line.span(lower), address.clone(), message)
            .help(format!(
                "Start it in the same column as `{upper_name}`; if it belongs inside, `{upper_name}` must have \
                 nothing after its colon."
            ))
            .suggest(Span::new(line.start, line.start + shape.indent), " ".repeat(upper.start)),
    )
}

/// A line that starts in a column where nothing is open.
pub(super) fn indentation(
    lines: &[Line<'_>],
    number: usize,
    shape: &Shape,
    address: &Address,
) -> Option<Diagnostic> {
    let line = &lines[number];
    let mut fields: Vec<usize> = Vec::new();
    let mut dashes: Vec<usize> = Vec::new();
    for above in lines[..number].iter().filter(|line| !line.is_blank()) {
        let shape = above.shape();
        fields.retain(|column| *column <= shape.indent);
        dashes.retain(|column| *column <= shape.indent);
        for dash in &shape.dashes {
            dashes.push(*dash);
        }
        if let Some(key) = &shape.key {
            fields.push(key.start);
        }
    }
    let is_item = !shape.dashes.is_empty();
    let columns = if is_item { &mut dashes } else { &mut fields };
    columns.sort_unstable();
    columns.dedup();
    if columns.contains(&shape.indent) {
        return None;
    }
    let nearest =
        *columns.iter().min_by_key(|column| (column.abs_diff(shape.indent), usize::MAX - **column))?;
    let what = if is_item { "list item" } else { "field" };
    let places = columns.iter().map(|column| (column + 1).to_string()).collect::<Vec<_>>().join(", ");
    Some(
        Diagnostic::error(
            codes::INDENTATION,
            Span::new(line.start + shape.indent, line.start + shape.value.end.max(shape.indent)),
            address.clone(),
            format!("this {what} does not start in the same column as those it belongs to"),
        )
        .help(format!("Here a {what} can start in column {places}; this one starts in {}.", shape.indent + 1))
        .suggest(Span::new(line.start, line.start + shape.indent), " ".repeat(nearest)),
    )
}

/// The last list or group in brackets that is still open at the end of these lines, or that its line leaves open.
pub(super) fn open_bracket(lines: &[Line<'_>], address: &Address) -> Option<Diagnostic> {
    lines.iter().rev().find_map(|line| {
        let shape = line.shape();
        let value = &line.text[shape.value.clone()];
        if !value.starts_with(['[', '{']) || value.starts_with("{{") {
            return None;
        }
        let missing = balance(value).err()??;
        Some(unclosed_bracket(value, line.span(&shape.value), missing, address.clone()))
    })
}
