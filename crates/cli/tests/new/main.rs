//! `bellhop new` as a person types it, without a terminal: templates, inputs by id and by name, and everything that can be
//! wrong. `init` has a workspace made, `update` templates that change, `terminal` a person who is asked.

#[path = "../support/mod.rs"]
mod support;

mod init;
mod terminal;
mod update;

use bellhop_sandbox::{Running, SandboxConfig};
use serde_json::{Value, json};
use support::{Workspace, err, out, run};

/// A sandbox, and a workspace that talks to it.
async fn stage() -> (Running, Workspace) {
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    (sandbox, workspace)
}

fn read(workspace: &Workspace, name: &str) -> String {
    std::fs::read_to_string(workspace.path().join(name)).expect("the file is there")
}

/// The lines of `new` that are not in `old`, trimmed.
fn new_lines<'a>(old: &str, new: &'a str) -> Vec<&'a str> {
    let known: Vec<&str> = old.lines().collect();
    new.lines().filter(|line| !known.contains(line)).map(str::trim).collect()
}

fn template(id: &str) -> String {
    std::fs::read_to_string(support::repository().join(format!("recipes/{id}.yaml"))).expect("it is shipped")
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_ids_are_taken_and_the_rest_of_the_text_stays() {
    let (sandbox, workspace) = stage().await;
    let arguments = [
        "new",
        "route-new-leads",
        "our-leads",
        "--set",
        "hot_score=75",
        "--set",
        "sales_owner=tomas reed",
        "--set",
        "referral_owner=userInesAlbury000001",
        "--set",
        "webinar_workflow=Win back",
    ];
    let output = workspace.run(&arguments, sandbox.token());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(
        out(&output).contains("Wrote recipes/our-leads.yaml from the template route-new-leads"),
        "{}",
        out(&output)
    );
    let text = read(&workspace, "recipes/our-leads.yaml");
    let shipped = template("route-new-leads");
    let mut lines = new_lines(&shipped, &text);
    assert!(lines.remove(0).starts_with("# template: route-new-leads "), "{text}");
    assert_eq!(
        lines,
        ["default: 75", "default: userTomasReed0000001", "default: 00000000-0000-4000-8000-000000000103"]
    );
    assert_eq!(text.lines().count(), shipped.lines().count() + 1);
    assert_eq!(text.lines().next(), shipped.lines().next(), "the line for editors stays the first");

    let output = workspace.run(&["check"], sandbox.token());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    workspace.write(
        "recipes/our-leads.test.yaml",
        "recipe: our-leads\ntests:\n  - name: a hot lead goes to Tomas\n    given:\n      contacts: [{ id: c1, firstName: Ana, custom_fields: { lead_score: 76 } }]\n    event: { contacts.contact_created: { id: c1 } }\n    expect:\n      writes:\n        - contacts.add_tags: { tags: [hot lead] }\n        - contacts.create_task: { assignedTo: userTomasReed0000001 }\n",
    );
    let output = workspace.run(&["test"], sandbox.token());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_the_nearest_and_nothing_is_written() {
    let (sandbox, workspace) = stage().await;
    workspace.write(
        "templates/must.yaml",
        "name: Must\ninputs:\n  who: { type: user, description: Who calls }\n  score: { type: number }\ntrigger: manual\nsteps:\n  - stop: Done\n",
    );
    let cases: &[(&[&str], &[&str])] = &[
        (&["rout-new-leads"], &["Did you mean `route-new-leads`?"]),
        (&["nonsense-zzz"], &["There are: must, ", "tag-by-engagement"]),
        (
            &["route-new-leads", "--set", "hot_scor=1"],
            &["There is no input `hot_scor`: did you mean `hot_score`?"],
        ),
        (&["route-new-leads", "--set", "hot_score=much"], &["`hot_score`", "`much` is not a number"]),
        (&["route-new-leads", "--set", "hot_score"], &["`--set hot_score` gives no input a value"]),
        (
            &["route-new-leads", "--set", "sales_owner=Ines"],
            &["There is no user `Ines`. Did you mean `Ines Albury`?"],
        ),
        (
            &["route-new-leads", "--set", "sales_owner=zzzz"],
            &["There are: Ines Albury, Priya Vance, Tomas Reed."],
        ),
        (&["log-appointment-as-note", "--set", "pin_missed=maybe"], &["`maybe` is not yes or no"]),
        (&["close-overdue-tasks", "--set", "close_after=soon"], &["close_after"]),
        (&["route-new-leads", "My Leads"], &["small letters", "`my-leads`"]),
        (&["route-new-leads", "../leads"], &["small letters", "`leads`"]),
        (
            &["must"],
            &["`who` must be given: Who calls. Give it with `--set who=…`.", "`score` must be given"],
        ),
        (
            &["must", "--set", "who=zzzz", "--set", "scor=1"],
            &["no user `zzzz`", "no input `scor`", "`score` must be given"],
        ),
    ];
    for (arguments, parts) in cases {
        let mut all = vec!["new"];
        all.extend(*arguments);
        let output = workspace.run(&all, sandbox.token());
        let told = err(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}{}", out(&output));
        for part in *parts {
            assert!(told.contains(part), "{arguments:?} does not say {part}:\n{told}");
        }
        assert!(!told.contains("panicked"), "{told}");
    }
    let files: Vec<_> = std::fs::read_dir(workspace.path().join("recipes")).expect("a folder").collect();
    assert!(files.is_empty(), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_name_must_be_told_apart_by_id() {
    let data = json!({ "users": [
        { "id": "userKimOne0000000001", "name": "Kim Lee" }, { "id": "userKimTwo0000000002", "name": "Kim Lee" },
    ] });
    let data = bellhop_sandbox::Data::from_json(&data).expect("data");
    let sandbox =
        bellhop_sandbox::start(SandboxConfig { data, ..SandboxConfig::default() }).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    let new = |owner: &str| {
        let owner = format!("caller={owner}");
        workspace.run(
            &["new", "follow-up-new-lead", "--set", &owner, "--set", "manager=userKimTwo0000000002"],
            sandbox.token(),
        )
    };
    let output = new("Kim Lee");
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(
        err(&output).contains("There are 2 users called `Kim Lee`. Give the id of one: userKimOne0000000001, userKimTwo0000000002."),
        "{}",
        err(&output)
    );
    let output = new("userKimOne0000000001");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));

    let output = workspace.run(
        &["new", "follow-up-new-lead", "again", "--set", "caller=userKimOne0000000001"],
        sandbox.token(),
    );
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    let told = err(&output);
    assert!(told.contains("`manager` must be chosen") && told.contains("userInesAlbury000001"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_that_is_there_is_not_written_over() {
    let (sandbox, workspace) = stage().await;
    workspace.write("recipes/tag-by-engagement.yaml", "# mine\n");
    let output = workspace.run(&["new", "tag-by-engagement"], sandbox.token());
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    let told = err(&output);
    assert!(
        told.contains("is there already")
            && told.contains("bellhop new tag-by-engagement my-tag-by-engagement"),
        "{told}"
    );
    assert_eq!(read(&workspace, "recipes/tag-by-engagement.yaml"), "# mine\n");
    let output = workspace
        .run(&["new", "tag-by-engagement", "my-tags", "--set", "cold_tag=Gone cold"], sandbox.token());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("The tag `Gone cold` (`cold_tag`) is not there yet"), "{}", err(&output));
    assert!(read(&workspace, "recipes/my-tags.yaml").contains("default: Gone cold\n"));
}

#[test]
fn without_an_account_that_answers_ids_are_taken_as_they_stand() {
    let workspace = Workspace::new();
    workspace.write(
        "bellhop.yaml",
        "connections:\n  contacts:\n    base_url: http://127.0.0.1:9\n    auth: { token: { env: BELLHOP_TEST_TOKEN } }\n    location_id: x\n",
    );
    let output = workspace.run(&["new", "follow-up-new-lead", "--set", "caller=userMine"], "some-token");
    let told = err(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("Users could not be looked up, so `caller` is taken as it stands"), "{told}");
    assert!(told.contains("`manager` is still the template's userInesAlbury000001"), "{told}");
    assert!(!told.contains("some-token"), "{told}");
    assert!(read(&workspace, "recipes/follow-up-new-lead.yaml").contains("default: userMine\n"));

    let bare = Workspace::new();
    let output = run(&["new", "follow-up-new-lead", "--set", "caller=Tomas Reed"], bare.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("this folder has no bellhop.yaml"), "{}", err(&output));
    let output =
        run(&["new", "follow-up-new-lead", "second", "--sandbox", "--set", "caller=Tomas Reed"], bare.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(read(&bare, "recipes/second.yaml").contains("default: userTomasReed0000001\n"));
}

#[test]
fn the_templates_are_listed_for_people_and_for_tools() {
    let workspace = Workspace::new();
    workspace.write(
        "templates/ours.yaml",
        "name: Ours\ndescription: Our own\ntrigger: manual\nsteps:\n  - stop: Done\n",
    );
    workspace.write("templates/broken.yaml", "name: Broken\nsteps: []\n");
    let output = run(&["new", "--list"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for part in ["ours (from templates/)\n  Our own", "route-new-leads\n", "--set hot_score=…  number: 80"]
    {
        assert!(out(&output).contains(part), "{part} is missing in\n{}", out(&output));
    }
    let output = run(&["new"], workspace.path());
    assert_eq!(output.status.code(), Some(2), "nobody can be asked");
    assert!(out(&output).contains("route-new-leads") && err(&output).contains("`bellhop new TEMPLATE`"));

    let output = run(&["new", "--list", "--json"], workspace.path());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let templates = json["templates"].as_array().expect("templates");
    let route = templates.iter().find(|one| one["template"] == "route-new-leads").expect("it is shipped");
    assert_eq!((route["inputs"][0]["name"].as_str(), &route["own"]), (Some("hot_score"), &json!(false)));
    assert_eq!(route["version"].as_str().map(str::len), Some(16));

    let output = run(&["new", "broken"], workspace.path());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("templates/broken.yaml"), "{}", err(&output));
    let output = run(&["new", "ours", "--json"], workspace.path());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!((&json["file"], &json["template"]), (&json!("recipes/ours.yaml"), &json!("ours")));
}

#[test]
fn every_template_can_be_had_and_is_a_good_recipe() {
    let workspace = Workspace::new();
    let output = run(&["new", "--list", "--json"], workspace.path());
    let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let templates = json["templates"].as_array().expect("templates");
    for one in templates {
        let id = one["template"].as_str().expect("an id");
        // One that another calls was made along with it.
        if !workspace.path().join(format!("recipes/{id}.yaml")).exists() {
            let output = run(&["new", id, "--sandbox"], workspace.path());
            assert_eq!(output.status.code(), Some(0), "{id}: {}", err(&output));
        }
        let text = read(&workspace, &format!("recipes/{id}.yaml"));
        assert_eq!(
            new_lines(&template(id), &text).len(),
            1,
            "{id}: only the line that remembers the template"
        );
    }
    let output = run(&["check"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let output = run(&["update", "--check"], workspace.path());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output).matches("up to date").count(), templates.len());
}

#[test]
fn what_a_template_calls_is_made_along_with_it_and_only_once() {
    let workspace = Workspace::new();
    let made = workspace.run(&["new", "ask-a-lead", "ask-mine", "--sandbox"], "");
    let told = format!("{}{}", out(&made), err(&made));
    assert!(told.contains("Wrote recipes/tell-the-team.yaml as well, which ask-mine calls."), "{told}");
    assert!(read(&workspace, "recipes/tell-the-team.yaml").contains("# template: tell-the-team "), "{told}");
    assert_eq!(made.status.code(), Some(0), "{told}");
    let again = workspace.run(&["new", "delete-on-request", "--sandbox"], "");
    let told = format!("{}{}", out(&again), err(&again));
    assert!(!told.contains("as well"), "the called recipe is there already: {told}");
    assert_eq!(again.status.code(), Some(0), "{told}");
}
