//! `bellhop check --fix`: writes what certain suggestions say, and nothing else: every other byte stays.
//!
//! Certain is the suggestion of an error whose mended form is known and not guessed ([`is_certain`]), and only where the error
//! is gone afterwards and what was written in its place is right. What is left is for a person.

use std::path::{Path, PathBuf};

use bellhop_connector::Manifest;
use bellhop_source::{Diagnostic, Severity, Source, Span, is_slip};
use serde_json::{Value, json};

use crate::check;
use crate::compose::Shelf;
use crate::library::{self, MappingFile};
use crate::new::templates;
use crate::recipes::{self, RecipeFile};
use crate::trouble::Trouble;
use crate::workspace::Workspace;

/// So many changes are made to one file; more mistakes than that are for a person.
const MOST: usize = 200;

/// Codes whose suggestion is the nearest known word. It is certain only where the word is off by a slip of the finger.
const NEAREST: [&str; 18] = [
    "BH0031", "BH0033", "BH1002", "BH1104", "BH1201", "BH1202", "BH1205", "BH1303", "BH1304", "BH1305",
    "BH1308", "BH1402", "BH1406", "BH1501", "BH1509", "BH1601", "BH1605", "BH2001",
];
/// Codes whose suggestion says where something probably ends or belongs.
const PROBABLE: [&str; 9] =
    ["BH0005", "BH0007", "BH0010", "BH0012", "BH0018", "BH1207", "BH1602", "BH1603", "BH2003"];

/// A change that was made.
pub(crate) struct Change {
    file: String,
    line: usize,
    code: &'static str,
    message: String,
    before: String,
    after: String,
}

impl Change {
    /// As one line for people.
    pub(crate) fn line(&self) -> String {
        let quoted = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => format!("`{}`", text.trim_end()),
        };
        format!(
            "fixed {}:{} [{}]: {} is now {}",
            self.file,
            self.line,
            self.code,
            quoted(&self.before),
            quoted(&self.after)
        )
    }

    /// For tools.
    pub(crate) fn json(&self) -> Value {
        json!({
            "file": self.file, "line": self.line, "code": self.code, "message": self.message,
            "before": self.before, "after": self.after,
        })
    }
}

/// Mends the files asked for; without any, everything in the workspace, `bellhop.yaml` first.
pub(crate) fn fix(paths: &[PathBuf], asked: Option<&Path>) -> Result<Vec<Change>, Trouble> {
    let shelf = Shelf::open(asked)?;
    let root = &shelf.workspace.root;
    let mut changes = Vec::new();
    if !paths.is_empty() {
        mappings_of(&check::named_mappings(paths)?, &shelf, &mut changes)?;
        recipes_of(&check::named_files(paths)?, &shelf, &mut changes)?;
        return Ok(changes);
    }
    let file = root.join("bellhop.yaml");
    if file.is_file() {
        mend(&file, "bellhop.yaml", &mut changes, |text| {
            Workspace::from_text(root.clone(), text.to_owned(), &shelf.catalogue).diagnostics
        })?;
    }
    for (source, _) in &shelf.connector_problems {
        mend(&root.join(source.name()), source.name(), &mut changes, |text| {
            Manifest::load(&Source::new(source.name(), text)).err().unwrap_or_default()
        })?;
    }
    // The workspace may know more apps and connections now.
    let shelf = Shelf::open(asked)?;
    mappings_of(&library::files(&shelf.workspace.root)?, &shelf, &mut changes)?;
    // And more mappings.
    let shelf = Shelf::open(asked)?;
    let folder = shelf.workspace.root.join("recipes");
    if folder.is_dir() {
        let files = recipes::find(&folder)?.into_iter().map(|path| {
            let shown = path.strip_prefix(&shelf.workspace.root).unwrap_or(&path).display().to_string();
            (path, shown)
        });
        recipes_of(&files.collect::<Vec<_>>(), &shelf, &mut changes)?;
    }
    recipes_of(&templates::files(&shelf.workspace.root)?, &shelf, &mut changes)?;
    Ok(changes)
}

fn mappings_of(files: &[(PathBuf, String)], shelf: &Shelf, changes: &mut Vec<Change>) -> Result<(), Trouble> {
    let world = shelf.world();
    for (path, shown) in files {
        let id = recipes::id_of(path);
        mend(path, shown, changes, |text| MappingFile::from_text(&id, shown, text, &world).diagnostics)?;
    }
    Ok(())
}

fn recipes_of(files: &[(PathBuf, String)], shelf: &Shelf, changes: &mut Vec<Change>) -> Result<(), Trouble> {
    for (path, shown) in files {
        let id = recipes::id_of(path);
        let world = if templates::is_template(path) { templates::world(shelf) } else { shelf.world() };
        mend(path, shown, changes, |text| RecipeFile::from_text(&id, shown, text, &world).diagnostics)?;
    }
    Ok(())
}

/// Mends one file, writing it where something changed. A file that is no text is left alone.
fn mend(
    path: &Path,
    shown: &str,
    changes: &mut Vec<Change>,
    complaints: impl Fn(&str) -> Vec<Diagnostic>,
) -> Result<(), Trouble> {
    let bytes = std::fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
    let Ok(mut text) = String::from_utf8(bytes) else { return Ok(()) };
    let before = changes.len();
    let mut told = complaints(&text);
    for _ in 0..MOST {
        let Some((mended, rest, change)) = step(&text, &told, shown, &complaints) else { break };
        (text, told) = (mended, rest);
        changes.push(change);
    }
    if changes.len() > before {
        std::fs::write(path, &text).map_err(|error| Trouble::writing(path, &error))?;
    }
    Ok(())
}

/// The text after the first certain suggestion that does good, what is told about it then, and the change.
fn step(
    text: &str,
    told: &[Diagnostic],
    shown: &str,
    complaints: &impl Fn(&str) -> Vec<Diagnostic>,
) -> Option<(String, Vec<Diagnostic>, Change)> {
    let source = Source::new(shown, text);
    for diagnostic in told.iter().filter(|one| is_certain(one, &source)) {
        let suggestion = diagnostic.suggestion.as_ref()?;
        let (start, end) = (suggestion.span.start, suggestion.span.end);
        let Some(before) = text.get(start..end) else { continue };
        let mut mended = text.to_owned();
        mended.replace_range(start..end, &suggestion.text);
        let rest = complaints(&mended);
        let written = Span::new(start, start + suggestion.text.len());
        if does_good(diagnostic, told, &rest, written) {
            let change = Change {
                file: shown.to_owned(),
                line: source.position(diagnostic.span.start).line,
                code: diagnostic.code.0,
                message: diagnostic.message.clone(),
                before: before.to_owned(),
                after: suggestion.text.clone(),
            };
            return Some((mended, rest, change));
        }
    }
    None
}

/// Whether the error is gone, the document is none the worse to read, and nothing is wrong with what was written. Elsewhere errors
/// may come to light that the mended one hid.
fn does_good(mended: &Diagnostic, before: &[Diagnostic], after: &[Diagnostic], written: Span) -> bool {
    let count = |all: &[Diagnostic], wanted: &dyn Fn(&Diagnostic) -> bool| {
        all.iter().filter(|one| one.severity == Severity::Error && wanted(one)).count()
    };
    let same = |one: &Diagnostic| one.code == mended.code && one.message == mended.message;
    let unreadable = |one: &Diagnostic| one.code.0.starts_with("BH00");
    let known =
        |one: &Diagnostic| before.iter().any(|old| old.code == one.code && old.message == one.message);
    let here = |one: &Diagnostic| one.span.start < written.end && written.start < one.span.end;
    count(after, &same) < count(before, &same)
        && count(after, &unreadable) <= count(before, &unreadable)
        && count(after, &|one| here(one) && !known(one)) == 0
}

fn is_certain(diagnostic: &Diagnostic, source: &Source) -> bool {
    let (code, Some(suggestion)) = (diagnostic.code.0, &diagnostic.suggestion) else { return false };
    if diagnostic.severity != Severity::Error || PROBABLE.contains(&code) {
        return false;
    }
    !NEAREST.contains(&code) || is_slip(source.slice(suggestion.span), &suggestion.text)
}
