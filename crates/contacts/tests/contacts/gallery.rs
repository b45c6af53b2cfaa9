//! The gallery under `recipes/`: every recipe of it is sound, says what its inputs are, and uses contacts alone.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use bellhop_connector::Catalogue;
use bellhop_recipe::{Input, Library, Plan, TriggerKind, World, compile, head};
use bellhop_source::{Source, render};
use jiff::tz::TimeZone;

const FIRST_LINE: &str = "# yaml-language-server: $schema=../schemas/recipe.schema.json";

fn recipes() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| {
        let id = path.file_name()?.to_str()?.strip_suffix(".yaml")?.to_owned();
        (!id.contains('.')).then(|| (id, std::fs::read_to_string(path).unwrap()))
    };
    files.filter_map(named).collect()
}

/// Recipes of the gallery may call one another.
fn library(recipes: &[(String, String)]) -> Library {
    let head = |(id, text): &(String, String)| (id.clone(), head(&Source::new(id.as_str(), text.as_str())));
    Library { recipes: recipes.iter().map(head).collect(), ..Library::default() }
}

fn plan(id: &str, text: &str, library: Library) -> Plan {
    let mut world = World::new(
        Arc::new(Catalogue::new([Arc::new(bellhop_contacts::manifest())])),
        BTreeMap::from([("contacts".to_owned(), "contacts".to_owned())]),
        TimeZone::UTC,
    );
    world.library = Arc::new(library);
    let source = Source::new(format!("{id}.yaml"), text);
    let (plan, found) = compile(id, &source, &world);
    assert!(found.is_empty(), "{}", render(&found, &source, false));
    plan.unwrap()
}

#[test]
fn every_recipe_is_sound_and_explains_itself() {
    let recipes = recipes();
    assert!(recipes.len() >= 7, "{}", recipes.len());
    for (id, text) in &recipes {
        assert_eq!(text.lines().next(), Some(FIRST_LINE), "{id}");
        let plan = plan(id, text, library(&recipes));
        assert!(plan.description.ends_with('.'), "{id}");
        assert!(plan.inputs.iter().all(|input| !input.description.is_empty()), "{id}");
        // What a recipe is called with is given by who calls it.
        let is_called = plan.triggers.iter().any(|trigger| matches!(trigger.kind, TriggerKind::Manual));
        let given = |input: &Input| input.default.is_some() || is_called;
        assert!(plan.inputs.iter().all(given), "{id} cannot run as it stands");
    }
}
