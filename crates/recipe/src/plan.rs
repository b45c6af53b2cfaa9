//! The plan: what a recipe means once checked. Blocks of steps, each block a graph (rule R6).

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_clock::{DurationWords, Schedule};
use bellhop_connector::{Catalogue, Effect, RecordSpec};
use bellhop_source::Address;
use bellhop_template::{Condition, Expression, Text};
use jiff::tz::TimeZone;
use petgraph::graph::DiGraph;
use serde_json::Value;

use crate::ValueExpr;

/// What a recipe is checked against.
#[derive(Clone, Debug)]
pub struct World {
    /// The connectors at hand.
    pub catalogue: Arc<Catalogue>,
    /// The workspace's connections: name → connector.
    pub connections: BTreeMap<String, String>,
    /// The workspace's time zone.
    pub zone: TimeZone,
}

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
    },
    /// By hand.
    Manual,
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
    pub list: ValueExpr,
    /// The item's name in the loop.
    pub item: String,
    /// What is done for each: at `<address>/do`.
    pub block: Block,
    /// How many items at a time.
    pub at_once: usize,
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
