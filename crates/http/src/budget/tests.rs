//! Lines of callers, polled by hand, on a clock that stands still.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bellhop_clock::{Clock as _, ManualClock};
use bellhop_connector::{Lane, RateLimit, Standing};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Budget, Budgets, Observed, admit};

fn limit(limit: u32, per: &str) -> RateLimit {
    RateLimit { limit, per: per.into(), key: String::new() }
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

fn budget(limits: &[RateLimit]) -> Vec<Arc<Budget>> {
    vec![Arc::new(Budget::new(limits, |_| 0))]
}

type Caller<'a> = Pin<Box<dyn Future<Output = Result<(), Timestamp>> + 'a>>;

fn caller<'a>(budgets: &'a [Arc<Budget>], clock: &'a ManualClock, deadline: i64) -> Caller<'a> {
    of_lane(Lane::Live, budgets, clock, deadline)
}

fn of_lane<'a>(lane: Lane, budgets: &'a [Arc<Budget>], clock: &'a ManualClock, deadline: i64) -> Caller<'a> {
    let standing = Standing { lane, told: None };
    Box::pin(async move { admit(budgets, clock, at(deadline), &standing).await })
}

fn poll(caller: &mut Caller<'_>) -> Poll<Result<(), Timestamp>> {
    caller.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn those_in_line_count_for_those_behind_them() {
    let (budgets, clock) = (budget(&[limit(1, "10s")]), ManualClock::new(at(0)));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    let mut second = caller(&budgets, &clock, 30_000);
    let mut third = caller(&budgets, &clock, 30_000);
    assert!(poll(&mut second).is_pending());
    assert!(poll(&mut third).is_pending());
    // Its slot would be at 30 seconds: it is told at once, and does not stand in line.
    assert_eq!(poll(&mut caller(&budgets, &clock, 30_000)), Poll::Ready(Err(at(30_000))));
    clock.set(at(10_000));
    assert!(poll(&mut third).is_pending(), "the second was first");
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    assert!(poll(&mut third).is_pending());
    clock.set(at(20_000));
    assert_eq!(poll(&mut third), Poll::Ready(Ok(())));
}

#[test]
fn a_newcomer_overtakes_nobody() {
    let (budgets, clock) = (budget(&[limit(1, "10s")]), ManualClock::new(at(0)));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    let mut second = caller(&budgets, &clock, 60_000);
    assert!(poll(&mut second).is_pending());
    clock.set(at(10_000));
    let mut newcomer = caller(&budgets, &clock, 60_000);
    assert!(poll(&mut newcomer).is_pending(), "the slot is free, but somebody waits for it");
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    assert!(poll(&mut newcomer).is_pending());
}

#[test]
fn who_gives_up_leaves_the_line() {
    let (budgets, clock) = (budget(&[limit(1, "10s")]), ManualClock::new(at(0)));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    let mut second = caller(&budgets, &clock, 60_000);
    let mut third = caller(&budgets, &clock, 60_000);
    assert!(poll(&mut second).is_pending());
    assert!(poll(&mut third).is_pending());
    drop(second);
    assert!(poll(&mut third).is_pending());
    clock.set(at(10_000));
    assert_eq!(poll(&mut third), Poll::Ready(Ok(())));
}

#[test]
fn a_hold_moves_the_whole_line_and_keeps_its_order() {
    let (budgets, clock) = (budget(&[limit(1, "10s")]), ManualClock::new(at(0)));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    let mut second = caller(&budgets, &clock, 90_000);
    let mut third = caller(&budgets, &clock, 90_000);
    assert!(poll(&mut second).is_pending());
    assert!(poll(&mut third).is_pending());
    assert_eq!(budgets[0].refused(clock.now(), Some(25_000)), Some(25_000));
    clock.set(at(10_000));
    assert!(poll(&mut second).is_pending());
    clock.set(at(25_000));
    assert!(poll(&mut third).is_pending());
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    assert!(poll(&mut third).is_pending());
    clock.set(at(35_000));
    assert_eq!(poll(&mut third), Poll::Ready(Ok(())));
}

#[test]
fn nobody_is_held_longer_than_a_day_by_one_answer() {
    let (budgets, clock) = (budget(&[]), ManualClock::new(at(0)));
    assert_eq!(budgets[0].refused(clock.now(), Some(u64::MAX)), Some(24 * 3600 * 1000));
}

#[test]
fn a_live_call_goes_before_bulk_ones_that_were_there_first() {
    let (budgets, clock) = (budget(&[limit(2, "10s")]), ManualClock::new(at(0)));
    for _ in 0..2 {
        assert_eq!(poll(&mut of_lane(Lane::Bulk, &budgets, &clock, 1)), Poll::Ready(Ok(())));
    }
    let mut bulk: Vec<_> = (0..3).map(|_| of_lane(Lane::Bulk, &budgets, &clock, 60_000)).collect();
    assert!(bulk.iter_mut().all(|one| poll(one).is_pending()));
    let mut live = caller(&budgets, &clock, 60_000);
    assert!(poll(&mut live).is_pending());
    clock.set(at(10_000));
    assert_eq!(poll(&mut bulk[0]), Poll::Ready(Ok(())), "there is room for both");
    assert!(poll(&mut bulk[1]).is_pending(), "what is left is for the live one");
    assert_eq!(poll(&mut live), Poll::Ready(Ok(())));
    assert!(poll(&mut bulk[1]).is_pending());
    clock.set(at(20_000));
    assert_eq!(poll(&mut bulk[1]), Poll::Ready(Ok(())));
}

#[test]
fn bulk_calls_leave_a_tenth_of_each_limit_free() {
    let (budgets, clock) = (budget(&[limit(20, "10s")]), ManualClock::new(at(0)));
    for _ in 0..18 {
        assert_eq!(poll(&mut of_lane(Lane::Bulk, &budgets, &clock, 1)), Poll::Ready(Ok(())));
    }
    let mut bulk = of_lane(Lane::Bulk, &budgets, &clock, 60_000);
    assert!(poll(&mut bulk).is_pending());
    for _ in 0..2 {
        assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())), "kept free for it");
    }
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Err(at(10_000))));
}

#[test]
fn bulk_calls_get_one_place_in_ten_however_many_live_ones_there_are() {
    let (budgets, clock) = (budget(&[limit(1, "1s")]), ManualClock::new(at(0)));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    let mut bulk = of_lane(Lane::Bulk, &budgets, &clock, 60_000);
    assert!(poll(&mut bulk).is_pending());
    let mut live: Vec<_> = (0..20).map(|_| caller(&budgets, &clock, 60_000)).collect();
    assert!(live.iter_mut().all(|one| poll(one).is_pending()));
    let (mut went, mut turn) = (0, None);
    for second in 1..=12 {
        clock.set(at(second * 1000));
        live.retain_mut(|one| {
            let waits = poll(one).is_pending();
            went += usize::from(!waits);
            waits
        });
        if turn.is_none() && poll(&mut bulk).is_ready() {
            turn = Some(went);
        }
    }
    assert_eq!(turn, Some(9));
    assert_eq!(went, 11, "no slot was lost to anybody");
}

#[test]
fn less_left_of_the_day_than_was_counted_is_believed_until_midnight() {
    let day = 24 * 3600 * 1000;
    let noon = day / 2;
    let (budgets, clock) = (budget(&[limit(5, "10s"), limit(100, "1 day")]), ManualClock::new(at(noon)));
    let told = |left| Observed { daily_remaining: Some(left), ..Observed::default() };
    budgets[0].observe(clock.now(), told(30));
    assert_eq!(budgets[0].left(clock.now())[1].left, 30);
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    budgets[0].observe(clock.now(), told(29));
    assert_eq!(budgets[0].left(clock.now())[1].left, 29, "what was counted is not counted twice");
    budgets[0].observe(clock.now(), told(90));
    assert_eq!(budgets[0].left(clock.now())[1].left, 90, "the app's day may begin at another hour than ours");
    budgets[0].observe(clock.now(), told(10));
    clock.set(at(day));
    assert_eq!(budgets[0].left(clock.now())[1].left, 99);
}

#[test]
fn less_left_of_the_window_than_was_counted_is_believed_until_it_is_over() {
    let (budgets, clock) = (budget(&[limit(5, "10s"), limit(100, "1 day")]), ManualClock::new(at(0)));
    let told = |left| Observed { remaining: Some(left), ..Observed::default() };
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    budgets[0].observe(clock.now(), told(4));
    assert_eq!(budgets[0].left(clock.now())[0].left, 4, "what was counted is not counted twice");
    budgets[0].observe(clock.now(), told(1));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
    assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Err(at(10_000))), "others spent the rest");
    clock.set(at(5_000));
    budgets[0].observe(clock.now(), told(4));
    assert_eq!(
        poll(&mut caller(&budgets, &clock, 1)),
        Poll::Ready(Ok(())),
        "the app's window may be a new one"
    );
    assert_eq!(budgets[0].left(clock.now())[1].left, 97, "the day is none of it");
}

#[test]
fn those_that_were_sent_back_come_again_before_bulk_ones() {
    let (budgets, clock) = (budget(&[limit(10, "10s")]), ManualClock::new(at(0)));
    assert_eq!(budgets[0].refused(clock.now(), None), Some(10_000));
    let mut bulk = of_lane(Lane::Bulk, &budgets, &clock, 60_000);
    assert!(poll(&mut bulk).is_pending());
    // At the latest they come a tenth and a quarter of a second later: see the pause after a limit in the engine.
    clock.set(at(11_250));
    assert!(poll(&mut bulk).is_pending());
    for _ in 0..9 {
        assert_eq!(poll(&mut caller(&budgets, &clock, 11_251)), Poll::Ready(Ok(())));
    }
    assert!(poll(&mut bulk).is_pending());
    clock.set(at(11_500));
    assert_eq!(poll(&mut bulk), Poll::Ready(Ok(())));
}

#[test]
fn one_key_is_one_budget() {
    let budgets = Budgets::default();
    let first = budgets.get("a", &[limit(1, "10s")]);
    assert!(Arc::ptr_eq(&first, &budgets.get("a", &[limit(1, "10s")])));
    assert!(!Arc::ptr_eq(&first, &budgets.get("b", &[limit(1, "10s")])));
}

#[test]
fn keys_that_nobody_uses_are_forgotten_and_those_in_use_are_not() {
    let (budgets, clock) = (Budgets::default(), ManualClock::new(at(0)));
    let held = budgets.get("held", &[limit(1, "10s")]);
    let spent = vec![budgets.get("spent", &[limit(1, "10s")])];
    assert_eq!(poll(&mut caller(&spent, &clock, 1)), Poll::Ready(Ok(())));
    drop(spent);
    for key in 0..super::MANY_KEYS {
        budgets.get(&key.to_string(), &[limit(1, "10s")]);
    }
    assert!(budgets.by_key.lock().unwrap().len() < super::MANY_KEYS);
    assert!(Arc::ptr_eq(&held, &budgets.get("held", &[limit(1, "10s")])));
    let again = vec![budgets.get("spent", &[limit(1, "10s")])];
    assert_eq!(
        poll(&mut caller(&again, &clock, 5_000)),
        Poll::Ready(Err(at(10_500))),
        "with the time on its way"
    );
}

proptest! {
    /// Callers come at any times and are woken in any order: they go in the order in which they came, and never more than
    /// either limit allows in any window.
    #[test]
    fn a_line_is_fair_and_within_its_limits(
        short in 1_u32..4, long in 3_u32..8, gaps in prop::collection::vec(0_i64..3_000, 1..40), seed in any::<u64>(),
    ) {
        let budgets = budget(&[limit(short, "1s"), limit(long, "5s")]);
        let clock = ManualClock::new(at(0));
        let mut comes = 0;
        let mut coming: Vec<(usize, i64)> = gaps
            .iter()
            .enumerate()
            .map(|(number, gap)| {
                comes += gap;
                (number, comes)
            })
            .rev()
            .collect();
        let mut line: Vec<(usize, Caller<'_>)> = Vec::new();
        let mut went: Vec<(usize, i64)> = Vec::new();
        let mut random = seed;
        while !(coming.is_empty() && line.is_empty()) {
            let next_comes = coming.last().map(|(_, comes)| at(*comes));
            let next = [next_comes, clock.next_wake()].into_iter().flatten().min().unwrap();
            clock.set(next.max(clock.now()));
            while coming.last().is_some_and(|(_, comes)| at(*comes) <= clock.now()) {
                let (number, _) = coming.pop().unwrap();
                let mut newcomer = caller(&budgets, &clock, i64::from(u32::MAX));
                match poll(&mut newcomer) {
                    Poll::Ready(Ok(())) => went.push((number, clock.now().as_millisecond())),
                    Poll::Ready(Err(at)) => prop_assert!(false, "refused until {at}"),
                    Poll::Pending => line.push((number, newcomer)),
                }
            }
            let mut moved = true;
            while moved && !line.is_empty() {
                moved = false;
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let turn = usize::try_from(random >> 33).unwrap() % line.len();
                line.rotate_left(turn);
                let mut waiting = Vec::new();
                for (number, mut one) in line.drain(..) {
                    if poll(&mut one).is_ready() {
                        went.push((number, clock.now().as_millisecond()));
                        moved = true;
                    } else {
                        waiting.push((number, one));
                    }
                }
                line = waiting;
            }
        }
        let order: Vec<_> = went.iter().map(|(number, _)| *number).collect();
        prop_assert_eq!(&order, &(0..gaps.len()).collect::<Vec<_>>());
        for (limit, per) in [(short, 1_000), (long, 5_000)] {
            for (first, after) in went.iter().zip(went.iter().skip(usize::try_from(limit).unwrap())) {
                prop_assert!(after.1 - first.1 >= per, "{went:?}");
            }
        }
    }

    #[test]
    fn a_wait_is_told_as_it_would_be(ahead in 0_usize..12, spent in 0_u32..3) {
        let (budgets, clock) = (budget(&[limit(3, "10s")]), ManualClock::new(at(0)));
        for _ in 0..spent {
            prop_assert_eq!(poll(&mut caller(&budgets, &clock, 1)), Poll::Ready(Ok(())));
        }
        let told = budgets[0].free_after(0, Lane::Live, ahead);
        let rounds = (i64::from(spent) + i64::try_from(ahead).unwrap()) / 3;
        prop_assert_eq!(told, 10_000_000 * rounds);
    }
}
