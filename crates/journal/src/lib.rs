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
mod turns;

pub use entry::{Awaited, CallNote, Entry, Only, Refused, Resolution, Sought, Stamped, StepId};
pub use id::{EventId, RunId};
pub use run::{EventFilter, Heard, Origin, Run, RunFilter, RunStatus, StoredEvent, Sweep, Swept};
pub use state::{State, StepState};
pub use store::{
    Accepted, Append, Appended, Await, BEGINNING, BoxFuture, Claimed, LONG, NewEvent, NewRun, OncePer,
    REPEATED, RecipeVersion, Signal, Store, StoreError, Turn,
};
pub use turns::{Ahead, GivenUp, Reading, TurnFailure, Turns};
