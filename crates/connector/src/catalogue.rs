//! All the manifests a workspace knows, by connector name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{EventSpec, Manifest, Operation};

/// The manifests of all connectors at hand.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    manifests: BTreeMap<String, Arc<Manifest>>,
}

impl Catalogue {
    /// A catalogue of these manifests; of two with one name the later counts.
    pub fn new(manifests: impl IntoIterator<Item = Arc<Manifest>>) -> Self {
        Self { manifests: manifests.into_iter().map(|one| (one.connector.clone(), one)).collect() }
    }

    /// A manifest by connector name.
    pub fn get(&self, connector: &str) -> Option<&Arc<Manifest>> {
        self.manifests.get(connector)
    }

    /// All manifests, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Manifest>> {
        self.manifests.values()
    }

    /// The operation `name` of `connector`.
    pub fn operation(&self, connector: &str, name: &str) -> Option<&Operation> {
        self.get(connector)?.operations.get(name)
    }

    /// The event `name` of `connector`.
    pub fn event(&self, connector: &str, name: &str) -> Option<&EventSpec> {
        self.get(connector)?.events.get(name)
    }
}
