//! The codes of complaints about recipes: `BH1001` to `BH1999`. Codes of documents as such are in `bellhop_source::codes`.
//!
//! [`ALL`] is the table that the pages under `docs/errors/` are checked against. A code is never given a second meaning.

use bellhop_source::Code;

/// The document is no group of fields, so it is no recipe.
pub const NOT_A_RECIPE: Code = Code("BH1001");
/// A key that the language does not have at this place.
pub const UNKNOWN_KEY: Code = Code("BH1002");
/// A key that must be there is not.
pub const MISSING_KEY: Code = Code("BH1003");
/// A list, a text or a group of fields stands where the language wants another of the three.
pub const WRONG_SHAPE: Code = Code("BH1004");
/// A word that other tools use for what is called differently here.
pub const OTHER_TOOLS_WORD: Code = Code("BH1006");
/// A key of the language has a value that it does not take.
pub const WRONG_SETTING: Code = Code("BH1007");

/// A name that cannot be used in expressions.
pub const BAD_NAME: Code = Code("BH1101");
/// A name that the language uses itself.
pub const RESERVED_NAME: Code = Code("BH1102");
/// A name that is given twice where both could be meant.
pub const NAME_TWICE: Code = Code("BH1103");
/// An input of a kind that does not exist.
pub const UNKNOWN_INPUT_TYPE: Code = Code("BH1104");
/// A default that does not fit the input's type.
pub const WRONG_DEFAULT: Code = Code("BH1105");

/// A trigger that is none.
pub const UNKNOWN_TRIGGER: Code = Code("BH1201");
/// An event that the connector does not have.
pub const UNKNOWN_EVENT: Code = Code("BH1202");
/// Two triggers in one entry.
pub const TWO_TRIGGERS: Code = Code("BH1203");
/// A schedule that cannot be read.
pub const SCHEDULE: Code = Code("BH1204");
/// A time zone that does not exist.
pub const TIME_ZONE: Code = Code("BH1205");
/// A path of an own webhook that cannot be part of an address.
pub const WEBHOOK_PATH: Code = Code("BH1206");

/// An event that its app can only tell of by itself.
pub const CANNOT_BE_ASKED: Code = Code("BH1207");

/// A step that does not say what to do.
pub const NO_VERB: Code = Code("BH1301");
/// A step that does two things.
pub const TWO_VERBS: Code = Code("BH1302");
/// A verb that is none.
pub const UNKNOWN_VERB: Code = Code("BH1303");
/// A connector that is not at hand.
pub const UNKNOWN_CONNECTOR: Code = Code("BH1304");
/// An operation that the connector does not have.
pub const UNKNOWN_OPERATION: Code = Code("BH1305");
/// A key that means nothing beside the step's verb.
pub const MISPLACED_KEY: Code = Code("BH1306");
/// A duration that cannot be read.
pub const DURATION: Code = Code("BH1307");
/// A connection that the workspace does not have, or that is of another connector.
pub const UNKNOWN_CONNECTION: Code = Code("BH1308");
/// Several connections would do, and the step does not say which.
pub const WHICH_CONNECTION: Code = Code("BH1309");
/// The workspace has no connection of the step's connector.
pub const NO_CONNECTION: Code = Code("BH1310");
/// An operation that should not be used any more.
pub const DEPRECATED: Code = Code("BH1311");
/// A step after the end of the run.
pub const NEVER_REACHED: Code = Code("BH1312");
/// A loop over an operation that finds no list.
pub const NO_LIST: Code = Code("BH1313");
/// A wait for an event that does not say which of them is meant.
pub const WHICH_EVENT: Code = Code("BH1314");
/// A recipe that does not exist.
pub const UNKNOWN_RECIPE: Code = Code("BH1315");
/// A recipe that other recipes cannot call.
pub const NOT_BY_HAND: Code = Code("BH1316");
/// Steps that wait for one another, or recipes that call one another.
pub const CIRCLE: Code = Code("BH1317");
/// A question whose answer has no name.
pub const ANSWER_UNUSED: Code = Code("BH1318");
/// A recipe that makes the event that starts it.
pub const STARTS_ITSELF: Code = Code("BH1319");

/// An expression that cannot be read.
pub const EXPRESSION: Code = Code("BH1401");
/// A name that does not exist.
pub const UNKNOWN_NAME: Code = Code("BH1402");
/// A name that a later step gives.
pub const NOT_YET_KNOWN: Code = Code("BH1403");
/// A name that exists on another branch only.
pub const OTHER_BRANCH: Code = Code("BH1404");
/// A field that the data is not known to have.
pub const UNKNOWN_DATA: Code = Code("BH1405");
/// An input that the recipe does not have.
pub const UNKNOWN_INPUT: Code = Code("BH1406");
/// A comparison of values of different kinds.
pub const DIFFERENT_KINDS: Code = Code("BH1407");
/// A condition that is neither yes nor no.
pub const NOT_A_CONDITION: Code = Code("BH1408");
/// Secrets cannot be reached from a recipe.
pub const SECRET: Code = Code("BH1409");

/// A condition that is right, and better said otherwise.
pub const BETTER_SAID: Code = Code("BH1410");
/// A mark by which other tools fill in values, in a text that would be sent as it stands.
pub const OTHER_TOOLS_MARK: Code = Code("BH1411");

/// A field that the operation does not take.
pub const UNKNOWN_FIELD: Code = Code("BH1501");
/// A field that the operation needs.
pub const MISSING_FIELD: Code = Code("BH1502");
/// One value where a list is wanted.
pub const LIST_WANTED: Code = Code("BH1503");
/// A list or a group where one value is wanted.
pub const ONE_VALUE_WANTED: Code = Code("BH1504");
/// Something else where a group of fields is wanted.
pub const GROUP_WANTED: Code = Code("BH1505");
/// A text where a number is wanted.
pub const NOT_A_NUMBER: Code = Code("BH1506");
/// A text where yes or no is wanted.
pub const NOT_YES_NO: Code = Code("BH1507");
/// A text where a date is wanted.
pub const NOT_A_DATE: Code = Code("BH1508");
/// A value that is none of those the field takes.
pub const NOT_A_CHOICE: Code = Code("BH1509");
/// A null where the field cannot be cleared.
pub const CANNOT_CLEAR: Code = Code("BH1510");
/// Data of another kind than the field takes.
pub const WRONG_DATA: Code = Code("BH1511");
/// A text that is probably not what the field is for.
pub const DOUBTFUL_TEXT: Code = Code("BH1512");

/// A side of a mapping that is no record.
pub const UNKNOWN_RECORD: Code = Code("BH1601");
/// A conversion of a mapping that does not exist or does not fit.
pub const WRONG_CONVERSION: Code = Code("BH1602");
/// A field of a mapping of both ways that cannot be turned round.
pub const NO_WAY_BACK: Code = Code("BH1603");
/// A field of a mapping of both ways that does not come back as it was.
pub const LAW: Code = Code("BH1604");
/// A mapping that does not exist.
pub const UNKNOWN_MAPPING: Code = Code("BH1605");

/// Every code of this room with its title.
pub const ALL: &[(Code, &str)] = &[
    (NOT_A_RECIPE, "The file is no recipe"),
    (UNKNOWN_KEY, "An unknown key"),
    (MISSING_KEY, "A missing key"),
    (WRONG_SHAPE, "A list, a text or a group of fields in the wrong place"),
    (OTHER_TOOLS_WORD, "A word of another tool"),
    (WRONG_SETTING, "A value that the key does not take"),
    (BAD_NAME, "A name that cannot be used in expressions"),
    (RESERVED_NAME, "A name that the language uses itself"),
    (NAME_TWICE, "A name given twice"),
    (UNKNOWN_INPUT_TYPE, "An unknown type of input"),
    (WRONG_DEFAULT, "A default that does not fit"),
    (UNKNOWN_TRIGGER, "An unknown trigger"),
    (UNKNOWN_EVENT, "An unknown event"),
    (TWO_TRIGGERS, "Two triggers in one entry"),
    (SCHEDULE, "A schedule that cannot be read"),
    (TIME_ZONE, "An unknown time zone"),
    (WEBHOOK_PATH, "A path that cannot be part of an address"),
    (CANNOT_BE_ASKED, "An app that cannot be asked for an event"),
    (NO_VERB, "A step that does nothing"),
    (TWO_VERBS, "A step that does two things"),
    (UNKNOWN_VERB, "An unknown verb"),
    (UNKNOWN_CONNECTOR, "An unknown connector"),
    (UNKNOWN_OPERATION, "An unknown operation"),
    (MISPLACED_KEY, "A key in the wrong place"),
    (DURATION, "A duration that cannot be read"),
    (UNKNOWN_CONNECTION, "An unknown connection"),
    (WHICH_CONNECTION, "Several connections would do"),
    (NO_CONNECTION, "No connection for this app"),
    (DEPRECATED, "An operation on its way out"),
    (NEVER_REACHED, "A step that is never reached"),
    (NO_LIST, "An operation that finds no list"),
    (WHICH_EVENT, "An event that is not told from others"),
    (UNKNOWN_RECIPE, "An unknown recipe"),
    (NOT_BY_HAND, "A recipe that cannot be called"),
    (CIRCLE, "Round in a circle"),
    (ANSWER_UNUSED, "An answer that nothing looks at"),
    (STARTS_ITSELF, "A recipe that starts itself"),
    (EXPRESSION, "An expression that cannot be read"),
    (UNKNOWN_NAME, "An unknown name"),
    (NOT_YET_KNOWN, "A name that a later step gives"),
    (OTHER_BRANCH, "A name from another branch"),
    (UNKNOWN_DATA, "A field that the data is not known to have"),
    (UNKNOWN_INPUT, "An unknown input"),
    (DIFFERENT_KINDS, "Values of different kinds compared"),
    (NOT_A_CONDITION, "A condition that is neither yes nor no"),
    (SECRET, "Secrets stay out of recipes"),
    (BETTER_SAID, "A condition better said otherwise"),
    (OTHER_TOOLS_MARK, "A mark of another tool in a text"),
    (UNKNOWN_FIELD, "An unknown field"),
    (MISSING_FIELD, "A missing field"),
    (LIST_WANTED, "A list is wanted"),
    (ONE_VALUE_WANTED, "One value is wanted"),
    (GROUP_WANTED, "A group of fields is wanted"),
    (NOT_A_NUMBER, "A number is wanted"),
    (NOT_YES_NO, "Yes or no is wanted"),
    (NOT_A_DATE, "A date is wanted"),
    (NOT_A_CHOICE, "None of the choices"),
    (CANNOT_CLEAR, "A field that cannot be cleared"),
    (WRONG_DATA, "Data of the wrong kind"),
    (DOUBTFUL_TEXT, "A text that does not look right"),
    (UNKNOWN_RECORD, "An unknown record"),
    (WRONG_CONVERSION, "A conversion that does not fit"),
    (NO_WAY_BACK, "A field without a way back"),
    (LAW, "There and back again is not the same"),
    (UNKNOWN_MAPPING, "An unknown mapping"),
];
