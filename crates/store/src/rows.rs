//! The journal's types as rows, and back. Both directions run on the caller's side of the queue, so that the thread
//! that writes never makes or reads JSON.

use bellhop_journal::{
    Claimed, EventId, Heard, NewEvent, NewRun, Origin, RecipeVersion, Run, RunId, RunStatus, Signal, Stamped,
    StoreError, StoredEvent,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::breaking::unreadable;

/// An event to be written.
pub(crate) struct EventRow {
    pub(crate) id: EventId,
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) delivery_id: String,
    pub(crate) received_at: i64,
    pub(crate) record: Option<String>,
    pub(crate) data: String,
    pub(crate) passed_over: String,
}

/// A run to be written.
pub(crate) struct RunRow {
    pub(crate) id: RunId,
    pub(crate) version: (String, String),
    pub(crate) order_key: Option<String>,
    pub(crate) inputs: Option<String>,
    pub(crate) once: Option<OnceRow>,
}

/// The key that a run must be the first to have; times in microseconds.
pub(crate) struct OnceRow {
    pub(crate) key: String,
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// A version of a recipe; its mappings are a JSON array, none where there are none.
pub(crate) struct RecipeRow {
    pub(crate) recipe: String,
    pub(crate) version: String,
    pub(crate) text: String,
    pub(crate) mappings: Option<String>,
}

/// The entries of one append.
pub(crate) struct EntriesRow {
    pub(crate) count: u64,
    pub(crate) at: i64,
    pub(crate) body: String,
    /// Whether the first of them says all that came before.
    pub(crate) begins: bool,
}

impl EventRow {
    pub(crate) fn of(event: NewEvent) -> Result<Self, StoreError> {
        Ok(Self {
            id: EventId::of(&event.origin.source, &event.delivery_id),
            data: json(&event.data)?,
            passed_over: if event.passed_over.is_empty() { String::new() } else { json(&event.passed_over)? },
            source: event.origin.source,
            name: event.origin.name,
            delivery_id: event.delivery_id,
            received_at: event.received_at.as_microsecond(),
            record: event.record,
        })
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.data.len() + self.passed_over.len() + 256
    }
}

impl RunRow {
    pub(crate) fn of(run: NewRun) -> Result<Self, StoreError> {
        Ok(Self {
            inputs: if run.inputs.is_null() { None } else { Some(json(&run.inputs)?) },
            id: run.id,
            version: (run.recipe, run.version),
            order_key: run.order_key,
            once: run.once.map(|once| OnceRow {
                key: once.key,
                since: once.since.map(Timestamp::as_microsecond),
                until: once.until.map(Timestamp::as_microsecond),
            }),
        })
    }
}

impl RecipeRow {
    pub(crate) fn of(version: RecipeVersion) -> Result<Self, StoreError> {
        let RecipeVersion { recipe, version, text, mappings } = version;
        let mappings = if mappings.is_empty() { None } else { Some(json(&mappings)?) };
        Ok(Self { recipe, version, text, mappings })
    }

    pub(crate) fn read(self) -> Result<RecipeVersion, StoreError> {
        let Self { recipe, version, text, mappings } = self;
        let mappings = match mappings {
            Some(mappings) => parse(&format!("the recipe {recipe}"), &mappings)?,
            None => Vec::new(),
        };
        Ok(RecipeVersion { recipe, version, text, mappings })
    }
}

impl EntriesRow {
    pub(crate) fn of(entries: &[Stamped]) -> Result<Self, StoreError> {
        Ok(Self {
            count: entries.len() as u64,
            at: entries.last().map_or(0, |last| last.at.as_microsecond()),
            body: json(entries)?,
            begins: entries.first().is_some_and(|first| first.entry.begins_a_history()),
        })
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| {
        StoreError::Broken(format!("something to be stored cannot be written as JSON: {error}"))
    })
}

/// The part of a record's `kind id` that a person knows it by.
pub(crate) fn record_id(record: &str) -> &str {
    record.split_once(' ').map_or(record, |(_, id)| id)
}

/// A run as read.
pub(crate) struct RawRun {
    pub(crate) key: i64,
    pub(crate) id: String,
    pub(crate) recipe: String,
    pub(crate) version: String,
    pub(crate) event: String,
    pub(crate) status: i64,
    pub(crate) record: Option<String>,
    pub(crate) order_key: Option<String>,
    pub(crate) inputs: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) last_entry_at: Option<i64>,
    pub(crate) wake_at: Option<i64>,
    pub(crate) summary: String,
    pub(crate) holder: Option<String>,
    pub(crate) turn: bool,
    pub(crate) troubled: bool,
}

/// An event as read.
pub(crate) struct RawEvent {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) delivery_id: String,
    pub(crate) received_at: i64,
    pub(crate) record: Option<String>,
    pub(crate) data: String,
}

/// A run with its event and history, as read.
pub(crate) struct RawClaimed {
    pub(crate) run: RawRun,
    pub(crate) event: RawEvent,
    /// The bodies of its appends, in order.
    pub(crate) history: Vec<String>,
    /// How many entries it has, also those that are left out.
    pub(crate) entries: u64,
    /// What it has not heard.
    pub(crate) signals: Vec<RawSignal>,
}

/// A signal as read.
pub(crate) struct RawSignal {
    pub(crate) number: i64,
    pub(crate) step: String,
    pub(crate) data: Option<String>,
}

impl RawSignal {
    pub(crate) fn read(self) -> Result<Signal, StoreError> {
        let data = match &self.data {
            Some(data) => parse("a signal to a waiting run", data)?,
            None => Value::Null,
        };
        Ok(Signal { number: u64::try_from(self.number).unwrap_or(0), step: self.step, data })
    }
}

/// An event with who passed it over, as read.
pub(crate) struct RawHeard {
    pub(crate) event: RawEvent,
    pub(crate) passed_over: String,
}

impl RawHeard {
    pub(crate) fn read(self) -> Result<Heard, StoreError> {
        let passed_over = match self.passed_over.as_str() {
            "" => Vec::new(),
            text => parse(&format!("event {}", self.event.id), text)?,
        };
        Ok(Heard { passed_over, event: self.event.read()? })
    }
}

impl RawRun {
    pub(crate) fn read(self) -> Result<Run, StoreError> {
        let name = format!("run {}", self.id);
        let unknown = || StoreError::Unreadable(unreadable(&name, &"unknown status"));
        Ok(Run {
            recipe: self.recipe,
            version: self.version,
            event: EventId::from(self.event.as_str()),
            status: status(self.status).ok_or_else(unknown)?,
            record: self.record,
            order_key: self.order_key,
            inputs: match &self.inputs {
                Some(text) => parse(&name, text)?,
                None => Value::Null,
            },
            created_at: time(&name, self.created_at)?,
            updated_at: time(&name, self.last_entry_at.unwrap_or(self.created_at))?,
            wake_at: self.wake_at.map(|at| time(&name, at)).transpose()?,
            summary: self.summary,
            troubled: self.troubled,
            holder: self.holder,
            id: RunId::from(self.id.as_str()),
        })
    }
}

impl RawEvent {
    pub(crate) fn read(self) -> Result<StoredEvent, StoreError> {
        let name = format!("event {}", self.id);
        Ok(StoredEvent {
            data: parse(&name, &self.data)?,
            received_at: time(&name, self.received_at)?,
            id: EventId::from(self.id.as_str()),
            origin: Origin { source: self.source, name: self.name },
            delivery_id: self.delivery_id,
            record: self.record,
        })
    }
}

impl RawClaimed {
    pub(crate) fn read(self) -> Result<Claimed, StoreError> {
        let name = format!("run {}", self.run.id);
        let mut history = Vec::new();
        for body in &self.history {
            history.append(&mut parse::<Vec<Stamped>>(&name, body)?);
        }
        let signals = self.signals.into_iter().map(RawSignal::read).collect::<Result<_, _>>()?;
        Ok(Claimed { run: self.run.read()?, event: self.event.read()?, history, signals })
    }
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(unreadable(name, &error)))
}

/// The time of that many microseconds.
pub(crate) fn time(name: &str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|error| StoreError::Unreadable(unreadable(name, &error)))
}

/// The number that a status is stored as.
pub(crate) fn code(status: RunStatus) -> i64 {
    match status {
        RunStatus::Queued => 0,
        RunStatus::Ready => 1,
        RunStatus::Sleeping => 2,
        RunStatus::NeedsAttention => 3,
        RunStatus::Succeeded => 4,
        RunStatus::Stopped => 5,
        RunStatus::Failed => 6,
        RunStatus::Cancelled => 7,
        RunStatus::Waiting => 8,
    }
}

/// The status of that number.
pub(crate) fn status(number: i64) -> Option<RunStatus> {
    RunStatus::ALL.into_iter().find(|status| code(*status) == number)
}
