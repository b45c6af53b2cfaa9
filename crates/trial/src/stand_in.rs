//! A connector that never leaves the process: what it is asked is answered with what the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bellhop_connector::{
    BoxFuture, Call, Confirmation, Connector, Delivery, Event, Failure, FailureClass, Manifest, Outcome,
    Refusal,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{FaultKind, Given};

/// Stands in for an app that the sandbox does not play.
pub struct StandIn {
    manifest: Arc<Manifest>,
    answers: HashMap<String, Value>,
    /// Operation, how it goes wrong, and how often it still does.
    faults: Mutex<Vec<(String, FaultKind, Option<u32>)>>,
}

impl StandIn {
    /// Stands in for the app of this manifest, as a test says.
    pub fn new(manifest: Arc<Manifest>, given: &Given) -> Self {
        let own = |name: &str| -> Option<String> {
            Some(name.strip_prefix(&manifest.connector)?.strip_prefix('.')?.to_owned())
        };
        let answers =
            given.answers.iter().filter_map(|(name, value)| Some((own(name)?, value.clone()))).collect();
        let faults = given.faults.iter().filter(|fault| fault.connector == manifest.connector);
        let faults = faults.map(|fault| (fault.operation.clone(), fault.kind, fault.times)).collect();
        Self { answers, faults: Mutex::new(faults), manifest }
    }

    fn fault(&self, operation: &str) -> Option<FaultKind> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, kind, times) =
            faults.iter_mut().find(|(name, _, times)| name == operation && *times != Some(0))?;
        *times = times.map(|times| times - 1);
        Some(*kind)
    }

    fn answer(&self, operation: &str) -> Outcome {
        let class = match self.fault(operation) {
            None => {
                return Outcome::Done(self.answers.get(operation).cloned().unwrap_or_default());
            }
            Some(FaultKind::Status(429)) => FailureClass::RateLimited { after_ms: None },
            Some(FaultKind::Status(401)) => FailureClass::Unauthorised,
            Some(FaultKind::Status(403)) => FailureClass::Forbidden { scope: None },
            Some(FaultKind::Status(404)) => FailureClass::NotFound,
            Some(FaultKind::Status(500..)) => FailureClass::Transient,
            Some(FaultKind::Status(_)) => FailureClass::Invalid { fields: Vec::new() },
            Some(FaultKind::DoneThen(_) | FaultKind::BrokenOff | FaultKind::Silence) => FailureClass::Unclear,
        };
        let message = format!("{} did not do it, as the test says.", self.manifest.title);
        Outcome::Failed(Failure::new(class, message))
    }
}

impl Connector for StandIn {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async move { self.answer(&call.operation) })
    }

    fn confirm(&self, _: Call, _: Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async { Confirmation::CannotTell })
    }

    fn verify(&self, _: &Delivery<'_>) -> Result<Event, Refusal> {
        Err(Refusal::Unknown("In a test nothing is delivered; the test says what happens.".to_owned()))
    }
}
