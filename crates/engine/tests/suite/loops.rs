//! Loops over what an operation finds, page by page: what is read when, what becomes of what fails, and that a loop takes
//! the same room however long it is.

use bellhop_connector::FailureClass;
use bellhop_journal::{Entry, RunId, RunStatus, State};
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::store::MemoryStore;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

/// A recipe that goes over what a search finds.
fn walks(count: u64, more: &str) -> String {
    recipe(&format!(
        "  - for_each:\n      crm.search: {{ text: a, count: {count} }}\n    as: one\n{more}    do:\n      - crm.tag: {{ text: \"{{{{ one }}}}\" }}\n"
    ))
}

/// A bench, and the run of its one recipe at rest.
fn at_rest(text: &str, faults: &[(&str, Fault)]) -> (Bench, RunId, Option<RunStatus>) {
    let mut bench = Bench::new(&[("r", text)]);
    for (key, fault) in faults {
        bench.crm.fail(key, [fault.clone()]);
    }
    let run = run_of("w1", "r");
    let status = on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.expect("it is taken");
        bench.rest(&run).await
    });
    (bench, run, status)
}

/// Lets a person try again; how the run rests then.
fn retried(bench: &mut Bench, run: &RunId) -> Option<RunStatus> {
    on_one_thread(async {
        let engine = bench.started().await;
        engine.retry(run, None).await.expect("it can be tried again");
        bench.rest(run).await
    })
}

fn story(bench: &Bench, run: &RunId) -> Vec<String> {
    on_one_thread(bench.story(run))
}

fn summary(bench: &Bench, run: &RunId) -> String {
    on_one_thread(bench.summary(run))
}

fn tagged(items: impl IntoIterator<Item = u64>) -> Vec<String> {
    items.into_iter().map(|item| format!("tag i{item}")).collect()
}

fn bad() -> Fault {
    Fault::Class(FailureClass::Invalid { fields: Vec::new() })
}

#[test]
fn a_loop_reads_a_page_when_the_one_before_is_begun() {
    let (bench, run, status) = at_rest(&walks(3, ""), &[]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(
        story(&bench, &run),
        [
            "opened /steps/0 0",
            "started /steps/0 1",
            "read /steps/0 2 more",
            "started /steps/0#0/do/0 1",
            "ended /steps/0#0/do/0",
            "done /steps/0#0",
            "started /steps/0#1/do/0 1",
            "started /steps/0 1",
            "ended /steps/0#1/do/0",
            "read /steps/0 1",
            "done /steps/0#1",
            "started /steps/0#2/do/0 1",
            "ended /steps/0#2/do/0",
            "done /steps/0#2",
            "ended /steps/0",
            "succeeded",
        ]
    );
    assert_eq!(bench.crm.effects(), tagged(0..3));
}

#[test]
fn finding_nothing_is_no_trouble() {
    let (bench, run, status) = at_rest(&walks(0, ""), &[]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(story(&bench, &run)[2..], ["read /steps/0 0", "ended /steps/0", "succeeded"]);
}

#[test]
fn no_more_are_under_way_than_the_author_says() {
    let mut bench =
        Bench::new(&[("r", &walks(9, "    at_once: 3\n").replace("count: 9", "count: 9, size: 9"))]);
    bench.crm.slow();
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run_of("w1", "r")).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.most_at_once(), 3);
    let mut effects = bench.crm.effects();
    effects.sort();
    assert_eq!(effects, tagged(0..9));
}

#[test]
fn a_page_that_cannot_be_read_now_is_read_later() {
    for class in [FailureClass::Transient, FailureClass::RateLimited { after_ms: Some(60_000) }] {
        let (bench, run, status) = at_rest(&walks(3, ""), &[("a@2", Fault::Class(class.clone()))]);
        assert_eq!(status, Some(RunStatus::Succeeded));
        let failed = format!("failed /steps/0 {} again", class.name());
        assert!(story(&bench, &run).contains(&failed), "{:?}", story(&bench, &run));
        assert_eq!(bench.crm.pages(), [("a".to_owned(), 0), ("a".to_owned(), 2)]);
        assert_eq!(bench.crm.effects(), tagged(0..3));
    }
}

#[test]
fn a_page_that_cannot_be_read_needs_a_person_and_a_retry_goes_on_there() {
    let (mut bench, run, status) = at_rest(&walks(6, ""), &[("a@2", bad())]);
    assert_eq!(status, Some(RunStatus::NeedsAttention));
    assert!(summary(&bench, &run).starts_with("Step 1 (for_each): The CRM would not search a@2."));
    assert_eq!(bench.crm.effects(), tagged(0..2), "what had been found is done");
    assert_eq!(retried(&mut bench, &run), Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), tagged(0..6));
    let firsts: Vec<u64> = bench.crm.pages().into_iter().map(|(_, first)| first).collect();
    assert_eq!(firsts, [0, 2, 4], "no page is read twice");
}

#[test]
fn an_item_that_fails_stops_no_other_and_is_alone_tried_again() {
    let (mut bench, run, status) = at_rest(&walks(7, ""), &[("i1", bad()), ("i4", bad())]);
    assert_eq!(status, Some(RunStatus::NeedsAttention));
    assert_eq!(bench.crm.effects(), tagged([0, 2, 3, 5, 6]));
    let said = summary(&bench, &run);
    assert!(said.starts_with("Step 1 (item 2), do 1 (crm.tag): The CRM would not do i1."), "{said}");
    assert!(said.ends_with("(One more step failed as well.)"), "{said}");
    assert_eq!(retried(&mut bench, &run), Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), tagged([0, 2, 3, 5, 6, 1, 4]));
    assert_eq!(bench.crm.pages().len(), 4, "nothing is read again for it");
}

#[test]
fn a_loop_that_goes_on_all_the_same_only_counts_what_failed() {
    let text = walks(5, "    on_error: continue\n");
    let (bench, run, status) = at_rest(&text, &[("i1", bad()), ("i3", bad())]);
    assert_eq!(status, Some(RunStatus::Succeeded));
    assert_eq!(bench.crm.effects(), tagged([0, 2, 4]));
    let failed = on_one_thread(bench.history(&run)).into_iter().find_map(|stamped| match stamped.entry {
        Entry::StepFailed { step, message, handled: true, .. } if step == "/steps/0" => Some(message),
        _ => None,
    });
    let said = failed.expect("the loop has failed, handled");
    assert!(said.contains("would not do i1") && said.contains("(One more step failed as well.)"), "{said}");
    assert_eq!(on_one_thread(bench.state(&run)).steps.len(), 1, "nothing of the turns is kept");
}

#[test]
fn a_loop_of_which_too_many_items_fail_stops_and_keeps_them_for_a_person() {
    let text = walks(1_500, "").replace("count: 1500", "count: 1500, size: 100");
    let names: Vec<String> = (0..1_000).map(|number| format!("i{number}")).collect();
    let faults: Vec<(&str, Fault)> = names.iter().map(|name| (name.as_str(), bad())).collect();
    let (mut bench, run, status) = at_rest(&text, &faults);
    assert_eq!(status, Some(RunStatus::NeedsAttention));
    let said = summary(&bench, &run);
    assert!(said.starts_with("Step 1 (item 1), do 1 (crm.tag): The CRM would not do i0."), "{said}");
    let more = format!(
        "1,000 items of Step 1 (for_each) have failed, so it begins no more: something may be wrong with all of them. Put \
         it right, then `bellhop runs retry {run}` does these again and goes on with the rest; `bellhop runs cancel {run}` \
         leaves the rest undone. (999 more steps failed as well.)"
    );
    assert!(said.ends_with(&more), "{said}");
    let state = on_one_thread(bench.state(&run));
    assert_eq!(state.steps.len(), 1_001, "the loop and what failed");
    assert!(bench.crm.pages().len() <= 11, "nothing more is read: {}", bench.crm.pages().len());

    // It has been put right, and is as was said.
    assert_eq!(retried(&mut bench, &run), Some(RunStatus::Succeeded));
    let mut effects = bench.crm.effects();
    effects.sort();
    effects.dedup();
    assert_eq!(effects.len(), 1_500);
}

/// However long a loop is: what is in memory, and what a restart has to read, stays as it is.
#[test]
fn a_loop_over_a_hundred_thousand_items_takes_no_more_room_than_a_short_one() {
    let text = walks(100_000, "    at_once: 10\n").replace("count: 100000", "count: 100000, size: 100");
    let mut bench = Bench::new(&[("r", &text)]);
    bench.store = MemoryStore::default();
    let run = run_of("w1", "r");
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({}))).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    assert_eq!(bench.crm.pages().len(), 1_000);
    let history = bench.store.whole_history(&run);
    let done = history.iter().filter(|stamped| matches!(stamped.entry, Entry::TurnEnded { .. })).count();
    assert_eq!(done, 100_000);
    let mut state = State::default();
    let (mut steps, mut items, mut behind, mut since) = (0, 0, 0, 0);
    for stamped in &history {
        state.apply(stamped);
        steps = steps.max(state.steps.len());
        items = items.max(state.items());
        since = if stamped.entry.begins_a_history() { 0 } else { since + 1 };
        behind = behind.max(since);
    }
    assert!(steps <= 11, "{steps} steps at once");
    assert!(items <= 210, "{items} items at once");
    assert!(behind <= 2_000, "a restart has to read {behind} entries");
}

#[test]
fn a_list_of_ten_thousand_items_is_forgotten_as_it_is_done() {
    let text = recipe(
        "  - for_each: $.trigger.list\n    as: one\n    at_once: 10\n    do:\n      - set: { this: \"{{ one }}\" }\n",
    );
    let mut bench = Bench::new(&[("r", &text)]);
    bench.store = MemoryStore::default();
    let run = run_of("w1", "r");
    let list: Vec<u64> = (0..10_000).collect();
    on_one_thread(async {
        let engine = bench.started().await;
        engine.receive("crm", created("w1", "c1", json!({ "list": list }))).await.unwrap();
        assert_eq!(bench.rest(&run).await, Some(RunStatus::Succeeded));
    });
    let mut state = State::default();
    let mut steps = 0;
    for stamped in &bench.store.whole_history(&run) {
        state.apply(stamped);
        steps = steps.max(state.steps.len());
    }
    assert!(steps <= 11, "{steps} steps at once");
    assert_eq!(state.items(), 0);
}
