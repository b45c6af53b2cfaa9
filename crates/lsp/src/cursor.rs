//! What is being written at a place, told by lines and indentation alone, so that it works on half-written text.
//!
//! It reads no values and knows no recipe. Start at [`Cursor::find`].

use crate::flow::{self, Frame};
use crate::line::{Mark, Shape, is_bare};
use crate::positions::floor;

/// One way down in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list.
    Item,
}

/// What may be written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A key of the group at the path, or the value at the path itself: nothing tells yet.
    Open,
    /// The value at the path.
    Value,
}

/// A place in a document that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// From the document's root down.
    pub(crate) path: Vec<Part>,
    /// What may stand here.
    pub(crate) slot: Slot,
    /// Where the word or value begins.
    pub(crate) start: usize,
    /// The place itself.
    pub(crate) offset: usize,
    /// Where the key ends that the place is in, where its colon is written already.
    pub(crate) key_end: Option<usize>,
    /// Keys that the group has already.
    pub(crate) beside: Vec<String>,
    /// The column in bytes at which a key here stands.
    pub(crate) column: usize,
    /// Whether it is inside `{ … }` or `[ … ]`.
    pub(crate) in_flow: bool,
}

/// A key or dash whose contents may still go on.
struct Open {
    column: usize,
    part: Part,
    /// Where the value begins that stands on the key's line; none where there is none.
    value: Option<usize>,
}

/// A text line with its place.
struct Row<'t> {
    start: usize,
    text: &'t str,
}

impl Cursor {
    /// What is being written at a byte offset.
    pub(crate) fn find(text: &str, offset: usize) -> Self {
        let offset = floor(text, offset);
        let rows = rows(text);
        let here = rows.partition_point(|row| row.start <= offset).saturating_sub(1);
        let mut reader = Reader { text, open: Vec::new(), block: None, flow: None };
        for row in &rows[..here] {
            reader.pass(row);
        }
        let Some(row) = rows.get(here) else { return reader.value_at(0, offset) };
        reader.arrive(row, offset, &rows, here)
    }

    /// The text from where the word or value begins up to the place.
    pub(crate) fn typed<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.offset).unwrap_or_default()
    }

    /// The key whose value is at the path.
    pub(crate) fn key(&self) -> Option<&str> {
        match self.path.last() {
            Some(Part::Key(key)) => Some(key),
            _ => None,
        }
    }
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let row = Row { start, text: line.strip_suffix('\r').unwrap_or(line) };
            start += line.len() + 1;
            row
        })
        .collect()
}

struct Reader<'t> {
    text: &'t str,
    open: Vec<Open>,
    /// The column of the key whose block text (`|`, `>`) is going on.
    block: Option<usize>,
    /// Where a flow collection begins that is not closed yet, and the column of its key.
    flow: Option<(usize, usize)>,
}

impl Reader<'_> {
    /// Reads a line before the place.
    fn pass(&mut self, row: &Row<'_>) {
        if is_bare(row.text) || self.goes_on(row.text) {
            if let Some((start, _)) = self.flow {
                self.close_flow(start, row.start + row.text.len());
            }
            return;
        }
        let shape = Shape::of(row.text);
        for (column, mark) in &shape.marks {
            self.enter(*column, *mark);
        }
        let value = row.text.get(shape.rest..).unwrap_or_default();
        let column = shape.marks.last().map_or(shape.rest, |(column, _)| *column);
        if value.is_empty() || value.starts_with('#') || shape.marks.is_empty() {
            return;
        }
        if let Some(top) = self.open.last_mut() {
            top.value = Some(row.start + shape.rest);
        }
        if value.starts_with(['|', '>']) {
            self.block = Some(column);
        } else if flow::begins(value) {
            self.flow = Some((row.start + shape.rest, column));
            self.close_flow(row.start + shape.rest, row.start + row.text.len());
        }
    }

    /// Whether a line belongs to a text or collection that began before it.
    fn goes_on(&mut self, line: &str) -> bool {
        let column = line.len() - line.trim_start().len();
        if self.block.is_some_and(|key| column <= key) {
            self.block = None;
        }
        if self.flow.is_some_and(|(_, key)| column <= key) {
            self.flow = None;
        }
        self.block.is_some() || self.flow.is_some()
    }

    fn close_flow(&mut self, start: usize, end: usize) {
        let closed = || self.text.get(start..end).is_some_and(|text| flow::read(text).frames.is_empty());
        // One that never ends is taken for over: what comes after it counts more.
        if end - start > flow::MOST || closed() {
            self.flow = None;
        }
    }

    /// Opens a key or a dash at a column: what stands as far to the right or further is over.
    fn enter(&mut self, column: usize, mark: Mark<'_>) {
        let part = match mark {
            Mark::Dash => Part::Item,
            Mark::Key(key) => Part::Key(key.to_owned()),
        };
        // A list may stand in the very column of its key.
        let goes = |open: &Open| {
            open.column < column
                || (open.column == column && part == Part::Item && matches!(open.part, Part::Key(_)))
        };
        while self.open.last().is_some_and(|open| !goes(open)) {
            self.open.pop();
        }
        self.open.push(Open { column, part, value: None });
    }

    fn path(&self) -> Vec<Part> {
        self.open.iter().map(|open| open.part.clone()).collect()
    }

    fn value_at(&self, start: usize, offset: usize) -> Cursor {
        Cursor {
            path: self.path(),
            slot: Slot::Value,
            start: start.min(offset),
            offset,
            key_end: None,
            beside: Vec::new(),
            column: 0,
            in_flow: false,
        }
    }

    /// Reads the place's own line.
    fn arrive(&mut self, row: &Row<'_>, offset: usize, rows: &[Row<'_>], here: usize) -> Cursor {
        let before = self.text.get(row.start..offset).unwrap_or_default();
        // On a blank line it is the cursor's own column that tells.
        let line = if row.text.trim().is_empty() { before } else { row.text };
        let column = line.len() - line.trim_start().len();
        if let Some(key) = self.block
            && column > key
        {
            let start = self.open.last().and_then(|open| open.value).unwrap_or(row.start);
            return self.value_at(start, offset);
        }
        if let Some((start, key)) = self.flow
            && column > key
        {
            return self.in_flow(start, offset);
        }
        let shape = Shape::of(before);
        let whole = Shape::of(row.text);
        for (column, mark) in &shape.marks {
            self.enter(*column, *mark);
        }
        let start = row.start + shape.rest;
        if flow::begins(before.get(shape.rest..).unwrap_or_default()) {
            if shape.key().is_none() {
                self.leave(shape.rest);
            }
            return self.in_flow(start, offset);
        }
        if shape.key().is_some() {
            return self.value_at(start, offset);
        }
        self.leave(shape.rest);
        // A second line of a text without quotes.
        if shape.marks.is_empty()
            && whole.key().is_none()
            && let Some(value) = self.open.last().and_then(|open| open.value)
            && !before.trim().is_empty()
        {
            return self.value_at(value, offset);
        }
        let key_end = whole.colon.filter(|colon| row.start + colon >= offset).map(|colon| row.start + colon);
        let beside = beside(rows, here, shape.rest, shape.marks.is_empty());
        Cursor { slot: Slot::Open, key_end, beside, column: shape.rest, ..self.value_at(start, offset) }
    }

    /// What begins at a column is in nothing that stands as far to the right.
    fn leave(&mut self, column: usize) {
        while self.open.last().is_some_and(|open| open.column >= column) {
            self.open.pop();
        }
    }

    fn in_flow(&self, start: usize, offset: usize) -> Cursor {
        let read = flow::read(self.text.get(start..offset).unwrap_or_default());
        let mut cursor = self.value_at(start + read.start, offset);
        cursor.in_flow = !read.frames.is_empty();
        let last = read.frames.len().saturating_sub(1);
        for (at, frame) in read.frames.into_iter().enumerate() {
            match frame {
                Frame::List => cursor.path.push(Part::Item),
                Frame::Group { open: Some(key), .. } => cursor.path.push(Part::Key(key)),
                Frame::Group { open: None, keys } if at == last => {
                    cursor.slot = Slot::Open;
                    cursor.beside = keys;
                }
                Frame::Group { open: None, .. } => {}
            }
        }
        cursor
    }
}

/// The keys in one column that belong to the same group as the line `here`.
fn beside(rows: &[Row<'_>], here: usize, column: usize, upwards: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |row: &Row<'_>, dash_ends: bool| {
        if is_bare(row.text) {
            return true;
        }
        let shape = Shape::of(row.text);
        let first = shape.column();
        if first < column && dash_ends {
            return false;
        }
        if let Some((at, key)) = shape.key()
            && at == column
        {
            found.push(key.to_owned());
        }
        first >= column
    };
    if upwards {
        let _ = rows[..here].iter().rev().all(|row| look(row, false));
    }
    let _ = rows.iter().skip(here + 1).all(|row| look(row, true));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cursor, Part, Slot};

    /// The path, `?` where a key may begin, and what is typed: `steps/-/a.b? ta`.
    fn place(text: &str) -> String {
        let offset = text.find('¦').expect("the text has a mark");
        let text = text.replace('¦', "");
        let cursor = Cursor::find(&text, offset);
        let path: Vec<&str> = cursor
            .path
            .iter()
            .map(|part| match part {
                Part::Key(key) => key.as_str(),
                Part::Item => "-",
            })
            .collect();
        let sign = if cursor.slot == Slot::Open { "?" } else { "" };
        format!("{}{sign} {}", path.join("/"), cursor.typed(&text))
    }

    #[test]
    fn lines_and_indentation_tell_the_place() {
        for (text, wanted) in [
            ("¦", "? "),
            ("na¦", "? na"),
            ("name: He¦", "name He"),
            ("name: x\n¦", "? "),
            ("name:¦", "name "),
            ("trigger:\n  ¦", "trigger? "),
            ("trigger:\n  a.b:\n    on¦", "trigger/a.b? on"),
            ("steps:\n  - ¦", "steps/-? "),
            ("steps:\n- a¦", "steps/-? a"),
            ("steps:\n- a: 1\n¦", "? "),
            ("steps:\n  - a: 1\n  ¦", "steps? "),
            ("steps:\n  - a: 1\n    ¦", "steps/-? "),
            ("steps:\n  - a:\n      ¦\n    as: b", "steps/-/a? "),
            ("steps:\n  - a:\n      b:\n        - c¦", "steps/-/a/b/-? c"),
            ("steps:\n  - if: x\n    then:\n      - a:\n          b: 1\n    el¦", "steps/-? el"),
            ("steps:\n  - a: 1\n\n  # note\n  - b: ¦", "steps/-/b "),
            ("a: |\n  b: c\n  d¦", "a |\n  b: c\n  d"),
            ("a: |\n  b: c\nd¦", "? d"),
            ("a: b\n  c¦", "a b\n  c"),
            ("a: { b: 1, c¦", "a? c"),
            ("a: { b: [x, { c: y¦", "a/b/-/c y"),
            ("a: [\n  b,\n  c¦\n]", "a/- c"),
            ("a: [\n  b ]\nc: ¦", "c "),
            ("a: { b: 1\nc: ¦", "c "),
            ("steps:\n  - { a: ¦ }", "steps/-/a "),
            ("'a b': ¦", "a b "),
            ("a:\r\n  b: c¦\r\n", "a/b c"),
        ] {
            assert_eq!(place(text), wanted, "{text}");
        }
    }

    #[test]
    fn keys_of_the_same_group_are_known() {
        let beside = |text: &str| {
            let offset = text.find('¦').expect("the text has a mark");
            Cursor::find(&text.replace('¦', ""), offset).beside
        };
        assert_eq!(beside("a: 1\nb:\n  c: 2\n¦\nd: 3"), ["b", "a", "d"]);
        assert_eq!(beside("s:\n  - a: 1\n    ¦\n    b: 2\n  - c: 3\n    d: 4"), ["a", "b"]);
        assert_eq!(beside("s:\n  - a: 1\n    e: 1\n  - ¦\n    b: 2\n  - c: 3\n    d: 4"), ["b"]);
        assert_eq!(beside("a: { b: 1, c: 2, ¦"), ["b", "c"]);
    }

    #[test]
    fn a_key_that_has_its_colon_ends_there() {
        let text = "steps:\n  - contacts.ad: {}\n";
        let offset = text.find("ad").expect("it is there");
        let cursor = Cursor::find(text, offset);
        assert_eq!(cursor.key_end, text.find(": {}"));
        assert_eq!(cursor.slot, Slot::Open);
    }

    proptest! {
        #[test]
        fn every_place_of_every_text_is_one(text in "[a-b:\\-{}\\[\\]\"'|>$. é\r\n]{0,60}", at in 0_usize..80) {
            let cursor = Cursor::find(&text, at);
            prop_assert!(cursor.start <= cursor.offset && cursor.offset <= text.len());
            prop_assert!(text.is_char_boundary(cursor.start));
        }
    }
}
