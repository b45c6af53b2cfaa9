//! Patterns of `is matching`: compiled within limits, and once for all conditions that have the same one. Compiling is by
//! far the dearest part of reading a condition, and a compiled pattern the largest thing that it holds.
//!
//! Only patterns that are written are shared; one that is computed from data is compiled for its one use.

use crate::limits;
use regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Fewer than so many are not looked through for those that nobody holds any more.
const FEW: usize = 64;

/// A pattern within limits. It may be found anywhere in a text; `^` and `$` hold it to the ends.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(limits::REGEX_BYTES)
        .dfa_size_limit(limits::REGEX_BYTES)
        .build()
        .ok()
}

/// The same, as one with all others that hold it now.
pub(crate) fn shared(pattern: &str) -> Option<Arc<Regex>> {
    static ALL: Mutex<Shared> = Mutex::new(Shared { by_text: None, look_through_at: FEW });
    ALL.lock().unwrap_or_else(PoisonError::into_inner).get(pattern)
}

/// The patterns that somebody holds.
struct Shared {
    by_text: Option<HashMap<Box<str>, Weak<Regex>>>,
    look_through_at: usize,
}

impl Shared {
    fn get(&mut self, pattern: &str) -> Option<Arc<Regex>> {
        let by_text = self.by_text.get_or_insert_default();
        if let Some(known) = by_text.get(pattern).and_then(Weak::upgrade) {
            return Some(known);
        }
        let compiled = Arc::new(compile(pattern)?);
        if by_text.len() >= self.look_through_at {
            by_text.retain(|_, held| held.strong_count() > 0);
            self.look_through_at = FEW.max(by_text.len() * 2);
        }
        by_text.insert(pattern.into(), Arc::downgrade(&compiled));
        Some(compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Kind, Node};

    fn pattern_of(condition: &str) -> Option<Arc<Regex>> {
        match crate::read::read(condition, 0..condition.len()) {
            Ok(Node { kind: Kind::Check { pattern, .. }, .. }) => pattern,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn conditions_with_one_pattern_hold_it_together() {
        let one = pattern_of("a.b is matching '^shared [0-9]+$'").expect("a pattern");
        let other = pattern_of("c is matching '^shared [0-9]+$'").expect("a pattern");
        assert!(Arc::ptr_eq(&one, &other) && one.is_match("shared 12"));
        let different = pattern_of("c is matching '^shared [a-z]+$'").expect("a pattern");
        assert!(!Arc::ptr_eq(&one, &different) && !different.is_match("shared 12"));
        assert!(pattern_of("c is matching d").is_none(), "it is not known yet");
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let mut shared = Shared { by_text: None, look_through_at: FEW };
        let held = shared.get("held").expect("a pattern");
        for number in 0..10 * FEW {
            assert!(shared.get(&format!("once {number}")).is_some());
        }
        let by_text = shared.by_text.as_ref().expect("some");
        assert!(by_text.len() <= 2 * FEW, "{}", by_text.len());
        assert!(Arc::ptr_eq(&held, &shared.get("held").expect("a pattern")));
        assert!(shared.get("(").is_none());
    }
}
