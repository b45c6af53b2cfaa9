//! `bellhop runs forecast`: counts what a back-fill finds, with reads only, and says how long it takes.

mod support;

use serde_json::Value;
use support::{Workspace, err, out};

const TOKEN: &str = "pit-forecast-0000-4000-8000-000000000000";
const BACK_FILL: &str = "name: Back-fill\ntrigger: manual\nsteps:\n  - for_each: contacts.search_contacts\n    as: one\n    do:\n      - contacts.get_contact:\n          contactId: $.one.id\n        as: whole\n      - if: whole.email is not empty\n        then:\n          - contacts.add_tags:\n              contactId: $.one.id\n              tags: [seen]\n          - contacts.create_note:\n              contactId: $.one.id\n              body: Seen\n        else:\n          - contacts.add_tags:\n              contactId: $.one.id\n              tags: [no e-mail]\n";

fn told(workspace: &Workspace, arguments: &[&str]) -> Value {
    let output = workspace.run(arguments, TOKEN);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    serde_json::from_str(&out(&output)).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_fill_is_counted_by_reading_and_then_by_what_runs_really_made() {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[]).await;
    workspace.write("recipes/back-fill.yaml", BACK_FILL);

    let before = told(&workspace, &["runs", "forecast", "back-fill", "--json"]);
    let contacts = sandbox.snapshot()["contacts"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(before["loops"][0]["items"], contacts, "{before:#}");
    assert_eq!(before["loops"][0]["per_item"]["contacts"], 3.0, "the dearest branch: {before:#}");
    assert_eq!(before["loops"][0]["from"], "plan");
    let account = &before["accounts"][0];
    assert_eq!(account["calls"], contacts * 3 + before["loops"][0]["pages"].as_u64().expect("pages"));
    assert_eq!(account["budgets"][1]["limit"], 200_000);
    let reads = |method: &str, path: &str| method == "GET" || path.ends_with("/contacts/search");
    assert!(sandbox.calls().iter().all(|call| reads(&call.method, &call.path)), "reads only");
    let page = workspace.run(&["runs", "forecast", "back-fill"], TOKEN);
    let page = out(&page);
    for words in ["contacts × 3 calls (at the most)", "% of a day's budget", "live events go first"] {
        assert!(page.contains(words), "{words}: {page}");
    }

    let run = workspace.run(&["run", "back-fill"], TOKEN);
    assert!(run.status.success(), "{}{}", out(&run), err(&run));
    let after = told(&workspace, &["runs", "forecast", "back-fill", "--json"]);
    assert_eq!(after["loops"][0]["from"], "past_runs");
    let each = after["loops"][0]["per_item"]["contacts"].as_f64().expect("a number");
    assert!((2.0..=3.0).contains(&each), "{after:#}");

    let waiting = told(&workspace, &["runs", "forecast", "--json"]);
    assert_eq!(waiting["accounts"], serde_json::json!([]), "{waiting:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_the_day_is_what_the_app_says() {
    let (sandbox, workspace) = Workspace::staged(TOKEN, &[]).await;
    workspace.write("recipes/back-fill.yaml", BACK_FILL);
    // The process begins anew each time, and knows all the same what was spent before it.
    for _ in 0..3 {
        let forecast = told(&workspace, &["runs", "forecast", "back-fill", "--json"]);
        let left = 200_000 - sandbox.calls().len();
        assert_eq!(forecast["accounts"][0]["budgets"][1]["left"], left, "{forecast:#}");
    }
}
