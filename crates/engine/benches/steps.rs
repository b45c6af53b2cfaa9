//! The engine's own cost of a step: runs of twenty steps, one after the other on one thread, with a store in memory and an
//! app that answers at once. Nothing is waited for, so the time that passes is processor time. Prints figures; it
//! judges nothing, because they are this machine's.
//!
//! `cargo bench -p bellhop-engine`. The store and the app are those of the tests.

#![allow(clippy::unwrap_used, reason = "what the tests share is used here, and says by them what is wrong")]
#![allow(clippy::disallowed_macros, reason = "a benchmark speaks to the terminal")]

#[allow(dead_code, reason = "it takes a part of what the tests share")]
#[path = "../tests/suite/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bellhop_journal::RunStatus;
use serde_json::json;
use support::{Bench, created, on_one_thread, recipe, run_of};

const ROUNDS: u32 = 200;
/// In each round.
const RUNS: u32 = 10;
/// Those that only warm up.
const FIRST: u32 = 2;
const STEPS: u32 = 20;

fn main() {
    // `cargo test --benches` starts this too; there is nothing to test here.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let mut steps = String::new();
    for step in 0..STEPS / 2 {
        // Writing to a string cannot fail.
        let _ = write!(
            steps,
            "  - crm.tag: {{ text: \"{step} {{{{ trigger.name }}}}\", id: $.trigger.id }}\n    as: tagged{step}\n  - if: trigger.name == 'Ana'\n    then:\n      - set: {{ who{step}: $.trigger.name }}\n"
        );
    }
    let mut times: Vec<Duration> = Vec::new();
    // The store and the app of the tests look through all they have: they begin anew again and again.
    for _ in 0..ROUNDS {
        let mut bench = Bench::new(&[("r", &recipe(&steps))]);
        on_one_thread(async {
            let engine = bench.started().await;
            for run in 0..FIRST + RUNS {
                let data = json!({
                    "id": format!("c{run}"), "name": "Ana", "email": "ana@example.com", "tags": ["new lead", "spring"],
                    "source": "website form", "address": { "city": "York", "country": "GB" },
                });
                let event = created(&format!("w{run}"), &format!("c{run}"), data);
                let begun = Instant::now();
                engine.receive("crm", event).await.expect("it is taken");
                engine.wait_idle().await.expect("it is worked on");
                let spent = begun.elapsed();
                let status = bench.status(&run_of(&format!("w{run}"), "r")).await;
                assert_eq!(status, Some(RunStatus::Succeeded), "run {run}");
                if run >= FIRST {
                    times.push(spent / STEPS);
                }
            }
        });
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{} runs of {STEPS} steps: a step costs p50 {:?}, p90 {:?}, p99 {:?}",
        times.len(),
        at(50),
        at(90),
        at(99)
    );
}
