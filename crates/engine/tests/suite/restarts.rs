//! What a run knows of itself beside its history is the same after a death: about which record it is, since when, and
//! whether others go before it. (By which text of its recipe it goes on: `journeys`.)

use bellhop_clock::Clock;
use bellhop_connector::Lane;
use bellhop_journal::RunStatus;
use jiff::SignedDuration;

use crate::support::crm::Fault;
use crate::support::{Bench, message, on_one_thread, recipe, run_of};

/// Starts an engine that is told of the contact c1 and dies in the middle of the call `hangs`; the bench for the next.
fn died(mut bench: Bench) -> Bench {
    bench.crm.fail("hangs", [Fault::Hangs]);
    on_one_thread(async {
        let _told = bench.told().await;
        assert!(bench.until(1, async || bench.crm.calls() == 1).await);
        // What the next sync takes along is on disk.
        bench.breathe().await;
    });
    bench.store = bench.store.reopened();
    bench.clock.advance(SignedDuration::from_mins(7));
    bench
}

const ASKS: &str = "  - crm.tag: { text: hangs }
  - wait_for: { event: crm.message_received, up_to: 1 hour }
    as: reply
  - crm.tag: { text: \"{{ reply.body if reply is defined else 'silent' }}\" }
";

#[test]
fn about_which_record_it_is() {
    let mut bench = died(Bench::new(&[("r", &recipe(ASKS))]));
    on_one_thread(async {
        let engine = bench.started().await;
        let waits = async || bench.status(&run_of("w1", "r")).await == Some(RunStatus::Waiting);
        assert!(bench.until(1, waits).await, "{}", bench.summary(&run_of("w1", "r")).await);
        engine.receive("crm", message("m1", "c1", "yes")).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.effects(), ["tag hangs", "tag yes"]);
}

#[test]
fn since_when_it_is() {
    let steps = "  - wait: 3 minutes\n  - crm.tag: { text: hangs }\n  - crm.tag: { text: \"since {{ run.started }}\" }\n";
    let mut bench = Bench::new(&[("r", &recipe(steps))]);
    let began = bench.clock.now();
    bench = died(bench);
    on_one_thread(async {
        let _engine = bench.started().await;
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.effects(), ["tag hangs".to_owned(), format!("tag since {began}")]);
}

#[test]
fn that_it_makes_up_for_what_was_missed() {
    let text = "name: T\ntrigger:\n  crm.contact_updated: {}\nsteps:\n  - crm.tag: { text: $.trigger.id }\n";
    let mut bench = Bench::new(&[("r", text)]);
    bench.crm.fail("missed", [Fault::Hangs]);
    on_one_thread(async {
        let _engine = bench.started_with(|options| options.asks = true).await;
        bench.breathe().await;
        bench.crm.happens("contact_updated", "missed", bench.clock.now());
        let hangs = async || bench.crm.calls() == 1;
        assert!(bench.until(1, hangs).await, "what was missed is found");
        bench.breathe().await;
    });
    bench.store = bench.store.reopened();
    on_one_thread(async {
        let _engine = bench.started().await;
        let again = async || bench.crm.effects() == ["tag missed"];
        assert!(bench.until(1, again).await);
    });
    let lanes: Vec<Lane> = bench.crm.every_call().iter().map(|call| call.standing.lane).collect();
    assert_eq!(lanes, [Lane::Bulk; 2]);
}
