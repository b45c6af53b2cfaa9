//! The three-call job: signed `ContactCreate` webhooks → get contact → branch → add tags or create task → update
//! contact, with the real binary as a process of its own, a store on disk, and a CRM that answers at once.
//!
//! `cargo bench -p bellhop --bench throughput` prints the figures of `docs/benchmarks.md`. A word behind `--` asks for others:
//! `half` (at half load too), `linear` (beside a million finished runs), `sleep` (a million sleeping runs), `restart` (a
//! hundred thousand open runs), `loop` (one run through a hundred thousand contacts). The CRM and the sender of the
//! webhooks live in this process and share the machine's cores with Bellhop; they speak a bare minimum of HTTP so as to
//! take little of them.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark speaks to the terminal and is told by the environment; it is no part of the product"
)]

mod crm;
mod job;
mod sender;
mod served;
mod stock;
mod waits;

use std::time::{Duration, Instant};

use crm::Crm;
use served::{Place, Served};

/// How many contacts one run walks through, unless `BELLHOP_BENCH_CONTACTS` says otherwise.
const CONTACTS: usize = 100_000;
/// How many finished runs are in the store, unless `BELLHOP_BENCH_FINISHED` says otherwise.
const FINISHED: usize = 1_000_000;
/// A run that has not ended by then never will.
const PATIENCE: Duration = Duration::from_mins(2);
/// Nor will a walk through all contacts.
const LONG_PATIENCE: Duration = Duration::from_mins(20);

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    // `cargo test --benches` and test runners start this too; there is nothing to test here.
    if asked("--test") || asked("--list") {
        return;
    }
    match () {
        () if asked("loop") => walk(),
        () if asked("half") => job::half(),
        () if asked("linear") => job::linear(number("BELLHOP_BENCH_FINISHED", FINISHED)),
        () if asked("sleep") => waits::sleep(),
        () if asked("restart") => waits::restart(),
        () => job::full(),
    }
}

/// A number that the environment may give.
fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One run that goes over all contacts, page by page, and updates each.
fn walk() {
    let contacts = number("BELLHOP_BENCH_CONTACTS", CONTACTS);
    let key = sender::Key::generate();
    let crm = Crm::start(contacts);
    let probe = key.delivery(usize::MAX);
    let (served, _) = Served::start(Place::new(crm.address(), &key.public()), &probe);
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
