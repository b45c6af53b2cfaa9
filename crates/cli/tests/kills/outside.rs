//! Who lives beside the engine and outlives it: contacts who answer a message that they were sent, until the answer was
//! taken, and a person who decides what a run asks, with `bellhop runs approve`, and ends those that lie down for hours, with
//! `bellhop runs cancel`. Some of these processes are killed as well, whatever the engine does meanwhile. What the person was
//! told is done must stay so.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_sandbox::Running;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::load::{Errand, mark_in, number_of};
use crate::pause;
use crate::support::{TOKEN_VARIABLE, bellhop};

/// How often they look.
const LOOK: Duration = Duration::from_millis(400);
/// One of so many of the person's processes is killed, at the latest after so many milliseconds.
const KILLED_OF: u64 = 4;
const KILLED_WITHIN: u64 = 300;
/// No pause before another try is as long.
const LONG: SignedDuration = SignedDuration::from_mins(30);

/// The world outside, until it is asked to end.
pub(crate) struct Outside {
    work: JoinHandle<()>,
    shared: Arc<Shared>,
}

struct Shared {
    over: AtomicBool,
    answered: AtomicUsize,
    decided: AtomicUsize,
    /// What was done, as the person was told, and was not when they looked again.
    undone: std::sync::Mutex<Vec<String>>,
    /// Held while the person's own processes work on the store.
    at_work: Mutex<()>,
}

impl Outside {
    /// Begins.
    pub(crate) fn start(
        sandbox: &Arc<Running>,
        door: String,
        workspace: std::path::PathBuf,
        token: &'static str,
        mut dice: Dice,
    ) -> Self {
        let (over, answered, decided) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let undone = std::sync::Mutex::default();
        let shared = Arc::new(Shared { over, answered, decided, undone, at_work: Mutex::new(()) });
        let (of_task, sandbox) = (Arc::clone(&shared), Arc::clone(sandbox));
        let work = tokio::spawn(async move {
            let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
            let client = client.expect("a client for plain HTTP");
            let mut heard = HashSet::new();
            let mut look = tokio::time::interval(LOOK);
            let mut done = HashSet::new();
            while !of_task.over.load(Ordering::SeqCst) {
                look.tick().await;
                for errand in asked(&sandbox).into_iter().filter(|errand| errand.is_even()) {
                    if !heard.contains(&errand) && answer(&client, &sandbox, &door, errand).await {
                        heard.insert(errand);
                        of_task.answered.fetch_add(1, Ordering::SeqCst);
                    }
                }
                let workspace = workspace.clone();
                let _at_work = of_task.at_work.lock().await;
                let mut person = Person { workspace, token, dice, done, undone: Vec::new() };
                let work = tokio::task::spawn_blocking(move || {
                    let decided = person.decide() + person.call_off();
                    (decided, person)
                });
                let (decided, person) = work.await.expect("it does not panic");
                (dice, done) = (person.dice, person.done);
                of_task.undone.lock().expect("nobody panics").extend(person.undone);
                of_task.decided.fetch_add(decided, Ordering::SeqCst);
            }
        });
        Self { work, shared }
    }

    /// Until what this gives is dropped, nobody here touches the store.
    pub(crate) async fn pause(&self) -> MutexGuard<'_, ()> {
        self.shared.at_work.lock().await
    }

    /// Ends; how many answers were taken and how many runs decided about, and what of that was undone.
    pub(crate) async fn end(self) -> (usize, usize, Vec<String>) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.work.await.expect("it does not panic");
        let undone = std::mem::take(&mut *self.shared.undone.lock().expect("nobody panics"));
        (self.shared.answered.load(Ordering::SeqCst), self.shared.decided.load(Ordering::SeqCst), undone)
    }
}

/// The events whose runs have sent their question.
fn asked(sandbox: &Running) -> Vec<Errand> {
    let state = sandbox.snapshot();
    let texts = state["messages"].as_array().into_iter().flatten();
    let marks = texts.filter_map(|message| mark_in(message["message"].as_str()?));
    marks.filter(|mark| mark.ends_with(" ask)")).filter_map(number_of).map(Errand).collect()
}

/// Sends an answer; whether it was acknowledged.
async fn answer(client: &reqwest::Client, sandbox: &Running, door: &str, errand: Errand) -> bool {
    let delivery = format!("answer-{:05}", errand.0);
    let body = json!({
        "type": "InboundMessage", "locationId": sandbox.location_id(), "contactId": errand.contact(),
        "conversationId": "conversationKilled01", "messageId": delivery, "messageType": "SMS",
        "direction": "inbound", "status": "yes", "body": format!("To E{:05}: yes", errand.0),
        "timestamp": SystemClock.now().to_string(), "webhookId": delivery,
    })
    .to_string();
    let signature = sandbox.sign_ed25519(body.as_bytes());
    let request =
        client.post(door).header("content-type", "application/json").header("x-ghl-signature", signature);
    request.body(body).send().await.is_ok_and(|answer| answer.status().as_u16() == 200)
}

/// Who decides what runs ask.
struct Person {
    workspace: std::path::PathBuf,
    token: &'static str,
    dice: Dice,
    /// The runs about which they have decided, as they were told.
    done: HashSet<String>,
    undone: Vec<String>,
}

impl Person {
    fn bellhop(&self, arguments: &[&str]) -> Command {
        let mut command = bellhop();
        command.args(arguments).current_dir(&self.workspace).env(TOKEN_VARIABLE, self.token);
        command
    }

    /// Decides what there is to decide; how much surely was.
    fn decide(&mut self) -> usize {
        self.settle(&["--waiting", "--recipe", "approves"], |run| {
            let errand = mark_in(&run.to_string()).and_then(number_of).map(Errand)?;
            Some(if errand.is_approved() { vec!["approve"] } else { vec!["approve", "--no"] })
        })
    }

    /// Ends what would lie for hours; how much surely was. What is to be tried again lies for minutes, and has not done yet
    /// what comes before the wait.
    fn call_off(&mut self) -> usize {
        self.settle(&["--status", "sleeping", "--recipe", "called-off"], |run| {
            let wakes: Timestamp = run["wake_at"].as_str()?.parse().ok()?;
            (wakes.duration_since(SystemClock.now()) > LONG).then(|| vec!["cancel"])
        })
    }

    /// Does so with every run of a list; with how many of them surely.
    fn settle(&mut self, list: &[&str], how: impl Fn(&Value) -> Option<Vec<&'static str>>) -> usize {
        let list = [&["runs", "list", "--limit", "1000", "--json"], list].concat();
        let listed = self.bellhop(&list).output().expect("the binary starts");
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap_or_default();
        let mut settled = 0;
        for one in listed["runs"].as_array().into_iter().flatten() {
            let Some(id) = one["id"].as_str() else { continue };
            if self.done.contains(id) {
                // It is said again all the same, so that everything comes to rest and the books tell the rest.
                self.undone.push(format!("{id} was decided about, and is as if it never was: {one}"));
            }
            let Some(how) = how(one) else { continue };
            let arguments = [&["runs"], &how[..], &[id, "--by", "Mara"]].concat();
            // It may be busy, the engine may have died, or this process: it is asked once more.
            if self.goes_well(&arguments) {
                self.done.insert(id.to_owned());
                settled += 1;
            }
        }
        settled
    }

    /// Whether that goes well, in a process that may be killed on the way.
    fn goes_well(&mut self, arguments: &[&str]) -> bool {
        let mut command = self.bellhop(arguments);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        if self.dice.below(KILLED_OF) == 0 {
            Handle::current().block_on(pause(self.dice.milliseconds(KILLED_WITHIN)));
            child.kill().expect("it can be killed, or has ended");
        }
        child.wait().expect("it ends").success()
    }
}
