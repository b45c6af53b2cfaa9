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

#[cfg(test)]
mod tests {
    use bellhop_source::{Address, Code, Diagnostic, Span};

    use super::title;

    #[test]
    fn a_title_says_what_is_done() {
        let text = "abc: 1\n  defg\n";
        for (span, new, wanted) in [
            ((0, 3), "xyz", Some("Replace `abc` by `xyz`")),
            ((3, 3), ": no", Some("Insert `: no`")),
            ((3, 3), "one:\n  two", Some("Insert `one:` …")),
            ((9, 13), "", Some("Take out `defg`")),
            ((7, 14), "", Some("Take out `defg`")),
            ((9, 9), "  ", Some("Indent this line")),
            ((0, 99), "x", None),
        ] {
            let span = Span::new(span.0, span.1);
            let diagnostic = Diagnostic::error(Code("BH0000"), span, Address::root(), "wrong");
            assert_eq!(title(&diagnostic.suggest(span, new), text).as_deref(), wanted, "{new:?}");
        }
        let plain = Diagnostic::error(Code("BH0000"), Span::new(0, 1), Address::root(), "wrong");
        assert_eq!(title(&plain, text), None);
    }
}
