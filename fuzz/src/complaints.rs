//! What must hold of all complaints about any text: places inside it and on its letters, words, a rendering of a size
//! in proportion.

use bellhop_source::{Diagnostic, Severity, Source, Span, parse, render, to_json};
use std::ops::Range;

/// How many suggestions are tried on one text; each is a reading of all of it.
const MENDED: usize = 16;

/// Asserts it of everything said about one text.
pub fn are_sound(source: &Source, found: &[Diagnostic]) {
    for (number, one) in found.iter().enumerate() {
        is_inside(source.text(), one.span);
        assert!(!one.message.trim().is_empty(), "no words: {one:?}");
        if let Some(suggestion) = &one.suggestion {
            is_inside(source.text(), suggestion.span);
            if number >= MENDED {
                continue;
            }
            let mut mended = source.text().to_owned();
            mended.replace_range(suggestion.span.start..suggestion.span.end, &suggestion.text);
            // The mended text is one more text: it must be read or complained about.
            let (tree, rest) = parse(&Source::new("mended.yaml", mended));
            assert!(tree.is_some() || !rest.is_empty(), "nothing is said of the mended text");
        }
        assert!(to_json(one, source).is_object());
    }
    let shown = render(found, source, false);
    assert!(found.is_empty() == shown.is_empty());
    assert!(shown.len() <= found.len() * 40_000, "{} bytes for {} complaints", shown.len(), found.len());
}

/// Whether one of them is an error.
pub fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|one| one.severity == Severity::Error)
}

/// Asserts that a span lies in the text and on its letters.
pub fn is_inside(text: &str, span: Span) {
    is_range(text, &(span.start..span.end));
}

/// The same of a range of bytes.
pub fn is_range(text: &str, range: &Range<usize>) {
    assert!(range.start <= range.end, "{range:?} is the wrong way round");
    assert!(text.get(range.clone()).is_some(), "{range:?} is not in a text of {} bytes", text.len());
}
