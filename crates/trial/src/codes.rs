//! The codes of complaints about tests of recipes: `BH4001` to `BH4999`.
//!
//! [`ALL`] is the table that the pages under `docs/errors/` are checked against. A code is never given a second meaning.

use bellhop_source::Code;

/// The document is no group of fields, so it holds no tests.
pub const NOT_TESTS: Code = Code("BH4001");
/// A key that tests do not have at this place.
pub const UNKNOWN_KEY: Code = Code("BH4002");
/// A key that must be there is not.
pub const MISSING_KEY: Code = Code("BH4003");
/// A list, a text or a group of fields stands where another of the three is wanted.
pub const WRONG_SHAPE: Code = Code("BH4004");
/// A key has a value that it does not take.
pub const WRONG_SETTING: Code = Code("BH4005");
/// Two tests of one file have the same name.
pub const NAME_TWICE: Code = Code("BH4006");
/// The recipe does not exist.
pub const UNKNOWN_RECIPE: Code = Code("BH4101");
/// An event that does not exist, or that the recipe does not start with.
pub const WRONG_EVENT: Code = Code("BH4102");
/// An operation that does not exist.
pub const UNKNOWN_OPERATION: Code = Code("BH4103");
/// A field that the operation, the event or the record does not have.
pub const UNKNOWN_FIELD: Code = Code("BH4104");
/// An input that the recipe does not have, or that does not fit, or that is missing.
pub const WRONG_INPUT: Code = Code("BH4105");
/// Records that the sandbox cannot begin with.
pub const WRONG_RECORDS: Code = Code("BH4106");
/// A record that is not named by its kind and its id.
pub const UNKNOWN_RECORD: Code = Code("BH4107");

/// Every code of this room with its title.
pub const ALL: &[(Code, &str)] = &[
    (NOT_TESTS, "The file holds no tests"),
    (UNKNOWN_KEY, "An unknown key in a test"),
    (MISSING_KEY, "A missing key in a test"),
    (WRONG_SHAPE, "A list, a text or a group of fields in the wrong place of a test"),
    (WRONG_SETTING, "A value that the key of a test does not take"),
    (NAME_TWICE, "Two tests of the same name"),
    (UNKNOWN_RECIPE, "A test of a recipe that does not exist"),
    (WRONG_EVENT, "An event that the tested recipe does not start with"),
    (UNKNOWN_OPERATION, "An unknown operation in a test"),
    (UNKNOWN_FIELD, "An unknown field in a test"),
    (WRONG_INPUT, "An input that does not fit the tested recipe"),
    (WRONG_RECORDS, "Records that the sandbox cannot begin with"),
    (UNKNOWN_RECORD, "A record that is not named by its kind and its id"),
];
