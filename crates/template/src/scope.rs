//! What an expression is evaluated over: the names in scope, and what is known beside them. Holds no secrets.

use serde_json::Value;
use std::sync::Arc;

/// The names in scope. Cheap to clone; values are shared, and a child sees its parents' names.
#[derive(Clone, Default)]
pub struct Scope {
    innermost: Option<Arc<Layer>>,
}

struct Layer {
    name: Box<str>,
    value: Arc<Value>,
    parent: Scope,
}

/// What an evaluation may know beside the scope.
#[derive(Debug, Clone)]
pub struct Context {
    /// The moment that `now` means.
    pub now: jiff::Timestamp,
    /// The zone that days, dates and hours of the day are in.
    pub zone: jiff::tz::TimeZone,
}

impl Scope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// A child in which `name` means `value`; this scope stays as it is.
    #[must_use]
    pub fn with(&self, name: &str, value: Arc<Value>) -> Self {
        Self { innermost: Some(Arc::new(Layer { name: name.into(), value, parent: self.clone() })) }
    }

    /// Lets `name` mean `value` from now on in this scope, not in scopes cloned from it before.
    pub fn insert(&mut self, name: &str, value: Arc<Value>) {
        if let Some(layer) = self.innermost.as_mut().and_then(Arc::get_mut)
            && *layer.name == *name
        {
            layer.value = value;
            return;
        }
        *self = self.with(name, value);
    }

    /// What `name` means here, the innermost meaning first.
    pub fn get(&self, name: &str) -> Option<&Arc<Value>> {
        self.layers().find(|layer| *layer.name == *name).map(|layer| &layer.value)
    }

    /// The names that mean something here, innermost first; a hidden name comes twice.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layers().map(|layer| &*layer.name)
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::successors(self.innermost.as_deref(), |layer| layer.parent.innermost.as_deref())
    }
}

/// A long chain is taken apart in a loop: dropped in the ordinary way it would need stack for every layer.
impl Drop for Scope {
    fn drop(&mut self) {
        let mut next = self.innermost.take();
        while let Some(mut layer) = next.and_then(Arc::into_inner) {
            next = layer.parent.innermost.take();
        }
    }
}

impl std::fmt::Debug for Scope {
    /// Names only: the values are people's data and do not belong in a log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Scope").field(&self.names().collect::<Vec<_>>()).finish()
    }
}
