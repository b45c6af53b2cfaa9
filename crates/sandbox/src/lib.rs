//! A local CRM that behaves like HighLevel's API for contacts and what surrounds them, quirks included.
//!
//! It is a real HTTP server with its records in memory: `demo`, `plan`, recipe tests and the project's own tests all
//! talk to it, and so can the vendor's own SDK. It is the other side of the wire and shares no code with any client;
//! it refuses to know recipes, engines or connectors. The behaviour follows the published API documentation and what
//! others report of the live service; where those are silent, the choice is said where it is made.
//!
//! Start reading at [`start`] and [`SandboxConfig`]; then `routes.rs` (the table of operations), `door.rs` (the way of
//! a request) and the room of the operation you look for.
//!
//! # Addresses of its own
//! | | |
//! |---|---|
//! | `GET /__sandbox` | location id, token, public keys, counts, recorded calls |
//! | `GET /__sandbox/state` | all records, in the form of a data file |
//! | `POST /__sandbox/reset` | back to the beginning |
//! | `POST /__sandbox/faults` | `{"fault": "503@add-tags*2"}` |
//! | `GET /__sandbox/sample/ContactCreate` | an example of an event |
//! | `POST /__sandbox/slack/…` | a Slack incoming webhook |
//! | `POST /__sandbox/slack-api/chat.postMessage` | Slack's API |
//! | any method on `/__sandbox/http/…` | an echo |

mod answer;
mod body;
mod calendars;
mod call_log;
mod checks;
mod clock;
mod config;
mod contacts;
mod conversations;
mod data;
mod directory;
mod door;
mod error;
mod events;
mod faults;
mod ids;
mod inspect;
mod locations;
mod oauth;
mod opportunities;
mod quirks;
mod rate;
mod request;
mod routes;
mod running;
mod sample_events;
mod search;
mod seed;
mod signing;
mod sinks;
mod tokens;
mod visitor;
mod webhooks;
mod world;

pub use call_log::Call;
pub use clock::NowFn;
pub use config::{
    DEFAULT_AGENCY_TOKEN, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_TOKEN, OAuthOptions, RateLimits,
    SandboxConfig, Signatures, WebhookOptions,
};
pub use data::{Data, DataError};
pub use error::Error;
pub use faults::{FAULT_HEADER, Fault, FaultError, FaultKind};
pub use quirks::QuirkError;
pub use running::{Running, start};
pub use sample_events::KINDS as EVENT_TYPES;
pub use signing::Signed;
