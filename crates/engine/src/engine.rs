//! The engine's face: everything the server and the command line ask of it. What is behind each question is in the file
//! of that name.

use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bellhop_connector::{Event, Lane};
use bellhop_journal::{
    EventId, Origin, RecipeVersion, Resolution, RunId, RunStatus, StepId, Store, StoreError,
};
use bellhop_recipe::{Plan, TriggerKind, Verify};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{Notify, broadcast};
use tokio::task::AbortHandle;

use crate::book::Book;
use crate::look::Brought;
use crate::outage::Outages;
use crate::person::Wish;
use crate::pool::Pool;
use crate::receive::Incoming;
use crate::wake::Alarm;
use crate::{
    Alert, Decision, EngineOptions, Fate, Link, PersonError, Progress, Receipt, Rejected, RunNowError,
};

/// How many entries a watcher may lag behind before it misses some.
const WATCHED: usize = 4_096;

/// The engine. Shared by everything that talks to it.
pub struct Engine {
    pub(crate) options: EngineOptions,
    pub(crate) book: Book,
    pub(crate) pool: Pool,
    pub(crate) alarm: Alarm,
    pub(crate) progress: broadcast::Sender<Progress>,
    pub(crate) alerts: broadcast::Sender<Alert>,
    pub(crate) recipes_changed: Notify,
    /// The same, for who looks for events.
    pub(crate) looks_changed: Notify,
    /// What was found before its app told of it.
    pub(crate) brought: Mutex<Brought>,
    /// Held from a claim until what was claimed is in the pool: a run is never in neither.
    pub(crate) claiming: tokio::sync::Mutex<()>,
    /// How many unique ids have been given out.
    pub(crate) counter: AtomicU64,
    pub(crate) outages: Outages,
    life: Mutex<Life>,
    tasks: Mutex<Vec<AbortHandle>>,
    /// Where the engine was started: runs are worked on there, whoever brings the event.
    home: OnceLock<Handle>,
}

/// Whether the engine takes events.
#[derive(Clone, Debug)]
enum Life {
    /// Not started yet, or stopping.
    Closed,
    Open,
    /// The store cannot be used any more.
    Broken(String),
}

impl Engine {
    /// An engine that does nothing yet: see [`Engine::set_recipes`] and [`Engine::start`].
    pub fn new(options: EngineOptions) -> Arc<Self> {
        Arc::new(Self {
            book: Book::new(),
            pool: Pool::new(options.max_active),
            alarm: Alarm::new(),
            progress: broadcast::Sender::new(WATCHED),
            alerts: broadcast::Sender::new(WATCHED),
            recipes_changed: Notify::new(),
            looks_changed: Notify::new(),
            brought: Mutex::default(),
            claiming: tokio::sync::Mutex::default(),
            counter: AtomicU64::new(0),
            outages: Outages::default(),
            life: Mutex::new(Life::Closed),
            tasks: Mutex::default(),
            home: OnceLock::new(),
            options,
        })
    }

    /// Puts these recipes in the place of all earlier ones, at once. Runs that have begun stay with their version.
    pub async fn set_recipes(&self, plans: Vec<Arc<Plan>>) -> Result<(), StoreError> {
        for plan in &plans {
            let version = RecipeVersion {
                recipe: plan.id.clone(),
                version: plan.version.clone(),
                text: plan.text.to_string(),
                mappings: plan.mappings.iter().map(|one| (one.id.clone(), one.text.to_string())).collect(),
            };
            self.options.store.put_recipe(version).await?;
        }
        self.book.replace(plans);
        self.recipes_changed.notify_one();
        self.looks_changed.notify_one();
        Ok(())
    }

    /// A version of a recipe that was set before, in this process or an earlier one; none where it is not kept any more
    /// or does not fit the workspace.
    pub async fn kept_recipe(&self, recipe: &str, version: &str) -> Result<Option<Arc<Plan>>, StoreError> {
        let store = self.options.store.as_ref();
        let kept = self.book.version(store, &self.options.world, recipe, version).await?;
        Ok(kept.ok().map(|loaded| Arc::clone(&loaded.plan)))
    }

    /// The recipes that events are routed to now, by id.
    pub fn recipes(&self) -> Vec<Arc<Plan>> {
        let recipes = self.book.shelf();
        let mut plans: Vec<Arc<Plan>> = recipes.by_id.values().map(|one| Arc::clone(&one.plan)).collect();
        plans.sort_by(|one, other| one.id.cmp(&other.id));
        plans
    }

    /// Begins to work: claims what is due, wakes sleepers, fires schedules. From here on events are taken.
    pub async fn start(self: &Arc<Self>) -> Result<(), StoreError> {
        self.live().await?;
        self.home.get_or_init(Handle::current);
        *self.life() = Life::Open;
        // A store that cannot be read is told to who starts, and not to a task later on.
        if self.options.takes_up
            && let Err(StoreError::Broken(sentence)) = self.take_due().await
        {
            self.break_down(&sentence);
            return Err(StoreError::Broken(sentence));
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(tokio::spawn(Arc::clone(self).stay_alive()).abort_handle());
        if self.options.takes_up {
            tasks.push(tokio::spawn(Arc::clone(self).wake_sleepers()).abort_handle());
            tasks.push(tokio::spawn(Arc::clone(self).wake_after_outages()).abort_handle());
            tasks.push(tokio::spawn(Arc::clone(self).keep_schedules()).abort_handle());
        }
        if self.options.asks {
            tasks.push(tokio::spawn(Arc::clone(self).keep_looking()).abort_handle());
        }
        Ok(())
    }

    /// Works on something where the engine is at home.
    pub(crate) fn at_home(&self, work: impl Future<Output = ()> + Send + 'static) {
        match self.home.get() {
            Some(home) => home.spawn(work),
            None => tokio::spawn(work),
        };
    }

    /// Whether events are taken now; if not, why.
    pub fn readiness(&self) -> Result<(), Rejected> {
        match &*self.life() {
            Life::Open => Ok(()),
            Life::Closed => Err(Rejected::NotReady),
            Life::Broken(sentence) => Err(Rejected::Broken(sentence.clone())),
        }
    }

    /// Takes a verified event of a connection. Resolves with a receipt only when the event and its runs are on disk.
    pub async fn receive(self: &Arc<Self>, connection: &str, event: Event) -> Result<Receipt, Rejected> {
        if self.was_brought(connection, &event) {
            let event = EventId::of(connection, &event.delivery_id);
            return Ok(Receipt { event, fate: Fate::Duplicate });
        }
        self.take_event(connection, event, Lane::Live).await
    }

    /// Takes the body of an own webhook at `/hooks/in/<path>`. `delivery_id` is the sender's id of it, where it gives
    /// one: the same id is taken once.
    pub async fn receive_webhook(
        self: &Arc<Self>,
        path: &str,
        delivery_id: Option<&str>,
        body: Value,
    ) -> Result<Receipt, Rejected> {
        self.take_webhook(path, delivery_id, body, &|_| true).await
    }

    /// The same for a delivery that came from outside: only triggers run whose `verify` it satisfies, which `proven` says.
    pub async fn receive_proven_webhook(
        self: &Arc<Self>,
        path: &str,
        delivery_id: Option<&str>,
        body: Value,
        proven: &(dyn Fn(&Verify) -> bool + Sync),
    ) -> Result<Receipt, Rejected> {
        self.take_webhook(path, delivery_id, body, proven).await
    }

    /// Starts a recipe by hand, with `trigger` as its event's data and `inputs` (an object, or null) over its defaults.
    pub async fn run_now(
        self: &Arc<Self>,
        recipe: &str,
        trigger: Value,
        inputs: Value,
    ) -> Result<RunId, RunNowError> {
        self.run_now_about(recipe, trigger, inputs, None).await
    }

    /// The same, about a record (`contact c1`): for who starts by hand what an event would have started.
    pub async fn run_now_about(
        self: &Arc<Self>,
        recipe: &str,
        trigger: Value,
        inputs: Value,
        record: Option<String>,
    ) -> Result<RunId, RunNowError> {
        let recipes = self.book.shelf();
        let Some(loaded) = recipes.by_id.get(recipe) else {
            return Err(RunNowError::UnknownRecipe(recipe.to_owned()));
        };
        loaded.inputs(&inputs).map_err(RunNowError::Inputs)?;
        let by_hand = loaded.plan.triggers.iter().find(|one| matches!(one.kind, TriggerKind::Manual));
        let incoming = Incoming {
            origin: Origin { source: "manual".to_owned(), name: "manual".to_owned() },
            delivery_id: self.unique_id(),
            record,
            data: trigger,
            lane: Lane::Live,
        };
        let (run, _) = self.make_run(loaded, incoming, by_hand, inputs).await?;
        Ok(run)
    }

    /// Waits until a run is over or needs a person. None: there is no such run.
    pub async fn wait_for(&self, run: &RunId) -> Result<Option<RunStatus>, StoreError> {
        self.rest_of(run).await
    }

    /// What happens from now on, entry by entry. Costs nothing while nobody watches.
    pub fn watch(&self) -> broadcast::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Waits until no run is held here and nothing is due now that this engine would take up. Sleeping runs do not count.
    pub async fn wait_idle(self: &Arc<Self>) -> Result<(), StoreError> {
        loop {
            self.pool.idle().await;
            // What another task has claimed is in the pool once this one has claimed after it: hence the second look.
            if !self.options.takes_up || (self.take_due().await? == 0 && self.pool.is_idle()) {
                return Ok(());
            }
        }
    }

    /// Another try of a run that needs attention or has failed, or in which a step has failed while it waits for something
    /// else: of the step `from` and of all that failed.
    pub async fn retry(self: &Arc<Self>, run: &RunId, from: Option<StepId>) -> Result<(), PersonError> {
        self.fulfil(run, Wish::Retry(from), None).await
    }

    /// Ends a run. A call under way is let finish first.
    pub async fn cancel(self: &Arc<Self>, run: &RunId) -> Result<(), PersonError> {
        self.fulfil(run, Wish::Cancel, None).await
    }

    /// Takes a person's word on how a step in doubt ended, and goes on. `step` none: the one the run halted at,
    /// else the only one.
    pub async fn resolve(
        self: &Arc<Self>,
        run: &RunId,
        step: Option<StepId>,
        resolution: Resolution,
    ) -> Result<(), PersonError> {
        self.fulfil(run, Wish::Resolve(step, resolution), None).await
    }

    /// Stops: takes nothing more, lets calls under way finish for at the most `limit`, lets go of all runs. Others, or
    /// the next start, go on with them.
    pub async fn shutdown(&self, limit: SignedDuration) {
        {
            let mut life = self.life();
            if matches!(*life, Life::Open) {
                *life = Life::Closed;
            }
        }
        self.pool.close();
        let clock = &self.options.clock;
        let until = clock.now().checked_add(limit).unwrap_or(jiff::Timestamp::MAX);
        let idle = std::pin::pin!(self.pool.idle());
        futures::future::select(idle, clock.sleep_until(until)).await;
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
        if let Err(error) = self.options.store.leave(&self.options.owner).await {
            tracing::warn!(%error, "the runs in hand could not be let go of; they are free once their lease is over");
        }
    }

    /// Takes a person's decision on what a run asks, and goes on. `step` none: the only one that asks.
    pub async fn approve(
        self: &Arc<Self>,
        run: &RunId,
        step: Option<StepId>,
        decision: Decision,
    ) -> Result<(), PersonError> {
        self.fulfil(run, Wish::Decide(step, decision), None).await
    }

    /// The store: for lists and histories.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.options.store
    }

    /// A connection by name, with the connector that verifies its deliveries.
    pub fn connection(&self, name: &str) -> Option<&Link> {
        self.options.connections.get(name)
    }

    /// The store cannot be used any more: nothing is taken from here on.
    pub(crate) fn break_down(&self, sentence: &str) {
        let mut life = self.life();
        if !matches!(*life, Life::Broken(_)) {
            tracing::error!("the store cannot be used any more: {sentence}");
            *life = Life::Broken(sentence.to_owned());
        }
        drop(life);
        self.pool.close();
    }

    fn life(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
