//! Counts what an operation finds, page by page. Where the app takes no more calls for now, it says so on stderr, waits as
//! long as the app says, and goes on; where that would be too long, it gives what it has counted so far.
//!
//! It only reads. Start at [`count`].

use std::sync::Arc;

use bellhop_connector::{Call, FailureClass, Standing};
use bellhop_recipe::CallAction;
use jiff::SignedDuration;
use serde_json::Value;

use super::{number, words};
use crate::compose::Works;
use crate::trouble::Trouble;

/// How long one page may take, waiting for its turn included.
const PAGE: SignedDuration = SignedDuration::from_mins(2);
/// How long it waits for one page at the most, however often the app refuses it.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// How long it waits where nobody says how long.
const UNSAID: SignedDuration = SignedDuration::from_secs(10);

/// What was counted.
pub(super) struct Counted {
    pub(super) items: u64,
    /// Calls that read a page.
    pub(super) pages: u64,
    /// In how many seconds the app takes the next call, where the list was not read to its end for that.
    pub(super) refused_for: Option<u64>,
}

/// How much longer is waited for the next page.
struct Patience(SignedDuration);

impl Patience {
    /// How long to wait now; where that is too long, how long it would be.
    fn wait(&mut self, after_ms: Option<u64>) -> Result<SignedDuration, SignedDuration> {
        let said = after_ms.map(|said| SignedDuration::from_millis(i64::try_from(said).unwrap_or(i64::MAX)));
        let wait = said.unwrap_or(UNSAID).max(SignedDuration::from_secs(1));
        if wait > self.0 {
            return Err(wait);
        }
        self.0 -= wait;
        Ok(wait)
    }
}

/// Counts what a call finds.
pub(super) async fn count(works: &Works, call: &CallAction, input: Value) -> Result<Counted, Trouble> {
    let Some((connection, connector)) = works.connections.get(&call.connection) else {
        return Err(Trouble::new(format!("This workspace has no connection `{}`.", call.connection)));
    };
    let (mut counted, mut after) = (Counted { items: 0, pages: 0, refused_for: None }, None);
    let mut patience = Patience(LONGEST);
    loop {
        let request = Call {
            operation: call.operation.clone(),
            input: input.clone(),
            connection: Arc::clone(connection),
            deadline: works.clock.now() + PAGE,
            idempotency_key: "forecast".to_owned(),
            standing: Standing::default(),
        };
        let failure = match connector.page(request, after.clone()).await {
            Ok(page) => {
                patience = Patience(LONGEST);
                counted.items += page.items.len() as u64;
                counted.pages += 1;
                after = page.next;
                if after.is_none() {
                    return Ok(counted);
                }
                continue;
            }
            Err(failure) => failure,
        };
        let FailureClass::RateLimited { after_ms } = failure.class else {
            return Err(Trouble::new(works.redact_text(&failure.message)));
        };
        match patience.wait(after_ms) {
            Ok(wait) => {
                anstream::eprintln!(
                    "{} takes no more calls for {}: waiting, with {} counted so far. Ctrl-C ends it.",
                    connector.manifest().title,
                    words(seconds(wait)),
                    number(counted.items)
                );
                works.clock.sleep_until(works.clock.now() + wait).await;
            }
            Err(wait) => {
                counted.refused_for = Some(seconds(wait));
                return Ok(counted);
            }
        }
    }
}

/// In whole seconds, not too few.
fn seconds(wait: SignedDuration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(0).div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_is_not_waited_for_longer_than_five_minutes_in_all() {
        let mut patience = Patience(LONGEST);
        for _ in 0..30 {
            assert_eq!(patience.wait(None), Ok(UNSAID), "nobody said how long");
        }
        assert_eq!(patience.wait(Some(1)), Err(SignedDuration::from_secs(1)), "they are over");
        let mut patience = Patience(LONGEST);
        assert_eq!(
            patience.wait(Some(300_001)),
            Err(SignedDuration::from_millis(300_001)),
            "too long at once"
        );
        assert_eq!(patience.wait(Some(300_000)), Ok(LONGEST));
        assert!(patience.wait(Some(u64::MAX)).is_err());
    }
}
