//! The whole state behind one lock: records, search index, tokens, budgets, faults, calls, events to send.
//!
//! Handlers get it by `&mut` and never wait while they hold it. It has no rules of its own.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    call_log::CallLog,
    clock,
    config::{DEFAULT_AGENCY_TOKEN, SandboxConfig},
    data::Data,
    events::Event,
    faults::FaultPlan,
    rate::Rate,
    search::index::SearchIndex,
    tokens::{ALL_SCOPES, Owner, Tokens},
    webhooks::Counts,
};

/// The state.
pub(crate) struct World {
    pub(crate) config: Arc<SandboxConfig>,
    pub(crate) data: Data,
    pub(crate) index: SearchIndex,
    pub(crate) tokens: Tokens,
    pub(crate) rate: Rate,
    pub(crate) faults: FaultPlan,
    pub(crate) log: CallLog,
    /// Events of the request under way; the door sends them once the lock is free.
    pub(crate) outbox: Vec<Event>,
    pub(crate) webhooks: Arc<Counts>,
}

impl World {
    pub(crate) fn new(config: Arc<SandboxConfig>, webhooks: Arc<Counts>) -> Self {
        let all = || ALL_SCOPES.iter().map(|&scope| scope.to_owned()).collect::<Vec<_>>();
        let mut tokens = Tokens::new(config.oauth.access_token_life, config.oauth.refresh_window);
        tokens.add(DEFAULT_AGENCY_TOKEN, Owner::CompanyIntegration, all());
        tokens.add(&config.token, Owner::Location, config.scopes.clone().unwrap_or_else(all));
        let mut world = Self {
            data: Data::default(),
            index: SearchIndex::new(config.index_delay, config.index_delay_of),
            tokens,
            rate: Rate::new(config.rate_limits),
            faults: FaultPlan::default(),
            log: CallLog::new(config.record_calls),
            outbox: Vec::new(),
            webhooks,
            config,
        };
        world.reset();
        world
    }

    /// Back to the first records, faults and budgets. Tokens stay good.
    pub(crate) fn reset(&mut self) {
        self.data = self.config.data.clone();
        if let Some(allow) = self.config.allow_duplicates
            && let Some(settings) = self
                .data
                .location
                .entry("settings")
                .or_insert_with(|| Value::Object(serde_json::Map::new()))
                .as_object_mut()
        {
            settings.insert("allowDuplicateContact".to_owned(), Value::Bool(allow));
        }
        self.faults = FaultPlan::new(&self.config.faults);
        self.rate = Rate::new(self.config.rate_limits);
        self.log.clear();
        self.outbox.clear();
        self.index = SearchIndex::new(self.config.index_delay, self.config.index_delay_of);
        self.index.fill(&self.data);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.config.now.as_ref().map_or_else(clock::machine_now, |now| now())
    }

    /// Tells the search index that a contact was written or deleted.
    pub(crate) fn contact_changed(&mut self, id: &str) {
        self.index.changed(&self.data, id);
    }

    /// Puts an event into the outbox. `fields` are the event's own; the envelope comes with them.
    pub(crate) fn announce(&mut self, kind: &str, fields: crate::data::Record) {
        let event = Event::new(kind, fields, self.data.location_id(), self.now());
        self.outbox.push(event);
    }
}
