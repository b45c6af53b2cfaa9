//! What looking for events has come to: how far an app has been looked through, and whether what happened there has been
//! handled. Kept as notes of the store, so that it outlives the process; read by people with `bellhop runs completeness`.

use std::collections::BTreeMap;

use bellhop_journal::{Store, StoreError};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The note that lists the others.
const INDEX: &str = "looks";
/// So many days are counted one by one.
const DAYS: usize = 120;
/// So long a delivery may be late and is known all the same.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// The account of one kind of event of one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The connection.
    pub connection: String,
    /// The event, such as `contacts.contact_created`.
    pub event: String,
    /// Whether the app is asked instead of telling (`via: poll`).
    pub asked: bool,
    /// Seconds between two looks.
    pub every: i64,
    /// When the app was first asked; what was before is nobody's concern.
    pub since: Timestamp,
    /// When it was last looked through.
    pub looked_at: Option<Timestamp>,
    /// Why the last look failed, if it did.
    pub trouble: Option<String>,
    /// What was found, by day (UTC) of the look.
    pub days: BTreeMap<Date, Tally>,
    /// Where the next look begins; the connector's own.
    pub(crate) cursor: Option<Value>,
    /// Records whose events Bellhop found itself, with their times, for deliveries that come late all the same.
    pub(crate) recent: BTreeMap<String, Timestamp>,
}

/// How many events were found in an app. Every one of them has been handled, by the way it is counted under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// In all.
    pub found: u64,
    /// The app had told of them.
    pub told: u64,
    /// The app had not told of them, as it should have.
    pub healed: u64,
    /// Nobody expected the app to tell: it is asked.
    pub asked: u64,
}

impl Tally {
    /// How many have been handled.
    pub fn handled(self) -> u64 {
        self.told + self.healed + self.asked
    }

    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.found += other.found;
        self.told += other.told;
        self.healed += other.healed;
        self.asked += other.asked;
    }
}

impl Ledger {
    pub(crate) fn new(connection: &str, event: &str, now: Timestamp) -> Self {
        Self {
            connection: connection.to_owned(),
            event: event.to_owned(),
            asked: false,
            every: 0,
            since: now,
            looked_at: None,
            trouble: None,
            days: BTreeMap::new(),
            cursor: None,
            recent: BTreeMap::new(),
        }
    }

    /// What was found on that day and since.
    pub fn tally(&self, since: Option<Timestamp>) -> Tally {
        let first = since.map_or(Date::MIN, day);
        let mut all = Tally::default();
        for (_, tally) in self.days.range(first..) {
            all.add(*tally);
        }
        all
    }

    pub(crate) fn count(&mut self, now: Timestamp, tally: Tally) {
        if tally.found > 0 {
            self.days.entry(day(now)).or_default().add(tally);
        }
        while self.days.len() > DAYS {
            self.days.pop_first();
        }
        let oldest = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
        self.recent.retain(|_, at| *at >= oldest);
    }

    /// The account as it was kept, or a new one.
    pub(crate) async fn open(
        store: &dyn Store,
        connection: &str,
        event: &str,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let kept = store.note(&name(connection, event)).await?;
        let kept = kept.and_then(|text| serde_json::from_str(&text).ok());
        Ok(kept.unwrap_or_else(|| Self::new(connection, event, now)))
    }

    pub(crate) async fn keep(&self, store: &dyn Store) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        store.put_note(&name(&self.connection, &self.event), &text).await
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn name(connection: &str, event: &str) -> String {
    format!("{INDEX}/{connection}/{event}")
}

/// Enters names into the list of all accounts.
pub(crate) async fn enter(store: &dyn Store, names: &[(String, String)]) -> Result<(), StoreError> {
    let mut all = index(store).await?;
    let before = all.len();
    all.extend(names.iter().cloned());
    all.sort();
    all.dedup();
    if all.len() == before {
        return Ok(());
    }
    store.put_note(INDEX, &serde_json::to_string(&all).unwrap_or_default()).await
}

async fn index(store: &dyn Store) -> Result<Vec<(String, String)>, StoreError> {
    let kept = store.note(INDEX).await?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// All accounts of a store, by connection and event.
///
/// # Errors
/// Where the store cannot be read.
pub async fn completeness(store: &dyn Store) -> Result<Vec<Ledger>, StoreError> {
    let mut ledgers = Vec::new();
    for (connection, event) in index(store).await? {
        let kept = store.note(&name(&connection, &event)).await?;
        ledgers.extend(kept.and_then(|text| serde_json::from_str::<Ledger>(&text).ok()));
    }
    Ok(ledgers)
}
