//! What the fixtures are checked against: four small connectors, some connections, and some recipes to call.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bellhop_connector::{Catalogue, Manifest};
use bellhop_recipe::{Library, World, head};
use bellhop_source::{Source, render};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The YAML files of a folder, by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry of a folder that could be opened").path());
    let mut files: Vec<_> = paths.filter(|path| is_yaml(path)).collect();
    files.sort();
    files
}

/// Tests of recipes (`*.test.yaml`) are no recipes.
fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml") && !stem(path).contains(".test")
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The name without folder and ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn load(name: String, text: String) -> Arc<Manifest> {
    let source = Source::new(name, text);
    Arc::new(Manifest::load(&source).unwrap_or_else(|found| panic!("{}", render(&found, &source, false))))
}

/// What the fixtures are checked against.
pub(crate) fn sample() -> &'static World {
    static SAMPLE: LazyLock<World> = LazyLock::new(|| world(catalogue()));
    &SAMPLE
}

/// The fixtures' connectors.
pub(crate) fn catalogue() -> Catalogue {
    let files = files(&fixtures().join("connectors"));
    Catalogue::new(files.iter().map(|path| load(stem(path), read(path))))
}

pub(crate) fn world(catalogue: Catalogue) -> World {
    let connections = [
        ("contacts", "contacts"),
        ("contacts_spain", "contacts"),
        ("forms_a", "forms"),
        ("forms_b", "forms"),
        ("slack", "slack"),
    ];
    let world = World::new(
        Arc::new(catalogue),
        connections.map(|(name, owner)| (name.to_owned(), owner.to_owned())).into(),
        bellhop_clock::time_zone("Europe/London").expect("a zone that exists"),
    );
    World { library: Arc::new(library()), ..world }
}

/// What the fixtures' recipes share: recipes that they may call, each known by its head.
fn library() -> Library {
    let heads = files(&fixtures().join("called"));
    let heads = heads.iter().map(|path| (stem(path), head(&Source::new(stem(path), read(path)))));
    Library { recipes: heads.collect(), ..Library::default() }
}

/// The shipped contacts connector, joined from its parts as it is when it is built in.
pub(crate) fn shipped() -> Catalogue {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contacts/manifest");
    let mut parts = files(&folder);
    parts.sort_by_key(|path| stem(path).split('-').next().and_then(|number| number.parse::<u32>().ok()));
    let text: String = parts.iter().map(|path| read(path)).collect();
    Catalogue::new([load("contacts".to_owned(), text)])
}
