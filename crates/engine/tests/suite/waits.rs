//! Runs that wait for something outside: an event, a person's decision, another recipe's run. And what is done when a run
//! has failed.

use std::sync::Arc;

use bellhop_engine::{Decision, Fate, PersonError};
use bellhop_journal::{Resolution, RunId, RunStatus, Store};
use serde_json::{Value, json};

use crate::support::crm::Fault;
use crate::support::{Bench, created, message, on_one_thread, recipe, run_of};

const ASKS: &str = "  - crm.send: { text: \"hello {{ trigger.id }}\" }
  - wait_for:
      event: crm.message_received
      where: event.contact == trigger.id and event.body is containing 'yes'
      up_to: 3 days
    as: reply
  - if: reply is defined
    then:
      - crm.tag: { text: \"{{ reply.body }}\" }
    else:
      - crm.tag: { text: silent }
";

fn contact(id: &str) -> Value {
    json!({ "id": id })
}

async fn waits(bench: &Bench, run: &RunId) -> bool {
    bench.until(1, async || bench.status(run).await == Some(RunStatus::Waiting)).await
}

#[test]
fn the_event_that_is_waited_for_lets_the_run_go_on_at_once() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(waits(&bench, &run).await);
        let summary = bench.summary(&run).await;
        assert_eq!(summary, "Waits for crm.message_received, until Thu 05 Mar 2026 09:00");
        engine.receive("crm", message("m1", "c2", "yes")).await.unwrap();
        engine.receive("crm", message("m2", "c1", "perhaps")).await.unwrap();
        bench.breathe().await;
        assert_eq!(bench.status(&run).await, Some(RunStatus::Waiting));
        assert!(bench.store.signals(&run).await.unwrap().is_empty(), "what was heard is forgotten");
        let before = bellhop_clock::Clock::now(&bench.clock);
        engine.receive("crm", message("m3", "c1", "yes, gladly")).await.unwrap();
        engine.wait_for(&run).await.unwrap();
        assert_eq!(bellhop_clock::Clock::now(&bench.clock), before, "it did not wait for the next look");
        assert_eq!(bench.status(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send hello c1", "tag yes, gladly"]);
    });
}

#[test]
fn an_answer_that_is_quicker_than_the_journal_counts() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        bench.crm.slow();
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        // The call is under way, and the answer is there before it has ended.
        while bench.crm.calls() == 0 {
            tokio::task::yield_now().await;
        }
        engine.receive("crm", message("m1", "c1", "yes")).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send hello c1", "tag yes"]);
    });
}

#[test]
fn without_an_answer_the_run_goes_on_when_the_time_is_up() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send hello c1", "tag silent"]);
    });
}

#[test]
fn without_a_condition_it_is_an_event_about_the_same_record() {
    on_one_thread(async {
        let steps = "  - wait_for: crm.message_received\n    as: reply\n  - crm.tag: { text: \"{{ reply.body }}\" }\n";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(waits(&bench, &run).await);
        engine.receive("crm", message("m1", "c2", "from another")).await.unwrap();
        engine.receive("crm", message("m2", "c1", "from the same")).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["tag from the same"]);
    });
}

#[test]
fn an_event_that_gives_no_answer_fails_the_step_and_names_it() {
    on_one_thread(async {
        let steps = "  - wait_for: { event: crm.message_received, where: event.body > 7 }\n";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(waits(&bench, &run).await);
        engine.receive("crm", message("m1", "c1", "seven")).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        let summary = bench.summary(&run).await;
        assert!(summary.contains("where") && summary.contains("Step 1 (wait_for)"), "{summary}");
    });
}

#[test]
fn two_branches_wait_side_by_side_while_a_third_is_busy() {
    on_one_thread(async {
        let steps = "  - parallel:
      first:
        - wait_for: { event: crm.message_received, where: event.body == 'a' }
        - crm.tag: { text: heard a }
      second:
        - wait_for: { event: crm.message_received, where: event.body == 'b' }
        - crm.tag: { text: heard b }
      third:
        - wait: 1 second
        - crm.charge: { text: hangs }
";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        bench.crm.fail("hangs", [Fault::Hangs]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(bench.until(1, async || bench.crm.calls() == 1).await);
        // The run is in hand: a call of it is under way.
        engine.receive("crm", message("m1", "c1", "b")).await.unwrap();
        bench.breathe().await;
        assert_eq!(bench.crm.effects(), ["tag heard b"]);
        engine.receive("crm", message("m2", "c1", "a")).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["tag heard b", "tag heard a", "charge hangs"]);
    });
}

const APPROVES: &str =
    "  - approve: { ask: \"May {{ trigger.id }} have 20 %?\", of: the owner, up_to: 2 days }
    as: answer
  - if: answer.approved
    then:
      - crm.send: { text: \"yes by {{ answer.by }}\" }
    else:
      - crm.send: { text: \"no {{ answer.timed_out }}\" }
";

fn yes() -> Decision {
    Decision { approved: true, by: Some("Mara".into()), comment: None }
}

#[test]
fn a_person_decides_once() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(APPROVES))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(waits(&bench, &run).await);
        let summary = bench.summary(&run).await;
        assert!(summary.starts_with("Waits for an approval of the owner: May c1 have 20 %?"), "{summary}");
        let wrong = engine.approve(&run, Some("/steps/1".into()), yes()).await;
        assert!(matches!(wrong, Err(PersonError::NotPossible(sentence)) if sentence.contains("/steps/1")));
        engine.approve(&run, None, yes()).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send yes by Mara"]);
        let again = engine.approve(&run, None, yes()).await;
        assert!(matches!(again, Err(PersonError::NotPossible(sentence)) if sentence.contains("over")));
    });
}

#[test]
fn without_a_decision_it_counts_as_no() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(APPROVES))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send no true"]);
    });
}

#[test]
fn a_waiting_run_can_be_cancelled() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert!(waits(&bench, &run).await);
        engine.cancel(&run).await.unwrap();
        assert_eq!(bench.status(&run).await, Some(RunStatus::Cancelled));
        engine.receive("crm", message("m1", "c1", "yes")).await.unwrap();
        bench.breathe().await;
        assert_eq!(bench.status(&run).await, Some(RunStatus::Cancelled));
    });
}

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
        let engine = bench.engine_with(|options| options.takes_up = false);
        engine.set_recipes(bench.recipes.clone()).await.unwrap();
        engine.start().await.unwrap();
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send called c1", "tag succeeded"]);
    });
}

#[test]
fn a_called_recipe_that_fails_fails_the_step_and_a_retry_calls_it_anew() {
    on_one_thread(async {
        let failing = "name: Callee\ntrigger:\n  manual: {}\nsteps:\n  - crm.send: { text: tried }\n  - fail: No luck.\n";
        let mut bench = Bench::new(&[("r", &recipe("  - call: callee\n")), ("callee", failing)]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
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
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
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
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert!(bench.summary(&run).await.contains("`callee` is switched off"));
    });
}

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
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
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
            let engine = bench.started().await;
            engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
            assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(status));
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
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Failed));
        let summary = bench.summary(&run).await;
        assert!(summary.starts_with("Too late.") && summary.contains("On failure 1 (crm.tag)"), "{summary}");
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
        assert_eq!(bench.crm.effects(), ["send c1", "send c3"]);
    });
}

#[test]
fn the_recipe_says_for_all_its_steps_how_often_they_are_tried() {
    on_one_thread(async {
        let text = recipe("  - crm.tag: { text: down }\n")
            .replace("name: Test", "name: Test\nsettings:\n  retry: { times: 1 }");
        let mut bench = Bench::new(&[("r", &text)]);
        let down = || Fault::Class(bellhop_connector::FailureClass::Transient);
        bench.crm.fail("down", [down(), down(), down()]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.calls(), 2);
    });
}

#[test]
fn a_run_of_an_older_version_still_finds_the_recipe_that_it_calls() {
    let waiting = format!("  - wait: 1 day\n{CALLER}");
    let mut bench = Bench::new(&[("r", &recipe(&waiting)), ("callee", CALLEE)]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", contact("c1"))).await.unwrap();
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
