//! Recipes: from what a person wrote to a [`Plan`], or to complaints with their places.
//!
//! This room does no I/O and knows no async, so that the checker can run anywhere. Start at [`compile`], then
//! [`Plan`]; values are in [`ValueExpr`].

mod plan;
mod value;

pub use plan::{
    Action, Block, CallAction, Case, CatchUp, Dependency, ForEach, Input, InputKind, OnError, Plan, Retry,
    Step, Trigger, TriggerKind, WaitAction, World,
};
pub use value::{FieldError, ValueExpr, Want};
