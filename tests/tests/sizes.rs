//! Every source file says at its top what it is for, and is short enough to be read in one go.

use std::path::{Path, PathBuf};

/// Files are about 400 lines long at the most; one that has grown past this is two.
const MOST_LINES: usize = 450;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// What is wrong with a source.
fn wrong(text: &str) -> Option<String> {
    let lines = text.lines().count();
    if !text.starts_with("//! ") {
        return Some("it does not say at its top what it is for".to_owned());
    }
    (lines > MOST_LINES).then(|| format!("it has {lines} lines: split it by idea"))
}

#[test]
fn every_source_says_what_it_is_for_and_is_short() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut found = Vec::new();
    for folder in ["crates", "tests", "fuzz"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 300, "only {} sources", found.len());
    let complaints: Vec<String> = found
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).expect("it can be read");
            Some(format!("{}: {}", path.display(), wrong(&text)?))
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_is_long_or_says_nothing_is_noticed() {
    let long = "//! What it is for.\n".to_owned() + &"\n".repeat(MOST_LINES);
    assert!(wrong(&long).is_some());
    assert!(wrong("use std::fs;\n").is_some());
    assert_eq!(wrong("//! What it is for.\n"), None);
}
