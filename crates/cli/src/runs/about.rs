//! Who is meant by an e-mail address, a phone number or a name: beside the events that mention them, those about the same
//! record. What an app tells of a task or a note has its contact's id in it, and no address.
//!
//! It guesses nothing: a record is theirs where one of its events has those words as a field of its own, and not in a text.

use std::collections::BTreeSet;

use bellhop_journal::{EventFilter, Heard, Run, RunFilter, Store};
use jiff::Timestamp;
use serde_json::Value;

use crate::trouble::Trouble;

/// So many events are read to know who is meant.
const EVENTS: usize = 200;
/// Words that more records have than this are no one's: a city, or a part of a name.
const RECORDS: usize = 5;

/// Refuses words that mean nobody: what would be looked for is in every event.
pub(super) fn refuse_nobody(who: &str) -> Result<(), Trouble> {
    if who.trim().is_empty() {
        return Err(Trouble::new(
            "Say whom it is about: an e-mail address, a phone number, a name or an id.",
        ));
    }
    Ok(())
}

/// Refuses times between which there is nothing.
pub(super) fn refuse_reversed(since: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Trouble> {
    match (since, until) {
        (Some(since), Some(until)) if until <= since => Err(Trouble::new(
            "`--until` is not after `--since`, so nothing lies between them: turn them round.",
        )),
        _ => Ok(()),
    }
}

/// The runs that a filter finds, with those about the records of whom it mentions; the latest first.
pub(super) async fn runs(store: &dyn Store, filter: RunFilter) -> Result<Vec<Run>, Trouble> {
    let theirs = match (&filter.mentions, &filter.record) {
        (Some(who), None) => records(store, who).await?,
        _ => BTreeSet::new(),
    };
    let limit = filter.limit;
    let further =
        theirs.into_iter().map(|record| RunFilter { record: Some(record), mentions: None, ..filter.clone() });
    let further: Vec<RunFilter> = further.collect();
    let mut all: Vec<Run> = store.runs(filter).await.map_err(|error| broken(&error))?;
    for filter in further {
        let more = store.runs(filter).await.map_err(|error| broken(&error))?;
        all.extend(more.into_iter().filter(|run| all.iter().all(|one| one.id != run.id)).collect::<Vec<_>>());
    }
    all.sort_by_key(|run| std::cmp::Reverse(run.created_at));
    all.truncate(limit);
    Ok(all)
}

/// The events that mention somebody, with those about their records; the latest first.
pub(super) async fn events(store: &dyn Store, who: &str, filter: EventFilter) -> Result<Vec<Heard>, Trouble> {
    let limit = filter.limit;
    let mentioning = |words: &str| EventFilter { mentions: Some(words.to_owned()), ..filter.clone() };
    let mut all = store.events(mentioning(who)).await.map_err(|error| broken(&error))?;
    for record in records(store, who).await? {
        let id = record.split_once(' ').map_or(record.as_str(), |(_, id)| id);
        let more = store.events(mentioning(id)).await.map_err(|error| broken(&error))?;
        let more = more.into_iter().filter(|one| {
            one.event.record.as_ref() == Some(&record)
                && all.iter().all(|known| known.event.id != one.event.id)
        });
        let more: Vec<_> = more.collect();
        all.extend(more);
    }
    all.sort_by_key(|heard| std::cmp::Reverse(heard.event.received_at));
    all.truncate(limit);
    Ok(all)
}

/// The records with events that have these words as a field: an e-mail address, a whole name.
async fn records(store: &dyn Store, who: &str) -> Result<BTreeSet<String>, Trouble> {
    let filter = EventFilter { mentions: Some(who.to_owned()), limit: EVENTS, ..EventFilter::default() };
    let heard = store.events(filter).await.map_err(|error| broken(&error))?;
    let is_who = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase() == who.to_lowercase());
    let theirs = heard
        .into_iter()
        .map(|heard| heard.event)
        .filter(|event| event.data.as_object().is_some_and(|fields| fields.values().any(is_who)));
    let records: BTreeSet<String> = theirs.filter_map(|event| event.record).collect();
    Ok(if records.len() > RECORDS { BTreeSet::new() } else { records })
}

fn broken(error: &bellhop_journal::StoreError) -> Trouble {
    Trouble::new(error.to_string())
}
