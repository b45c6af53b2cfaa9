//! Any text as a duration, a moment, a schedule and a time zone: refused, or something that keeps inside the calendar.

use crate::sample;
use bellhop_clock::{Moment, Schedule, parse_duration, time_zone};
use jiff::Timestamp;

/// Tries one text.
pub fn run(text: &str) {
    let context = sample::context();
    if let Ok(duration) = parse_duration(text) {
        for start in [context.now, Timestamp::MIN, Timestamp::MAX] {
            let _ = duration.add_to(start, &context.zone);
            let _ = duration.subtract_from(start, &context.zone);
        }
        let _ = (duration.elapsed(), duration.span());
    }
    if let Ok(moment) = Moment::parse(text) {
        let first = moment.resolve(context.now, &context.zone);
        assert!(first == moment.resolve(context.now, &context.zone), "not the same twice");
        let _ = moment.resolve(Timestamp::MAX, &context.zone);
        let _ = moment.resolve(Timestamp::MIN, &context.zone);
    }
    if let Ok(schedule) = Schedule::parse(text, context.zone.clone()) {
        assert!(!schedule.describe().is_empty());
        let mut at = context.now;
        for _ in 0..3 {
            let Some(next) = schedule.next_after(at) else { break };
            assert!(next > at, "{next} is not after {at}");
            at = next;
        }
        let _ = schedule.next_after(Timestamp::MAX);
    }
    let _ = time_zone(text);
}
