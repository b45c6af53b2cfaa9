//! The rules of `docs/specs/` from outside: the fixtures of `tests/suite/`, each folder a rule, against the real binary. `tests/suite/README.md`
//! says how they are written. It starts the binary once or twice a rule, never once a fixture.
//!
//! It knows no rule itself. Start at [`Rule`].

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bellhop_sandbox::SandboxConfig;
use serde_json::Value;
use support::{Workspace, begins_large, err, out, repository, run};

/// The rules with their fixtures.
const RULES: usize = 12;
/// Fixtures that a rule has at least.
const LEAST: usize = 12;

/// A complaint that a fixture expects.
struct Wanted {
    line: u64,
    words: String,
}

/// A file of a rule's folder.
struct Fixture {
    /// `R3/bad/too-early.yaml`
    name: String,
    /// Where it stands in the workspace: `recipes/too-early.yaml`.
    place: String,
    /// Its bytes without the marks.
    bytes: Vec<u8>,
    wanted: Vec<Wanted>,
}

impl Fixture {
    fn read(rule: &str, part: &str, path: &Path) -> Self {
        let file = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let name = format!("{rule}/{part}/{file}");
        let (mut bytes, mut wanted, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        let whole = fs::read(path).expect("a fixture can be read");
        for (index, line) in whole.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let Some(at) = line.windows(2).position(|two| two == b"#!") else {
                bytes.extend_from_slice(line);
                wanted.extend(waiting.drain(..).map(|words| Wanted { line: index as u64 + 1, words }));
                continue;
            };
            let marks = String::from_utf8_lossy(&line[at + 2..]);
            waiting.extend(marks.split("#!").map(|words| words.trim().to_owned()));
            let code = line[..at].trim_ascii_end();
            if !code.is_empty() {
                wanted.extend(waiting.drain(..).map(|words| Wanted { line: index as u64 + 1, words }));
            }
            bytes.extend_from_slice(code);
            bytes.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
        }
        assert!(waiting.is_empty(), "{name}: a complaint stands below the last line");
        assert!(part != "good" || wanted.is_empty(), "{name}: what is good has no complaints");
        assert!(part != "bad" || !wanted.is_empty(), "{name}: what is bad has complaints");
        let place = match part {
            "mappings" => format!("mappings/{file}"),
            "bad" => format!("recipes/bad-{file}"),
            _ => format!("recipes/{file}"),
        };
        Self { name, place, bytes, wanted }
    }
}

/// A rule's folder.
struct Rule {
    name: String,
    fixtures: Vec<Fixture>,
}

fn suite() -> PathBuf {
    repository().join("tests/suite")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn rules() -> Vec<Rule> {
    let read = |number| {
        let name = format!("R{number}");
        let part = |part: &str| {
            let found = files(&suite().join(&name).join(part));
            found.iter().map(|path| Fixture::read(&name, part, path)).collect::<Vec<_>>()
        };
        let fixtures = ["good", "bad", "mappings"].into_iter().flat_map(part).collect();
        Rule { name, fixtures }
    };
    (1..=RULES).map(read).collect()
}

impl Rule {
    /// A workspace with its YAML files.
    fn workspace(&self, good_only: bool) -> Workspace {
        let workspace = Workspace::new();
        for fixture in self
            .fixtures
            .iter()
            .filter(|one| Path::new(&one.place).extension().is_some_and(|end| end == "yaml"))
        {
            if good_only && fixture.name.contains("/bad/") {
                continue;
            }
            let path = workspace.path().join(&fixture.place);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
            fs::write(path, &fixture.bytes).expect("a file");
        }
        workspace
    }

    /// What the binary says otherwise than the fixtures expect.
    fn differences(&self) -> Vec<String> {
        let workspace = self.workspace(false);
        let report = json(&["check", "--json"], &workspace);
        let mut told: Vec<&Value> = report["problems"].as_array().expect("problems").iter().collect();
        let mut differences = Vec::new();
        for fixture in &self.fixtures {
            for wanted in &fixture.wanted {
                let found = told.iter().position(|one| {
                    one["file"] == *fixture.place
                        && one["line"] == wanted.line
                        && matches(&words(one), &wanted.words)
                });
                match found {
                    Some(at) => drop(told.remove(at)),
                    None => differences
                        .push(format!("{}:{}: missing: {}", fixture.name, wanted.line, wanted.words)),
                }
            }
        }
        let more = told.iter().map(|one| {
            let file = one["file"].as_str().unwrap_or_default();
            format!("{} {file}:{}: not expected: {}", self.name, one["line"], words(one))
        });
        differences.extend(more);
        let small = report["problems"].as_array().expect("problems").iter().filter(|one| !begins_large(one));
        differences.extend(small.map(|one| format!("begins with a small letter: {}", one["help"])));
        differences
    }
}

fn json(arguments: &[&str], workspace: &Workspace) -> Value {
    let output = run(arguments, workspace.path());
    serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{arguments:?}: {}", err(&output)))
}

/// A complaint in words: `BH1402 error: message. Help. => the mended text`.
fn words(problem: &Value) -> String {
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    let mut words = format!("{} {}: {}", text("code"), text("severity"), text("message"));
    if !words.ends_with(['?', '.']) {
        words.push('.');
    }
    if let Some(help) = problem["help"].as_str() {
        words = format!("{words} {help}");
    }
    if let Some(mended) = problem["suggestion"]["text"].as_str() {
        words = format!("{words} => {}", mended.replace('\n', "⏎"));
    }
    words
}

/// Whether `words` is made of the parts of `pattern` with anything for each `…`.
fn matches(words: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('…').map(str::trim).collect();
    let mut rest = words.trim();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let found = match (index, last) {
            (0, true) => (rest == *part).then_some(0),
            (0, false) => rest.starts_with(part).then_some(0),
            (_, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            (_, false) => rest.find(part),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[test]
fn every_complaint_stands_where_the_rule_has_it_and_no_other() {
    let differences: Vec<String> = rules().iter().flat_map(Rule::differences).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn a_changed_expectation_is_noticed() {
    for (words, pattern) in [
        ("BH1 error: one.", "BH1 error: on"),
        ("BH1 error: one.", "BH1 error: …two."),
        ("BH1 error: one. => a", "BH1 error: one."),
        ("BH1 error: one. => a", "BH1 error: … => b"),
        ("BH1 error: one.", "BH2 error: …"),
        ("BH1 error: one.", ""),
    ] {
        assert!(!matches(words, pattern), "{words} is {pattern}");
    }
    assert!(matches("BH1 error: one. => a", "BH1 error: … => a"));
    let mut rules = rules();
    let rule = &mut rules[0];
    let fixture = rule.fixtures.iter_mut().find(|one| !one.wanted.is_empty()).expect("a bad one");
    fixture.wanted[0].line += 1;
    assert_eq!(rule.differences().len(), 2, "one is missing, and one was not expected");
}

#[test]
fn what_is_good_does_what_its_tests_say() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let tests: Vec<_> = rule
            .fixtures
            .iter()
            .filter(|one| one.name.contains("/good/") && one.name.contains(".test."))
            .collect();
        if tests.is_empty() {
            continue;
        }
        let report = json(&["test", "--json"], &rule.workspace(true));
        for test in report["tests"].as_array().expect("tests").iter().filter(|test| test["passed"] != true) {
            wrong.push(format!("{} {}: {}: {:#}", rule.name, test["file"], test["name"], test["failures"]));
        }
        let files: BTreeSet<_> = report["tests"]
            .as_array()
            .expect("tests")
            .iter()
            .map(|one| &one["file"])
            .map(Value::to_string)
            .collect();
        assert_eq!(files.len(), tests.len(), "{}: each file of tests is played", rule.name);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_drawn_is_what_stands_beside_it() {
    let mut drawn = 0;
    for rule in rules() {
        let pictures: Vec<_> = rule.fixtures.iter().filter(|one| one.place.ends_with(".mermaid")).collect();
        if pictures.is_empty() {
            continue;
        }
        let workspace = rule.workspace(true);
        for picture in pictures {
            let id = picture.place.trim_start_matches("recipes/").trim_end_matches(".mermaid");
            let output = run(&["graph", id, "--format", "mermaid"], workspace.path());
            let wanted = String::from_utf8_lossy(&picture.bytes);
            assert_eq!(out(&output).trim_end(), wanted.trim_end(), "{}: {}", picture.name, err(&output));
            drawn += 1;
        }
    }
    assert!(drawn >= 3, "only {drawn} pictures");
}

/// `<id>.sent.json` says what the app receives when the recipe is run once, for real, on the sample of an event.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_receives_is_what_stands_beside_it() {
    let mut sent = 0;
    for rule in rules() {
        for fixture in rule.fixtures.iter().filter(|one| one.place.ends_with(".sent.json")) {
            let wanted: Value = serde_json::from_slice(&fixture.bytes).expect("JSON");
            let id = fixture.place.trim_start_matches("recipes/").trim_end_matches(".sent.json");
            let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
            let workspace = Workspace::of(&sandbox);
            let recipe = rule
                .fixtures
                .iter()
                .find(|one| one.place == format!("recipes/{id}.yaml"))
                .expect("its recipe");
            fs::write(workspace.path().join(&recipe.place), &recipe.bytes).expect("a file");
            let event = wanted["event"].as_str().expect("an event");
            let output = workspace.run(&["run", id, "--sample", event], sandbox.token());
            assert_eq!(output.status.code(), Some(0), "{}: {}{}", fixture.name, out(&output), err(&output));
            let calls: Vec<Value> = sandbox
                .calls()
                .into_iter()
                .filter(|call| call.method != "GET")
                .map(|call| call.body)
                .collect();
            assert_eq!(Value::Array(calls), wanted["bodies"], "{}", fixture.name);
            sandbox.shutdown().await;
            sent += 1;
        }
    }
    assert!(sent >= 3, "only {sent} fixtures");
}

#[test]
fn every_rule_and_every_part_of_its_page_has_fixtures() {
    let mut missing = Vec::new();
    for rule in rules() {
        if rule.fixtures.len() < LEAST {
            missing.push(format!("{}: only {} fixtures", rule.name, rule.fixtures.len()));
        }
        let page = files(&repository().join("docs/specs"))
            .into_iter()
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{}-", rule.name)))
            })
            .expect("each rule has a page");
        let page = fs::read_to_string(page).expect("it can be read");
        let firsts: Vec<String> = rule
            .fixtures
            .iter()
            .map(|one| String::from_utf8_lossy(&one.bytes).lines().next().unwrap_or_default().to_owned())
            .collect();
        for part in page.lines().filter_map(|line| line.strip_prefix("## ")) {
            let wanted = format!("# {}, {part}: ", rule.name);
            // What a command prints is no part of the language; this runner reads it all the time.
            let language = part != "Not in this version" && !part.starts_with("What `bellhop");
            if language && !firsts.iter().any(|first| first.contains(&wanted)) {
                missing.push(format!("{}: nothing for the part `{part}`", rule.name));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
