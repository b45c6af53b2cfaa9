//! What YAML takes and nobody means: anchors, tags, names that begin oddly, values that a comment hides.

use std::borrow::Cow;

use saphyr_parser::Tag;

use super::Builder;
use crate::parse::{line, structure, value};
use crate::{Span, Suggestion, codes};

impl Builder<'_> {
    /// The span without an anchor or tag, which are complained about.
    pub(super) fn stripped(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        text: bool,
    ) -> Span {
        if anchor == 0 && tag.is_none() {
            return span;
        }
        // Where a block begins, its properties stand before it.
        let from = if self.text[span.start..].starts_with(['&', '!']) { span.start } else { self.last_end };
        let found = self.text[from..].find(['&', '!']).map_or(from, |at| from + at);
        let word = &self.text[found..];
        let end = found + word.find([' ', '\n', '\r', '\t', ',']).unwrap_or(word.len());
        let mark = Span::new(found, end);
        if tag.is_some() && self.text[found..].starts_with('!') {
            let address = self.address();
            let line = line::Line::around(self.text, found);
            self.tree.diagnostics.push(value::tag(line.end_of_value(self.text, found), self.text, address));
        } else {
            let line = line::Line::around(self.text, found);
            let whole = line.end_of_value(self.text, found);
            // Where it is referred to, it is one; elsewhere it may be a text that begins so.
            let alias = format!("*{}", &self.text[mark.start + 1..mark.end]);
            let text = (text && whole.end > mark.end && !self.text.contains(&alias)).then_some(whole);
            self.reference(mark, text);
        }
        let after = self.text[end..].find(|letter: char| !letter.is_whitespace()).map_or(end, |at| end + at);
        Span::new(after.min(span.end).max(span.start), span.end)
    }

    /// A reference; `text` is the whole value, where it may be a text that begins with `&`.
    pub(super) fn reference(&mut self, span: Span, text: Option<Span>) {
        let word = self.text.get(span.start..span.end).unwrap_or_default().trim_end().to_owned();
        let message = format!("`{word}` is a YAML reference, which is not used here");
        let quoted = text.and_then(|span| Some((span, line::quote(self.text.get(span.start..span.end)?))));
        let diagnostic = self.complain(codes::REFERENCE, span, message);
        diagnostic.help = Some("Write the value out; where a text is meant, put it in quotes.".into());
        if let Some((span, text)) = quoted {
            diagnostic.suggestion = Some(Suggestion { span, text });
        }
    }

    /// Names that YAML takes as they are and nobody means: `-name`, or one that starts with an invisible blank.
    pub(super) fn look_into_name(&mut self, name: &str, span: Span) {
        let address = self.address();
        if name.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic)) {
            self.tree.diagnostics.push(structure::glued_dash(span.within(0, 1), &address));
        } else if name.starts_with(char::is_whitespace) {
            let line = line::Line::around(self.text, span.start);
            self.tree.diagnostics.extend(structure::odd_blank(&[line], &address));
        }
    }

    /// Traps that YAML reads without a word: `tag: #vip` is nothing, and a list item one column off is text.
    pub(super) fn look_into_plain(&mut self, span: Span) {
        if !self.is_value() {
            return;
        }
        if let Some(diagnostic) = value::hidden_by_comment(self.text, span, self.address()) {
            self.tree.diagnostics.push(diagnostic);
        }
        if let Some(diagnostic) = value::swallowed_item(self.text, span, self.address()) {
            self.tree.diagnostics.push(diagnostic);
        }
    }
}
