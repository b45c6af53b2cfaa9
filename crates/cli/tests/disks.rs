//! Broken disks: what takes nothing any more, and what gives back something else than was written. Nothing that was
//! acknowledged is lost by the first; the second is said, with the way out, and stops no more than it has to.
//!
//! The disk that is full is a limit on the size of the process's files, which needs no mount and no rights.

#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};

use bellhop_sandbox::{Running, SandboxConfig, start};
use serde_json::{Value, json};

use support::{Served, Workspace, client, err, until};

const SOON: &str = "name: Soon\ntrigger:\n  webhook: { path: soon }\nsteps:\n  - wait: 1 second\n  - contacts.search_contacts: { query: $.trigger.name }\n";
/// Long enough for three of them to be seen asleep and the process to be stopped, on a machine that has much else to do.
const LATER: &str = "name: Later\ntrigger:\n  webhook: { path: later }\nsteps:\n  - wait: 20 seconds\n  - contacts.search_contacts: { query: $.trigger.name }\n";
const MUCH_LATER: &str = "name: Much later\ntrigger:\n  webhook: { path: much-later }\nsteps:\n  - wait: 2 days\n  - contacts.search_contacts: { query: $.trigger.name }\n";

/// So many bytes may a file of the process have whose disk is full, in the shell's blocks of 512.
const ROOM: u32 = 6_000;

async fn stage() -> (Running, Workspace) {
    let sandbox = start(SandboxConfig::default()).await.expect("a sandbox");
    let workspace = Workspace::of(&sandbox);
    workspace.write("recipes/soon.yaml", SOON);
    workspace.write("recipes/later.yaml", LATER);
    workspace.write("recipes/much-later.yaml", MUCH_LATER);
    (sandbox, workspace)
}

fn store(workspace: &Workspace) -> PathBuf {
    workspace.path().join(".bellhop/bellhop.db")
}

/// Delivers to a recipe's own webhook: the status and the body of the answer.
async fn deliver(served: &Served, path: &str, id: &str, data: &Value) -> (u16, Value) {
    let request = client().post(served.url(&format!("/hooks/in/{path}"))).header("webhook-id", id).json(data);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

async fn readiness(served: &Served) -> (u16, String) {
    let answer = client().get(served.url("/readyz")).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (sandbox, workspace) = stage().await;
    let served = Served::start_with_room(&workspace, sandbox.token(), ROOM);
    let letter = json!({ "name": "Mara", "letter": "a rather long text ".repeat(5_000) });
    let mut acknowledged = Vec::new();
    let refusal = loop {
        let number = acknowledged.len();
        assert!(number < 1_000, "the disk was never full");
        match deliver(&served, "much-later", &format!("d{number}"), &letter).await {
            (200, body) => acknowledged.push(body["runs"][0].as_str().expect("a run").to_owned()),
            refusal => break refusal,
        }
    };
    assert!(acknowledged.len() > 5, "{} were acknowledged before that", acknowledged.len());
    assert_eq!((refusal.0, refusal.1["error"].as_str()), (429, Some("broken")), "{refusal:?}");
    for number in 0..5 {
        let small =
            deliver(&served, "much-later", &format!("late{number}"), &json!({ "name": "Mara" })).await;
        assert_eq!(small.0, 429, "what came later is refused however small it is: {small:?}");
    }
    let (status, why) = readiness(&served).await;
    assert_eq!(status, 503);
    assert!(why.contains("make room") && why.contains("start Bellhop again"), "{why}");
    let (code, log) = served.stop();
    assert!(code.is_some(), "it ends when it is told to");
    assert!(log.contains("make room") && !log.contains("panicked"), "{log}");

    let served = Served::start(&workspace, sandbox.token());
    for (number, run) in acknowledged.iter().enumerate() {
        let again = deliver(&served, "much-later", &format!("d{number}"), &letter).await;
        assert_eq!((again.0, &again.1["duplicate"]), (200, &json!(true)), "delivery {number} is there");
        let shown = client().get(served.url(&format!("/api/runs/{run}"))).send().await.expect("an answer");
        assert_eq!(shown.status().as_u16(), 200, "run {run} is there");
    }
    let refused = format!("d{}", acknowledged.len());
    let (status, body) = deliver(&served, "much-later", &refused, &letter).await;
    assert_eq!(
        (status, body["runs"].as_array().map(Vec::len)),
        (200, Some(1)),
        "what was refused is new: {body}"
    );
    until("every run sleeps", || workspace.all_runs_are("sleeping")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_into_a_file_that_is_gone() {
    let (sandbox, workspace) = stage().await;
    let served = Served::start(&workspace, sandbox.token());
    let mara = json!({ "name": "Mara" });
    let kept = deliver(&served, "much-later", "d1", &mara).await;
    assert_eq!(kept.0, 200);
    let (store, aside) = (store(&workspace), workspace.path().join("aside.db"));
    let log_of = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    for (from, to) in [(&store, &aside), (&log_of(&store), &log_of(&aside))] {
        std::fs::rename(from, to).expect("moved");
    }
    let lost = deliver(&served, "much-later", "d2", &mara).await;
    assert_eq!((lost.0, lost.1["error"].as_str()), (429, Some("broken")), "{lost:?}");
    let (status, why) = readiness(&served).await;
    assert!(status == 503 && why.contains("was deleted, moved or replaced"), "{why}");
    served.kill();
    for (from, to) in [(&aside, &store), (&log_of(&aside), &log_of(&store))] {
        std::fs::rename(from, to).expect("put back");
    }
    let served = Served::start(&workspace, sandbox.token());
    let again = deliver(&served, "much-later", "d1", &mara).await;
    assert_eq!((again.0, again.1["duplicate"].as_bool()), (200, Some(true)), "it is there: {again:?}");
}

/// Puts `there` in the place of `what`, wherever it stands in the store.
fn damage(workspace: &Workspace, what: &str, there: &[u8]) {
    assert_eq!(what.len(), there.len());
    let mut bytes = std::fs::read(store(workspace)).expect("the store");
    let places: Vec<usize> = bytes
        .windows(what.len())
        .enumerate()
        .filter(|(_, at)| *at == what.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "{what} is in the store");
    for place in places {
        bytes[place..place + there.len()].copy_from_slice(there);
    }
    std::fs::write(store(workspace), bytes).expect("the store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_read_stops_alone() {
    let (sandbox, workspace) = stage().await;
    let served = Served::start(&workspace, sandbox.token());
    for name in ["Ana-Quill", "Ben-Quill", "Cora-Fenn"] {
        assert_eq!(deliver(&served, "later", name, &json!({ "name": name })).await.0, 200);
    }
    let standing = |wanted: &str| {
        let runs = workspace.runs();
        runs.iter().filter(|run| run["status"] == wanted).count()
    };
    until("all sleep", || standing("sleeping") == 3).await;
    assert_eq!(served.stop().0, Some(0));
    // No UTF-8 any more; and no JSON.
    damage(&workspace, "\"Ana-Quill\"", b"\"Ana-Q\xffill\"");
    damage(&workspace, ":\"Ben-Quill\"", b"\"\"Ben-Quill\"");

    let served = Served::start(&workspace, sandbox.token());
    until("the whole one ends", || standing("succeeded") == 1).await;
    until("the others are laid down", || standing("needs_attention") == 2).await;
    assert!(
        workspace
            .runs()
            .iter()
            .filter(|run| run["status"] == "needs_attention")
            .all(|run| run["summary"].as_str().is_some_and(|summary| summary.contains("cannot be read"))),
        "{:#?}",
        workspace.runs()
    );
    assert_eq!(readiness(&served).await.0, 200);
    assert_eq!(deliver(&served, "soon", "d4", &json!({ "name": "Dora" })).await.0, 200);
    until("a new one ends", || standing("succeeded") == 2).await;
    assert_eq!(served.stop().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_told_with_the_way_out() {
    const PAGE: usize = 4_096;
    let (sandbox, workspace) = stage().await;
    let served = Served::start(&workspace, sandbox.token());
    assert_eq!(deliver(&served, "much-later", "d1", &json!({ "name": "Mara" })).await.0, 200);
    until("it sleeps", || workspace.runs().iter().any(|run| run["status"] == "sleeping")).await;
    assert_eq!(workspace.run(&["backup", "copy.db"], "").status.code(), Some(0));
    assert_eq!(served.stop().0, Some(0));
    let whole = std::fs::read(store(&workspace)).expect("the store");
    let (mut told, mut not_copied) = (0, 0);
    for page in 0..whole.len() / PAGE {
        let mut damaged = whole.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0xff);
        std::fs::write(store(&workspace), &damaged).expect("the store");
        // A page that is not needed yet is not missed yet: what is found later is told by /readyz.
        if let Err((code, log)) = Served::try_start(&workspace, sandbox.token()) {
            assert_eq!(code, Some(2), "page {page}: {log}");
            assert!(log.contains("bellhop restore"), "page {page}: {log}");
            assert!(!log.contains("panicked"), "page {page}: {log}");
            told += 1;
        }
        // A copy that would miss something is not made, and it is the store that is told of. Indexes it makes anew.
        let copied = workspace.run(&["backup", "another.db"], "");
        if copied.status.code() == Some(0) {
            std::fs::remove_file(workspace.path().join("another.db")).expect("the copy");
            continue;
        }
        let why = err(&copied);
        assert!(why.contains("bellhop restore") && !why.contains(".part"), "page {page}: {why}");
        not_copied += 1;
    }
    assert!(told >= 3 && not_copied >= 3, "only {told} of the pages were missed, {not_copied} by a copy");

    let restored = workspace.run(&["restore", "copy.db"], "");
    assert_eq!(restored.status.code(), Some(0), "{}", err(&restored));
    let served = Served::start(&workspace, sandbox.token());
    assert_eq!(readiness(&served).await.0, 200);
    assert!(workspace.runs().iter().any(|run| run["status"] == "sleeping"), "its wait goes on");
    drop(served);
}

/// Where the log of a killed process is whole no more, by the sentence about it.
fn whole_bytes(log: &str) -> String {
    let (_, behind) = log.split_once("truncate -s ").expect("the command is in the sentence");
    behind.split_whitespace().next().expect("a number").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_changed_after_a_kill_is_told_before_anything_in_it_is_lost() {
    const NAMES: [&str; 6] = ["Ana-Quill", "Ben-Quill", "Cora-Fenn", "Dora-Fenn", "Edda-Marsh", "Finn-Marsh"];
    let (sandbox, workspace) = stage().await;
    let served = Served::start(&workspace, sandbox.token());
    let sleeping = || workspace.runs().iter().filter(|run| run["status"] == "sleeping").count();
    for (before, name) in NAMES.into_iter().enumerate() {
        assert_eq!(deliver(&served, "much-later", name, &json!({ "name": name })).await.0, 200);
        until("it sleeps", || sleeping() == before + 1).await;
    }
    served.kill();
    let log = store(&workspace).with_extension("db-wal");
    let whole = std::fs::read(&log).expect("a killed process leaves its log");
    // In the event of the fourth, which was confirmed and asleep before the fifth came.
    let place = whole.windows(NAMES[3].len()).position(|at| at == NAMES[3].as_bytes()).expect("the event");
    let mut changed = whole.clone();
    changed[place] ^= 0x04;
    std::fs::write(&log, &changed).expect("the log");
    let before = std::fs::read(store(&workspace)).expect("the store");

    let told = match Served::try_start(&workspace, sandbox.token()) {
        Ok(_) => panic!("it began, and {} was lost", NAMES[3]),
        Err((code, told)) => {
            assert_eq!(code, Some(2), "{told}");
            told
        }
    };
    assert!(told.contains("nothing was changed") && told.contains("bellhop restore COPY"), "{told}");
    for arguments in [&["runs", "list"][..], &["backup", "copy.db"]] {
        let output = workspace.run(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains("truncate -s"), "{arguments:?}: {}", err(&output));
    }
    assert_eq!(std::fs::read(&log).expect("the log"), changed, "it is as it was");
    assert_eq!(std::fs::read(store(&workspace)).expect("the store"), before, "it is as it was");

    // The way out that the sentence names: the first three are saved, and a person looks at them.
    let bytes = whole_bytes(&told).parse().expect("a number");
    assert!(bytes > 0 && bytes < place as u64, "{bytes}");
    std::fs::File::options().write(true).open(&log).and_then(|file| file.set_len(bytes)).expect("it is cut");
    for arguments in [["backup", "saved.db"], ["restore", "saved.db"]] {
        let output = workspace.run(&arguments, "");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    }
    let served = Served::start(&workspace, sandbox.token());
    for (name, known) in NAMES.into_iter().zip([true, true, true, false, false, false]) {
        let (status, body) = deliver(&served, "much-later", name, &json!({ "name": name })).await;
        assert_eq!((status, body["duplicate"] == true), (200, known), "{name}: {body}");
    }
    assert_eq!(workspace.runs().len(), NAMES.len());
    assert_eq!(served.stop().0, Some(0));
}
