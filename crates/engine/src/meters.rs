//! The engine's figures, under their documented names.
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `bellhop_events_total` | counter | `event`, `fate`: `new`, `duplicate`, `rejected` |
//! | `bellhop_runs_total` | counter | `recipe`, `status`: a run's ends and its stops for a person |
//! | `bellhop_calls_total` | counter | `connector`, `operation`, `class`: `done` or the failure's class |
//! | `bellhop_step_seconds` | histogram | `connector`, `operation`: the time of one call |
//! | `bellhop_confirmations_total` | counter | `connector`, `operation`, `answer` |
//! | `bellhop_wake_late_seconds` | histogram | how much later than it was due the first of the runs woken together was taken up |
//! | `bellhop_runs_active` | gauge | runs being worked on |
//! | `bellhop_runs_waiting` | gauge | runs held and waiting in memory for a worker |
//! | `bellhop_looks_found_total` | counter | `event`, `by`: events found in an app: `told` of by it, `healed`, `asked` for |
//! | `bellhop_look_failures_total` | counter | `event`, `class` |
//!
//! Labels take few values: names out of recipes and manifests, never ids or texts of data.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::Tally;

/// An event has been answered.
pub(crate) fn event(name: &str, fate: &'static str) {
    counter!("bellhop_events_total", "event" => name.to_owned(), "fate" => fate).increment(1);
}

/// A run has ended, or stopped for a person.
pub(crate) fn run(recipe: &str, status: &'static str) {
    counter!("bellhop_runs_total", "recipe" => recipe.to_owned(), "status" => status).increment(1);
}

/// A call has ended.
pub(crate) fn call(connector: &str, operation: &str, class: &'static str, took: Duration) {
    let (connector, operation) = (connector.to_owned(), operation.to_owned());
    histogram!("bellhop_step_seconds", "connector" => connector.clone(), "operation" => operation.clone())
        .record(took);
    counter!("bellhop_calls_total", "connector" => connector, "operation" => operation, "class" => class)
        .increment(1);
}

/// A look-up after an unclear end has ended.
pub(crate) fn confirmation(connector: &str, operation: &str, answer: &'static str) {
    let (connector, operation) = (connector.to_owned(), operation.to_owned());
    counter!(
        "bellhop_confirmations_total",
        "connector" => connector, "operation" => operation, "answer" => answer
    )
    .increment(1);
}

/// Sleeping runs were taken up, of which the first had been due for so long.
pub(crate) fn late(by: Duration) {
    histogram!("bellhop_wake_late_seconds").record(by);
}

/// How many runs are in hand.
pub(crate) fn in_hand(active: usize, waiting: usize) {
    gauge!("bellhop_runs_active").set(active as f64);
    gauge!("bellhop_runs_waiting").set(waiting as f64);
}

/// An app has been looked through for events.
pub(crate) fn looked(event: &str, tally: Tally) {
    for (by, count) in [("told", tally.told), ("healed", tally.healed), ("asked", tally.asked)] {
        if count > 0 {
            counter!("bellhop_looks_found_total", "event" => event.to_owned(), "by" => by).increment(count);
        }
    }
}

/// A look has failed.
pub(crate) fn look_failed(event: &str, class: &'static str) {
    counter!("bellhop_look_failures_total", "event" => event.to_owned(), "class" => class).increment(1);
}
