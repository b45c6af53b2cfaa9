//! Schedules: fires recipes when their time has come, and makes up for what was missed as each recipe wishes.
//!
//! A firing is an event whose delivery id is its time: however many processes fire it, there is one run.

use std::collections::HashMap;
use std::sync::Arc;

use bellhop_clock::Schedule;
use bellhop_journal::{Origin, StoreError};
use bellhop_recipe::{CatchUp, Trigger, TriggerKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Rejected;
use crate::book::Loaded;
use crate::engine::Engine;
use crate::lane::{self, GRACE};
use crate::receive::Incoming;

/// The pause before a firing is tried again that could not be taken.
const BREATH: SignedDuration = SignedDuration::from_secs(1);
/// The longest sleep: a clock that is set meanwhile is noticed after it.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// How many firings are made up for in one go.
const MOST: usize = 100;

/// Up to when the firings of each schedule have been seen to, by the name of its note.
type Seen = HashMap<String, Timestamp>;

/// A schedule of a recipe.
struct Clockwork<'a> {
    loaded: &'a Arc<Loaded>,
    trigger: &'a Trigger,
    schedule: &'a Schedule,
    catch_up: CatchUp,
    note: String,
}

impl Engine {
    /// Fires schedules for as long as the engine lives.
    pub(crate) async fn keep_schedules(self: Arc<Self>) {
        let mut seen = Seen::new();
        loop {
            let until = self.fire_due(&mut seen).await;
            let changed = std::pin::pin!(self.recipes_changed.notified());
            futures::future::select(self.options.clock.sleep_until(until), changed).await;
        }
    }

    /// Fires what is due; when to look again.
    async fn fire_due(self: &Arc<Self>, seen: &mut Seen) -> Timestamp {
        let now = self.options.clock.now();
        let mut until = after(now, LONGEST);
        let recipes = self.book.shelf();
        for loaded in recipes.by_id.values().filter(|loaded| loaded.plan.enabled) {
            for (number, trigger) in loaded.plan.triggers.iter().enumerate() {
                let TriggerKind::Schedule { schedule, catch_up } = &trigger.kind else { continue };
                let note = format!("schedule/{}/{number}", loaded.plan.id);
                let clockwork = Clockwork { loaded, trigger, schedule, catch_up: *catch_up, note };
                let next = self.fire(&clockwork, now, seen).await.unwrap_or_else(|error| {
                    tracing::warn!(recipe = loaded.plan.id, %error, "a schedule could not be seen to; again in a moment");
                    after(now, BREATH)
                });
                until = until.min(next);
            }
        }
        until
    }

    /// Fires one schedule as often as it is due; when it fires next.
    async fn fire(
        self: &Arc<Self>,
        clockwork: &Clockwork<'_>,
        now: Timestamp,
        seen: &mut Seen,
    ) -> Result<Timestamp, Rejected> {
        let note = &clockwork.note;
        let since = if let Some(since) = seen.get(note) {
            *since
        } else {
            let kept = self.options.store.note(note).await.map_err(rejected)?;
            // A schedule that was never seen to begins now: nothing of it was missed.
            kept.and_then(|kept| kept.parse().ok()).unwrap_or(now)
        };
        let firings = due(clockwork.schedule, since, now, clockwork.catch_up);
        let all = firings.len() < MOST;
        let mut up_to = since;
        for firing in firings {
            let incoming = Incoming {
                origin: Origin {
                    source: format!("{}{}", lane::SCHEDULE, clockwork.loaded.plan.id),
                    name: "schedule".to_owned(),
                },
                delivery_id: firing.to_string(),
                record: None,
                data: json!({"at": firing}),
                lane: lane::of_firing(firing, now),
            };
            self.make_run(clockwork.loaded, incoming, Some(clockwork.trigger), Value::Null).await?;
            up_to = firing;
        }
        if all {
            up_to = now.max(since);
        }
        if up_to != since || !seen.contains_key(note) {
            self.options.store.put_note(note, &up_to.to_string()).await.map_err(rejected)?;
            seen.insert(note.clone(), up_to);
        }
        Ok(clockwork.schedule.next_after(up_to).unwrap_or(Timestamp::MAX))
    }
}

/// The firings after `since`, up to and with `now`, that are to happen: at the most [`MOST`], the earliest first.
fn due(schedule: &Schedule, since: Timestamp, now: Timestamp, catch_up: CatchUp) -> Vec<Timestamp> {
    let firings = |since: Timestamp| {
        std::iter::successors(schedule.next_after(since), |last| schedule.next_after(*last))
            .take_while(move |firing| *firing <= now)
    };
    let recent = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN).max(since);
    match catch_up {
        CatchUp::All => firings(since).take(MOST).collect(),
        CatchUp::None => firings(recent).take(MOST).collect(),
        CatchUp::Last => last(since, now, firings),
    }
}

/// The last firing, looked for in ever longer times before now, so that a schedule of every minute that was off for a
/// year is not counted through.
fn last<I: Iterator<Item = Timestamp>>(
    since: Timestamp,
    now: Timestamp,
    firings: impl Fn(Timestamp) -> I,
) -> Vec<Timestamp> {
    let mut span = SignedDuration::from_hours(1);
    loop {
        let begin = now.checked_sub(span).unwrap_or(Timestamp::MIN).max(since);
        let found = firings(begin).last();
        if found.is_some() || begin == since {
            return found.into_iter().collect();
        }
        span = span.saturating_mul(24);
    }
}

fn rejected(error: StoreError) -> Rejected {
    match error {
        StoreError::Broken(sentence) => Rejected::Broken(sentence),
        StoreError::Busy | StoreError::Taken(_) | StoreError::Unreadable(_) => Rejected::Overloaded,
    }
}

fn after(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}
