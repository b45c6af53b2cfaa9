//! Time: now and sleeping, durations and moments in words, schedules and time zones; a manual clock for tests.
//!
//! This room does not know why anyone waits. Start at [`Clock`], then [`DurationWords`], [`Moment`] and [`Schedule`].

mod duration;
mod manual;
mod moment;
mod now;
mod schedule;
mod time_of_day;
mod weekday;
mod words;
mod zone;

pub use duration::{DurationWords, parse_duration};
pub use manual::ManualClock;
pub use moment::Moment;
pub use now::{Clock, SystemClock, monotonic};
pub use schedule::Schedule;
pub use words::WordsError;
pub use zone::time_zone;
