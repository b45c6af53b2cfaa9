//! What becomes of calls that fail (rule R8): tried again, handled, given to a person, or looked up first.

use bellhop_connector::FailureClass;
use bellhop_journal::{Entry, Resolution, RunStatus};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

fn class(class: FailureClass) -> Fault {
    Fault::Class(class)
}

/// A bench with a recipe of these steps, and its run for the delivery `w1` at rest.
fn at_rest(steps: &str, faults: impl IntoIterator<Item = Fault>) -> (Bench, Option<RunStatus>, Vec<String>) {
    let mut bench = Bench::new(&[("r", &recipe(steps))]);
    bench.crm.fail("a", faults);
    let (status, story) = on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        let status = bench.rest(&run_of("w1", "r")).await;
        (status, bench.story(&run_of("w1", "r")).await)
    });
    (bench, status, story)
}

#[test]
fn every_class_of_failure_has_its_way() {
    let existing = json!({"id": "c9"});
    let (once, again) = ("create_note", "tag");
    // operation, failure, what the history says after the first attempt, how the run rests
    let table = [
        (again, FailureClass::Transient, "failed /steps/0 transient again", RunStatus::Succeeded),
        (once, FailureClass::Transient, "failed /steps/0 transient again", RunStatus::Succeeded),
        (again, FailureClass::Unclear, "failed /steps/0 unclear again", RunStatus::Succeeded),
        (once, FailureClass::Unclear, "not happened /steps/0", RunStatus::Succeeded),
        (
            once,
            FailureClass::RateLimited { after_ms: Some(7_000) },
            "failed /steps/0 rate_limited again",
            RunStatus::Succeeded,
        ),
        (
            again,
            FailureClass::RateLimited { after_ms: None },
            "failed /steps/0 rate_limited again",
            RunStatus::Succeeded,
        ),
        (again, FailureClass::NotFound, "failed /steps/0 not_found", RunStatus::NeedsAttention),
        (
            once,
            FailureClass::Invalid { fields: vec!["text".into()] },
            "failed /steps/0 invalid",
            RunStatus::NeedsAttention,
        ),
        (again, FailureClass::Unauthorised, "failed /steps/0 unauthorised", RunStatus::NeedsAttention),
        (
            again,
            FailureClass::Forbidden { scope: None },
            "failed /steps/0 forbidden",
            RunStatus::NeedsAttention,
        ),
        (once, FailureClass::Conflict { existing }, "failed /steps/0 conflict", RunStatus::NeedsAttention),
        (again, FailureClass::Bug, "failed /steps/0 bug", RunStatus::NeedsAttention),
    ];
    for (operation, failure, then, end) in table {
        let (bench, status, story) =
            at_rest(&format!("  - crm.{operation}: {{ text: a }}\n"), [class(failure.clone())]);
        assert_eq!(status, Some(end), "{operation} {failure:?}");
        assert_eq!(story[..2], ["started /steps/0 1", then], "{operation} {failure:?}");
        let happened = usize::from(end == RunStatus::Succeeded);
        assert_eq!(bench.crm.effects().len(), happened, "{operation} {failure:?}");
    }
}

#[test]
fn a_call_that_happened_though_its_answer_was_lost_is_found_and_not_repeated() {
    let (bench, status, story) =
        at_rest("  - crm.create_note: { text: a }\n    as: note\n", [Fault::LostAnswer]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(story, ["started /steps/0 1", "ended /steps/0", "succeeded"]);
    assert_eq!((bench.crm.effects().len(), bench.crm.looks()), (1, 1));
}

#[test]
fn a_look_up_that_fails_is_made_again_and_not_forever() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.create_note: { text: a }\n"))]);
    bench.crm.fail("a", [Fault::LostAnswer]);
    bench.crm.blind("a", vec![FailureClass::Transient; 5]);
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!((bench.crm.calls(), bench.crm.looks()), (1, 6));

    bench.crm.fail("a", [Fault::LostAnswer]);
    bench.crm.blind("a", [FailureClass::Forbidden { scope: None }]);
    on_one_thread(async {
        let run = run_of("w2", "r");
        let engine = bench.started().await;
        engine.receive("crm", created("w2", "c2", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        // The person mends the permission and retries: another look, not another call.
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.calls(), 2);
}

#[test]
fn what_nobody_can_look_up_waits_for_a_persons_word() {
    for (resolution, effects) in [
        (Resolution::Happened(json!({"id": "m1"})), vec!["send a", "tag m1"]),
        (Resolution::DidNotHappen, vec!["send a", "send a", "tag made a"]),
    ] {
        let steps = "  - crm.send: { text: a }\n    as: message\n    on_error: continue\n  - crm.tag: { text: $.message.id }\n";
        let mut bench = Bench::new(&[("r", &recipe(steps))]);
        bench.crm.fail("a", [Fault::LostAnswer]);
        let run = run_of("w1", "r");
        on_one_thread(async {
            let engine = bench.started().await;
            engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
            assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
            assert_eq!(bench.story(&run).await, ["started /steps/0 1", "halted /steps/0"]);
            let summary = bench.summary(&run).await;
            for words in ["Step 1 (crm.send)", "Either it happened", "or it did not", "bellhop runs resolve"]
            {
                assert!(summary.contains(words), "{summary}");
            }
            engine.resolve(&run, None, resolution).await.unwrap();
            assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        });
        assert_eq!(bench.crm.effects(), effects);
    }
}

#[test]
fn retries_end_after_a_day_or_when_the_author_says() {
    let forever = || std::iter::repeat_n(class(FailureClass::Transient), 2_000);
    let (bench, status, story) = at_rest("  - crm.tag: { text: a }\n", forever());
    assert_eq!(status, Some(RunStatus::NeedsAttention));
    // 15 minutes at the most between two attempts, half of it on average.
    assert!((100..400).contains(&bench.crm.calls()), "{}", bench.crm.calls());
    assert_eq!(story.last().unwrap(), "halted /steps/0");
    on_one_thread(async {
        let history = bench.history(&run_of("w1", "r")).await;
        let took = history.last().unwrap().at.duration_since(history[0].at);
        assert!(took <= SignedDuration::from_hours(24) && took > SignedDuration::from_hours(23), "{took}");
    });

    let (bench, status, _) = at_rest("  - crm.tag: { text: a }\n    retry: { times: 3 }\n", forever());
    assert_eq!((status, bench.crm.calls()), (Some(RunStatus::NeedsAttention), 4));
    on_one_thread(async {
        let summary = bench.summary(&run_of("w1", "r")).await;
        assert_eq!(
            summary,
            "Step 1 (crm.tag): The CRM would not do a. It was tried 4 times, and is not tried again by itself."
        );
    });
}

#[test]
fn a_rate_limit_is_obeyed_and_counts_as_no_attempt() {
    let limited = || class(FailureClass::RateLimited { after_ms: Some(60_000) });
    let steps = "  - crm.tag: { text: a }\n    retry: { times: 0 }\n";
    let (bench, status, story) = at_rest(steps, [limited(), limited(), limited()]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.calls(), 4);
    assert_eq!(story[0], "started /steps/0 1");
    assert_eq!(story[6], "started /steps/0 1");
    on_one_thread(async {
        let history = bench.history(&run_of("w1", "r")).await;
        let starts: Vec<_> = history
            .iter()
            .filter(|one| matches!(one.entry, Entry::StepStarted { .. }))
            .map(|one| one.at)
            .collect();
        for pair in starts.windows(2) {
            assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_secs(60));
        }
    });
}

#[test]
fn every_attempt_of_a_step_brings_the_same_key_and_the_same_input() {
    let steps = "  - crm.charge: { text: a, id: '{{ now }}' }\n";
    let (bench, status, _) = at_rest(steps, vec![class(FailureClass::Transient); 3]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    let calls = bench.crm.every_call();
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|call| call.idempotency_key == calls[0].idempotency_key));
    assert!(calls.iter().all(|call| call.input == calls[0].input));
}

#[test]
fn on_error_goes_on_or_handles() {
    let (bench, status, _) = at_rest(
        "  - crm.tag: { text: a }\n    on_error: continue\n  - crm.tag: { text: b }\n",
        [class(FailureClass::NotFound)],
    );
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), ["tag b"]);

    let handled = r"  - crm.create_note: { text: a }
    on_error:
      - crm.tag: { text: '{{ error.class }} {{ error.existing.id }}: {{ error.message }}', id: $.error.step }
  - crm.tag: { text: b }
";
    let conflict = class(FailureClass::Conflict { existing: json!({"id": "n7"}) });
    let (bench, status, story) = at_rest(handled, [conflict]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), ["tag conflict n7: The CRM would not do a.", "tag b"]);
    assert_eq!(bench.crm.every_call()[1].input["id"], "/steps/0");
    assert_eq!(story[1..3], ["failed /steps/0 conflict handled", "started /steps/0/on_error/0 1"]);
}

#[test]
fn on_error_of_a_step_with_steps_inside_speaks_for_all_of_them() {
    let steps = r"  - if: true
    then:
      - crm.tag: { text: a }
      - crm.tag: { text: b }
    on_error: continue
  - crm.tag: { text: c }
";
    let (bench, status, _) = at_rest(steps, [class(FailureClass::NotFound)]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), ["tag c"]);
}

#[test]
fn a_connector_that_panics_or_hangs_costs_no_place() {
    for (operation, faults, end) in [
        ("tag", vec![Fault::Panic], RunStatus::NeedsAttention),
        ("create_note", vec![Fault::Panic], RunStatus::Succeeded),
        ("tag", vec![Fault::Hangs], RunStatus::Succeeded),
        ("create_note", vec![Fault::Hangs], RunStatus::Succeeded),
    ] {
        let mut bench =
            Bench::new(&[("r", &recipe(&format!("  - crm.{operation}: {{ text: $.trigger.id }}\n")))]);
        bench.crm.fail("a", faults.clone());
        on_one_thread(async {
            let engine = bench.engine_with(|options| options.max_active = 1);
            engine.set_recipes(bench.recipes.clone()).await.unwrap();
            engine.start().await.unwrap();
            engine.receive("crm", created("w1", "c1", json!({"id": "a"}))).await.unwrap();
            assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(end), "{operation} {faults:?}");
            // The only place is free again, for another record and for the same.
            for (delivery, record) in [("w2", "c2"), ("w3", "c1")] {
                engine.receive("crm", created(delivery, record, json!({"id": "b"}))).await.unwrap();
                assert_eq!(bench.rest(&run_of(delivery, "r")).await, Some(RunStatus::Succeeded));
            }
            engine.wait_idle().await.unwrap();
        });
    }
}

#[test]
fn secrets_are_taken_out_of_what_is_journaled() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.tag: { text: 'my hush-hush word' }\n"))]);
    bench.crm.fail("my hush-hush word", [class(FailureClass::NotFound)]);
    on_one_thread(async {
        let engine = bench.engine_with(|options| {
            options.redact = std::sync::Arc::new(|value| {
                let clean = value.to_string().replace("hush-hush", "[secret]");
                *value = serde_json::from_str(&clean).unwrap();
            });
        });
        engine.set_recipes(bench.recipes.clone()).await.unwrap();
        engine.start().await.unwrap();
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        let kept = format!("{:?} {}", bench.history(&run).await, bench.summary(&run).await);
        assert!(!kept.contains("hush-hush") && kept.contains("[secret]"), "{kept}");
        assert_eq!(bench.crm.every_call()[0].input["text"], "my hush-hush word");
    });
}

#[test]
fn a_call_that_surely_did_not_happen_is_not_done_again_where_the_author_says_once() {
    let steps = "  - crm.create_note: { text: a }\n    retry: { times: 0 }\n";
    let (bench, status, story) = at_rest(steps, [class(FailureClass::Unclear)]);
    assert_eq!(status, Some(RunStatus::NeedsAttention));
    assert_eq!((bench.crm.calls(), bench.crm.looks()), (1, 1));
    assert_eq!(story.last().unwrap(), "halted /steps/0");
    on_one_thread(async {
        let summary = bench.summary(&run_of("w1", "r")).await;
        assert!(summary.contains("did not happen. It is not tried again by itself."), "{summary}");
    });
}

#[test]
fn calls_that_surely_did_not_happen_are_repeated_more_and_more_slowly() {
    let (bench, status, story) =
        at_rest("  - crm.create_note: { text: a }\n", std::iter::repeat_n(class(FailureClass::Unclear), 12));
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!((bench.crm.calls(), bench.crm.looks()), (13, 12));
    assert_eq!(story[1], "not happened /steps/0", "the first time it goes on at once");
    on_one_thread(async {
        let history = bench.history(&run_of("w1", "r")).await;
        let took = history.last().unwrap().at.duration_since(history[0].at);
        assert!(took > SignedDuration::from_mins(2), "{took}");
    });
}

#[test]
fn a_doubt_in_what_is_done_on_failure_is_settled_before_the_run_ends() {
    on_one_thread(async {
        let text = recipe(
            "  - fail: Too late.\non_failure:\n  - crm.send: { text: told }\n  - crm.tag: { text: after }\n",
        );
        let mut bench = Bench::new(&[("r", &text)]);
        bench.crm.fail("told", [Fault::LostAnswer]);
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({"id": "c1"}))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        let summary = bench.summary(&run).await;
        assert!(summary.starts_with("Too late.") && summary.contains("runs resolve"), "{summary}");
        bench.breathe().await;
        engine.resolve(&run, None, Resolution::Happened(json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Failed));
        assert_eq!(bench.summary(&run).await, "Too late.");
        assert_eq!(bench.crm.effects(), ["send told", "tag after"]);
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
        let (_engine, run) = bench.told().await;
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.crm.calls(), 2);
    });
}
