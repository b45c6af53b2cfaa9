//! Looks for events where apps are asked (`via: poll`), and for those that an app should have told of and did not. What is
//! found becomes an event like any other, and is handled once, whether the app tells of it or not.
//!
//! Start at [`Engine::keep_looking`]. Where a look ended is kept only after all that it found; a look that is repeated after
//! a crash finds the same again, and the store knows it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use bellhop_connector::{Event, Failure, FailureClass, Found, Lane, Look, PollSpec};
use bellhop_journal::{EventFilter, EventId, StoreError};
use bellhop_recipe::{TriggerKind, Via};
use jiff::{SignedDuration, Timestamp};
use tokio::task::AbortHandle;

use crate::engine::Engine;
use crate::lane::{self, TOLD_WITHIN};
use crate::ledger::{self, Ledger, Tally};
use crate::wake::SHARE;
use crate::{Fate, Link, Rejected, meters};

/// The pause where more has been found than can be worked on for now.
const CROWDED: SignedDuration = SignedDuration::from_secs(1);
/// The usual time between two looks for what was not told.
const RECONCILE: SignedDuration = SignedDuration::from_mins(15);
/// How long one page may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);
/// The pause after a look that failed.
const BREATH: SignedDuration = SignedDuration::from_mins(1);
/// The app's clock and ours may differ by this much.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// An app tells of a change this long after it happened, by its own clock, at the most.
const TELLING: SignedDuration = SignedDuration::from_mins(1);
/// How many events are read from the store at a time.
const CHUNK: usize = 1_000;

/// The records whose events were found here, by connection and event (`contacts.contact_updated`): id → time.
pub(crate) type Brought = HashMap<(String, String), HashMap<String, Timestamp>>;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    connection: String,
    /// The event's name in the manifest.
    event: String,
    /// Whether the app is asked because it is not expected to tell.
    asked: bool,
    every: SignedDuration,
}

/// Why a look failed.
enum Trouble {
    App(Failure),
    Store(StoreError),
    Refused(Rejected),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::App(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Engine {
    /// Looks for what the recipes of the moment want looked for, each on its own.
    pub(crate) async fn keep_looking(self: Arc<Self>) {
        let mut looking: HashMap<(String, String), (Wanted, Ended)> = HashMap::new();
        loop {
            let changed = self.looks_changed.notified();
            let wanted = self.wanted();
            let names: Vec<(String, String)> = wanted.iter().map(|one| self.names(one)).collect();
            if let Err(error) = ledger::enter(self.options.store.as_ref(), &names).await {
                tracing::warn!(%error, "what is looked for could not be kept");
            }
            looking.retain(|_, (has, _)| wanted.contains(has));
            for one in wanted {
                let key = (one.connection.clone(), one.event.clone());
                looking.entry(key).or_insert_with(|| {
                    let task = tokio::spawn(Arc::clone(&self).look_for(one.clone()));
                    (one, Ended(task.abort_handle()))
                });
            }
            changed.await;
        }
    }

    fn names(&self, wanted: &Wanted) -> (String, String) {
        let connector =
            self.options.connections.get(&wanted.connection).map(|(one, _)| one.connector.as_str());
        (wanted.connection.clone(), format!("{}.{}", connector.unwrap_or_default(), wanted.event))
    }

    fn wanted(&self) -> Vec<Wanted> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let recipes = self.book.shelf();
        for loaded in recipes.by_id.values().filter(|loaded| loaded.plan.enabled) {
            for trigger in &loaded.plan.triggers {
                let TriggerKind::Event { connector, event, connection, via, every } = &trigger.kind else {
                    continue;
                };
                for (name, (link, app)) in &self.options.connections {
                    let meant = connection.as_ref().is_none_or(|meant| meant == name);
                    let spec = app.manifest().events.get(event).and_then(|event| event.poll.as_ref());
                    let Some(spec) = spec.filter(|_| meant && link.connector == *connector) else { continue };
                    let pace = spec.every().unwrap_or(RECONCILE);
                    let tells = app.manifest().webhook.is_some();
                    let one = match via {
                        Via::Webhook => continue,
                        Via::Either if tells => {
                            let reconcile = self.options.reconcile.get(name).copied();
                            let Some(every) = reconcile.unwrap_or(Some(RECONCILE)) else { continue };
                            (false, every.max(pace))
                        }
                        Via::Either => (true, pace),
                        Via::Poll => (true, every.as_ref().map_or(pace, |every| every.elapsed().max(pace))),
                    };
                    more_wanted(&mut wanted, name, event, one);
                }
            }
        }
        wanted
    }

    async fn look_for(self: Arc<Self>, wanted: Wanted) {
        let clock = Arc::clone(&self.options.clock);
        let (connection, event) = self.names(&wanted);
        let mut ours = HashSet::new();
        loop {
            let until = match self.look(&wanted, (&connection, &event), &mut ours).await {
                Ok(()) => after(clock.now(), wanted.every),
                Err(trouble) => {
                    let pause = self.tell_trouble(&wanted, (&connection, &event), trouble).await;
                    after(clock.now(), pause)
                }
            };
            clock.sleep_until(until).await;
        }
    }

    /// Looks once, page by page. `ours` are the deliveries of a page that are kept already, though the page is not done.
    async fn look(
        self: &Arc<Self>,
        wanted: &Wanted,
        (connection, event): (&str, &str),
        ours: &mut HashSet<String>,
    ) -> Result<(), Trouble> {
        let Some(link) = self.options.connections.get(connection) else { return Ok(()) };
        let (at, app) = link;
        let Some(spec) = app.manifest().events.get(&wanted.event).and_then(|event| event.poll.as_ref())
        else {
            return Ok(());
        };
        let store = self.options.store.as_ref();
        let mut ledger = Ledger::open(store, connection, event, self.options.clock.now()).await?;
        self.remember(&ledger);
        loop {
            self.let_others_catch_up().await;
            let now = self.options.clock.now();
            let young = if wanted.asked { Timestamp::MAX } else { before(now, TOLD_WITHIN) };
            let look = Look {
                event: wanted.event.clone(),
                connection: Arc::clone(at),
                cursor: ledger.cursor.take(),
                until: young,
                deadline: after(now, PATIENCE),
            };
            let looked = app.poll(look.clone()).await?;
            let told = self.told_of(link, spec, event, &looked.found).await?;
            let mut tally = Tally::default();
            for found in looked.found {
                let delivery = found.delivery_id.clone();
                let (id, time) = (found.id.clone(), found.at);
                let is_told = told.contains(&(id.clone(), time));
                if self.handle(link, &look, found, is_told, spec.once).await? {
                    ours.insert(delivery.clone());
                }
                let own = ours.contains(&delivery);
                if own && !spec.once {
                    ledger.recent.insert(id, time);
                }
                tally.add(Tally {
                    found: 1,
                    told: u64::from(!own),
                    healed: u64::from(own && !wanted.asked),
                    asked: u64::from(own && wanted.asked),
                });
            }
            ledger.cursor = Some(looked.cursor);
            ledger.asked = wanted.asked;
            ledger.every = wanted.every.as_secs();
            ledger.looked_at = Some(now);
            ledger.trouble = None;
            ledger.count(now, tally);
            ledger.keep(store).await?;
            ours.clear();
            meters::looked(event, tally);
            if !looked.more {
                return Ok(());
            }
        }
    }

    /// However much was missed, only so much of it waits in memory: half of what may, so that sleepers are woken as ever.
    async fn let_others_catch_up(&self) {
        let clock = &self.options.clock;
        let most = self.options.max_backlog.div_ceil(2 * SHARE);
        while self.pool.waiting_in(Lane::Bulk) >= most && !self.pool.is_closed() {
            clock.sleep_until(after(clock.now(), CROWDED)).await;
        }
    }

    /// Makes sure that something found is handled; whether that was our doing just now.
    async fn handle(
        self: &Arc<Self>,
        (connection, app): &Link,
        look: &Look,
        found: Found,
        told: bool,
        once: bool,
    ) -> Result<bool, Trouble> {
        let kept = self.options.store.event(&EventId::of(&connection.name, &found.delivery_id)).await?;
        if told || kept.is_some() {
            return Ok(false);
        }
        if !once {
            let key = (connection.name.clone(), format!("{}.{}", connection.connector, look.event));
            self.brought().entry(key).or_default().insert(found.id.clone(), found.at);
        }
        let lane = lane::of_happening(found.at, self.options.clock.now());
        let event = app.bring(look.clone(), found).await?;
        let receipt = self.take_event(&connection.name, event, lane).await.map_err(Trouble::Refused)?;
        Ok(matches!(receipt.fate, Fate::New { .. }))
    }

    /// Which of what was found the app has told of, by an event of its own id: for what comes more than once in a record's
    /// life, and so is not known by its record.
    async fn told_of(
        &self,
        (connection, _): &Link,
        spec: &PollSpec,
        event: &str,
        found: &[Found],
    ) -> Result<HashSet<(String, Timestamp)>, StoreError> {
        let mut told = HashSet::new();
        let Some(first) = found.iter().map(|found| found.at).min().filter(|_| !spec.once) else {
            return Ok(told);
        };
        let names: Vec<String> = spec
            .told_by
            .iter()
            .map(|name| format!("{}.{name}", connection.connector))
            .chain([event.to_owned()])
            .collect();
        let mut until = None;
        loop {
            let filter = EventFilter {
                since: Some(before(first, SKEW)),
                until,
                limit: CHUNK,
                ..EventFilter::default()
            };
            let heard = self.options.store.events(filter).await?;
            for one in heard.iter().map(|heard| &heard.event) {
                let ours = one.delivery_id.starts_with(&look_prefix(&one.origin.name));
                if one.origin.source != connection.name || ours || !names.contains(&one.origin.name) {
                    continue;
                }
                let Some(id) = spec.id_of(&one.data) else { continue };
                let same =
                    found.iter().filter(|found| found.id == id && before(found.at, SKEW) <= one.received_at);
                told.extend(same.map(|found| (found.id.clone(), found.at)));
            }
            let oldest = heard.last().map(|heard| heard.event.received_at);
            if heard.len() < CHUNK || oldest == until {
                return Ok(told);
            }
            until = oldest;
        }
    }

    /// Whether a delivery tells of something that was found here before it came.
    pub(crate) fn was_brought(&self, connection: &str, event: &Event) -> bool {
        let brought = self.brought();
        if brought.is_empty() {
            return false;
        }
        let Some((link, app)) = self.options.connections.get(connection) else { return false };
        let spec = app.manifest().events.get(&event.name).and_then(|event| event.poll.as_ref());
        let known = brought.get(&(connection.to_owned(), format!("{}.{}", link.connector, event.name)));
        let (Some(spec), Some(known)) = (spec, known) else { return false };
        let at = spec.id_of(&event.data).and_then(|id| known.get(&id));
        at.is_some_and(|at| event.occurred_at <= after(*at, TELLING))
    }

    fn remember(&self, ledger: &Ledger) {
        if !ledger.recent.is_empty() {
            let key = (ledger.connection.clone(), ledger.event.clone());
            let known = ledger.recent.iter().map(|(id, at)| (id.clone(), *at)).collect();
            self.brought().insert(key, known);
        }
    }

    fn brought(&self) -> std::sync::MutexGuard<'_, Brought> {
        self.brought.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says why a look failed; how long to wait.
    async fn tell_trouble(
        &self,
        wanted: &Wanted,
        (connection, event): (&str, &str),
        trouble: Trouble,
    ) -> SignedDuration {
        let (sentence, class, pause) = match trouble {
            Trouble::App(failure) => {
                let pause = match failure.class {
                    FailureClass::RateLimited { after_ms: Some(wait) } => {
                        SignedDuration::from_millis(i64::try_from(wait).unwrap_or(i64::MAX))
                    }
                    _ => BREATH,
                };
                (failure.message, failure.class.name(), pause.max(BREATH))
            }
            Trouble::Store(error) => (error.to_string(), "store", BREATH),
            Trouble::Refused(error) => (error.to_string(), "store", BREATH),
        };
        meters::look_failed(event, class);
        tracing::warn!(connection, event, "a look for events failed; again later: {sentence}");
        let store = self.options.store.as_ref();
        let now = self.options.clock.now();
        if let Ok(mut ledger) = Ledger::open(store, connection, event, now).await
            && ledger.trouble.as_deref() != Some(sentence.as_str())
        {
            ledger.trouble = Some(sentence);
            ledger.asked = wanted.asked;
            ledger.every = wanted.every.as_secs();
            if let Err(error) = ledger.keep(store).await {
                tracing::warn!(%error, "it could not be kept that a look failed");
            }
        }
        pause
    }
}

/// Of several who want the same looked for, the most eager decides.
fn more_wanted(
    wanted: &mut Vec<Wanted>,
    connection: &str,
    event: &str,
    (asked, every): (bool, SignedDuration),
) {
    match wanted.iter_mut().find(|one| one.connection == connection && one.event == event) {
        Some(one) if one.asked == asked => one.every = one.every.min(every),
        Some(one) if asked => (one.asked, one.every) = (true, every),
        Some(_) => {}
        None => {
            wanted.push(Wanted { connection: connection.to_owned(), event: event.to_owned(), asked, every });
        }
    }
}

/// How the delivery ids of found events begin, which a sender's own never do: `contact_updated `.
fn look_prefix(origin: &str) -> String {
    format!("{} ", origin.split_once('.').map_or(origin, |(_, event)| event))
}

/// Ends a task when dropped.
struct Ended(AbortHandle);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn after(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

fn before(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_sub(pause).unwrap_or(Timestamp::MIN)
}
