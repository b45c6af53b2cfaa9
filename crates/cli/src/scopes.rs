//! `bellhop scopes`: the least permissions that recipes need, and why.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style;
use bellhop_connector::{Catalogue, Manifest, Operation};
use bellhop_recipe::Plan;
use serde::Serialize;
use serde_json::json;

use crate::arguments::ScopesArguments;
use crate::check;
use crate::compose::Shelf;
use crate::recipes::{self, RecipeFile};
use crate::trouble::{Ending, Trouble};

/// A permission and why it is needed.
#[derive(Debug, Serialize)]
struct Needed {
    connector: String,
    scope: String,
    why: Vec<Why>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Why {
    recipe: String,
    operation: String,
    /// What for, where it is not the step itself.
    because: &'static str,
}

const STEP: &str = "a step calls it";
const LOOK: &str = "to look whether a step that broke off has happened";
const NAMES: &str = "to know fields by their names";

type Reasons = BTreeMap<(String, String), Vec<Why>>;

/// Prints them. Exit 1 where a recipe has errors, for what it needs is not known.
pub(crate) fn scopes(arguments: &ScopesArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let files = files(&shelf, arguments)?;
    let mut reasons = Reasons::new();
    let mut ending = Ending::Fine;
    for file in &files {
        match &file.plan {
            Some(plan) if file.is_good() => add(plan, &shelf.catalogue, &mut reasons),
            _ => {
                check::show(&file.diagnostics, &file.source);
                ending = Ending::Problems;
            }
        }
    }
    let needed: Vec<Needed> =
        reasons.into_iter().map(|((connector, scope), why)| Needed { connector, scope, why }).collect();
    if arguments.json {
        anstream::println!("{:#}", json!({ "scopes": needed }));
    } else {
        print(&needed);
    }
    Ok(ending)
}

fn files(shelf: &Shelf, arguments: &ScopesArguments) -> Result<Vec<RecipeFile>, Trouble> {
    let world = shelf.world();
    if arguments.paths.is_empty() {
        return recipes::load(&shelf.workspace.root, &world);
    }
    let mut files = Vec::new();
    for path in &arguments.paths {
        if path.is_dir() {
            for path in recipes::find(path)? {
                files.push(RecipeFile::read(&path, &path.display().to_string(), &world)?);
            }
        } else {
            files.push(shelf.recipe(&path.to_string_lossy())?);
        }
    }
    Ok(files)
}

fn add(plan: &Plan, catalogue: &Catalogue, reasons: &mut Reasons) {
    plan.each_step(&mut |step| {
        let Some(call) = step.call() else { return };
        let Some(manifest) = catalogue.get(&call.connector) else { return };
        let Some(operation) = manifest.operations.get(&call.operation) else { return };
        let mut note = |name: &str, operation: &Operation, because| {
            for scope in &operation.scopes {
                let why = Why {
                    recipe: plan.id.clone(),
                    operation: format!("{}.{name}", manifest.connector),
                    because,
                };
                let all = reasons.entry((manifest.connector.clone(), scope.clone())).or_default();
                if !all.contains(&why) {
                    all.push(why);
                }
            }
        };
        note(&call.operation, operation, STEP);
        let mut confirm = operation.confirm.as_ref();
        while let Some(look) = confirm {
            let through = look.through.iter().map(|through| &through.operation);
            for name in through.chain([&look.operation]) {
                if let Some(looked) = manifest.operations.get(name) {
                    note(name, looked, LOOK);
                }
            }
            confirm = look.if_older.as_deref();
        }
        for name in definitions(manifest, operation, plan) {
            if let Some(definitions) = manifest.operations.get(name) {
                note(name, definitions, NAMES);
            }
        }
    });
}

/// The look-ups behind names in the records that an operation has to do with, where the recipe uses such names.
fn definitions<'a>(
    manifest: &'a Manifest,
    operation: &'a Operation,
    plan: &'a Plan,
) -> impl Iterator<Item = &'a str> {
    let spec = operation.preview.as_ref();
    let own = operation.record.as_ref().map(|record| record.kind.as_str());
    let kind =
        spec.map(|spec| spec.kind.as_str()).filter(|kind| !kind.is_empty()).or(own).unwrap_or_default();
    let lists = manifest.records.get(kind).filter(|_| spec.is_some()).into_iter();
    let lists = lists.flat_map(|kind| kind.values.values());
    lists
        .filter(|list| !list.called.is_empty() && plan.text.contains(&list.called))
        .map(|list| list.definitions.as_str())
}

fn print(needed: &[Needed]) {
    let (bold, faint) = (Style::new().bold(), Style::new().dimmed());
    if needed.is_empty() {
        anstream::println!("The recipes need no permissions.");
    }
    let mut connector = "";
    for one in needed {
        if one.connector != connector {
            connector = &one.connector;
            anstream::println!("{bold}{connector}{bold:#}");
        }
        anstream::println!("  {}", one.scope);
        let mut operations: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for why in &one.why {
            operations.entry((&why.operation, why.because)).or_default().push(&why.recipe);
        }
        for ((operation, because), recipes) in operations {
            let because = if because == STEP { String::new() } else { format!(", {because}") };
            anstream::println!("    {faint}{operation}{because}: {}{faint:#}", recipes.join(", "));
        }
    }
}
