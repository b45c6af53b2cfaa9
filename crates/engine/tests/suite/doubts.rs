//! A refusal that proves nothing: the app says no, and may have done it all the same. It is looked for before anything
//! else happens, so that no path makes it a second time.

use bellhop_connector::FailureClass;
use bellhop_journal::{Entry, Resolution, RunStatus};
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

const NOTE: &str = "  - crm.create_note: { text: a }\n    as: note\n  - crm.tag: { text: $.note.id }\n";
const HANDLED: &str = "  - crm.create_note: { text: a }\n    on_error:\n      - crm.create_note: { text: \"another, after {{ error.class }}\" }\n";

fn bench(steps: &str, faults: impl IntoIterator<Item = Fault>) -> Bench {
    let bench = Bench::new(&[("r", &recipe(steps))]);
    bench.crm.fail("a", faults);
    bench
}

/// Has the run made and waits until it rests: how, and its story.
async fn at_rest(bench: &Bench) -> (Option<RunStatus>, Vec<String>) {
    let engine = bench.clone().started().await;
    engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
    let status = bench.rest(&run_of("w1", "r")).await;
    (status, bench.story(&run_of("w1", "r")).await)
}

#[test]
fn what_was_refused_and_happened_all_the_same_is_found_and_the_run_goes_on() {
    for steps in [NOTE, HANDLED] {
        let bench = bench(steps, [Fault::Refused(true)]);
        let (status, story) = on_one_thread(at_rest(&bench));
        assert_eq!(status, Some(RunStatus::Succeeded), "{steps}");
        assert_eq!(story[..3], ["started /steps/0 1", "refused /steps/0 invalid", "ended /steps/0"]);
        assert_eq!(bench.crm.effects()[0], "create_note a");
        assert!(!bench.crm.effects()[1..].iter().any(|effect| effect.starts_with("create_note")), "{steps}");
        assert_eq!(bench.crm.looks(), 1);
    }
}

#[test]
fn where_a_look_finds_nothing_the_refusal_stands_with_its_class_words_and_evidence() {
    let mut bench = bench(NOTE, [Fault::Refused(false)]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        let (status, story) = at_rest(&bench).await;
        assert_eq!(status, Some(RunStatus::NeedsAttention));
        let told =
            ["started /steps/0 1", "refused /steps/0 invalid", "failed /steps/0 invalid", "halted /steps/0"];
        assert_eq!(story, told);
        assert_eq!(bench.summary(&run).await, "Step 1 (crm.create_note): The CRM refused a.");
        let history = bench.history(&run).await;
        let evidence = history.iter().find_map(|stamped| match &stamped.entry {
            Entry::StepFailed { evidence, .. } => Some(evidence.clone()),
            _ => None,
        });
        assert_eq!(evidence, Some(json!({"status": 422, "fields": ["text"]})));

        // A person mends what was refused and has it tried again: it is done, once.
        let engine = bench.started().await;
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.effects(), ["create_note a", "tag made a"]);
    assert_eq!(bench.crm.looks(), 1, "the second call was not refused");
}

#[test]
fn a_persons_retry_of_what_was_refused_twice_makes_it_once() {
    let mut bench = bench(NOTE, [Fault::Refused(false), Fault::Refused(true)]);
    let run = run_of("w1", "r");
    on_one_thread(async {
        assert_eq!(at_rest(&bench).await.0, Some(RunStatus::NeedsAttention));
        let engine = bench.started().await;
        engine.retry(&run, None).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.effects(), ["create_note a", "tag made a"]);
}

#[test]
fn the_steps_of_on_error_are_done_once_it_is_known_that_nothing_happened() {
    let bench = bench(HANDLED, [Fault::Refused(false)]);
    let (status, story) = on_one_thread(at_rest(&bench));
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(story[2], "failed /steps/0 invalid handled");
    assert_eq!(bench.crm.effects(), ["create_note another, after invalid"]);
}

#[test]
fn a_refusal_is_remembered_while_the_app_cannot_be_asked() {
    for (happened, status, effects) in
        [(true, RunStatus::Succeeded, 2), (false, RunStatus::NeedsAttention, 0)]
    {
        let bench = bench(NOTE, [Fault::Refused(happened)]);
        bench.crm.blind("a", vec![FailureClass::Transient; 12]);
        let (rests, story) = on_one_thread(at_rest(&bench));
        assert_eq!(rests, Some(status));
        assert_eq!(story.iter().filter(|told| told.starts_with("started /steps/0")).count(), 1, "{story:?}");
        assert_eq!((bench.crm.effects().len(), bench.crm.looks()), (effects, 13));
    }
}

#[test]
fn where_nobody_can_look_a_person_sees_what_was_said_and_both_possibilities() {
    let steps = "  - crm.send: { text: a }\n    as: message\n    on_error: continue\n  - crm.tag: { text: $.message.id }\n";
    for (resolution, effects) in [
        (Resolution::Happened(json!({"id": "m1"})), vec!["send a", "tag m1"]),
        (Resolution::DidNotHappen, vec!["send a", "send a", "tag made a"]),
    ] {
        let mut bench = bench(steps, [Fault::Refused(true)]);
        let run = run_of("w1", "r");
        on_one_thread(async {
            let (status, story) = at_rest(&bench).await;
            assert_eq!(status, Some(RunStatus::NeedsAttention));
            assert_eq!(story[1..], ["refused /steps/0 invalid", "halted /steps/0"]);
            let summary = bench.summary(&run).await;
            for words in
                ["refused", "The CRM refused a.", "Either it happened", "or it did not", "runs resolve"]
            {
                assert!(summary.contains(words), "{words}: {summary}");
            }
            let engine = bench.started().await;
            // Another try begins with another look, and nobody can look.
            engine.retry(&run, None).await.unwrap();
            assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
            assert_eq!(bench.crm.effects(), ["send a"]);
            engine.resolve(&run, None, resolution).await.unwrap();
            assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
        });
        assert_eq!(bench.crm.effects(), effects);
    }
}

#[test]
fn wherever_the_process_dies_it_is_made_once_and_the_end_is_the_same() {
    for (happens, status, notes) in [(true, RunStatus::Succeeded, 1), (false, RunStatus::NeedsAttention, 0)] {
        let lived = |moment: usize| {
            let mut bench = bench(NOTE, vec![Fault::Refused(happens); 3]);
            bench.death.at(moment);
            on_one_thread(async {
                let first = bench.clone_lives(1);
                let alive = std::pin::pin!(at_rest(&first));
                let dead = std::pin::pin!(bench.until(1, async || false));
                futures::future::select(alive, dead).await;
            });
            let died = bench.death.has_come();
            bench.death.never();
            bench.store = bench.store.reopened();
            let (status, _) = on_one_thread(at_rest(&bench.clone_lives(2)));
            let notes = bench.crm.effects().iter().filter(|effect| *effect == "create_note a").count();
            (died, status, notes)
        };
        let mut moment = 1;
        loop {
            let (died, rests, made) = lived(moment);
            assert_eq!((rests, made), (Some(status), notes), "death at {moment}");
            if !died {
                break;
            }
            moment += 1;
        }
        assert!(moment > 5, "there is something to die in");
    }
}

#[test]
fn secrets_are_taken_out_of_what_the_app_said() {
    let mut bench = Bench::new(&[("r", &recipe("  - crm.send: { text: a hush-hush word }\n"))]);
    bench.crm.fail("a hush-hush word", [Fault::Refused(true)]);
    on_one_thread(async {
        let engine = bench.started_with(|options| {
            options.redact = std::sync::Arc::new(|value| {
                let clean = value.to_string().replace("hush-hush", "[secret]");
                *value = serde_json::from_str(&clean).unwrap();
            });
        });
        let engine = engine.await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        let run = run_of("w1", "r");
        assert_eq!(bench.rest(&run).await, Some(RunStatus::NeedsAttention));
        assert_eq!(bench.story(&run).await[1], "refused /steps/0 invalid");
        let kept = format!("{:?} {}", bench.history(&run).await, bench.summary(&run).await);
        assert!(!kept.contains("hush-hush") && kept.contains("The CRM refused a [secret] word."), "{kept}");
    });
}

/// A call that nobody can look up beside a wait.
fn beside(wait: &str) -> String {
    format!(
        "  - parallel:\n      a:\n        - {wait}\n      b:\n        - crm.send: {{ text: a }}\n          as: message\n        - crm.tag: {{ text: $.message.id }}\n"
    )
}

#[test]
fn what_is_in_doubt_beside_a_wait_is_told_at_once_and_settled_meanwhile() {
    let waits = [("approve: May it?", RunStatus::Waiting), ("wait: 2 days", RunStatus::Sleeping)];
    for (wait, waiting) in waits {
        let mut bench = bench(&beside(wait), [Fault::LostAnswer]);
        let run = run_of("w1", "r");
        on_one_thread(async {
            let engine = bench.started().await;
            let mut alerts = engine.alerts();
            engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
            assert!(bench.until(1, async || bench.status(&run).await == Some(waiting)).await, "{wait}");
            let summary = bench.summary(&run).await;
            let step = "/steps/0/parallel/b/0";
            for words in ["Either it happened", "`bellhop runs resolve", "`message` in later steps"] {
                assert!(summary.contains(words), "{words}: {summary}");
            }
            assert_eq!(summary.contains("Waits for an approval: May it?"), waiting == RunStatus::Waiting);
            let told = alerts.recv().await.unwrap();
            assert_eq!((told.run, told.step.as_str()), (run.clone(), step));
            assert_eq!(engine.name_in_doubt(&run, None).await.unwrap().as_deref(), Some("message"));

            engine.resolve(&run, None, Resolution::Happened(json!({"id": "m1"}))).await.unwrap();
            let tagged = async || bench.crm.effects() == ["send a", "tag m1"];
            assert!(bench.until(1, tagged).await, "{wait}: {:?}", bench.crm.effects());
            assert!(bench.until(1, async || bench.status(&run).await == Some(waiting)).await, "{wait}");
            assert!(!bench.summary(&run).await.contains("runs resolve"), "{wait}");
        });
    }
}
