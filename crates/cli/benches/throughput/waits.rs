//! Long waits and restarts: what many sleeping runs cost, how late those that are due wake, and how long a start takes
//! that finds many runs of a killed process.

use std::time::{Duration, Instant};

use bellhop_clock::{Clock as _, SystemClock};
use jiff::SignedDuration;

use super::crm::{self, Crm};
use super::sender::{self, Key};
use super::served::{Place, Served};
use super::{number, stock};

/// How many runs sleep, unless `BELLHOP_BENCH_SLEEPING` says otherwise.
const SLEEPING: usize = 1_000_000;
/// How many of them are due in the same second, unless `BELLHOP_BENCH_DUE` says otherwise.
const DUE: usize = 2_000;
/// How many runs a killed process left, unless `BELLHOP_BENCH_OPEN` says otherwise.
const OPEN: usize = 100_000;
/// How long the runs that are made first take at the most, and the start; only then are any due.
const LEAD: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_mins(10);

/// Sleeps, and wakes.
pub(crate) fn sleep() {
    let (sleeping, due) = (number("BELLHOP_BENCH_SLEEPING", SLEEPING), number("BELLHOP_BENCH_DUE", DUE));
    let (key, crm) = (Key::generate(), Crm::with_times());
    let place = Place::new(crm.address(), &key.public());
    let served = Served::begin(place);
    served.ready();
    crm::post(served.address(), "/hooks/in/nap").expect("the first run begins");
    served.wait_for_slept();
    let without = served.resident_kb();
    let place = served.kill();
    let begun = Instant::now();
    // Those that are due come last, in a store that is full already.
    stock::sleeping(&place.store(), due..sleeping, SystemClock.now() + SignedDuration::from_hours(24));
    let filled = begun.elapsed();
    let at = SystemClock.now() + SignedDuration::try_from(LEAD).expect("a few seconds");
    stock::sleeping(&place.store(), 0..due, at);
    let served = Served::begin(place);
    let ready = served.ready();
    std::thread::sleep(Duration::from_secs(2));
    let resident = served.resident_kb();
    let cpu_before = served.cpu_seconds();
    assert!(
        SystemClock.now() < at,
        "filling the store took longer than the bench allows; ask for fewer runs"
    );
    crm.wait_for(due, PATIENCE);
    let mut late: Vec<i64> = crm
        .times()
        .into_iter()
        .map(|time| i64::try_from(time.duration_since(at).as_millis()).unwrap_or(0))
        .collect();
    late.sort_unstable();
    let of = |percent: usize| late[(late.len() - 1) * percent / 100];
    println!("sleeping runs                 {sleeping}, filled in {:.0} s", filled.as_secs_f64());
    println!("store on disk                 {:.0} MB", served.store_bytes() as f64 / 1_048_576.0);
    println!("start to ready                {:.0} ms", ready.as_secs_f64() * 1_000.0);
    println!(
        "resident with one / with all  {:.1} / {:.1} MB",
        without as f64 / 1_024.0,
        resident as f64 / 1_024.0
    );
    println!(
        "due in the same second        {due}; their next call after p50 {} / p99 {} / max {} ms",
        of(50),
        of(99),
        of(100)
    );
    println!("resident at the peak          {:.1} MB", served.peak_kb() as f64 / 1_024.0);
    println!("CPU of bellhop for waking     {:.2} s", served.cpu_seconds() - cpu_before);
}

/// Begins again where a killed process has left off.
pub(crate) fn restart() {
    let open = number("BELLHOP_BENCH_OPEN", OPEN);
    let (key, crm) = (Key::generate(), Crm::with_times());
    let place = Place::new(crm.address(), &key.public());
    let (served, _) = Served::start(place, &key.delivery(usize::MAX));
    served.wait_for_succeeded(1, PATIENCE);
    let place = served.kill();
    stock::open(&place.store(), open);
    crm.times();
    let before = crm.count();
    let begun = SystemClock.now();
    let (served, accepted) = Served::start(place, &key.delivery(1));
    // Live events are taken meanwhile.
    let mut slowest = Duration::ZERO;
    let mut live = 1;
    while crm.count() < before + open {
        live += 1;
        let sent = Instant::now();
        assert!(sender::send_one(served.address(), &key.delivery(live)), "a live event was refused");
        slowest = slowest.max(sent.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    served.wait_for_succeeded(open + live, PATIENCE);
    let all = SystemClock.now().duration_since(begun).as_secs_f64();
    let first = crm.times().into_iter().min().map_or(0.0, |time| time.duration_since(begun).as_secs_f64());
    println!("open runs of a killed process {open}");
    println!("start to first accepted event {:.0} ms", accepted.as_secs_f64() * 1_000.0);
    println!("first of them ended after     {first:.2} s");
    println!("all of them ended after       {all:.1} s: {:.0} runs a second", open as f64 / all);
    println!(
        "live events meanwhile         {live}, the slowest acknowledged in {:.0} ms",
        slowest.as_secs_f64() * 1_000.0
    );
    println!("resident at the peak          {:.1} MB", served.peak_kb() as f64 / 1_024.0);
}
