//! From a file of tests to what it means, or to complaints with their places. Start at [`read`]; what a test begins with
//! is in `given`, what starts it in `start`, what happens on the way in `meanwhile`, what comes of it in `expected`, and what
//! they share in `reader`.

mod expected;
mod given;
mod meanwhile;
mod reader;
mod start;

use std::collections::HashSet;
use std::sync::Arc;

use bellhop_connector::Catalogue;
use bellhop_recipe::Plan;
use bellhop_source::{Address, Diagnostic, Node, Severity, Source, closest, parse};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::codes::{MISSING_KEY, NAME_TWICE, NOT_TESTS, UNKNOWN_RECIPE};
use crate::{Expect, Sheet, Trial};
use reader::Reader;

pub(crate) use given::RECORD_KEYS as GIVEN_RECORDS;
pub(crate) use meanwhile::{DECISION_KEYS, PLAYED_ENDS};
pub(crate) use start::STARTS;

/// The keys of a file.
const FILE_KEYS: [&str; 2] = ["recipe", "tests"];
/// The keys of a test.
const TEST_KEYS: [&str; 6] = ["name", "given", "event", "events", "meanwhile", "expect"];

/// What a file of tests is checked against.
pub struct Surroundings<'a> {
    /// What apps can do.
    pub catalogue: &'a Catalogue,
    /// The workspace's time zone.
    pub zone: &'a TimeZone,
    /// The ids of all recipes.
    pub recipes: &'a [String],
    /// The plan of a recipe; none: it has errors of its own.
    pub plan: &'a dyn Fn(&str) -> Option<Arc<Plan>>,
    /// Whether the sandbox can begin with these records at this time; if not, why.
    pub records: &'a dyn Fn(&Value, Timestamp) -> Result<(), String>,
}

/// Reads a file of tests. Nothing is given where there is an error; warnings do not matter.
pub fn read(source: &Source, surroundings: &Surroundings<'_>) -> (Option<Sheet>, Vec<Diagnostic>) {
    let (node, diagnostics) = parse(source);
    let mut reader = Reader::new(surroundings, diagnostics);
    let sheet = node.and_then(|node| reader.sheet(&node));
    let told = reader.told();
    let broken = told.iter().any(|one| one.severity == Severity::Error);
    (sheet.filter(|_| !broken), told)
}

impl Reader<'_> {
    fn sheet(&mut self, node: &Node) -> Option<Sheet> {
        let root = Address::root();
        if node.members().is_none() {
            self.complain(NOT_TESTS, node.span, &root, "a file of tests has the keys `recipe` and `tests`");
            return None;
        }
        self.known_keys(node, &root, &FILE_KEYS, "a file of tests");
        let recipe = self.recipe(node, &root);
        let Some((key, tests)) = node.member("tests") else {
            self.missing(node.span, &root, "tests", "a file of tests");
            return None;
        };
        let at = root.key("tests");
        let Some(items) = tests.items() else {
            self.shape(tests, &at, "`tests` must be a list: each test begins with a dash");
            return None;
        };
        if items.is_empty() {
            self.complain(MISSING_KEY, key.span, &at, "there is no test in this file");
        }
        let trials =
            items.iter().enumerate().filter_map(|(at_item, item)| self.trial(item, &at.index(at_item)));
        let trials: Vec<Trial> = trials.collect();
        let mut names = HashSet::new();
        for (number, trial) in trials.iter().enumerate() {
            if !names.insert(trial.name.as_str()) {
                let message = format!("two tests are named `{}`", trial.name);
                self.complain(NAME_TWICE, trial.span, &at.index(number), &message);
            }
        }
        Some(Sheet { recipe: recipe?, trials })
    }

    fn recipe(&mut self, node: &Node, root: &Address) -> Option<String> {
        let Some((_, recipe)) = node.member("recipe") else {
            self.missing(node.span, root, "recipe", "a file of tests");
            return None;
        };
        let at = root.key("recipe");
        let Some(id) = recipe.text() else {
            self.shape(recipe, &at, "`recipe` must be the name of a recipe's file without `.yaml`");
            return None;
        };
        let around = self.around;
        if !around.recipes.iter().any(|known| known == id) {
            let bare = id.trim_end_matches(".yaml").trim_start_matches("recipes/");
            let near = closest(bare, around.recipes.iter().map(String::as_str));
            let list = format!("There are: {}.", around.recipes.join(", "));
            let message = format!("there is no recipe `{id}`");
            self.unknown(UNKNOWN_RECIPE, recipe.span, &at, message, near, &list);
            return None;
        }
        self.plan = (around.plan)(id);
        Some(id.to_owned())
    }

    fn trial(&mut self, node: &Node, at: &Address) -> Option<Trial> {
        if self.stops() {
            return None;
        }
        if node.members().is_none() {
            self.shape(node, at, "a test is a group of fields: name, given, event, expect");
            return None;
        }
        self.known_keys(node, at, &TEST_KEYS, "a test");
        let (name, span) = if let Some(name) = node.get("name") {
            if let Some(text) = name.text() {
                (text.to_owned(), name.span)
            } else {
                self.shape(name, &at.key("name"), "`name` must be a sentence that says what is tested");
                return None;
            }
        } else {
            self.missing(node.span, at, "name", "a test");
            (String::new(), node.span)
        };
        let given = self.given(node.get("given"), span, &at.key("given"));
        self.now = given.now;
        let starts = self.starts(node, at);
        let others = self.meanwhile(node.get("meanwhile"), &at.key("meanwhile"));
        let expect = if let Some(expect) = node.get("expect") {
            self.expect(expect, &at.key("expect"))
        } else {
            self.missing(node.span, at, "expect", "a test");
            Expect::default()
        };
        let (start, mut meanwhile) = starts?;
        meanwhile.extend(others);
        meanwhile.sort_by_key(|change| change.at);
        Some(Trial { name, span, given, start, meanwhile, expect })
    }
}
