//! The JSON Schema and the checker agree on structure: what is good is good for both, what is broken for both.

use std::path::Path;

use bellhop_connector::Catalogue;
use bellhop_recipe::{codes, compile, recipe_schema};
use bellhop_source::{Code, Diagnostic, Severity, Source, parse};
use jsonschema::Validator;

use crate::fixtures::read_fixture;
use crate::world::{catalogue, files, fixtures, read, shipped, stem, world};

fn validator(catalogue: &Catalogue) -> Validator {
    let schema = recipe_schema(catalogue);
    jsonschema::meta::validate(&schema).expect("a JSON Schema");
    jsonschema::validator_for(&schema).expect("a schema that can be used")
}

/// Complaints about what a document is made of; the others are about what its texts mean.
const STRUCTURE: [Code; 27] = [
    codes::NOT_A_RECIPE,
    codes::UNKNOWN_KEY,
    codes::MISSING_KEY,
    codes::WRONG_SHAPE,
    codes::NO_LIST,
    codes::OTHER_TOOLS_WORD,
    codes::BAD_NAME,
    codes::RESERVED_NAME,
    codes::UNKNOWN_INPUT_TYPE,
    codes::UNKNOWN_TRIGGER,
    codes::UNKNOWN_EVENT,
    codes::TWO_TRIGGERS,
    codes::WEBHOOK_PATH,
    codes::NO_VERB,
    codes::TWO_VERBS,
    codes::UNKNOWN_VERB,
    codes::UNKNOWN_CONNECTOR,
    codes::UNKNOWN_OPERATION,
    codes::MISPLACED_KEY,
    codes::UNKNOWN_FIELD,
    codes::MISSING_FIELD,
    codes::GROUP_WANTED,
    codes::NOT_A_NUMBER,
    codes::NOT_YES_NO,
    codes::NOT_A_CHOICE,
    codes::CANNOT_CLEAR,
    codes::WRONG_SETTING,
];

#[test]
fn good_recipes_are_valid() {
    let validator = validator(&catalogue());
    for path in files(&fixtures().join("good")) {
        check(&validator, &path);
    }
}

#[test]
fn the_gallery_is_valid() {
    let validator = validator(&shipped());
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes")) {
        check(&validator, &path);
    }
}

/// Whether it is about what a called recipe is given: which recipes there are, and what they take, no schema knows.
fn is_given(diagnostic: &Diagnostic) -> bool {
    diagnostic.address.as_str().starts_with("/steps") && diagnostic.address.as_str().contains("/inputs")
}

fn check(validator: &Validator, path: &Path) {
    let root = parse(&Source::new(stem(path), read(path))).0.expect("a document").to_json();
    let found: Vec<String> =
        validator.iter_errors(&root).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(found.is_empty(), "{}: {}", stem(path), found.join("\n"));
}

#[test]
fn what_is_broken_in_structure_is_refused_and_what_is_not_is_not() {
    let validator = validator(&catalogue());
    let world = world(catalogue());
    let (mut refused, mut taken) = (0, 0);
    for path in files(&fixtures().join("bad")) {
        let source = Source::new(stem(&path), read_fixture(&read(&path)).0);
        let (root, found) = parse(&source);
        let (Some(root), true) = (root, found.is_empty()) else { continue };
        let errors: Vec<_> = compile("a", &source, &world)
            .1
            .into_iter()
            .filter(|one| one.severity == Severity::Error && !is_given(one))
            .collect();
        let valid = validator.is_valid(&root.to_json());
        if errors.iter().any(|one| STRUCTURE.contains(&one.code)) {
            assert!(!valid, "{}: the schema takes it", stem(&path));
            refused += 1;
        } else if !errors.iter().any(|one| [codes::LIST_WANTED, codes::ONE_VALUE_WANTED].contains(&one.code))
        {
            let said: Vec<String> = validator.iter_errors(&root.to_json()).map(|e| e.to_string()).collect();
            assert!(valid, "{}: the schema refuses it: {said:?}", stem(&path));
            taken += 1;
        }
    }
    assert!(refused > 40 && taken > 15, "{refused} refused, {taken} taken");
}
