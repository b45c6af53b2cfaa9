//! What a recipe is checked against: the connectors, the workspace, and what recipes share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bellhop_connector::Catalogue;
use jiff::tz::TimeZone;

use crate::{Input, Mapping};

/// What a recipe is checked against.
#[derive(Clone, Debug)]
pub struct World {
    /// The connectors at hand.
    pub catalogue: Arc<Catalogue>,
    /// The workspace's connections: name → connector.
    pub connections: BTreeMap<String, String>,
    /// The workspace's time zone.
    pub zone: TimeZone,
    /// What the workspace's recipes share.
    pub library: Arc<Library>,
}

impl World {
    /// A world whose recipes share nothing yet.
    pub fn new(catalogue: Arc<Catalogue>, connections: BTreeMap<String, String>, zone: TimeZone) -> Self {
        Self { catalogue, connections, zone, library: Arc::default() }
    }
}

/// What the recipes of a workspace share.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// What is known of every recipe from outside, by id.
    pub recipes: BTreeMap<String, Head>,
    /// The mappings under `mappings/`, by id.
    pub mappings: BTreeMap<String, Arc<Mapping>>,
    /// The ids of mappings that are there and have errors.
    pub broken: BTreeSet<String>,
}

/// What is known of a recipe from outside.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// What it must be given.
    pub inputs: Vec<Input>,
    /// Whether it has `manual: {}` among its triggers, so that another recipe may call it.
    pub by_hand: bool,
    /// The recipes that it calls itself.
    pub calls: Vec<String>,
}
