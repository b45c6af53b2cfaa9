//! What runs wait for outside: events and other runs' ends reach them once each, whatever they are doing at the moment.

use serde_json::{Value, json};

use super::scene::{
    added, append, at, claimed, end, event, given, read, run, run_id, sleep, started, status, turn,
};
use crate::{
    Accepted, Append, Await, Awaited, NewEvent, OncePer, Only, RunId, RunStatus, Signal, Sought, Store, Turn,
};

/// The event that a contact sent a message, received at `seconds`.
fn message(delivery: &str, seconds: i64, body: &str) -> NewEvent {
    let mut message = event(delivery);
    message.origin.name = "contacts.message_received".into();
    message.received_at = at(seconds);
    message.record = Some("contact c1".into());
    message.data = json!({ "message": { "body": body }, "id": delivery });
    message
}

/// A wait of the step at `/steps/{step}` for a message that came at `since` or later.
fn wait(step: usize, since: i64, only: Option<Only>) -> Await {
    let name = "contacts.message_received".into();
    let what = Awaited::Event(Sought { name, connection: None, only, since: at(since) });
    Await { step: format!("/steps/{step}"), what }
}

fn body(text: &str) -> Only {
    Only::Field { pointer: "/message/body".into(), text: text.into() }
}

fn wait_for_run(step: usize, run: &RunId) -> Await {
    let what = Awaited::Run { run: run.clone(), recipe: "route".into() };
    Await { step: format!("/steps/{step}"), what }
}

/// A run comes to rest and waits for these, having heard the signals up to `heard`.
fn rest(run: &RunId, owner: &str, after: u64, awaits: Vec<Await>, heard: u64) -> Append {
    let mut append = turn(run, owner, after, RunStatus::Waiting, true);
    append.turn = Some(Turn { awaits: Some(awaits), heard, ..Turn::to(RunStatus::Waiting).yielding() });
    append
}

/// The append succeeds; the runs that have a signal by it.
async fn woken(store: &dyn Store, append: Append) -> Vec<RunId> {
    store.append(append).await.expect("it is kept").woken
}

/// The event is new; the runs that have a signal by it.
async fn told(store: &dyn Store, event: NewEvent) -> Vec<RunId> {
    match store.accept("a", event, Vec::new()).await {
        Ok(Accepted::New { woken, .. }) => woken,
        other => panic!("{other:?}"),
    }
}

/// The steps and deliveries of a run's unheard signals.
async fn heard(store: &dyn Store, run: &RunId) -> Vec<(String, Value)> {
    let signals = store.signals(run).await.expect("signals");
    assert!(signals.is_sorted_by_key(|signal| signal.number));
    assert!(signals.iter().all(|signal| signal.number > 0));
    signals.into_iter().map(|Signal { step, mut data, .. }| (step, data["id"].take())).collect()
}

fn signal(step: usize, delivery: &str) -> (String, Value) {
    (format!("/steps/{step}"), delivery.into())
}

pub(super) async fn an_event_reaches_those_who_wait_for_it(store: &dyn Store) {
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    let waiting = given(store, "a", "w1", None).await;
    let other = given(store, "a", "w2", None).await;
    assert!(woken(store, rest(&waiting, "a", 0, vec![wait(0, 0, None)], 0)).await.is_empty());
    added(store, sleep(&other, "a", 0, 900, true)).await;
    let rests = read(store, &waiting).await.run;
    assert_eq!((rests.status, rests.wake_at, rests.holder), (RunStatus::Waiting, None, None));
    assert_eq!(store.next_due().await, Ok(Some(at(900))), "who only waits is never due");
    assert!(claimed(store, "a", 800).await.is_empty());

    assert!(told(store, event("w3")).await.is_empty(), "an event of another name");
    assert_eq!(told(store, message("m1", 10, "yes")).await, vec![waiting.clone()]);
    assert_eq!(store.accept("a", message("m1", 11, "yes"), Vec::new()).await, Ok(Accepted::Duplicate));
    let next = store.claim("b", at(11), 10).await.expect("a claim");
    assert_eq!(next.len(), 1);
    assert_eq!((&next[0].run.id, next[0].run.status), (&waiting, RunStatus::Ready));
    let signals = &next[0].signals;
    assert_eq!((signals.len(), &*signals[0].step), (1, "/steps/0"));
    assert_eq!(signals[0].data, message("m1", 10, "yes").data);
    assert_eq!(read(store, &waiting).await.signals, *signals);
    added(store, end(&waiting, "b", 0)).await;
    assert!(told(store, message("m2", 12, "yes")).await.is_empty(), "a run that is over waits for nothing");
    assert!(heard(store, &waiting).await.is_empty());
}

pub(super) async fn only_what_is_sought_reaches_a_run(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    let record = Some(Only::Record { record: "contact c1".into() });
    let mut from = wait(3, 0, None);
    if let Awaited::Event(sought) = &mut from.what {
        sought.connection = Some("other".into());
    }
    let asks = Awaited::Approval { ask: "May it?".into(), of: String::new() };
    let awaits = vec![
        wait(0, 0, Some(body("yes"))),
        wait(1, 0, record),
        wait(2, 0, Some(Only::Record { record: "contact c2".into() })),
        from,
        Await { step: "/steps/4".into(), what: asks },
        wait(5, 0, None),
    ];
    woken(store, rest(&run, "a", 0, awaits, 0)).await;
    told(store, message("m1", 1, "no")).await;
    told(store, message("m2", 1, "yes")).await;
    let mut of_another = message("m3", 2, "perhaps");
    of_another.origin.source = "other".into();
    of_another.record = None;
    of_another.data = json!({ "id": "m3", "message": { "body": 7 } });
    told(store, of_another).await;
    let mut signals = heard(store, &run).await;
    signals.sort_by_key(|(step, delivery)| (step.clone(), delivery.to_string()));
    let expected = [(0, "m2"), (1, "m1"), (1, "m2"), (3, "m3"), (5, "m1"), (5, "m2"), (5, "m3")];
    assert_eq!(signals, expected.map(|(step, delivery)| signal(step, delivery)));
}

pub(super) async fn what_came_before_the_wait_was_known_counts(store: &dyn Store) {
    store.accept("a", message("m0", 5, "yes"), Vec::new()).await.expect("it is accepted");
    store.accept("a", message("w1", 5, "yes"), vec![run("w1", "route", None)]).await.expect("it is accepted");
    let run = run_id("w1", "route");
    for (delivery, seconds, text) in [("m1", 6, "yes"), ("m2", 8, "yes"), ("m3", 9, "no"), ("m4", 10, "yes")]
    {
        assert!(told(store, message(delivery, seconds, text)).await.is_empty());
    }
    assert_eq!(
        woken(store, rest(&run, "a", 0, vec![wait(0, 8, Some(body("yes")))], 0)).await,
        vec![run.clone()]
    );
    assert_eq!(heard(store, &run).await, [signal(0, "m2"), signal(0, "m4")]);
    assert_eq!(claimed(store, "b", 11).await, vec![run.clone()], "it is due at once");

    // Neither its own event nor what came before it counts, however long ago the wait says it began.
    let last = store.signals(&run).await.expect("signals").last().map_or(0, |signal| signal.number);
    let awaits = vec![wait(0, 8, Some(body("yes"))), wait(1, 0, Some(body("yes")))];
    woken(store, rest(&run, "b", 0, awaits, last)).await;
    assert_eq!(heard(store, &run).await, [signal(1, "m1"), signal(1, "m2"), signal(1, "m4")]);
}

pub(super) async fn a_run_does_not_rest_over_a_signal(store: &dyn Store) {
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    let awaits = vec![wait(0, 0, None)];
    // It stays in hand, and the store listens.
    let mut ready = turn(&run, "a", 0, RunStatus::Ready, false);
    ready.turn = Some(Turn { awaits: Some(awaits.clone()), ..Turn::to(RunStatus::Ready) });
    assert!(woken(store, ready).await.is_empty());
    assert_eq!(told(store, message("m1", 1, "no")).await, vec![run.clone()]);
    assert!(claimed(store, "b", 500).await.is_empty(), "it is in hand");
    added(store, append(&run, "a", 0, vec![started(0, 2)])).await;
    let first = store.signals(&run).await.expect("signals")[0].number;
    assert_eq!(told(store, message("m2", 3, "yes")).await, vec![run.clone()]);

    // It has heard the first only.
    assert_eq!(woken(store, rest(&run, "a", 1, awaits.clone(), first)).await, vec![run.clone()]);
    assert_eq!(heard(store, &run).await, [signal(0, "m2")]);
    let next = store.claim("b", at(4), 10).await.expect("a claim");
    let second = next[0].signals[0].number;
    assert!(second > first);
    assert!(woken(store, rest(&run, "b", 1, awaits.clone(), second)).await.is_empty());
    assert!(heard(store, &run).await.is_empty());
    assert!(claimed(store, "b", 5).await.is_empty(), "the same wait does not hear the same again");

    // A number is never given twice, so that nothing new passes for heard.
    assert_eq!(told(store, message("m3", 6, "yes")).await, vec![run.clone()]);
    assert_eq!(claimed(store, "b", 6).await, vec![run.clone()]);
    assert_eq!(woken(store, rest(&run, "b", 1, awaits, second)).await, vec![run.clone()]);
    assert_eq!(heard(store, &run).await, [signal(0, "m3")]);
}

pub(super) async fn a_sleeper_that_waits_as_well_wakes_by_either(store: &dyn Store) {
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    let sleeper = |after: u64, heard: u64| {
        let mut append = sleep(&run, "a", after, 500, false);
        let turn = append.turn.as_mut().expect("made with a turn");
        turn.awaits = Some(vec![wait(0, 0, None)]);
        turn.heard = heard;
        append
    };
    added(store, sleeper(0, 0)).await;
    assert_eq!(store.next_due().await, Ok(Some(at(500))));
    told(store, message("m1", 10, "yes")).await;
    assert!(store.next_due().await.expect("a time").is_some_and(|due| due <= at(10)));
    let next = store.claim("a", at(10), 10).await.expect("a claim");
    added(store, sleeper(0, next[0].signals[0].number)).await;
    assert_eq!(store.next_due().await, Ok(Some(at(500))));

    // The same for a wait with a last moment.
    assert_eq!(claimed(store, "a", 500).await, vec![run.clone()]);
    let mut patient = rest(&run, "a", 0, vec![wait(0, 0, None)], 0);
    patient.turn.as_mut().expect("made with a turn").wake_at = Some(at(700));
    added(store, patient).await;
    assert_eq!(store.next_due().await, Ok(Some(at(700))));
    assert!(claimed(store, "a", 699).await.is_empty());
    assert_eq!(claimed(store, "a", 700).await, vec![run]);
}

pub(super) async fn a_person_leaves_what_is_waited_for_as_it_is(store: &dyn Store) {
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    woken(store, rest(&run, "a", 0, vec![wait(0, 0, None)], 0)).await;
    store.claim_run("cli", &run, at(1)).await.expect("a claim").expect("nobody holds it");
    assert_eq!(told(store, message("m1", 2, "yes")).await, vec![run.clone()]);
    // Given back as it was, it is due: it has a signal.
    let back = turn(&run, "cli", 0, RunStatus::Waiting, false);
    assert_eq!(woken(store, back).await, vec![run.clone()]);
    assert_eq!(claimed(store, "a", 3).await, vec![run.clone()]);
    // Where it waits for nothing any more, its signals are gone.
    let mut halted = turn(&run, "a", 0, RunStatus::NeedsAttention, true);
    halted.turn.as_mut().expect("made with a turn").awaits = Some(Vec::new());
    assert!(woken(store, halted).await.is_empty());
    assert!(heard(store, &run).await.is_empty());
    assert!(told(store, message("m2", 4, "yes")).await.is_empty());
    assert_eq!(status(store, &run).await, RunStatus::NeedsAttention);
}

pub(super) async fn the_end_of_a_run_reaches_who_waits_for_it(store: &dyn Store) {
    store.keep_alive("a", at(1_000)).await.expect("it lives");
    let child = given(store, "a", "w1", None).await;
    let parent = given(store, "a", "w2", None).await;
    let late = given(store, "a", "w3", None).await;
    assert!(woken(store, rest(&parent, "a", 0, vec![wait_for_run(0, &child)], 0)).await.is_empty());
    let mut asks = turn(&child, "a", 0, RunStatus::NeedsAttention, true);
    asks.turn.as_mut().expect("made with a turn").summary = "?".into();
    assert!(woken(store, asks).await.is_empty(), "who needs a person is not over");
    store.claim_run("a", &child, at(1)).await.expect("a claim").expect("nobody holds it");
    let mut over = end(&child, "a", 0);
    over.turn.as_mut().expect("made with a turn").summary = "All is well.".into();
    assert_eq!(woken(store, over).await, vec![parent.clone()]);
    let expected = json!({ "run": child, "status": "succeeded", "summary": "All is well." });
    let next = store.claim("a", at(2), 10).await.expect("a claim");
    assert_eq!((next.len(), &next[0].signals[0].data), (1, &expected));

    // Over before anybody waited.
    assert_eq!(woken(store, rest(&late, "a", 0, vec![wait_for_run(0, &child)], 0)).await, vec![late.clone()]);
    let next = store.claim("a", at(3), 10).await.expect("a claim");
    assert_eq!((&next[0].run.id, &next[0].signals[0].data), (&late, &expected));
}

pub(super) async fn of_events_with_one_key_one_makes_a_run(store: &dyn Store) {
    let once = |delivery: &str, recipe: &str, seconds: i64, since: Option<i64>| {
        let mut run = run(delivery, recipe, None);
        run.once = Some(OncePer { key: "a@example.com".into(), since: since.map(at), until: None });
        let mut event = event(delivery);
        event.received_at = at(seconds);
        (event, run)
    };
    let both = async |delivery: &str, seconds: i64, since: Option<i64>| {
        let (event, first) = once(delivery, "route", seconds, since);
        let plain = run(delivery, "tag", None);
        store.accept("a", event, vec![first, plain]).await.expect("it is accepted")
    };
    let new = |ready: Vec<RunId>, repeated: Vec<RunId>| Accepted::New { ready, repeated, woken: Vec::new() };
    let [route, tag] = ["route", "tag"].map(|recipe| move |delivery: &str| run_id(delivery, recipe));
    assert_eq!(both("w1", 0, None).await, new(vec![route("w1"), tag("w1")], Vec::new()));
    assert_eq!(both("w2", 10, None).await, new(vec![tag("w2")], vec![route("w2")]));
    assert_eq!(store.run(route("w2").as_str()).await, Ok(None));
    assert_eq!(both("w2", 11, None).await, Accepted::Duplicate);
    // Long enough ago it does not count, and counts anew from then on.
    assert_eq!(both("w3", 20, Some(1)).await, new(vec![route("w3"), tag("w3")], Vec::new()));
    assert_eq!(both("w4", 30, Some(20)).await, new(vec![tag("w4")], vec![route("w4")]));
    // Another recipe has keys of its own.
    let (event, other) = once("w5", "note", 31, None);
    let answer = store.accept("a", event, vec![other]).await;
    assert_eq!(answer, Ok(Accepted::ready(vec![run_id("w5", "note")])));

    // Of many at once one is the first.
    let answers: Vec<_> = (0..20)
        .map(|number| {
            let (event, mut run) = once(&format!("x{number}"), "route", 40, None);
            run.once = Some(OncePer { key: "b@example.com".into(), since: None, until: Some(at(50)) });
            store.accept("a", event, vec![run])
        })
        .collect();
    let mut made = 0;
    for answer in answers {
        made += usize::from(matches!(answer.await, Ok(Accepted::New { ready, .. }) if !ready.is_empty()));
    }
    assert_eq!(made, 1);
}

/// Whatever happens in between, every event reaches the run once: a long row of deeds, compared with a plain count.
pub(super) async fn no_signal_is_lost_or_comes_twice(store: &dyn Store) {
    store.keep_alive("a", at(10_000)).await.expect("it lives");
    let run = given(store, "a", "w1", None).await;
    let mut dice = 7_u64;
    let mut throw = |sides: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice >> 11) % sides
    };
    let awaits = || vec![wait(0, 0, Some(body("yes"))), wait(1, 0, None)];
    let (mut expected, mut got) = (Vec::new(), Vec::new());
    let (mut held, mut last) = (true, 0);
    for number in 0..120_i64 {
        match throw(4) {
            0 | 1 => {
                let text = if throw(2) == 0 { "yes" } else { "no" };
                let delivery = format!("m{number}");
                told(store, message(&delivery, number, text)).await;
                if text == "yes" {
                    expected.push(signal(0, &delivery));
                }
                expected.push(signal(1, &delivery));
            }
            2 if held => {
                let append = rest(&run, "a", 0, awaits(), last);
                added(store, append).await;
                held = false;
            }
            _ if held => {}
            _ => {
                for taken in store.claim("a", at(number), 1).await.expect("a claim") {
                    held = true;
                    for mut heard in taken.signals {
                        assert!(heard.number > last);
                        last = heard.number;
                        got.push((heard.step, heard.data["id"].take()));
                    }
                }
            }
        }
    }
    let left = store.signals(&run).await.expect("signals").into_iter().filter(|signal| signal.number > last);
    got.extend(left.map(|mut signal| (signal.step, signal.data["id"].take())));
    got.sort_by_key(|(step, delivery)| (step.clone(), delivery.to_string()));
    expected.sort_by_key(|(step, delivery)| (step.clone(), delivery.to_string()));
    assert_eq!(got, expected);
}
