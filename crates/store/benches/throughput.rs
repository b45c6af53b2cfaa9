//! Measures the store as the engine uses it: a run is one accepted event and four appends, of which two may ride with
//! the next sync. Prints figures; it judges nothing, because they are this machine's.
//!
//! `cargo bench -p bellhop-store -- [RUNS] [FOLDER]`: the folder says which disk is measured.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bellhop_journal::{
    Append, CallNote, Entry, EventId, NewEvent, NewRun, Origin, RunId, RunStatus, Stamped, Store, Turn,
};
use bellhop_store::SqliteStore;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many runs are under way at once.
const CONCURRENCY: [usize; 3] = [1, 32, 256];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runs = words.first().and_then(|word| word.parse().ok()).unwrap_or(20_000);
    let folder = words.get(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads can be started");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{runs} runs of 1 accept and 4 appends, synchronous=FULL, on {}", folder.display())
        .expect("the terminal takes it");
    for concurrency in CONCURRENCY {
        let runs = if concurrency == 1 { runs / 10 } else { runs };
        let folder = tempfile::tempdir_in(&folder).expect("a folder can be made");
        let path = folder.path().join("bellhop.db");
        let opened = Instant::now();
        let store = SqliteStore::open(&path).expect("the store opens");
        let opened = opened.elapsed();
        let store = Arc::new(store);
        let start = Instant::now();
        let mut waits = runtime.block_on(load(&store, runs, concurrency));
        let took = start.elapsed();
        waits.sort_unstable();
        let rate = runs as f64 / took.as_secs_f64();
        writeln!(
            out,
            "{concurrency:>4} at once: {rate:>6.0} runs/s; acknowledged in p50 {:?} p99 {:?} max {:?}; \
             writer {:.0} % of a core; {} resident; opened in {opened:?}; {} KiB a run",
            at(&waits, 50),
            at(&waits, 99),
            at(&waits, 100),
            100.0 * writer_seconds() / took.as_secs_f64(),
            resident(),
            std::fs::metadata(&path).map_or(0, |file| file.len()) / 1024 / runs as u64,
        )
        .expect("the terminal takes it");
    }
}

fn at(waits: &[Duration], percent: usize) -> Duration {
    waits[(waits.len() - 1) * percent / 100]
}

async fn load(store: &Arc<SqliteStore>, runs: usize, concurrency: usize) -> Vec<Duration> {
    let next = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..concurrency)
        .map(|_| {
            let (store, next) = (Arc::clone(store), Arc::clone(&next));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= runs {
                        return waits;
                    }
                    waits.push(one_run(&store, number).await);
                }
            })
        })
        .collect();
    let mut waits = Vec::new();
    for worker in workers {
        waits.append(&mut worker.await.expect("a worker ends well"));
    }
    waits
}

/// One run; how long its event took to be acknowledged.
async fn one_run(store: &SqliteStore, number: usize) -> Duration {
    let delivery = format!("delivery-{number}");
    let id = RunId::of(&EventId::of("contacts", &delivery), "route");
    let record = format!("contact c{number}");
    let event = NewEvent {
        origin: Origin { source: "contacts".into(), name: "contacts.contact_created".into() },
        delivery_id: delivery,
        received_at: Timestamp::UNIX_EPOCH,
        record: Some(record.clone()),
        data: contact(number),
        passed_over: Vec::new(),
    };
    let run = NewRun {
        id: id.clone(),
        recipe: "route".into(),
        version: "v1".into(),
        order_key: Some(record),
        inputs: Value::Null,
        once: None,
    };
    let start = Instant::now();
    store.accept("bench", event, vec![run]).await.expect("it is accepted");
    let wait = start.elapsed();
    store.append_soon(append(&id, 0, vec![call(0)]));
    store.append_soon(append(&id, 1, vec![end(0, contact(number)), branch(), call(1)]));
    store
        .append(append(&id, 4, vec![end(1, json!({ "tags": ["hot lead"] })), call(2)]))
        .await
        .expect("it is kept");
    let over = Entry::RunEnded { status: RunStatus::Succeeded, reason: String::new(), by: None };
    let mut last = append(&id, 6, vec![end(2, contact(number)), stamped(over)]);
    last.turn = Some(Turn::to(RunStatus::Succeeded).yielding());
    store.append(last).await.expect("it is kept");
    wait
}

fn append(run: &RunId, after: u64, entries: Vec<Stamped>) -> Append {
    Append { run: run.clone(), owner: "bench".into(), after, entries, turn: None }
}

fn stamped(entry: Entry) -> Stamped {
    Stamped { at: Timestamp::UNIX_EPOCH, entry }
}

fn call(step: usize) -> Stamped {
    let call = CallNote {
        connector: "contacts".into(),
        operation: "add_tags".into(),
        connection: "contacts".into(),
        input: json!({ "contact": "c1", "tags": ["hot lead"] }),
    };
    stamped(Entry::StepStarted { step: format!("/steps/{step}"), attempt: 1, call })
}

fn end(step: usize, output: Value) -> Stamped {
    stamped(Entry::StepEnded { step: format!("/steps/{step}"), output })
}

fn branch() -> Stamped {
    stamped(Entry::Branched { step: "/steps/1".into(), branch: "then".into() })
}

/// About a kilobyte, as a contact is.
fn contact(number: usize) -> Value {
    let fields: Vec<Value> = (0..8)
        .map(|field| json!({ "id": format!("field-{field}-{number}"), "value": "a middling value" }))
        .collect();
    json!({
        "id": format!("c{number}"), "firstName": "Mara", "lastName": "Quill", "email": "mara@example.com",
        "phone": "+15550100", "tags": ["new", "webinar", "spring"], "source": "landing page", "customFields": fields,
        "dateAdded": "2026-03-01T09:30:00Z", "country": "GB", "city": "Leeds", "assignedTo": "user-1",
    })
}

/// Processor time of the newest writing thread, from Linux' `/proc`; elsewhere 0.
fn writer_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let mut ticks = 0.0;
    for thread in threads.flatten() {
        let Ok(line) = std::fs::read_to_string(thread.path().join("stat")) else { continue };
        if let Some((name, rest)) = line.split_once(')')
            && name.contains("bellhop-writer")
        {
            // Fields 14 and 15 of the line, in hundredths of a second (proc(5)).
            ticks =
                rest.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
        }
    }
    ticks / 100.0
}

/// Memory now, from Linux' `/proc`.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(|| "?".into(), |line| line.trim().to_owned())
}
