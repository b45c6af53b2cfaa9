//! The manifest interpreter: makes requests out of manifests, proves who calls, keeps within budgets, reads pages,
//! tells answers apart, checks the signatures of deliveries. It knows neither recipes nor runs, and never repeats a
//! call over time: that is the engine's.
//!
//! Start at [`ManifestConnector`], which follows one call through; [`HttpRuntime`] is what all connectors share.

mod account;
mod answer;
mod budget;
mod client;
mod compiled;
mod confirm;
mod connector;
mod credential;
mod events;
mod left;
mod oauth;
mod pages;
mod polls;
mod post;
mod reach;
mod request;
mod runtime;
mod signature;
mod spki;
mod transport;
mod words;

pub use account::is_base_url;
pub use connector::ManifestConnector;
pub use left::BudgetLeft;
pub use runtime::{HttpError, HttpOptions, HttpRuntime};
