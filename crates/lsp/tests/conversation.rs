//! The conversation: greetings, complaints, quick fixes, changes of the workspace, leave-taking.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bellhop_lsp::Ending;
use lsp_server::ErrorCode;
use serde_json::{Value, json};
use support::{Editor, RECIPE, SETTINGS, Shop, TEMPLATE, slice};

const GOOD: &str = "name: Hello\ntrigger: crm.person_created\nsteps:\n  - crm.ping: {}\n";
/// The place of the mistake stands after letters that are two UTF-16 units, two bytes and four bytes long.
const BAD: &str = "name: Hello\ntrigger: crm.person_created\nsteps:\n  - stop: é😀 {{ triger.name }}\n";

fn code(response: lsp_server::Response) -> i32 {
    response.response_result.expect_err("it is refused").code
}

#[test]
fn greetings_say_what_the_server_can_do() {
    let mut editor = Editor::silent(Shop::default());
    let refused = editor.try_to_ask("textDocument/hover", json!({}));
    assert_eq!(code(refused), ErrorCode::ServerNotInitialized as i32);
    let greeting = json!({ "rootUri": "file:///shop", "capabilities": {} });
    let answer = editor.ask("initialize", greeting);
    let can = &answer["capabilities"];
    assert_eq!(answer["serverInfo"]["name"], "bellhop");
    assert_eq!(can["positionEncoding"], "utf-16");
    assert_eq!(can["textDocumentSync"]["change"], 1);
    for what in ["hoverProvider", "definitionProvider"] {
        assert_eq!(can[what], true, "{what}");
    }
    assert_eq!(code(editor.try_to_ask("textDocument/rename", json!({}))), ErrorCode::MethodNotFound as i32);
    assert_eq!(code(editor.try_to_ask("textDocument/hover", json!([1]))), ErrorCode::InvalidParams as i32);
    assert_eq!(editor.leave(), Ending::Orderly);
}

#[test]
fn leaving_without_a_word_is_noticed() {
    assert_eq!(Editor::new().end(), Ending::Broken);
    assert_eq!(Editor::new().vanish(), Ending::Broken);
    assert_eq!(Editor::silent(Shop::default()).vanish(), Ending::Broken);
    let mut editor = Editor::new();
    editor.ask("shutdown", Value::Null);
    assert_eq!(code(editor.try_to_ask("textDocument/hover", json!({}))), ErrorCode::InvalidRequest as i32);
    assert_eq!(editor.end(), Ending::Orderly);
}

#[test]
fn complaints_come_on_opening_and_on_every_change() {
    let mut editor = Editor::new();
    let told = editor.open(RECIPE, BAD);
    assert_eq!(told["version"], 1);
    let [problem] = told["diagnostics"].as_array().expect("a list").as_slice() else {
        panic!("one problem, not {told}")
    };
    assert_eq!(problem["source"], "bellhop");
    assert_eq!(problem["severity"], 1);
    assert!(problem["code"].as_str().is_some_and(|code| code.starts_with("BH")), "{problem}");
    let message = problem["message"].as_str().expect("a text");
    assert!(message.contains("there is no `triger` here: did you mean `trigger`?"), "{message}");
    assert!(message.contains("\nKnown here: "), "the help comes along: {message}");
    assert_eq!(slice(BAD, &problem["range"]), "triger");
    assert_eq!(problem["range"]["start"], json!({ "line": 3, "character": 17 }));

    let told = editor.change(RECIPE, 2, GOOD);
    assert_eq!((&told["version"], &told["diagnostics"]), (&json!(2), &json!([])));
    // A text that is no YAML at all.
    let told = editor.change(RECIPE, 3, "name: [\n\t\u{0}'");
    assert!(!told["diagnostics"].as_array().expect("a list").is_empty());
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": RECIPE } }));
    assert_eq!(editor.diagnostics(RECIPE)["diagnostics"], json!([]));
}

#[test]
fn templates_are_checked_against_what_they_may_use() {
    let text = "name: Hello\ntrigger: crm.person_created\nsteps:\n  - crm.ping: {}\n    connection: other_crm\n  - call: farewell\n    inputs: { person: '{{ triger.name }}' }\n";
    let mut editor = Editor::new();
    let told = editor.open(TEMPLATE, text);
    let [problem] = told["diagnostics"].as_array().expect("a list").as_slice() else {
        panic!("one problem, not {told}")
    };
    assert_eq!(slice(text, &problem["range"]), "triger");
    // Words are known in it as in any recipe, and lead to what is called.
    let farewell = text.find("farewell").expect("it is there");
    let page = editor.ask_at("textDocument/hover", TEMPLATE, text, farewell + 2);
    assert!(page.to_string().contains("Who is greeted"), "{page}");
    let place = editor.ask_at("textDocument/definition", TEMPLATE, text, farewell + 2);
    assert_eq!(place["uri"], "file:///shop/templates/farewell.yaml");
    // A recipe may use neither.
    let told = editor.open(RECIPE, text);
    assert_eq!(told["diagnostics"].as_array().map(Vec::len), Some(3), "{told}");
}

#[test]
fn tests_of_recipes_are_checked_and_their_keys_proposed() {
    let mut editor = Editor::new();
    let uri = "file:///shop/recipes/hello.test.yaml";
    let told = editor.open(uri, "recipe: wrong\n\n");
    assert_eq!(told["diagnostics"][0]["code"], "BH9999");
    let here = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 0 } });
    let items = editor.ask("textDocument/completion", here);
    let labels: Vec<&str> =
        items.as_array().expect("a list").iter().filter_map(|item| item["label"].as_str()).collect();
    assert_eq!(labels, ["tests"]);
    let told = editor.change(uri, 2, "recipe: hello\n");
    assert_eq!(told["diagnostics"], json!([]));
}

#[test]
fn a_mend_is_a_quick_fix_at_its_place_only() {
    let mut editor = Editor::new();
    let problem = editor.open(RECIPE, BAD)["diagnostics"][0].clone();
    let ask = |range: &Value| json!({ "textDocument": { "uri": RECIPE }, "range": range, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", ask(&problem["range"]));
    let [action] = actions.as_array().expect("a list").as_slice() else {
        panic!("one action, not {actions}")
    };
    assert_eq!(action["title"], "Replace `triger` by `trigger`");
    assert_eq!(action["kind"], "quickfix");
    assert_eq!(action["diagnostics"], json!([problem]));
    let edit = &action["edit"]["changes"][RECIPE][0];
    let (start, end) =
        (support::offset(BAD, &edit["range"]["start"]), support::offset(BAD, &edit["range"]["end"]));
    let mut mended = BAD.to_owned();
    mended.replace_range(start..end, edit["newText"].as_str().expect("a text"));
    assert_eq!(editor.change(RECIPE, 2, &mended)["diagnostics"], json!([]));

    editor.change(RECIPE, 3, BAD);
    let elsewhere = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 1 } });
    assert_eq!(editor.ask("textDocument/codeAction", ask(&elsewhere)), json!([]));
}

#[test]
fn over_a_problem_the_page_of_its_code_is_shown() {
    let mut editor = Editor::new();
    let text = "name: Hello\ntrigger: crm.person_created\nsteps:\n  - crm.pingg: {}\n  - crm.add_tags: {}\n";
    editor.open(RECIPE, text);
    let mut page = |word: &str| {
        let answer = editor.ask_at("textDocument/hover", RECIPE, text, text.find(word).expect("it is there"));
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(page("crm.pingg"), "### BH1305: What it means");
    let both = page("crm.add_tags");
    assert!(both.starts_with("**crm.add_tags**: Add tags"), "{both}");
    assert!(both.contains("\n\n---\n\n### BH"), "{both}");
    assert!(!page("person_created").contains("---"));
}

#[test]
fn settings_are_checked_too_and_saving_them_reads_the_workspace_anew() {
    let readings = Arc::new(AtomicUsize::new(0));
    let shop = Shop { readings: Arc::clone(&readings), ..Shop::default() };
    let mut editor = Editor::with(shop, &json!({}));
    let told = editor.open(SETTINGS, "time_zone: wrong\n");
    assert_eq!(told["diagnostics"][0]["code"], "BH9999");
    assert_eq!(readings.load(Ordering::SeqCst), 1);
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": SETTINGS } }));
    assert_eq!(editor.diagnostics(SETTINGS)["diagnostics"][0]["code"], "BH9999");
    assert_eq!(readings.load(Ordering::SeqCst), 2);
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    editor.diagnostics(SETTINGS);
    assert_eq!(readings.load(Ordering::SeqCst), 3);
}

#[test]
fn files_are_watched_where_the_editor_can() {
    let can = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut editor = Editor::with(Shop::default(), &can);
    editor.open(RECIPE, GOOD);
    let [question] = editor.questions.as_slice() else { panic!("one question, not {:?}", editor.questions) };
    assert_eq!(question.method, "client/registerCapability");
    assert_eq!(question.params["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
}

#[test]
fn a_workspace_that_cannot_be_read_is_told_and_ends_nothing() {
    let mut editor = Editor::with(Shop { broken: true, ..Shop::default() }, &json!({}));
    let document = json!({ "uri": RECIPE, "languageId": "yaml", "version": 1, "text": GOOD });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    assert_eq!(editor.ask_at("textDocument/completion", RECIPE, GOOD, 0), json!([]));
    assert_eq!(editor.ask_at("textDocument/hover", RECIPE, GOOD, 0), Value::Null);
    let told = editor.heard.iter().find(|one| one.method == "window/showMessage").expect("it is told");
    assert_eq!(told.params["message"], "The workspace cannot be read.");
    assert_eq!(editor.leave(), Ending::Orderly);
}

#[test]
fn files_of_other_programs_are_left_alone() {
    let mut editor = Editor::new();
    let other = json!({ "uri": "file:///shop/other.yaml", "languageId": "yaml", "version": 1, "text": BAD });
    editor.tell("textDocument/didOpen", json!({ "textDocument": other }));
    assert_eq!(editor.ask_at("textDocument/completion", "file:///shop/other.yaml", BAD, 0), json!([]));
    assert!(editor.heard.is_empty(), "{:?}", editor.heard);
}

#[test]
fn an_editor_without_snippets_gets_plain_text() {
    let text = "name: Hello\ntrigger: crm.person_created\nsteps:\n  - crm.add";
    for (mut editor, format, written) in [
        (
            Editor::with(Shop::default(), &json!({})),
            1,
            "crm.add_tags:\n      personId: $.trigger.id\n      tags: []",
        ),
        (Editor::new(), 2, "crm.add_tags:\n      personId: ${1:\\$.trigger.id}\n      tags: [$2]"),
    ] {
        editor.open(RECIPE, text);
        let items = editor.ask_at("textDocument/completion", RECIPE, text, text.len());
        let items = items.as_array().expect("a list");
        let item = items.iter().find(|item| item["label"] == "crm.add_tags").expect("it is offered");
        assert_eq!(item["insertTextFormat"], format);
        assert_eq!(item["textEdit"]["newText"], written);
    }
}
