//! Runs of one order key go one after the other, whatever happens to them; those of different keys side by side.

use bellhop_connector::FailureClass;
use bellhop_engine::Fate;
use bellhop_journal::RunStatus;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const TWO_STEPS: &str = "  - crm.create_note: { text: '{{ trigger.word }} 1' }\n  - crm.create_note: { text: '{{ trigger.word }} 2' }\n";

#[test]
fn runs_of_one_record_keep_their_order_under_retries() {
    let mut bench = Bench::new(&[("r", &recipe(TWO_STEPS))]);
    bench.crm.fail("a 1", vec![Fault::Class(FailureClass::Transient); 6]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, record, word) in [("w1", "c1", "a"), ("w2", "c1", "b"), ("w3", "c2", "c")] {
            let receipt =
                engine.receive("crm", created(delivery, record, json!({"word": word}))).await.unwrap();
            let Fate::New { queued, .. } = receipt.fate else { panic!("{receipt:?}") };
            assert_eq!(queued.len(), usize::from(delivery == "w2"));
        }
        assert_eq!(bench.rest(&run_of("w2", "r")).await, Some(RunStatus::Succeeded));
    });
    let notes = ["c 1", "c 2", "a 1", "a 2", "b 1", "b 2"].map(|text| format!("create_note {text}"));
    assert_eq!(bench.crm.effects(), notes);
}

#[test]
fn a_process_that_dies_takes_no_turn_with_it() {
    let mut bench = Bench::new(&[("r", &recipe(TWO_STEPS))]);
    on_one_thread(async {
        let engine = bench.started().await;
        bench.breathe().await;
        bench.crm.fail("a 2", [Fault::Hangs]);
        for (delivery, word) in [("w1", "a"), ("w2", "b"), ("w3", "c")] {
            engine.receive("crm", created(delivery, "c1", json!({"word": word}))).await.unwrap();
        }
        bench.crm.hung.notified().await;
    });
    bench.store = bench.store.reopened();
    on_one_thread(async {
        let _engine = bench.started().await;
        assert_eq!(bench.rest(&run_of("w3", "r")).await, Some(RunStatus::Succeeded));
    });
    let notes = ["a 1", "a 2", "b 1", "b 2", "c 1", "c 2"].map(|text| format!("create_note {text}"));
    assert_eq!(bench.crm.effects(), notes);
}

#[test]
fn a_run_that_needs_a_person_or_waits_by_will_makes_room() {
    let mut bench =
        Bench::new(&[("r", &recipe("  - crm.create_note: { text: $.trigger.word }\n  - wait: 1 hour\n"))]);
    bench.crm.fail("a", [Fault::Class(FailureClass::NotFound)]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, word) in [("w1", "a"), ("w2", "b"), ("w3", "c")] {
            engine.receive("crm", created(delivery, "c1", json!({"word": word}))).await.unwrap();
        }
        bench.breathe().await;
        assert_eq!(bench.crm.effects(), ["create_note b", "create_note c"]);
        assert_eq!(bench.status(&run_of("w1", "r")).await, Some(RunStatus::NeedsAttention));
        engine.retry(&run_of("w1", "r"), None).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn a_retried_run_waits_for_the_run_that_has_its_turn() {
    let mut bench = Bench::new(&[("r", &recipe(TWO_STEPS))]);
    bench.crm.fail("a 2", [Fault::Class(FailureClass::NotFound)]);
    bench.crm.fail("b 1", [Fault::Class(FailureClass::RateLimited { after_ms: Some(60_000) })]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, word) in [("w1", "a"), ("w2", "b")] {
            engine.receive("crm", created(delivery, "c1", json!({"word": word}))).await.unwrap();
        }
        bench.breathe().await;
        engine.retry(&run_of("w1", "r"), None).await.unwrap();
        assert_eq!(bench.status(&run_of("w1", "r")).await, Some(RunStatus::Queued));
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    let notes = ["a 1", "b 1", "b 2", "a 2"].map(|text| format!("create_note {text}"));
    assert_eq!(bench.crm.effects(), notes);
}

#[test]
fn in_order_per_takes_the_place_of_the_record() {
    let text = format!(
        "name: T\ntrigger:\n  crm.contact_created: {{ in_order_per: trigger.household }}\nsteps:\n{TWO_STEPS}"
    );
    let mut bench = Bench::new(&[("r", &text)]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, record, household) in
            [("w1", "c1", json!("h1")), ("w2", "c2", json!("h1")), ("w3", "c1", json!(2))]
        {
            let event = created(delivery, record, json!({"word": delivery, "household": household}));
            engine.receive("crm", event).await.unwrap();
        }
        for (delivery, key) in [("w1", "r|h1"), ("w2", "r|h1"), ("w3", "r|2")] {
            let found = engine.store().run(run_of(delivery, "r").as_str()).await.unwrap().unwrap();
            assert_eq!(found.run.order_key.as_deref(), Some(key));
        }
    });
}

#[test]
fn a_person_cancels_runs_wherever_they_stand() {
    let mut bench = Bench::new(&[(
        "r",
        &recipe(
            "  - crm.create_note: { text: $.trigger.word }\n  - wait: 1 hour\n  - crm.create_note: { text: late }\n",
        ),
    )]);
    bench.crm.fail("a", [Fault::Hangs]);
    on_one_thread(async {
        let engine = bench.started().await;
        for (delivery, record, word) in
            [("w1", "c1", "a"), ("w2", "c1", "b"), ("w3", "c1", "d"), ("w4", "c2", "e")]
        {
            engine.receive("crm", created(delivery, record, json!({"word": word}))).await.unwrap();
        }
        bench.breathe().await;
        // Queued, sleeping, and in the middle of a call.
        for delivery in ["w2", "w4", "w1"] {
            engine.cancel(&run_of(delivery, "r")).await.unwrap();
        }
        assert_eq!(bench.status(&run_of("w2", "r")).await, Some(RunStatus::Cancelled));
        assert_eq!(bench.status(&run_of("w4", "r")).await, Some(RunStatus::Cancelled));
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Cancelled));
        // The turn goes past the cancelled one.
        assert_eq!(bench.rest(&run_of("w3", "r")).await, Some(RunStatus::Succeeded));
        let over = engine.cancel(&run_of("w3", "r")).await.unwrap_err();
        assert!(over.to_string().contains("over already"), "{over}");
        let nothing = engine.retry(&run_of("w3", "r"), None).await.unwrap_err();
        assert!(nothing.to_string().contains("nothing to retry"), "{nothing}");
        let unknown = engine.retry(&run_of("w9", "r"), None).await.unwrap_err();
        assert!(unknown.to_string().contains("no run"), "{unknown}");
    });
    assert_eq!(bench.crm.effects(), ["create_note e", "create_note d", "create_note late"]);
}
