//! A step that failed for good beside something that takes long: it is told at once, and tried again when a person says so,
//! while the rest of the run goes on.

use bellhop_connector::FailureClass;
use bellhop_engine::PersonError;
use bellhop_journal::{RunStatus, Store};
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const APPROVAL: (&str, RunStatus) = ("approve: May it?", RunStatus::Waiting);
const SLEEP: (&str, RunStatus) = ("wait: 2 days", RunStatus::Sleeping);

/// A tag beside something else, and what is done when the run has failed.
fn beside(other: &str, handled: &str) -> String {
    let steps = format!(
        "  - parallel:\n      a:\n        - {other}\n      b:\n        - crm.tag: {{ text: b }}\n{handled}  - crm.tag: {{ text: next }}\n"
    );
    recipe(&steps) + "on_failure:\n  - crm.tag: { text: told }\n"
}

async fn is_troubled(bench: &Bench) -> bool {
    bench.store.run(run_of("w1", "r").as_str()).await.unwrap().unwrap().run.troubled
}

#[test]
fn what_failed_beside_a_wait_is_told_at_once_and_tried_again_meanwhile() {
    for (wait, waiting) in [APPROVAL, SLEEP] {
        let mut bench = Bench::new(&[("r", &beside(wait, ""))]);
        bench.crm.fail("b", [Fault::Class(FailureClass::NotFound), Fault::Class(FailureClass::NotFound)]);
        on_one_thread(async {
            let engine = bench.started().await;
            let mut alerts = engine.alerts();
            engine.receive("crm", created("w1", "c1", json!({ "id": "c1" }))).await.unwrap();
            let run = run_of("w1", "r");
            // The second time it fails again.
            for effects in [&[][..], &[], &["tag b"]] {
                let rests = async || bench.status(&run).await == Some(waiting);
                assert!(bench.until(1, rests).await, "{wait}: {:?}", bench.status(&run).await);
                assert_eq!(bench.crm.effects(), effects, "{wait}: `on_failure` comes when all else is done");
                let summary = bench.summary(&run).await;
                if effects.is_empty() {
                    let told = alerts.recv().await.unwrap();
                    assert_eq!((&told.run, told.step.as_str()), (&run, "/steps/0/parallel/b/0"));
                    assert_eq!(told.status, RunStatus::NeedsAttention);
                    for words in ["Step 1, branch b 1 (crm.tag):", "`bellhop runs retry run_"] {
                        assert!(
                            summary.contains(words) && told.message.contains(words),
                            "{words}: {summary}"
                        );
                    }
                    assert!(is_troubled(&bench).await, "{wait}");
                    let kept = bench.store.run(run.as_str()).await.unwrap().unwrap().run;
                    assert_eq!(engine.alert_of(kept).status, RunStatus::NeedsAttention, "after a restart");
                    engine.retry(&run, None).await.unwrap();
                } else {
                    assert!(!is_troubled(&bench).await && !summary.contains("retry"), "{wait}: {summary}");
                    let nothing = engine.retry(&run, None).await;
                    assert!(matches!(nothing, Err(PersonError::NotPossible(_))), "{nothing:?}");
                }
            }
            assert!(alerts.try_recv().is_err(), "each failure is told once");
        });
    }
}

#[test]
fn where_nobody_tries_it_again_the_run_fails_when_all_else_is_done() {
    let mut bench = Bench::new(&[("r", &beside(SLEEP.0, ""))]);
    bench.crm.fail("b", [Fault::Class(FailureClass::NotFound)]);
    on_one_thread(async {
        let (_engine, run) = bench.told().await;
        assert!(bench.until(1, async || is_troubled(&bench).await).await);
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.effects(), ["tag told"]);
        assert!(!is_troubled(&bench).await && !bench.summary(&run).await.contains("runs retry"));
    });
}

#[test]
fn what_failed_is_told_once_however_often_the_run_rests() {
    let mut bench = Bench::new(&[("r", &beside("crm.tag: { text: down }", ""))]);
    bench.crm.fail("b", [Fault::Class(FailureClass::NotFound)]);
    bench.crm.fail("down", (0..20).map(|_| Fault::Class(FailureClass::Transient)));
    on_one_thread(async {
        let engine = bench.started().await;
        let mut alerts = engine.alerts();
        engine.receive("crm", created("w1", "c1", json!({ "id": "c1" }))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::NeedsAttention));
        let mut told = 0;
        while alerts.try_recv().is_ok() {
            told += 1;
        }
        assert_eq!(told, 2, "once while the other is tried again, once at the end");
    });
}

#[test]
fn what_the_recipe_handles_needs_nobody() {
    for handled in ["          on_error: continue\n", "    on_error:\n      - crm.tag: { text: handled }\n"] {
        let mut bench = Bench::new(&[("r", &beside(APPROVAL.0, handled))]);
        bench.crm.fail("b", [Fault::Class(FailureClass::NotFound)]);
        on_one_thread(async {
            let (engine, run) = bench.told().await;
            let rests = async || bench.status(&run).await == Some(RunStatus::Waiting);
            assert!(bench.until(1, rests).await, "{handled}");
            assert_eq!(bench.summary(&run).await, "Waits for an approval: May it?", "{handled}");
            assert!(!is_troubled(&bench).await && engine.retry(&run, None).await.is_err(), "{handled}");
        });
    }
}

#[test]
fn a_doubt_and_a_failure_are_both_told() {
    let branches = "      c:\n        - crm.send: { text: c }\n      d:\n        - crm.tag: { text: d }\n";
    for doubt_is_first in [true, false] {
        let mut bench = Bench::new(&[("r", &beside(APPROVAL.0, branches))]);
        let gone = || Fault::Class(FailureClass::NotFound);
        if !doubt_is_first {
            bench.crm.fail("b", [gone()]);
        }
        bench.crm.fail("c", [Fault::LostAnswer]);
        bench.crm.fail("d", [gone()]);
        on_one_thread(async {
            let (_engine, run) = bench.told().await;
            let rests = async || bench.status(&run).await == Some(RunStatus::Waiting);
            assert!(bench.until(1, rests).await);
            let summary = bench.summary(&run).await;
            let failed = if doubt_is_first {
                "Another step failed. `bellhop runs retry"
            } else {
                "(One more step failed as well.) `bellhop runs retry"
            };
            for words in ["Either it happened", failed, "Waits for an approval: May it?"] {
                assert!(summary.contains(words), "{words}: {summary}");
            }
        });
    }
}
