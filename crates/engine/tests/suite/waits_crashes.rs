//! A process that dies anywhere, twice, while a run waits for an event, a person and another run, and then fails: it comes
//! to the same end as if nothing had happened, no signal is lost, and no `once` effect happens twice.

use std::sync::Arc;

use bellhop_engine::{Decision, Engine};
use bellhop_journal::{Awaited, RunId, RunStatus, StepState, Store};
use serde_json::json;

use crate::support::{Bench, created, message, on_one_thread, recipe, run_of};

const STEPS: &str = "  - crm.create_note: { text: ask }
  - parallel:
      event:
        - wait_for:
            event: crm.message_received
            where: event.contact == trigger.id and event.body == 'yes'
            up_to: 3 days
          as: reply
        - crm.create_note: { text: \"heard {{ reply.body }}\" }
      person:
        - approve: { ask: \"May it?\", up_to: 3 days }
          as: answer
        - crm.create_note: { text: \"decided by {{ answer.by }}\" }
      other:
        - call: callee
          inputs: { text: \"{{ trigger.id }}\" }
          as: result
        - crm.create_note: { text: \"called {{ result.status }}\" }
  - fail: Over.
on_failure:
  - crm.create_note: { text: \"told {{ error.class }}\" }
  - crm.create_note: { text: told again }
";

const CALLEE: &str = "name: Callee
inputs:
  text: { type: text }
trigger:
  manual: {}
steps:
  - crm.create_note: { text: \"child of {{ inputs.text }}\" }
";

/// What happens outside, over and over: the answer comes as soon as it has been asked for, and somebody decides.
async fn outside(engine: Arc<Engine>, bench: Bench, run: RunId) {
    loop {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        if bench.crm.effects().iter().any(|effect| effect == "create_note ask") {
            for (delivery, body) in [("m1", "no"), ("m2", "yes")] {
                // Refused or lost: the sender tries again.
                engine.receive("crm", message(delivery, "c1", body)).await.ok();
            }
        }
        let Some(found) = bench.store.run(run.as_str()).await.unwrap() else { continue };
        let state = bellhop_journal::State::fold(&found.history);
        let asks =
            |state: &StepState| matches!(state, StepState::Awaiting { what: Awaited::Approval { .. }, .. });
        if state.steps.values().any(asks) {
            let decision = Decision { approved: true, by: Some("Mara".into()), comment: None };
            // It may be busy with something else at this moment.
            engine.approve(&run, None, decision).await.ok();
        }
    }
}

/// How it ends after these deaths, and how many moments its first life had.
fn live(deaths: &[usize]) -> (Option<RunStatus>, Vec<String>, usize) {
    let mut bench = Bench::new(&[("r", &recipe(STEPS)), ("callee", CALLEE)]);
    let run = run_of("w1", "r");
    let mut moments = 0;
    for (life, death) in deaths.iter().copied().chain([0]).enumerate() {
        bench.death.at(death);
        on_one_thread(async {
            let (mut lived, id) = (bench.clone_lives(life), run.clone());
            tokio::spawn(async move {
                let engine = lived.started().await;
                while engine.receive("crm", created("w1", "c1", json!({ "id": "c1" }))).await.is_err() {
                    tokio::task::yield_now().await;
                }
                outside(engine, lived, id).await;
            });
            bench.rest(&run).await;
        });
        if life == 0 {
            moments = bench.death.moments();
        }
        bench.store = bench.store.reopened();
    }
    bench.death.never();
    let mut effects = bench.crm.effects();
    effects.sort();
    let status = on_one_thread(bench.status(&run));
    (status, effects, moments)
}

#[test]
fn a_death_anywhere_loses_no_signal_and_does_nothing_twice() {
    let (status, expected, moments) = live(&[]);
    assert_eq!(status, Some(RunStatus::Failed));
    assert_eq!(
        expected,
        [
            "create_note ask",
            "create_note called succeeded",
            "create_note child of c1",
            "create_note decided by Mara",
            "create_note heard yes",
            "create_note told again",
            "create_note told fail",
        ]
    );
    for first in 1..=moments {
        for second in [3, 11, 29] {
            let (status, effects, _) = live(&[first, second]);
            assert_eq!(status, Some(RunStatus::Failed), "deaths at {first} and {second} of {moments}");
            assert_eq!(effects, expected, "deaths at {first} and {second} of {moments}");
        }
    }
}
