//! What `decide` says is next, for a plan and a history: without store, app or clock.

use std::sync::Arc;

use bellhop_engine::{Action, Facts, Hands, decide};
use bellhop_journal::{CallNote, Entry, RunId, Stamped, State};
use bellhop_recipe::Plan;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::support::crm::Crm;
use crate::support::death::Death;
use crate::support::{plan, recipe, short};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn planned(steps: &str) -> Arc<Plan> {
    plan(&Crm::new(&Death::default()), "r", &recipe(steps))
}

fn facts() -> Facts {
    Facts {
        run: RunId::from("run_1"),
        recipe: "Test".into(),
        trigger: Arc::new(json!({"yes": true, "list": ["a", "b", "c"]})),
        inputs: Arc::new(json!({})),
        started: at(0),
        record: Some("contact c1".into()),
    }
}

/// What is next, in short, `seconds` after the beginning.
fn next(plan: &Plan, history: &[Entry], hands: &Hands, seconds: i64) -> Vec<String> {
    let facts = facts();
    let history: Vec<Stamped> =
        history.iter().map(|entry| Stamped { at: at(0), entry: entry.clone() }).collect();
    let state = State::fold(&history);
    decide(plan, &facts, &state, hands, at(seconds), &TimeZone::UTC).iter().map(words).collect()
}

fn words(action: &Action<'_>) -> String {
    match action {
        Action::Record(entry) => short(entry),
        Action::Call { step, attempt, input, .. } => format!("call {step} {attempt} {input}"),
        Action::ReadPage { step, attempt, .. } => format!("page {step} {attempt}"),
        Action::Confirm { step, .. } => format!("look {step}"),
        Action::WaitUntil(wake) => {
            let after =
                wake.at.map_or_else(String::new, |at_| at_.duration_since(at(0)).as_secs().to_string());
            format!("wait {after}{}", if wake.yields { " yielding" } else { "" })
        }
        Action::Summon { step, recipe, inputs, .. } => format!("summon {step} {recipe} {inputs}"),
        Action::Listen(awaits) => format!("listen {}", awaits.len()),
        Action::Halt { step, message } => format!("halt {step}: {message}"),
        Action::End { status, reason } => format!("{} {reason}", status.name()),
    }
}

fn started(step: &str) -> Entry {
    let (connector, connection, operation) = ("crm".into(), "crm".into(), "x".into());
    let call = CallNote { connector, operation, connection, input: json!({"text": "a"}) };
    Entry::StepStarted { step: step.into(), attempt: 1, call }
}

fn ended(step: &str, output: Value) -> Entry {
    Entry::StepEnded { step: step.into(), output }
}

fn failed(step: &str, retry_at: Option<Timestamp>) -> Entry {
    let (class, message) = ("transient".into(), "No answer.".into());
    Entry::StepFailed { step: step.into(), class, message, evidence: Value::Null, retry_at, handled: false }
}

fn busy(steps: &[&str]) -> Hands {
    Hands { busy: steps.iter().map(|step| (*step).to_owned()).collect(), ..Hands::default() }
}

#[test]
fn a_step_in_the_history_is_taken_up_by_what_it_does() {
    let nobody = Hands::default();
    for (operation, crashed) in [
        ("get_contact", r#"call /steps/0 2 {"id":"a"}"#),
        ("tag", r#"call /steps/0 2 {"text":"a"}"#),
        ("charge", r#"call /steps/0 2 {"text":"a"}"#),
        ("create_note", "look /steps/0"),
    ] {
        let field = if operation == "get_contact" { "id" } else { "text" };
        let plan = planned(&format!("  - crm.{operation}: {{ {field}: a }}\n"));
        let first = crashed.replace("look /steps/0", r#"call /steps/0 2 {"text":"a"}"#).replace(" 2 ", " 1 ");
        assert_eq!(next(&plan, &[], &nobody, 0), [first]);
        assert_eq!(next(&plan, &[started("/steps/0")], &busy(&["/steps/0"]), 0), [] as [&str; 0]);
        assert_eq!(next(&plan, &[started("/steps/0")], &nobody, 0), [crashed]);
        let over = [started("/steps/0"), ended("/steps/0", json!(1))];
        assert_eq!(next(&plan, &over, &nobody, 0), ["succeeded "]);
        let resting = [started("/steps/0"), failed("/steps/0", Some(at(30)))];
        assert_eq!(next(&plan, &resting, &nobody, 10), ["wait 30"]);
        let again = next(&plan, &resting, &nobody, 30);
        assert!(again[0].starts_with("call /steps/0 2"), "{again:?}");
        let dead = [started("/steps/0"), failed("/steps/0", None)];
        let halt = format!("halt /steps/0: Step 1 (crm.{operation}): No answer.");
        assert_eq!(next(&plan, &dead, &nobody, 0), [halt]);
    }
}

#[test]
fn reads_go_side_by_side_and_a_write_waits_for_all_before_it() {
    let plan = planned(
        "  - crm.get_contact: { id: a }\n  - crm.list_tasks: { id: b }\n  - crm.tag: { text: c }\n  - crm.get_contact: { id: d }\n",
    );
    let (first, second) = (started("/steps/0"), started("/steps/1"));
    let calls = [r#"call /steps/0 1 {"id":"a"}"#, r#"call /steps/1 1 {"id":"b"}"#];
    assert_eq!(next(&plan, &[], &Hands::default(), 0), calls);
    let one_ended = [first.clone(), second.clone(), ended("/steps/0", json!(1))];
    assert_eq!(next(&plan, &one_ended, &busy(&["/steps/1"]), 0), [] as [&str; 0]);
    let both_ended = [first, second, ended("/steps/0", json!(1)), ended("/steps/1", json!(2))];
    assert_eq!(next(&plan, &both_ended, &Hands::default(), 0), [r#"call /steps/2 1 {"text":"c"}"#]);
}

#[test]
fn a_loop_keeps_as_many_turns_under_way_as_it_may() {
    let plan = planned(
        "  - for_each: $.trigger.list\n    as: item\n    at_once: 2\n    do:\n      - crm.tag: { text: $.item }\n",
    );
    let items = vec![json!("a"), json!("b"), json!("c")];
    let opened = Entry::LoopOpened { step: "/steps/0".into(), items, by_page: false };
    assert_eq!(next(&plan, &[], &Hands::default(), 0), ["opened /steps/0 3"]);
    let two = [r#"call /steps/0#0/do/0 1 {"text":"a"}"#, r#"call /steps/0#1/do/0 1 {"text":"b"}"#];
    assert_eq!(next(&plan, std::slice::from_ref(&opened), &Hands::default(), 0), two);
    let turn = |number: usize| format!("/steps/0#{number}/do/0");
    let mut history = vec![opened, started(&turn(0)), started(&turn(1)), ended(&turn(1), json!(1))];
    let third = ["done /steps/0#1", r#"call /steps/0#2/do/0 1 {"text":"c"}"#];
    assert_eq!(next(&plan, &history, &busy(&[&turn(0)]), 0), third);
    history.extend([ended(&turn(0), json!(1)), started(&turn(2)), ended(&turn(2), json!(1))]);
    let over = ["done /steps/0#0", "done /steps/0#1", "done /steps/0#2"];
    assert_eq!(next(&plan, &history, &Hands::default(), 0), over);
    let done = |turn| Entry::TurnEnded { step: "/steps/0".into(), turn, failure: None };
    history.extend([done(0), done(1), done(2)]);
    assert_eq!(next(&plan, &history, &Hands::default(), 0), ["ended /steps/0"]);
}

#[test]
fn a_stop_lets_what_is_under_way_finish_and_begins_nothing_more() {
    let plan = planned(
        "  - parallel:\n      one:\n        - crm.tag: { text: a }\n        - crm.tag: { text: b }\n      two:\n        - stop: Enough\n",
    );
    let one = "/steps/0/parallel/one/0";
    let branched = Entry::Branched { step: "/steps/0".into(), branch: "parallel".into() };
    let mut history = vec![branched, started(one)];
    assert_eq!(next(&plan, &history, &busy(&[one]), 0), [] as [&str; 0]);
    history.push(ended(one, json!(1)));
    assert_eq!(next(&plan, &history, &Hands::default(), 0), ["stopped Enough"]);
    // What failed beside it is not swept under the carpet.
    history.pop();
    history.push(failed(one, None));
    let halt = "halt /steps/0/parallel/one/0: Step 1, branch one 1 (crm.tag): No answer.";
    assert_eq!(next(&plan, &history, &Hands::default(), 0), [halt]);
}

#[test]
fn only_waits_that_the_author_wrote_let_others_pass() {
    let plan = planned(
        "  - parallel:\n      one:\n        - wait: 1 minute\n      two:\n        - crm.tag: { text: a }\n",
    );
    let (wait, call) = ("/steps/0/parallel/one/0", "/steps/0/parallel/two/0");
    let branched = Entry::Branched { step: "/steps/0".into(), branch: "parallel".into() };
    let slept = Entry::Slept { step: wait.into(), until: at(60) };
    let retried = [branched.clone(), slept.clone(), started(call), failed(call, Some(at(90)))];
    assert_eq!(next(&plan, &retried, &Hands::default(), 1), ["wait 60"]);
    let waiting = [branched, slept, started(call), ended(call, json!(1))];
    assert_eq!(next(&plan, &waiting, &Hands::default(), 1), ["wait 60 yielding"]);
    assert_eq!(next(&plan, &waiting, &Hands::default(), 60), [format!("ended {wait}")]);
}

#[test]
fn a_doubt_is_looked_up_later_or_asked_of_a_person() {
    let plan = planned("  - crm.create_note: { text: a }\n    on_error: continue\n");
    let history = [started("/steps/0")];
    let mut hands = Hands::default();
    hands.later.insert("/steps/0".into(), at(5));
    assert_eq!(next(&plan, &history, &hands, 0), ["wait 5"]);
    assert_eq!(next(&plan, &history, &hands, 5), ["look /steps/0"]);
    hands.unknown.insert("/steps/0".into(), "Did it happen?".into());
    assert_eq!(next(&plan, &history, &hands, 5), ["halt /steps/0: Did it happen?"]);
}

#[test]
fn a_history_that_does_not_fit_the_plan_is_given_to_a_person() {
    let plan = planned("  - set: { word: a }\n");
    let said = next(&plan, &[started("/steps/0")], &Hands::default(), 0);
    assert!(said[0].starts_with("halt /steps/0: Step 1 (set): the history says"), "{said:?}");
}

#[test]
fn a_look_has_its_own_time_however_short_the_authors_is() {
    let plan = planned("  - crm.create_note: { text: a }\n    timeout: 2 seconds\n");
    let call = CallNote {
        connector: "crm".into(),
        operation: "create_note".into(),
        connection: "crm".into(),
        input: json!({"text": "a"}),
    };
    let started = Entry::StepStarted { step: "/steps/0".into(), attempt: 1, call };
    let state = State::fold(&[Stamped { at: at(0), entry: started }]);
    let actions = decide(&plan, &facts(), &state, &Hands::default(), at(5), &TimeZone::UTC);
    let [Action::Confirm { deadline, .. }] = actions.as_slice() else { panic!("{actions:?}") };
    assert_eq!(deadline.duration_since(at(5)).as_secs(), 60);
}
