//! Recipes that call others, and wait for what becomes of them.

use std::sync::Arc;

use bellhop_journal::{Resolution, RunStatus};
use serde_json::{Value, json};

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const CALLEE: &str = "name: Callee
inputs:
  text: { type: text }
trigger:
  manual: {}
steps:
  - crm.send: { text: \"called {{ inputs.text }}\" }
";

const CALLER: &str = "  - call: callee
    inputs: { text: \"{{ trigger.id }}\" }
    as: result
  - crm.tag: { text: \"{{ result.status }}\" }
";

#[test]
fn a_called_recipe_runs_and_its_caller_goes_on() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(CALLER)), ("callee", CALLEE)]);
        let engine = bench.started_with(|options| options.takes_up = false).await;
        engine.receive("crm", created("w1", "c1", json!({ "id": "c1" }))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send called c1", "tag succeeded"]);
    });
}

#[test]
fn a_called_recipe_that_fails_fails_the_step_and_a_retry_calls_it_anew() {
    on_one_thread(async {
        let failing = "name: Callee\ntrigger:\n  manual: {}\nsteps:\n  - crm.send: { text: tried }\n  - fail: No luck.\n";
        let mut bench = Bench::new(&[("r", &recipe("  - call: callee\n")), ("callee", failing)]);
        let (engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        let summary = bench.summary(&run).await;
        assert!(summary.contains("`callee` failed: No luck."), "{summary}");
        assert_eq!(bench.crm.effects().len(), 1);
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.effects().len(), 2);
    });
}

#[test]
fn a_callee_that_needs_a_person_keeps_its_caller_waiting() {
    on_one_thread(async {
        let callee = "name: Callee\ntrigger:\n  manual: {}\nsteps:\n  - crm.send: { text: unclear }\n";
        let mut bench = Bench::new(&[("r", &recipe("  - call: callee\n")), ("callee", callee)]);
        bench.crm.fail("unclear", [Fault::LostAnswer]);
        let (engine, run) = bench.told().await;
        let child = bench.called(&run).await;
        assert_eq!(bench.rest(&child).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.status(&run).await, Some(RunStatus::Waiting));
        assert!(bench.summary(&run).await.contains(child.as_str()));
        engine.resolve(&child, None, Resolution::Happened(Value::Null)).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn a_callee_that_is_switched_off_is_said_in_a_sentence() {
    on_one_thread(async {
        let callee = CALLEE.replace("name: Callee", "name: Callee\nenabled: false");
        let mut bench = Bench::new(&[("r", &recipe(CALLER)), ("callee", &callee)]);
        let (_engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert!(bench.summary(&run).await.contains("`callee` is switched off"));
    });
}

#[test]
fn a_run_of_an_older_version_still_finds_the_recipe_that_it_calls() {
    let waiting = format!("  - wait: 1 day\n{CALLER}");
    let mut bench = Bench::new(&[("r", &recipe(&waiting)), ("callee", CALLEE)]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let _engine_and_run = bench.told().await;
        bench.breathe().await;
    });
    bench.store = bench.store.reopened();
    // The next process has another version, and was told of no recipe but those it is given.
    bench.recipes = vec![
        crate::support::plan(&bench.crm, "r", &recipe("  - crm.tag: { text: new }\n")),
        crate::support::plan(&bench.crm, "callee", CALLEE),
    ];
    on_one_thread(async {
        let knows_nobody =
            |options: &mut bellhop_engine::EngineOptions| options.world.library = Arc::default();
        let _engine = bench.started_with(knows_nobody).await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded), "{}", bench.summary(&run).await);
    });
    assert_eq!(bench.crm.effects(), ["send called c1", "tag succeeded"]);
}
