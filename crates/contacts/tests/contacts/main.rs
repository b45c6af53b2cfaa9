//! The contacts connector from outside: its manifest, its friendliness, and its calls against the sandbox.
//!
//! Start at `friendly.rs`; `support.rs` has what the files share.

mod friendly;
mod manifest;
mod support;
mod vendor;
