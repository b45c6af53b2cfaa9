//! Where a place in a mended text stands in the text as written.

use crate::{Diagnostic, Node, NodeValue, Span, Suggestion};

/// The text as written and the mends made so far, each in the text as it was before that mend.
pub(super) struct Edits<'a> {
    written: &'a str,
    edits: Vec<Edit>,
}

struct Edit {
    start: usize,
    old_length: usize,
    new_length: usize,
    /// How far into the new text the old one begins: one, where quotes were put around it.
    shift: usize,
}

impl<'a> Edits<'a> {
    pub(super) fn of(written: &'a str) -> Self {
        Self { written, edits: Vec::new() }
    }

    /// Writes a suggestion, whose place is in the text as written, into the mended text.
    ///
    /// Mends come from the front of the text to its end, so the place is moved by all earlier ones.
    pub(super) fn apply(&mut self, text: &mut String, mend: &Suggestion) {
        let forward = |offset: usize| {
            self.edits.iter().fold(offset, |offset, edit| {
                if offset >= edit.start + edit.old_length {
                    offset - edit.old_length + edit.new_length
                } else {
                    offset
                }
            })
        };
        let (start, end) = (forward(mend.span.start), forward(mend.span.end));
        if let Some(old) = text.get(start..end) {
            let shift = mend.text.find(old).unwrap_or(0);
            self.edits.push(Edit { start, old_length: end - start, new_length: mend.text.len(), shift });
            text.replace_range(start..end, &mend.text);
        }
    }

    fn back(&self, offset: usize) -> usize {
        let mut offset = self.edits.iter().rev().fold(offset, |offset, edit| {
            if offset >= edit.start + edit.new_length {
                offset - edit.new_length + edit.old_length
            } else if offset > edit.start {
                edit.start + (offset - edit.start).saturating_sub(edit.shift).min(edit.old_length)
            } else {
                offset
            }
        });
        while !self.written.is_char_boundary(offset) {
            offset = offset.saturating_sub(1).min(self.written.len());
        }
        offset
    }

    fn span(&self, span: Span) -> Span {
        Span::new(self.back(span.start), self.back(span.end))
    }

    /// The diagnostic with its places in the text as written.
    pub(super) fn diagnostic(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if !self.edits.is_empty() {
            diagnostic.span = self.span(diagnostic.span);
            if let Some(suggestion) = &mut diagnostic.suggestion {
                suggestion.span = self.span(suggestion.span);
            }
        }
        diagnostic
    }

    /// The node with its places in the text as written.
    pub(super) fn node(&self, mut node: Node) -> Node {
        if !self.edits.is_empty() {
            self.move_back(&mut node);
        }
        node
    }

    fn move_back(&self, node: &mut Node) {
        node.span = self.span(node.span);
        match &mut node.value {
            NodeValue::Scalar { .. } => {}
            NodeValue::List(items) => items.iter_mut().for_each(|item| self.move_back(item)),
            NodeValue::Mapping(members) => {
                for (key, value) in members {
                    key.span = self.span(key.span);
                    self.move_back(value);
                }
            }
        }
    }
}
