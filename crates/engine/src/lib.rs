//! The engine: from an event to the runs it starts, and each run to its end.
//!
//! What is next in a run is said by [`decide`], which is pure: it never awaits, reads no clock and rolls no dice.
//! Everything else here drives it: receiving, working, waking, schedules. This room knows no SQL, no HTTP, no
//! environment and no terminal. Start at [`Engine`], then [`decide`], then `drive`.

mod alert;
mod book;
mod decide;
mod drive;
mod ears;
mod engine;
mod errand;
mod explain;
mod history;
mod job;
mod lane;
mod ledger;
mod look;
mod meanwhile;
mod meters;
mod options;
mod outage;
mod person;
mod pool;
mod receipt;
mod receive;
mod schedule;
mod spans;
mod summon;
mod verdict;
mod wake;
mod watch;
mod worker;

pub use alert::Alert;
pub use decide::{Action, Cursor, Facts, Hands, Wake, decide};
pub use engine::Engine;
pub use explain::{Seen, seen};
pub use ledger::{Ledger, Tally, completeness};
pub use options::{EngineOptions, Link, Redact};
pub use person::{Decision, Person, PersonError};
pub use receipt::{Fate, Receipt, Rejected, RunNowError};
pub use spans::{Span, Spans};
pub use watch::Progress;

/// How the sender of an own webhook proves who it is, for those who ask on the engine's behalf.
pub use bellhop_recipe::{Proof, Verify};
