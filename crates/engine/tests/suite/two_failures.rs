//! Two turns of a loop fail, the later one first: what is done about it is the same after a death.

use bellhop_connector::FailureClass;
use bellhop_journal::RunStatus;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

#[test]
fn what_is_told_of_two_failures_is_told_once() {
    let steps = "  - for_each: $.trigger.list
    as: item
    at_once: 2
    do:
      - crm.tag: { text: \"{{ item }}\" }
on_failure:
  - crm.create_note: { text: \"told {{ error.step }}\" }
";
    let mut deaths = 0;
    for moment in 1..200 {
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        let not_found = || Fault::Class(FailureClass::NotFound);
        bench.crm.fail("a", [Fault::Class(FailureClass::Transient), not_found(), not_found()]);
        bench.crm.fail("b", [not_found(), not_found()]);
        let run = run_of("w1", "r");
        bench.death.at(moment);
        for life in 0..2 {
            on_one_thread(async {
                let mut mortal = bench.clone_lives(life);
                let life = async {
                    let engine = mortal.started().await;
                    let data = json!({ "id": "c", "list": ["a", "b"] });
                    engine.receive("crm", created("w1", "c", data)).await.unwrap();
                    assert_eq!(mortal.rest(&run).await, Some(RunStatus::NeedsAttention));
                };
                bench.death.clone().or_lives(life).await;
            });
            deaths += usize::from(bench.death.has_come());
            bench.death.never();
            bench.store = bench.store.reopened();
        }
        assert_eq!(bench.crm.effects(), ["create_note told /steps/0#0/do/0"], "a death at {moment}");
    }
    assert!(deaths > 20, "{deaths}");
}
