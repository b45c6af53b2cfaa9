//! A connector that is nothing but a manifest.

use std::sync::Arc;

use bellhop_connector::{BoxFuture, Call, Confirmation, Connector, Delivery, Event, Manifest, Outcome, Refusal};
use jiff::Timestamp;

use crate::HttpRuntime;

/// An app as its manifest describes it.
pub struct ManifestConnector {
    manifest: Arc<Manifest>,
    runtime: Arc<HttpRuntime>,
}

impl ManifestConnector {
    /// The connector of a manifest that has been checked ([`Manifest::load`]).
    pub fn new(manifest: Arc<Manifest>, runtime: Arc<HttpRuntime>) -> Self {
        Self { manifest, runtime }
    }
}

impl Connector for ManifestConnector {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        let _ = (call, &self.runtime);
        Box::pin(async { todo!() })
    }

    fn confirm(&self, call: Call, since: Timestamp) -> BoxFuture<'_, Confirmation> {
        let _ = (call, since);
        Box::pin(async { todo!() })
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        let _ = delivery;
        todo!()
    }
}
