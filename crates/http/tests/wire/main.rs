//! The room from outside: connectors over manifests, against a tiny app on the loopback that does as it is told, on a
//! clock that stands still. `support` holds the app; each other file is one promise of the room.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod doubts;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod support;
