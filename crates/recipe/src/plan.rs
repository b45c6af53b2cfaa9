//! The plan: what a recipe means once checked. Blocks of steps, each block a graph (rule R6).

use std::sync::Arc;

use bellhop_clock::{DurationWords, Schedule};
use bellhop_connector::{Effect, RecordSpec};
use bellhop_source::Address;
use bellhop_template::{Condition, Expression, Text};
use jiff::tz::TimeZone;
use petgraph::graph::DiGraph;
use serde_json::Value;

use crate::{Mapping, ValueExpr};

/// A checked recipe.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file's name without its ending: `route-new-leads`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it does, in the author's words; may be empty.
    pub description: String,
    /// A digest of the text: runs are pinned to it.
    pub version: String,
    /// The text it was made from.
    pub text: Arc<str>,
    /// Whether events may start it.
    pub enabled: bool,
    /// What an author may set without touching the steps.
    pub inputs: Vec<Input>,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// What it does.
    pub body: Block,
    /// What is done when a run has failed: at `/on_failure`, with `error` in scope.
    pub on_failure: Block,
    /// What holds for all its steps.
    pub settings: Settings,
    /// The shared mappings that it uses, as they were when it was checked. Its version counts them in.
    pub mappings: Vec<Arc<Mapping>>,
}

/// What holds for all steps of a recipe, where a step does not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The time zone of its schedules and of dates in words; none: the workspace's.
    pub zone: Option<TimeZone>,
    /// How often and how long a failing call is tried again.
    pub retry: Option<Retry>,
    /// How long one attempt of a call may take.
    pub timeout: Option<DurationWords>,
}

/// An input of a recipe.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name: `inputs.<name>`.
    pub name: String,
    /// What kind of value.
    pub kind: InputKind,
    /// What it is, in the author's words.
    pub description: String,
    /// The value where nothing else is given; none: it must be given.
    pub default: Option<Value>,
    /// For a choice: the values to choose from.
    pub choices: Vec<Value>,
    /// Whether it holds several values.
    pub many: bool,
}

/// The kinds of input. All but the first five pick something from the account, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`, written `yes` or `no` as well.
    YesNo,
    /// A day.
    Date,
    /// One of a few.
    Choice,
    /// A duration in words.
    Duration,
    /// Something of the account: `tag`, `user`, `calendar`, `campaign`, `workflow`, `custom_field`, `pipeline`, `business`.
    Selector(String),
}

/// One way in which a recipe starts.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Where it stands in the recipe.
    pub address: Address,
    /// What starts it.
    pub kind: TriggerKind,
    /// Only events for which this holds.
    pub only_if: Option<Condition>,
    /// Runs with the same value of this go one after the other; by default those of one record.
    pub in_order_per: Option<Expression>,
    /// Of events with the same key only the first starts a run.
    pub once_per: Option<OncePer>,
}

/// The author's own key of an event, by which it is told from others.
#[derive(Clone, Debug)]
pub struct OncePer {
    /// The key.
    pub key: Expression,
    /// For how long after a run the key is remembered; none: for ever.
    pub within: Option<DurationWords>,
}

/// The kinds of trigger.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a recipe has a handful of them")]
pub enum TriggerKind {
    /// An app's event.
    Event {
        /// The connector.
        connector: String,
        /// The event's name in the manifest.
        event: String,
        /// Only from this connection; none: from every connection of the connector.
        connection: Option<String>,
        /// How Bellhop learns of it.
        via: Via,
        /// How often the app is asked, where it is asked; none: the manifest's own pace.
        every: Option<DurationWords>,
    },
    /// A schedule.
    Schedule {
        /// When.
        schedule: Schedule,
        /// What is done about firings missed while Bellhop was off.
        catch_up: CatchUp,
    },
    /// An own webhook at `/hooks/in/<path>`; its JSON body is `trigger`.
    Webhook {
        /// The path.
        path: String,
        /// How the sender proves who it is; none: whoever knows the path may send.
        verify: Option<Verify>,
    },
    /// By hand.
    Manual,
}

/// How Bellhop learns of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// The app tells, where the connection has a webhook; else it is asked.
    #[default]
    Either,
    /// The app tells.
    Webhook,
    /// The app is asked.
    Poll,
}

/// How the sender of an own webhook proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// The header that holds the proof.
    pub header: String,
    /// The name of the secret in the workspace's vault.
    pub secret: String,
    /// What the header holds.
    pub proof: Proof,
}

/// What proves who sent an own webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The secret itself, with or without `Bearer ` before it.
    Token,
    /// HMAC-SHA256 of the raw body with the secret as its key, in hexadecimal or Base64, with or without `sha256=` before it.
    HmacSha256,
}

/// What is done about missed firings of a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Nothing.
    #[default]
    None,
    /// The last one is made up for.
    Last,
    /// All are, in order.
    All,
}

/// Steps, and what must be done before what. Node `n` is the block's `n`-th step as written; an edge `a → b` says
/// that `b` begins only when `a` is done.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The graph. It has no cycles.
    pub graph: DiGraph<Step, Dependency>,
}

/// Why a step waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// It uses the other's result.
    Data,
    /// One of the two writes, and the other stands before it.
    Order,
    /// The author said so with `after:`.
    After,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands: `/steps/1/then/0`.
    pub address: Address,
    /// The name of its result.
    pub name: Option<String>,
    /// The author's note for histories.
    pub about: Option<String>,
    /// Only if this holds.
    pub guard: Option<Condition>,
    /// What it does.
    pub action: Action,
    /// How often and how long a failing call is tried again; none: the engine's rule (R8).
    pub retry: Option<Retry>,
    /// How long one attempt may take; none: the engine's rule.
    pub timeout: Option<DurationWords>,
    /// What happens when it has failed for good.
    pub on_error: OnError,
}

/// How often and how long a failing call is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// At the most so many further attempts.
    pub times: Option<u32>,
    /// At the most so long.
    pub over: Option<DurationWords>,
}

/// What happens when a step has failed for good.
#[derive(Clone, Debug, Default)]
pub enum OnError {
    /// The run stops and needs a person.
    #[default]
    Halt,
    /// The run goes on without the step's result.
    Continue,
    /// These steps are done, with `error` in scope, then the run goes on.
    Handle(Block),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Calls an app.
    Call(CallAction),
    /// Does one of two things.
    If {
        /// What decides.
        condition: Condition,
        /// Where it holds: at `<address>/then`.
        then: Block,
        /// Where it does not: at `<address>/else`.
        otherwise: Block,
    },
    /// Does the first that fits.
    Choose {
        /// The cases: case `n` is at `<address>/choose/<n>/do`.
        cases: Vec<Case>,
        /// Where none fits: at `<address>/otherwise`.
        otherwise: Block,
    },
    /// Does something for every item.
    ForEach(Box<ForEach>),
    /// Does several things side by side: branch `name` is at `<address>/parallel/<name>`.
    Parallel(Vec<(String, Block)>),
    /// Waits.
    Wait(WaitAction),
    /// Names values.
    Set(Vec<(String, ValueExpr)>),
    /// Waits for an event.
    WaitFor(Box<WaitFor>),
    /// Makes one record of another by a mapping.
    Map {
        /// What it is made of.
        from: ValueExpr,
        /// How.
        mapping: Arc<Mapping>,
    },
    /// Runs another recipe and waits for its end.
    Run {
        /// The other recipe's id.
        recipe: String,
        /// Its inputs: an object expression.
        inputs: ValueExpr,
    },
    /// Asks a person to decide.
    Approve(Approve),
    /// Ends the run, well.
    Stop(Text),
    /// Ends the run as failed.
    Fail(Text),
}

/// A call of an app.
#[derive(Clone, Debug)]
pub struct CallAction {
    /// The connector.
    pub connector: String,
    /// The operation.
    pub operation: String,
    /// The account.
    pub connection: String,
    /// The input: an object expression.
    pub input: ValueExpr,
    /// From the manifest.
    pub effect: Effect,
    /// From the manifest: the record it touches.
    pub record: Option<RecordSpec>,
}

/// A case of a `choose`.
#[derive(Clone, Debug)]
pub struct Case {
    /// When.
    pub condition: Condition,
    /// What then.
    pub block: Block,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// What it goes over.
    pub over: Items,
    /// The item's name in the loop.
    pub item: String,
    /// What is done for each: at `<address>/do`.
    pub block: Block,
    /// How many items at a time.
    pub at_once: usize,
}

/// What a loop goes over.
#[derive(Clone, Debug)]
pub enum Items {
    /// A list.
    List(ValueExpr),
    /// What an operation finds, page by page, however much it is. The author's own number of items a page is
    /// how many are wanted in all.
    Found(CallAction),
}

/// A wait for an event.
#[derive(Clone, Debug)]
pub struct WaitFor {
    /// The connector.
    pub connector: String,
    /// The event's name in the manifest.
    pub event: String,
    /// Only from this connection; none: from every connection of the connector.
    pub connection: Option<String>,
    /// Only an event for which this holds, with `event` in scope; none: one about the same record as the run's event.
    pub condition: Option<Condition>,
    /// At the most so long; then the run goes on without a result. None: for ever.
    pub up_to: Option<DurationWords>,
}

/// A question to a person.
#[derive(Clone, Debug)]
pub struct Approve {
    /// What is asked.
    pub ask: Text,
    /// Who is asked, in words.
    pub of: Option<Text>,
    /// At the most so long; then it counts as not approved. None: for ever.
    pub up_to: Option<DurationWords>,
}

/// A wait.
#[derive(Clone, Debug)]
pub enum WaitAction {
    /// So long.
    For(DurationWords),
    /// So long, as an expression's text says.
    ForText(Text),
    /// Until a moment, or some time before or after it. A moment that has passed is no wait.
    Until {
        /// A moment: an ISO date-time, or words.
        moment: ValueExpr,
        /// So much before it.
        minus: Option<DurationWords>,
        /// So much after it.
        plus: Option<DurationWords>,
    },
}
