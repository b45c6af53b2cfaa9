//! Compiles what recipes compute with: texts with `{{ … }}`, conditions, expressions and picks (`$.contact.email`).
//!
//! It tells what each of them refers to, and evaluates it over a [`Scope`] under limits. It reads no files, no clock
//! and no secrets, and it is the only room that knows minijinja and jsonpath-rust: minijinja reads expressions and
//! lends filters, jsonpath-rust reads picks and follows those that can match many. The evaluation is this room's own,
//! because it must never compare a text with a number, nor take absent for null.
//! Start at [`Text`], [`Condition`] and [`Pick`]; the tree they share is in `node`, its evaluation in `evaluate`.

mod advice;
mod answers;
mod arithmetic;
mod calls;
mod checks;
mod compare;
mod condition;
mod equalities;
mod error;
mod evaluate;
mod explain;
mod expression;
mod filters;
mod given;
mod habits;
mod limits;
mod lookalikes;
mod mentions;
mod mistakes;
mod moment;
mod nearest;
mod node;
mod operators;
mod patterns;
mod pick;
mod pick_paths;
mod read;
mod reference;
mod scope;
mod text;
mod unknown;
mod values;
pub mod vocabulary;

pub use condition::Condition;
pub use error::{EvalError, EvalErrorKind, SyntaxError};
pub use expression::Expression;
pub use mistakes::Mistakes;
pub use pick::{Pick, Picked};
pub use reference::{Comparison, Operand, Reference, Segment};
pub use scope::{Context, Scope};
pub use text::Text;
