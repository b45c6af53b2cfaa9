//! Schedules fire in time, once however many processes there are, and make up for what was missed as the recipe wishes.

use bellhop_clock::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Bench, on_one_thread};

fn nightly(catch_up: &str) -> String {
    format!(
        "name: T\ntrigger:\n  schedule: {{ cron: 0 2 * * *, time_zone: UTC, catch_up: {catch_up} }}\nsteps:\n  - crm.tag: {{ text: $.trigger.at }}\n"
    )
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Lives from the bench's time until `end`, half a minute at a time.
async fn live_until(bench: &Bench, end: &str) {
    while bench.clock.now() < time(end) {
        bench.clock.advance(SignedDuration::from_secs(30));
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn a_schedule_fires_each_time_once_in_all_processes() {
    let mut bench = Bench::new(&[("r", &nightly("none"))]);
    on_one_thread(async {
        let _one = bench.started().await;
        let _other = bench.started().await;
        live_until(&bench, "2026-03-05T01:00:00Z").await;
    });
    assert_eq!(bench.crm.effects(), ["tag 2026-03-03T02:00:00Z", "tag 2026-03-04T02:00:00Z"]);
}

#[test]
fn missed_firings_are_made_up_for_as_the_recipe_wishes() {
    for (catch_up, made_up) in [
        ("none", vec![]),
        ("last", vec!["tag 2026-03-06T02:00:00Z"]),
        ("all", vec!["tag 2026-03-04T02:00:00Z", "tag 2026-03-05T02:00:00Z", "tag 2026-03-06T02:00:00Z"]),
    ] {
        let mut bench = Bench::new(&[("r", &nightly(catch_up))]);
        on_one_thread(async {
            let _engine = bench.started().await;
            live_until(&bench, "2026-03-03T03:00:00Z").await;
        });
        assert_eq!(bench.crm.effects(), ["tag 2026-03-03T02:00:00Z"]);
        bench.store = bench.store.reopened();
        bench.clock.set(time("2026-03-06T12:00:00Z"));
        on_one_thread(async {
            let _engine = bench.started().await;
            live_until(&bench, "2026-03-06T12:01:00Z").await;
        });
        assert_eq!(bench.crm.effects()[1..], made_up, "{catch_up}");
    }
}

#[test]
fn wherever_the_process_dies_no_firing_is_missed_and_none_happens_twice() {
    let world = Bench::new(&[("r", &nightly("all"))]);
    for moment in 1.. {
        let mut bench = world.afresh();
        on_one_thread(async {
            let _engine = bench.started().await;
            bench.breathe().await;
        });
        bench.store = bench.store.reopened();
        bench.clock.set(time("2026-03-05T12:00:00Z"));
        bench.death.at(moment);
        let mortal = bench.death.clone();
        on_one_thread(mortal.or_lives(async {
            let _engine = bench.started().await;
            live_until(&bench, "2026-03-05T12:01:00Z").await;
        }));
        let died = mortal.has_come();
        bench.death.never();
        bench.store = bench.store.reopened();
        on_one_thread(async {
            let _engine = bench.started().await;
            live_until(&bench, "2026-03-05T12:02:00Z").await;
            assert_eq!(bench.store_runs().await, 3, "dead at moment {moment}");
        });
        for day in 3..=5 {
            let effect = format!("tag 2026-03-0{day}T02:00:00Z");
            assert!(
                bench.crm.effects().contains(&effect),
                "dead at moment {moment}: {:?}",
                bench.crm.effects()
            );
        }
        if !died {
            assert!(moment > 10, "{moment}");
            break;
        }
    }
}

#[test]
fn a_firing_that_is_hardly_late_was_not_missed() {
    let mut bench = Bench::new(&[("r", &nightly("none"))]);
    on_one_thread(async {
        let _engine = bench.started().await;
        bench.breathe().await;
    });
    bench.store = bench.store.reopened();
    bench.clock.set(time("2026-03-03T02:00:00Z") + SignedDuration::from_secs(30));
    on_one_thread(async {
        let _engine = bench.started().await;
        bench.breathe().await;
    });
    assert_eq!(bench.crm.effects(), ["tag 2026-03-03T02:00:00Z"]);
}

#[test]
fn a_recipe_that_is_new_or_switched_off_fires_nothing_of_the_past() {
    let mut bench = Bench::new(&[("r", &nightly("all"))]);
    on_one_thread(async {
        let engine = bench.started().await;
        bench.breathe().await;
        assert_eq!(bench.crm.calls(), 0);
        let off = nightly("all").replace("name: T", "name: T\nenabled: false");
        engine.set_recipes(vec![crate::support::plan(&bench.crm, "r", &off)]).await.unwrap();
        live_until(&bench, "2026-03-05T12:00:00Z").await;
    });
    assert_eq!(bench.crm.calls(), 0);
}
