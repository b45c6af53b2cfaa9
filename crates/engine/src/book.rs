//! The recipes at hand: those that events are routed to now, and the older versions that unfinished runs are pinned to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bellhop_journal::{Origin, RecipeVersion, Store, StoreError};
use bellhop_recipe::{Head, Input, Library, Plan, Trigger, TriggerKind, Verify, World};
use bellhop_source::{Severity, Source};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::lane;

/// How many older versions are kept compiled.
const PINNED: usize = 256;

/// A recipe and what all its runs share.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) plan: Arc<Plan>,
    /// Its id.
    pub(crate) id: Arc<str>,
    /// Its name for people.
    pub(crate) name: Arc<str>,
    /// Its steps that go over all that an operation finds.
    pub(crate) loops: Vec<String>,
    /// Its inputs where nothing is given; an error where something must be.
    defaults: Result<Arc<Value>, Vec<String>>,
}

/// A recipe that listens to something, with those of its triggers that do.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) triggers: Vec<usize>,
}

/// The recipes of one moment.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) by_id: HashMap<String, Arc<Loaded>>,
    /// Connector → event → who listens.
    events: HashMap<String, HashMap<String, Vec<Listener>>>,
    /// Path → who listens.
    webhooks: HashMap<String, Vec<Listener>>,
}

/// Where recipes are looked up.
pub(crate) struct Book {
    shelf: RwLock<Arc<Shelf>>,
    pinned: Mutex<HashMap<(String, String), Arc<Loaded>>>,
}

impl Loaded {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        let defaults = bellhop_recipe::inputs(&plan, &Map::new()).map(Arc::new);
        let name = if plan.name.is_empty() { &plan.id } else { &plan.name };
        let loops = lane::loops(&plan);
        Self { id: plan.id.as_str().into(), name: name.as_str().into(), loops, defaults, plan }
    }

    /// The zone of its days and hours.
    pub(crate) fn zone<'a>(&'a self, world: &'a World) -> &'a TimeZone {
        self.plan.settings.zone.as_ref().unwrap_or(&world.zone)
    }

    /// The inputs of a run that was given these: an object, or null for none.
    pub(crate) fn inputs(&self, given: &Value) -> Result<Arc<Value>, Vec<String>> {
        match given {
            Value::Null => self.defaults.clone(),
            Value::Object(given) if given.is_empty() => self.defaults.clone(),
            Value::Object(given) => bellhop_recipe::inputs(&self.plan, given).map(Arc::new),
            _ => Err(vec!["The inputs must be named values.".to_owned()]),
        }
    }

    /// The inputs that a trigger's expressions see: what must be given for a run need not be known yet.
    pub(crate) fn inputs_of_triggers(&self) -> Arc<Value> {
        self.defaults.clone().unwrap_or_else(|_| {
            let default = |input: &Input| Some((input.name.clone(), input.default.clone()?));
            Arc::new(Value::Object(self.plan.inputs.iter().filter_map(default).collect()))
        })
    }
}

impl Listener {
    /// A recipe, with those of its triggers by which an event of this origin may have started it.
    pub(crate) fn of(loaded: &Arc<Loaded>, origin: &Origin) -> Self {
        let is_of = |trigger: &Trigger| match &trigger.kind {
            TriggerKind::Event { connector, event, connection, .. } => {
                origin.name.strip_prefix(connector.as_str()).and_then(|rest| rest.strip_prefix('.'))
                    == Some(event.as_str())
                    && connection.as_ref().is_none_or(|wanted| *wanted == origin.source)
            }
            TriggerKind::Webhook { path, .. } => origin.source.strip_prefix("in/") == Some(path.as_str()),
            TriggerKind::Schedule { .. } | TriggerKind::Manual => false,
        };
        let triggers = loaded.plan.triggers.iter().enumerate();
        let triggers = triggers.filter(|(_, trigger)| is_of(trigger)).map(|(number, _)| number).collect();
        Self { loaded: Arc::clone(loaded), triggers }
    }

    /// The same with only those triggers of own webhooks whose sender has shown who it is; none where no trigger is left.
    pub(crate) fn of_proven(&self, proven: &dyn Fn(&Verify) -> bool) -> Option<Self> {
        let holds = |number: &&usize| match self.loaded.plan.triggers.get(**number).map(|one| &one.kind) {
            Some(TriggerKind::Webhook { verify: Some(verify), .. }) => proven(verify),
            Some(_) => true,
            None => false,
        };
        let triggers: Vec<usize> = self.triggers.iter().filter(holds).copied().collect();
        (!triggers.is_empty()).then(|| Self { loaded: Arc::clone(&self.loaded), triggers })
    }
}

impl Shelf {
    fn new(plans: Vec<Arc<Plan>>) -> Self {
        let mut shelf = Self::default();
        for plan in plans {
            let loaded = Arc::new(Loaded::new(plan));
            for (number, trigger) in loaded.plan.triggers.iter().enumerate() {
                let listeners = match &trigger.kind {
                    TriggerKind::Event { connector, event, .. } => {
                        shelf.events.entry(connector.clone()).or_default().entry(event.clone()).or_default()
                    }
                    TriggerKind::Webhook { path, .. } => shelf.webhooks.entry(path.clone()).or_default(),
                    TriggerKind::Schedule { .. } | TriggerKind::Manual => continue,
                };
                match listeners.last_mut().filter(|last| Arc::ptr_eq(&last.loaded, &loaded)) {
                    Some(last) => last.triggers.push(number),
                    None => {
                        listeners.push(Listener { loaded: Arc::clone(&loaded), triggers: vec![number] });
                    }
                }
            }
            shelf.by_id.insert(loaded.plan.id.clone(), loaded);
        }
        shelf
    }

    /// Who listens to an event of a connector.
    pub(crate) fn event(&self, connector: &str, event: &str) -> &[Listener] {
        self.events.get(connector).and_then(|events| events.get(event)).map_or(&[], Vec::as_slice)
    }

    /// Who listens to an own webhook; none: nobody ever.
    pub(crate) fn webhook(&self, path: &str) -> Option<&[Listener]> {
        self.webhooks.get(path).map(Vec::as_slice)
    }
}

impl Book {
    pub(crate) fn new() -> Self {
        Self { shelf: RwLock::default(), pinned: Mutex::default() }
    }

    /// The recipes of this moment.
    pub(crate) fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts these recipes in the place of all earlier ones.
    pub(crate) fn replace(&self, plans: Vec<Arc<Plan>>) {
        let recipes = Arc::new(Shelf::new(plans));
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = recipes;
    }

    /// The version that a run is pinned to: one of those at hand, or compiled from the text that was kept. The inner
    /// error is a sentence for a person.
    pub(crate) async fn version(
        &self,
        store: &dyn Store,
        world: &World,
        recipe: &str,
        version: &str,
    ) -> Result<Result<Arc<Loaded>, String>, StoreError> {
        if let Some(loaded) = self.shelf().by_id.get(recipe).filter(|one| one.plan.version == version) {
            return Ok(Ok(Arc::clone(loaded)));
        }
        let key = (recipe.to_owned(), version.to_owned());
        if let Some(loaded) = self.pinned().get(&key) {
            return Ok(Ok(Arc::clone(loaded)));
        }
        let Some(kept) = store.recipe(recipe, version).await?.filter(|kept| !kept.text.is_empty()) else {
            return Ok(Err(format!(
                "The version of the recipe `{recipe}` that this run began with ({version}) is not in the store any more. \
                 Cancel the run, and start it anew where it is still wanted."
            )));
        };
        let compiled = compile(&kept, world, &self.shelf());
        if let Ok(loaded) = &compiled {
            let mut pinned = self.pinned();
            if pinned.len() >= PINNED {
                pinned.clear();
            }
            pinned.insert(key, Arc::clone(loaded));
        }
        Ok(compiled)
    }

    fn pinned(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Arc<Loaded>>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn compile(kept: &RecipeVersion, world: &World, shelf: &Shelf) -> Result<Arc<Loaded>, String> {
    let source = Source::new(format!("recipes/{}.yaml", kept.recipe), kept.text.as_str());
    // The shared mappings as they were are part of what a run began with.
    let mut library = Library::clone(&world.library);
    // What it may call is what is at hand now, not what was when this process began.
    library.recipes.extend(shelf.by_id.iter().map(|(id, loaded)| (id.clone(), head(&loaded.plan))));
    for (id, text) in &kept.mappings {
        let source = Source::new(format!("mappings/{id}.yaml"), text.as_str());
        if let (Some(mapping), _) = bellhop_recipe::compile_mapping(id, &source, world) {
            library.mappings.insert(id.clone(), Arc::new(mapping));
        }
    }
    let world = World { library: Arc::new(library), ..world.clone() };
    let (plan, diagnostics) = bellhop_recipe::compile(&kept.recipe, &source, &world);
    if let Some(mut plan) = plan {
        // What it was checked against may have changed since; the run stays with the version it was given.
        plan.version.clone_from(&kept.version);
        return Ok(Arc::new(Loaded::new(Arc::new(plan))));
    }
    let complaint = diagnostics
        .iter()
        .find(|diagnostic| diagnostic.severity == Severity::Error)
        .map_or("it cannot be read.", |diagnostic| diagnostic.message.as_str());
    Err(format!(
        "The version of the recipe `{}` that this run began with does not fit this workspace any more: {complaint} Put \
         back what it needs (a connection, a connector), then retry the run; or cancel it.",
        kept.recipe
    ))
}

/// What is known of a recipe from outside. Circles were complained about when it was checked.
fn head(plan: &Plan) -> Head {
    Head {
        inputs: plan.inputs.clone(),
        by_hand: plan.triggers.iter().any(|trigger| matches!(trigger.kind, TriggerKind::Manual)),
        calls: Vec::new(),
    }
}
