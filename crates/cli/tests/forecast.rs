//! `bellhop runs forecast`: counts what a back-fill finds, with reads only, and says how long it takes.

mod support;

use std::time::Duration;

use bellhop_sandbox::{Data, Fault, RateLimits, Running, SandboxConfig, start};
use serde_json::{Value, json};
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

/// A CRM with so many contacts, these limits and these faults, and a workspace for it.
async fn staged(contacts: usize, limits: RateLimits, faults: &[&str]) -> (Running, Workspace) {
    let contacts: Vec<Value> =
        (0..contacts).map(|one| json!({ "email": format!("{one}@example.com") })).collect();
    let config = SandboxConfig {
        token: TOKEN.into(),
        data: Data::from_json(&json!({ "contacts": contacts })).expect("data"),
        faults: faults.iter().map(|fault| Fault::parse(fault).expect("a fault")).collect(),
        rate_limits: Some(limits),
        retry_after: true,
        ..SandboxConfig::default()
    };
    let sandbox = start(config).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/back-fill.yaml", BACK_FILL);
    (sandbox, workspace)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_app_takes_no_more_calls_it_waits_as_long_as_the_app_says() {
    let limits = RateLimits { interval: Duration::from_secs(1), ..RateLimits::default() };
    let (sandbox, workspace) = staged(150, limits, &["429@POST /contacts/search*2"]).await;
    let output = workspace.run(&["runs", "forecast", "back-fill", "--json"], TOKEN);
    let said = err(&output);
    assert!(output.status.success(), "{}{said}", out(&output));
    let forecast: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(forecast["loops"][0]["items"], 150, "{forecast:#}");
    assert_eq!(forecast["loops"][0]["complete"], true, "{forecast:#}");
    let sentence = "takes no more calls for 1 s: waiting, with 0 counted so far";
    assert_eq!(said.matches(sentence).count(), 2, "{said}");
    assert_eq!(sandbox.calls().iter().filter(|call| call.status == 429).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_would_have_to_wait_too_long_it_says_what_it_knows() {
    // The day has room for the first page alone.
    let limits = RateLimits { day: 1, ..RateLimits::default() };
    let (_sandbox, workspace) = staged(150, limits, &[]).await;
    let output = workspace.run(&["runs", "forecast", "back-fill"], TOKEN);
    let page = out(&output);
    assert_eq!(output.status.code(), Some(1), "{page}{}", err(&output));
    for words in ["At least 100 contacts × 3 calls", "contacts: at least 301 calls", "Ask again later"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let output = workspace.run(&["runs", "forecast", "back-fill", "--json"], TOKEN);
    let forecast: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(
        forecast["loops"][0]["items"], 0,
        "a new process, and nothing is left of the day: {forecast:#}"
    );
    assert_eq!(forecast["loops"][0]["complete"], false, "{forecast:#}");
}
