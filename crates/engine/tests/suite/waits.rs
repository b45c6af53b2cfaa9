//! Runs that wait for something outside: an event, or a person's decision. (Those that wait for another recipe: `called`.)

use bellhop_engine::{Decision, PersonError};
use bellhop_journal::{RunId, RunStatus, Store};

use crate::support::crm::Fault;
use crate::support::{Bench, message, on_one_thread, recipe, run_of};

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

async fn waits(bench: &Bench, run: &RunId) -> bool {
    bench.until(1, async || bench.status(run).await == Some(RunStatus::Waiting)).await
}

#[test]
fn the_event_that_is_waited_for_lets_the_run_go_on_at_once() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        let (engine, run) = bench.told().await;
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
        let (engine, _) = bench.told().await;
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
        let (_engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send hello c1", "tag silent"]);
    });
}

#[test]
fn without_a_condition_it_is_an_event_about_the_same_record() {
    on_one_thread(async {
        let steps = "  - wait_for: crm.message_received\n    as: reply\n  - crm.tag: { text: \"{{ reply.body }}\" }\n";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        let (engine, run) = bench.told().await;
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
        let (engine, run) = bench.told().await;
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
        let (engine, run) = bench.told().await;
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
        let (engine, run) = bench.told().await;
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
        let (_engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.crm.effects(), ["send no true"]);
    });
}

#[test]
fn a_waiting_run_can_be_cancelled() {
    on_one_thread(async {
        let mut bench = Bench::new(&[("r", &recipe(ASKS))]);
        let (engine, run) = bench.told().await;
        assert!(waits(&bench, &run).await);
        engine.cancel(&run).await.unwrap();
        assert_eq!(bench.status(&run).await, Some(RunStatus::Cancelled));
        engine.receive("crm", message("m1", "c1", "yes")).await.unwrap();
        bench.breathe().await;
        assert_eq!(bench.status(&run).await, Some(RunStatus::Cancelled));
    });
}
