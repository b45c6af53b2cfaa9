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
    /// What others do in the app while the run waits, the earliest first.
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

/// What somebody else does in the app while the run waits.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// Its input; a text that is a pick stands for what the run knows by then.
    pub input: Value,
    /// Where it stands.
    pub span: Span,
}

/// What is to come of a test. What is not said is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// How the run ends.
    pub run: Option<(Ends, Span)>,
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
    pub const ALL: [(&'static str, Self); 6] = [
        ("succeeded", Self::As(RunStatus::Succeeded)),
        ("stopped", Self::As(RunStatus::Stopped)),
        ("failed", Self::As(RunStatus::Failed)),
        ("needs_attention", Self::As(RunStatus::NeedsAttention)),
        ("cancelled", Self::As(RunStatus::Cancelled)),
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
