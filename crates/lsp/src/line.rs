//! The shape of one line of block YAML: dashes, a key, and what follows. Judges nothing, knows no other line.

/// A dash or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark<'t> {
    /// `- `
    Dash,
    /// `key:`, without its quotes.
    Key(&'t str),
}

/// What stands on a line. Columns are in bytes, from 0.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape<'t> {
    /// Dashes and the key, each with its column.
    pub(crate) marks: Vec<(usize, Mark<'t>)>,
    /// Where the key's colon stands.
    pub(crate) colon: Option<usize>,
    /// Where what follows them begins; the line's length where nothing does.
    pub(crate) rest: usize,
}

impl<'t> Shape<'t> {
    /// Reads a line, without its line end.
    pub(crate) fn of(line: &'t str) -> Self {
        let mut marks = Vec::new();
        let mut at = blank_from(line, 0);
        while let Some(after) = line.get(at..).and_then(|rest| rest.strip_prefix('-'))
            && (after.is_empty() || after.starts_with([' ', '\t']))
        {
            marks.push((at, Mark::Dash));
            at = blank_from(line, at + 1);
        }
        let mut colon = None;
        if let Some((key, place)) = line.get(at..).and_then(key_of) {
            marks.push((at, Mark::Key(key)));
            colon = Some(at + place);
            at = blank_from(line, at + place + 1);
        }
        Self { marks, colon, rest: at }
    }

    /// The column at which the line begins.
    pub(crate) fn column(&self) -> usize {
        self.marks.first().map_or(self.rest, |(column, _)| *column)
    }

    /// The key with its column.
    pub(crate) fn key(&self) -> Option<(usize, &'t str)> {
        self.marks.iter().find_map(|(column, mark)| match mark {
            Mark::Key(key) => Some((*column, *key)),
            Mark::Dash => None,
        })
    }
}

/// Whether a line holds nothing, or a comment only.
pub(crate) fn is_bare(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// The key at the beginning of a text, and where its colon stands.
fn key_of(text: &str) -> Option<(&str, usize)> {
    if let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) {
        let end = text.get(1..)?.find(quote)? + 1;
        let gap = text.get(end + 1..)?;
        let colon = end + 1 + (gap.len() - gap.trim_start().len());
        return is_colon(text, colon).then(|| Some((text.get(1..end)?, colon))).flatten();
    }
    if text.starts_with(['{', '[', '#', '&', '*', '!', '|', '>', '%', '@', '`']) {
        return None;
    }
    let colon = text.match_indices(':').map(|(at, _)| at).find(|at| is_colon(text, *at))?;
    let key = text.get(..colon)?;
    // `title: Call # at: noon`
    (!key.contains(" #") && !key.is_empty()).then(|| (key.trim_end(), colon))
}

fn is_colon(text: &str, at: usize) -> bool {
    text.get(at..)
        .and_then(|rest| rest.strip_prefix(':'))
        .is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\r']))
}

fn blank_from(line: &str, at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
}

#[cfg(test)]
mod tests {
    use super::{Mark, Shape};

    #[test]
    fn a_line_is_dashes_a_key_and_the_rest() {
        let shape = Shape::of("  - contacts.add_tags: {}");
        assert_eq!(shape.marks, [(2, Mark::Dash), (4, Mark::Key("contacts.add_tags"))]);
        assert_eq!((shape.colon, shape.rest), (Some(21), 23));
        for (line, key, rest) in [
            ("name: a: b", Some("name"), 6),
            ("'a b' : c", Some("a b"), 8),
            ("url:", Some("url"), 4),
            ("https://example.com", None, 0),
            ("-x: 1", Some("-x"), 4),
            ("{ a: 1 }", None, 0),
            ("- ", None, 2),
            ("", None, 0),
            ("\"a", None, 0),
            ("# a: b", None, 0),
        ] {
            let shape = Shape::of(line);
            assert_eq!((shape.key().map(|(_, key)| key), shape.rest), (key, rest), "{line}");
        }
    }
}
