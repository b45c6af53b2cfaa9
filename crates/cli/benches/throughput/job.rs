//! The three-call job, at full load and at half of it, on an empty store or beside runs that are over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::crm::Crm;
use super::sender::{self, Delivery, Key};
use super::served::{Place, Served};
use super::{number, stock};

/// How many webhooks, unless `BELLHOP_BENCH_EVENTS` says otherwise.
const EVENTS: usize = 10_000;
/// How many webhooks are under way at a time.
const CONCURRENCY: usize = 32;
/// As many connections as an open loop may need at its slowest moments.
const LANES: usize = 256;
/// A run that has not ended by then never will.
const PATIENCE: Duration = Duration::from_mins(2);

/// Bellhop at work for one sender.
struct Scene {
    key: Key,
    crm: Crm,
    served: Served,
    cold_start: Duration,
    /// How many webhooks have been signed so far.
    signed: usize,
}

impl Scene {
    /// With so many finished runs in its store.
    fn set(finished: usize) -> Self {
        let key = Key::generate();
        let crm = Crm::start(0);
        let place = Place::new(crm.address(), &key.public());
        let (mut served, mut cold_start) = Served::start(place, &key.delivery(usize::MAX));
        crm.wait_for(1, PATIENCE);
        served.wait_for_succeeded(1, PATIENCE);
        if finished > 0 {
            let place = served.kill();
            stock::finished(&place.store(), finished);
            (served, cold_start) = Served::start(place, &key.delivery(usize::MAX - 1));
        }
        std::thread::sleep(Duration::from_secs(1));
        Self { key, crm, served, cold_start, signed: 0 }
    }

    fn deliveries(&mut self, count: usize) -> Arc<Vec<Delivery>> {
        let first = self.signed;
        self.signed += count;
        Arc::new((first..self.signed).map(|number| self.key.delivery(number)).collect())
    }

    /// Sends all at full load; prints the figures, and gives the runs a second.
    fn full(&mut self, events: usize) -> f64 {
        let deliveries = self.deliveries(events);
        let (calls_before, runs_before) = (self.crm.count(), self.served.succeeded());
        let idle = self.served.resident_kb();
        let cpu_before = self.served.cpu_seconds();
        let begun = Instant::now();
        let latencies = sender::send_all(self.served.address(), &deliveries, CONCURRENCY);
        let acknowledged = begun.elapsed();
        self.crm.wait_for(calls_before + events, PATIENCE);
        let calls_done = begun.elapsed();
        self.served.wait_for_succeeded(runs_before + events, PATIENCE);
        let completed = begun.elapsed();
        let cpu = self.served.cpu_seconds() - cpu_before;
        let per_second = events as f64 / completed.as_secs_f64();
        println!("events                        {events} at concurrency {CONCURRENCY}, three calls a run");
        println!("completed runs per second     {per_second:.0}");
        println!("  all acknowledged after      {:.2} s", acknowledged.as_secs_f64());
        println!("  all calls made after        {:.2} s", calls_done.as_secs_f64());
        println!("  all runs ended after        {:.2} s", completed.as_secs_f64());
        print_latencies(latencies);
        println!("CPU of bellhop per 1,000 runs {:.2} s", cpu * 1_000.0 / events as f64);
        println!("resident at the peak          {:.1} MB", self.served.peak_kb() as f64 / 1_024.0);
        println!("resident when idle            {:.1} MB", idle as f64 / 1_024.0);
        println!("start to first accepted event {:.0} ms", self.cold_start.as_secs_f64() * 1_000.0);
        per_second
    }

    /// Sends all at that rate, in an open loop; prints the figures.
    fn paced(&mut self, events: usize, per_second: f64) {
        let deliveries = self.deliveries(events);
        let runs_before = self.served.succeeded();
        let cpu_before = self.served.cpu_seconds();
        let latencies = sender::send_paced(self.served.address(), &deliveries, LANES, per_second);
        self.served.wait_for_succeeded(runs_before + events, PATIENCE);
        let cpu = self.served.cpu_seconds() - cpu_before;
        println!("half load, open loop          {per_second:.0} events a second");
        print_latencies(latencies);
        println!("CPU of bellhop per 1,000 runs {:.2} s", cpu * 1_000.0 / events as f64);
    }
}

fn print_latencies(mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at =
        |of_thousand: usize| latencies[(latencies.len() - 1) * of_thousand / 1_000].as_secs_f64() * 1_000.0;
    println!("acknowledgement p50/p99/max   {:.1} / {:.1} / {:.1} ms", at(500), at(990), at(1_000));
}

/// The job at full load.
pub(crate) fn full() {
    Scene::set(0).full(number("BELLHOP_BENCH_EVENTS", EVENTS));
}

/// The job at full load, then at half of what it gave.
pub(crate) fn half() {
    let events = number("BELLHOP_BENCH_EVENTS", EVENTS);
    let mut scene = Scene::set(0);
    let most = scene.full(events);
    scene.paced(events, most / 2.0);
}

/// The job on an empty store and beside finished runs, one after the other.
pub(crate) fn linear(finished: usize) {
    let events = number("BELLHOP_BENCH_EVENTS", EVENTS);
    for finished in [0, finished] {
        println!("-- with {finished} finished runs in the store");
        let mut scene = Scene::set(finished);
        let most = scene.full(events);
        scene.paced(events, most / 2.0);
    }
}
