//! Ids that are functions of what they name, so that the same event can never make a second run.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of an event: a function of where it came from and the sender's delivery id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Arc<str>);

/// The id of a run: a function of the event and the recipe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Arc<str>);

impl EventId {
    /// The event that `source` (a connection, a webhook path, a schedule) delivered as `delivery_id`.
    pub fn of(source: &str, delivery_id: &str) -> Self {
        Self(format!("evt_{}", digest(&[source, delivery_id])).into())
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RunId {
    /// The run of `recipe` for `event`.
    pub fn of(event: &EventId, recipe: &str) -> Self {
        Self(format!("run_{}", digest(&[event.as_str(), recipe])).into())
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&str> for EventId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// 100 bits of SHA-256 over the parts, each preceded by its length, in Crockford's base 32: 20 characters.
fn digest(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let hash = context.finish();
    let mut bits: u32 = 0;
    let mut held = 0;
    let mut text = String::with_capacity(20);
    for byte in hash.as_ref() {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 && text.len() < 20 {
            held -= 5;
            text.push(char::from(ALPHABET[((bits >> held) & 31) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_makes_the_same_run_and_another_recipe_another() {
        let event = EventId::of("contacts", "w1");
        assert_eq!(RunId::of(&event, "route"), RunId::of(&EventId::of("contacts", "w1"), "route"));
        assert_ne!(RunId::of(&event, "route"), RunId::of(&event, "tag"));
        assert_eq!(RunId::of(&event, "route").as_str().len(), 24);
    }

    #[test]
    fn the_border_between_the_parts_counts() {
        assert_ne!(EventId::of("ab", "c"), EventId::of("a", "bc"));
    }
}
