//! Texts that would be much work: each is answered with a complaint about its size, and nothing is read of most of them.

use bellhop_source::{Source, codes, parse, render};

fn refused(text: String, code: bellhop_source::Code) {
    let source = Source::new("a.yaml", text);
    let (tree, found) = parse(&source);
    assert!(tree.is_none());
    assert!(found.iter().any(|one| one.code == code), "{found:?}");
    assert!(found.len() <= 100);
    assert!(render(&found, &source, false).len() < 100_000);
}

#[test]
fn ten_megabytes_of_anything_are_too_large() {
    for piece in ["x", "a: 1\n", "- ", "[", "{", "é", "&a [*a, *a]\n", "\"", "#", "\n", "\0"] {
        refused(piece.repeat(10 * 1024 * 1024 / piece.len()), codes::TOO_LARGE);
    }
}

#[test]
fn what_just_fits_is_still_bounded() {
    let most = 1024 * 1024;
    for piece in ["- ", "[", "{a: ", "? ", "- - - "] {
        refused(piece.repeat(most / piece.len()), codes::TOO_LARGE);
    }
    refused((0..110_000).fold(String::new(), |text, key| text + &format!("k{key}: \n")), codes::TOO_LARGE);
    refused(
        (0..1_400).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n"),
        codes::TOO_LARGE,
    );
}

#[test]
fn references_are_refused_before_they_can_multiply() {
    let level = |level: usize| {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("a{level}: &a{level} [{items}]\n")
    };
    let text = "a0: &a0 [x, x]\n".to_owned() + &(1..40).map(level).collect::<Vec<_>>().concat();
    let source = Source::new("a.yaml", text);
    let (_, found) = parse(&source);
    assert!(!found.is_empty() && found.iter().all(|one| one.code == codes::REFERENCE), "{found:?}");
}
