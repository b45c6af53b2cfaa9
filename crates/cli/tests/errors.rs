//! The pages of `docs/errors/`: one for each code, and each tells the truth. Its first block of YAML gets the code from the
//! real binary, its mended one does not and has no errors. A line ``File: `bellhop.yaml` `` says that the blocks are that file and no
//! recipe; a block marked with a file's name stands beside both.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{Workspace, begins_large, err, out, repository, run};

/// Where a page's recipe is written.
const EXAMPLE: &str = "recipes/example.yaml";

/// A page, read.
struct Page {
    code: String,
    title: String,
    /// The file that the blocks are.
    file: String,
    /// Further files with their names.
    beside: Vec<(String, String)>,
    /// The blocks.
    blocks: Vec<String>,
}

fn codes_on_disk() -> BTreeSet<String> {
    std::fs::read_dir(repository().join("docs/errors"))
        .expect("the pages are there")
        .map(|entry| entry.expect("an entry of a folder that could be opened").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect()
}

fn page(code: &str) -> Page {
    let path = repository().join(format!("docs/errors/{code}.md"));
    let text = std::fs::read_to_string(&path).expect("the page can be read");
    let heading = text.lines().next().expect("a heading");
    let (heading_code, title) = heading.trim_start_matches("# ").split_once(": ").expect("# CODE: title");
    let mut page = Page {
        code: heading_code.to_owned(),
        title: title.to_owned(),
        file: EXAMPLE.to_owned(),
        beside: Vec::new(),
        blocks: Vec::new(),
    };
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match &mut open {
            Some((name, block)) if line == "```" => {
                let block = std::mem::take(block);
                if name.is_empty() {
                    page.blocks.push(block);
                } else {
                    page.beside.push((std::mem::take(name), block));
                }
                open = None;
            }
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None => {
                if let Some(name) = line.strip_prefix("```yaml") {
                    open = Some((name.trim().to_owned(), String::new()));
                } else if let Some(file) = line.strip_prefix("File: `") {
                    file.trim_end_matches('`').clone_into(&mut page.file);
                }
            }
        }
    }
    assert_eq!(page.blocks.len(), 2, "{code}: an example and its mended form");
    page
}

/// Codes in the order told, each with whether it is an error.
type Told = Vec<(String, bool)>;

/// What `bellhop check` says of each file of a workspace.
fn check(workspace: &Workspace) -> BTreeMap<String, Told> {
    let output = run(&["check", "--json"], workspace.path());
    let report: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)));
    let mut told = BTreeMap::<String, Told>::new();
    for problem in report["problems"].as_array().expect("problems") {
        let text = |name: &str| problem[name].as_str().expect("a text").to_owned();
        assert!(begins_large(problem), "a sentence begins with a small letter: {problem}");
        told.entry(text("file")).or_default().push((text("code"), problem["severity"] == "error"));
    }
    told
}

/// What the examples of all pages get, and the mended forms. Recipes that need nothing beside them are checked in one go.
fn checked(pages: &[Page]) -> Vec<[Told; 2]> {
    let together = Workspace::new();
    let alone = |page: &Page| !page.beside.is_empty() || page.file != EXAMPLE;
    let name = |page: &Page, index: usize| format!("recipes/{}-{index}.yaml", page.code);
    for page in pages.iter().filter(|page| !alone(page)) {
        for (index, block) in page.blocks.iter().enumerate() {
            together.write(&name(page, index), block);
        }
    }
    let told = check(&together);
    let of = |page: &Page, index: usize| {
        if !alone(page) {
            return told.get(&name(page, index)).cloned().unwrap_or_default();
        }
        let workspace = Workspace::new();
        for (name, text) in &page.beside {
            workspace.write(name, text);
        }
        workspace.write(&page.file, &page.blocks[index]);
        check(&workspace).into_values().flatten().collect()
    };
    pages.iter().map(|page| [of(page, 0), of(page, 1)]).collect()
}

fn listed() -> Vec<(String, String)> {
    let output = run(&["explain", "--json"], &repository());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let codes = json["codes"].as_array().expect("codes").iter();
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    codes.map(|one| (text(one, "code"), text(one, "title"))).collect()
}

#[test]
fn every_code_has_one_page_with_its_title() {
    let listed = listed();
    assert!(listed.len() >= 80, "only {} codes", listed.len());
    assert_eq!(listed.iter().map(|(code, _)| code.clone()).collect::<BTreeSet<_>>(), codes_on_disk());
    for (code, title) in listed {
        assert!(!title.starts_with(char::is_lowercase), "{code}: {title}");
        let page = page(&code);
        assert_eq!((page.code, page.title), (code, title));
    }
}

#[test]
fn every_example_gets_its_code_and_is_mended_as_the_page_says() {
    let pages: Vec<Page> = codes_on_disk().iter().map(|code| page(code)).collect();
    let mut wrong = Vec::new();
    for (page, [example, mended]) in pages.iter().zip(checked(&pages)) {
        let code = &page.code;
        if !example.iter().any(|(told, _)| told == code) {
            wrong.push(format!("{code}: the example gets {example:?}"));
        }
        if mended.iter().any(|(told, error)| told == code || *error) {
            wrong.push(format!("{code}: the mended form gets {mended:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn explain_prints_the_page_or_says_which_code_was_meant() {
    let page = std::fs::read_to_string(repository().join("docs/errors/BH1305.md")).expect("a page");
    for asked in ["BH1305", "bh1305"] {
        let output = run(&["explain", asked], &repository());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(out(&output), page);
    }
    let output = run(&["explain", "BH1305", "--json"], &repository());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(json["code"], "BH1305");
    assert_eq!(json["page"], page.as_str());
    let output = run(&["explain"], &repository());
    for (code, title) in listed() {
        assert!(out(&output).contains(&format!("{code}  {title}\n")), "{code}");
    }
    for (asked, part) in
        [("1305", "`BH1305`"), ("BH13O5", "Did you mean `BH13"), ("weather", "`bellhop explain`")]
    {
        let output = run(&["explain", asked], &repository());
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(part), "{asked}: {}", err(&output));
    }
}
