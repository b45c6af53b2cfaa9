//! From an event to its runs: who listens, whose conditions hold, one write to the store; and only when that is on disk,
//! the receipt and the work.

use std::sync::Arc;

use bellhop_connector::{Connection, Event, Lane};
use bellhop_journal::{Accepted, EventId, NewEvent, NewRun, Origin, REPEATED, RunId, StoreError};
use bellhop_recipe::{Trigger, Verify};
use bellhop_template::{Context, Scope};
use jiff::Timestamp;
use serde_json::Value;

use crate::book::{Listener, Loaded};
use crate::engine::Engine;
use crate::job::{Job, Pinned, Start};
use crate::verdict::{self, Verdict, verdict};
use crate::{Fate, Receipt, Rejected, meters, spans};

/// An event on its way in.
pub(crate) struct Incoming {
    pub(crate) origin: Origin,
    pub(crate) delivery_id: String,
    pub(crate) record: Option<String>,
    pub(crate) data: Value,
    /// Of the runs that it makes.
    pub(crate) lane: Lane,
}

/// A run to be made.
struct Seed {
    run: NewRun,
    loaded: Arc<Loaded>,
    start: Start,
}

impl Engine {
    pub(crate) async fn take_event(
        self: &Arc<Self>,
        connection: &str,
        event: Event,
        lane: Lane,
    ) -> Result<Receipt, Rejected> {
        let Some((connection, _)) = self.options.connections.get(connection) else {
            return Err(Rejected::Unknown(format!("There is no connection `{connection}`.")));
        };
        let recipes = self.book.shelf();
        let incoming = Incoming {
            origin: Origin {
                source: connection.name.clone(),
                name: format!("{}.{}", connection.connector, event.name),
            },
            delivery_id: event.delivery_id,
            record: event.record.map(|record| record.to_string()),
            data: event.data,
            lane,
        };
        let listeners = recipes.event(&connection.connector, &event.name);
        self.route(incoming, listeners, Some(connection)).await
    }

    pub(crate) async fn take_webhook(
        self: &Arc<Self>,
        path: &str,
        delivery_id: Option<&str>,
        mut body: Value,
        proven: &(dyn Fn(&Verify) -> bool + Sync),
    ) -> Result<Receipt, Rejected> {
        let recipes = self.book.shelf();
        let Some(listeners) = recipes.webhook(path) else {
            return Err(Rejected::Unknown(format!("No recipe has a webhook `{path}`.")));
        };
        let listeners: Vec<Listener> =
            listeners.iter().filter_map(|listener| listener.of_proven(proven)).collect();
        if listeners.is_empty() {
            let why =
                format!("The delivery does not prove what the recipes of `{path}` ask for by `verify`.");
            return Err(Rejected::Unproven(why));
        }
        // Who knows the secret may have said it in the body as well.
        (self.options.redact)(&mut body);
        let delivery_id = delivery_id.map_or_else(|| self.unique_id(), str::to_owned);
        let origin = Origin { source: format!("in/{path}"), name: "webhook".to_owned() };
        self.route(
            Incoming { origin, delivery_id, record: None, data: body, lane: Lane::Live },
            &listeners,
            None,
        )
        .await
    }

    /// Makes the runs of those who listen.
    async fn route(
        self: &Arc<Self>,
        incoming: Incoming,
        listeners: &[Listener],
        connection: Option<&Connection>,
    ) -> Result<Receipt, Rejected> {
        self.has_room(&incoming.origin.name)?;
        let event = EventId::of(&incoming.origin.source, &incoming.delivery_id);
        let Incoming { origin, delivery_id, record, data, lane } = incoming;
        let data = Arc::new(data);
        let now = self.options.clock.now();
        let mut passed_over = Vec::new();
        let mut seeds = Vec::with_capacity(listeners.len());
        for listener in listeners {
            let context = Context { now, zone: listener.loaded.zone(&self.options.world).clone() };
            let scope = verdict::scope(&data, &listener.loaded.inputs_of_triggers());
            let (trigger, start) = match verdict(listener, connection, &scope, &context) {
                Verdict::Run(trigger) => (trigger, Start::Clear),
                Verdict::Unclear(trigger, sentence) => {
                    (trigger, Start::Unclear(trigger.address.to_string(), sentence))
                }
                Verdict::PassedOver(reason) => {
                    passed_over.push((listener.loaded.plan.id.clone(), reason));
                    continue;
                }
                Verdict::Deaf => continue,
            };
            let order = Order { trigger: Some(trigger), record: record.as_deref(), scope: &scope };
            let mut seed = seed(&event, &listener.loaded, &order, Value::Null, start, &context);
            seed.run.once = verdict::once(trigger, &scope, &context);
            seeds.push(seed);
        }
        let new = NewEvent {
            origin,
            delivery_id,
            received_at: now,
            record,
            data: if seeds.is_empty() { Arc::unwrap_or_clone(Arc::clone(&data)) } else { (*data).clone() },
            passed_over,
        };
        self.accept(event, new, data, seeds, lane).await
    }

    /// Makes one run of one recipe, whatever its conditions say: by hand, or because its time has come.
    pub(crate) async fn make_run(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        incoming: Incoming,
        trigger: Option<&Trigger>,
        given: Value,
    ) -> Result<(RunId, Receipt), Rejected> {
        self.has_room(&incoming.origin.name)?;
        let event = EventId::of(&incoming.origin.source, &incoming.delivery_id);
        let now = self.options.clock.now();
        let context = Context { now, zone: loaded.zone(&self.options.world).clone() };
        let data = Arc::new(incoming.data);
        let scope = verdict::scope(&data, &loaded.inputs_of_triggers());
        let order = Order { trigger, record: incoming.record.as_deref(), scope: &scope };
        let seed = seed(&event, loaded, &order, given, Start::Clear, &context);
        let run = seed.run.id.clone();
        let new = NewEvent {
            origin: incoming.origin,
            delivery_id: incoming.delivery_id,
            received_at: now,
            record: incoming.record,
            data: (*data).clone(),
            passed_over: Vec::new(),
        };
        let receipt = self.accept(event, new, data, vec![seed], incoming.lane).await?;
        Ok((run, receipt))
    }

    fn has_room(&self, event: &str) -> Result<(), Rejected> {
        let room = self.readiness().and_then(|()| {
            if self.pool.waiting_in(Lane::Live) >= self.options.max_backlog {
                Err(Rejected::Overloaded)
            } else {
                Ok(())
            }
        });
        if room.is_err() {
            meters::event(event, "rejected");
        }
        room
    }

    /// Keeps the event and its runs, then begins the work. Done by a task of its own: a caller that goes away (a sender
    /// that hangs up) must not leave runs behind that are held and that nobody works on.
    async fn accept(
        self: &Arc<Self>,
        event: EventId,
        new: NewEvent,
        data: Arc<Value>,
        seeds: Vec<Seed>,
        lane: Lane,
    ) -> Result<Receipt, Rejected> {
        let engine = Arc::clone(self);
        let task = tokio::spawn(async move { engine.keep(event, new, data, seeds, lane).await });
        task.await.unwrap_or_else(|_| {
            Err(Rejected::Broken(
                "Bellhop broke down while it took the event; the program's log has the place.".into(),
            ))
        })
    }

    async fn keep(
        self: Arc<Self>,
        event: EventId,
        new: NewEvent,
        data: Arc<Value>,
        seeds: Vec<Seed>,
        lane: Lane,
    ) -> Result<Receipt, Rejected> {
        let name = new.origin.name.clone();
        let received_at = new.received_at;
        let record: Option<Arc<str>> = new.record.as_deref().map(Arc::from);
        let mut passed_over = new.passed_over.clone();
        let runs = seeds.iter().map(|seed| seed.run.clone()).collect();
        let accepted = match self.options.store.accept(&self.options.owner, new, runs).await {
            Ok(accepted) => accepted,
            Err(error) => {
                meters::event(&name, "rejected");
                self.tell_event(&event, &name, "rejected", received_at);
                return Err(self.rejected(error));
            }
        };
        let Accepted::New { ready, repeated, woken } = accepted else {
            meters::event(&name, "duplicate");
            self.tell_event(&event, &name, "duplicate", received_at);
            return Ok(Receipt { event, fate: Fate::Duplicate });
        };
        meters::event(&name, "new");
        self.tell_event(&event, &name, "new", received_at);
        let (mut started, mut queued) = (Vec::with_capacity(ready.len()), Vec::new());
        for seed in seeds {
            let id = seed.run.id;
            if repeated.contains(&id) {
                passed_over.push((seed.run.recipe, REPEATED.to_owned()));
                continue;
            }
            if !ready.contains(&id) {
                queued.push(id);
                continue;
            }
            started.push(id.clone());
            self.dispatch(Job {
                id,
                event: event.clone(),
                recipe: Arc::clone(&seed.loaded.id),
                record: record.clone(),
                trigger: Arc::clone(&data),
                given: seed.run.inputs,
                created: received_at,
                state: bellhop_journal::State::default(),
                pinned: Pinned::Loaded(seed.loaded),
                start: seed.start,
                signals: Vec::new(),
                lane,
                early: None,
            });
        }
        self.wake(&woken).await;
        Ok(Receipt { event, fate: Fate::New { started, queued, passed_over } })
    }

    fn tell_event(&self, event: &EventId, name: &str, fate: &str, began: Timestamp) {
        if let Some(tell) = &self.options.spans {
            tell(spans::event(event, name, fate, began, self.options.clock.now()));
        }
    }

    fn rejected(&self, error: StoreError) -> Rejected {
        match error {
            StoreError::Busy | StoreError::Taken(_) | StoreError::Unreadable(_) => Rejected::Overloaded,
            StoreError::Broken(sentence) => {
                self.break_down(&sentence);
                Rejected::Broken(sentence)
            }
        }
    }

    /// An id that no other delivery has: of something that happens once, and whose sender gives it none.
    pub(crate) fn unique_id(&self) -> String {
        let number = self.counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let now: Timestamp = self.options.clock.now();
        format!("{}/{}/{number}", self.options.owner, now.as_microsecond())
    }
}

/// What a run's order key is made of.
struct Order<'a> {
    trigger: Option<&'a Trigger>,
    record: Option<&'a str>,
    scope: &'a Scope,
}

fn seed(
    event: &EventId,
    loaded: &Arc<Loaded>,
    order: &Order<'_>,
    given: Value,
    start: Start,
    context: &Context,
) -> Seed {
    let recipe = &loaded.plan.id;
    let order_key = match order.trigger {
        Some(trigger) => verdict::order_key(recipe, trigger, order.record, order.scope, context),
        None => order.record.map(|record| format!("{recipe}|{record}")),
    };
    let run = NewRun {
        id: RunId::of(event, recipe),
        recipe: recipe.clone(),
        version: loaded.plan.version.clone(),
        order_key,
        inputs: given,
        once: None,
    };
    Seed { run, loaded: Arc::clone(loaded), start }
}
