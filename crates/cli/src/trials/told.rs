//! What `bellhop test` prints: each test with its mark, what failed and what happened instead, the branches nobody took.

use anstyle::{AnsiColor, Style};
use bellhop_source::{Source, Span, to_json};
use serde_json::{Value, json};

use super::{Findings, Report, TestFile, Tried};
use crate::check;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// A file, before its tests are tried.
pub(super) fn file(file: &TestFile) {
    anstream::println!("{BOLD}{}{BOLD:#}", file.source.name());
    check::show(&file.diagnostics, &file.source);
}

/// A test that was tried.
pub(super) fn tried(tried: &Tried, source: &Source) {
    if tried.failures.is_empty() {
        anstream::println!("  {GOOD}✓{GOOD:#} {}", tried.name);
        return;
    }
    anstream::println!("  {BAD}✗{BAD:#} {BOLD}{}{BOLD:#}", tried.name);
    for failure in &tried.failures {
        anstream::println!("      {FAINT}{}{FAINT:#} {}", place(source, failure.span), failure.message);
        for note in &failure.notes {
            anstream::println!("          {note}");
        }
    }
}

/// The end: recipes that cannot be run, branches and recipes without a test, the counts.
pub(super) fn end(findings: &Findings) {
    anstream::println!();
    for file in &findings.broken {
        anstream::println!("The recipe {} has errors, so its tests were not run:", file.id);
        check::show(&file.diagnostics, &file.source);
    }
    if !findings.untaken.is_empty() {
        anstream::println!("{BOLD}Branches that no test took{BOLD:#}");
        for untaken in &findings.untaken {
            let place = place(&untaken.source, untaken.way.span);
            let line = line(&untaken.source, untaken.way.span);
            anstream::println!("  {place} {line}");
            anstream::println!("      {FAINT}{}{FAINT:#}", untaken.way.words);
        }
        anstream::println!();
    }
    if !findings.untested.is_empty() {
        anstream::println!("Recipes without a test: {}.\n", findings.untested.join(", "));
    }
    let (passed, failed) = (findings.count(true), findings.count(false));
    let of =
        |count: usize, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    let branches = match findings.untaken.len() {
        _ if passed + failed == 0 => "no branch was looked at".to_owned(),
        0 => "every branch was taken".to_owned(),
        1 => "1 branch was taken by none".to_owned(),
        count => format!("{count} branches were taken by none"),
    };
    anstream::eprintln!(
        "{}: {passed} passed, {failed} failed; {branches}. It took {:.1} s.",
        of(passed + failed, "test"),
        findings.took.as_secs_f32()
    );
}

/// Everything as JSON.
pub(super) fn json(findings: &Findings) -> Value {
    let problems: Vec<_> = findings
        .reports
        .iter()
        .map(|report| (&report.file.source, &report.file.diagnostics))
        .chain(findings.broken.iter().map(|file| (&file.source, &file.diagnostics)))
        .flat_map(|(source, diagnostics)| diagnostics.iter().map(move |one| to_json(one, source)))
        .collect();
    let tests: Vec<_> = findings.reports.iter().flat_map(tests).collect();
    let untaken: Vec<_> = findings
        .untaken
        .iter()
        .map(|untaken| {
            json!({
                "recipe": untaken.recipe,
                "file": untaken.source.name(),
                "line": untaken.source.position(untaken.way.span.start).line,
                "address": untaken.way.address.as_str(),
                "source": line(&untaken.source, untaken.way.span),
                "message": untaken.way.words,
            })
        })
        .collect();
    json!({
        "passed": findings.count(true),
        "failed": findings.count(false),
        "tests": tests,
        "problems": problems,
        "untaken": untaken,
        "untested": findings.untested,
    })
}

fn tests(report: &Report) -> Vec<Value> {
    let source = &report.file.source;
    let test = |tried: &Tried| {
        let failures: Vec<_> = tried
            .failures
            .iter()
            .map(|failure| {
                json!({ "line": source.position(failure.span.start).line, "message": failure.message, "notes": failure.notes })
            })
            .collect();
        json!({
            "file": source.name(),
            "line": source.position(tried.span.start).line,
            "recipe": report.recipe,
            "name": tried.name,
            "passed": tried.failures.is_empty(),
            "milliseconds": u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX),
            "failures": failures,
        })
    };
    report.tried.iter().map(test).collect()
}

/// `file:line`.
pub(super) fn place(source: &Source, span: Span) -> String {
    format!("{}:{}", source.name(), source.position(span.start).line)
}

/// The line on which something stands.
fn line(source: &Source, span: Span) -> String {
    let number = source.position(span.start).line;
    source.text().lines().nth(number - 1).unwrap_or_default().trim().to_owned()
}
