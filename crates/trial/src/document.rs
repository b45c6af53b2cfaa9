//! A file of tests as it is understood. What is expected of values stays as written: the value it is compared with
//! decides the type (rule R2).

use bellhop_journal::RunStatus;
use bellhop_source::{Node, Span};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A file of tests.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The recipe's id.
    pub recipe: String,
    /// Its tests, in written order.
    pub trials: Vec<Trial>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its name, in the author's words.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What there is before.
    pub given: Given,
    /// What starts the recipe.
    pub start: Start,
    /// What happens after the first event, the earliest first: what others do, answers, further events.
    pub meanwhile: Vec<Change>,
    /// What is to come of it.
    pub expect: Expect,
}

/// What there is before a test begins.
#[derive(Clone, Debug)]
pub struct Given {
    /// The time at which the event comes.
    pub now: Timestamp,
    /// Records in the form of a data file of the sandbox: an object of lists.
    pub records: Value,
    /// Inputs over the recipe's defaults.
    pub inputs: Map<String, Value>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What operations of apps answer that the sandbox does not play, by `connector.operation`.
    pub answers: Vec<(String, Value)>,
    /// Called recipes that do not really run, by their ids.
    pub recipes: Vec<(String, PlayedRecipe)>,
}

/// How a called recipe ends that does not really run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedRecipe {
    /// `succeeded`, `stopped` or `failed`.
    pub status: RunStatus,
    /// What it says at its end; may be empty.
    pub summary: String,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// How it goes wrong.
    pub kind: FaultKind,
    /// How often; none: always.
    pub times: Option<u32>,
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The app answers with this status and does nothing.
    Status(u16),
    /// The app does it, and answers with this status all the same.
    DoneThen(u16),
    /// The app does it, and the connection breaks before its answer.
    BrokenOff,
    /// The app does it and never answers.
    Silence,
}

/// What starts the recipe.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// An app's event.
    Event {
        /// The connector.
        connector: String,
        /// The event's name in the manifest.
        event: String,
        /// Its fields, as far as the test gives them.
        data: Map<String, Value>,
    },
    /// A person, with this as `trigger`.
    Manual(Value),
    /// A schedule.
    Schedule,
    /// The recipe's own webhook.
    Webhook {
        /// Its path.
        path: String,
        /// What was sent.
        body: Value,
    },
}

/// What happens while the run waits, or after the first event.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// Where it stands.
    pub span: Span,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Somebody does something in the app.
    Does {
        /// The connector.
        connector: String,
        /// The operation.
        operation: String,
        /// Its input; a text that is a pick stands for what the run knows by then.
        input: Value,
    },
    /// An app's event comes that the run may wait for.
    Event {
        /// The connector.
        connector: String,
        /// The event's name in the manifest.
        event: String,
        /// Its fields, as far as the test gives them; picks as above.
        data: Value,
    },
    /// A person decides what the run asks first.
    Decides {
        /// Yes or no.
        approved: bool,
        /// Who.
        by: Option<String>,
        /// What they say about it.
        comment: Option<String>,
    },
    /// A further one of the test's events.
    Starts(Start),
}

/// What is to come of a test. What is not said is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// How the run ends; where several events start runs, each of them.
    pub run: Option<(Ends, Span)>,
    /// How many runs the events start.
    pub runs: Option<(usize, Span)>,
    /// A part of the sentence that says why.
    pub reason: Option<(String, Span)>,
    /// Writes that happen in this order, others between them.
    pub writes: Vec<WriteExpected>,
    /// Where it says that no other writes happen.
    pub no_other_writes: Option<Span>,
    /// Calls that never happen.
    pub never: Vec<WriteExpected>,
    /// Records as they are in the end.
    pub records: Vec<RecordExpected>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// In this state.
    As(RunStatus),
    /// The event started no run.
    NotStarted,
}

/// A call that is expected, or expected never to happen.
#[derive(Clone, Debug)]
pub struct WriteExpected {
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// Fields that it has; none: any.
    pub fields: Option<Node>,
    /// Where it stands.
    pub span: Span,
}

/// A record that is expected.
#[derive(Clone, Debug)]
pub struct RecordExpected {
    /// Its kind as the sandbox names the list: `contacts`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Fields that it has; none: it is gone.
    pub fields: Option<Node>,
    /// Where it stands.
    pub span: Span,
}

impl Ends {
    /// The endings that a test may expect, by the words for them.
    pub const ALL: [(&'static str, Self); 7] = [
        ("succeeded", Self::As(RunStatus::Succeeded)),
        ("stopped", Self::As(RunStatus::Stopped)),
        ("failed", Self::As(RunStatus::Failed)),
        ("needs_attention", Self::As(RunStatus::NeedsAttention)),
        ("cancelled", Self::As(RunStatus::Cancelled)),
        ("waiting", Self::As(RunStatus::Waiting)),
        ("not_started", Self::NotStarted),
    ];

    /// The word of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::As(status) => status.name(),
            Self::NotStarted => "not_started",
        }
    }
}

impl Happening {
    /// It in a few words, to follow `before`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Does { connector, operation, .. } => format!("{connector}.{operation} was to happen"),
            Self::Event { connector, event, .. } => format!("the event {connector}.{event} was to come"),
            Self::Decides { .. } => "somebody was to decide".to_owned(),
            Self::Starts(_) => "a further event was to come".to_owned(),
        }
    }
}

impl FaultKind {
    /// Reads what a test says under `answer`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let status = |text: &str| text.trim().parse().ok().filter(|code| (400..=599).contains(code));
        match text.trim() {
            "nothing" => Some(Self::Silence),
            "broken off" => Some(Self::BrokenOff),
            text => match text.strip_prefix("done then") {
                Some(rest) => status(rest).map(Self::DoneThen),
                None => status(text).map(Self::Status),
            },
        }
    }
}

impl Trial {
    /// Whether an app is to say nothing at all, so that only the time tells that no answer comes.
    pub(crate) fn has_silence(&self) -> bool {
        self.given.faults.iter().any(|fault| fault.kind == FaultKind::Silence)
    }
}
