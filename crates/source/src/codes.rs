//! The codes of complaints about documents as such: `BH0001` to `BH0099`. Other rooms own the hundreds above.
//!
//! [`ALL`] is the table that the pages under `docs/errors/` are checked against.

use crate::Code;

/// The text cannot be read as YAML, and none of the usual causes below was found.
pub const SYNTAX: Code = Code("BH0001");
/// A tab stands where YAML wants spaces.
pub const TAB: Code = Code("BH0002");
/// A text without quotes has `: ` in it, which YAML takes for a field.
pub const COLON_IN_TEXT: Code = Code("BH0003");
/// A value starts with `{{` without quotes, which YAML takes for a group of fields.
pub const BARE_EXPRESSION: Code = Code("BH0004");
/// A text starts with a quote that is never closed.
pub const UNCLOSED_QUOTE: Code = Code("BH0005");
/// A value starts with a quoted text and goes on after the closing quote.
pub const TEXT_AFTER_QUOTE: Code = Code("BH0006");
/// A line starts further left or right than its neighbours allow.
pub const INDENTATION: Code = Code("BH0007");
/// A field's name without `: ` after it, or a list item without a space after its `-`.
pub const MISSING_COLON: Code = Code("BH0008");
/// A text without quotes starts with a character that means something else in YAML.
pub const RESERVED_CHARACTER: Code = Code("BH0009");
/// A `[` or `{` without its closing partner, or the other way round.
pub const UNCLOSED_BRACKET: Code = Code("BH0010");
/// The same field is given twice.
pub const DUPLICATE_KEY: Code = Code("BH0011");
/// `&name` and `*name`, YAML's references, are not used here.
pub const REFERENCE: Code = Code("BH0012");
/// `!name`, a YAML tag, is not used here.
pub const TAG: Code = Code("BH0013");
/// More than one document in a file.
pub const SEVERAL_DOCUMENTS: Code = Code("BH0014");
/// A field's name that is not a text.
pub const KEY_NOT_TEXT: Code = Code("BH0015");
/// Nothing in the file.
pub const EMPTY: Code = Code("BH0016");
/// The text, its depth or its number of values is beyond the limits.
pub const TOO_LARGE: Code = Code("BH0017");
/// A `#` that hides what was probably meant as text.
pub const HIDDEN_BY_COMMENT: Code = Code("BH0018");
/// A backslash in double quotes that means nothing.
pub const UNKNOWN_ESCAPE: Code = Code("BH0019");
/// A letter that was lost because the file is not written as UTF-8.
pub const LOST_LETTER: Code = Code("BH0020");
/// A value of another kind than the field takes: a list for a text, a word for a number.
pub const WRONG_KIND: Code = Code("BH0030");
/// A field that is not known here.
pub const UNKNOWN_FIELD: Code = Code("BH0031");
/// A field that must be there is not.
pub const MISSING_FIELD: Code = Code("BH0032");
/// A word that is none of those the field takes.
pub const UNKNOWN_CHOICE: Code = Code("BH0033");
/// A value of the right kind that the field does not take.
pub const REFUSED_VALUE: Code = Code("BH0034");

/// Every code of this room with its title.
pub const ALL: &[(Code, &str)] = &[
    (SYNTAX, "The text is no YAML"),
    (TAB, "A tab where spaces belong"),
    (COLON_IN_TEXT, "A colon inside a text without quotes"),
    (BARE_EXPRESSION, "A value that starts with {{ without quotes"),
    (UNCLOSED_QUOTE, "A quote that is not closed"),
    (TEXT_AFTER_QUOTE, "Text after a closing quote"),
    (INDENTATION, "A line that starts in the wrong column"),
    (MISSING_COLON, "A colon or a space is missing"),
    (RESERVED_CHARACTER, "A text that must be quoted because of its first character"),
    (UNCLOSED_BRACKET, "A bracket without its partner"),
    (DUPLICATE_KEY, "A field given twice"),
    (REFERENCE, "A YAML reference"),
    (TAG, "A YAML tag"),
    (SEVERAL_DOCUMENTS, "Several documents in one file"),
    (KEY_NOT_TEXT, "A field's name that is not a text"),
    (EMPTY, "Nothing in the file"),
    (TOO_LARGE, "A document beyond the limits"),
    (HIDDEN_BY_COMMENT, "Text hidden by a #"),
    (UNKNOWN_ESCAPE, "A backslash that means nothing"),
    (LOST_LETTER, "A letter that cannot be read"),
    (WRONG_KIND, "A value of the wrong kind"),
    (UNKNOWN_FIELD, "An unknown field"),
    (MISSING_FIELD, "A missing field"),
    (UNKNOWN_CHOICE, "An unknown choice"),
    (REFUSED_VALUE, "A value that is not taken"),
];
