//! What an engine is made of. Whoever composes the program fills this in; nothing is read from anywhere else.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bellhop_clock::Clock;
use bellhop_connector::{Connection, Connector};
use bellhop_journal::Store;
use bellhop_recipe::World;
use jiff::SignedDuration;
use serde_json::Value;

use crate::Spans;

/// A connection and the connector that speaks for it.
pub type Link = (Arc<Connection>, Arc<dyn Connector>);

/// Takes secrets out of a value before it becomes part of a history.
pub type Redact = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What an engine is made of. Start from [`EngineOptions::new`] and change what differs.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where events, runs and histories are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The workspace's connections by name.
    pub connections: HashMap<String, Link>,
    /// What pinned versions of recipes are compiled against.
    pub world: World,
    /// The name under which this process holds runs; no other living process may have it.
    pub owner: String,
    /// Whether runs that are due or that others left are taken up, and schedules fire: all that an engine does unasked.
    pub takes_up: bool,
    /// Whether apps are asked for events: those of `via: poll`, and those that they should have told of and did not.
    pub asks: bool,
    /// How often an app is asked what it should have told of, by connection; none: never. Connections that are not named here
    /// are asked at the usual pace.
    pub reconcile: HashMap<String, Option<SignedDuration>>,
    /// How many runs may be worked on at a time. Those that only wait are not among them, nor are those whose app has not
    /// answered for a while, up to three times as many.
    pub max_active: usize,
    /// Whether a run whose app takes its time lends its place to others. Off where pauses move the clock: the time that a
    /// call takes is waited for beside the call.
    pub lends: bool,
    /// How many held runs may wait for their turn in memory before new events are refused.
    pub max_backlog: usize,
    /// After so many entries of a run at the earliest what they come to is kept anew, so that who goes on with it later
    /// need not read them all.
    pub fold_every: u64,
    /// Takes secrets out of inputs, outputs and evidence on their way into a history.
    pub redact: Redact,
    /// Who is told what took how long; none: nobody, and nothing is measured for it.
    pub spans: Option<Spans>,
}

impl EngineOptions {
    /// The usual options, without connections.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, world: World, owner: impl Into<String>) -> Self {
        Self {
            store,
            clock,
            connections: HashMap::new(),
            world,
            owner: owner.into(),
            takes_up: true,
            asks: false,
            reconcile: HashMap::new(),
            max_active: 128,
            lends: true,
            max_backlog: 20_000,
            fold_every: 1_000,
            redact: Arc::new(|_| {}),
            spans: None,
        }
    }
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EngineOptions")
            .field("owner", &self.owner)
            .field("connections", &self.connections.keys())
            .field("max_active", &self.max_active)
            .field("max_backlog", &self.max_backlog)
            .finish_non_exhaustive()
    }
}
