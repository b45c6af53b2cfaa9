//! HighLevel's contacts as a connector: the manifest, and the little that a manifest cannot say.
//!
//! The manifest is the folder `manifest/`: fields, operations, deliveries and events. The code here makes the API
//! friendlier than it is: custom fields by name (`custom_fields`), tags that an update adds and never overwrites
//! (`tags`), and failures that would otherwise hide in a success. It knows neither recipes nor the engine, and it
//! retries nothing.
//!
//! Start at [`Contacts`]; what it does for each operation stands in `contacts.rs`.

mod bulk;
mod contacts;
mod create;
mod custom_fields;
mod shipped;
mod tags;

pub use contacts::{Contacts, connector};
pub use shipped::manifest;
