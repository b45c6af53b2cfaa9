//! Quick fixes: the mends that complaints bring along.

use bellhop_source::{Diagnostic, Suggestion};

/// The longest text that is shown in a title, in letters.
const LONGEST: usize = 48;

/// What a mend does, in words.
pub(crate) fn title(diagnostic: &Diagnostic, text: &str) -> Option<String> {
    let Suggestion { span, text: new } = diagnostic.suggestion.as_ref()?;
    let old = text.get(span.start..span.end)?;
    Some(match (old.trim().is_empty(), new.trim().is_empty()) {
        (true, true) if new.len() > old.len() => "Indent this line".to_owned(),
        (_, true) => format!("Take out {}", shown(old)),
        (true, false) => format!("Insert {}", shown(new)),
        (false, false) => format!("Replace {} by {}", shown(old), shown(new)),
    })
}

fn shown(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    let more = if short.len() < text.len() { " …" } else { "" };
    format!("`{short}`{more}")
}
