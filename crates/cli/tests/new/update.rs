//! `bellhop update`: templates of the workspace that change under their recipes.

use serde_json::{Value, json};

use super::support::{Workspace, err, out, run};
use super::{new_lines, read};

const FIRST: &str = "name: Greet\ninputs:\n  greeting: # the first words\n    type: text\n    default: Hello\n  score:\n    type: number\n    default: 80\n\ntrigger: manual\nsteps:\n  - stop: \"{{ inputs.greeting }} {{ inputs.score }}\"\n";
const SECOND: &str = "name: Greet people\ninputs:\n  greeting: # the first words\n    type: text\n    default: Good day\n  channel:\n    type: choice\n    choices: [email, phone]\n    default: phone\n\ntrigger: manual\nsteps:\n  # Says it twice.\n  - stop: \"{{ inputs.greeting }} {{ inputs.greeting }}\"\n";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("templates/greet.yaml", FIRST);
    let output =
        run(&["new", "greet", "hail", "--set", "greeting=Hail", "--set", "score=7"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    workspace
}

#[test]
fn the_difference_is_shown_and_the_inputs_are_kept() {
    let workspace = workspace();
    let mine =
        read(&workspace, "recipes/hail.yaml").replace("name: Greet\n", "name: Hail them\nenabled: no\n");
    workspace.write("recipes/hail.yaml", &mine);
    workspace.write("recipes/other.yaml", "name: Other\ntrigger: manual\nsteps:\n  - stop: Done\n");
    assert_eq!(run(&["update", "--check"], workspace.path()).status.code(), Some(0));

    workspace.write("templates/greet.yaml", SECOND);
    let output = run(&["update", "--check"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let told = out(&output);
    for part in [
        "-  - stop: \"{{ inputs.greeting }} {{ inputs.score }}\"",
        "+  - stop: \"{{ inputs.greeting }} {{ inputs.greeting }}\"",
        "+  # Says it twice.",
        "new input channel: phone",
        "gone: score (it was 7)",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(!told.contains("Hail\""), "what is kept is no difference:\n{told}");
    assert_eq!(read(&workspace, "recipes/hail.yaml"), mine, "--check writes nothing");

    let output = run(&["update"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("nobody can be asked here. `--yes` agrees."), "{}", err(&output));
    assert_eq!(read(&workspace, "recipes/hail.yaml"), mine);

    let output = run(&["update", "hail", "--yes", "--set", "channel=email"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let updated = read(&workspace, "recipes/hail.yaml");
    let mut lines = new_lines(SECOND, &updated);
    assert!(lines.remove(0).starts_with("# template: greet "));
    assert_eq!(lines, ["name: Hail them", "enabled: no", "default: Hail", "default: email"]);
    let output = run(&["update"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("recipes/hail.yaml: up to date"), "{}", err(&output));
    assert_eq!(run(&["check"], workspace.path()).status.code(), Some(0));
}

#[test]
fn what_was_changed_by_hand_is_not_lost() {
    let workspace = workspace();
    let mine = read(&workspace, "recipes/hail.yaml").replace("trigger: manual", "trigger: manual # by me");
    workspace.write("recipes/hail.yaml", &mine);
    assert_eq!(run(&["update"], workspace.path()).status.code(), Some(0), "the template has not changed");
    workspace.write("templates/greet.yaml", SECOND);
    let output = run(&["update", "--yes"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(out(&output).contains("-trigger: manual # by me"), "{}", out(&output));
    assert!(
        err(&output).contains("changed by hand") && err(&output).contains("bellhop update hail --force"),
        "{}",
        err(&output)
    );
    assert_eq!(read(&workspace, "recipes/hail.yaml"), mine);
    let output = run(&["update", "--force"], workspace.path());
    assert_eq!(output.status.code(), Some(2), "force names its recipes");
    let output = run(&["update", "hail", "--force", "--yes"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!read(&workspace, "recipes/hail.yaml").contains("by me"));
}

#[test]
fn a_new_input_without_a_default_must_be_given_and_one_of_another_type_is_told() {
    let workspace = workspace();
    let second = FIRST
        .replace(
            "  score:\n    type: number\n    default: 80\n",
            "  score:\n    type: duration\n    default: 2 days\n  who:\n    type: text\n",
        )
        .replace("{{ inputs.score }}", "{{ inputs.who }}");
    workspace.write("templates/greet.yaml", &second);
    let output = run(&["update", "--yes"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(
        err(&output).contains("`who` must be given") && err(&output).contains("--set who=…"),
        "{}",
        err(&output)
    );
    let output = run(&["update", "--check", "--json"], workspace.path());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let one = &json["recipes"][0];
    assert_eq!((&one["state"], &one["recipe"]), (&json!("newer"), &json!("hail")));
    assert_eq!((&one["new_inputs"], &one["inputs_that_do_not_fit"]), (&json!(["who"]), &json!(["score"])));
    assert!(one["diff"].as_str().is_some_and(|diff| diff.contains("+    type: duration")), "{one}");
    let output = run(&["update", "--yes", "--set", "who=Ana"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("score was 7 and is now 2 days"), "{}", out(&output));
    let updated = read(&workspace, "recipes/hail.yaml");
    assert!(updated.contains("default: Ana\n") && updated.contains("default: Hail\n"), "{updated}");
}

#[test]
fn what_cannot_be_updated_is_told() {
    let workspace = workspace();
    workspace.write("recipes/own.yaml", "name: Own\ntrigger: manual\nsteps:\n  - stop: Done\n");
    for (arguments, part) in [
        (&["update", "own"][..], "recipes/own.yaml was not made from a template"),
        (&["update", "hial"], "Did you mean `hail`?"),
        (&["update", "--yes", "--set", "greting=Hi"], "Did you mean `greeting`?"),
    ] {
        let output = run(arguments, workspace.path());
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(part), "{}", err(&output));
    }
    workspace.write("templates/greet.yaml", "name: Greet\nsteps: []\n");
    let output = run(&["update", "--yes"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("templates/greet.yaml has errors"), "{}", err(&output));
    std::fs::remove_file(workspace.path().join("templates/greet.yaml")).expect("it was there");
    let output = run(&["update"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("there is no template `greet` any more"), "{}", err(&output));
    let empty = Workspace::new();
    let output = run(&["update"], empty.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("`bellhop new` makes one"), "{}", err(&output));
}
