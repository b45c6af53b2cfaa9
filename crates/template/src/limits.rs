//! How much an expression may be and may cost. The figures and the one place where they are counted; no words.
//!
//! They bound stack, time and memory for any text a person or a page writes: a limit that is met is an error, never a
//! crash.

use serde_json::Value;

/// Bytes of one expression.
pub(crate) const EXPRESSION_BYTES: usize = 10_000;
/// Tokens of one expression. It bounds the recursion of parser and tree where brackets do not.
pub(crate) const TOKENS: usize = 500;
/// Brackets within brackets.
pub(crate) const BRACKETS: usize = 24;
/// Levels of the tree.
pub(crate) const LEVELS: usize = 80;
/// Bytes of a text that an expression or a whole text makes.
pub(crate) const TEXT_BYTES: usize = 1 << 20;
/// Bytes, about, of a list or record that an expression puts together.
pub(crate) const VALUE_BYTES: usize = 8 << 20;
/// Nodes evaluated and items visited in one evaluation.
pub(crate) const STEPS: u32 = 200_000;
/// Bytes that operators, filters and tests look at in one evaluation, all of them together.
pub(crate) const WORK_BYTES: usize = 256 << 20;
/// So many things that are wrong with one text are told.
pub(crate) const MISTAKES: usize = 20;
/// Bytes of a compiled regular expression.
pub(crate) const REGEX_BYTES: usize = 1 << 20;
/// Bytes of a pick.
pub(crate) const PICK_BYTES: usize = 2_000;
/// Brackets within brackets in a pick; its grammar backtracks, so that time grows with a power of this.
pub(crate) const PICK_BRACKETS: usize = 5;

/// Ways through the lists of a pick: the sizes of its `[a, b]` multiplied.
pub(crate) const PICK_WAYS: usize = 1_000;

/// What a value weighs, in bytes or so; counting stops soon after `limit`.
pub(crate) fn weight(value: &Value, limit: usize) -> usize {
    const EACH: usize = 32;
    let mut total = EACH;
    match value {
        Value::String(text) => total += text.len(),
        Value::Array(items) => {
            for item in items {
                if total > limit {
                    break;
                }
                total += weight(item, limit - total.min(limit));
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if total > limit {
                    break;
                }
                total += name.len() + weight(field, limit - total.min(limit));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    total
}
