//! `bellhop check`: every problem of every file, in one go.

use std::path::{Path, PathBuf};

use bellhop_recipe::World;
use bellhop_source::{Diagnostic, Severity, Source, render, to_json};
use serde_json::json;

use crate::arguments::CheckArguments;
use crate::compose::Shelf;
use crate::fix;
use crate::library::{self, MappingFile};
use crate::new::templates;
use crate::recipes::{self, RecipeFile};
use crate::trials;
use crate::trouble::{Ending, Trouble};
use crate::workspace::Workspace;

/// Checks, and prints what was found.
pub(crate) fn check(arguments: &CheckArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let changes = if arguments.fix { fix::fix(&arguments.paths, asked)? } else { Vec::new() };
    let shelf = Shelf::open(asked)?;
    let world = shelf.world();
    let (files, named_mappings) = if arguments.paths.is_empty() {
        let mut files = recipes::load(&shelf.workspace.root, &world)?;
        files.extend(read(&templates::files(&shelf.workspace.root)?, &shelf, &world)?);
        (files, Vec::new())
    } else {
        (read(&named_files(&arguments.paths)?, &shelf, &world)?, mappings_of(&arguments.paths, &world)?)
    };
    let mappings = if arguments.paths.is_empty() { &shelf.mappings } else { &named_mappings };
    let mut found: Vec<(&Source, &Diagnostic)> = Vec::new();
    if let Some(source) = &shelf.workspace.source {
        found.extend(shelf.workspace.diagnostics.iter().map(|one| (source, one)));
    }
    for (source, diagnostics) in &shelf.connector_problems {
        found.extend(diagnostics.iter().map(|one| (source, one)));
    }
    for file in mappings {
        found.extend(file.diagnostics.iter().map(|one| (&file.source, one)));
    }
    for file in &files {
        found.extend(file.diagnostics.iter().map(|one| (&file.source, one)));
    }
    let tests = trials::files(&arguments.paths, &shelf)?;
    for file in &tests {
        found.extend(file.diagnostics.iter().map(|one| (&file.source, one)));
    }
    let errors = found.iter().filter(|(_, one)| one.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    if arguments.json {
        let problems: Vec<_> = found.iter().map(|(source, one)| to_json(one, source)).collect();
        let recipes = files.iter().map(|file| file.source.name());
        let names = recipes.chain(mappings.iter().map(|file| file.source.name()));
        let names: Vec<_> = names.chain(tests.iter().map(|file| file.source.name())).collect();
        let mut report =
            json!({ "files": names, "errors": errors, "warnings": warnings, "problems": problems });
        if arguments.fix {
            report["fixed"] = changes.iter().map(fix::Change::json).collect();
        }
        anstream::println!("{report:#}");
    } else {
        for change in &changes {
            anstream::println!("{}", change.line());
        }
        if arguments.fix && changes.is_empty() {
            anstream::eprintln!("There is nothing that can be fixed with certainty.");
        }
        report(&shelf.workspace, &shelf.connector_problems, mappings, &files);
        for file in &tests {
            print(&file.diagnostics, &file.source);
        }
        let templates = files.iter().filter(|file| templates::is_template(Path::new(file.source.name())));
        let templates = templates.count();
        let counts =
            [(files.len() - templates, "recipe"), (templates, "template"), (mappings.len(), "mapping")];
        summary(counts, errors, warnings);
    }
    Ok(if errors == 0 { Ending::Fine } else { Ending::Problems })
}

/// Reads recipes; templates among them as `bellhop new` reads them.
fn read(files: &[(PathBuf, String)], shelf: &Shelf, world: &World) -> Result<Vec<RecipeFile>, Trouble> {
    let of_templates = files.iter().any(|(path, _)| templates::is_template(path));
    let of_templates = of_templates.then(|| templates::world(shelf));
    let read = |(path, shown): &(PathBuf, String)| {
        let world = of_templates.as_ref().filter(|_| templates::is_template(path)).unwrap_or(world);
        RecipeFile::read(path, shown, world)
    };
    files.iter().map(read).collect()
}

fn mappings_of(paths: &[PathBuf], world: &World) -> Result<Vec<MappingFile>, Trouble> {
    named_mappings(paths)?.iter().map(|(path, shown)| MappingFile::read(path, shown, world)).collect()
}

/// The recipe files that paths stand for, each with the name shown to people.
pub(crate) fn named_files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Trouble> {
    let recipes = paths.iter().filter(|path| !recipes::is_test(path) && !library::is_mapping(path));
    files_of(recipes)
}

/// The files of mappings that paths stand for: those in a folder of that name.
pub(crate) fn named_mappings(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Trouble> {
    files_of(paths.iter().filter(|path| library::is_mapping(path)))
}

fn files_of<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Result<Vec<(PathBuf, String)>, Trouble> {
    let mut files = Vec::new();
    for path in paths {
        let found = if path.is_dir() { recipes::find(path)? } else { vec![path.clone()] };
        files.extend(found.into_iter().map(|path| {
            let shown = path.display().to_string();
            (path, shown)
        }));
    }
    Ok(files)
}

fn report(
    workspace: &Workspace,
    connectors: &[(Source, Vec<Diagnostic>)],
    mappings: &[MappingFile],
    files: &[RecipeFile],
) {
    if let Some(source) = &workspace.source {
        print(&workspace.diagnostics, source);
    }
    for (source, diagnostics) in connectors {
        print(diagnostics, source);
    }
    for file in mappings {
        print(&file.diagnostics, &file.source);
    }
    for file in files {
        print(&file.diagnostics, &file.source);
    }
}

/// Says what is wrong with a file that something else was to be done with: beside the data, on stderr.
pub(crate) fn show(diagnostics: &[Diagnostic], source: &Source) {
    if !diagnostics.is_empty() {
        anstream::eprintln!("{}\n", marked(diagnostics, source));
    }
}

/// Prints what `check` was asked for.
fn print(diagnostics: &[Diagnostic], source: &Source) {
    if !diagnostics.is_empty() {
        anstream::println!("{}\n", marked(diagnostics, source));
    }
}

fn marked(diagnostics: &[Diagnostic], source: &Source) -> String {
    render(diagnostics, source, true).trim_end().to_owned()
}

fn summary(counts: [(usize, &str); 3], errors: usize, warnings: usize) {
    let of = |count: usize, word: &str| match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let checked: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| of(*count, word)).collect();
    let checked = match checked.as_slice() {
        [] => of(0, "recipe"),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    anstream::eprintln!("{checked} checked: {}, {}.", of(errors, "error"), of(warnings, "warning"));
}
