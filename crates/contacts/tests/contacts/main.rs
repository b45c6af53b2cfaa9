//! The contacts connector from outside: its manifest, its friendliness, and its calls against the sandbox.
//!
//! Start at `friendly.rs`; `support.rs` has what the files share.

#[cfg(test)]
mod doubts;
#[cfg(test)]
mod friendly;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod manifest;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vendor;
