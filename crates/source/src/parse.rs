//! One YAML document to a tree with byte spans, and everything that is wrong with it as YAML.
//!
//! It reads no types and resolves no references. The tree is built in `tree`; where the parser gives up, `cause`
//! finds out why, from the shapes of `line`. Start at [`parse`].

mod cause;
mod edits;
mod line;
mod structure;
mod tree;
mod value;

use edits::Edits;

use crate::{Address, Code, Diagnostic, Node, Source, Span, codes};

/// The longest text that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// How often a mistake is mended in passing so that those after it are found as well.
const MAX_MENDS: usize = 16;

/// The tree of one YAML 1.2 document, and every complaint about it, in the order of the text. Where there are errors, the
/// tree (if any) is only good for finding more errors: what was wrong is left out or read as it was probably meant.
///
/// Limits: 1 MiB of text, 64 levels, 100,000 values. Beyond them, a complaint and no tree.
pub fn parse(source: &Source) -> (Option<Node>, Vec<Diagnostic>) {
    let (root, mut found) = read(source);
    found.extend(lost_letter(source));
    (root, in_order(found))
}

/// The first letter that could not be read: whoever read the file puts U+FFFD in place of bytes that are not UTF-8.
fn lost_letter(source: &Source) -> Option<Diagnostic> {
    let at = source.text().find(char::REPLACEMENT_CHARACTER)?;
    let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
    let message = "here stands a letter that cannot be read: the file is not written as UTF-8";
    let complaint = Diagnostic::error(codes::LOST_LETTER, span, Address::root(), message);
    Some(complaint.help("Save the file again as UTF-8, then put this letter and others like it right."))
}

fn read(source: &Source) -> (Option<Node>, Vec<Diagnostic>) {
    if source.text().len() > MAX_BYTES {
        let diagnostic = Diagnostic::error(
            codes::TOO_LARGE,
            Span::new(0, 0),
            Address::root(),
            format!("this file has {} bytes; at most {MAX_BYTES} are read", source.text().len()),
        );
        return (None, vec![diagnostic.help("Split it into smaller files.")]);
    }
    let mut text = source.text().to_owned();
    let mut edits = Edits::of(source.text());
    let mut found: Vec<Diagnostic> = Vec::new();
    loop {
        let tree = tree::build(&text);
        let stopped = tree.stopped.map(|stop| edits.diagnostic(cause::find(&text, &stop)));
        let rest = tree.diagnostics.into_iter().map(|diagnostic| edits.diagnostic(diagnostic));
        let Some(cause) = stopped else {
            found.extend(rest);
            return (tree.root.map(|root| edits.node(root)), in_order(found));
        };
        // A mend may have been wrong: what comes up at or before its place is not told.
        let repeats = found.last().is_some_and(|last| cause.span.start <= last.span.end);
        let mend = cause.suggestion.clone().filter(|_| is_certain(cause.code) && !repeats);
        if repeats || mend.is_none() || found.len() >= MAX_MENDS {
            found.extend(rest);
            if !repeats {
                found.push(cause);
            }
            return (None, in_order(found));
        }
        if let Some(mend) = mend {
            edits.apply(&mut text, &mend);
        }
        found.push(cause);
    }
}

/// Whether a mistake of this kind has one meaning only, so that reading on with it mended misleads nobody.
fn is_certain(code: Code) -> bool {
    [
        codes::COLON_IN_TEXT,
        codes::BARE_EXPRESSION,
        codes::TEXT_AFTER_QUOTE,
        codes::RESERVED_CHARACTER,
        codes::MISSING_COLON,
        codes::UNKNOWN_ESCAPE,
        codes::REFERENCE,
        codes::TAG,
    ]
    .contains(&code)
}

fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    diagnostics
}
