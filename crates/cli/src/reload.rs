//! Recipes of a running `bellhop serve`: read at the start, and again whenever a file of them has changed. A bad edit
//! leaves the last good version at work; a run that has begun stays with the version it began with.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use bellhop_recipe::{Plan, World};
use bellhop_source::{Diagnostic, Severity, Source};

use crate::audit::Audit;
use crate::compose::{Shelf, Works};
use crate::library;
use crate::recipes::{self, RecipeFile};
use crate::trouble::Trouble;
use crate::watched::{self, Look};

/// What recipes are made of. One whose senders must know a secret is left out until it is there.
const RECIPES: [&str; 3] = ["recipes", "mappings", ".bellhop/secrets"];
/// So many errors of one file are told.
const MOST_ERRORS: usize = 10;
/// What is read at the start only.
const THE_REST: [&str; 2] = ["bellhop.yaml", "connectors"];

/// The recipes at work.
pub(crate) struct Recipes {
    root: PathBuf,
    world: World,
    at_work: BTreeMap<String, Arc<Plan>>,
    look: Look,
    rest: Look,
}

impl Recipes {
    /// Reads the recipes of a workspace. Of a bad one the version that was at work `last` goes on, as it would have without
    /// this start; where there is none, it is left out. Both is told.
    pub(crate) async fn read(
        shelf: &Shelf,
        works: &Works,
        last: &BTreeMap<String, String>,
    ) -> Result<Self, Trouble> {
        let root = shelf.workspace.root.clone();
        let mut recipes = Self {
            look: Look::at(&root, &RECIPES),
            rest: Look::at(&root, &THE_REST),
            world: shelf.world(),
            at_work: BTreeMap::new(),
            root,
        };
        let files = recipes::load(&recipes.root, &recipes.world)?;
        let plans: Vec<_> =
            files.iter().filter(|file| file.is_good()).filter_map(|file| file.plan.clone()).collect();
        works.refuse_missing_secrets_of_senders(&plans)?;
        for file in files.iter().filter(|file| !file.is_good()) {
            let Some(version) = last.get(&file.id) else { continue };
            let kept = works.engine.kept_recipe(&file.id, version).await;
            let kept = kept.map_err(|error| Trouble::new(format!("{error}.")))?;
            let provable = |plan: &Arc<Plan>| {
                works.refuse_missing_secrets_of_senders(std::slice::from_ref(plan)).is_ok()
            };
            recipes.at_work.extend(kept.filter(provable).map(|plan| (file.id.clone(), plan)));
        }
        recipes.at_work = recipes.good(files, works);
        Ok(recipes)
    }

    /// Writes down what has changed since these versions.
    pub(crate) fn write_down(&self, before: &BTreeMap<String, String>, book: &Audit) -> Result<(), Trouble> {
        book.keep_recipes(before, &self.at_work)
    }

    /// The plans at work.
    pub(crate) fn plans(&self) -> Vec<Arc<Plan>> {
        self.at_work.values().cloned().collect()
    }

    /// Keeps the engine's recipes as the files have them, for ever.
    pub(crate) async fn keep(mut self, works: &Works, book: &Audit) -> Infallible {
        loop {
            watched::pause().await;
            self.tell_of_the_rest();
            let now = Look::at(&self.root, &RECIPES);
            if now == self.look {
                continue;
            }
            // Whoever writes a file may not be done with it.
            watched::pause().await;
            let settled = Look::at(&self.root, &RECIPES);
            if settled != now {
                continue;
            }
            self.look = settled;
            self.reload(works, book).await;
        }
    }

    async fn reload(&mut self, works: &Works, book: &Audit) {
        let (library, mappings) = match library::read(&self.root, &self.world) {
            Ok(read) => read,
            Err(trouble) => return tracing::error!("the recipes could not be read again: {trouble}"),
        };
        for file in mappings.iter().filter(|file| file.mapping.is_none()) {
            tell(&file.diagnostics, &file.source);
            tracing::error!(
                mapping = file.source.name(),
                "the changed mapping has errors; recipes that use it go on with the last good one"
            );
        }
        self.world.library = Arc::new(library);
        let good = match recipes::load(&self.root, &self.world) {
            Ok(files) => self.good(files, works),
            Err(trouble) => return tracing::error!("the recipes could not be read again: {trouble}"),
        };
        let plans: Vec<_> = good.values().cloned().collect();
        if let Err(error) = works.engine.set_recipes(plans).await {
            return tracing::error!(%error, "the changed recipes could not be taken");
        }
        for (id, plan) in &good {
            match self.at_work.get(id) {
                None => tracing::info!(recipe = %id, version = %plan.version, "a recipe has been added"),
                Some(before) if before.version != plan.version => {
                    tracing::info!(recipe = %id, version = %plan.version, before = %before.version, "a recipe has changed");
                }
                Some(_) => {}
            }
        }
        for id in self.at_work.keys().filter(|id| !good.contains_key(*id)) {
            tracing::info!(recipe = %id, "a recipe is gone; its runs go on");
        }
        let before = self.at_work.iter().map(|(id, plan)| (id.clone(), plan.version.clone())).collect();
        self.at_work = good;
        if let Err(trouble) = self.write_down(&before, book) {
            tracing::error!("{trouble}");
        }
    }

    /// The recipes as the files have them; for a bad one the version at work.
    fn good(&self, files: Vec<RecipeFile>, works: &Works) -> BTreeMap<String, Arc<Plan>> {
        let mut good = BTreeMap::new();
        for file in files {
            let before = self.at_work.get(&file.id);
            let problem = match &file.plan {
                Some(plan) if file.is_good() => {
                    works.refuse_missing_secrets_of_senders(std::slice::from_ref(plan)).err()
                }
                _ => {
                    tell(&file.diagnostics, &file.source);
                    Some(Trouble::new("it has errors"))
                }
            };
            let kept = match (problem, before) {
                (None, _) => file.plan,
                (Some(problem), Some(before)) => {
                    tracing::error!(recipe = %file.id, why = %problem, "the recipe is not taken as it is; its last good version goes on");
                    Some(Arc::clone(before))
                }
                (Some(problem), None) => {
                    tracing::error!(recipe = %file.id, why = %problem, "the recipe is left out; the others run");
                    None
                }
            };
            good.extend(kept.map(|plan| (file.id, plan)));
        }
        good
    }

    fn tell_of_the_rest(&mut self) {
        let now = Look::at(&self.root, &THE_REST);
        for path in now.changes(&self.rest) {
            let file = path.strip_prefix(&self.root).unwrap_or(path).display();
            tracing::warn!(%file, "a file has changed that is read at the start only: restart `bellhop serve` to use it");
        }
        self.rest = now;
    }
}

/// Tells the errors of a file, one line of the log each.
fn tell(diagnostics: &[Diagnostic], source: &Source) {
    for one in diagnostics.iter().filter(|one| one.severity == Severity::Error).take(MOST_ERRORS) {
        let place = source.position(one.span.start);
        tracing::error!(
            file = source.name(),
            line = place.line,
            code = one.code.0,
            "{}; `bellhop check` shows where",
            one.message
        );
    }
}
