//! Texts that look as if a value were to be put in, and would be sent as they stand.

use bellhop_source::{Address, Diagnostic, Node, Span};

use super::{Checker, names};
use crate::codes;

impl Checker<'_> {
    /// `${{ x }}`, a mark of another tool around one that means something here: the `$` would be sent.
    pub(super) fn other_mark(&mut self, node: &Node, address: &Address) -> bool {
        let Some(at) = self.source.slice(node.span).find("${{") else { return false };
        let dollar = Span::new(node.span.start + at, node.span.start + at + 1);
        self.report(
            Diagnostic::warning(
                codes::OTHER_TOOLS_MARK,
                dollar,
                address.clone(),
                "the `$` before `{{` would be sent as it stands",
            )
            .help("Values stand in double braces, without a `$`.")
            .suggest(dollar, ""),
        );
        false
    }

    /// A text with a path in it that leads somewhere, and is only text.
    pub(super) fn looks_like_a_pick(&mut self, node: &Node, text: &str, address: &Address) {
        let doubt = |code, message: String| Diagnostic::warning(code, node.span, address.clone(), message);
        if let Some((mark, path)) = self.path_in(text) {
            let whole = mark == text.trim();
            let message = format!("`{mark}` is only text here and is not filled in");
            let raw = self.source.slice(node.span);
            let mended = if whole {
                format!("$.{path}")
            } else {
                raw.replacen(&mark, &format!("{{{{ {path} }}}}"), 1)
            };
            self.report(doubt(codes::DOUBTFUL_TEXT, message).suggest(node.span, mended));
            return;
        }
        let percent = text.split('%').nth(1).filter(|_| text.matches('%').count() >= 2);
        if let Some(name) = percent.filter(|name| names::is_name(name)) {
            let message = format!("`%{name}%` is not filled in");
            let help =
                format!("Values in a text stand in double braces, such as `{{{{ trigger.{name} }}}}`.");
            self.report(doubt(codes::OTHER_TOOLS_MARK, message).help(help));
        }
    }

    /// A whole text that is a path, or the first `$.path` in a text, whose first name means something here.
    fn path_in(&mut self, text: &str) -> Option<(String, String)> {
        let trimmed = text.trim();
        let (mark, path) = if let Some(at) = trimmed.find("$.") {
            let rest = &trimmed[at + 2..];
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '.');
            let path = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
            (format!("$.{path}"), path)
        } else {
            (trimmed.to_owned(), trimmed)
        };
        let mut parts = path.split('.');
        let root = parts.next()?;
        let known = (parts.clone().count() > 0 || self.record.is_some())
            && names::is_name(root)
            && parts.all(names::is_name);
        (known && self.resolve(root).is_some()).then(|| (mark.clone(), path.to_owned()))
    }
}
