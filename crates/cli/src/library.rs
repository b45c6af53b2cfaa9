//! What the recipes of a workspace share: what is known of each from outside, and the mappings under `mappings/`. Read
//! once, before any recipe is compiled; a bad mapping never stops a good one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_recipe::{Action, Library, Mapping, Plan, World, compile_mapping, head};
use bellhop_source::{Diagnostic, Source};

use crate::recipes;
use crate::trouble::Trouble;

/// The folder of mappings, below the workspace's.
const FOLDER: &str = "mappings";

/// A mapping's file and what came of it.
#[derive(Debug)]
pub(crate) struct MappingFile {
    /// Its text under the name people see.
    pub(crate) source: Source,
    /// What it means, where it has no errors.
    pub(crate) mapping: Option<Arc<Mapping>>,
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl MappingFile {
    /// Compiles a text.
    pub(crate) fn from_text(id: &str, name: &str, text: &str, world: &World) -> Self {
        let source = Source::new(name, text);
        let (mapping, diagnostics) = compile_mapping(id, &source, world);
        Self { source, mapping: mapping.map(Arc::new), diagnostics }
    }

    /// Reads and compiles a file. A file that is no text is a mapping with a problem.
    pub(crate) fn read(path: &Path, shown: &str, world: &World) -> Result<Self, Trouble> {
        Ok(Self::from_text(&recipes::id_of(path), shown, &text_of(path)?, world))
    }
}

/// Whether a path names a mapping, or a folder of them: by the folder's name.
pub(crate) fn is_mapping(path: &Path) -> bool {
    is_below(path, FOLDER)
}

/// Whether a path, or a folder, stands in a folder of this name, however deep. Of the folders that mean something, the
/// nearest one decides: the workspace itself may stand in a folder of such a name.
pub(crate) fn is_below(path: &Path, folder: &str) -> bool {
    let at = if path.is_dir() { Some(path) } else { path.parent() };
    let names = at.into_iter().flat_map(Path::ancestors).filter_map(Path::file_name);
    let mut telling = names.filter(|name| ["recipes", "templates", FOLDER].iter().any(|one| name == one));
    telling.next().is_some_and(|name| name == folder)
}

/// The files of mappings in a workspace, each with the name shown to people.
pub(crate) fn files(root: &Path) -> Result<Vec<(PathBuf, String)>, Trouble> {
    below(root, FOLDER)
}

/// The files of recipes in a workspace, each with the name shown to people.
pub(crate) fn recipes(root: &Path) -> Result<Vec<(PathBuf, String)>, Trouble> {
    below(root, "recipes")
}

/// What the recipes of a workspace share, and its files of mappings. `world` needs no library.
pub(crate) fn read(root: &Path, world: &World) -> Result<(Library, Vec<MappingFile>), Trouble> {
    let mut library = Library::default();
    for (path, shown) in recipes(root)? {
        let source = Source::new(shown, text_of(&path)?);
        library.recipes.insert(recipes::id_of(&path), head(&source));
    }
    let mut mappings = Vec::new();
    for (path, shown) in files(root)? {
        let file = MappingFile::read(&path, &shown, world)?;
        let id = recipes::id_of(&path);
        match &file.mapping {
            Some(mapping) => drop(library.mappings.insert(id, Arc::clone(mapping))),
            None => drop(library.broken.insert(id)),
        }
        mappings.push(file);
    }
    Ok((library, mappings))
}

/// The recipes that a recipe calls, and those that they call.
pub(crate) fn called(plan: &Plan, recipe: &dyn Fn(&str) -> Option<Arc<Plan>>) -> Vec<Arc<Plan>> {
    let called_by = |plan: &Plan| {
        let mut ids = Vec::new();
        plan.each_step(&mut |step| {
            if let Action::Run { recipe, .. } = &step.action {
                ids.push(recipe.clone());
            }
        });
        ids
    };
    let mut found: Vec<Arc<Plan>> = Vec::new();
    let mut open = called_by(plan);
    while let Some(id) = open.pop() {
        if found.iter().all(|known| known.id != id)
            && let Some(called) = recipe(&id)
        {
            open.extend(called_by(&called));
            found.push(called);
        }
    }
    found
}

/// The recipe files in a folder of the workspace, each with the name shown to people; none where there is no such folder.
pub(crate) fn below(root: &Path, name: &str) -> Result<Vec<(PathBuf, String)>, Trouble> {
    let folder = root.join(name);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let shown = |path: PathBuf| {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        (path, shown)
    };
    Ok(recipes::find(&folder)?.into_iter().map(shown).collect())
}

fn text_of(path: &Path) -> Result<String, Trouble> {
    let bytes = std::fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
