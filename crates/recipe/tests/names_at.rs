//! Which names an editor is told of at a place of a recipe.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_connector::{Catalogue, Manifest};
use bellhop_recipe::{World, names_at};
use bellhop_source::{Source, parse};

const MANIFEST: &str = "
connector: crm
title: CRM
version: '1'
base_url: https://example.com
operations:
  get_person:
    title: Get a person
    effect: read
    input:
      personId: { type: string, required: true }
    output: { type: object, fields: { id: { type: string }, pets: { type: array, items: { type: object, fields: { name: { type: string } } } } } }
    request: { method: GET, path: '/people/{personId}' }
  list_people:
    title: List people
    effect: read
    output: { type: array, items: { type: object, fields: { name: { type: string } } } }
    request: { method: GET, path: /people }
webhook:
  signatures:
    - { header: x-signature, algorithm: ed25519, key_setting: key, key: '' }
  event: type
  delivery_id: webhookId
events:
  changed:
    title: Person changed
    vendor_name: PersonChange
    data: { type: object, fields: { id: { type: string } } }
    sample: { type: PersonChange, webhookId: w1, id: p1 }
";

/// The names known at `|`.
fn known(recipe: &str) -> Vec<String> {
    let manifest = Manifest::load(&Source::new("crm.yaml", MANIFEST)).expect("the manifest is good");
    let world = World::new(
        Arc::new(Catalogue::new([Arc::new(manifest)])),
        BTreeMap::from([("crm".to_owned(), "crm".to_owned())]),
        jiff::tz::TimeZone::UTC,
    );
    let offset = recipe.find('|').expect("the recipe has a mark");
    let text = recipe.replace('|', "x");
    let line = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line..].len() - text[line..].trim_start_matches([' ', '-']).len();
    let source = Source::new("r.yaml", text);
    let root = parse(&source).0.expect("the recipe has a tree");
    names_at(&root, &source, &world, offset, indent).into_iter().map(|one| one.name).collect()
}

const HEAD: &str = "name: r\ninputs:\n  limit: { type: number, default: 1 }\ntrigger: manual\nsteps:\n";

#[test]
fn a_step_sees_the_names_given_before_it_and_not_its_own() {
    let recipe = format!(
        "{HEAD}  - crm.get_person: {{ personId: a }}\n    as: first\n  - crm.get_person:\n      personId: |\n    as: second\n"
    );
    assert_eq!(known(&recipe), ["first", "run", "trigger", "now", "inputs"]);
}

#[test]
fn a_name_from_a_branch_is_known_there_and_after_it_only_where_all_branches_give_it() {
    let recipe = format!(
        "{HEAD}  - if: inputs.limit > 1\n    then:\n      - set: {{ deep: 1 }}\n      - stop: |\n  - stop: done\n"
    );
    assert_eq!(known(&recipe), ["deep", "run", "trigger", "now", "inputs"]);
    let after =
        format!("{HEAD}  - if: inputs.limit > 1\n    then:\n      - set: {{ deep: 1 }}\n  - stop: |\n");
    assert_eq!(known(&after), ["run", "trigger", "now", "inputs"]);
}

#[test]
fn a_line_further_left_than_a_nested_step_belongs_to_the_step_around_it() {
    let recipe = format!(
        "{HEAD}  - for_each: $.inputs.limit\n    as: one\n    do:\n      - set: {{ deep: 1 }}\n      - stop: done\n    about: |\n"
    );
    assert_eq!(known(&recipe), ["run", "trigger", "now", "inputs"]);
}

#[test]
fn an_item_is_known_in_its_loop_with_its_fields() {
    let recipe = format!(
        "{HEAD}  - crm.get_person: {{ personId: a }}\n    as: person\n  - for_each: $.person.pets\n    as: pet\n    do:\n      - stop: |\n"
    );
    assert_eq!(known(&recipe), ["pet", "person", "run", "trigger", "now", "inputs"]);
}

#[test]
fn the_condition_of_a_wait_sees_the_event_that_comes_and_other_lines_do_not() {
    let lines = "  - wait_for:\n      event: crm.changed\n      where: |\n      up_to: ";
    let recipe = format!("{HEAD}{lines}2 days\n");
    assert_eq!(known(&recipe), ["event", "run", "trigger", "now", "inputs"]);
    let recipe = format!("{HEAD}{}|\n", lines.replace('|', "event.id == 1"));
    assert_eq!(known(&recipe), ["run", "trigger", "now", "inputs"]);
}

#[test]
fn the_steps_for_a_failed_run_see_the_error_and_no_results() {
    let recipe = format!(
        "{HEAD}  - crm.get_person: {{ personId: a }}\n    as: person\non_failure:\n  - crm.get_person:\n      personId: |\n"
    );
    assert_eq!(known(&recipe), ["error", "run", "trigger", "now", "inputs"]);
}

#[test]
fn what_is_found_is_known_in_its_loop() {
    let recipe = format!("{HEAD}  - for_each: crm.list_people\n    as: person\n    do:\n      - stop: |\n");
    assert_eq!(known(&recipe), ["person", "run", "trigger", "now", "inputs"]);
}

#[test]
fn the_condition_of_a_trigger_sees_its_event() {
    let recipe = "name: r\ntrigger:\n  webhook:\n    path: a\n    only_if: |\nsteps:\n  - stop: done\n";
    assert_eq!(known(recipe), ["trigger", "now", "inputs"]);
}
