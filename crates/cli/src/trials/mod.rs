//! `bellhop test`: the recipes' own tests, each in a sandbox of its own with simulated time; what failed, and which
//! branches nobody took. Start at [`test`]; `stage` composes one test, `told` and `junit` print.

#[cfg(test)]
mod again;
mod junit;
mod stage;
mod told;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::monotonic;
use bellhop_recipe::{Plan, World};
use bellhop_source::{Diagnostic, Severity, Source, Span};
use bellhop_trial::{Failure, Sheet, Surroundings, Taken, Trial, Way, judge, ways};

use crate::arguments::TestArguments;
use crate::compose::Shelf;
use crate::recipes::{self, RecipeFile};
use crate::trouble::{Ending, Trouble};

/// A file of tests, and what came of it.
pub(crate) struct TestFile {
    /// Its text under the name people see.
    pub(crate) source: Source,
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Its tests, where nothing is.
    sheet: Option<Sheet>,
}

/// A test that was tried.
struct Tried {
    name: String,
    span: Span,
    failures: Vec<Failure>,
    took: Duration,
}

/// A file whose tests were tried.
struct Report {
    file: TestFile,
    recipe: Option<String>,
    tried: Vec<Tried>,
}

/// A branch that no test took.
struct Untaken {
    recipe: String,
    source: Source,
    way: Way,
}

/// All that came of one `bellhop test`.
struct Findings {
    reports: Vec<Report>,
    /// Recipes that have tests and cannot be run.
    broken: Vec<RecipeFile>,
    untaken: Vec<Untaken>,
    /// Recipes without a test, where all were asked for.
    untested: Vec<String>,
    took: Duration,
}

impl Findings {
    fn count(&self, passed: bool) -> usize {
        let all = self.reports.iter().flat_map(|report| &report.tried);
        all.filter(|tried| tried.failures.is_empty() == passed).count()
    }

    fn is_fine(&self) -> bool {
        let is_good = |report: &Report| report.file.sheet.is_some();
        self.count(false) == 0 && self.broken.is_empty() && self.reports.iter().all(is_good)
    }
}

/// Runs the tests, once or for as long as somebody watches. Exit 1 where one fails or cannot be run.
pub(crate) async fn test(arguments: &TestArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    if arguments.watch { watch::watch(arguments, asked).await } else { once(arguments, asked).await }
}

async fn once(arguments: &TestArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let begun = monotonic();
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let recipes = recipes::load(&shelf.workspace.root, &shelf.world())?;
    let paths = if arguments.paths.is_empty() {
        recipes::find_tests(&shelf.workspace.root.join("recipes"))?
    } else {
        asked_for(&arguments.paths, &shelf)?
    };
    let mut findings = Findings {
        reports: Vec::new(),
        broken: Vec::new(),
        untaken: Vec::new(),
        untested: Vec::new(),
        took: Duration::ZERO,
    };
    let mut taken: BTreeMap<String, Taken> = BTreeMap::new();
    for path in paths {
        let file = read(&path, &shelf, &recipes)?;
        if !arguments.json {
            told::file(&file);
        }
        let recipe = file.sheet.as_ref().map(|sheet| sheet.recipe.clone());
        let mut report = Report { tried: Vec::new(), recipe, file };
        if let Some(sheet) = &report.file.sheet
            && let Some(plan) = plan(&recipes, &sheet.recipe)
        {
            let taken = taken.entry(sheet.recipe.clone()).or_default();
            for trial in &sheet.trials {
                let tried = try_one(&shelf, &recipes, &plan, trial, taken).await;
                if !arguments.json {
                    told::tried(&tried, &report.file.source);
                }
                report.tried.push(tried);
            }
        }
        findings.reports.push(report);
    }
    for (recipe, taken) in &taken {
        let Some(file) = recipes.iter().find(|file| file.id == *recipe) else { continue };
        let all = file.plan.as_deref().map(ways).unwrap_or_default();
        let untaken = taken.missing(&all).into_iter().map(|way| Untaken {
            recipe: recipe.clone(),
            source: file.source.clone(),
            way: way.clone(),
        });
        findings.untaken.extend(untaken);
    }
    let tested: Vec<_> = findings.reports.iter().filter_map(|report| report.recipe.clone()).collect();
    for file in recipes {
        match (tested.contains(&file.id), file.is_good()) {
            (true, false) => findings.broken.push(file),
            (false, true) if arguments.paths.is_empty() => findings.untested.push(file.id),
            _ => {}
        }
    }
    findings.took = begun.elapsed();
    if let Some(path) = &arguments.junit {
        std::fs::write(path, junit::xml(&findings)).map_err(|error| Trouble::writing(path, &error))?;
    }
    if arguments.json {
        anstream::println!("{:#}", told::json(&findings));
    } else {
        told::end(&findings);
    }
    Ok(if findings.is_fine() { Ending::Fine } else { Ending::Problems })
}

async fn try_one(
    shelf: &Shelf,
    recipes: &[RecipeFile],
    plan: &Plan,
    trial: &Trial,
    taken: &mut Taken,
) -> Tried {
    let begun = monotonic();
    let failures = match stage::try_one(shelf, plan, &|id| self::plan(recipes, id), trial).await {
        Ok(story) => {
            taken.add(plan, &story);
            judge(trial, &story, &shelf.catalogue, &shelf.workspace.zone)
        }
        Err(message) => vec![Failure { span: trial.span, message, notes: Vec::new() }],
    };
    Tried { name: trial.name.clone(), span: trial.span, failures, took: begun.elapsed() }
}

/// The files of tests among these paths, read, for `check`; without paths all of the workspace.
pub(crate) fn files(paths: &[PathBuf], shelf: &Shelf) -> Result<Vec<TestFile>, Trouble> {
    let mut found = Vec::new();
    if paths.is_empty() {
        found = recipes::find_tests(&shelf.workspace.root.join("recipes"))?;
    }
    for path in paths {
        if path.is_dir() {
            found.extend(recipes::find_tests(path)?);
        } else if recipes::is_test(path) {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let recipes = recipes::load(&shelf.workspace.root, &shelf.world())?;
    found.iter().map(|path| read(path, shelf, &recipes)).collect()
}

/// Reads a file of tests; what is wrong in it becomes complaints.
fn read(path: &Path, shelf: &Shelf, recipes: &[RecipeFile]) -> Result<TestFile, Trouble> {
    let bytes = std::fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
    let shown = path.strip_prefix(&shelf.workspace.root).unwrap_or(path).display().to_string();
    let source = Source::new(shown, String::from_utf8_lossy(&bytes).as_ref());
    let ids: Vec<String> = recipes.iter().map(|file| file.id.clone()).collect();
    let surroundings = Surroundings {
        catalogue: &shelf.catalogue,
        zone: &shelf.workspace.zone,
        recipes: &ids,
        plan: &|id| plan(recipes, id),
        records: &stage::fits,
    };
    let (sheet, diagnostics) = bellhop_trial::read(&source, &surroundings);
    Ok(TestFile { source, diagnostics, sheet })
}

/// What is wrong with a text of tests, seen beside the recipes on the disk, of which `recipes` says where they stand.
pub(crate) fn complaints(
    name: &str,
    text: &str,
    world: &World,
    recipes: &BTreeMap<String, PathBuf>,
) -> Vec<Diagnostic> {
    let ids: Vec<String> = recipes.keys().cloned().collect();
    let surroundings = Surroundings {
        catalogue: &world.catalogue,
        zone: &world.zone,
        recipes: &ids,
        plan: &|id| {
            let file = RecipeFile::read(recipes.get(id)?, id, world).ok()?;
            file.plan.clone().filter(|_| file.is_good())
        },
        records: &stage::fits,
    };
    bellhop_trial::read(&Source::new(name, text), &surroundings).1
}

fn plan(recipes: &[RecipeFile], id: &str) -> Option<Arc<Plan>> {
    recipes.iter().find(|file| file.id == id).filter(|file| file.is_good())?.plan.clone()
}

/// The files of tests that paths stand for: themselves, all in a folder, or those of a recipe by its file or its id.
fn asked_for(paths: &[PathBuf], shelf: &Shelf) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(recipes::find_tests(path)?);
            continue;
        }
        if recipes::is_test(path) {
            files.push(path.clone());
            continue;
        }
        let by_id = shelf.workspace.root.join("recipes").join(path);
        let beside =
            if path.is_file() { path.with_extension("test.yaml") } else { by_id.with_extension("test.yaml") };
        if !beside.is_file() {
            return Err(Trouble::new(format!(
                "There are no tests for {}: they would be in {}.",
                path.display(),
                beside.display()
            )));
        }
        files.push(beside);
    }
    Ok(files)
}

impl TestFile {
    /// Whether its tests can be run.
    fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }
}
