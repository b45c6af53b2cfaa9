//! Runs and events as the store keeps and lists them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventId, RunId};

/// Where a run stands. "Running" is no status: it is derived from who holds the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for its turn: an earlier run of the same order key is not done.
    Queued,
    /// Can go on now.
    Ready,
    /// Waits for a time: a `wait`, or a retry.
    Sleeping,
    /// Waits for something outside: an event, another run's end, a person's decision; perhaps for a time as well.
    Waiting,
    /// Needs a person: a step could not be done.
    NeedsAttention,
    /// Did all its steps.
    Succeeded,
    /// Ended by `stop`.
    Stopped,
    /// Ended by `fail`.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Ready,
        Self::Sleeping,
        Self::Waiting,
        Self::NeedsAttention,
        Self::Succeeded,
        Self::Stopped,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word in the store, in `--json` and in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ready => "ready",
            Self::Sleeping => "sleeping",
            Self::Waiting => "waiting",
            Self::NeedsAttention => "needs_attention",
            Self::Succeeded => "succeeded",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing more will happen by itself or by a person's word.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Stopped | Self::Failed | Self::Cancelled)
    }
}

/// Where an event came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The connection's name, `in/<path>` for an own webhook, `schedule/<recipe>`, `call/<run>` for a run
    /// that another one called, or `manual`.
    pub source: String,
    /// The event's name: `contacts.contact_created`, `webhook`, `schedule`, `call`, `manual`.
    pub name: String,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Its id.
    pub id: EventId,
    /// Where it came from.
    pub origin: Origin,
    /// The sender's id of it.
    pub delivery_id: String,
    /// When it was stored.
    pub received_at: Timestamp,
    /// The record it is about, as `kind id`.
    pub record: Option<String>,
    /// What recipes see as `trigger`.
    pub data: Value,
}

/// A run as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The recipe's id.
    pub recipe: String,
    /// The version of the recipe it is pinned to.
    pub version: String,
    /// The event it handles.
    pub event: EventId,
    /// Where it stands.
    pub status: RunStatus,
    /// The record it is about, as `kind id`.
    pub record: Option<String>,
    /// Runs of one order key go one after the other.
    pub order_key: Option<String>,
    /// Inputs given for this run alone, over the recipe's defaults: an object, or null for none.
    pub inputs: Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last entry was written.
    pub updated_at: Timestamp,
    /// For a sleeping run: when it goes on. For a waiting one: until when it waits, where it does not wait for ever.
    pub wake_at: Option<Timestamp>,
    /// One sentence on how it ended or what it needs; empty where there is nothing to say.
    pub summary: String,
    /// When it came to rest last it waited or slept, and a person was needed meanwhile: the summary begins with what for.
    #[serde(default)]
    pub troubled: bool,
    /// The process that holds it now.
    pub holder: Option<String>,
}

/// Which runs to list; all conditions given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    /// Of this recipe.
    pub recipe: Option<String>,
    /// In one of these states; empty: any.
    pub statuses: Vec<RunStatus>,
    /// Also those that are [`Run::troubled`], in whatever state; with no states: only those.
    pub or_troubled: bool,
    /// About this record: the id, or `kind id`.
    pub record: Option<String>,
    /// Whose event's data holds this text anywhere, in whatever case: an e-mail address, a phone number, a name.
    pub mentions: Option<String>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// At the most so many, the latest first.
    pub limit: usize,
}

/// Which events to list; all conditions given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    /// Whose data holds this text anywhere, in whatever case, or that are about the record of this id.
    pub mentions: Option<String>,
    /// Received at this time or later.
    pub since: Option<Timestamp>,
    /// Received before this time.
    pub until: Option<Timestamp>,
    /// At the most so many, the latest first.
    pub limit: usize,
}

/// An event, and the recipes that listened to it and did not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The event.
    pub event: StoredEvent,
    /// The recipes, each with the reason.
    pub passed_over: Vec<(String, String)>,
}

/// How far forgetting has come. Begin with the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// A place among the events that the store understands.
    pub events: i64,
    /// A place among the runs that the store understands.
    pub runs: i64,
}

/// What one step of forgetting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// So many events are gone.
    pub events: u64,
    /// So many runs are gone.
    pub runs: u64,
    /// Where to go on; none: there is nothing more to forget for now.
    pub next: Option<Sweep>,
}
