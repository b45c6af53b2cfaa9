//! The records that a dry run has to do with: which they are, how they were, and what has been done to them.

use serde_json::{Map, Value};

use crate::change::Patch;

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Whose account.
    pub(crate) connection: String,
    /// The kind in the manifest's `records`.
    pub(crate) kind: String,
    /// The app's id of it, or a made-up one.
    pub(crate) id: String,
}

/// How a record was before the dry run touched it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// Like this.
    Read(Map<String, Value>),
    /// Nobody could look.
    Unread,
    /// It was not there: the dry run made it, with these values that the recipe has not set.
    Made(Map<String, Value>),
}

/// A record that a write has touched.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    /// How it was.
    pub(crate) origin: Origin,
    /// What has been done to it, in order.
    pub(crate) patches: Vec<Patch>,
    /// Whether it has been deleted.
    pub(crate) deleted: bool,
    /// The record it belongs to.
    pub(crate) parent: Option<Key>,
    /// The steps that touched it, in order.
    pub(crate) steps: Vec<String>,
    /// The runs that touched it, in order.
    pub(crate) runs: Vec<String>,
    /// The connector.
    pub(crate) connector: String,
}

impl Tracked {
    /// How it would be now, as far as is known.
    pub(crate) fn current(&self) -> Map<String, Value> {
        let mut record = match &self.origin {
            Origin::Read(record) | Origin::Made(record) => record.clone(),
            Origin::Unread => Map::new(),
        };
        self.lay_over(&mut record);
        record
    }

    /// Lays what has been done over a reading of the record.
    pub(crate) fn lay_over(&self, record: &mut Map<String, Value>) {
        for patch in &self.patches {
            patch.apply(record);
        }
    }

    /// Whether the dry run made it.
    pub(crate) fn is_made(&self) -> bool {
        matches!(self.origin, Origin::Made(_))
    }
}
