//! Recipes: from what a person wrote to a [`Plan`], or to complaints with their places.
//!
//! This room does no I/O and knows no async, so that the checker can run anywhere. Start at [`compile`], then
//! [`Plan`]; values are in [`ValueExpr`]. [`graph`] draws a plan, [`recipe_schema`] is for editors.

pub mod codes;
mod coerce;
mod compile;
mod conversion;
mod evaluate;
pub mod graph;
mod inputs;
mod mapping;
mod plan;
mod schema;
mod value;
mod walk;
mod world;

pub use compile::compile;
pub use compile::head::head;
pub use compile::mappings::compile_mapping;
pub use compile::names_at::{KnownName, names_at};
pub use conversion::Conversion;
pub use inputs::{input_value, inputs};
pub use mapping::Mapping;
pub use plan::{
    Action, Approve, Block, CallAction, Case, CatchUp, Dependency, ForEach, Input, InputKind, Items, OnError,
    OncePer, Plan, Proof, Retry, Settings, Step, Trigger, TriggerKind, Verify, Via, WaitAction, WaitFor,
};
pub use schema::{mapping_schema, recipe_schema};
pub use value::{FieldError, ValueExpr, Want};
pub use world::{Head, Library, World};
