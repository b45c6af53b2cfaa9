//! Runs from their event to their end: what is journaled, in which order, and what each step sees.

use bellhop_connector::FailureClass;
use bellhop_engine::Fate;
use bellhop_journal::{Entry, RunStatus};
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::store::MemoryStore;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

/// The story of the run of one recipe for one event with this data.
fn story(steps: &str, data: serde_json::Value) -> (Vec<String>, Bench) {
    let mut bench = Bench::new(&[("r", &recipe(steps))]);
    let story = on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", data)).await.unwrap();
        let run = run_of("w1", "r");
        bench.rest(&run).await;
        bench.story(&run).await
    });
    (story, bench)
}

#[test]
fn a_run_goes_from_its_event_to_its_end() {
    let (story, bench) = story(
        r"  - crm.get_contact: { id: $.trigger.id }
    as: contact
  - if: contact.score >= 80
    then:
      - crm.tag: { id: $.contact.id, text: 'hot {{ contact.score }}' }
    else:
      - crm.create_note: { text: cold }
",
        json!({"id": "c1"}),
    );
    assert_eq!(
        story,
        [
            "started /steps/0 1",
            "ended /steps/0",
            "branched /steps/1 then",
            "started /steps/1/then/0 1",
            "ended /steps/1/then/0",
            "ended /steps/1",
            "succeeded"
        ]
    );
    assert_eq!(bench.crm.effects(), ["get_contact c1", "tag hot 91"]);
    assert_eq!(bench.crm.every_call()[1].input, json!({"id": "c1", "text": "hot 91"}));
    // Two calls that may be done again: what lies between them is handed over together with the next start.
    assert_eq!(bench.store.appends(), 3);
}

#[test]
fn neighbouring_reads_run_at_the_same_time_and_writes_wait() {
    let mut bench = Bench::new(&[(
        "r",
        &recipe(
            r"  - crm.get_contact: { id: c1 }
  - crm.list_tasks: { id: c1 }
  - crm.get_contact: { id: c2 }
  - crm.create_note: { text: after }
",
        ),
    )]);
    bench.crm.slow();
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.most_at_once(), 3);
    assert_eq!(bench.crm.effects().last().unwrap(), "create_note after");
}

#[test]
fn names_given_on_a_branch_are_known_after_it() {
    let (_, bench) = story(
        r"  - if: trigger.yes
    then:
      - set: { word: yes-word }
    else:
      - set: { word: no-word }
  - crm.tag: { text: '{{ word }}' }
",
        json!({"yes": false}),
    );
    assert_eq!(bench.crm.effects(), ["tag no-word"]);
}

#[test]
fn a_guard_passes_a_step_over_and_choose_takes_the_first() {
    let (story, _) = story(
        r"  - crm.tag: { text: a }
    if: trigger.no
  - choose:
      - when: trigger.no
        do: [{ crm.tag: { text: b } }]
      - when: trigger.yes
        do: [{ crm.tag: { text: c } }]
    otherwise: [{ crm.tag: { text: d } }]
  - parallel:
      one: [{ crm.tag: { text: e } }]
      two: [{ stop: Enough }]
",
        json!({"yes": true, "no": false}),
    );
    assert_eq!(
        story,
        [
            "skipped /steps/0",
            "branched /steps/1 choose/1/do",
            "started /steps/1/choose/1/do/0 1",
            "ended /steps/1/choose/1/do/0",
            "ended /steps/1",
            "branched /steps/2 parallel",
            "stopped"
        ]
    );
}

#[test]
fn a_loop_is_durable_item_by_item_and_a_failed_item_stops_no_other() {
    let mut bench = Bench::new(&[(
        "r",
        &recipe(
            r"  - for_each: $.trigger.list
    as: item
    at_once: 2
    do:
      - crm.create_note: { text: '{{ item }}' }
      - crm.tag: { text: 'done {{ item }}' }
  - crm.tag: { text: all }
",
        ),
    )]);
    bench.crm.fail("b", [Fault::Class(FailureClass::NotFound)]);
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({"list": ["a", "b", "c", "d"]}))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        let mut effects = bench.crm.effects();
        effects.sort();
        let notes =
            ["create_note a", "create_note c", "create_note d", "tag done a", "tag done c", "tag done d"];
        assert_eq!(effects, notes);
        assert_eq!(
            bench.summary(&run).await,
            "Step 1 (item 2), do 1 (crm.create_note): The CRM would not do b."
        );
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    let effects = bench.crm.effects();
    assert_eq!(&effects[6..], ["create_note b", "tag done b", "tag all"]);
}

#[test]
fn ten_thousand_items_cost_ten_thousand_times_one() {
    let items: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    let mut bench = Bench::new(&[(
        "r",
        &recipe(
            r"  - for_each: $.trigger.list
    as: item
    at_once: 10
    do:
      - set: { word: 'item {{ item }}' }
      - crm.tag: { text: '{{ word }}' }
",
        ),
    )]);
    bench.store = MemoryStore::default();
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({"list": items}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.calls(), 10_000);
    assert_eq!(bench.crm.every_call()[9_999].input, json!({"text": "item 9999"}));
}

#[test]
fn a_wait_survives_and_the_run_goes_on_in_time() {
    let mut bench = Bench::new(&[("r", &recipe("  - wait: 2 days\n  - crm.tag: { text: later }\n"))]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        bench.breathe().await;
        assert_eq!(bench.status(&run).await, Some(RunStatus::Sleeping));
        engine.wait_idle().await.unwrap();
    });
    bench.store = bench.store.reopened();
    on_one_thread(async {
        let _engine = bench.started().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        let history = bench.history(&run).await;
        let slept = history[0].at;
        let ended = history.iter().find(|one| matches!(one.entry, Entry::StepEnded { .. })).unwrap().at;
        let late = ended.duration_since(slept) - jiff::SignedDuration::from_hours(48);
        assert!(late.as_millis() >= 0 && late.as_secs() < 1, "{late}");
    });
}

#[test]
fn ends_by_stop_and_fail_have_their_reasons() {
    for (verb, status) in [("stop", RunStatus::Stopped), ("fail", RunStatus::Failed)] {
        let mut bench =
            Bench::new(&[("r", &recipe(&format!("  - {verb}: 'No more of {{{{ trigger.id }}}}'\n")))]);
        on_one_thread(async {
            let engine = bench.started().await;
            engine.receive("crm", created("w1", "c1", json!({"id": "c1"}))).await.unwrap();
            let run = run_of("w1", "r");
            assert_eq!(bench.rest(&run).await, Some(status));
            assert_eq!(bench.summary(&run).await, "No more of c1");
        });
    }
}

#[test]
fn what_is_wrong_with_the_data_names_step_field_and_expression() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: 'Hi {{ trigger.name }}' }\n"))]);
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.story(&run).await, ["failed /steps/0 data", "halted /steps/0"]);
        let summary = bench.summary(&run).await;
        for word in ["Step 1 (crm.tag)", "`text`", "trigger.name"] {
            assert!(summary.contains(word), "{summary}");
        }
    });
    assert_eq!(bench.crm.calls(), 0);
}

#[test]
fn a_run_stays_with_the_version_it_began_with() {
    let mut bench = Bench::new(&[("r", &recipe("  - wait: 1 day\n  - crm.tag: { text: old }\n"))]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        bench.breathe().await;
    });
    bench.store = bench.store.reopened();
    bench.recipes = vec![crate::support::plan(&bench.crm, "r", &recipe("  - crm.tag: { text: new }\n"))];
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w2", "c2", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w2", "r")).await, Some(RunStatus::Succeeded));
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.effects(), ["tag new", "tag old"]);
}

#[test]
fn watchers_see_every_entry_once_and_the_end_when_it_is_kept() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.create_note: { text: a }\n"))]);
    on_one_thread(async {
        let engine = bench.started().await;
        let mut watched = engine.watch();
        let receipt = engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        let Fate::New { started, .. } = receipt.fate else { panic!("{receipt:?}") };
        assert_eq!(engine.wait_for(&started[0]).await.unwrap(), Some(RunStatus::Succeeded));
        assert_eq!(bench.status(&started[0]).await, Some(RunStatus::Succeeded));
        let mut seen = Vec::new();
        while let Ok(progress) = watched.try_recv() {
            assert_eq!((&*progress.recipe, progress.record.as_deref()), ("r", Some("contact c1")));
            seen.push(crate::support::short(&progress.entry.entry));
        }
        assert_eq!(seen, ["started /steps/0 1", "ended /steps/0", "succeeded"]);
        assert_eq!(engine.wait_for(&run_of("w9", "r")).await.unwrap(), None);
    });
}
