//! What can be wrong between lines: columns that don't line up, names without a colon, brackets left open.

use super::line::{Line, Shape, balance};
use super::value::unclosed_bracket;
use crate::{Address, Diagnostic, Span, codes};

/// A tab before the first letter of a line, or any other blank that is no space.
pub(super) fn odd_blank(lines: &[Line<'_>], address: &Address) -> Option<Diagnostic> {
    lines.iter().enumerate().find_map(|(number, line)| {
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
        let above = lines[..number].iter().rfind(|line| !line.is_blank()).map(Line::shape);
        let spaces = spaces_for(indentation, above.as_ref());
        let span = Span::new(line.start, line.start + blank);
        Some(
            Diagnostic::error(codes::TAB, span.within(at, blank), address.clone(), message)
                .help("Use two spaces for each level.")
                .suggest(span, spaces),
        )
    })
}

/// The spaces that the tabs were probably meant to be: as wide as fits the line above.
fn spaces_for(indentation: &str, above: Option<&Shape>) -> String {
    let expand = |width: usize| -> usize {
        indentation.chars().map(|letter| if letter == '\t' { width } else { 1 }).sum()
    };
    let fitting = above.map(|shape| {
        let column = shape.key.as_ref().map_or(shape.indent, |key| key.start);
        if shape.key.is_some() && shape.value.is_empty() { column + 2 } else { column }
    });
    let width = [2, 4, 8].into_iter().find(|width| Some(expand(*width)) == fitting).unwrap_or(2);
    " ".repeat(expand(width))
}

/// A name without `: ` after it, or a dash without a space after it. `opens_group` says that deeper lines or list items
/// follow.
pub(super) fn missing_blank(
    line: &Line<'_>,
    shape: &Shape,
    opens_group: bool,
    address: &Address,
) -> Option<Diagnostic> {
    let value = &line.text[shape.value.clone()];
    let span = line.span(&shape.value);
    let content = &line.text[shape.content..];
    if let Some(item) = content.strip_prefix('-')
        && item.starts_with(|letter: char| letter.is_alphabetic() || matches!(letter, '"' | '\'' | '{' | '['))
    {
        let at = line.start + shape.content;
        return Some(glued_dash(Span::new(at, at + 1), address));
    }
    if content.starts_with("//") {
        let at = line.start + shape.content;
        let slashes = Span::new(at, at + 2);
        let message = "a remark begins with `#` here, not with `//`";
        return Some(
            Diagnostic::error(codes::MISSING_COLON, slashes, address.clone(), message).suggest(slashes, "#"),
        );
    }
    if shape.key.is_some() || value.is_empty() || value.starts_with(['[', '{', '"', '\'', ']', '}', '$']) {
        return None;
    }
    let name = value.find(':').filter(|at| !value[*at..].starts_with("://"));
    if let Some(colon) = name.filter(|at| *at > 0 && !value[..*at].contains(' ')) {
        // A blank from a web page is no space.
        let blank = value[colon + 1..].len() - value[colon + 1..].trim_start().len();
        return Some(
            Diagnostic::error(
                codes::MISSING_COLON,
                span.within(colon, colon + 1),
                address.clone(),
                format!("there must be a space after the colon of `{}`", &value[..colon]),
            )
            .suggest(span.within(colon, colon + 1 + blank), ": "),
        );
    }
    let missing = Diagnostic::error(
        codes::MISSING_COLON,
        span,
        address.clone(),
        "this line is neither a field nor part of a text",
    )
    .help("A field is written `name: value`. A text over several lines starts with `|` after the name.");
    let is_name =
        |word: &str| word.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_.".contains(&letter));
    Some(match value.split_once(' ') {
        None if opens_group => missing.suggest(Span::new(span.end, span.end), ":"),
        Some((name, _)) if is_name(name) => {
            let at = span.start + name.len();
            missing.suggest(Span::new(at, at), ":")
        }
        _ => missing,
    })
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
    let diagnostic =
        Diagnostic::error(codes::INDENTATION, line.span(lower), address.clone(), message).help(format!(
            "Start it in the same column as `{upper_name}`; if it belongs inside, `{upper_name}` must have \
             nothing after its colon."
        ));
    // A whole group further in probably belongs there.
    let is_inside = shape.value.is_empty() && lower.start > upper.start + 1;
    Some(if is_inside || !shape.dashes.is_empty() {
        diagnostic
    } else {
        diagnostic.suggest(Span::new(line.start, line.start + shape.indent), " ".repeat(upper.start))
    })
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
    if !is_item && let Some(found) = wrong_item(lines, number, shape, &dashes, address) {
        return Some(found);
    }
    let columns = if is_item { &mut dashes } else { &mut fields };
    columns.sort_unstable();
    columns.dedup();
    if columns.contains(&shape.indent) {
        return None;
    }
    // A list right under a value: the line between them that names the list is missing.
    let above = lines[..number].iter().rev().find(|line| !line.is_blank()).map(|line| (line, line.shape()));
    if let Some((above_line, above)) = above
        && is_item
        && let Some(key) = above.key.clone().filter(|_| !above.dashes.is_empty() && !above.value.is_empty())
        && key.start == shape.indent
    {
        let name = &above_line.text[key];
        let opener = match name {
            "if" => Some("then"),
            "for_each" | "when" => Some("do"),
            _ => None,
        };
        if let Some(opener) = opener {
            let blank = " ".repeat(shape.indent);
            return Some(
                Diagnostic::error(
                    codes::INDENTATION,
                    Span::new(line.start + shape.indent, line.start + shape.value.end.max(shape.indent)),
                    address.clone(),
                    format!("between `{name}` and its steps `{opener}:` is missing"),
                )
                .help(format!(
                    "Write `{opener}:` on a line of its own below `{name}`, and the steps under it."
                ))
                .suggest(Span::new(line.start, line.start), format!("{blank}{opener}:\n")),
            );
        }
    }
    // A dash among the fields of a group.
    if is_item && fields.contains(&shape.indent) && shape.dashes.len() == 1 && shape.key.is_some() {
        return Some(
            Diagnostic::error(
                codes::INDENTATION,
                Span::new(line.start + shape.indent, line.start + shape.value.end.max(shape.indent)),
                address.clone(),
                "this line stands among fields and starts with a `-`",
            )
            .help("Fields stand without dashes; only the items of a list have them.")
            .suggest(Span::new(line.start + shape.indent, line.start + shape.content), ""),
        );
    }
    let columns = if is_item { &mut dashes } else { &mut fields };
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

/// A field that fits nowhere because a list item is written wrongly: its dash is missing, here or above, or stands in another
/// column than those of the items after it.
fn wrong_item(
    lines: &[Line<'_>],
    number: usize,
    shape: &Shape,
    dashes: &[usize],
    address: &Address,
) -> Option<Diagnostic> {
    let line = &lines[number];
    let name = &line.text[shape.key.clone()?];
    if dashes.contains(&shape.indent) && name.contains('.') {
        return Some(missing_dash(line, shape, address));
    }
    let next_dash = *lines[number + 1..]
        .iter()
        .filter(|line| !line.is_blank())
        .map(Line::shape)
        .take_while(|below| below.indent + 2 >= shape.indent)
        .find(|below| !below.dashes.is_empty() && below.indent + 2 == shape.indent)?
        .dashes
        .first()?;
    let (above, above_shape) = lines[..number]
        .iter()
        .rev()
        .filter(|line| !line.is_blank())
        .map(|line| (line, line.shape()))
        .find(|(_, above)| above.indent < shape.indent)?;
    match above_shape.dashes.first() {
        None if above_shape.indent == next_dash => Some(missing_dash(above, &above_shape, address)),
        Some(dash) if dash.abs_diff(next_dash) == 1 => Some(
            Diagnostic::error(
                codes::INDENTATION,
                Span::new(above.start + dash, above.start + above_shape.value.end),
                address.clone(),
                "this list item does not start in the same column as those after it",
            )
            .help(format!("Start it in column {}.", next_dash + 1))
            .suggest(Span::new(above.start, above.start + above_shape.indent), " ".repeat(next_dash)),
        ),
        _ => None,
    }
}

fn missing_dash(line: &Line<'_>, shape: &Shape, address: &Address) -> Diagnostic {
    let at = line.start + shape.indent;
    Diagnostic::error(
        codes::INDENTATION,
        Span::new(at, line.start + shape.value.end.max(shape.indent)),
        address.clone(),
        "this line stands among list items and does not start with a `-`",
    )
    .help("Each item of a list starts with `- `.")
    .suggest(Span::new(at, at), "- ")
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
