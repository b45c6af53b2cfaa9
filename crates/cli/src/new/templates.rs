//! The templates: the recipes of the gallery, and those in the workspace's own folder `templates/`, which come before
//! shipped ones of the same name. A template is an ordinary recipe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_recipe::{Input, InputKind, Plan, World, head};
use bellhop_source::{Source, closest};
use serde_json::{Value, json};

use super::instance;
use crate::compose::Shelf;
use crate::gallery;
use crate::library;
use crate::recipes::{self, RecipeFile};
use crate::trouble::Trouble;

/// The folder of a workspace's own.
const FOLDER: &str = "templates";

/// A template.
pub(crate) struct Template {
    /// The recipe that it is.
    pub(crate) file: RecipeFile,
    /// Its version.
    pub(crate) version: String,
    /// Whether it is the workspace's own.
    pub(crate) own: bool,
}

impl Template {
    fn of(file: RecipeFile, own: bool) -> Self {
        Self { version: instance::version(file.source.text()), file, own }
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.file.id
    }

    /// What it means, where it has no errors.
    pub(crate) fn plan(&self) -> Option<&Arc<Plan>> {
        self.file.plan.as_ref().filter(|_| self.file.is_good())
    }

    /// What it is for, in its author's words.
    pub(crate) fn description(&self) -> &str {
        match &self.file.plan {
            Some(plan) => &plan.description,
            None => "It has errors; `bellhop new` with its name shows them.",
        }
    }

    /// For tools.
    pub(crate) fn json(&self) -> Value {
        let inputs: Vec<Value> =
            self.file.plan.iter().flat_map(|plan| &plan.inputs).map(input_json).collect();
        json!({
            "template": self.id(), "name": self.file.plan.as_ref().map_or(self.id(), |plan| &plan.name),
            "description": self.description(), "version": self.version, "own": self.own, "inputs": inputs,
        })
    }
}

fn input_json(input: &Input) -> Value {
    json!({
        "name": input.name, "type": type_of(&input.kind), "description": input.description,
        "default": input.default, "choices": input.choices, "many": input.many,
    })
}

/// An input's type as recipes write it.
pub(crate) fn type_of(kind: &InputKind) -> &str {
    match kind {
        InputKind::Text => "text",
        InputKind::Number => "number",
        InputKind::YesNo => "yes_no",
        InputKind::Date => "date",
        InputKind::Choice => "choice",
        InputKind::Duration => "duration",
        InputKind::Selector(kind) => kind,
    }
}

/// What templates are read against: they may use every app, whether the workspace has a connection to it or not.
pub(crate) fn world(shelf: &Shelf) -> World {
    let apps =
        shelf.catalogue.iter().map(|manifest| (manifest.connector.clone(), manifest.connector.clone()));
    let named = shelf.workspace.connections.values();
    let named = named.map(|connection| (connection.name.clone(), connection.connector.clone()));
    let mut world = World { connections: apps.chain(named).collect(), ..shelf.world() };
    // Templates may call one another: what is called is made along with its caller.
    let library = Arc::make_mut(&mut world.library);
    // One that cannot be read is told of where it is read to be checked or filled in.
    for (path, _) in files(&shelf.workspace.root).unwrap_or_default() {
        if let Ok(bytes) = std::fs::read(&path) {
            let id = recipes::id_of(&path);
            let source = Source::new(id.as_str(), String::from_utf8_lossy(&bytes).as_ref());
            library.recipes.entry(id).or_insert_with(|| head(&source));
        }
    }
    for (id, text) in gallery::RECIPES {
        library.recipes.entry(id.to_owned()).or_insert_with(|| head(&Source::new(id, text)));
    }
    world
}

/// Whether a path names a template, or a folder of them: by the folder's name.
pub(crate) fn is_template(path: &Path) -> bool {
    library::is_below(path, FOLDER)
}

/// The files of a workspace's own templates, each with the name shown to people.
pub(crate) fn files(root: &Path) -> Result<Vec<(PathBuf, String)>, Trouble> {
    library::below(root, FOLDER)
}

/// The templates that recipes of this one call and the workspace has not, each before those that call it.
pub(crate) fn called<'a>(all: &'a [Template], template: &Template, shelf: &Shelf) -> Vec<&'a Template> {
    let there = shelf.world().library;
    let mut found: Vec<&Template> = Vec::new();
    let mut open = head(&template.file.source).calls;
    while let Some(id) = open.pop() {
        if there.recipes.contains_key(&id) || found.iter().any(|known| known.id() == id) {
            continue;
        }
        let Some(called) = all.iter().find(|one| one.id() == id) else { continue };
        open.extend(head(&called.file.source).calls);
        found.push(called);
    }
    found.reverse();
    found
}

/// All templates, the workspace's own first.
pub(crate) fn all(shelf: &Shelf, world: &World) -> Result<Vec<Template>, Trouble> {
    let mut found = Vec::new();
    for (path, shown) in files(&shelf.workspace.root)? {
        found.push(Template::of(RecipeFile::read(&path, &shown, world)?, true));
    }
    for (id, text) in gallery::RECIPES {
        if !found.iter().any(|template| template.id() == id) {
            found.push(Template::of(RecipeFile::from_text(id, id, text, world), false));
        }
    }
    Ok(found)
}

/// The template of that id.
pub(crate) fn find<'a>(templates: &'a [Template], id: &str) -> Result<&'a Template, Trouble> {
    let ids = || templates.iter().map(Template::id);
    templates.iter().find(|template| template.id() == id).ok_or_else(|| {
        Trouble::new(match closest(id, ids()) {
            Some(near) => format!("There is no template `{id}`. Did you mean `{near}`?"),
            None => {
                format!("There is no template `{id}`. There are: {}.", ids().collect::<Vec<_>>().join(", "))
            }
        })
    })
}
