//! The shipped recipes, taken back to the moment in which each word was about to be written: the word is offered.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bellhop_connector::Catalogue;
use bellhop_recipe::{Library, World, head};
use bellhop_source::Source;
use serde_json::{Value, json};
use support::{Editor, RECIPE, Shop};

fn editor() -> Editor {
    let manifests = bellhop_apps::manifests().into_iter().chain([bellhop_contacts::manifest()]).map(Arc::new);
    let catalogue = Arc::new(Catalogue::new(manifests));
    let connections = catalogue.iter().map(|one| (one.connector.clone(), one.connector.clone()));
    let connections: BTreeMap<_, _> = connections.collect();
    let mut world = World::new(Arc::clone(&catalogue), connections, jiff::tz::TimeZone::UTC);
    let id = |name: &str| name.trim_end_matches(".yaml").to_owned();
    let heads = recipes().into_iter().map(|(name, text)| (id(&name), head(&Source::new(name, text))));
    world.library = Arc::new(Library { recipes: heads.collect(), ..Library::default() });
    Editor::with(Shop { world: Some(world), ..Shop::default() }, &json!({}))
}

/// Every shipped recipe: its name and its text.
fn recipes() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let entries = std::fs::read_dir(folder).expect("there are recipes");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let recipes = paths.filter(|path| !path.to_string_lossy().contains(".test."));
    recipes
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("it is a text");
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), text)
        })
        .collect()
}

/// The words that stand right after a dot, each with its place.
fn words_after_dots(text: &str) -> Vec<(usize, &str)> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices('.')
        .filter_map(|(dot, _)| {
            let rest = &text[dot + 1..];
            let word = &rest[..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())];
            (!word.is_empty()).then_some((dot + 1, word))
        })
        .collect()
}

fn labels(answer: &Value) -> Vec<&str> {
    answer.as_array().expect("a list").iter().filter_map(|item| item["label"].as_str()).collect()
}

#[test]
fn every_word_was_offered_when_it_was_to_be_written() {
    let mut editor = editor();
    let mut tried = 0;
    for (name, text) in recipes() {
        let told = editor.open(RECIPE, &text);
        assert_eq!(told["diagnostics"], json!([]), "{name}");
        for (at, word) in words_after_dots(&text) {
            editor.change(RECIPE, 2, &text);
            // Words in comments and in plain text mean nothing.
            if editor.ask_at("textDocument/hover", RECIPE, &text, at).is_null() {
                continue;
            }
            tried += 1;
            let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            let with_the_rest = format!("{}{}", &text[..at], &text[line_end..]);
            for half in [with_the_rest.as_str(), &text[..at]] {
                editor.change(RECIPE, 3, half);
                let answer = editor.ask_at("textDocument/completion", RECIPE, half, at);
                let labels = labels(&answer);
                let dotted = format!(".{word}");
                assert!(
                    labels.iter().any(|label| *label == word || label.ends_with(&dotted)),
                    "{name}: {word} is not in {labels:?} at the end of:\n{}",
                    &text[at.saturating_sub(200)..at]
                );
            }
        }
    }
    assert!(tried > 100, "{tried} words");
}
