//! Keeps events, runs and histories on disk: the journal's `Store` port on SQLite.
//!
//! This room does not know recipes, nor what an entry means: entries and event data are text to it. One thread
//! writes; whatever has queued up while it was syncing shares the next transaction and its one sync (group
//! commit). Nothing is confirmed before it is on disk; after the first failure to write, everything is refused.
//!
//! Start at [`SqliteStore`] (`sqlite.rs`), then `writer.rs` for the group commit, `schema.rs` for what is kept, and
//! `accept.rs`, `append.rs` and `claim.rs` for what is written, `awaits.rs` for what runs wait for, `lookups.rs` for how
//! events and runs are found by their ids.

mod accept;
mod append;
mod awaits;
mod backup;
mod breaking;
mod checkpoint;
mod claim;
mod desk;
mod keep;
mod list;
mod lookups;
mod once;
mod open;
mod owners;
mod place;
mod prune;
mod read;
mod readers;
mod rows;
mod schema;
mod sqlite;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_lookups;
mod wal;
mod writer;

pub use backup::{BackupError, Copied, Restored, back_up, restore};
pub use open::OpenError;
pub use sqlite::SqliteStore;
