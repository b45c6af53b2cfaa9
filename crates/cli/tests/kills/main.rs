//! SIGKILL again and again, under load, at random moments; then the books must balance: every acknowledged event handled,
//! nothing that may happen once happened twice, nothing finished done again, each record's events in order, and
//! nothing under way for ever. Once with a CRM that works, once with one where something always goes wrong.
//!
//! `BELLHOP_KILLS` says how often to kill. Everything random follows from a seed that is printed; `BELLHOP_KILL_SEED` takes it
//! again: the same load, the same pauses, the same faults. What the processes make of it in that time is theirs.
//! With `BELLHOP_KILL_YOUNG=1` there is hardly any load, one event after the other, and no process lives longer than a moment.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a test of the binary: it tells its seed and its figures, and is told by the environment"
)]

mod books;
mod dice;
mod life;
mod load;
mod outside;
mod recipes;
mod sender;
#[path = "../support/mod.rs"]
mod support;
mod weather;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_journal::{RunFilter, RunStatus, Store as _};
use bellhop_sandbox::{Fault, Running, SandboxConfig, start};
use bellhop_store::SqliteStore;

use books::{Account, Finished};
use dice::Dice;
use life::{LOG, Life};
use load::Errand;
use outside::Outside;
use sender::{SENDERS, Senders};
use support::{TOKEN_VARIABLE, Workspace, err};
use weather::Weather;

const TOKEN: &str = "pit-kills-0000-4000-8000-000000000000";
/// How often the engine is killed where nothing else is said.
const KILLS: u64 = 10;
/// The pause of each sender between two events.
const PACE: Duration = Duration::from_millis(500);
/// How long a process lives at the most that dies young, from its start or from its first answer on.
const YOUNG: u64 = 300;
/// What the CRM that works is slow at, so that events come while earlier ones of their record are handled.
const SLOW: &str = "delay=200ms@create-task";
/// How many calls the sandbox remembers.
const REMEMBERED: usize = 100_000;
/// The time in which all runs must have come to rest once nothing is killed any more.
const REST: Duration = Duration::from_mins(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_moments_lose_nothing_and_repeat_nothing() {
    Ordeal::prepare("a CRM that works", asked("BELLHOP_KILLS").unwrap_or(KILLS), false).await.go().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_they_while_the_crm_fails_in_every_way_it_can() {
    let kills = asked("BELLHOP_KILLS").map_or(KILLS / 2, |kills| kills.div_ceil(2));
    Ordeal::prepare("a CRM that fails", kills, true).await.go().await;
}

fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

struct Ordeal {
    name: &'static str,
    kills: u64,
    fails: bool,
    /// Whether processes die young, with hardly anything to do.
    young: bool,
    seed: u64,
    dice: Dice,
    sandbox: Arc<Running>,
    workspace: Workspace,
    address: SocketAddr,
}

impl Ordeal {
    async fn prepare(name: &'static str, kills: u64, fails: bool) -> Self {
        let seed = asked("BELLHOP_KILL_SEED").unwrap_or_else(dice::any_seed);
        println!("{name}: {kills} kills with BELLHOP_KILL_SEED={seed}");
        // Each has a port of its own, though they have one seed.
        let mut dice = Dice::of(seed, if fails { 3 } else { 1 });
        let config = SandboxConfig {
            token: TOKEN.into(),
            data: load::crm(),
            rate_limits: None,
            ..SandboxConfig::default()
        };
        let sandbox = Arc::new(start(config).await.expect("a sandbox"));
        let address = life::address(&mut dice);
        let workspace = Workspace::new();
        workspace.write(
            "bellhop.yaml",
            &format!(
                "time_zone: Europe/London\nconnections:\n  contacts:\n    base_url: {}\n    auth: {{ token: {{ env: {TOKEN_VARIABLE} }} }}\n    location_id: {}\n    rate_limits: []\n    webhook:\n      ed25519_public_key: {}\nserver:\n  listen: {address}\n",
                sandbox.base_url(),
                sandbox.location_id(),
                sandbox.ed25519_public_key(),
            ),
        );
        for (recipe, text) in recipes::RECIPES {
            workspace.write(&format!("recipes/{recipe}.yaml"), text);
        }
        let young = asked("BELLHOP_KILL_YOUNG").is_some_and(|young| young > 0);
        Self { name, kills, fails, young, seed, dice, sandbox, workspace, address }
    }

    async fn go(mut self) {
        let begun = Instant::now();
        let door = format!("http://{}/hooks/contacts", self.address);
        let senders = if self.young { 1 } else { SENDERS };
        let senders = Senders::start(&self.sandbox, door.clone(), senders, PACE);
        let hand = Dice::of(self.seed, if self.fails { 5 } else { 4 });
        let outside = Outside::start(&self.sandbox, door, self.workspace.path().to_owned(), TOKEN, hand);
        if !self.fails {
            self.sandbox.add_fault(Fault::parse(SLOW).expect("a fault"));
        }
        let weather = self.fails.then(|| Weather::start(&self.sandbox, Dice::of(self.seed, 2)));
        let mut finished = Finished::default();
        for _ in 0..self.kills {
            self.live_and_die().await;
            // Of two times would be a copy of what somebody writes. And while somebody has the store open, there may stand in
            // its log what the dead engine had written and not yet published: it was never confirmed, and is overwritten.
            let _pause = outside.pause().await;
            finished.read(&self.store(), self.sandbox.call_count()).await;
        }
        if let Some(weather) = weather {
            weather.calm();
        }
        let mut last = Life::start(&self.workspace, TOKEN);
        last.ready(self.address).await;
        let (acknowledged, again) = senders.finish().await;
        let killing = begun.elapsed();
        self.come_to_rest().await;
        last.stop();
        let unaided = self.sandbox.call_count();
        let mut asked = 0;
        loop {
            let helped = self.help().await;
            asked += helped;
            if helped == 0 {
                break;
            }
            // What has been settled may have to wait for somebody next.
            let mut last = Life::start(&self.workspace, TOKEN);
            last.ready(self.address).await;
            self.come_to_rest().await;
            last.stop();
        }
        let (answered, decided, undone) = outside.end().await;

        let calls = self.sandbox.calls();
        assert!(calls.len() < REMEMBERED, "{}: the sandbox has forgotten its first calls", self.name);
        let written = books::written(&self.sandbox);
        let store = SqliteStore::open(&self.store()).expect("the store");
        let account = Account {
            acknowledged: &acknowledged,
            calls: &calls,
            unaided,
            written: &written,
            finished: &finished,
        };
        let faults = [account.faults(&store).await, undone].concat();
        assert!(faults.is_empty(), "{}", self.report(&faults));
        let looks = calls.iter().filter(|call| call.method == "GET" && call.path.contains("/notes")).count();
        println!(
            "{}: {} events acknowledged ({again} sent again), {} calls, {} finished steps looked after, {looks} look-ups of notes, {answered} messages answered, {decided} runs decided about, {asked} runs settled by a person; {:.0} s of kills, {:.0} s in all",
            self.name,
            acknowledged.len(),
            calls.len(),
            finished.count(),
            killing.as_secs_f64(),
            begun.elapsed().as_secs_f64(),
        );
        self.enough(&acknowledged);
    }

    /// One life: until a random time after the start, a random time after the door was opened, or a random number of
    /// calls.
    async fn live_and_die(&mut self) {
        let mut life = Life::start(&self.workspace, TOKEN);
        match self.dice.below(8) {
            0 | 1 if self.young => pause(self.dice.milliseconds(YOUNG)).await,
            _ if self.young => {
                life.ready(self.address).await;
                pause(self.dice.milliseconds(YOUNG)).await;
            }
            0 => pause(self.dice.milliseconds(150)).await,
            1..=4 => {
                life.ready(self.address).await;
                pause(self.dice.milliseconds(600)).await;
            }
            _ => {
                life.ready(self.address).await;
                let calls = self.sandbox.call_count() + usize::try_from(self.dice.below(60)).expect("few");
                let end = Instant::now() + Duration::from_secs(2);
                while self.sandbox.call_count() < calls && Instant::now() < end {
                    tokio::task::yield_now().await;
                }
            }
        }
        life.kill();
    }

    fn store(&self) -> PathBuf {
        self.workspace.path().join(".bellhop/bellhop.db")
    }

    /// Waits until no run has anything to do by itself.
    async fn come_to_rest(&self) {
        let store = SqliteStore::open(&self.store()).expect("the store");
        let end = Instant::now() + REST;
        let mut look = tokio::time::interval(Duration::from_millis(50));
        loop {
            look.tick().await;
            let counts = store.counts(&RunStatus::ALL).await.expect("the store's counts");
            let rests = |status: RunStatus| status.is_over() || status == RunStatus::NeedsAttention;
            if counts.iter().all(|(status, count)| *count == 0 || rests(*status)) {
                return;
            }
            assert!(Instant::now() < end, "{}", self.report(&[format!("not at rest: {counts:?}")]));
        }
    }

    /// A person looks into the CRM wherever a run asks whether something happened, and says so; how often.
    async fn help(&self) -> usize {
        let mut asked = 0;
        loop {
            let store = SqliteStore::open(&self.store()).expect("the store");
            let filter = RunFilter {
                statuses: vec![RunStatus::NeedsAttention],
                limit: 100_000,
                ..RunFilter::default()
            };
            let mut doubts = Vec::new();
            for run in store.runs(filter).await.expect("the runs") {
                let claimed = store.run(run.id.as_str()).await.expect("the run").expect("it was listed");
                doubts.extend(books::doubtful(&claimed).map(|mark| (run.id, mark)));
            }
            store.close().expect("nothing to write");
            if doubts.is_empty() {
                return asked;
            }
            let written = books::written(&self.sandbox);
            for (run, mark) in doubts {
                asked += 1;
                let word = if written.contains_key(&mark) { "--happened" } else { "--did-not-happen" };
                let output = self.workspace.run(&["runs", "resolve", run.as_str(), word], TOKEN);
                assert!(output.status.code() != Some(2), "{}", self.report(&[err(&output)]));
            }
        }
    }

    /// A load that hardly was one would prove nothing.
    fn enough(&self, acknowledged: &[Errand]) {
        let count = acknowledged.len() as u64;
        let lives = if self.young { self.kills / 4 } else { self.kills };
        assert!(count > lives, "only {count} events were acknowledged in {} lives", self.kills);
        for recipe in recipes::ORDER {
            assert!(
                self.young || acknowledged.iter().any(|errand| errand.recipe() == recipe),
                "no event for {recipe}"
            );
        }
    }

    fn report(&self, faults: &[String]) -> String {
        format!(
            "{}: the books do not balance. Again with BELLHOP_KILL_SEED={} BELLHOP_KILLS={}\n{}\n{} faults in all. The end of the log:\n{}",
            self.name,
            self.seed,
            self.kills,
            faults.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n"),
            faults.len(),
            life::end_of(&self.workspace.path().join(LOG)),
        )
    }
}

async fn pause(time: Duration) {
    let time = jiff::SignedDuration::try_from(time).expect("a short time");
    SystemClock.sleep_until(SystemClock.now() + time).await;
}
