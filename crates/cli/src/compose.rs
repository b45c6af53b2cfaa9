//! Puts the rooms together: what a command needs of catalogue, workspace and recipes ([`Shelf`]), and of vault, connectors,
//! store and engine ([`Works`]).

mod patience;
mod works;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_connector::{Catalogue, Manifest};
use bellhop_journal::Store;
use bellhop_recipe::{Library, World};
use bellhop_source::{Diagnostic, Severity, Source, closest};
use bellhop_store::SqliteStore;
use bellhop_vault::Vault;

pub(crate) use self::works::{Works, reference, secrets_of};
use crate::check;
use crate::gallery;
use crate::library::{self, MappingFile};
use crate::recipes::{self, RecipeFile};
use crate::trouble::Trouble;
use crate::workspace::{self, Workspace};

/// Whatever can be known without a store and without secrets: the workspace and what its apps can do.
pub(crate) struct Shelf {
    /// The workspace.
    pub(crate) workspace: Workspace,
    /// All manifests, the author's own among them.
    pub(crate) catalogue: Arc<Catalogue>,
    /// What is wrong with the author's own manifests.
    pub(crate) connector_problems: Vec<(Source, Vec<Diagnostic>)>,
    /// The process's environment, which the vault looks secrets up in.
    pub(crate) environment: BTreeMap<String, String>,
    /// The files of mappings.
    pub(crate) mappings: Vec<MappingFile>,
    library: Arc<Library>,
    own: Vec<Arc<Manifest>>,
}

/// The manifests that are built in.
pub(crate) fn built_in() -> Vec<Arc<Manifest>> {
    let mut manifests = vec![Arc::new(bellhop_contacts::manifest())];
    manifests.extend(bellhop_apps::manifests().into_iter().map(Arc::new));
    manifests
}

impl Shelf {
    /// Reads the workspace and the manifests.
    pub(crate) fn open(asked: Option<&Path>) -> Result<Self, Trouble> {
        let root = workspace::root(asked)?;
        let (own, connector_problems) = own_manifests(&root)?;
        let catalogue = Arc::new(Catalogue::new(built_in().into_iter().chain(own.iter().cloned())));
        let workspace = Workspace::read(root, &catalogue)?;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let (library, mappings) = library::read(&workspace.root, &workspace.world(&catalogue))?;
        let library = Arc::new(library);
        Ok(Self { workspace, catalogue, connector_problems, environment, mappings, library, own })
    }

    /// The workspace's secrets.
    pub(crate) fn vault(&self) -> Vault {
        let key = self.key_folder().join("key");
        Vault::new(self.environment.clone(), Some(self.workspace.secrets())).with_key_file(key)
    }

    /// Where the key of the vault lies: outside of the workspace, in the person's own settings, so that a copy of the
    /// workspace does not hold it. Beside the store where the process has no home.
    fn key_folder(&self) -> PathBuf {
        let variable = |name: &str| self.environment.get(name).filter(|value| Path::new(value).is_absolute());
        match (variable("XDG_CONFIG_HOME"), variable("HOME").or_else(|| variable("APPDATA"))) {
            (Some(folder), _) => Path::new(folder).join("bellhop"),
            (None, Some(home)) => Path::new(home).join(".config/bellhop"),
            (None, None) => self.workspace.root.join(".bellhop"),
        }
    }

    /// What recipes are checked against.
    pub(crate) fn world(&self) -> World {
        World { library: Arc::clone(&self.library), ..self.workspace.world(&self.catalogue) }
    }

    /// A recipe by id or by file.
    pub(crate) fn recipe(&self, name: &str) -> Result<RecipeFile, Trouble> {
        let world = self.world();
        let as_file = PathBuf::from(name);
        if as_file.is_file() {
            return RecipeFile::read(&as_file, name, &world);
        }
        let files = recipes::load(&self.workspace.root, &world)?;
        let names: Vec<String> = files.iter().map(|file| file.id.clone()).collect();
        files.into_iter().find(|file| file.id == name).ok_or_else(|| {
            let near = closest(name, names.iter().map(String::as_str));
            Trouble::new(match near {
                Some(near) => format!("There is no recipe `{name}`. Did you mean `{near}`?"),
                None if names.is_empty() => format!(
                    "There is no recipe `{name}`: {} has no recipes.",
                    self.workspace.root.join("recipes").display()
                ),
                None => format!("There is no recipe `{name}`. There are: {}.", names.join(", ")),
            })
        })
    }

    /// A recipe's name for people, as its file says now; its id where it has gone.
    pub(crate) fn recipe_name(&self, id: &str) -> String {
        let path = self.workspace.root.join(format!("recipes/{id}.yaml"));
        let shipped =
            || gallery::RECIPES.iter().find(|(name, _)| *name == id).map(|(_, text)| (*text).to_owned());
        let text = std::fs::read_to_string(path).ok().or_else(shipped);
        text.and_then(|text| {
            let (node, _) = bellhop_source::parse(&Source::new(id, text));
            Some(node?.get("name")?.text()?.to_owned())
        })
        .unwrap_or_else(|| id.to_owned())
    }

    /// Opens the store, making its folder where there is none.
    pub(crate) fn open_store(&self) -> Result<Arc<dyn Store>, Trouble> {
        let path = &self.workspace.store;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                let folder = folder.display();
                Trouble::new(format!(
                    "The store's folder {folder} cannot be made ({error}); make room for it, or name another place in bellhop.yaml (`store: sqlite:FILE`)."
                ))
            })?;
        }
        let store = patience::patiently(|| SqliteStore::open(path))
            .map_err(|error| Trouble::new(error.to_string()))?;
        Ok(Arc::new(store))
    }

    /// Opens the store where there is one.
    pub(crate) fn open_store_to_read(&self) -> Result<Option<Arc<dyn Store>>, Trouble> {
        if self.workspace.store.is_file() { self.open_store().map(Some) } else { Ok(None) }
    }

    /// A workspace file with errors is shown and refused, before anything is done by half.
    pub(crate) fn refuse_a_broken_workspace(&self) -> Result<(), Trouble> {
        let mut broken = false;
        if let Some(source) = &self.workspace.source {
            check::show(&self.workspace.diagnostics, source);
            broken |= self.workspace.diagnostics.iter().any(|one| one.severity == Severity::Error);
        }
        for (source, diagnostics) in &self.connector_problems {
            check::show(diagnostics, source);
        }
        if broken {
            return Err(Trouble::new(
                "bellhop.yaml has errors; mend them first. `bellhop check` shows them again.",
            ));
        }
        Ok(())
    }
}

type Own = (Vec<Arc<Manifest>>, Vec<(Source, Vec<Diagnostic>)>);

/// The manifests under `connectors/`; those with errors are left out and told.
fn own_manifests(root: &Path) -> Result<Own, Trouble> {
    let folder = root.join("connectors");
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    if !folder.is_dir() {
        return Ok((good, bad));
    }
    for path in recipes::find(&folder)? {
        let text = std::fs::read_to_string(&path).map_err(|error| Trouble::reading(&path, &error))?;
        let source = Source::new(path.strip_prefix(root).unwrap_or(&path).display().to_string(), text);
        match Manifest::load(&source) {
            Ok(manifest) => good.push(Arc::new(manifest)),
            Err(diagnostics) => bad.push((source, diagnostics)),
        }
    }
    Ok((good, bad))
}
