//! Recipes as files. `good/` must compile without a word. In `bad/`, a complaint is written where it belongs: `#! BH1402 error: there is no …
//! did you mean` at the end of the line, or on lines of their own before it. `…` stands for any words. Nothing else may be complained about.

use bellhop_recipe::{World, codes, compile};
use bellhop_source::{Diagnostic, Severity, Source, render};
use petgraph::algo::toposort;

use crate::world::{files, fixtures, read, sample, stem};

/// A complaint that a fixture expects.
#[derive(Debug)]
pub(crate) struct Wanted {
    line: usize,
    words: String,
}

/// The recipe without its annotations, and what they expect.
pub(crate) fn read_fixture(text: &str) -> (String, Vec<Wanted>) {
    let (mut recipe, mut wanted, mut waiting) = (String::new(), Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let (code, note) = line.split_once("#!").map_or((line, None), |(code, note)| (code, Some(note)));
        let alone = code.trim().is_empty();
        if let Some(note) = note {
            waiting.push(note.trim().to_owned());
        }
        if note.is_none() || !alone {
            wanted.extend(waiting.drain(..).map(|words| Wanted { line: index + 1, words }));
        }
        recipe.push_str(if note.is_some() { code.trim_end() } else { code });
        recipe.push('\n');
    }
    assert!(waiting.is_empty(), "a complaint stands below the last line: {waiting:?}");
    (recipe, wanted)
}

/// A complaint in words: `BH1402 error: message. Help. => the mended text`.
fn words(diagnostic: &Diagnostic) -> String {
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let mut words = format!("{} {severity}: {}", diagnostic.code.0, diagnostic.message);
    if !words.ends_with('?') {
        words.push('.');
    }
    if let Some(help) = &diagnostic.help {
        words = format!("{words} {help}");
    }
    if let Some(suggestion) = &diagnostic.suggestion {
        words = format!("{words} => {}", suggestion.text);
    }
    words
}

/// Whether `words` has the parts of `pattern` in their order, from its start.
fn matches(words: &str, pattern: &str) -> bool {
    let mut rest = words;
    for (index, part) in pattern.split('…').map(str::trim).enumerate() {
        match rest.find(part) {
            Some(at) if index > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    true
}

fn differences(name: &str, world: &World, text: &str) -> Vec<String> {
    let (recipe, wanted) = read_fixture(text);
    let source = Source::new(format!("{name}.yaml"), recipe);
    let (plan, diagnostics) = compile(name, &source, world);
    let errors = diagnostics.iter().any(|one| one.severity == Severity::Error);
    let mut problems = check_complaints(name, &source, &diagnostics, wanted);
    if plan.is_some() == errors {
        problems.push(format!("{name}: a plan stands beside errors, or is missing without one"));
    }
    problems
}

/// How the complaints about a fixture differ from those that it expects.
pub(crate) fn check_complaints(
    name: &str,
    source: &Source,
    diagnostics: &[Diagnostic],
    mut wanted: Vec<Wanted>,
) -> Vec<String> {
    let mut problems = Vec::new();
    if wanted.is_empty() {
        problems.push(format!("{name}: expects no complaint"));
    }
    for diagnostic in diagnostics {
        let line = source.position(diagnostic.span.start).line;
        let words = words(diagnostic);
        let found = wanted.iter().position(|one| one.line == line && matches(&words, &one.words));
        match found {
            Some(at) => drop(wanted.remove(at)),
            None => problems.push(format!("{name}:{line}: not expected: {words}")),
        }
    }
    problems.extend(wanted.iter().map(|one| format!("{name}:{}: missing: {}", one.line, one.words)));
    problems
}

#[test]
fn bad_recipes_get_exactly_the_complaints_written_beside_them() {
    let world = sample();
    let files = files(&fixtures().join("bad"));
    assert!(files.len() >= 60, "only {} bad recipes", files.len());
    let problems: Vec<String> =
        files.iter().flat_map(|path| differences(&stem(path), world, &read(path))).collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_code_has_a_recipe_that_gets_it() {
    let texts: Vec<String> = files(&fixtures().join("bad")).iter().map(|path| read(path)).collect();
    let missing: Vec<_> =
        codes::ALL.iter().filter(|(code, _)| !texts.iter().any(|text| text.contains(code.0))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn good_recipes_compile_without_a_word() {
    let world = sample();
    for path in files(&fixtures().join("good")) {
        let source = Source::new(stem(&path), read(&path));
        let (plan, diagnostics) = compile(&stem(&path), &source, world);
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &source, false));
        let plan = plan.expect("a recipe without complaints has a plan");
        assert!(toposort(&plan.body.graph, None).is_ok());
        assert_eq!(plan.version.len(), 16);
    }
}

/// What is suggested is right: written instead, the complaint is gone, and nothing worse has come up at its place.
#[test]
fn a_suggestion_mends_what_it_complains_about() {
    let world = sample();
    let mut tried = 0;
    for path in files(&fixtures().join("bad")) {
        let (recipe, _) = read_fixture(&read(&path));
        let source = Source::new(stem(&path), recipe.as_str());
        let before = compile("a", &source, world).1;
        for diagnostic in &before {
            let Some(suggestion) = &diagnostic.suggestion else { continue };
            let mut mended = recipe.clone();
            mended.replace_range(suggestion.span.start..suggestion.span.end, &suggestion.text);
            let after = compile("a", &Source::new("mended", mended.as_str()), world).1;
            let same = |one: &&Diagnostic| one.code == diagnostic.code && one.message == diagnostic.message;
            let stays = after.iter().filter(same).count() >= before.iter().filter(same).count();
            assert!(!stays, "{}: {} stays in\n{mended}", stem(&path), diagnostic.message);
            let broken = after.iter().find(|one| one.code.0.starts_with("BH00"));
            assert!(
                broken.is_none_or(|one| diagnostic.code.0.starts_with("BH00") || one.code == diagnostic.code),
                "{}: {} breaks the document\n{mended}",
                stem(&path),
                suggestion.text
            );
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried} suggestions");
}
