//! The room from outside: connectors over manifests, against a tiny app on the loopback that does as it is told, on a
//! clock that stands still. `support` holds the app; each other file is one promise of the room.

mod answers;
mod deliveries;
mod limits;
mod lists;
mod signing_in;
mod support;
