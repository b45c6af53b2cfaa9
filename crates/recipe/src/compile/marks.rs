//! Texts that look as if a value were to be put in, and would be sent as they stand.

use bellhop_source::{Address, Diagnostic, Node, Span};

use super::{Checker, names};
use crate::codes;

impl Checker<'_> {
    /// `${{ x }}`, a mark of another tool around one that means something here: the `$` would be sent.
    pub(super) fn other_mark(&mut self, node: &Node, address: &Address) -> bool {
        let Some(at) = self.source.slice(node.span).find("${{") else { return false };
        let dollar = Span::new(node.span.start + at, node.span.start + at + 1);
        let raw = self.source.slice(node.span);
        let path = raw.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
        if let Some(path) = path.filter(|path| path.split('.').all(names::is_name)) {
            let message = "the `$` before `{{` would be sent as it stands";
            self.report(
                Diagnostic::warning(codes::OTHER_TOOLS_MARK, dollar, address.clone(), message)
                    .help("A whole value is a pick.")
                    .suggest(node.span, format!("$.{path}")),
            );
            return false;
        }
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
        if self.looks_like_a_sum(node, text, address) {
            return;
        }
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

    /// `'Hello ' + contact.firstName`: a sum as it stands in programs. Whether that is said.
    fn looks_like_a_sum(&mut self, node: &Node, text: &str, address: &Address) -> bool {
        let parts: Vec<&str> = text.split(" + ").map(str::trim).collect();
        let quoted =
            |part: &str| part.len() > 1 && part.starts_with(['"', '\'']) && part.ends_with(['"', '\'']);
        let mut names = parts.iter().filter(|part| !quoted(part)).peekable();
        if parts.len() < 2 || names.peek().is_none() || !parts.iter().any(|part| quoted(part)) {
            return false;
        }
        let known = names.all(|path| {
            path.split('.').all(names::is_name)
                && path.split('.').next().is_some_and(|root| self.find(root).is_some())
        });
        if !known {
            return false;
        }
        let words: Vec<String> =
            parts
                .iter()
                .map(|part| {
                    if quoted(part) {
                        part[1..part.len() - 1].to_owned()
                    } else {
                        format!("{{{{ {part} }}}}")
                    }
                })
                .collect();
        let message = "this is only text here and is not put together";
        self.report(
            Diagnostic::warning(codes::OTHER_TOOLS_MARK, node.span, address.clone(), message)
                .help("Values in a text stand in double braces.")
                .suggest(node.span, format!("\"{}\"", words.concat().replace('"', "'"))),
        );
        true
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
