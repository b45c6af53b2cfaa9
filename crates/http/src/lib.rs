//! The manifest interpreter: makes requests out of manifests, proves who calls, keeps within budgets, reads pages,
//! tells answers apart, checks the signatures of deliveries. It knows neither recipes nor runs, and never repeats a
//! call over time: that is the engine's.
//!
//! Start at [`ManifestConnector`], which follows one call through; [`HttpRuntime`] is what all connectors share.

mod budget;
mod connector;
mod runtime;

pub use connector::ManifestConnector;
pub use runtime::{HttpError, HttpOptions, HttpRuntime};
