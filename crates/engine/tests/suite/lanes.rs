//! Who goes first: what only waits gives its place to others, and work on many records stands behind what happens now.

use bellhop_clock::Clock;
use bellhop_connector::Lane;
use bellhop_journal::RunStatus;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

#[test]
fn runs_that_stand_in_an_apps_line_hold_up_nobody_else() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: $.trigger.word }\n"))]);
    bench.crm.fail("a", std::iter::repeat_n(Fault::InLine, 60));
    on_one_thread(async {
        let engine = bench.started_with(|options| options.max_active = 8).await;
        for number in 0..60 {
            let event = created(&format!("a{number}"), &format!("c{number}"), json!({"word": "a"}));
            engine.receive("crm", event).await.unwrap();
        }
        bench.breathe().await;
        assert_eq!(bench.crm.calls(), 60, "all of them stand in line");
        for number in 0..20 {
            let event = created(&format!("b{number}"), &format!("d{number}"), json!({"word": "b"}));
            engine.receive("crm", event).await.unwrap();
        }
        bench.breathe().await;
        assert_eq!(bench.crm.effects(), vec!["tag b"; 20]);
        bench.crm.line.notify_waiters();
        bench.breathe().await;
        assert_eq!(bench.crm.effects().len(), 80);
        for number in 0..60 {
            let run = run_of(&format!("a{number}"), "r");
            assert_eq!(bench.status(&run).await, Some(RunStatus::Succeeded));
        }
        let event = created("last", "c0", json!({"word": "b"}));
        engine.receive("crm", event).await.unwrap();
        assert_eq!(bench.rest(&run_of("last", "r")).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn runs_whose_app_takes_its_time_hold_up_nobody_else() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: $.trigger.word }\n"))]);
    bench.crm.fail("a", std::iter::repeat_n(Fault::Hangs, 3));
    on_one_thread(async {
        let engine = bench.started_with(|options| options.max_active = 1).await;
        for (number, word) in ["a", "a", "a", "b"].into_iter().enumerate() {
            let event = created(&format!("w{number}"), &format!("c{number}"), json!({"word": word}));
            engine.receive("crm", event).await.unwrap();
        }
        bench.breathe().await;
        assert_eq!(bench.crm.calls(), 1, "there is one place, and who has it may be answered in a moment");
        for _ in 0..3 {
            bench.clock.advance(jiff::SignedDuration::from_millis(100));
            bench.breathe().await;
        }
        assert_eq!(bench.crm.effects(), ["tag b"]);
        let all = async || bench.crm.effects().len() == 4;
        assert!(bench.until(1, all).await, "{:?}", bench.crm.effects());
    });
}

#[test]
fn a_loop_over_all_that_is_found_calls_in_the_bulk_line() {
    let steps = "  - crm.tag: { text: before }\n  - for_each: { crm.search: { text: s, count: 3 } }\n    as: one\n    do:\n      - crm.tag: { text: $.one }\n  - crm.tag: { text: after }\n";
    let mut bench = Bench::new(&[("r", &recipe(steps))]);
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    for call in bench.crm.every_call() {
        let is_around = ["before", "after"].iter().any(|word| call.input["text"] == *word);
        let lane = if is_around { Lane::Live } else { Lane::Bulk };
        assert_eq!(call.standing.lane, lane, "{call:?}");
    }
}

#[test]
fn what_was_missed_is_made_up_for_behind_what_happens_now() {
    let text = "name: T\ntrigger:\n  crm.contact_updated: {}\nsteps:\n  - crm.tag: { text: $.trigger.id }\n";
    let mut bench = Bench::new(&[("r", text)]);
    on_one_thread(async {
        let engine = bench
            .started_with(|options| {
                options.asks = true;
                options.max_active = 1;
            })
            .await;
        bench.breathe().await;
        let missed = ["m1", "m2", "m3", "m4", "m5"];
        for contact in missed {
            bench.crm.happens("contact_updated", contact, bench.clock.now());
        }
        // The first of them holds the only place for a while; then it is tried again, by way of the store.
        bench.crm.fail("m1", [Fault::Hangs]);
        let hangs = async || bench.crm.calls() == 1;
        assert!(bench.until(1, hangs).await, "what was missed is found");
        bench.breathe().await;
        let mut now = created("w1", "now", json!({ "id": "now" }));
        now.name = "contact_updated".into();
        engine.receive("crm", now).await.unwrap();
        let all = async || bench.crm.effects().len() == 6;
        assert!(bench.until(1, all).await, "{:?}", bench.crm.effects());
    });
    assert_eq!(bench.crm.effects()[0], "tag now");
    for call in bench.crm.every_call() {
        let lane = if call.input["text"] == "now" { Lane::Live } else { Lane::Bulk };
        assert_eq!(call.standing.lane, lane, "{call:?}");
    }
    assert_eq!(bench.crm.every_call().iter().filter(|call| call.input["text"] == "m1").count(), 2);
}

#[test]
fn however_much_was_missed_only_some_of_it_waits_in_memory() {
    let text = "name: T\ntrigger:\n  crm.contact_created: {}\nsteps:\n  - crm.tag: { text: $.trigger.id }\n";
    let mut bench = Bench::new(&[("r", text)]);
    on_one_thread(async {
        let _engine = bench
            .started_with(|options| {
                options.asks = true;
                options.max_active = 1;
                options.max_backlog = 160;
            })
            .await;
        bench.breathe().await;
        for number in 0..100 {
            bench.crm.happens("contact_created", &format!("c{number}"), bench.clock.now());
        }
        bench.crm.fail("c0", [Fault::Hangs]);
        let hangs = async || bench.crm.calls() == 1;
        assert!(bench.until(1, hangs).await);
        bench.clock.advance(jiff::SignedDuration::from_secs(30));
        bench.breathe().await;
        assert_eq!(bench.store_runs().await, 12, "one at work, ten that wait, and the rest of a page");
        let all = async || bench.crm.effects().len() == 100;
        assert!(bench.until(1, all).await, "{:?}", bench.crm.effects().len());
    });
}
