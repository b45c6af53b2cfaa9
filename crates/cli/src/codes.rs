//! The codes of complaints about `bellhop.yaml`, `BH2001` to `BH2999`, and the tables of all rooms together.
//!
//! A code is never given a second meaning. Each has a page under `docs/errors/`.

use bellhop_source::Code;

/// A key of `bellhop.yaml` that is not known there.
pub(crate) const UNKNOWN_KEY: Code = Code("BH2001");
/// A value of `bellhop.yaml` that cannot be used.
pub(crate) const BAD_VALUE: Code = Code("BH2002");
/// A connection whose connector does not exist.
pub(crate) const UNKNOWN_CONNECTOR: Code = Code("BH2003");
/// A connection that lacks a setting its connector needs.
pub(crate) const MISSING_SETTING: Code = Code("BH2004");
/// A secret where only the name of one belongs.
pub(crate) const SECRET_WRITTEN_OUT: Code = Code("BH2005");

/// Every code of this room with its title.
const OWN: &[(Code, &str)] = &[
    (UNKNOWN_KEY, "An unknown key in bellhop.yaml"),
    (BAD_VALUE, "A value in bellhop.yaml that cannot be used"),
    (UNKNOWN_CONNECTOR, "A connection of an unknown app"),
    (MISSING_SETTING, "A connection that lacks a setting"),
    (SECRET_WRITTEN_OUT, "A secret that is written out in bellhop.yaml"),
];

/// The tables of all rooms, each with how its codes begin.
const ROOMS: [(&str, &[(Code, &str)]); 5] = [
    ("BH00", bellhop_source::codes::ALL),
    ("BH1", bellhop_recipe::codes::ALL),
    ("BH2", OWN),
    ("BH3", bellhop_connector::codes::ALL),
    ("BH4", bellhop_trial::codes::ALL),
];

/// Every code of every room with its title, in their order.
pub(crate) fn all() -> Vec<(Code, &'static str)> {
    ROOMS.map(|(_, table)| table).concat()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_stands_once_and_in_its_rooms_range() {
        let mut seen = HashSet::new();
        for (beginning, table) in ROOMS {
            for (code, title) in table {
                assert!(code.0.len() == 6 && code.0.starts_with(beginning), "{code:?}: {title}");
                assert!(seen.insert(code.0), "{code:?} stands twice: {title}");
            }
        }
    }
}
