//! Budgets: who shares a limit waits for it in one of two lines, in order of arrival. A budget is kept for the process,
//! per key (HighLevel: per location), so all runs and recipes share it.
//!
//! Live calls go before bulk ones; bulk ones leave a tenth of each limit free for them, and get one place in ten where
//! there is a crowd of live ones. After a refusal they wait until those have come again that were sent back. It never waits past a deadline, and a lock is never held while waiting; a place in the
//! line (the turnstile) is. Start at [`admit`]; the lines are in `lines`, the counting is in `window`.

mod lines;
mod window;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use bellhop_clock::Clock;
use bellhop_connector::{Lane, RateLimit, Standing};
use jiff::{SignedDuration, Timestamp};
use lines::{Lines, Place, Told};
use window::Window;

use crate::left::BudgetLeft;

/// Beyond so many keys, those that nobody uses are forgotten.
const MANY_KEYS: usize = 4096;
const DAY_SECONDS: i64 = 24 * 3600;
/// However long an app says: nobody is held longer than a day by one answer.
const LONGEST_HOLD_MICROSECONDS: i64 = 24 * 3600 * 1_000_000;

/// The first call of a window opens a connection, those after it find one: that much later it may arrive. A twentieth of the
/// window, at the most half a second; what it costs is less than the whole window that a refusal costs.
fn way(per: i64) -> i64 {
    (per / 20).min(500_000)
}

/// How much longer bulk calls are held than live ones, when the app has held all for so long: who was sent back comes again
/// within a quarter of a second and a tenth of that time after it is over, and a moment later where much is to be done.
fn behind(length: i64) -> i64 {
    (length / 10).saturating_add(500_000)
}

/// All budgets of the process, by key.
#[derive(Default)]
pub(crate) struct Budgets {
    by_key: Mutex<HashMap<String, Arc<Budget>>>,
}

impl Budgets {
    /// The budget of a key; made with these limits where there is none yet. `limits` belong to the key's identity.
    pub(crate) fn get(&self, key: &str, limits: &[RateLimit]) -> Arc<Budget> {
        let mut by_key = lock(&self.by_key);
        if let Some(budget) = by_key.get(key) {
            return Arc::clone(budget);
        }
        if by_key.len() >= MANY_KEYS {
            by_key.retain(|_, budget| Arc::strong_count(budget) > 1 || !budget.is_idle());
        }
        let budget = Arc::new(Budget::new(limits, way));
        by_key.insert(key.to_owned(), Arc::clone(&budget));
        budget
    }
}

/// The windows that share one key.
pub(crate) struct Budget {
    windows: Mutex<Vec<Window>>,
    limited: bool,
    /// Microseconds since 1970 until which the app wants no call.
    held_until: AtomicI64,
    /// The same for bulk calls.
    bulk_held_until: AtomicI64,
    lines: Lines,
}

/// What an answer's headers say about the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) remaining: Option<u64>,
    pub(crate) interval_milliseconds: Option<u64>,
    pub(crate) daily_remaining: Option<u64>,
}

impl Budget {
    /// `way` says of a window's length how much later than others a call may arrive, both in microseconds.
    pub(crate) fn new(limits: &[RateLimit], way: fn(i64) -> i64) -> Self {
        let mut windows: Vec<_> = limits
            .iter()
            .filter_map(|limit| {
                let per = i64::try_from(limit.window()?.as_micros()).ok()?;
                Some(Window::new(limit.limit, per, way(per)))
            })
            .collect();
        windows.sort_by_key(Window::per);
        Self {
            limited: !windows.is_empty(),
            windows: Mutex::new(windows),
            held_until: AtomicI64::new(i64::MIN),
            bulk_held_until: AtomicI64::new(i64::MIN),
            lines: Lines::default(),
        }
    }

    fn is_idle(&self) -> bool {
        // Only the longest window remembers long; one that is empty has nothing to forget.
        lock(&self.windows).iter().all(Window::is_empty)
    }

    fn held(&self, lane: Lane) -> i64 {
        let held = self.held_until.load(Ordering::Relaxed);
        match lane {
            Lane::Live => held,
            Lane::Bulk => held.max(self.bulk_held_until.load(Ordering::Relaxed)),
        }
    }

    /// No call before `at`.
    fn hold(&self, now: i64, at: i64) {
        self.held_until.fetch_max(at.min(now.saturating_add(LONGEST_HOLD_MICROSECONDS)), Ordering::Relaxed);
    }

    /// When the next call of that line but `ahead` may go.
    fn free_after(&self, now: i64, lane: Lane, ahead: usize) -> i64 {
        let from = now.max(self.held(lane));
        let spared = self.lines.spares(lane);
        let free =
            |window: &mut Window| window.free_after(from, ahead + if spared { window.spare() } else { 0 });
        lock(&self.windows).iter_mut().map(free).max().unwrap_or(from)
    }

    /// What is left of each limit, the shortest first.
    pub(crate) fn left(&self, now: Timestamp) -> Vec<BudgetLeft> {
        lock(&self.windows).iter_mut().map(|window| window.left(now.as_microsecond())).collect()
    }

    /// Takes note of what an answer says is left. Where our own count is at the limit too, the window itself already
    /// says when the next call may go; where it is not, somebody else spends the same budget and only waiting helps.
    pub(crate) fn observe(&self, now: Timestamp, observed: Observed) {
        if let Some(remaining) = observed.daily_remaining.filter(|left| *left > 0) {
            self.believe(now, remaining);
        }
        if let Some(remaining) = observed.remaining.filter(|left| *left > 0) {
            self.believe_for_now(now, remaining);
        }
        let (short, long) = (observed.remaining == Some(0), observed.daily_remaining == Some(0));
        if !short && !long {
            return;
        }
        let microseconds = now.as_microsecond();
        let mut windows = lock(&self.windows);
        let mut hold = None;
        if short && !windows.first_mut().is_some_and(|window| window.is_full(microseconds)) {
            let said = observed.interval_milliseconds.and_then(|length| i64::try_from(length).ok());
            let length = said.map(|length| length.saturating_mul(1000));
            let length = length.or_else(|| windows.first().map(Window::per)).unwrap_or(1_000_000);
            hold = Some(microseconds.saturating_add(length));
        }
        let whole_day =
            windows.len() > 1 && windows.last_mut().is_some_and(|window| window.is_full(microseconds));
        if long && !whole_day {
            hold = hold.max(Some(end_of_day(now).as_microsecond()));
        }
        drop(windows);
        if let Some(at) = hold {
            self.hold(microseconds, at);
        }
    }

    /// The app says how much of the day is left. Where that is less than we have counted, others spend it too, or we did
    /// before we were started anew: it is believed until the day ends, or until the app says otherwise.
    fn believe(&self, now: Timestamp, remaining: u64) {
        let into_day = now.as_second().rem_euclid(DAY_SECONDS);
        let midnight = now.as_second().saturating_add(DAY_SECONDS - into_day).saturating_mul(1_000_000);
        let mut windows = lock(&self.windows);
        if let Some(day) = windows.last_mut().filter(|window| window.per() == DAY_SECONDS * 1_000_000) {
            day.believe(now.as_microsecond(), midnight, remaining);
        }
    }

    /// The same for the shortest window: until all of it is over that may have begun just now.
    fn believe_for_now(&self, now: Timestamp, remaining: u64) {
        let now = now.as_microsecond();
        let mut windows = lock(&self.windows);
        if let Some(shortest) = windows.first_mut().filter(|window| window.per() < DAY_SECONDS * 1_000_000) {
            let until = now.saturating_add(shortest.per());
            shortest.believe(now, until, remaining);
        }
    }

    /// The app refused a call as one too many. Holds everyone until it is over and tells when that is in
    /// milliseconds, where it can be known.
    pub(crate) fn refused(&self, now: Timestamp, said_milliseconds: Option<u64>) -> Option<u64> {
        let microseconds = now.as_microsecond();
        let own = || lock(&self.windows).first().and_then(|window| u64::try_from(window.per() / 1000).ok());
        let milliseconds = said_milliseconds.or_else(own)?;
        let length = i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_mul(1000);
        self.hold(microseconds, microseconds.saturating_add(length));
        let held = self.held(Lane::Live);
        self.bulk_held_until.fetch_max(held.saturating_add(behind(held - microseconds)), Ordering::Relaxed);
        let held = held.saturating_sub(microseconds).max(0);
        u64::try_from(held / 1000).ok()
    }
}

/// When a day's budget is surely, or at least possibly, new: at midnight UTC, but tried every hour, because the apps do
/// not say whose midnight it is.
fn end_of_day(now: Timestamp) -> Timestamp {
    let hour = SignedDuration::from_hours(1);
    let into_day = now.as_second().rem_euclid(24 * 3600);
    let midnight = SignedDuration::from_secs(24 * 3600 - into_day);
    now.checked_add(midnight.min(hour)).unwrap_or(now)
}

/// Waits until every one of `budgets` allows a call, and takes it from all of them at once. Where that would be past
/// the deadline (or at it, which leaves no time to call), nothing is taken and the answer is when to come again.
///
/// `budgets` stand in the same order for every call that shares any: the narrowest first, so that who waits for a
/// channel does not stand in the line of the whole workspace.
pub(crate) async fn admit(
    budgets: &[Arc<Budget>],
    clock: &dyn Clock,
    deadline: Timestamp,
    standing: &Standing,
) -> Result<(), Timestamp> {
    let lane = standing.lane;
    let nobody_waits = budgets.iter().all(|budget| budget.lines.ahead(lane) == 0);
    if nobody_waits && take(budgets, lane, clock.now().as_microsecond()).is_ok() {
        return Ok(());
    }
    let mut turns = Vec::with_capacity(budgets.len());
    let mut told = None;
    for (index, budget) in budgets.iter().enumerate() {
        let (place, ahead) = Place::behind_others(&budget.lines, lane);
        let likely = budget.free_after(clock.now().as_microsecond(), lane, ahead);
        if likely >= deadline.as_microsecond() {
            return Err(timestamp(likely));
        }
        if told.is_none() {
            told = Some(Told::about(standing));
        }
        let turn = tokio::select! {
            biased;
            turn = budget.lines.turnstile(lane).lock() => turn,
            () = clock.sleep_until(deadline) => return Err(timestamp(likely).max(deadline)),
        };
        turns.push((turn, place));
        let last = index + 1 == budgets.len();
        loop {
            let now = clock.now().as_microsecond();
            let free = if last {
                take(budgets, lane, now)
            } else {
                let free = budget.free_after(now, lane, budget.lines.others(lane));
                if free <= now { Ok(()) } else { Err(free) }
            };
            match free {
                Ok(()) => break,
                Err(at) if at >= deadline.as_microsecond() => return Err(timestamp(at)),
                Err(at) => tokio::select! {
                    () = clock.sleep_until(timestamp(at)) => {}
                    () = budget.lines.called(lane) => {}
                },
            }
        }
    }
    Ok(())
}

/// Takes one call from every budget, or from none: then tells when it may be possible.
fn take(budgets: &[Arc<Budget>], lane: Lane, now: i64) -> Result<(), i64> {
    let mut free = budgets.iter().map(|budget| budget.held(lane)).max().unwrap_or(now).max(now);
    let mut held: Vec<(&Budget, MutexGuard<'_, Vec<Window>>)> = budgets
        .iter()
        .filter(|budget| budget.limited)
        .map(|budget| (budget.as_ref(), lock(&budget.windows)))
        .collect();
    for (budget, windows) in &mut held {
        let (others, spared) = (budget.lines.others(lane), budget.lines.spares(lane));
        for window in windows.iter_mut() {
            free = free.max(window.free_after(now, others + if spared { window.spare() } else { 0 }));
        }
    }
    if free > now {
        return Err(free);
    }
    for (budget, windows) in &mut held {
        windows.iter_mut().for_each(|window| window.take(now));
        budget.lines.gone(lane);
    }
    Ok(())
}

fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
