//! What the engine's tests share: a bench with a store, an app and a clock, on which an engine is started, stopped and
//! killed. Nothing here sleeps: time is moved on whenever nothing else happens.

pub(crate) mod crm;
pub(crate) mod death;
pub(crate) mod store;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;

use bellhop_clock::{Clock, ManualClock};
use bellhop_connector::{Catalogue, Connection, Connector, Event, RecordKey};
use bellhop_engine::{Engine, EngineOptions, Link};
use bellhop_journal::{Entry, RunId, RunStatus, Stamped, State, Store};
use bellhop_recipe::{Library, Plan, World};
use bellhop_source::Source;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crm::Crm;
use death::Death;
use store::MemoryStore;

/// When everything begins.
const BEGINNING: &str = "2026-03-02T09:00:00Z";

/// Everything around an engine.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) death: Death,
    pub(crate) store: MemoryStore,
    pub(crate) crm: Crm,
    pub(crate) clock: ManualClock,
    pub(crate) recipes: Vec<Arc<Plan>>,
    pub(crate) world: World,
    /// How many engines were started on it.
    pub(crate) lives: usize,
}

impl Bench {
    /// A bench with these recipes, as `(id, text)`.
    pub(crate) fn new(recipes: &[(&str, &str)]) -> Self {
        let death = Death::default();
        let crm = Crm::new(&death);
        let world = world_of(&crm, recipes);
        let recipes = recipes.iter().map(|(id, text)| plan_in(&world, id, text)).collect();
        Self {
            store: MemoryStore::mortal(&death),
            clock: ManualClock::new(BEGINNING.parse().unwrap()),
            recipes,
            world,
            lives: 0,
            crm,
            death,
        }
    }

    /// Another one with the same recipes, on which nothing has happened.
    pub(crate) fn afresh(&self) -> Self {
        let death = Death::default();
        Self {
            store: MemoryStore::mortal(&death),
            clock: ManualClock::new(BEGINNING.parse().unwrap()),
            recipes: self.recipes.clone(),
            world: self.world.clone(),
            lives: 0,
            crm: self.crm.afresh(&death),
            death,
        }
    }

    /// An engine that has not been started.
    pub(crate) fn engine(&mut self) -> Arc<Engine> {
        self.engine_with(|_| {})
    }

    pub(crate) fn engine_with(&mut self, change: impl FnOnce(&mut EngineOptions)) -> Arc<Engine> {
        self.lives += 1;
        let mut options = EngineOptions::new(
            Arc::new(self.store.clone()),
            Arc::new(self.clock.clone()),
            self.world.clone(),
            format!("life {}", self.lives),
        );
        options.connections = connections(&self.crm);
        change(&mut options);
        Engine::new(options)
    }

    /// An engine at work.
    pub(crate) async fn started(&mut self) -> Arc<Engine> {
        self.started_with(|_| {}).await
    }

    /// An engine at work that has been told of the contact c1, and the run of the recipe `r` about it.
    pub(crate) async fn told(&mut self) -> (Arc<Engine>, RunId) {
        let engine = self.started().await;
        engine.receive("crm", created("w1", "c1", json!({ "id": "c1" }))).await.unwrap();
        (engine, run_of("w1", "r"))
    }

    pub(crate) async fn started_with(&mut self, change: impl FnOnce(&mut EngineOptions)) -> Arc<Engine> {
        let engine = self.engine_with(change);
        engine.set_recipes(self.recipes.clone()).await.unwrap();
        engine.start().await.unwrap();
        engine
    }

    /// Lets things happen, and moves the clock on where nothing happens any more, until `done` says so. False: the
    /// process has died, or nothing more happens within `days` days.
    pub(crate) async fn until(&self, days: i64, done: impl AsyncFn() -> bool) -> bool {
        let end = self.clock.now() + jiff::SignedDuration::from_hours(days * 24);
        loop {
            for _ in 0..40 {
                tokio::task::yield_now().await;
            }
            if self.death.has_come() || self.clock.now() > end {
                return false;
            }
            if done().await {
                return true;
            }
            match self.clock.next_wake() {
                Some(wake) => self.clock.set(wake.max(self.clock.now())),
                None => return false,
            }
        }
    }

    /// Lets things happen without moving the clock.
    pub(crate) async fn breathe(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }

    /// Waits, with the clock moving, until the run is over or needs a person.
    pub(crate) async fn rest(&self, run: &RunId) -> Option<RunStatus> {
        let rests = async || {
            let status = self.status(run).await;
            status.is_some_and(|status| status.is_over() || status == RunStatus::NeedsAttention)
        };
        if self.until(4, rests).await { self.status(run).await } else { None }
    }

    /// The run that this one has called first, once it has.
    pub(crate) async fn called(&self, run: &RunId) -> RunId {
        let called = async || !self.state(run).await.called.is_empty();
        assert!(self.until(1, called).await, "it calls nothing");
        self.state(run).await.called.into_values().flatten().next().unwrap()
    }

    /// How many runs there are.
    pub(crate) async fn store_runs(&self) -> usize {
        let all = bellhop_journal::RunFilter { limit: 1_000, ..bellhop_journal::RunFilter::default() };
        self.store.runs(all).await.unwrap().len()
    }

    pub(crate) async fn status(&self, run: &RunId) -> Option<RunStatus> {
        Some(self.store.run(run.as_str()).await.unwrap()?.run.status)
    }

    pub(crate) async fn summary(&self, run: &RunId) -> String {
        self.store.run(run.as_str()).await.unwrap().unwrap().run.summary
    }

    pub(crate) async fn history(&self, run: &RunId) -> Vec<Stamped> {
        self.store.run(run.as_str()).await.unwrap().unwrap().history
    }

    pub(crate) async fn state(&self, run: &RunId) -> State {
        State::fold(&self.history(run).await)
    }

    /// What each entry of the history is, in short: `started /steps/0`.
    pub(crate) async fn story(&self, run: &RunId) -> Vec<String> {
        self.history(run).await.iter().map(|stamped| short(&stamped.entry)).collect()
    }
}

/// Runs a test on one thread, with nothing else on it.
pub(crate) fn on_one_thread<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test)
}

pub(crate) fn world(crm: &Crm) -> World {
    World::new(
        Arc::new(Catalogue::new([crm.shared_manifest()])),
        BTreeMap::from([("crm".to_owned(), "crm".to_owned())]),
        TimeZone::UTC,
    )
}

pub(crate) fn connections(crm: &Crm) -> HashMap<String, Link> {
    let connector: Arc<dyn Connector> = Arc::new(crm.clone());
    HashMap::from([("crm".to_owned(), (Arc::new(Connection::named("crm", "crm")), connector))])
}

/// The plan of a recipe that must be right.
pub(crate) fn plan(crm: &Crm, id: &str, text: &str) -> Arc<Plan> {
    plan_in(&world(crm), id, text)
}

/// A world that knows these recipes from outside, as `(id, text)`.
fn world_of(crm: &Crm, recipes: &[(&str, &str)]) -> World {
    let head = |(id, text): &(&str, &str)| {
        ((*id).to_owned(), bellhop_recipe::head(&Source::new(format!("{id}.yaml"), *text)))
    };
    let library = Library { recipes: recipes.iter().map(head).collect(), ..Library::default() };
    World { library: Arc::new(library), ..world(crm) }
}

fn plan_in(world: &World, id: &str, text: &str) -> Arc<Plan> {
    let (plan, complaints) = bellhop_recipe::compile(id, &Source::new(format!("{id}.yaml"), text), world);
    Arc::new(plan.unwrap_or_else(|| panic!("the recipe is wrong: {complaints:#?}\n{text}")))
}

/// A recipe for a created contact, with these steps.
pub(crate) fn recipe(steps: &str) -> String {
    format!("name: Test\ntrigger:\n  crm.contact_created: {{}}\nsteps:\n{steps}")
}

/// The event that a contact was created.
pub(crate) fn created(delivery: &str, contact: &str, data: Value) -> Event {
    Event {
        name: "contact_created".into(),
        delivery_id: delivery.into(),
        account: None,
        record: Some(RecordKey { kind: "contact".into(), id: contact.into() }),
        occurred_at: Timestamp::UNIX_EPOCH,
        data,
    }
}

/// The event that a contact sent a message.
pub(crate) fn message(delivery: &str, contact: &str, body: &str) -> Event {
    let data = serde_json::json!({ "contact": contact, "body": body });
    Event { name: "message_received".into(), ..created(delivery, contact, data) }
}

/// The run of that recipe for that delivery of `crm`.
pub(crate) fn run_of(delivery: &str, recipe: &str) -> RunId {
    RunId::of(&bellhop_journal::EventId::of("crm", delivery), recipe)
}

pub(crate) fn short(entry: &Entry) -> String {
    match entry {
        Entry::StepStarted { step, attempt, .. } => format!("started {step} {attempt}"),
        Entry::StepEnded { step, .. } => format!("ended {step}"),
        Entry::StepFailed { step, class, retry_at, handled, .. } => {
            let next = match (retry_at, handled) {
                (Some(_), _) => " again",
                (None, true) => " handled",
                (None, false) => "",
            };
            format!("failed {step} {class}{next}")
        }
        Entry::StepRefused { step, refused } => format!("refused {step} {}", refused.class),
        Entry::NotHappened { step } => format!("not happened {step}"),
        Entry::StepSkipped { step } => format!("skipped {step}"),
        Entry::Branched { step, branch } => format!("branched {step} {branch}"),
        Entry::LoopOpened { step, items, .. } => format!("opened {step} {}", items.len()),
        Entry::PageRead { step, items, next } => {
            format!("read {step} {}{}", items.len(), if next.is_some() { " more" } else { "" })
        }
        Entry::TurnEnded { step, turn, failure } => {
            format!("{} {step}#{turn}", if failure.is_some() { "lost" } else { "done" })
        }
        Entry::Folded { .. } => "folded".to_owned(),
        Entry::Slept { step, .. } => format!("slept {step}"),
        Entry::Awaited { step, .. } => format!("awaits {step}"),
        Entry::Halted { step, .. } => format!("halted {step}"),
        Entry::RetryRequested { step, .. } => format!("retry {}", step.as_deref().unwrap_or("")),
        Entry::Resolved { step, .. } => format!("resolved {step}"),
        Entry::RunEnded { status, .. } => status.name().to_owned(),
    }
}

impl Bench {
    /// The same bench for the engine of another life.
    pub(crate) fn clone_lives(&self, lives: usize) -> Self {
        Self { lives, ..self.clone() }
    }
}

impl Bench {
    /// Whether the event of that delivery of `crm` was kept.
    pub(crate) async fn store_has(&self, delivery: &str) -> Option<bellhop_journal::StoredEvent> {
        self.store.event(&bellhop_journal::EventId::of("crm", delivery)).await.unwrap()
    }
}
