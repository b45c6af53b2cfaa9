//! `bellhop serve` as a process of its own, with a workspace made for the job.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::crm;
use super::sender::{self, Delivery};

/// A process that has not begun to answer by then never will.
const START: Duration = Duration::from_mins(1);

/// How many places there have been.
static PLACES: AtomicUsize = AtomicUsize::new(0);

const RECIPE: &str = "\
name: Three calls
trigger:
  contacts.contact_created: {}
steps:
  - contacts.get_contact:
      contactId: $.trigger.id
    as: contact
  - if: contact.source == 'website'
    then:
      - contacts.add_tags:
          contactId: $.contact.id
          tags: [hot lead]
    else:
      - contacts.create_task:
          contactId: $.contact.id
          title: Call {{ contact.firstName }}
          dueDate: in 2 days
          completed: false
  - contacts.update_contact:
      contactId: $.contact.id
      source: handled by {{ run.recipe }}
";

const WALK: &str = "\
name: Everybody
trigger:
  webhook: { path: walk }
steps:
  - for_each: contacts.search_contacts
    as: contact
    at_once: 10
    do:
      - contacts.update_contact:
          contactId: $.contact.id
          source: Walked through
";

const NAP: &str = "\
name: Later
trigger:
  webhook: { path: nap }
steps:
  - wait: 30 days
  - contacts.update_contact:
      contactId: $.trigger.id
      source: Woken
";

/// A workspace made for the job; its folder is gone when it is dropped.
pub(crate) struct Place {
    address: SocketAddr,
    folder: PathBuf,
}

impl Place {
    /// One whose CRM is there, and whose senders sign with that key.
    pub(crate) fn new(crm: SocketAddr, key: &str) -> Self {
        let folder = std::env::var_os("BELLHOP_BENCH_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from)
            .join(format!("throughput-{}-{}", std::process::id(), PLACES.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(folder.join("recipes")).expect("a folder for the workspace");
        std::fs::create_dir_all(folder.join(".bellhop")).expect("a folder for the store");
        for (name, text) in [("three-calls", RECIPE), ("everybody", WALK), ("later", NAP)] {
            std::fs::write(folder.join(format!("recipes/{name}.yaml")), text).expect("a recipe");
        }
        let address = free_address();
        let workspace = format!(
            "connections:\n  contacts:\n    base_url: http://{crm}\n    auth: {{ token: {{ env: BENCH_TOKEN }} }}\n    location_id: benchLocation0000001\n    rate_limits: []\n    webhook:\n      ed25519_public_key: {key}\nserver:\n  listen: {address}\n"
        );
        std::fs::write(folder.join("bellhop.yaml"), workspace).expect("a workspace");
        Self { address, folder }
    }

    /// The store's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join(".bellhop/bellhop.db")
    }

    /// Waits until the disk has all that was written.
    pub(crate) fn settle(&self) {
        let done = Command::new("sync").arg("--file-system").arg(&self.folder).status();
        assert!(done.expect("there is `sync`").success(), "the disk did not take it");
    }
}

/// The process; killed when dropped.
pub(crate) struct Served {
    child: Child,
    place: Option<Place>,
    begun: Instant,
}

impl Served {
    /// Starts it, without waiting for anything.
    pub(crate) fn begin(place: Place) -> Self {
        // Another build, to compare the two.
        let binary = std::env::var_os("BELLHOP_BENCH_BINARY");
        let child = Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_bellhop").into()))
            .args(["serve", "--workspace"])
            .arg(&place.folder)
            .env("BENCH_TOKEN", "bench-token")
            .env("BELLHOP_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        Self { child, place: Some(place), begun: Instant::now() }
    }

    /// Starts it; how long it took from there to the first accepted event.
    pub(crate) fn start(place: Place, probe: &Delivery) -> (Self, Duration) {
        let served = Self::begin(place);
        while !sender::send_one(served.address(), probe) {
            assert!(served.begun.elapsed() < START, "bellhop accepted no event in time");
            std::thread::yield_now();
        }
        let took = served.begun.elapsed();
        (served, took)
    }

    /// Waits until it says that it is ready; how long that took from its start.
    pub(crate) fn ready(&self) -> Duration {
        while !crm::get(self.address(), "/readyz").is_ok_and(|page| page.starts_with("HTTP/1.1 200")) {
            assert!(self.begun.elapsed() < START, "bellhop was not ready in time");
            std::thread::yield_now();
        }
        self.begun.elapsed()
    }

    /// Kills it; its workspace stays.
    pub(crate) fn kill(mut self) -> Place {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.place.take().expect("it is taken once")
    }

    fn place(&self) -> &Place {
        self.place.as_ref().expect("it is there until the process is killed")
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.place().address
    }

    /// Resident memory now, in KiB.
    pub(crate) fn resident_kb(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most that was ever resident, in KiB.
    pub(crate) fn peak_kb(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// How much disk its store takes, in bytes.
    pub(crate) fn store_bytes(&self) -> u64 {
        let mut bytes = 0;
        let mut folders = vec![self.place().folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                    Ok(metadata) => bytes += metadata.len(),
                    Err(_) => {}
                }
            }
        }
        bytes
    }

    fn status(&self, field: &str) -> u64 {
        let text =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process lives");
        let line = text.lines().find(|line| line.starts_with(field)).expect("Linux tells it");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    /// Processor time so far, user and system, in seconds. Linux counts in hundredths.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let text =
            std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the process lives");
        let fields: Vec<_> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Waits until so many runs have succeeded, by its own metrics.
    pub(crate) fn wait_for_succeeded(&self, wanted: usize, patience: Duration) {
        let end = Instant::now() + patience;
        loop {
            let succeeded = self.succeeded();
            if succeeded >= wanted {
                return;
            }
            assert!(Instant::now() < end, "{succeeded} of {wanted} runs have succeeded");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many runs have succeeded since its start, by its own metrics.
    pub(crate) fn succeeded(&self) -> usize {
        let page = crm::get(self.address(), "/metrics").unwrap_or_default();
        let of_recipes = page
            .lines()
            .filter(|line| line.starts_with("bellhop_runs_total") && line.contains("succeeded"))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        of_recipes.sum()
    }

    /// Waits until a run sleeps.
    pub(crate) fn wait_for_slept(&self) {
        while !crm::get(self.address(), "/api/runs?status=sleeping").is_ok_and(|page| page.contains("run_")) {
            assert!(self.begun.elapsed() < START, "no run fell asleep");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It is a process of this bench alone; what it leaves is thrown away with its folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}
