//! What the guides, the specification and the README show is true: recipes in them are checked and their tests played by the
//! real binary, commands exist with the options shown, links lead somewhere, no filter is forgotten. It judges no prose.
//!
//! How a block is marked: `yaml` is a whole recipe without any complaint, `yaml bad` gets the code that the line before it
//! names (`BH1402 × 3`: so often), `yaml mapping ID` is the file `mappings/ID.yaml`, `yaml test` holds tests of the recipe before it and they pass, `yaml fragment` can at least be read.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Workspace, err, out, repository, run};

/// A fenced block of a page.
struct Fence {
    /// The page's path from the repository's top, and the line of the fence.
    place: String,
    /// What stands behind the three marks.
    mark: String,
    /// The last line with something on it before the block.
    before: String,
    text: String,
}

/// The README, the guides and the specification.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    for folder in ["docs/guides", "docs/specs"] {
        let mut found: Vec<PathBuf> = std::fs::read_dir(repository().join(folder))
            .expect("the folder is there")
            .map(|entry| Path::new(folder).join(entry.expect("an entry").file_name()))
            .filter(|path| path.extension().is_some_and(|end| end == "md"))
            .collect();
        assert!(!found.is_empty(), "{folder} has pages");
        found.sort();
        pages.append(&mut found);
    }
    pages
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(repository().join(page)).expect("the page can be read")
}

fn fences(page: &Path) -> Vec<Fence> {
    let (mut found, mut before) = (Vec::new(), String::new());
    let mut open: Option<Fence> = None;
    for (number, line) in read(page).lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(fence), _) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, Some(mark)) => {
                open = Some(Fence {
                    place: format!("{}:{}", page.display(), number + 1),
                    mark: mark.to_owned(),
                    before: before.clone(),
                    text: String::new(),
                });
            }
            (None, None) if !line.trim().is_empty() => line.clone_into(&mut before),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block is never closed", page.display());
    found
}

/// Whether a document has a line that begins with this key.
fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

/// What `bellhop check` says of each file of a workspace: code and message.
fn check(workspace: &Workspace) -> BTreeMap<String, Vec<(String, String)>> {
    let output = run(&["check", "--json"], workspace.path());
    let report: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)));
    let mut told = BTreeMap::<String, Vec<(String, String)>>::new();
    for problem in report["problems"].as_array().expect("problems") {
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        told.entry(text("file")).or_default().push((text("code"), text("message")));
    }
    told
}

/// The codes that a line names, each with how often it is told where the line says so.
fn codes(line: &str) -> Vec<(&str, Option<usize>)> {
    let words: Vec<&str> =
        line.split(|letter: char| letter != '×' && !letter.is_ascii_alphanumeric()).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let is_code = |word: &str| {
        word.strip_prefix("BH")
            .is_some_and(|number| number.len() == 4 && number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let found = words.iter().enumerate().filter(|(_, word)| is_code(word));
    found
        .map(|(at, word)| {
            let times = words.get(at + 1).filter(|next| **next == "×").and_then(|_| words.get(at + 2));
            (*word, times.and_then(|times| times.parse().ok()))
        })
        .collect()
}

/// The id that a recipe of this name would get by its file.
fn id_of(recipe: &str) -> String {
    let name = recipe.lines().find_map(|line| line.strip_prefix("name: ")).unwrap_or("recipe");
    name.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).collect::<Vec<_>>().join("-")
}

#[test]
fn every_recipe_shown_is_right_and_every_bad_one_gets_its_code() {
    let workspace = Workspace::new();
    let (mut good, mut bad, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for fence in pages().iter().flat_map(|page| fences(page)) {
        let file = format!("recipes/example-{}.yaml", good.len() + bad.len());
        match fence.mark.as_str() {
            "yaml" if has_key(&fence.text, "trigger") && has_key(&fence.text, "steps") => {
                workspace.write(&file, &fence.text);
                good.push((file, fence));
            }
            "yaml" => wrong.push(format!("{}: no whole recipe, and not marked as a fragment", fence.place)),
            "yaml bad" => {
                workspace.write(&file, &fence.text);
                bad.push((file, fence));
            }
            mark => {
                if let Some(id) = mark.strip_prefix("yaml mapping ") {
                    let file = format!("mappings/{id}.yaml");
                    workspace.write(&file, &fence.text);
                    good.push((file, fence));
                }
            }
        }
    }
    assert!(good.len() >= 30 && bad.len() >= 5, "{} good and {} bad recipes", good.len(), bad.len());
    let told = check(&workspace);
    for (file, fence) in &good {
        if let Some(problems) = told.get(file) {
            wrong.push(format!("{}: {problems:?}", fence.place));
        }
    }
    for (file, fence) in &bad {
        let wanted = codes(&fence.before);
        let problems = told.get(file).cloned().unwrap_or_default();
        let has = |(code, times): &(&str, Option<usize>)| {
            let told = problems.iter().filter(|(told, _)| told == code).count();
            times.map_or(told > 0, |times| told == times)
        };
        if wanted.is_empty() || !wanted.iter().all(has) {
            wrong.push(format!("{}: wanted {wanted:?}, told {problems:?}", fence.place));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_test_shown_passes() {
    let mut played = 0;
    for page in pages() {
        let mut recipe = String::new();
        for fence in fences(&page) {
            if fence.mark == "yaml" {
                recipe = fence.text;
            } else if fence.mark == "yaml test" {
                let (workspace, id) = (Workspace::new(), id_of(&recipe));
                workspace.write(&format!("recipes/{id}.yaml"), &recipe);
                workspace.write(&format!("recipes/{id}.test.yaml"), &fence.text);
                let output = run(&["test"], workspace.path());
                let told = format!("{}{}", out(&output), err(&output));
                assert_eq!(output.status.code(), Some(0), "{}\n{told}", fence.place);
                assert!(check(&workspace).is_empty(), "{}", fence.place);
                played += 1;
            }
        }
    }
    assert!(played >= 2, "only {played} blocks of tests");
}

/// A recipe of the guides or the rules, by its number, with the event behind it where the page shows one.
struct Rehearsal {
    number: usize,
    place: String,
    recipe: String,
    event: Option<String>,
}

fn rehearsals() -> Vec<Rehearsal> {
    let mut found = Vec::new();
    for page in pages().into_iter().skip(1) {
        let fences = fences(&page);
        for (at, fence) in fences.iter().enumerate().filter(|(_, fence)| fence.mark == "yaml") {
            let event = fences.get(at + 1).filter(|next| next.mark == "json").map(|event| event.text.clone());
            let (place, recipe) = (fence.place.clone(), fence.text.clone());
            found.push(Rehearsal { number: found.len(), place, recipe, event });
        }
    }
    found
}

/// The mappings shown, which recipes on the pages share.
fn shared_mappings() -> Vec<(String, String)> {
    let fences = pages().into_iter().flat_map(|page| fences(&page));
    let mapping = |fence: Fence| {
        let id = fence.mark.strip_prefix("yaml mapping ")?;
        Some((format!("mappings/{id}.yaml"), fence.text))
    };
    fences.filter_map(mapping).collect()
}

/// What goes wrong when a recipe is planned in a sandbox.
fn rehearse(workspace: &Workspace, rehearsal: &Rehearsal) -> Option<String> {
    let id = format!("example-{}", rehearsal.number);
    let event = format!("event-{}.json", rehearsal.number);
    workspace.write(&format!("recipes/{id}.yaml"), &rehearsal.recipe);
    let mut arguments = vec!["plan", id.as_str(), "--sandbox"];
    if let Some(text) = &rehearsal.event {
        workspace.write(&event, text);
        arguments.extend(["--event", event.as_str()]);
    }
    let output = run(&arguments, workspace.path());
    let well = output.status.code() == Some(0);
    (!well).then(|| format!("{}: {}{}", rehearsal.place, out(&output), err(&output)))
}

#[test]
fn every_recipe_shown_can_be_rehearsed() {
    let all = rehearsals();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let some = all.chunks(all.len().div_ceil(4));
        let threads: Vec<_> = some
            .map(|some| {
                scope.spawn(move || {
                    let workspace = Workspace::new();
                    for (file, text) in shared_mappings() {
                        workspace.write(&file, &text);
                    }
                    some.iter().filter_map(|one| rehearse(&workspace, one)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no thread panics")).collect()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_fragment_can_be_read() {
    let known = ["yaml", "yaml bad", "yaml test", "yaml fragment"];
    for fence in pages().iter().flat_map(|page| fences(page)) {
        if fence.mark == "yaml fragment" {
            let source = bellhop_source::Source::new("fragment.yaml", fence.text.clone());
            let (_, problems) = bellhop_source::parse(&source);
            assert!(problems.is_empty(), "{}: {problems:?}", fence.place);
        } else if fence.mark == "json" {
            serde_json::from_str::<Value>(&fence.text)
                .unwrap_or_else(|error| panic!("{}: {error}", fence.place));
        }
        let of_yaml = fence.mark.starts_with("ya") || fence.mark.starts_with("yml");
        let known = known.contains(&fence.mark.as_str()) || fence.mark.starts_with("yaml mapping ");
        assert!(!of_yaml || known, "{}: mark {:?}", fence.place, fence.mark);
    }
}

#[test]
fn the_rule_about_values_names_every_filter_and_every_test() {
    let page = read(Path::new("docs/specs/R2-values.md"));
    // Only rows of tables: there each stretch of code is a word of the language.
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let code = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let words: BTreeSet<&str> = code
        .map(|code| code.strip_prefix("is ").unwrap_or(code))
        .filter_map(|code| code.split(['(', ' ']).next())
        .collect();
    let known = bellhop_template::vocabulary::filters().chain(bellhop_template::vocabulary::tests());
    let unnamed: Vec<&str> = known.map(|word| word.name).filter(|name| !words.contains(name)).collect();
    assert!(unnamed.is_empty(), "docs/specs/R2-values.md does not name {unnamed:?}");
}

/// The help of commands, each asked for once.
#[derive(Default)]
struct Help(BTreeMap<Vec<String>, String>);

impl Help {
    fn of(&mut self, path: &[String]) -> &str {
        self.0.entry(path.to_vec()).or_insert_with(|| {
            let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
            arguments.push("--help");
            let output = run(&arguments, &repository());
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", err(&output));
            out(&output)
        })
    }

    /// The commands below one; empty where it has none.
    fn commands(&mut self, path: &[String]) -> Vec<String> {
        let help = self.of(path);
        let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
        let lines = rest.lines().take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    }

    /// What is wrong with the words after `bellhop`.
    fn problem(&mut self, words: &[&str]) -> Option<String> {
        let mut path: Vec<String> = Vec::new();
        let mut rest = words.iter();
        loop {
            let below = self.commands(&path);
            if below.is_empty() {
                break;
            }
            match rest.next() {
                Some(word) if below.iter().any(|known| known == word) => path.push((*word).to_owned()),
                other => return Some(format!("after {path:?} comes {other:?}, and there are {below:?}")),
            }
        }
        let help = self.of(&path);
        let options: BTreeSet<&str> = help
            .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))
            .filter(|word| word.starts_with('-'))
            .collect();
        rest.filter(|word| word.starts_with('-'))
            .map(|word| word.split('=').next().unwrap_or(word))
            .find(|word| !options.contains(word))
            .map(|word| format!("{path:?} has no {word}"))
    }
}

/// What is shown as typed: lines of blocks of shell, and `code` in prose and tables.
fn commands_shown(page: &Path) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    for fence in fences(page).into_iter().filter(|fence| fence.mark == "sh") {
        shown.extend(fence.text.lines().map(|line| (fence.place.clone(), line.to_owned())));
    }
    let mut inside = false;
    for (number, line) in read(page).lines().enumerate() {
        inside ^= line.starts_with("```");
        if !inside {
            let place = format!("{}:{}", page.display(), number + 1);
            let code = line.split('`').skip(1).step_by(2);
            shown.extend(code.map(|code| (place.clone(), code.to_owned())));
        }
    }
    shown
}

#[test]
fn every_command_shown_exists_with_its_options() {
    let (mut help, mut looked_at, mut wrong) = (Help::default(), 0, Vec::new());
    for (place, line) in pages().iter().flat_map(|page| commands_shown(page)) {
        let line = line.split(" #").next().unwrap_or_default().replace(['[', ']'], " ");
        let words: Vec<&str> = line.split_whitespace().skip_while(|word| word.contains('=')).collect();
        let [first, words @ ..] = words.as_slice() else { continue };
        if *first != "bellhop" || words.is_empty() {
            continue;
        }
        looked_at += 1;
        let words: Vec<&str> =
            words.iter().copied().take_while(|word| !["|", ">", "&&"].contains(word)).collect();
        if let Some(problem) = help.problem(&words) {
            wrong.push(format!("{place}: `{line}`: {problem}"));
        }
    }
    assert!(looked_at >= 20, "only {looked_at} commands");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_link_leads_somewhere_and_every_rule_has_its_page() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        let folder = repository().join(&page).parent().expect("a folder").to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let index = read(Path::new("docs/specs/README.md"));
    for rule in 1..=12 {
        let start = format!("docs/specs/R{rule}-");
        let page = pages().into_iter().find(|page| page.to_string_lossy().starts_with(&start));
        let page = page.unwrap_or_else(|| panic!("rule R{rule} has no page"));
        assert!(read(&page).starts_with(&format!("# R{rule} ")), "{}", page.display());
        assert!(index.contains(&*page.file_name().expect("a name").to_string_lossy()), "R{rule}");
    }
}
