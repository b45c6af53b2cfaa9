//! Forgets finished runs and old events of a running `bellhop serve`, a few at a time with pauses between, so that work
//! hardly notices.

use std::convert::Infallible;
use std::sync::Arc;

use bellhop_clock::{Clock, DurationWords};
use bellhop_journal::{Store, Sweep};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The pause between two steps.
const BREATH: SignedDuration = SignedDuration::from_millis(100);
/// The pause after all has been gone through.
const REST: SignedDuration = SignedDuration::from_hours(1);

/// Forgets what is older than `kept`, for ever.
pub(crate) async fn keep(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    kept: DurationWords,
    zone: TimeZone,
) -> Infallible {
    loop {
        match sweep(store.as_ref(), clock.as_ref(), kept.subtract_from(clock.now(), &zone)).await {
            Ok((0, 0)) => {}
            Ok((events, runs)) => {
                metrics::counter!("bellhop_forgotten_runs_total").increment(runs);
                tracing::info!(
                    events,
                    runs,
                    "what was over and older than `history:` says has been forgotten"
                );
            }
            Err(error) => tracing::warn!(%error, "old runs could not be forgotten; again in an hour"),
        }
        clock.sleep_until(after(clock.as_ref(), REST)).await;
    }
}

/// Goes through the store once; how many events and runs are gone.
async fn sweep(
    store: &dyn Store,
    clock: &dyn Clock,
    before: Timestamp,
) -> Result<(u64, u64), bellhop_journal::StoreError> {
    let (mut events, mut runs, mut from) = (0, 0, Some(Sweep::default()));
    while let Some(place) = from {
        let swept = store.prune(before, place).await?;
        events += swept.events;
        runs += swept.runs;
        from = swept.next;
        clock.sleep_until(after(clock, BREATH)).await;
    }
    Ok((events, runs))
}

fn after(clock: &dyn Clock, pause: SignedDuration) -> Timestamp {
    clock.now().checked_add(pause).unwrap_or(Timestamp::MAX)
}
