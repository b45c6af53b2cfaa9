//! The room from outside: recipes as files, with the complaints written beside their lines. Start at `fixtures`.

mod fixtures;
mod gallery;
mod given_inputs;
mod laws;
mod many;
mod mappings;
mod schema;
mod values;
mod world;
