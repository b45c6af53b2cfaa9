//! What the broken recipes are checked against: the connectors that are shipped, with one connection each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_connector::{Catalogue, Manifest};
use bellhop_recipe::{Library, World, compile_mapping, head};
use bellhop_source::{Source, render};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("the manifests are there");
    entries.map(|entry| entry.expect("an entry of a folder that could be opened").path()).collect()
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path).expect("a manifest can be read")
}

fn load(name: &str, text: String) -> Arc<Manifest> {
    let source = Source::new(name, text);
    Arc::new(Manifest::load(&source).unwrap_or_else(|found| panic!("{}", render(&found, &source, false))))
}

/// A manifest in parts is joined in the order of the numbers that its files begin with.
fn number(path: &Path) -> u32 {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A workspace with everything that is built in.
pub(crate) fn shipped() -> World {
    let mut parts = files("../contacts/manifest");
    parts.sort_by_key(|path| number(path));
    let mut manifests = vec![load("contacts", parts.iter().map(read).collect())];
    manifests.extend(files("../apps/manifest").iter().map(|path| load("app", read(path))));
    let connections = manifests.iter().map(|one| (one.connector.clone(), one.connector.clone())).collect();
    let world = World::new(
        Arc::new(Catalogue::new(manifests)),
        connections,
        bellhop_clock::time_zone("Europe/London").expect("a zone that exists"),
    );
    let library = library(&world);
    World { library: Arc::new(library), ..world }
}

/// Two recipes, of which one may be called, and a mapping.
fn library(world: &World) -> Library {
    let mut library = Library::default();
    for (id, text) in [
        (
            "call-back",
            "name: Call back\ninputs:\n  contact: { type: text }\n  urgent: { type: yes_no, default: no }\ntrigger: manual\nsteps:\n  - stop: Done\n",
        ),
        ("nightly", "name: Nightly\ntrigger:\n  schedule: every day at 03:00\nsteps:\n  - stop: Done\n"),
    ] {
        library.recipes.insert(id.to_owned(), head(&Source::new(id, text)));
    }
    let text = "from: contacts.contact\nto: contacts.create_contact\nfields:\n  email: $.email\n";
    let mapping = compile_mapping("contact-to-person", &Source::new("mapping", text), world).0;
    library
        .mappings
        .insert("contact-to-person".to_owned(), Arc::new(mapping.expect("a mapping without mistakes")));
    library
}
