//! Laws of folding: any row of entries gives a state, in one go or in two, and what is stored folds to the same.

use bellhop_journal::{
    Awaited, CallNote, Entry, Only, Refused, Resolution, RunId, RunStatus, Sought, Stamped, State, StepState,
    TurnFailure,
};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

fn step() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["/steps/0", "/steps/1", "/steps/1/then/0", "/steps/2#4/do/1"])
        .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        vec(any::<bool>(), 0..4).prop_map(|list| json!({ "list": list })),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_000_i64)
        .prop_map(|microseconds| Timestamp::from_microsecond(microseconds).expect("before the year 2100"))
}

fn call() -> impl Strategy<Value = CallNote> {
    ("[a-z]{1,8}", "[a-z_]{1,8}", value()).prop_map(|(connector, operation, input)| CallNote {
        connection: connector.clone(),
        connector,
        operation,
        input,
    })
}

fn status() -> impl Strategy<Value = RunStatus> {
    prop::sample::select(RunStatus::ALL.to_vec())
}

fn failure() -> impl Strategy<Value = TurnFailure> {
    (step(), "[a-z]{1,8}", any::<bool>()).prop_map(|(step, class, given_up)| TurnFailure {
        step,
        class,
        message: "no".into(),
        count: 1,
        given_up,
    })
}

fn awaited() -> impl Strategy<Value = Awaited> {
    let only = prop_oneof![
        "[a-z ]{1,8}".prop_map(|record| Only::Record { record }),
        ("/[a-z]{1,5}", ".{0,8}").prop_map(|(pointer, text)| Only::Field { pointer, text }),
    ];
    prop_oneof![
        ("[a-z]{1,5}", option::of("[a-z]{1,5}"), option::of(only), time()).prop_map(
            |(name, connection, only, since)| Awaited::Event(Sought { name, connection, only, since })
        ),
        "[a-z0-9]{1,5}"
            .prop_map(|run| Awaited::Run { run: RunId::from(run.as_str()), recipe: "other".to_owned() }),
        (".{0,9}", ".{0,9}").prop_map(|(ask, of)| Awaited::Approval { ask, of }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        (step(), 0..5_u32, call()).prop_map(|(step, attempt, call)| Entry::StepStarted {
            step,
            attempt,
            call
        }),
        (step(), value()).prop_map(|(step, output)| Entry::StepEnded { step, output }),
        (step(), "[a-z]{1,8}", ".{0,20}", value(), option::of(time()), any::<bool>()).prop_map(
            |(step, class, message, evidence, retry_at, handled)| Entry::StepFailed {
                step,
                class,
                message,
                evidence,
                retry_at,
                handled
            }
        ),
        (step(), "[a-z]{1,8}", ".{0,20}", value()).prop_map(|(step, class, message, evidence)| {
            Entry::StepRefused { step, refused: Refused { class, message, evidence } }
        }),
        step().prop_map(|step| Entry::NotHappened { step }),
        step().prop_map(|step| Entry::StepSkipped { step }),
        (step(), "[a-z]{0,5}").prop_map(|(step, branch)| Entry::Branched { step, branch }),
        (step(), vec(value(), 0..4), any::<bool>()).prop_map(|(step, items, by_page)| Entry::LoopOpened {
            step,
            items,
            by_page
        }),
        // A null is how "nothing" is stored.
        (step(), vec(value(), 0..4), option::of("[a-z]{0,5}".prop_map(Value::from)))
            .prop_map(|(step, items, next)| Entry::PageRead { step, items, next }),
        (step(), 0..6_u64, option::of(failure())).prop_map(|(step, turn, failure)| Entry::TurnEnded {
            step,
            turn,
            failure
        }),
        (step(), time()).prop_map(|(step, until)| Entry::Slept { step, until }),
        (step(), awaited(), option::of(time())).prop_map(|(step, what, until)| Entry::Awaited {
            step,
            what,
            until
        }),
        (step(), ".{0,20}").prop_map(|(step, message)| Entry::Halted { step, message }),
        (option::of(step()), option::of("[a-z]{1,8}"))
            .prop_map(|(step, by)| Entry::RetryRequested { step, by }),
        (step(), option::of(value())).prop_map(|(step, output)| {
            let resolution = output.map_or(Resolution::DidNotHappen, Resolution::Happened);
            Entry::Resolved { step, resolution, by: None }
        }),
        (status(), ".{0,20}").prop_map(|(status, reason)| Entry::RunEnded { status, reason, by: None }),
    ]
}

fn history() -> impl Strategy<Value = Vec<Stamped>> {
    vec((time(), entry()).prop_map(|(at, entry)| Stamped { at, entry }), 0..40)
}

proptest! {
    #[test]
    fn any_history_folds_in_one_go_or_in_two(history in history(), cut in any::<prop::sample::Index>()) {
        let whole = State::fold(&history);
        prop_assert_eq!(whole.entries, history.len() as u64);
        let cut = cut.index(history.len() + 1);
        let mut parts = State::fold(&history[..cut]);
        for stamped in &history[cut..] {
            parts.apply(stamped);
        }
        prop_assert_eq!(parts, whole);
    }

    /// A history that is cut behind a snapshot comes to the same as the whole one.
    #[test]
    fn a_snapshot_stands_for_all_before_it(before in history(), after in history()) {
        let state = Box::new(State::fold(&before));
        let folded = Stamped { at: Timestamp::UNIX_EPOCH, entry: Entry::Folded { state } };
        let text = serde_json::to_string(&folded).expect("entries are JSON");
        let read: Stamped = serde_json::from_str(&text).expect("entries are read back");
        let cut: Vec<Stamped> = std::iter::once(read).chain(after.iter().cloned()).collect();
        let whole: Vec<Stamped> = before.into_iter().chain([folded]).chain(after).collect();
        prop_assert_eq!(State::fold(&cut), State::fold(&whole));
        prop_assert_eq!(State::fold(&whole).entries, whole.len() as u64);
    }

    #[test]
    fn what_is_stored_is_what_was_written(history in history()) {
        let text = serde_json::to_string(&history).expect("entries are JSON");
        let back: Vec<Stamped> = serde_json::from_str(&text).expect("entries are read back");
        prop_assert_eq!(back, history);
    }

    /// Until a person says otherwise, no failure, retry or sleep of other steps takes a result back.
    #[test]
    fn a_recorded_result_stands(before in history(), step in step(), output in value(), after in history()) {
        let touches = |entry: &Entry| match entry {
            Entry::StepStarted { step: other, .. }
            | Entry::StepEnded { step: other, .. }
            | Entry::StepFailed { step: other, .. }
            | Entry::StepRefused { step: other, .. }
            | Entry::NotHappened { step: other }
            | Entry::StepSkipped { step: other }
            | Entry::Branched { step: other, .. }
            | Entry::LoopOpened { step: other, .. }
            | Entry::PageRead { step: other, .. }
            | Entry::TurnEnded { step: other, .. }
            | Entry::Slept { step: other, .. }
            | Entry::Awaited { step: other, .. }
            | Entry::Resolved { step: other, .. } => *other == step,
            Entry::RetryRequested { .. } | Entry::Folded { .. } => true,
            Entry::Halted { .. } | Entry::RunEnded { .. } => false,
        };
        let mut state = State::fold(&before);
        state.apply(&Stamped {
            at: Timestamp::UNIX_EPOCH,
            entry: Entry::StepEnded { step: step.clone(), output: output.clone() },
        });
        for stamped in after.iter().filter(|stamped| !touches(&stamped.entry)) {
            state.apply(stamped);
        }
        let stands = matches!(state.steps.get(&step), Some(StepState::Ended { output: kept, .. }) if **kept == output);
        prop_assert!(stands);
    }
}
