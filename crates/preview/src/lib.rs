//! Dry runs: connectors that really read and only pretend to write.
//!
//! [`Previewed`] stands around a connector, passes its reading operations on, and answers every other one itself: from the
//! manifest's `before` and `preview` it works out what the record would be, remembers it in the [`Ledger`] and lays it over
//! later reads of the same record. [`JumpClock`] lets waits pass at once. What came of it is the [`Report`].
//!
//! This room knows neither recipes nor the engine, and it refuses to pass on anything that writes. Start at [`Previewed`];
//! then `reads` and `writes`.

mod body;
mod change;
mod clock;
mod ledger;
mod made_up;
mod previewed;
mod reads;
mod record;
mod report;
mod writes;

pub use clock::JumpClock;
pub use ledger::Ledger;
pub use previewed::Previewed;
pub use report::{CallReport, Change, FieldChange, ListChange, RecordReport, Report, WriteReport};
