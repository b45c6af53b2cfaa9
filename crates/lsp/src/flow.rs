//! What is being written inside `{ … }` and `[ … ]`. Reads from the opening bracket up to the cursor and no further.

use crate::positions::floor;

/// What a flow collection has open at the cursor, outermost first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A group: the keys so far, and the one whose value is being written.
    Group {
        /// The keys written so far.
        keys: Vec<String>,
        /// The last of them, where its colon is written and its value is not finished.
        open: Option<String>,
    },
    /// A list.
    List,
}

/// A flow collection up to a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// What is open; nothing where the collection is closed.
    pub(crate) frames: Vec<Frame>,
    /// Where the word or value being written begins, in bytes of the text read.
    pub(crate) start: usize,
}

/// How much of a collection is read, in bytes. Nobody writes longer ones by hand.
pub(crate) const MOST: usize = 4 * 1024;

/// Whether a value that begins so is a flow collection. `{{` begins a text that lacks its quotes.
pub(crate) fn begins(text: &str) -> bool {
    text.starts_with('[') || (text.starts_with('{') && !text.starts_with("{{"))
}

/// Reads a text that begins with the opening bracket, its first [`MOST`] bytes.
pub(crate) fn read(text: &str) -> Flow {
    let text = text.get(..floor(text, MOST)).unwrap_or_default();
    let mut frames: Vec<Frame> = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    while let Some((at, letter)) = letters.next() {
        let after = at + letter.len_utf8();
        if let Some(open) = quote {
            match letter {
                _ if escaped => escaped = false,
                '\\' if open == '"' => escaped = true,
                _ if letter == open => quote = None,
                _ => {}
            }
            continue;
        }
        let token = || text.get(start..at).unwrap_or_default().trim();
        match letter {
            '"' | '\'' if token().is_empty() => quote = Some(letter),
            '{' if text.get(at..).is_some_and(|rest| rest.starts_with("{{") && !frames.is_empty()) => {
                // Braces of an expression: what is between them is its own.
                let Some(length) = text.get(at..).and_then(|rest| rest.find("}}")) else { break };
                while letters.next_if(|(next, _)| *next < at + length + 2).is_some() {}
            }
            '{' | '[' if token().is_empty() => {
                frames.push(match letter {
                    '{' => Frame::Group { keys: Vec::new(), open: None },
                    _ => Frame::List,
                });
                start = after;
            }
            ']' if token().starts_with("$.") && token().contains('[') => {}
            '}' | ']' => {
                frames.pop();
                start = after;
                if frames.is_empty() {
                    break;
                }
            }
            ',' => {
                if let Some(Frame::Group { open, .. }) = frames.last_mut() {
                    *open = None;
                }
                start = after;
            }
            ':' if text.get(after..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n'])) => {
                if let Some(Frame::Group { keys, open }) = frames.last_mut()
                    && open.is_none()
                {
                    let key = token().trim_matches(['"', '\'']).to_owned();
                    keys.push(key.clone());
                    *open = Some(key);
                    start = after;
                }
            }
            _ => {}
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    Flow { frames, start: start + (rest.len() - rest.trim_start().len()) }
}

#[cfg(test)]
mod tests {
    use super::{Frame, read};

    fn group(keys: &[&str], open: Option<&str>) -> Frame {
        Frame::Group {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            open: open.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_open_is_known() {
        assert_eq!(read("{ until: $.x, mi").frames, [group(&["until"], None)]);
        assert_eq!(read("{ until: $.").frames, [group(&["until"], Some("until"))]);
        assert_eq!(read("{ until: $.").start, 9);
        assert_eq!(read("[hot, 'a, b', ").frames, [Frame::List]);
        assert_eq!(read("[hot, 'a, b', ").start, 14);
        assert_eq!(
            read("{ a: [{ b: ").frames,
            [group(&["a"], Some("a")), Frame::List, group(&["b"], Some("b"))]
        );
        assert_eq!(read("{ a: \"{{ x }}\", b: {{ y").frames, [group(&["a", "b"], Some("b"))]);
        assert_eq!(read("{ a: $.b[0].c").frames, [group(&["a"], Some("a"))]);
        assert_eq!(read("[a]").frames, []);
        assert_eq!(read("{ a: 'x\n\n").frames, [group(&["a"], Some("a"))]);
    }
}
