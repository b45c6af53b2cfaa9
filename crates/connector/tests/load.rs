//! Manifests as they are read: a good one, and bad ones with the complaint written beside the line.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use bellhop_connector::{FieldKind, Manifest, codes, problems};
use bellhop_source::Source;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests")
}

fn source(name: &str) -> Source {
    Source::new(name, fs::read_to_string(folder().join(name)).unwrap())
}

fn good() -> Manifest {
    match Manifest::load(&source("good.yaml")) {
        Ok(manifest) => manifest,
        Err(complaints) => {
            let messages: Vec<_> =
                complaints.iter().map(|one| format!("{} {}", one.address, one.message)).collect();
            panic!("{messages:#?}")
        }
    }
}

/// What the comments expect: line and message, in order.
fn expected(source: &Source) -> Vec<(usize, String)> {
    let lines = source.text().lines().enumerate();
    let mut expected: Vec<_> = lines
        .filter_map(|(index, line)| Some((index + 1, line.split_once(" # ")?.1)))
        .flat_map(|(line, messages)| {
            messages.split(" | ").map(move |message| (line, message.trim().to_owned()))
        })
        .collect();
    expected.sort();
    expected
}

#[test]
fn every_bad_manifest_gets_the_complaints_written_in_it() {
    let mut names: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("bad-"))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let source = source(&name);
        let complaints = Manifest::load(&source).expect_err(&name);
        let told: Vec<_> =
            complaints.iter().map(|one| (source.position(one.span.start).line, &one.message)).collect();
        let mut told: Vec<_> = told.into_iter().map(|(line, message)| (line, message.clone())).collect();
        if name == "bad-shape.yaml" {
            // The words are those of the room that reads shapes; the line is what matters here.
            for (_, message) in &mut told {
                message.clear();
            }
        }
        told.sort();
        assert_eq!(told, expected(&source), "{name}");
    }
}

#[test]
fn a_good_manifest_is_whole_and_has_no_problems() {
    let manifest = good();
    assert_eq!(problems(&manifest), []);
    assert_eq!(manifest.operations.len(), 6);
}

#[test]
fn field_groups_are_expanded_and_keep_what_the_field_itself_says() {
    let manifest = good();
    let book = &manifest.operations["get_book"].output;
    assert_eq!((book.kind, book.title.as_str()), (FieldKind::Object, "Book"));
    let author = book.at("author").unwrap();
    assert_eq!((author.title.as_str(), author.required), ("Written by", true));
    assert!(author.at("name").is_some());
    let other = book.at("others.name").unwrap();
    assert_eq!(other.title, "Name");
    let listed = manifest.operations["list_books"].output.at("author.name");
    assert!(listed.is_some());
    assert!(!manifest.operations["create_book"].input["author"].required);
    assert!(manifest.events["book_created"].data.at("author.name").is_some());
}

#[test]
fn the_nearest_name_is_offered() {
    let complaints = Manifest::load(&source("bad-operations.yaml")).unwrap_err();
    let near = complaints.iter().find(|one| one.message == "there is no operation list_item").unwrap();
    assert_eq!(near.help.as_deref(), Some("Did you mean list_items?"));
    assert_eq!(near.code, codes::UNKNOWN_NAME);
    assert_eq!(near.address.as_str(), "/operations/create_item/confirm/operation");
}

#[test]
fn windows_are_read_in_words() {
    let lengths: Vec<_> = good().rate_limits.iter().map(|limit| limit.window().unwrap().as_secs()).collect();
    assert_eq!(lengths, [10, 24 * 3600, 1]);
}
