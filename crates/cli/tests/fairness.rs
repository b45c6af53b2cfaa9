//! Two locations: while one sends everything back with 429, what happens in the other goes through as if nothing were;
//! and once the first takes calls again, all that waited is done, once, and record by record in order.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bellhop_sandbox::{Data, Fault, RateLimits, Running, SandboxConfig, start};
use serde_json::{Value, json};
use support::{Served, Workspace, client, until};

const TOKEN: &str = "pit-fairness-0000-4000-8000-000000000000";
const RECORDS: usize = 25;
const WORDS: [&str; 3] = ["first", "second", "third"];

fn contact(number: usize) -> String {
    format!("contactNumber{number:07}")
}

/// A location of this id with its contacts. To who is sent back it says to come again after `pause`.
async fn location(id: &str, pause: Duration) -> Running {
    let contacts: Vec<Value> = (0..RECORDS).map(|number| json!({ "id": contact(number) })).collect();
    let data = Data::from_json(&json!({ "location": { "id": id }, "contacts": contacts }));
    let config = SandboxConfig {
        token: TOKEN.into(),
        data: data.expect("data for the sandbox"),
        rate_limits: Some(RateLimits { interval: pause, ..RateLimits::default() }),
        retry_after: true,
        ..SandboxConfig::default()
    };
    start(config).await.expect("a sandbox")
}

fn workspace(locations: &[(&str, &Running)]) -> Workspace {
    let workspace = Workspace::new();
    let mut yaml = "server:\n  listen: 127.0.0.1:0\nconnections:\n".to_owned();
    for (name, sandbox) in locations {
        let _ = write!(
            yaml,
            "  {name}:\n    connector: contacts\n    base_url: {}\n    auth: {{ token: {{ env: {} }} }}\n    location_id: {}\n    webhook:\n      ed25519_public_key: {}\n",
            sandbox.base_url(),
            support::TOKEN_VARIABLE,
            sandbox.location_id(),
            sandbox.ed25519_public_key(),
        );
        let recipe = format!(
            "name: Greet in {name}\ntrigger:\n  contacts.contact_created: {{ connection: {name} }}\nsteps:\n  - contacts.add_tags:\n      contactId: $.trigger.id\n      tags: [\"{{{{ trigger.firstName }}}}\"]\n    connection: {name}\n"
        );
        workspace.write(&format!("recipes/{name}.yaml"), &recipe);
    }
    workspace.write("bellhop.yaml", &yaml);
    workspace
}

/// Tells of every contact of a location once with each word.
async fn tell(served: &Served, name: &str, sandbox: &Running) {
    for word in WORDS {
        for number in 0..RECORDS {
            let body = json!({
                "type": "ContactCreate", "locationId": sandbox.location_id(), "id": contact(number), "firstName": word,
                "timestamp": support::now(), "webhookId": format!("{name} {number} {word}"),
            })
            .to_string();
            let signature = sandbox.sign_ed25519(body.as_bytes());
            let request = client().post(served.url(&format!("/hooks/{name}"))).body(body);
            let answer = request.header("x-ghl-signature", signature).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200);
        }
    }
}

/// The words that each contact was tagged with, in order.
fn tagged(sandbox: &Running) -> BTreeMap<String, Vec<String>> {
    let mut tagged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for call in sandbox.calls().iter().filter(|call| call.path.ends_with("/tags") && call.status < 300) {
        let id = call.path.trim_end_matches("/tags").rsplit('/').next().unwrap_or_default();
        let word = call.body["tags"][0].as_str().unwrap_or_default();
        tagged.entry(id.to_owned()).or_default().push(word.to_owned());
    }
    tagged
}

fn done(sandbox: &Running) -> usize {
    tagged(sandbox).values().map(Vec::len).sum()
}

fn refused(sandbox: &Running) -> usize {
    sandbox.calls().iter().filter(|call| call.status == 429).count()
}

/// How many runs there are in a state.
fn count(workspace: &Workspace, status: &str) -> usize {
    let runs = workspace.run(&["runs", "list", "--status", status, "--limit", "1000", "--json"], "");
    let json: Value = serde_json::from_str(&support::out(&runs)).unwrap_or_default();
    json["runs"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_location_that_sends_everything_back_for_minutes_holds_up_no_other() {
    let york = location("yorkLocation00000001", Duration::from_mins(3)).await;
    let leeds = location("leedsLocation0000001", Duration::from_secs(10)).await;
    york.add_fault(Fault::parse("429").expect("a fault"));
    let workspace = workspace(&[("york", &york), ("leeds", &leeds)]);
    let served = Served::start(&workspace, TOKEN);

    tell(&served, "york", &york).await;
    until("York has sent calls back", || refused(&york) > 0).await;
    // If it were held up, it would be so for three minutes: longer than is waited for here.
    tell(&served, "leeds", &leeds).await;
    until("all of Leeds is done", || done(&leeds) == RECORDS * WORDS.len()).await;
    assert_eq!((done(&york), refused(&leeds)), (0, 0));
    until("those of York sleep, and those behind them wait for their turn", || {
        (count(&workspace, "sleeping"), count(&workspace, "queued")) == (RECORDS, RECORDS * 2)
    })
    .await;
    assert!(refused(&york) <= RECORDS, "nobody asks again before York wants to be asked");
    drop(served);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_back_is_done_once_and_in_order_when_the_location_takes_calls_again() {
    let york = location("yorkLocation00000001", Duration::from_secs(1)).await;
    york.add_fault(Fault::parse("429").expect("a fault"));
    let workspace = workspace(&[("york", &york)]);
    let served = Served::start(&workspace, TOKEN);
    tell(&served, "york", &york).await;
    until("York has been asked again and again", || refused(&york) > 2 * RECORDS).await;
    assert_eq!(done(&york), 0);

    york.forget_faults();
    until("all runs have ended", || count(&workspace, "succeeded") == RECORDS * WORDS.len()).await;
    drop(served);
    let tagged = tagged(&york);
    assert_eq!(tagged.len(), RECORDS);
    for (contact, words) in tagged {
        assert_eq!(words, WORDS, "{contact}: each once, in the order in which it was told");
    }
}
