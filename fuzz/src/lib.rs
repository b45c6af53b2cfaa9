//! What the fuzz targets try, one file each, and what must hold of every text beside "no panic".
//!
//! It finds inputs; it keeps none: what breaks becomes a fixture test of the room that broke. Start at `README.md`, then
//! [`complaints`].

pub mod complaints;
pub mod manifest;
pub mod pick;
pub mod recipe;
pub mod sample;
pub mod template;
pub mod words;
pub mod yaml;
