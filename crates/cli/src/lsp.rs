//! `bellhop lsp`: the language server over stdin and stdout, with the workspace that the editor has open.

use std::path::{Path, PathBuf};

use bellhop_lsp::{Connection, Ending as Farewell, Files, Surroundings};
use bellhop_source::{Code, Diagnostic};

use crate::compose::Shelf;
use crate::explain;
use crate::library;
use crate::new::templates;
use crate::recipes;
use crate::schema;
use crate::trials;
use crate::trouble::{Ending, Trouble};
use crate::workspace::Workspace;

/// Serves an editor until it says `exit` or goes away.
pub(crate) fn lsp(asked: Option<&Path>) -> Result<Ending, Trouble> {
    let (connection, threads) = Connection::stdio();
    let farewell = bellhop_lsp::serve(&connection, &Open { asked: asked.map(Path::to_path_buf) });
    // The threads end when nobody can be spoken to any more.
    drop(connection);
    threads
        .join()
        .map_err(|error| Trouble::new(format!("The editor's messages cannot be read: {error}.")))?;
    Ok(match farewell {
        Farewell::Orderly => Ending::Fine,
        Farewell::Broken => Ending::Problems,
    })
}

/// The workspace that the editor has open.
struct Open {
    asked: Option<PathBuf>,
}

impl bellhop_lsp::Workspace for Open {
    fn open(&self, folder: Option<&Path>) -> Result<Surroundings, String> {
        // What the person asked for counts most, then what the editor shows, if it looks like a workspace.
        let likely = folder.filter(|one| one.join("bellhop.yaml").is_file() || one.join("recipes").is_dir());
        let found = Shelf::open(self.asked.as_deref().or(likely)).map_err(|trouble| trouble.to_string())?;
        let files = files(&found.workspace.root).map_err(|trouble| trouble.to_string())?;
        Ok(Surroundings {
            world: found.world(),
            templates: templates::world(&found),
            settings_schema: schema::workspace_schema(&found.catalogue),
            tests_schema: bellhop_trial::test_schema(&found.catalogue),
            files,
        })
    }

    fn check_settings(&self, text: &str, surroundings: &Surroundings) -> Vec<Diagnostic> {
        let catalogue = &surroundings.world.catalogue;
        Workspace::from_text(PathBuf::from("."), text.to_owned(), catalogue).diagnostics
    }

    fn check_tests(&self, name: &str, text: &str, surroundings: &Surroundings) -> Vec<Diagnostic> {
        trials::complaints(name, text, &surroundings.world, &surroundings.files.recipes)
    }

    fn page_of(&self, code: Code) -> Option<String> {
        explain::page_of(code.0).map(str::to_owned)
    }
}

/// Where the recipes, templates and mappings of a workspace stand.
fn files(root: &Path) -> Result<Files, Trouble> {
    let root = std::path::absolute(root).map_err(|error| Trouble::reading(root, &error))?;
    let by_id = |found: Vec<(PathBuf, String)>| {
        found.into_iter().map(|(path, _)| (recipes::id_of(&path), path)).collect()
    };
    Ok(Files {
        recipes: by_id(library::recipes(&root)?),
        templates: by_id(templates::files(&root)?),
        mappings: by_id(library::files(&root)?),
    })
}
