//! The recipes of a workspace: found, read and compiled. A bad file never stops a good one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_recipe::{Plan, World, compile};
use bellhop_source::{Diagnostic, Severity, Source};

use crate::trouble::Trouble;

/// A recipe file and what came of it.
#[derive(Debug)]
pub(crate) struct RecipeFile {
    /// The recipe's id.
    pub(crate) id: String,
    /// Its text under the name people see.
    pub(crate) source: Source,
    /// What it means, where it has no errors.
    pub(crate) plan: Option<Arc<Plan>>,
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl RecipeFile {
    /// Compiles a text.
    pub(crate) fn from_text(id: &str, name: &str, text: &str, world: &World) -> Self {
        let source = Source::new(name, text);
        let (plan, diagnostics) = compile(id, &source, world);
        Self { id: id.to_owned(), source, plan: plan.map(Arc::new), diagnostics }
    }

    /// Reads and compiles a file. A file that is no text is a recipe with a problem.
    pub(crate) fn read(path: &Path, shown: &str, world: &World) -> Result<Self, Trouble> {
        let bytes = std::fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Self::from_text(&id_of(path), shown, &text, world))
    }

    /// Whether it can be run.
    pub(crate) fn is_good(&self) -> bool {
        self.plan.is_some() && !self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }
}

/// The recipe id that a file's name gives.
pub(crate) fn id_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// All recipe files below a folder, by name; tests of recipes (`*.test.yaml`) are none.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    find_all(folder, is_recipe)
}

/// All files of tests (`*.test.yaml`) below a folder, by name; none where there is no such folder.
pub(crate) fn find_tests(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    if folder.is_dir() { find_all(folder, is_test) } else { Ok(Vec::new()) }
}

fn find_all(folder: &Path, is_wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>, Trouble> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| Trouble::reading(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Trouble::reading(folder, &error))?.path();
        if path.is_dir() {
            found.extend(find_all(&path, is_wanted)?);
        } else if is_wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a path names a file of tests.
pub(crate) fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".test.yaml") || name.ends_with(".test.yml")
}

fn is_recipe(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.contains(".test.")
}

/// The recipes in `<root>/recipes`; none where there is no such folder.
pub(crate) fn load(root: &Path, world: &World) -> Result<Vec<RecipeFile>, Trouble> {
    let folder = root.join("recipes");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    find(&folder)?
        .into_iter()
        .map(|path| {
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            RecipeFile::read(&path, &shown, world)
        })
        .collect()
}
