//! Reads the broken recipes with what is expected of each. `README.md` says how they are written.

use std::path::Path;

/// A broken recipe.
#[derive(Debug)]
pub(crate) struct Case {
    /// The file and what its author had in mind.
    pub(crate) title: String,
    /// The recipe without its marks.
    pub(crate) recipe: String,
    pub(crate) mistakes: Vec<Mistake>,
}

/// What should be told at a line.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Any of these; any code at all where there is none.
    pub(crate) codes: Vec<String>,
    pub(crate) expected: Expected,
}

/// What the complaint must have.
#[derive(Debug)]
pub(crate) enum Expected {
    /// The mended lines, without the spaces around them.
    Lines(Vec<String>),
    /// Words; any of these will do.
    Words(Vec<String>),
}

const LEAD: &str = "name: New lead\ntrigger:\n  contacts.contact_created: {}\nsteps:\n";
const CONTACT: &str = "name: New lead\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.get_contact:\n      contactId: $.trigger.id\n    as: contact\n";

fn mistake(mark: &str, line: usize, title: &str) -> Mistake {
    let (codes, expected) = if let Some((codes, mended)) = mark.split_once("=>") {
        let lines = mended.split('⏎').map(str::trim).filter(|line| !line.is_empty());
        (codes, Expected::Lines(lines.map(str::to_owned).collect()))
    } else if let Some((codes, words)) = mark.split_once('~') {
        (codes, Expected::Words(words.split(" / ").map(|words| words.trim().to_owned()).collect()))
    } else {
        panic!("{title}: the mark `{mark}` has neither => nor ~");
    };
    let codes = codes.trim().split('|').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    Mistake { line, codes, expected }
}

fn case(title: String, text: &str) -> Case {
    let (mut recipe, mut mistakes) = (String::new(), Vec::new());
    for line in text.lines() {
        match line {
            "@lead" => recipe.push_str(LEAD),
            "@contact" => recipe.push_str(CONTACT),
            _ => {
                let (code, mark) =
                    line.split_once(" #! ").map_or((line, None), |(code, mark)| (code, Some(mark)));
                recipe.push_str(code);
                recipe.push('\n');
                let number = recipe.matches('\n').count();
                mistakes.extend(mark.map(|mark| mistake(mark, number, &title)));
            }
        }
    }
    assert!(!mistakes.is_empty(), "{title}: nothing is expected");
    Case { title, recipe, mistakes }
}

/// All of the folder `part`, by file and in order.
pub(crate) fn cases(part: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(part);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("an entry of a folder that could be opened").path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a file of the corpus can be read");
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        for part in format!("\n{text}").split("\n=== ").skip(1) {
            let (title, recipe) = part.split_once('\n').unwrap_or((part, ""));
            cases.push(case(format!("{name}: {title}"), recipe));
        }
    }
    cases
}
