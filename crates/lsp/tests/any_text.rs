//! Whatever stands in the document and wherever the cursor is: the server answers, and goes on answering.

mod support;

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;
use support::{Editor, RECIPE, SETTINGS};

const METHODS: [&str; 3] = ["textDocument/completion", "textDocument/hover", "textDocument/definition"];

/// Asks everything about one place of a text, in a recipe and in settings.
fn ask_everything(editor: &mut Editor, text: &str, line: u32, character: u32) {
    for uri in [RECIPE, SETTINGS] {
        editor.change(uri, 2, text);
        let document = json!({ "uri": uri });
        let position = json!({ "line": line, "character": character });
        for method in METHODS {
            editor.ask(method, json!({ "textDocument": document, "position": position }));
        }
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": position });
        editor.ask("textDocument/codeAction", json!({ "textDocument": document, "range": range }));
    }
}

fn editor() -> Editor {
    let mut editor = Editor::new();
    editor.open(RECIPE, "");
    editor.open(SETTINGS, "");
    editor
}

#[test]
fn a_recipe_may_be_cut_off_anywhere() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let mut editor = editor();
    let mut seen = 0;
    for entry in std::fs::read_dir(recipes).expect("there are recipes") {
        let text = std::fs::read_to_string(entry.expect("it can be read").path()).expect("it is a text");
        for end in (0..text.len()).step_by(41).filter(|end| text.is_char_boundary(*end)) {
            let cut = &text[..end];
            let line = u32::try_from(cut.matches('\n').count()).expect("it is short");
            let column = cut.len() - cut.rfind('\n').map_or(0, |at| at + 1);
            ask_everything(&mut editor, cut, line, u32::try_from(column).expect("it is short"));
            seen += 1;
        }
    }
    assert!(seen > 50);
}

#[test]
fn very_deep_and_very_long_texts_are_answered() {
    let mut editor = editor();
    let many_lines = format!("a: [\n{}", "  b,\n".repeat(50_000));
    ask_everything(&mut editor, &many_lines, 50_000, 4);
    for text in [
        format!("[{}", " ".repeat(500_000)),
        format!("{{ {}", "a: b, ".repeat(50_000)),
        format!("a: {}", "{{ b }} ".repeat(50_000)),
        "a:\n".repeat(50_000),
        "[".repeat(20_000),
        "{a: ".repeat(5_000),
        "- ".repeat(5_000),
        "x".repeat(2_000_000),
        "$.a[".repeat(5_000),
    ] {
        ask_everything(&mut editor, &text, 0, u32::MAX);
        ask_everything(&mut editor, &format!("steps:\n  - if: {text}"), 1, u32::MAX);
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}", line in 0_u32..3, character in 0_u32..90) {
        ask_everything(&mut editor(), &text, line, character);
    }

    #[test]
    fn any_yaml_like_text_is_answered(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "name: a", "steps:", "trigger:", "inputs:", "\n", "\r\n", "\r", "  ", "    ", "- ", "- - ", "if: ", "then:", "crm.get_person:",
                "as: one", "$.", "$.one[0].", "['", "{{", "{{ one.", "}}", "{ a: ", "[b, ", "]", "}", "|", ">", "\"", "'", "é", "😀",
                "set: ", "for_each: ", "#", ": ", "\t", "&a ", "*a", "!x ", "---", "...", "%", "\u{feff}", "\u{0}",
            ]),
            0..24,
        ),
        line in 0_u32..6,
        character in 0_u32..20,
    ) {
        ask_everything(&mut editor(), &parts.concat(), line, character);
    }
}
