//! Answers that are on disk when the time of a wait is up, and that the run has not been told of: they were in time.

use bellhop_connector::FailureClass;
use bellhop_journal::{EventId, RunStatus};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, message, on_one_thread, recipe, run_of};

/// Has a contact say something; the clock goes on by so much once it is kept, before anybody is told.
async fn says(bench: &Bench, engine: &std::sync::Arc<bellhop_engine::Engine>, body: &str, passes: i64) {
    let said = message(body, "c", body);
    let until = bellhop_clock::Clock::now(&bench.clock) + SignedDuration::from_secs(passes);
    let id = EventId::of("crm", &said.delivery_id);
    bench.store.lets_time_pass(id, &run_of("w1", "r"), &bench.clock, until);
    engine.receive("crm", said).await.unwrap();
}

#[test]
fn a_run_in_hand_looks_for_them_before_it_goes_on_without() {
    on_one_thread(async {
        let steps = "  - parallel:
      hangs:
        - crm.tag: { text: hangs }
          timeout: 10 seconds
      asks:
        - crm.send: { text: ask }
        - wait_for: { event: crm.message_received, where: event.body is containing 'yes', up_to: 8 seconds }
          as: reply
        - crm.tag: { text: \"{{ reply.body if reply is defined else 'silent' }}\" }
";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        bench.crm.fail("hangs", [Fault::Hangs, Fault::Class(FailureClass::NotFound)]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c", json!({ "id": "c" }))).await.unwrap();
        bench.breathe().await;
        says(&bench, &engine, "yes", 8).await;
        assert_eq!(bench.store.time_passed().in_hand, 1);
        bench.rest(&run_of("w1", "r")).await;
        assert_eq!(bench.crm.effects(), ["send ask", "tag yes"]);
    });
}

/// The first turn is in doubt and takes a place, so that the third is not looked at when the time of the second is up.
#[test]
fn what_one_wait_has_found_out_says_nothing_of_another() {
    (0..12).for_each(|turns| on_one_thread(one_found_out(turns)));
}

/// The answer comes so many turns of the scheduler after what has woken the run, which is handed out in the meantime.
async fn one_found_out(turns: usize) {
    let steps = "  - for_each: $.trigger.list
    as: item
    at_once: 2
    do:
      - crm.send: { text: \"ask {{ item }}\" }
      - wait_for:
          event: crm.message_received
          where: event.contact == item and event.body is containing 'yes'
          up_to: 8 seconds
        as: reply
      - crm.tag: { text: \"{{ item }} {{ reply.body if reply is defined else 'silent' }}\" }
";
    let mut bench = Bench::new(&[("r", &recipe(steps))]);
    bench.crm.fail("ask a", [Fault::LostAnswer]);
    let engine = bench.started().await;
    let data = json!({ "id": "c", "list": ["a", "b", "c"] });
    engine.receive("crm", created("w1", "c", data)).await.unwrap();
    let run = run_of("w1", "r");
    bench.breathe().await;
    assert_eq!(bench.status(&run).await, Some(RunStatus::Waiting));
    assert_eq!(bench.crm.effects(), ["send ask a", "send ask b", "send ask c"]);
    bench.clock.advance(SignedDuration::from_secs(7));
    bench.breathe().await;
    bench.store.answer_a_claim_after(8);
    engine.receive("crm", message("perhaps", "c", "perhaps")).await.unwrap();
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    says(&bench, &engine, "yes", 1).await;
    assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
    assert_eq!(bench.crm.effects()[3..], ["tag b silent", "tag c yes"]);
}
