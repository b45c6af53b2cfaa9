//! Compiles what recipes compute with: texts with `{{ … }}`, conditions, expressions and picks (`$.contact.email`).
//!
//! It tells what each of them refers to, and evaluates it over a [`Scope`] under limits. It reads no files, no clock
//! and no secrets, and it is the only room that knows minijinja and jsonpath-rust.
//! Start at [`Text`], [`Condition`] and [`Pick`]; the tree they share is in `node`, its evaluation in `evaluate`.

mod condition;
mod error;
mod expression;
mod pick;
mod reference;
mod scope;
mod text;

pub use condition::Condition;
pub use error::{EvalError, EvalErrorKind, SyntaxError};
pub use expression::Expression;
pub use pick::{Pick, Picked};
pub use reference::{Comparison, Operand, Reference, Segment};
pub use scope::{Context, Scope};
pub use text::Text;
