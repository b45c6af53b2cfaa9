//! What a run does when the store is busy, when another process has taken it, and when its recipe is gone.

use std::sync::Arc;

use bellhop_connector::FailureClass;
use bellhop_engine::{Engine, PersonError};
use bellhop_journal::{RunStatus, StoreError};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, plan, recipe, run_of};

#[test]
fn a_busy_store_costs_time_and_repeats_nothing() {
    for busy in 1..5 {
        let mut bench = Bench::new(&[(
            "r",
            &recipe("  - crm.create_note: { text: a }\n  - crm.create_note: { text: b }\n"),
        )]);
        on_one_thread(async {
            let engine = bench.started().await;
            bench.breathe().await;
            bench.store.be_busy(busy);
            engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
            assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded), "{busy} times busy");
        });
        assert_eq!(bench.crm.effects(), ["create_note a", "create_note b"], "{busy} times busy");
    }
}

#[test]
fn a_wish_that_the_store_was_too_busy_for_can_be_made_again() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.create_note: { text: $.trigger.word }\n"))]);
    bench.crm.fail("a", [Fault::Class(FailureClass::NotFound)]);
    bench.crm.fail("b", [Fault::Class(FailureClass::RateLimited { after_ms: Some(60_000) })]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, word) in [("w1", "a"), ("w2", "b"), ("w3", "c")] {
            engine.receive("crm", created(delivery, "c1", json!({"word": word}))).await.unwrap();
        }
        bench.breathe().await;
        let stands =
            [("w1", RunStatus::NeedsAttention), ("w2", RunStatus::Sleeping), ("w3", RunStatus::Queued)];
        for (delivery, status) in stands {
            let run = run_of(delivery, "r");
            bench.store.be_busy(1);
            let refused = engine.cancel(&run).await;
            assert_eq!(refused, Err(PersonError::Store(StoreError::Busy)));
            assert_eq!(bench.status(&run).await, Some(status));
            let found = engine.store().run(run.as_str()).await.unwrap().unwrap();
            assert_eq!(found.run.holder, None, "{delivery} is nobody's");
        }
        engine.retry(&run_of("w1", "r"), None).await.unwrap();
        for delivery in ["w1", "w2", "w3"] {
            assert_eq!(bench.rest(&run_of(delivery, "r")).await, Some(RunStatus::Succeeded), "{delivery}");
        }
    });
}

#[test]
fn a_run_that_another_process_took_is_left_to_it() {
    let mut bench =
        Bench::new(&[("r", &recipe("  - crm.create_note: { text: a }\n  - crm.create_note: { text: b }\n"))]);
    bench.crm.fail("a", [Fault::Hangs]);
    on_one_thread(async {
        let slow = bench.started().await;
        bench.breathe().await;
        slow.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        bench.crm.hung.notified().await;
        // As after a long sleep of the machine, where the store knows of no locks: its sign of life is too old, and another
        // process takes what it held.
        bench.store.forget_owner("life 1");
        let _other = bench.started().await;
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        let story = bench.story(&run_of("w1", "r")).await;
        // The call that hung is given up by the slow process; nothing of that reaches the history.
        bench.clock.advance(SignedDuration::from_mins(2));
        bench.breathe().await;
        slow.wait_idle().await.unwrap();
        assert_eq!(bench.story(&run_of("w1", "r")).await, story);
    });
    assert_eq!(bench.crm.effects(), ["create_note a", "create_note b"]);
}

#[test]
fn a_version_that_cannot_be_had_any_more_is_given_to_a_person() {
    for (text, words) in
        [(None, "is not in the store any more"), (Some("name: T\n"), "does not fit this workspace any more")]
    {
        let mut bench = Bench::new(&[("r", &recipe("  - wait: 1 day\n  - crm.tag: { text: a }\n"))]);
        let run = run_of("w1", "r");
        on_one_thread(async {
            let engine = bench.started().await;
            engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
            bench.breathe().await;
        });
        bench.store = bench.store.reopened();
        bench.store.rewrite_recipe("r", text);
        bench.recipes = vec![plan(&bench.crm, "r", &recipe("  - crm.tag: { text: new }\n"))];
        on_one_thread(async {
            let _engine = bench.started().await;
            assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
            let summary = bench.summary(&run).await;
            assert!(summary.contains(words), "{summary}");
        });
        assert_eq!(bench.crm.calls(), 0);
    }
}

/// An engine whose run has slept for a day: the waker has claimed it, and has no answer yet.
async fn claiming(bench: &mut Bench) -> Arc<Engine> {
    let engine = bench.started().await;
    engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
    engine.wait_idle().await.unwrap();
    bench.store.answer_a_claim_after(10);
    bench.clock.advance(SignedDuration::from_hours(24));
    tokio::task::yield_now().await;
    engine
}

#[test]
fn nobody_is_told_that_all_is_quiet_while_a_claim_is_on_its_way() {
    let mut bench = Bench::new(&[("r", &recipe("  - wait: 1 day\n  - crm.create_note: { text: a }\n"))]);
    on_one_thread(async {
        let engine = claiming(&mut bench).await;
        engine.wait_idle().await.unwrap();
        assert_eq!(bench.status(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn nothing_is_wished_of_a_run_between_its_claim_and_the_work_on_it() {
    let mut bench = Bench::new(&[("r", &recipe("  - wait: 1 day\n  - crm.tag: { text: a }\n"))]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let engine = claiming(&mut bench).await;
        if let Err(error) = engine.cancel(&run).await {
            assert!(error.to_string().contains("over already"), "{error}");
        }
        engine.wait_idle().await.unwrap();
        let story = bench.story(&run).await;
        let started = story.iter().filter(|entry| entry.starts_with("started")).count();
        assert_eq!(bench.crm.calls(), started, "nothing is called behind the history's back: {story:?}");
    });
}
