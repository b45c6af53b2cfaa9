//! What a recipe does when its run has failed.

use bellhop_journal::RunStatus;

use crate::support::crm::Fault;
use crate::support::{Bench, on_one_thread, recipe};

fn failing(last: &str) -> String {
    recipe(&format!(
        "{last}on_failure:\n  - crm.send: {{ text: \"told {{{{ error.class }}}} {{{{ error.step }}}}\" }}\n"
    ))
}

#[test]
fn what_is_to_be_done_about_a_failure_is_done_before_the_run_stops() {
    on_one_thread(async {
        let text = failing("  - crm.tag: { text: wrong }\n");
        let mut bench = Bench::new(&[("r", &text)]);
        let invalid = || Fault::Class(bellhop_connector::FailureClass::Invalid { fields: Vec::new() });
        bench.crm.fail("wrong", [invalid(), invalid()]);
        let (engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.effects(), ["send told invalid /steps/0"]);
        assert!(bench.summary(&run).await.starts_with("Step 1 (crm.tag)"));
        // The next failure is told again.
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.effects().len(), 2);
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
}

#[test]
fn a_recipe_that_says_fail_has_it_told_and_a_stop_has_not() {
    for (last, effects, status) in [
        ("  - fail: Too late.\n", vec!["send told fail /steps/0"], RunStatus::Failed),
        ("  - stop: Enough.\n", vec![], RunStatus::Stopped),
    ] {
        on_one_thread(async {
            let mut bench = Bench::new(&[("r", &failing(last))]);
            let (_engine, run) = bench.told().await;
            assert_eq!(bench.rest(&run).await, Some(status));
            assert_eq!(bench.crm.effects(), effects);
        });
    }
}

#[test]
fn what_fails_in_telling_stands_beside_the_first_failure() {
    on_one_thread(async {
        let text = recipe("  - fail: Too late.\non_failure:\n  - crm.tag: { text: wrong }\n");
        let mut bench = Bench::new(&[("r", &text)]);
        bench
            .crm
            .fail("wrong", [Fault::Class(bellhop_connector::FailureClass::Invalid { fields: Vec::new() })]);
        let (_engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Failed));
        let summary = bench.summary(&run).await;
        assert!(summary.starts_with("Too late.") && summary.contains("On failure 1 (crm.tag)"), "{summary}");
    });
}
