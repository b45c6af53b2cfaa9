//! Places as editors count them, lines from 0 and columns in UTF-16 units, from and to byte offsets.

use bellhop_source::Span;

use crate::protocol::{Position, Range};

/// Where the lines of one text begin. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match **byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The place of a byte offset; one inside a character counts as its beginning, one past the end as the end.
    pub(crate) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let units = text.get(start..offset).unwrap_or_default().encode_utf16().count();
        Position { line: number(line), character: number(units) }
    }

    /// The byte offset of a place; a column past the line's end counts as its end, a line past the last as the text's end.
    pub(crate) fn offset(&self, text: &str, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return text.len() };
        let end = self.starts.get(line.saturating_add(1)).copied().unwrap_or(text.len());
        let whole = text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut units = 0;
        for (at, letter) in whole.char_indices() {
            // The middle of a letter of two units counts as its beginning.
            if units + letter.len_utf16() > wanted {
                return start + at;
            }
            units += letter.len_utf16();
        }
        start + whole.len()
    }

    /// The range of a span.
    pub(crate) fn range(&self, text: &str, span: Span) -> Range {
        Range { start: self.position(text, span.start), end: self.position(text, span.end.max(span.start)) }
    }
}

/// The nearest beginning of a character at or before an offset.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lines, floor};
    use crate::protocol::Position;

    #[test]
    fn columns_are_utf_16_units() {
        let text = "a: é😀b\r\nc\rd\n";
        let lines = Lines::of(text);
        for (offset, line, character) in [
            (0, 0, 0),
            (3, 0, 3),
            (5, 0, 4),
            (7, 0, 4),
            (9, 0, 6),
            (12, 1, 0),
            (14, 2, 0),
            (16, 3, 0),
            (99, 3, 0),
        ] {
            assert_eq!(lines.position(text, offset), Position { line, character }, "{offset}");
        }
        for (line, character, offset) in [(0, 5, 5), (0, 6, 9), (0, 99, 10), (1, 9, 13), (9, 0, 16)] {
            assert_eq!(lines.offset(text, Position { line, character }), offset, "{line}:{character}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_again(text in "[a-é😀\r\n]{0,40}", at in 0_usize..90) {
            let offset = floor(&text, at);
            let lines = Lines::of(&text);
            // The middle of a `\r\n` is the end of its line.
            let middle = text.as_bytes().get(offset.wrapping_sub(1)) == Some(&b'\r')
                && text.as_bytes().get(offset) == Some(&b'\n');
            let again = lines.offset(&text, lines.position(&text, offset));
            prop_assert_eq!(again, if middle { offset - 1 } else { offset });
        }
    }
}
