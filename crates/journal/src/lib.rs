//! What happened: ids, events, runs, entries, the state they fold to, and the ports of a store.
//!
//! This room knows neither SQL nor HTTP, and not what a recipe says: steps are named by their address.
//! History is only appended. Start at [`Entry`], then [`State::apply`], then [`Store`].

#[cfg(feature = "conformance")]
pub mod conformance;
mod entry;
mod id;
mod run;
mod state;
mod store;

pub use entry::{CallNote, Entry, Resolution, Stamped, StepId};
pub use id::{EventId, RunId};
pub use run::{Origin, Run, RunFilter, RunStatus, StoredEvent};
pub use state::{State, StepState};
pub use store::{
    Accepted, Append, Appended, BoxFuture, Claimed, NewEvent, NewRun, RecipeVersion, Store, StoreError, Turn,
};
