//! The three-call job: signed `ContactCreate` webhooks → get contact → branch → add tags or create task → update
//! contact, with the real binary as a process of its own, a store on disk, and a CRM that answers at once.
//!
//! `cargo bench -p bellhop --bench throughput` prints the figures of `docs/benchmarks.md`; with `-- loop` behind it those of one
//! run that walks through a hundred thousand contacts. The CRM and the sender of the
//! webhooks live in this process and share the machine's cores with Bellhop; they speak a bare minimum of HTTP so as to
//! take little of them.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark speaks to the terminal and is told by the environment; it is no part of the product"
)]

mod crm;
mod sender;
mod served;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crm::Crm;
use sender::Delivery;
use served::Served;

/// How many webhooks, unless `BELLHOP_BENCH_EVENTS` says otherwise.
const EVENTS: usize = 10_000;
/// How many contacts one run walks through, unless `BELLHOP_BENCH_CONTACTS` says otherwise.
const CONTACTS: usize = 100_000;
/// How many webhooks are under way at a time.
const CONCURRENCY: usize = 32;
/// A run that has not ended by then never will.
const PATIENCE: Duration = Duration::from_mins(2);
/// Nor will a walk through all contacts.
const LONG_PATIENCE: Duration = Duration::from_mins(20);

fn main() {
    // `cargo test --benches` and test runners start this too; there is nothing to test here.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    if std::env::args().any(|argument| argument == "loop") {
        return walk();
    }
    let events =
        std::env::var("BELLHOP_BENCH_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(EVENTS);
    let key = sender::Key::generate();
    let crm = Crm::start(0);
    let deliveries: Vec<Delivery> = (0..events).map(|number| key.delivery(number)).collect();
    let probe = key.delivery(usize::MAX);

    let (served, cold_start) = Served::start(crm.address(), &key.public(), &probe);
    crm.wait_for(1, PATIENCE);
    std::thread::sleep(Duration::from_secs(1));
    let idle = served.resident_kb();
    let cpu_before = served.cpu_seconds();

    let begun = Instant::now();
    let mut latencies = sender::send_all(served.address(), &Arc::new(deliveries), CONCURRENCY);
    let acknowledged = begun.elapsed();
    crm.wait_for(events + 1, PATIENCE);
    let calls_done = begun.elapsed();
    served.wait_for_succeeded(events + 1, PATIENCE);
    let completed = begun.elapsed();
    let cpu = served.cpu_seconds() - cpu_before;

    latencies.sort_unstable();
    let at =
        |of_thousand: usize| latencies[(latencies.len() - 1) * of_thousand / 1_000].as_secs_f64() * 1_000.0;
    let per_second = events as f64 / completed.as_secs_f64();
    println!("events                        {events} at concurrency {CONCURRENCY}, three calls a run");
    println!("completed runs per second     {per_second:.0}");
    println!("  all acknowledged after      {:.2} s", acknowledged.as_secs_f64());
    println!("  all calls made after        {:.2} s", calls_done.as_secs_f64());
    println!("  all runs ended after        {:.2} s", completed.as_secs_f64());
    println!("acknowledgement p50/p99/max   {:.1} / {:.1} / {:.1} ms", at(500), at(990), at(1_000));
    println!("CPU of bellhop per 1,000 runs {:.2} s", cpu * 1_000.0 / events as f64);
    println!("resident at the peak          {:.1} MB", served.peak_kb() as f64 / 1_024.0);
    println!("resident when idle            {:.1} MB", idle as f64 / 1_024.0);
    println!("start to first accepted event {:.0} ms", cold_start.as_secs_f64() * 1_000.0);
}

/// One run that goes over all contacts, page by page, and updates each.
fn walk() {
    let contacts =
        std::env::var("BELLHOP_BENCH_CONTACTS").ok().and_then(|text| text.parse().ok()).unwrap_or(CONTACTS);
    let key = sender::Key::generate();
    let crm = Crm::start(contacts);
    let probe = key.delivery(usize::MAX);
    let (served, _) = Served::start(crm.address(), &key.public(), &probe);
    crm.wait_for(1, PATIENCE);
    let idle = served.resident_kb();
    let begun = Instant::now();
    crm::post(served.address(), "/hooks/in/walk").expect("the walk begins");
    crm.wait_for(contacts + 1, LONG_PATIENCE);
    let took = begun.elapsed().as_secs_f64();
    println!("contacts                      {contacts}, 100 a page, ten at a time, one call for each");
    println!("contacts per second           {:.0}", contacts as f64 / took);
    println!(
        "resident before / at the peak {:.1} / {:.1} MB",
        idle as f64 / 1_024.0,
        served.peak_kb() as f64 / 1_024.0
    );
    println!("store on disk                 {:.1} MB", served.store_bytes() as f64 / 1_048_576.0);
}
