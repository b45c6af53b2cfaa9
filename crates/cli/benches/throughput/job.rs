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
/// How often the job is sent to either of two stores, unless `BELLHOP_BENCH_TURNS` says otherwise.
const TURNS: usize = 10;
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
            place.settle();
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

    /// Sends all at full load.
    fn full(&mut self, events: usize) -> Measured {
        let deliveries = self.deliveries(events);
        let (calls_before, runs_before) = (self.crm.count(), self.served.succeeded());
        let idle_kb = self.served.resident_kb();
        let yardstick = yardstick();
        let cpu_before = self.served.cpu_seconds();
        let begun = Instant::now();
        let latencies = sender::send_all(self.served.address(), &deliveries, CONCURRENCY);
        let acknowledged = begun.elapsed();
        self.crm.wait_for(calls_before + events, PATIENCE);
        let called = begun.elapsed();
        self.served.wait_for_succeeded(runs_before + events, PATIENCE);
        let completed = begun.elapsed();
        let cpu = self.served.cpu_seconds() - cpu_before;
        let yardstick = yardstick.midpoint(self::yardstick());
        Measured { events, acknowledged, called, completed, latencies, cpu, idle_kb, yardstick }
    }

    /// Prints what was measured, and what else is known of Bellhop.
    fn print(&self, measured: Measured) {
        println!(
            "events                        {} at concurrency {CONCURRENCY}, three calls a run",
            measured.events
        );
        println!("completed runs per second     {:.0}", measured.per_second());
        println!("  all acknowledged after      {:.2} s", measured.acknowledged.as_secs_f64());
        println!("  all calls made after        {:.2} s", measured.called.as_secs_f64());
        println!("  all runs ended after        {:.2} s", measured.completed.as_secs_f64());
        println!("CPU of bellhop per 1,000 runs {:.2} s", measured.cpu_per_thousand());
        println!("yardstick                     {:.1} ms", measured.yardstick);
        println!("resident at the peak          {:.1} MB", self.served.peak_kb() as f64 / 1_024.0);
        println!("resident when idle            {:.1} MB", measured.idle_kb as f64 / 1_024.0);
        println!("start to first accepted event {:.0} ms", self.cold_start.as_secs_f64() * 1_000.0);
        print_latencies(measured.latencies);
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

/// What one sending of the job at full load showed.
struct Measured {
    events: usize,
    acknowledged: Duration,
    called: Duration,
    completed: Duration,
    latencies: Vec<Duration>,
    /// Processor time of Bellhop in seconds.
    cpu: f64,
    idle_kb: u64,
    /// How fast the machine was: see [`yardstick`].
    yardstick: f64,
}

impl Measured {
    fn per_second(&self) -> f64 {
        self.events as f64 / self.completed.as_secs_f64()
    }

    /// In seconds.
    fn cpu_per_thousand(&self) -> f64 {
        self.cpu * 1_000.0 / self.events as f64
    }
}

/// How many milliseconds a fixed piece of work takes now, the hashing of 32 MB: a virtual machine's speed changes, and a
/// figure says more beside that of its minute.
fn yardstick() -> f64 {
    let block = vec![7_u8; 1 << 20];
    let begun = Instant::now();
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for _ in 0..32 {
        context.update(&block);
    }
    std::hint::black_box(context.finish());
    begun.elapsed().as_secs_f64() * 1_000.0
}

/// The job at full load.
pub(crate) fn full() {
    let mut scene = Scene::set(0);
    let measured = scene.full(number("BELLHOP_BENCH_EVENTS", EVENTS));
    scene.print(measured);
}

/// The job at full load, then at half of what it gave.
pub(crate) fn half() {
    let events = number("BELLHOP_BENCH_EVENTS", EVENTS);
    let mut scene = Scene::set(0);
    let measured = scene.full(events);
    let most = measured.per_second();
    scene.print(measured);
    scene.paced(events, most / 2.0);
}

/// The job on a store that began empty and on one with finished runs, by turns, so that both meet the machine's good and
/// bad minutes alike.
pub(crate) fn linear(finished: usize) {
    let events = number("BELLHOP_BENCH_EVENTS", EVENTS);
    let mut scenes = [Scene::set(0), Scene::set(finished)];
    println!("A: a store that began empty, B: with {finished} finished runs; {events} events a turn");
    let mut rates = [Vec::new(), Vec::new()];
    let mut costs = [Vec::new(), Vec::new()];
    for turn in 0..number("BELLHOP_BENCH_TURNS", TURNS) {
        for which in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
            let measured = scenes[which].full(events);
            let (rate, cost) = (measured.per_second(), measured.cpu_per_thousand());
            let name = ["A", "B"][which];
            println!(
                "{turn:>3} {name} {rate:>6.0} runs/s {cost:.3} s of CPU, yardstick {:.1} ms",
                measured.yardstick
            );
            rates[which].push(rate);
            costs[which].push(cost);
        }
    }
    for (scene, name) in scenes.iter_mut().zip(["A", "B"]) {
        println!("-- {name}");
        let measured = scene.full(events);
        let most = measured.per_second();
        scene.print(measured);
        scene.paced(events, most / 2.0);
    }
    for (name, [empty, full]) in [("runs per second", rates), ("CPU per 1,000 runs", costs)] {
        let ratios = full.iter().zip(&empty).map(|(full, empty)| full / empty).collect();
        let (empty, full) = (median(empty), median(full));
        println!(
            "{name:<29} median {empty:.3} and {full:.3}; B to A of a turn: median {:.3}",
            median(ratios)
        );
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
