//! What an app does not tell is found by asking it, and handled once: whatever is told late, twice or never, and wherever
//! the process dies.

use std::collections::HashMap;
use std::sync::Arc;

use bellhop_clock::Clock;
use bellhop_connector::Event;
use bellhop_engine::{Engine, EngineOptions, Fate, Tally, completeness};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Bench, created, on_one_thread};

const HEALED: &str =
    "name: T\ntrigger:\n  crm.contact_created: {}\nsteps:\n  - crm.tag: { text: $.trigger.id }\n";
const ASKED: &str = "name: T\ntrigger:\n  crm.contact_created: { via: poll, every: 5 minutes }\nsteps:\n  - crm.tag: { text: $.trigger.id }\n";

fn asks(options: &mut EngineOptions) {
    options.asks = true;
}

/// Lives for so many minutes, half a minute at a time.
async fn live(bench: &Bench, minutes: i64) {
    for _ in 0..minutes * 2 {
        bench.clock.advance(SignedDuration::from_secs(30));
        bench.breathe().await;
    }
}

/// The app makes a contact, and says nothing.
fn makes(bench: &Bench, contact: &str) {
    bench.crm.happens("contact_created", contact, bench.clock.now());
}

async fn tell(engine: &Arc<Engine>, contact: &str) -> Fate {
    let event = created(&format!("contact_created {contact}"), contact, json!({ "id": contact }));
    engine.receive("crm", event).await.unwrap().fate
}

fn updated(delivery: &str, contact: &str, at: Timestamp) -> Event {
    let mut event = created(delivery, contact, json!({ "id": contact }));
    event.name = "contact_updated".into();
    event.occurred_at = at;
    event
}

async fn tally(bench: &Bench) -> Tally {
    completeness(&bench.store).await.unwrap()[0].tally(None)
}

#[test]
fn an_app_that_is_asked_starts_each_recipe_once_in_all_processes() {
    let mut bench = Bench::new(&[("r", ASKED)]);
    makes(&bench, "before");
    on_one_thread(async {
        let _one = bench.started_with(asks).await;
        let _other = bench.started_with(asks).await;
        bench.breathe().await;
        for contact in ["c1", "c2", "c3"] {
            makes(&bench, contact);
        }
        live(&bench, 4).await;
        assert_eq!(bench.crm.calls(), 0, "the next look is only after five minutes");
        live(&bench, 2).await;
        live(&bench, 20).await;
    });
    let mut effects = bench.crm.effects();
    effects.sort();
    assert_eq!(effects, ["tag c1", "tag c2", "tag c3"], "what was before the first look is not wanted");
}

#[test]
fn what_was_not_told_is_healed_after_a_while_and_counted() {
    let mut bench = Bench::new(&[("r", HEALED)]);
    on_one_thread(async {
        let engine = bench.started_with(asks).await;
        bench.breathe().await;
        for contact in ["told", "lost", "also told"] {
            makes(&bench, contact);
        }
        tell(&engine, "told").await;
        tell(&engine, "also told").await;
        live(&bench, 14).await;
        assert_eq!(bench.crm.effects(), ["tag told", "tag also told"]);
        live(&bench, 2).await;
        assert_eq!(bench.crm.effects(), ["tag told", "tag also told", "tag lost"]);
        assert_eq!(tally(&bench).await, Tally { found: 3, told: 2, healed: 1, asked: 0 });

        assert_eq!(tell(&engine, "lost").await, Fate::Duplicate, "it comes late all the same");
        live(&bench, 60).await;
    });
    assert_eq!(bench.crm.effects().len(), 3);
    assert_eq!(on_one_thread(tally(&bench)).handled(), 3);
}

#[test]
fn what_is_younger_than_the_grace_may_still_be_told() {
    let mut bench = Bench::new(&[("r", HEALED)]);
    on_one_thread(async {
        let engine = bench.started_with(asks).await;
        live(&bench, 13).await;
        makes(&bench, "young");
        live(&bench, 7).await;
        assert_eq!(bench.crm.calls(), 0);
        tell(&engine, "young").await;
        live(&bench, 20).await;
        assert_eq!(tally(&bench).await, Tally { found: 1, told: 1, healed: 0, asked: 0 });
    });
    assert_eq!(bench.crm.effects(), ["tag young"]);
}

#[test]
fn a_change_that_was_told_under_the_senders_own_id_is_no_gap() {
    let recipe = HEALED.replace("contact_created", "contact_updated");
    let mut bench = Bench::new(&[("r", &recipe)]);
    on_one_thread(async {
        let engine = bench.started_with(asks).await;
        bench.breathe().await;
        let first = bench.clock.now();
        for contact in ["told", "lost"] {
            bench.crm.happens("contact_updated", contact, first);
        }
        engine.receive("crm", updated("w1", "told", first)).await.unwrap();
        live(&bench, 16).await;
        assert_eq!(bench.crm.effects(), ["tag told", "tag lost"]);

        // The delivery comes an hour late, and once more to the process after the next.
        live(&bench, 60).await;
        let late = engine.receive("crm", updated("w2", "lost", first)).await.unwrap();
        assert_eq!(late.fate, Fate::Duplicate);
    });
    bench.store = bench.store.reopened();
    on_one_thread(async {
        let engine = bench.started_with(asks).await;
        bench.breathe().await;
        let late =
            engine.receive("crm", updated("w2", "lost", "2026-03-02T09:00:00Z".parse().unwrap())).await;
        assert_eq!(late.unwrap().fate, Fate::Duplicate);

        // A change after that one is another.
        let now = bench.clock.now();
        bench.crm.happens("contact_updated", "lost", now);
        engine.receive("crm", updated("w3", "lost", now)).await.unwrap();
        live(&bench, 31).await;
    });
    assert_eq!(bench.crm.effects(), ["tag told", "tag lost", "tag lost"]);
}

#[test]
fn an_app_is_left_alone_where_nobody_wants_it_asked() {
    let own = |via: &str| HEALED.replace("{}", &format!("{{ {via} }}"));
    for (recipe, off) in [(HEALED.to_owned(), true), (own("via: webhook"), false)] {
        let mut bench = Bench::new(&[("r", &recipe)]);
        on_one_thread(async {
            let _engine = bench
                .started_with(|options| {
                    asks(options);
                    if off {
                        options.reconcile = HashMap::from([("crm".to_owned(), None)]);
                    }
                })
                .await;
            live(&bench, 60).await;
        });
        assert_eq!(bench.crm.asked(), 0, "{recipe}");
    }
    let mut bench = Bench::new(&[("r", HEALED)]);
    on_one_thread(async {
        let _engine = bench.started().await;
        live(&bench, 60).await;
    });
    assert_eq!(bench.crm.asked(), 0, "an engine that was not told to asks nobody");
}

#[test]
fn wherever_the_process_dies_nothing_is_missed_and_nothing_is_done_twice() {
    for recipe in [ASKED, HEALED] {
        let lived = |moment: Option<usize>| {
            let mut bench = Bench::new(&[("r", recipe)]);
            on_one_thread(async {
                let _engine = bench.started_with(asks).await;
                bench.breathe().await;
            });
            bench.store = bench.store.reopened();
            for contact in ["c1", "c2", "c3", "c4", "c5"] {
                makes(&bench, contact);
            }
            bench.clock.advance(SignedDuration::from_mins(11));
            match moment {
                Some(moment) => bench.death.at(moment),
                None => bench.death.never(),
            }
            let begun = bench.death.moments();
            on_one_thread(async {
                let engine = bench.engine_with(asks);
                let recipes = bench.recipes.clone();
                // A store that is dead never answers.
                tokio::spawn(async move {
                    engine.set_recipes(recipes).await.unwrap();
                    engine.start().await.unwrap();
                });
                live(&bench, 2).await;
            });
            let moments = bench.death.moments() - begun;
            bench.death.never();
            bench.store = bench.store.reopened();
            on_one_thread(async {
                let _engine = bench.started_with(asks).await;
                live(&bench, 30).await;
            });
            let mut effects = bench.crm.effects();
            effects.sort();
            effects.dedup();
            let handled = on_one_thread(tally(&bench));
            (moments, effects, handled, on_one_thread(bench.store_runs()))
        };
        let (moments, effects, handled, runs) = lived(None);
        assert_eq!(effects, ["tag c1", "tag c2", "tag c3", "tag c4", "tag c5"]);
        assert_eq!((handled.found, handled.handled(), runs), (5, 5, 5));
        assert!(moments > 5, "there is something to die in");
        for moment in 1..=moments {
            let (_, effects, handled, runs) = lived(Some(moment));
            assert_eq!(effects.len(), 5, "death at {moment}: {effects:?}");
            assert_eq!((handled.found, handled.handled(), runs), (5, 5, 5), "death at {moment}");
        }
    }
}
