//! The sandbox from outside: real requests against a started one, a file per subject.
//!
//! `support` starts sandboxes and sends requests; nothing here touches the crate's inside.

#![expect(clippy::unwrap_used, reason = "a test's helper fails as a test does")]

mod appointments;
mod campaigns_and_workflows;
mod contacts;
mod entry;
mod faults;
mod lists;
mod neighbours;
mod oauth;
mod other_services;
mod search;
mod support;
mod tags;
mod tasks_and_notes;
mod upsert;
mod vendor_spec;
mod webhooks;
mod windows;
