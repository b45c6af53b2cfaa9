//! The simulator: made-up tales on a clock that is held and a store that loses what was not synced. Each tale is lived
//! through undisturbed, and then again with a death at every moment of it, and more deaths after that: all must end as
//! the first did. It is told in the end in the middle of what the processes died; nothing may be missing there.
//!
//! `BELLHOP_HISTORIES` says how many histories to live through, `BELLHOP_SIMULATION` from which seed on. The seed is printed;
//! a tale that ends wrongly tells its own. Start at [`history::live`], then `tale`.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "it tells its seed and its speed, and is told by the environment"
)]

mod asking;
mod dice;
mod disk;
mod end;
mod history;
mod oracle;
mod outside;
mod tale;
mod teller;
mod times;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use dice::Dice;
use disk::{Hits, MIDDLES, RACES};
use history::live;
use oracle::Should;
use tale::Tale;

use crate::support::Bench;

/// How many histories where nothing else is said.
const HISTORIES: u64 = 500;
/// So many must have died in the middle of everything there is.
const MANY: u64 = 10_000;
/// A tale with more moments than this is lived through so many times, with deaths at moments that chance takes.
const MOST: usize = 100;
/// So many processes die in one history at the most: no more than a step is tried again, for which a call that was cut short
/// counts as a try.
const MOST_DEATHS: usize = 4;

#[test]
fn every_history_ends_as_the_undisturbed_one() {
    let seed =
        asked("BELLHOP_SIMULATION").unwrap_or_else(|| RandomState::new().hash_one(std::process::id()) >> 16);
    let wanted = asked("BELLHOP_HISTORIES").unwrap_or(HISTORIES);
    println!("{wanted} histories with BELLHOP_SIMULATION={seed}");
    let begun = Instant::now();
    let (next, lived, over) = (AtomicU64::new(seed), AtomicU64::new(0), AtomicBool::new(false));
    let hits = Mutex::new(Hits::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                let _ends = EndsAll(&over);
                while lived.load(Ordering::Relaxed) < wanted && !over.load(Ordering::Relaxed) {
                    let tale = next.fetch_add(1, Ordering::Relaxed);
                    lived.fetch_add(try_tale(tale, &hits), Ordering::Relaxed);
                }
            });
        }
    });
    let (lived, tales) = (lived.into_inner(), next.into_inner() - seed);
    let seconds = begun.elapsed().as_secs_f64();
    println!("{lived} histories of {tales} tales in {seconds:.1} s: {:.0} a second", lived as f64 / seconds);
    let hits = hits.into_inner().expect("no tale has failed");
    for middle in MIDDLES {
        let times = hits.get(middle).copied().unwrap_or(0);
        println!("{times} deaths in the middle of {middle}");
        assert!(times > 0 || wanted < MANY, "nothing died in the middle of {middle}");
    }
    for race in RACES {
        let times = hits.get(race).copied().unwrap_or(0);
        println!("{times} times {race}");
        assert!(times > 0 || wanted < MANY, "not once {race}");
    }
}

/// Once one thread has found something wrong, the others need not go on.
struct EndsAll<'a>(&'a AtomicBool);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

/// All histories of one tale; how many.
fn try_tale(seed: u64, all: &Mutex<Hits>) -> u64 {
    let tale = Tale::of(seed);
    let recipes: Vec<_> = tale.recipes.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let world = Bench::new(&recipes);
    let told = || {
        let texts: Vec<_> = recipes.iter().map(|(id, text)| format!("# {id}\n{text}")).collect();
        let mut rest = tale.clone();
        rest.recipes.clear();
        format!(
            "BELLHOP_SIMULATION={seed} BELLHOP_HISTORIES=1 tells it again:\n{rest:#?}\n{}",
            texts.join("\n")
        )
    };
    let mut hits = Hits::new();
    let undisturbed = live(&tale, &world, &[], seed, &mut hits);
    assert!(undisturbed.wrong.is_empty(), "{:#?}\n{}", undisturbed.wrong, told());
    let differs = Should::of(&tale, &world.recipes).missed(&undisturbed);
    assert!(differs.is_empty(), "not as the tale has it: {differs:#?}\n{}", told());
    assert!(undisturbed.rests, "it never came to rest: {:#?}\n{}", undisturbed.end, told());
    let mut dice = Dice::new(seed.rotate_left(32));
    let histories = undisturbed.moments.min(MOST);
    for number in 1..=histories {
        let chosen =
            if histories == undisturbed.moments { number } else { 1 + dice.below(undisturbed.moments) };
        let mut deaths = vec![chosen];
        while deaths.len() < MOST_DEATHS && dice.one_in(2) {
            deaths.push(1 + dice.below(undisturbed.moments));
        }
        let after = live(&tale, &world, &deaths, dice.throw(), &mut hits);
        assert!(after.wrong.is_empty(), "deaths at {deaths:?}: {:#?}\n{}", after.wrong, told());
        assert!(
            after.end == undisturbed.end && after.rests,
            "deaths at {deaths:?}: it ended as\n{:#?}\ninstead of\n{:#?}\n{}",
            after.end,
            undisturbed.end,
            told()
        );
    }
    let mut all = all.lock().expect("no other tale has failed");
    for (middle, times) in hits {
        *all.entry(middle).or_default() += times;
    }
    histories as u64 + 1
}
