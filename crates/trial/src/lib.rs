//! Tests of recipes (rule R10): what stands in a `<recipe>.test.yaml`, how one test is played, and how it is judged.
//!
//! This room does not know where records are kept and how apps are reached: whoever composes the program gives it an
//! engine, a clock and a look at the records. It reads no files and prints nothing. Start at [`read`], then [`play`] and
//! [`judge`]; [`ways`] are the branches that tests may take.

mod branches;
pub mod codes;
mod document;
mod event;
mod from_run;
mod happen;
mod judge;
mod matching;
mod play;
mod read;
mod schema;
mod shown;
mod stand_in;
mod story;
mod swift;

pub use branches::{Taken, Way, ways};
pub use document::{
    Change, Ends, Expect, Fault, FaultKind, Given, Happening, PlayedRecipe, RecordExpected, Sheet, Start,
    Trial, WriteExpected,
};
pub use from_run::as_test;
pub use judge::{Failure, judge};
pub use play::{Stage, called_by, play};
pub use read::{Surroundings, read};
pub use schema::test_schema;
pub use stand_in::StandIn;
pub use story::{Story, Told};
pub use swift::SwiftClock;
