//! Complaints that only follow from another one: told once is enough. Run over everything when all is read.

use bellhop_source::{Diagnostic, MOST_TOLD, Source, codes as document};

use crate::codes;

/// So many are kept while it is read: some of them follow from others and are left out.
pub(super) const MOST_KEPT: usize = 4 * MOST_TOLD;

/// What a mistake in the document itself makes look wrong beside it, on the same line.
const FOLLOWING: [bellhop_source::Code; 7] = [
    codes::CANNOT_CLEAR,
    codes::WRONG_SHAPE,
    codes::UNKNOWN_VERB,
    codes::GROUP_WANTED,
    codes::MISSING_KEY,
    codes::UNKNOWN_CONNECTOR,
    codes::UNKNOWN_OPERATION,
];

/// Leaves out what follows from something else on its line.
pub(super) fn without_followers(told: Vec<Diagnostic>, source: &Source) -> Vec<Diagnostic> {
    let line = |one: &Diagnostic| source.position(one.span.start).line;
    // Where a word is called otherwise, its value is looked at when it has its right name.
    let renamed: Vec<usize> =
        told.iter().filter(|one| one.code == codes::OTHER_TOOLS_WORD).map(line).collect();
    let values = [codes::WRONG_SETTING, codes::WRONG_SHAPE, codes::DURATION];
    let told: Vec<Diagnostic> =
        told.into_iter().filter(|one| !values.contains(&one.code) || !renamed.contains(&line(one))).collect();
    // What stands in place of a reference is not known.
    let references: Vec<usize> =
        told.iter().filter(|one| one.code == document::REFERENCE).map(line).collect();
    let told: Vec<Diagnostic> = told
        .into_iter()
        .filter(|one| one.code.0.starts_with("BH00") || !references.contains(&line(one)))
        .collect();
    let of_document: Vec<usize> =
        told.iter().filter(|one| one.code.0.starts_with("BH00")).map(line).collect();
    if of_document.is_empty() {
        return told;
    }
    // A condition takes no braces and begins with a value: that is the better advice than quotes.
    let conditions: Vec<usize> = told.iter().filter(|one| one.code == codes::EXPRESSION).map(line).collect();
    told.into_iter()
        .filter(|one| {
            let quotes =
                [document::BARE_EXPRESSION, document::RESERVED_CHARACTER, document::TEXT_AFTER_QUOTE]
                    .contains(&one.code);
            let follows = FOLLOWING.contains(&one.code) && of_document.contains(&line(one));
            !(follows || quotes && conditions.contains(&line(one)))
        })
        .collect()
}
