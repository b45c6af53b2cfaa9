//! How good the complaints are: over many broken recipes as people write them, told at the right line, with the right
//! code and the right mended line, and nothing else. It prints every miss and demands a share. `README.md` has the form of the files.
//!
//! It says nothing about which complaints exist; that is what the fixtures beside it are for. Start at [`measure`].

mod case;
mod world;

use std::collections::BTreeMap;

use bellhop_recipe::{World, compile};
use bellhop_source::{Diagnostic, Severity, Source};

use crate::case::{Case, Expected, Mistake, cases};

/// Hits wanted in a hundred of those by which the checker was made better.
const WANTED: usize = 99;
/// Hits wanted in a hundred of those that were written down later, before the checker was asked.
const WANTED_LATER: usize = 98;

/// Hits wanted in a hundred of those that were written down last.
const WANTED_LAST: usize = 93;

/// The lines that a suggestion makes of those it touches, each without the spaces around it.
fn mended(diagnostic: &Diagnostic, source: &Source) -> Option<Vec<String>> {
    let suggestion = diagnostic.suggestion.as_ref()?;
    let (text, span) = (source.text(), suggestion.span);
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let lines = format!("{}{}{}", &text[start..span.start], suggestion.text, &text[span.end..end]);
    Some(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// What the complaint lacks of what was expected; nothing where it has everything.
fn lacking(mistake: &Mistake, diagnostic: &Diagnostic, source: &Source) -> Option<String> {
    if !mistake.codes.is_empty() && !mistake.codes.iter().any(|code| code == diagnostic.code.0) {
        return Some("another code".to_owned());
    }
    match &mistake.expected {
        Expected::Words(words) => {
            let told = format!(
                "{} {} {}",
                diagnostic.message,
                diagnostic.help.as_deref().unwrap_or_default(),
                mended(diagnostic, source).unwrap_or_default().join(" ")
            );
            let said = words.iter().any(|words| told.contains(words.as_str()));
            (!said).then(|| format!("not the words `{}`", words.join("` or `")))
        }
        Expected::Lines(lines) => {
            let mended = mended(diagnostic, source);
            (mended.as_ref() != Some(lines)).then(|| format!("mended to {mended:?}, wanted {lines:?}"))
        }
    }
}

fn shown(diagnostic: &Diagnostic, source: &Source) -> String {
    format!(
        "    told at {}: {} {} | {} | {:?}",
        source.position(diagnostic.span.start).line,
        diagnostic.code.0,
        diagnostic.message,
        diagnostic.help.as_deref().unwrap_or("no help"),
        mended(diagnostic, source),
    )
}

/// What is missing or too much; empty is a hit.
fn misses(case: &Case, world: &World) -> Vec<String> {
    let source = Source::new("recipe.yaml", case.recipe.as_str());
    let mut told = compile("recipe", &source, world).1;
    let everything: Vec<String> = told.iter().map(|one| shown(one, &source)).collect();
    let mut misses = Vec::new();
    for mistake in &case.mistakes {
        let at = |one: &Diagnostic| source.position(one.span.start).line == mistake.line;
        let hit = told.iter().position(|one| at(one) && lacking(mistake, one, &source).is_none());
        if let Some(hit) = hit {
            told.remove(hit);
            continue;
        }
        let why = told.iter().find(|one| at(one)).and_then(|one| lacking(mistake, one, &source));
        misses.push(format!(
            "  line {}: {}: {}",
            mistake.line,
            mistake.codes.join(" or "),
            why.unwrap_or_else(|| "nothing is told there".to_owned())
        ));
    }
    let more = told.iter().filter(|one| one.severity == Severity::Error);
    misses.extend(more.map(|one| format!("  beside it: {} {}", one.code.0, one.message)));
    if !misses.is_empty() {
        misses.extend(everything);
    }
    misses
}

/// Prints every miss and the figure of the folder `part`, and demands so many in a hundred of at least so many.
#[expect(clippy::disallowed_macros, reason = "the figure and the misses are for the person who runs this")]
fn measure(part: &str, least: usize, wanted: usize) {
    let world = world::shipped();
    let cases = cases(part);
    assert!(cases.len() >= least, "only {} broken recipes", cases.len());
    let mut hits = BTreeMap::<&str, (usize, usize)>::new();
    for case in &cases {
        let misses = misses(case, &world);
        let file = hits.entry(case.title.split(':').next().unwrap_or_default()).or_default();
        file.1 += 1;
        if misses.is_empty() {
            file.0 += 1;
        } else {
            eprintln!("MISS {}\n{}", case.title, misses.join("\n"));
        }
    }
    for (file, (hits, all)) in &hits {
        eprintln!("{part}/{file}: {hits} of {all}");
    }
    let hits: usize = hits.values().map(|(hits, _)| hits).sum();
    eprintln!("{part}: {hits} of {} broken recipes are told as a person would want it", cases.len());
    assert!(hits * 100 >= wanted * cases.len(), "{hits} of {} are fewer than {wanted} in 100", cases.len());
}

#[test]
fn every_mistake_is_told() {
    measure("broken", 300, WANTED);
}

#[test]
fn mistakes_that_were_written_down_later_are_told_as_well() {
    measure("held_out", 200, WANTED_LATER);
}

#[test]
fn mistakes_that_were_written_down_last_are_told_as_well() {
    measure("fresh", 100, WANTED_LAST);
}
