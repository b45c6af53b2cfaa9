//! Diagnostics as text for people and as JSON for tools. Decides nothing; the words come with the diagnostic.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{Diagnostic, Severity, Source, Span};

/// All diagnostics of one source as people read them: file, line and column, the line with the place marked,
/// the help, and the mended line where it is known. With `color`, with ANSI colours.
pub fn render(diagnostics: &[Diagnostic], source: &Source, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&renderer.render(&groups(diagnostic, source)));
        out.push('\n');
    }
    out
}

fn groups<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = source.text();
    let mark = first_line(clamp(diagnostic.span, text), text);
    let shown = lines_of(mark, text);
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.0);
    let mut first = if shown.end - shown.start <= LONGEST_SHOWN {
        title.element(
            snippet(source, shown).annotation(AnnotationKind::Primary.span(moved(mark, shown.start))),
        )
    } else {
        let place = source.position(mark.start);
        title.element(Origin::path(source.name()).line(place.line).char_column(place.column))
    };
    if let Some(help) = &diagnostic.help {
        first = first.element(Level::HELP.message(help.as_str()));
    }
    let mut groups = vec![first];
    if let Some(suggestion) = &diagnostic.suggestion {
        let place = clamp(suggestion.span, text);
        let shown = lines_of(place, text);
        if shown.end - shown.start <= LONGEST_SHOWN {
            groups.push(Level::HELP.secondary_title("write it like this").element(
                snippet(source, shown).patch(Patch::new(moved(place, shown.start), suggestion.text.as_str())),
            ));
        }
    }
    groups
}

/// Lines longer than this, in bytes, are not shown: nobody can read them.
const LONGEST_SHOWN: usize = 2000;

/// The lines of `shown`: only these, because each look at a snippet goes through all of its text.
fn snippet<T: Clone>(source: &Source, shown: Span) -> Snippet<'_, T> {
    let line = source.position(shown.start).line;
    Snippet::source(source.slice(shown)).path(source.name()).line_start(line)
}

fn lines_of(span: Span, text: &str) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    Span::new(start, text[span.end..].find('\n').map_or(text.len(), |at| span.end + at))
}

fn moved(span: Span, by: usize) -> std::ops::Range<usize> {
    span.start - by..span.end - by
}

/// The span moved onto character boundaries inside the text.
fn clamp(span: Span, text: &str) -> Span {
    let onto_boundary = |mut offset: usize| {
        offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let start = onto_boundary(span.start);
    Span::new(start, onto_boundary(span.end).max(start))
}

/// The part of the span on its first line: a whole group of fields marked is a page of bars.
fn first_line(span: Span, text: &str) -> Span {
    let end = text[span.start..span.end].find(['\n', '\r']).map_or(span.end, |at| span.start + at);
    Span::new(span.start, end)
}

/// One diagnostic as tools read it: `file`, `line`, `column`, `end_line`, `end_column` (all from 1, columns in
/// characters, the end exclusive), `code`, `severity` (`error` or `warning`), `message`, `help` (text or null),
/// `suggestion` (null, or its place and `text`) and `address`.
pub fn to_json(diagnostic: &Diagnostic, source: &Source) -> Value {
    let mut object = place(diagnostic.span, source);
    object.insert("file".into(), source.name().into());
    object.insert("code".into(), diagnostic.code.0.into());
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    object.insert("severity".into(), severity.into());
    object.insert("message".into(), diagnostic.message.as_str().into());
    object.insert("help".into(), json!(diagnostic.help));
    let suggestion = diagnostic.suggestion.as_ref().map(|suggestion| {
        let mut object = place(suggestion.span, source);
        object.insert("text".into(), suggestion.text.as_str().into());
        object
    });
    object.insert("suggestion".into(), json!(suggestion));
    object.insert("address".into(), diagnostic.address.as_str().into());
    Value::Object(object)
}

fn place(span: Span, source: &Source) -> serde_json::Map<String, Value> {
    let (start, end) = (source.position(span.start), source.position(span.end));
    let mut object = serde_json::Map::new();
    object.insert("line".into(), start.line.into());
    object.insert("column".into(), start.column.into());
    object.insert("end_line".into(), end.line.into());
    object.insert("end_column".into(), end.column.into());
    object
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{render, to_json};
    use crate::{Address, Diagnostic, Source, Span, codes};

    fn sample() -> (Source, Diagnostic) {
        let source = Source::new("recipes/é.yaml", "name: é\ntext: Call: Ana\n");
        let diagnostic = Diagnostic::error(
            codes::COLON_IN_TEXT,
            Span::new(19, 20),
            Address::root().key("text"),
            "this text has a colon in it",
        )
        .help("Put the text in quotes.")
        .suggest(Span::new(15, 24), "\"Call: Ana\"");
        (source, diagnostic)
    }

    #[test]
    fn text_has_the_place_the_help_and_the_mended_line() {
        let (source, diagnostic) = sample();
        let text = render(&[diagnostic], &source, false);
        assert!(text.starts_with("error[BH0003]: this text has a colon in it"), "{text}");
        assert!(text.contains("recipes/é.yaml:2:11"), "{text}");
        assert!(text.contains("help: Put the text in quotes."), "{text}");
        assert!(text.contains("text: \"Call: Ana\""), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_line_nobody_can_read_is_named_and_not_shown() {
        let source = Source::new("a.yaml", format!("b: c\n{}", "é".repeat(2000)));
        let place = Span::new(9, 11);
        let diagnostic = Diagnostic::error(codes::SYNTAX, place, Address::root(), "m").suggest(place, "x");
        let text = render(&[diagnostic], &source, false);
        assert!(text.contains("a.yaml:2:3"), "{text}");
        assert!(text.len() < 200, "{text}");
    }

    #[test]
    fn colour_only_where_asked() {
        let (source, diagnostic) = sample();
        assert!(render(&[diagnostic], &source, true).contains('\u{1b}'));
    }

    #[test]
    fn json_has_every_field() {
        let (source, diagnostic) = sample();
        assert_eq!(
            to_json(&diagnostic, &source),
            json!({
                "line": 2, "column": 11, "end_line": 2, "end_column": 12,
                "file": "recipes/é.yaml", "code": "BH0003", "severity": "error",
                "message": "this text has a colon in it", "help": "Put the text in quotes.",
                "suggestion": {
                    "line": 2, "column": 7, "end_line": 2, "end_column": 16, "text": "\"Call: Ana\"",
                },
                "address": "/text",
            })
        );
    }

    proptest! {
        #[test]
        fn any_span_over_any_text_renders(text in "(?s).{0,40}", start in 0..200_usize, end in 0..200_usize, with in ".{0,9}") {
            let source = Source::new("a", text);
            let span = Span::new(start, end);
            let diagnostic = Diagnostic::warning(codes::SYNTAX, span, Address::root(), "m").suggest(span, with);
            prop_assert!(!render(std::slice::from_ref(&diagnostic), &source, false).is_empty());
            prop_assert!(to_json(&diagnostic, &source).is_object());
        }
    }
}
