//! Figures that are known only here, and the upkeep of all of them.

use std::convert::Infallible;
use std::sync::Arc;

use bellhop_clock::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};

use crate::compose::Works;

/// How often what was measured is summed up. Unread measurements would fill the memory otherwise.
const UPKEEP: SignedDuration = SignedDuration::from_secs(5);

/// Sets what is left of each connection's limits.
pub(crate) fn gauges(works: &Works) -> Arc<dyn Fn() + Send + Sync> {
    let (runtime, links) = (Arc::clone(&works.runtime), Arc::clone(&works.connections));
    Arc::new(move || {
        for (connection, connector) in links.values() {
            for limit in runtime.left(connector.manifest(), connection) {
                metrics::gauge!(
                    "bellhop_budget_left",
                    "connection" => connection.name.clone(),
                    "per_seconds" => limit.per.as_secs().to_string()
                )
                .set(limit.left as f64);
            }
        }
    })
}

/// Sums up what was measured, for ever, whether somebody reads it or not.
pub(crate) async fn keep(upkeep: impl Fn()) -> Infallible {
    loop {
        upkeep();
        let next = SystemClock.now().checked_add(UPKEEP).unwrap_or(Timestamp::MAX);
        SystemClock.sleep_until(next).await;
    }
}
