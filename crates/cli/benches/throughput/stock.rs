//! Fills stores: many runs that are like one which Bellhop itself has made, through the store's own port.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bellhop_journal::{
    Append, Claimed, Entry, EventId, NewEvent, NewRun, RunFilter, RunId, RunStatus, Stamped, Store as _, Turn,
};
use bellhop_store::SqliteStore;
use jiff::Timestamp;
use serde_json::Value;

use super::sender::scattered;

/// How many writes are under way at once.
const WRITERS: usize = 512;

/// Who writes. What it holds at its end without having left is as a killed process leaves it.
const OWNER: &str = "stock";

/// Adds so many finished runs of the three-call job.
pub(crate) fn finished(store: &Path, count: usize) {
    fill(store, "three-calls", 0..count, &|| Some((Turn::to(RunStatus::Succeeded).yielding(), None)));
}

/// Adds runs that wait until then: one for each number.
pub(crate) fn sleeping(store: &Path, numbers: Range<usize>, until: Timestamp) {
    let rest = || (Turn { wake_at: Some(until), ..Turn::to(RunStatus::Sleeping).yielding() }, Some(until));
    fill(store, "later", numbers, &|| Some(rest()));
}

/// Adds so many runs of the three-call job that somebody was about to begin who has been killed.
pub(crate) fn open(store: &Path, count: usize) {
    fill(store, "three-calls", 0..count, &|| None);
}

/// How a run comes to rest, and when its wait is over; none: it is held and has no history.
type Standing<'a> = dyn Fn() -> Option<(Turn, Option<Timestamp>)> + 'a;

fn fill(path: &Path, recipe: &str, numbers: Range<usize>, standing: &Standing<'_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads can be started");
    runtime.block_on(async {
        let store = SqliteStore::open(path).expect("the store opens");
        let like = RunFilter { recipe: Some(recipe.to_owned()), limit: 1, ..RunFilter::default() };
        let like = store.runs(like).await.expect("a list").pop().expect("a run to make others like it");
        let like = store.run(like.id.as_str()).await.expect("a run").expect("it is there");
        let next = AtomicUsize::new(numbers.start);
        let writers = (0..WRITERS).map(|_| async {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end {
                    return;
                }
                make(&store, &like, number, standing()).await;
            }
        });
        futures::future::join_all(writers).await;
        store.close().expect("it is whole");
    });
}

async fn make(
    store: &SqliteStore,
    like: &Claimed,
    number: usize,
    standing: Option<(Turn, Option<Timestamp>)>,
) {
    let delivery_id = format!("stock-{number}");
    let contact = format!("stock{:015}", scattered(number));
    let event = EventId::of(&like.event.origin.source, &delivery_id);
    let run = RunId::of(&event, &like.run.recipe);
    let record = like.event.record.as_ref().map(|_| format!("contact {contact}"));
    let mut data = like.event.data.clone();
    data["id"] = Value::from(contact);
    let new = NewEvent {
        origin: like.event.origin.clone(),
        delivery_id,
        received_at: like.event.received_at,
        record: record.clone(),
        data,
        passed_over: Vec::new(),
    };
    let seed = NewRun {
        id: run.clone(),
        recipe: like.run.recipe.clone(),
        version: like.run.version.clone(),
        order_key: record.map(|record| format!("{}|{record}", like.run.recipe)),
        inputs: Value::Null,
        once: None,
    };
    store.accept(OWNER, new, vec![seed]).await.expect("it is accepted");
    let Some((turn, until)) = standing else { return };
    let mut entries: Vec<Stamped> = like.history.clone();
    for stamped in &mut entries {
        if let (Entry::Slept { until: wait, .. }, Some(until)) = (&mut stamped.entry, until) {
            *wait = until;
        }
    }
    let append = Append { run, owner: OWNER.into(), after: 0, entries, turn: Some(turn) };
    store.append(append).await.expect("it is kept");
}
