//! How deep data from outside may be nested. What is taken in is kept inside an entry of a history and inside what a
//! recipe makes of it, and JSON of more than 128 levels cannot be read back; so the limit is well below. It judges and changes nothing.

use serde_json::Value;

/// Levels of lists and groups in an event or an answer. What is deeper is refused where it comes in.
pub const LEVELS: usize = 64;

/// Whether there are more than [`LEVELS`] levels. No deeper than that is looked.
pub fn too_deep(value: &Value) -> bool {
    deeper_than(LEVELS, value)
}

fn deeper_than(levels: usize, value: &Value) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| deeper_than(levels - 1, item)),
        Value::Object(members) => {
            levels == 0 || members.values().any(|member| deeper_than(levels - 1, member))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_in_lists_and_groups() {
        let nested = |levels| {
            (0..levels).fold(Value::from(1), |inner, level| {
                if level % 2 == 0 { Value::from(vec![inner]) } else { serde_json::json!({ "n": inner }) }
            })
        };
        assert!(!too_deep(&nested(LEVELS)));
        assert!(too_deep(&nested(LEVELS + 1)));
        assert!(too_deep(&serde_json::json!([1, { "a": nested(LEVELS) }])));
    }
}
