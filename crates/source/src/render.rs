//! Diagnostics as text for people and as JSON for tools.

use crate::{Diagnostic, Source};

/// All diagnostics of one source as people read them, one after the other.
pub fn render(diagnostics: &[Diagnostic], source: &Source, color: bool) -> String {
    let _ = (diagnostics, source, color);
    todo!()
}

/// One diagnostic as tools read it.
pub fn to_json(diagnostic: &Diagnostic, source: &Source) -> serde_json::Value {
    let _ = (diagnostic, source);
    todo!()
}
