//! Tells people that runs need them, where they look anyway: Slack, e-mail, a webhook. Many troubles are one message, not
//! a flood, and none is forgotten over a restart.
//!
//! This room knows neither recipes nor SQL, and calls nothing itself: channels are connections like any other. Start at
//! [`Alerts`]; what is told when is in `digest`, its words are in `words`.

mod alerts;
mod digest;
mod words;

pub use alerts::{Alerts, Channel, Manner};
