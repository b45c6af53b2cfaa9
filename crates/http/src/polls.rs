//! Asks an app what of an event has happened, by the list that the manifest names: what in it is new, and where the next
//! look begins. All memory is in the cursor, which goes out and comes back as JSON; a look that is repeated with the same
//! cursor finds the same under the same ids.
//!
//! Start at [`poll`]; what is new is said by [`Cursor::news`].

use std::{collections::BTreeMap, sync::Arc};

use bellhop_connector::{
    Call, CallNames, Connection, Event, EventSpec, Failure, FailureClass, Found, Lane, Look, Looked,
    PollSpec, Standing, TimeForm, dotted, fill, read_time,
};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{ManifestConnector, events::record};

/// Within this time two times of a record are the same.
const SAME: SignedDuration = SignedDuration::from_secs(1);

/// How far an app has been looked through.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// What was before is not wanted.
    began: Timestamp,
    /// Looked through up to here.
    since: Timestamp,
    /// The latest that was found on the pages of this look.
    latest: Timestamp,
    /// When this look began.
    looking: Timestamp,
    /// What has been found already: ids with their times. By times only those that the next look sees again; else all that
    /// were in the list.
    seen: BTreeMap<String, Timestamp>,
    /// For lists without times: those that are in the list at this look.
    #[serde(default)]
    listed: Vec<String>,
    /// For lists without times: whether a whole look has been taken, so that what is new is new.
    #[serde(default)]
    known: bool,
    /// Where the next page of this look begins.
    place: Option<Value>,
}

impl Cursor {
    fn begin(now: Timestamp) -> Self {
        Self {
            began: now,
            since: now,
            latest: now,
            looking: now,
            seen: BTreeMap::new(),
            listed: Vec::new(),
            known: false,
            place: None,
        }
    }

    /// A look begins.
    fn open(&mut self, now: Timestamp) {
        // Where a clock has been set back, what happens until the time that it told before is wanted all the same.
        self.began = self.began.min(now);
        self.since = self.since.min(now);
        self.latest = self.since;
        self.looking = now;
    }

    /// What of a page is new.
    fn news(&mut self, spec: &PollSpec, event: &str, items: Vec<Value>, until: Timestamp) -> Vec<Found> {
        let mut news = Vec::new();
        for mut record in items {
            let Some(id) = spec.id_of(&record) else { continue };
            if let Some(members) = record.as_object_mut() {
                members.entry("id").or_insert_with(|| Value::from(id.as_str()));
            }
            let at = match &spec.at {
                Some(path) => self.by_time(spec, path, &id, &record, until),
                None => self.by_presence(&id, until),
            };
            if let Some(at) = at {
                let delivery_id = spec.found_id(event, &id, at, &record);
                news.push(Found { delivery_id, id, at, record });
            }
        }
        news
    }

    fn by_time(
        &mut self,
        spec: &PollSpec,
        path: &str,
        id: &str,
        record: &Value,
        until: Timestamp,
    ) -> Option<Timestamp> {
        let at = dotted(record, path).and_then(read_time)?;
        let other = spec.unless_same.as_deref().and_then(|path| dotted(record, path)).and_then(read_time);
        let same = other.is_some_and(|other| at.duration_since(other).abs() < SAME);
        if at > until {
            // It is left for a later look, which must not begin behind it.
            self.looking = self.looking.min(at);
            return None;
        }
        if at < self.began || same || self.seen.get(id).is_some_and(|seen| *seen >= at) {
            return None;
        }
        self.seen.insert(id.to_owned(), at);
        self.latest = self.latest.max(at);
        Some(at)
    }

    /// When a record came into the list that was not in it before: some time after the last look began.
    fn by_presence(&mut self, id: &str, until: Timestamp) -> Option<Timestamp> {
        let new = !self.seen.contains_key(id);
        if new && self.known && self.since > until {
            // Not listed as known either: it is as new at the next look, which counts from the same time, or else it would
            // be too young at each of them.
            self.looking = self.looking.min(self.since);
            return None;
        }
        self.listed.push(id.to_owned());
        if new {
            self.seen.insert(id.to_owned(), self.since);
        }
        (new && self.known).then_some(self.since)
    }

    /// The whole list has been seen.
    fn end(&mut self, spec: &PollSpec) {
        if spec.at.is_some() {
            // A time that is still to come must not have what happens until then looked past.
            self.since = self.since.max(self.latest.min(self.looking));
            let from = overlapped(self.since, spec);
            self.seen.retain(|_, at| *at >= from);
        } else {
            let listed = std::mem::take(&mut self.listed);
            let mut seen = std::mem::take(&mut self.seen);
            self.seen = listed.into_iter().filter_map(|id| seen.remove_entry(&id)).collect();
            self.since = self.looking;
            self.known = true;
        }
    }
}

fn overlapped(since: Timestamp, spec: &PollSpec) -> Timestamp {
    since.checked_sub(spec.overlap().unwrap_or_default()).unwrap_or(Timestamp::MIN)
}

/// One page of a look.
pub(crate) async fn poll(connector: &ManifestConnector, look: Look) -> Result<Looked, Failure> {
    let (_, spec) = described(connector, &look.event)?;
    let now = connector.runtime.clock().now();
    let broken = |_| bug("The place where the last look ended cannot be read. It begins anew.");
    let mut cursor = match look.cursor {
        Some(cursor) => serde_json::from_value(cursor).map_err(broken)?,
        None if spec.at.is_some() => {
            let cursor = serde_json::to_value(Cursor::begin(now)).map_err(broken)?;
            return Ok(Looked { found: Vec::new(), cursor, more: false });
        }
        None => Cursor::begin(now),
    };
    if cursor.place.is_none() {
        cursor.open(now);
    }
    let since = overlapped(cursor.since, spec);
    let since = match spec.since {
        TimeForm::Iso => json!(since.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        TimeForm::Milliseconds => json!(since.as_millisecond()),
    };
    let input = filled(&spec.input, &json!({ "since": since }), &look.connection, now);
    let call = reading(&spec.operation, input, &look.connection, look.deadline);
    let page = connector.one_page(&call, cursor.place.take()).await?;
    let found = cursor.news(spec, &look.event, page.items, look.until);
    cursor.place = page.next;
    let more = cursor.place.is_some();
    if !more {
        cursor.end(spec);
    }
    Ok(Looked { found, cursor: serde_json::to_value(cursor).map_err(broken)?, more })
}

/// The event of something that a look has found.
pub(crate) async fn bring(connector: &ManifestConnector, look: Look, found: Found) -> Result<Event, Failure> {
    let (event, spec) = described(connector, &look.event)?;
    let now = connector.runtime.clock().now();
    let mut shown = found.record;
    if let Some(whole) = &spec.whole {
        let input = filled(&whole.input, &shown, &look.connection, now);
        let call = reading(&whole.operation, input, &look.connection, look.deadline);
        match connector.outcome(&call).await {
            Ok(record) if record.is_object() => shown = record,
            Ok(_) => {}
            // It has gone meanwhile; what the list said of it is all there is.
            Err(failure) if failure.class == FailureClass::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    let data = if spec.data.is_empty() { shown } else { filled(&spec.data, &shown, &look.connection, now) };
    let account = connector.manifest.webhook.as_ref().and_then(|webhook| webhook.account_setting.as_ref());
    Ok(Event {
        delivery_id: found.delivery_id,
        account: account.and_then(|setting| look.connection.settings.get(setting).cloned()),
        record: record(event, &data),
        occurred_at: found.at,
        name: look.event,
        data,
    })
}

fn described<'a>(
    connector: &'a ManifestConnector,
    event: &str,
) -> Result<(&'a EventSpec, &'a PollSpec), Failure> {
    let spec = connector.manifest.events.get(event);
    spec.and_then(|spec| Some((spec, spec.poll.as_ref()?)))
        .ok_or_else(|| bug(&format!("{} cannot be asked for {event}.", connector.manifest.title)))
}

fn reading(operation: &str, input: Value, connection: &Arc<Connection>, deadline: Timestamp) -> Call {
    Call {
        operation: operation.to_owned(),
        input,
        connection: Arc::clone(connection),
        deadline,
        idempotency_key: String::new(),
        standing: Standing { lane: Lane::Bulk, told: None },
    }
}

/// Values with their templates filled in over `input`; those that find nothing are left out.
fn filled(values: &IndexMap<String, Value>, input: &Value, connection: &Connection, now: Timestamp) -> Value {
    let names = CallNames { input, connection, now, idempotency_key: "" };
    let filled = values.iter().filter_map(|(field, value)| Some((field.clone(), fill(value, &names)?)));
    Value::Object(filled.collect::<Map<String, Value>>())
}

fn bug(sentence: &str) -> Failure {
    Failure::new(FailureClass::Bug, sentence)
}

#[cfg(test)]
mod tests;
