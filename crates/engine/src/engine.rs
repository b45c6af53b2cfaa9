//! The engine's face: everything the server and the command line ask of it.

use std::sync::Arc;

use bellhop_connector::Event;
use bellhop_journal::{Resolution, RunId, RunStatus, StepId, Store, StoreError};
use bellhop_recipe::Plan;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::{EngineOptions, Link, PersonError, Progress, Receipt, Rejected, RunNowError};

/// The engine. Shared by everything that talks to it.
pub struct Engine {
    options: EngineOptions,
}

impl Engine {
    /// An engine that does nothing yet: see [`Engine::set_recipes`] and [`Engine::start`].
    pub fn new(options: EngineOptions) -> Arc<Self> {
        Arc::new(Self { options })
    }

    /// Puts these recipes in the place of all earlier ones, at once. Runs that have begun stay with their version.
    pub async fn set_recipes(&self, plans: Vec<Arc<Plan>>) -> Result<(), StoreError> {
        let _ = plans;
        todo!()
    }

    /// The recipes that events are routed to now.
    pub fn recipes(&self) -> Vec<Arc<Plan>> {
        todo!()
    }

    /// Begins to work: claims what is due, wakes sleepers, fires schedules. From here on events are taken.
    pub async fn start(self: &Arc<Self>) -> Result<(), StoreError> {
        todo!()
    }

    /// Whether events are taken now; if not, why.
    pub fn readiness(&self) -> Result<(), Rejected> {
        todo!()
    }

    /// Takes a verified event of a connection. Resolves with a receipt only when the event and its runs are on disk.
    pub async fn receive(self: &Arc<Self>, connection: &str, event: Event) -> Result<Receipt, Rejected> {
        let _ = (connection, event);
        todo!()
    }

    /// Takes the body of an own webhook at `/hooks/in/<path>`. `delivery_id` is the sender's id of it, where it gives
    /// one: the same id is taken once.
    pub async fn receive_webhook(
        self: &Arc<Self>,
        path: &str,
        delivery_id: Option<&str>,
        body: Value,
    ) -> Result<Receipt, Rejected> {
        let _ = (path, delivery_id, body);
        todo!()
    }

    /// Starts a recipe by hand, with `trigger` as its event's data and `inputs` (an object, or null) over its defaults.
    pub async fn run_now(
        self: &Arc<Self>,
        recipe: &str,
        trigger: Value,
        inputs: Value,
    ) -> Result<RunId, RunNowError> {
        let _ = (recipe, trigger, inputs);
        todo!()
    }

    /// Waits until a run is over or needs a person. None: there is no such run.
    pub async fn wait_for(&self, run: &RunId) -> Result<Option<RunStatus>, StoreError> {
        let _ = run;
        todo!()
    }

    /// What happens from now on, entry by entry. Costs nothing while nobody watches.
    pub fn watch(&self) -> broadcast::Receiver<Progress> {
        todo!()
    }

    /// Waits until no run is held and nothing is due now. Sleeping runs do not count.
    pub async fn wait_idle(self: &Arc<Self>) -> Result<(), StoreError> {
        todo!()
    }

    /// Another try of a run that needs attention or has failed: from the step `from`, or of all that failed.
    pub async fn retry(self: &Arc<Self>, run: &RunId, from: Option<StepId>) -> Result<(), PersonError> {
        let _ = (run, from);
        todo!()
    }

    /// Ends a run. A call under way is let finish first.
    pub async fn cancel(self: &Arc<Self>, run: &RunId) -> Result<(), PersonError> {
        let _ = run;
        todo!()
    }

    /// Takes a person's word on how a step in doubt ended, and goes on. `step` none: the one the run halted at.
    pub async fn resolve(
        self: &Arc<Self>,
        run: &RunId,
        step: Option<StepId>,
        resolution: Resolution,
    ) -> Result<(), PersonError> {
        let _ = (run, step, resolution);
        todo!()
    }

    /// Stops: takes nothing more, lets calls under way finish for at the most `limit`, lets go of all runs.
    pub async fn shutdown(&self, limit: SignedDuration) {
        let _ = limit;
        todo!()
    }

    /// The store: for lists and histories.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.options.store
    }

    /// A connection by name, with the connector that verifies its deliveries.
    pub fn connection(&self, name: &str) -> Option<&Link> {
        self.options.connections.get(name)
    }
}
