//! The codes of complaints about manifests: `BH3001` to `BH3099`.
//!
//! [`ALL`] is the table that the pages under `docs/errors/` are checked against.

use bellhop_source::Code;

/// `schema:` names a field group that does not exist, or one that holds itself.
pub const SCHEMA: Code = Code("BH3001");
/// A template, a path or a reference names something that is not there.
pub const UNKNOWN_NAME: Code = Code("BH3002");
/// A value that cannot be used: no duration, no status, no address, no header name.
pub const UNUSABLE: Code = Code("BH3003");
/// Parts of the manifest that do not fit each other.
pub const CONTRADICTION: Code = Code("BH3004");

/// Every code of this room with its title.
pub const ALL: &[(Code, &str)] = &[
    (SCHEMA, "A field group that does not exist"),
    (UNKNOWN_NAME, "A name that stands for nothing"),
    (UNUSABLE, "A value that cannot be used"),
    (CONTRADICTION, "Parts of a manifest that do not fit"),
];
