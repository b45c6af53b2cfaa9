//! Broken documents and what is said about them. Each file under `mistakes/` holds cases:
//!
//! ```text
//! === what is wrong, in words
//! the document
//! --- code line:column, once for each complaint
//! > the line as the complaint would have it (or nothing, where it proposes nothing)
//! ```

use std::{fmt::Write as _, fs, path::Path};

use bellhop_source::{Diagnostic, Source, parse, render};

fn told(diagnostic: &Diagnostic, source: &Source) -> String {
    let place = source.position(diagnostic.span.start);
    let mut told = format!("--- {} {}:{}\n", diagnostic.code.0, place.line, place.column);
    if let Some(mend) = &diagnostic.suggestion {
        let mut text = source.text().to_owned();
        text.replace_range(mend.span.start..mend.span.end, &mend.text);
        let number = source.position(mend.span.start).line - 1;
        let line = text.split('\n').nth(number).unwrap_or_default();
        told.extend(["> ", line, "\n"]);
    }
    told
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut failures = String::new();
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let all = fs::read_to_string(&path).unwrap();
        for case in all.split("=== ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (text, expected) = match rest.find("\n--- ") {
                Some(at) => (&rest[..=at], rest[at + 1..].trim_end()),
                None => (rest, ""),
            };
            let source = Source::new(path.file_name().unwrap().to_string_lossy().into_owned(), text);
            let (_, diagnostics) = parse(&source);
            let found: String = diagnostics.iter().map(|diagnostic| told(diagnostic, &source)).collect();
            if found.trim_end() != expected {
                let shown = render(&diagnostics, &source, false);
                writeln!(failures, "=== {title}\nexpected\n{expected}\nfound\n{found}\n{shown}").unwrap();
            }
            cases += 1;
        }
    }
    assert!(cases > 50, "only {cases} cases found");
    assert!(failures.is_empty(), "{failures}");
}
