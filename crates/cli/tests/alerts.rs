//! Alerts of `bellhop serve`: a run that needs a person is told of, many are one message, and a restart forgets none.

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use bellhop_sandbox::{Running, SandboxConfig, start};
use serde_json::json;

use support::{Served, Workspace, contact_created, err, until};

/// Fails for good, with an app that refuses everything.
const RECIPE: &str = "name: Tag nobody\ntrigger:\n  contacts.contact_created: {}\nsteps:\n  - contacts.add_tags:\n      contactId: nobody\n      tags: [seen]\n";

/// The texts of the messages that came to Slack.
fn messages(sandbox: &Running) -> Vec<String> {
    let calls = sandbox.calls();
    let slack = calls.iter().filter(|call| call.path.contains("/slack/"));
    slack.filter_map(|call| Some(call.body["text"].as_str()?.to_owned())).collect()
}

/// An app that refuses every call: the first so many to tag somebody all at the same time, later ones as they come.
fn refuses_together(count: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut held, mut count) = (Vec::new(), count);
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (mut request, mut part) = (Vec::new(), [0; 4096]);
            // What is sent along is JSON.
            while let Ok(read @ 1..) = stream.read(&mut part) {
                request.extend_from_slice(&part[..read]);
                if request.ends_with(b"}") {
                    break;
                }
            }
            assert!(String::from_utf8_lossy(&request).contains("/tags "), "nothing else is asked for");
            held.push(stream);
            if held.len() < count {
                continue;
            }
            count = 1;
            for mut stream in held.drain(..) {
                let answer = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
                // Whoever asked may be gone.
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    address
}

fn with_alerts(workspace: &Workspace, lines: &str) {
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    workspace.write("bellhop.yaml", &format!("{yaml}alerts:\n{lines}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_need_a_person_are_told_of_in_one_message_and_never_forgotten() {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/tag.yaml", RECIPE);
    let yaml = std::fs::read_to_string(workspace.path().join("bellhop.yaml")).expect("the workspace");
    workspace.write("bellhop.yaml", &yaml.replace(sandbox.base_url(), &refuses_together(5)));
    with_alerts(&workspace, "  slack: { webhook: { secret: slack_hook } }\n");
    let secrets = workspace.path().join(".bellhop/secrets");
    std::fs::create_dir_all(&secrets).expect("a folder");
    let address = format!("{}/__sandbox/slack/T000/B000/secret-part", sandbox.base_url());
    std::fs::write(secrets.join("slack_hook"), address).expect("written");

    let served = Served::start(&workspace, sandbox.token());
    let created = async |number: usize| {
        let contact = json!({ "id": format!("contact{number}") });
        contact_created(&served, &sandbox, &format!("webhook-{number}"), &contact).await;
    };
    for number in 0..5 {
        created(number).await;
    }
    until("the message has come", || !messages(&sandbox).is_empty()).await;
    let told = messages(&sandbox);
    assert!(told[0].contains("5 runs of Tag nobody need you"), "{told:?}");
    assert!(told[0].contains("contact contact") && told[0].contains("bellhop runs show"), "{told:?}");

    // Another one within the quiet time: told after the next start.
    created(9).await;
    let waits = || workspace.runs().iter().filter(|run| run["status"] == "needs_attention").count() == 6;
    until("the sixth run needs a person", waits).await;
    assert_eq!(messages(&sandbox).len(), 1);
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("secret-part"), "{log}");
    let _served = Served::start(&workspace, sandbox.token());
    until("the second message has come", || messages(&sandbox).len() == 2).await;
    let told = messages(&sandbox);
    assert!(told[1].contains("a run of Tag nobody needs you"), "{told:?}");
}

#[test]
fn alerts_that_lead_nowhere_are_complained_about() {
    for (lines, part) in [
        ("  slack: {}\n", "alerts to Slack go by"),
        ("  slack: { connection: team }\n", "no connection of that name"),
        ("  email: { to: [ops@example.com] }\n", "no connection of that name"),
        (
            "  webhook: { url: 'https://example.com' }\n  email: { to: [ops@example.com] }\n",
            "bellhop.yaml:4:10",
        ),
        ("  email: { to: [] }\n", "go to nobody"),
        ("  webhook: { url: ops }\n", "no web address"),
        ("  pager: {}\n", "pager"),
    ] {
        let workspace = Workspace::new();
        workspace.write("bellhop.yaml", "time_zone: Europe/London\n");
        with_alerts(&workspace, lines);
        let output = workspace.run(&["check"], "");
        assert_eq!(output.status.code(), Some(1), "{lines}");
        let told = format!("{}{}", support::out(&output), err(&output));
        assert!(told.contains(part), "{lines} {told}");
    }
}
