//! The recipes that are shipped, against the connector that is shipped.

use std::path::Path;
use std::sync::Arc;

use bellhop_recipe::{Library, World, compile, head};
use bellhop_source::{Source, render};

use crate::world::{files, read, shipped, stem, world};

#[test]
fn every_recipe_of_the_gallery_compiles_without_a_word() {
    let world = world(shipped());
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes"));
    assert!(!files.is_empty());
    let heads = files.iter().map(|path| (stem(path), head(&Source::new(stem(path), read(path)))));
    let library = Library { recipes: heads.collect(), ..Library::default() };
    let world = World { library: Arc::new(library), ..world };
    for path in files {
        let source = Source::new(stem(&path), read(&path));
        let (plan, diagnostics) = compile(&stem(&path), &source, &world);
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &source, false));
        assert!(plan.is_some());
    }
}
