//! Any text as a pick (`$.contact.email`): refused with a place in it, or followed to the same values each time.

use crate::{sample, template};
use bellhop_template::{Pick, Picked};

/// Tries one text.
pub fn run(text: &str) {
    let _ = Pick::is_pick(text);
    match Pick::parse(text) {
        Ok(pick) => {
            template::refers_inside(text, &pick.references());
            let scope = sample::scope();
            let found = pick.evaluate(&scope);
            assert!(found == pick.evaluate(&scope), "not the same twice");
            if pick.is_singular() {
                assert!(!matches!(found, Ok(Picked::Many(_))), "many from a path that matches once");
            }
        }
        Err(error) => template::is_sound(text, &error),
    }
}
