//! After an outage: who sleeps because of it is woken soon, a few at first; who sleeps for another reason is not.

use bellhop_clock::Clock;
use bellhop_connector::FailureClass;
use bellhop_journal::{Entry, RunStatus};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const RUNS: usize = 30;
const TAG: &str = "  - crm.tag: { text: $.trigger.word }\n";

fn word(number: usize) -> String {
    format!("t{number}")
}

fn down() -> Vec<Fault> {
    vec![Fault::Class(FailureClass::Transient); 1_000]
}

/// The bench after an hour in which all calls of so many runs failed; each has a follower about the same record.
async fn after_an_hour(bench: &mut Bench) -> std::sync::Arc<bellhop_engine::Engine> {
    let engine = bench.started().await;
    for number in 0..RUNS {
        bench.crm.fail(&word(number), down());
        for (delivery, word) in [("a", word(number)), ("b", format!("after {number}"))] {
            let delivery = format!("{delivery}{number}");
            let event = created(&delivery, &format!("c{number}"), json!({ "word": word }));
            engine.receive("crm", event).await.unwrap();
        }
    }
    let end = bench.clock.now() + SignedDuration::from_hours(1);
    bench.until(1, async || bench.clock.now() >= end).await;
    assert!(bench.crm.effects().is_empty());
    engine
}

#[test]
fn when_the_app_works_again_nobody_sleeps_on_for_long_and_they_come_a_few_at_a_time() {
    let mut bench = Bench::new(&[("r", &recipe(TAG))]);
    bench.crm.fail("limited", [Fault::Class(FailureClass::RateLimited { after_ms: Some(7_200_000) })]);
    on_one_thread(async {
        let engine = after_an_hour(&mut bench).await;
        let limited = created("limited", "c limited", json!({ "word": "limited" }));
        engine.receive("crm", limited).await.unwrap();
        bench.breathe().await;
        for number in 0..RUNS {
            bench.crm.fail(&word(number), []);
        }
        let well = bench.clock.now();
        engine.receive("crm", created("w", "c", json!({ "word": "it works" }))).await.unwrap();
        let all = async || bench.crm.effects().len() == 1 + 2 * RUNS;
        assert!(bench.until(1, all).await, "{:?}", bench.crm.effects());
        let took = bench.clock.now().duration_since(well);
        assert!(took < SignedDuration::from_secs(60), "{took}: they had been asleep for up to 15 minutes");

        let mut begun = Vec::new();
        for number in 0..RUNS {
            let history = bench.history(&run_of(&format!("a{number}"), "r")).await;
            let last = history.iter().rfind(|one| matches!(one.entry, Entry::StepStarted { .. }));
            begun.push(last.expect("it was tried").at);
        }
        begun.sort();
        let at_once =
            begun.iter().filter(|at| at.duration_since(begun[0]).abs() < SignedDuration::from_millis(900));
        assert!(at_once.count() < RUNS / 3, "not all at once: {begun:?}");
        assert_eq!(
            bench.status(&run_of("limited", "r")).await,
            Some(RunStatus::Sleeping),
            "it was told when to come"
        );
    });
    for number in 0..RUNS {
        let effects = bench.crm.effects();
        let place =
            |text: String| effects.iter().position(|one| *one == format!("tag {text}")).expect("it was done");
        assert!(place(word(number)) < place(format!("after {number}")), "in order");
    }
}

#[test]
fn an_app_that_works_only_for_a_moment_is_not_stormed() {
    let mut bench = Bench::new(&[("r", &recipe(TAG))]);
    on_one_thread(async {
        let engine = after_an_hour(&mut bench).await;
        let before = bench.crm.calls();
        engine.receive("crm", created("w", "c", json!({ "word": "it works" }))).await.unwrap();
        let end = bench.clock.now() + SignedDuration::from_secs(20);
        bench.until(1, async || bench.clock.now() >= end).await;
        let tries = bench.crm.calls() - before - 1;
        assert!(
            (1..=4).contains(&tries),
            "{tries} tries: one to see whether it works, and those whose time came"
        );
    });
}
