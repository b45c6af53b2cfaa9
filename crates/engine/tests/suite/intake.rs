//! Events at the door: on disk before they are acknowledged, taken once, routed by conditions, refused under overload.

use bellhop_engine::{Fate, Rejected};
use bellhop_journal::{EventId, RunStatus};
use serde_json::json;

use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const WAITS: &str = "  - wait: 1 day\n";

#[test]
fn nothing_is_acknowledged_before_the_store_has_it() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: a }\n"))]);
    on_one_thread(async {
        let engine = bench.started().await;
        bench.breathe().await;
        for moment in [1, 2] {
            bench.death.at(moment);
            let receipt = engine.receive("crm", created("w1", "c1", json!({})));
            let waited = tokio::select! {
                biased;
                receipt = receipt => Some(receipt),
                () = bench.breathe() => None,
            };
            assert_eq!(waited, None, "dead at moment {moment}");
        }
    });
    // The second death came after the sync: the event is there, though nobody was told.
    bench.store = bench.store.reopened();
    bench.death.never();
    on_one_thread(async {
        let engine = bench.started().await;
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        let receipt = engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(receipt.fate, Fate::Duplicate);
    });
    assert_eq!(bench.crm.effects(), ["tag a"]);
}

#[test]
fn a_sender_that_hangs_up_leaves_no_run_behind() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: a }\n"))]);
    on_one_thread(async {
        let engine = bench.started().await;
        let mut receipt = Box::pin(engine.receive("crm", created("w1", "c1", json!({}))));
        assert!(futures::poll!(&mut receipt).is_pending());
        drop(receipt);
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn an_event_is_taken_once_and_starts_every_recipe_that_wants_it() {
    let only = |condition: &str| {
        format!(
            "name: T\ntrigger:\n  crm.contact_created: {{ only_if: {condition} }}\nsteps:\n  - crm.tag: {{ text: a }}\n"
        )
    };
    let off = recipe("  - crm.tag: { text: b }\n").replace("name: Test", "name: Test\nenabled: false");
    let mut bench = Bench::new(&[
        ("wants", &only("trigger.score > 5")),
        ("refuses", &only("trigger.score > 50")),
        ("cannot-tell", &only("trigger.nothing > 5")),
        ("off", &off),
    ]);
    on_one_thread(async {
        let engine = bench.started().await;
        let receipt = engine.receive("crm", created("w1", "c1", json!({"score": 7}))).await.unwrap();
        let Fate::New { mut started, queued, mut passed_over } = receipt.fate else { panic!("{receipt:?}") };
        let mut expected = [run_of("w1", "wants"), run_of("w1", "cannot-tell")];
        started.sort();
        expected.sort();
        assert_eq!(started, expected);
        assert_eq!(queued, []);
        passed_over.sort();
        let names: Vec<&str> = passed_over.iter().map(|(recipe, _)| recipe.as_str()).collect();
        assert_eq!(names, ["off", "refuses"]);
        assert_eq!(receipt.event, EventId::of("crm", "w1"));
        let again = engine.receive("crm", created("w1", "c1", json!({"score": 7}))).await.unwrap();
        assert_eq!((again.event, again.fate), (receipt.event, Fate::Duplicate));
        assert_eq!(bench.rest(&run_of("w1", "wants")).await, Some(RunStatus::Succeeded));
        // A condition without an answer loses nothing: a person decides.
        let unclear = run_of("w1", "cannot-tell");
        assert_eq!(bench.rest(&unclear).await, Some(RunStatus::NeedsAttention));
        assert!(bench.summary(&unclear).await.contains("only_if"));
        engine.retry(&unclear, None).await.unwrap();
        assert_eq!(bench.rest(&unclear).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn a_condition_without_an_answer_is_remembered_by_a_process_that_dies() {
    let text = "name: T\ntrigger:\n  crm.contact_created: { only_if: trigger.nothing > 5 }\nsteps:\n  - crm.tag: { text: a }\n";
    let mut bench = Bench::new(&[("r", text)]);
    on_one_thread(async {
        let engine = bench.started().await;
        bench.breathe().await;
        // Right after the sync of the event, before the run is halted.
        bench.death.at(3);
        let _ = engine.receive("crm", created("w1", "c1", json!({}))).await;
        bench.breathe().await;
    });
    assert!(bench.death.has_come());
    bench.store = bench.store.reopened();
    bench.death.never();
    on_one_thread(async {
        let _engine = bench.started().await;
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::NeedsAttention));
    });
    assert_eq!(bench.crm.calls(), 0);
}

#[test]
fn events_come_in_only_while_there_is_room_and_a_store() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: a }\n"))]);
    on_one_thread(async {
        let early = bench.engine();
        assert_eq!(early.receive("crm", created("w0", "c0", json!({}))).await, Err(Rejected::NotReady));

        let engine = bench.engine_with(|options| {
            options.max_active = 1;
            options.max_backlog = 2;
        });
        engine.set_recipes(bench.recipes.clone()).await.unwrap();
        engine.start().await.unwrap();
        bench.crm.fail("a", [crate::support::crm::Fault::Hangs]);
        for number in 0..3 {
            let event = created(&format!("w{number}"), &format!("c{number}"), json!({}));
            engine.receive("crm", event).await.unwrap();
        }
        bench.crm.hung.notified().await;
        let refused = engine.receive("crm", created("w9", "c9", json!({}))).await;
        assert_eq!(refused, Err(Rejected::Overloaded));
        assert_eq!(bench.store_has("w9").await, None);
        // Once the hanging call has been given up there is room again.
        assert_eq!(bench.rest(&run_of("w2", "r")).await, Some(RunStatus::Succeeded));
        engine.receive("crm", created("w9", "c9", json!({}))).await.unwrap();

        let nowhere = engine.receive("slack", created("w10", "c1", json!({}))).await;
        assert!(matches!(nowhere, Err(Rejected::Unknown(_))));
        bench.store.break_down();
        let broken = engine.receive("crm", created("w11", "c1", json!({}))).await;
        assert!(matches!(broken, Err(Rejected::Broken(sentence)) if sentence.contains("disk is full")));
        assert!(matches!(engine.readiness(), Err(Rejected::Broken(_))));
    });
}

#[test]
fn own_webhooks_and_runs_by_hand_start_recipes() {
    let hook =
        "name: T\ntrigger:\n  webhook: { path: form }\nsteps:\n  - crm.tag: { text: $.trigger.word }\n";
    let hand = "name: T\ninputs:\n  word: { type: text, description: A word }\ntrigger:\n  manual: {}\nsteps:\n  - crm.tag: { text: $.inputs.word }\n";
    let mut bench = Bench::new(&[("hook", hook), ("hand", hand)]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, new) in [(None, true), (None, true), (Some("d1"), true), (Some("d1"), false)] {
            let receipt = engine.receive_webhook("form", delivery, json!({"word": "hook"})).await.unwrap();
            assert_eq!(matches!(receipt.fate, Fate::New { .. }), new, "{delivery:?}");
        }
        assert!(matches!(engine.receive_webhook("other", None, json!({})).await, Err(Rejected::Unknown(_))));
        engine.wait_idle().await.unwrap();
        assert_eq!(bench.crm.effects(), ["tag hook"; 3]);

        let run = engine.run_now("hand", json!(null), json!({"word": "hand"})).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects()[3], "tag hand");
        let missing = engine.run_now("hand", json!(null), json!(null)).await.unwrap_err();
        assert!(missing.to_string().contains("`word`"), "{missing}");
        let unknown = engine.run_now("nothing", json!(null), json!(null)).await.unwrap_err();
        assert!(unknown.to_string().contains("`nothing`"), "{unknown}");
    });
}

#[test]
fn an_engine_that_stops_lets_calls_finish_and_the_next_goes_on() {
    let steps = format!("  - crm.create_note: {{ text: a }}\n  - crm.create_note: {{ text: b }}\n{WAITS}");
    let mut bench = Bench::new(&[("r", &recipe(&steps))]);
    bench.crm.slow();
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        while bench.crm.calls() == 0 {
            tokio::task::yield_now().await;
        }
        engine.shutdown(jiff::SignedDuration::from_secs(30)).await;
        assert_eq!(engine.receive("crm", created("w2", "c2", json!({}))).await, Err(Rejected::NotReady));
        assert_eq!(bench.crm.effects(), ["create_note a"]);
        assert_eq!(bench.story(&run_of("w1", "r")).await, ["started /steps/0 1", "ended /steps/0"]);
        let _next = bench.started().await;
        bench.breathe().await;
        assert_eq!(bench.crm.effects(), ["create_note a", "create_note b"]);
        assert_eq!(bench.crm.looks(), 0);
    });
}

#[test]
fn of_events_with_one_key_only_the_first_starts_a_run() {
    on_one_thread(async {
        let text = "name: Once\ntrigger:\n  crm.contact_created:\n    once_per: trigger.email\n    within: 1 day\nsteps:\n  \
                    - crm.send: { text: \"{{ trigger.id }}\" }\n";
        let mut bench = Bench::new(&[("r", text)]);
        let engine = bench.started().await;
        let event =
            |delivery: &str, id: &str| created(delivery, id, json!({ "id": id, "email": "a@example.com" }));
        engine.receive("crm", event("w1", "c1")).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        let receipt = engine.receive("crm", event("w2", "c2")).await.unwrap();
        let Fate::New { started, queued, passed_over } = receipt.fate else { panic!("a duplicate") };
        assert!(started.is_empty() && queued.is_empty());
        assert_eq!(passed_over, [("r".to_owned(), bellhop_journal::REPEATED.to_owned())]);
        // After the time is over the key is free again.
        let now = bellhop_clock::Clock::now(&bench.clock);
        bench.clock.set(now + jiff::SignedDuration::from_hours(25));
        engine.receive("crm", event("w3", "c3")).await.unwrap();
        assert_eq!(bench.rest(&run_of("w3", "r")).await, Some(RunStatus::Succeeded));
        // What has no key is not told from others: each starts a run.
        for (delivery, email) in
            [("w4", json!("")), ("w5", json!(" ")), ("w6", json!(null)), ("w7", json!(""))]
        {
            engine
                .receive("crm", created(delivery, delivery, json!({ "id": delivery, "email": email })))
                .await
                .unwrap();
            assert_eq!(bench.rest(&run_of(delivery, "r")).await, Some(RunStatus::Succeeded), "{delivery}");
        }
        assert_eq!(bench.crm.effects(), ["send c1", "send c3", "send w4", "send w5", "send w6", "send w7"]);
    });
}
