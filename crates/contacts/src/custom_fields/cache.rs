//! The definitions of each location, looked up once and then kept. Calls that need them at the same time share one
//! look-up.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bellhop_connector::{Call, Connector, Failure, FailureClass};
use serde_json::json;
use tokio::sync::Mutex as Turn;

use super::definitions::Definitions;
use crate::contacts::ask;

/// What is known of all locations.
pub(crate) struct Cache {
    app: Arc<dyn Connector>,
    locations: Mutex<HashMap<String, Arc<Location>>>,
}

/// What is known of one location.
#[derive(Default)]
struct Location {
    known: Mutex<Option<Arc<Definitions>>>,
    /// Ids that a fresh look-up did not explain: fields of other kinds, or deleted ones. Asking again would not help.
    unexplained: Mutex<HashSet<String>>,
    /// Whose turn it is to look up.
    turn: Turn<()>,
}

impl Cache {
    pub(crate) fn of(app: Arc<dyn Connector>) -> Self {
        Self { app, locations: Mutex::default() }
    }

    /// The definitions of the call's location, from memory where they are there.
    pub(crate) async fn known(&self, call: &Call) -> Result<Arc<Definitions>, Failure> {
        self.look_up(&self.location(call), None, call).await
    }

    /// Newer definitions than these: somebody else's look-up in the meantime, or one's own.
    pub(crate) async fn newer_than(
        &self,
        old: &Arc<Definitions>,
        call: &Call,
    ) -> Result<Arc<Definitions>, Failure> {
        self.look_up(&self.location(call), Some(old), call).await
    }

    /// Definitions in which these ids are, as far as a fresh look-up can explain them.
    pub(crate) async fn explaining(&self, ids: &[&str], call: &Call) -> Result<Arc<Definitions>, Failure> {
        let location = self.location(call);
        let known = self.look_up(&location, None, call).await?;
        let missing: Vec<&str> = {
            let unexplained = location.unexplained.lock().unwrap_or_else(PoisonError::into_inner);
            ids.iter()
                .copied()
                .filter(|id| known.with_id(id).is_none() && !unexplained.contains(*id))
                .collect()
        };
        if missing.is_empty() {
            return Ok(known);
        }
        let newer = self.look_up(&location, Some(&known), call).await?;
        let mut unexplained = location.unexplained.lock().unwrap_or_else(PoisonError::into_inner);
        unexplained.extend(missing.into_iter().filter(|id| newer.with_id(id).is_none()).map(str::to_owned));
        drop(unexplained);
        Ok(newer)
    }

    fn location(&self, call: &Call) -> Arc<Location> {
        let connection = &call.connection;
        let id = connection.settings.get("location_id").unwrap_or(&connection.name);
        let key = format!("{} {id}", connection.base_url.as_deref().unwrap_or_default());
        let mut locations = self.locations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locations.entry(key).or_default())
    }

    async fn look_up(
        &self,
        location: &Location,
        old: Option<&Arc<Definitions>>,
        call: &Call,
    ) -> Result<Arc<Definitions>, Failure> {
        let in_memory = || {
            let known = location.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.clone().filter(|known| old.is_none_or(|old| !Arc::ptr_eq(old, known)))
        };
        if let Some(known) = in_memory() {
            return Ok(known);
        }
        let _turn = location.turn.lock().await;
        if let Some(known) = in_memory() {
            return Ok(known);
        }
        let input = json!({"model": "contact"});
        let asked =
            ask(self.app.as_ref(), Call { operation: "list_custom_fields".into(), input, ..call.clone() });
        let fields = asked.await.map_err(before_anything_happened)?;
        let fresh = Arc::new(Definitions::read(&fields));
        *location.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

/// A look-up changes nothing, so even one with an unclear end leaves the step as it was: it may be done again.
fn before_anything_happened(failure: Failure) -> Failure {
    let message = format!("The location's custom fields could not be looked up. {}", failure.message);
    let class = if failure.class == FailureClass::Unclear { FailureClass::Transient } else { failure.class };
    Failure { evidence: failure.evidence, ..Failure::new(class, message) }
}
