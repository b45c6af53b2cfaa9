//! Any text as the manifest of a connector: taken, or refused with complaints that are sound.

use crate::complaints;
use bellhop_connector::Manifest;
use bellhop_source::Source;

/// Tries one text.
pub fn run(text: &str) {
    let source = Source::new("any.yaml", text);
    if let Err(found) = Manifest::load(&source) {
        assert!(complaints::has_errors(&found), "refused without an error");
        complaints::are_sound(&source, &found);
    }
}
