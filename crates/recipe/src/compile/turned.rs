//! The way back of a mapping of both ways: each field turned round, or named as one that cannot be (rule R9).

use std::collections::HashMap;

use bellhop_source::Diagnostic;
use bellhop_template::Pick;

use super::mapped::Leaf;
use super::{Checker, names};
use crate::conversion::Conversion;
use crate::{ValueExpr, Want, codes};

impl Checker<'_> {
    /// The way back of each field, in their order; complains about every field that has none.
    pub(super) fn turned_round(&mut self, leaves: &[Leaf]) -> Option<Vec<ValueExpr>> {
        let mut back = Vec::with_capacity(leaves.len());
        for (index, leaf) in leaves.iter().enumerate() {
            let Some(way) = &leaf.way else {
                self.one_way_only(leaf);
                continue;
            };
            let alike = |other: &&Leaf| {
                other.way.as_ref().is_some_and(|other| {
                    other.from.starts_with(&way.from) || way.from.starts_with(&other.from)
                })
            };
            if let Some(before) = leaves[..index].iter().find(alike) {
                let line = self.source.position(before.key.start).line;
                self.no_way_back(
                    leaf,
                    &format!("`{}` is used in line {line} as well", path(&way.from)),
                    "The way back would not know which of the two counts. Keep one of them.",
                );
                continue;
            }
            let picked = Pick::parse(&path(&leaf.path)).ok();
            let Some(pick) = picked else {
                let name = leaf.path.join(".");
                self.no_way_back(leaf, &format!("no path leads to `{name}`"), "Leave the field out.");
                continue;
            };
            let want = Want::from(&way.source);
            back.push(match &way.by {
                None => ValueExpr::Pick(pick, want),
                Some(by) => {
                    self.both_once(leaf, by);
                    let picked = ValueExpr::Pick(pick, Want::default());
                    ValueExpr::Converted(Box::new(picked), by.turned_round(), want)
                }
            });
        }
        (back.len() == leaves.len()).then_some(back)
    }

    /// Complains about a table that has the same value on its right side twice.
    fn both_once(&mut self, leaf: &Leaf, by: &Conversion) {
        let Conversion::Table(pairs) = by else { return };
        let mut seen = HashMap::new();
        for (first, second) in pairs {
            if let Some(before) = seen.insert(second.to_string(), first) {
                let message = format!("{before} and {first} both become {second}");
                let help =
                    "The way back would not know which of the two counts. Give each a value of its own.";
                self.no_way_back(leaf, &message, help);
            }
        }
    }

    /// Says why a field cannot be turned round.
    fn one_way_only(&mut self, leaf: &Leaf) {
        let raw = self.source.slice(leaf.written);
        let inner = raw.trim_matches(['"', '\'']).trim();
        let whole = inner.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
        let bare = whole.filter(|path| path.split('.').all(names::is_name)).map(|path| format!("$.{path}"));
        let help = "Make it of one field, such as `$.email`, or with a conversion; or leave `both_ways` out.";
        match &leaf.value {
            ValueExpr::Literal(_) | ValueExpr::Moment(..) => {
                self.no_way_back(leaf, "it is always the same", help);
            }
            ValueExpr::Text(..) => match bare {
                Some(pick) => {
                    let message = no_way(leaf, "it is an expression");
                    self.report(
                        Diagnostic::error(codes::NO_WAY_BACK, leaf.written, leaf.address.clone(), message)
                            .help("A pick can be turned round.")
                            .suggest(leaf.written, pick),
                    );
                }
                None => self.no_way_back(leaf, "it is made by an expression", help),
            },
            ValueExpr::Pick(..) => {
                self.no_way_back(leaf, "it is picked out of a list", help);
            }
            _ => self.no_way_back(leaf, "it is put together of several values", help),
        }
    }

    fn no_way_back(&mut self, leaf: &Leaf, why: &str, help: &str) {
        let problem =
            Diagnostic::error(codes::NO_WAY_BACK, leaf.key, leaf.address.clone(), no_way(leaf, why));
        self.report(problem.help(help));
    }
}

fn no_way(leaf: &Leaf, why: &str) -> String {
    format!("`{}` cannot be turned round: {why}", leaf.path.join("."))
}

/// A path as a pick; names that are no plain words stand in brackets.
fn path(parts: &[String]) -> String {
    let part = |part: &String| {
        if names::is_name(part) { format!(".{part}") } else { format!("['{}']", part.replace('\'', "\\'")) }
    };
    format!("${}", parts.iter().map(part).collect::<String>())
}
