//! Which runs and calls are live and which are bulk: what happens just now goes before work on many records and what is
//! made up for.

use bellhop_connector::{Lane, time_in_id};
use bellhop_journal::StoredEvent;
use bellhop_recipe::{Action, Items, Plan};
use jiff::{SignedDuration, Timestamp};

/// A firing that is not older than this is not a missed one.
pub(crate) const GRACE: SignedDuration = SignedDuration::from_mins(1);
/// What an app's event is made up for after: what the app did not tell in this time is looked for.
pub(crate) const TOLD_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// What the events of called runs come from, before the caller's id.
pub(crate) const CALLED: &str = "call/";
/// What the firings of schedules come from, before the recipe's id.
pub(crate) const SCHEDULE: &str = "schedule/";

/// The lane of the run that an event has made.
pub(crate) fn of_event(event: &StoredEvent) -> Lane {
    let source = &event.origin.source;
    if source.starts_with(CALLED) {
        return of_called(Lane::Live, &event.delivery_id);
    }
    match event.delivery_id.parse() {
        Ok(firing) if source.starts_with(SCHEDULE) => return of_firing(firing, event.received_at),
        _ => {}
    }
    let name = event.origin.name.split_once('.').map_or("", |(_, name)| name);
    of_delivery(name, &event.delivery_id, event.received_at)
}

/// The lane of an app's event that was taken then, as far as its delivery's id says when it happened.
fn of_delivery(event: &str, delivery_id: &str, received: Timestamp) -> Lane {
    time_in_id(event, delivery_id).map_or(Lane::Live, |at| of_happening(at, received))
}

/// The lane of what happened then and is known of now only.
pub(crate) fn of_happening(at: Timestamp, now: Timestamp) -> Lane {
    if now.duration_since(at) > TOLD_WITHIN { Lane::Bulk } else { Lane::Live }
}

/// The lane of a run that a step of another one calls: that of its caller, unless a loop calls many.
pub(crate) fn of_called(caller: Lane, step: &str) -> Lane {
    if step.contains('#') { Lane::Bulk } else { caller }
}

/// The lane of a schedule's firing.
pub(crate) fn of_firing(firing: Timestamp, now: Timestamp) -> Lane {
    if now.duration_since(firing) > GRACE { Lane::Bulk } else { Lane::Live }
}

/// The steps of a recipe that go over all that an operation finds: their addresses.
pub(crate) fn loops(plan: &Plan) -> Vec<String> {
    let mut loops = Vec::new();
    plan.each_step(&mut |step| {
        if let Action::ForEach(each) = &step.action
            && matches!(each.over, Items::Found(_))
        {
            loops.push(step.address.to_string());
        }
    });
    loops
}

/// The lane of a call of a step: that of its run, unless it is part of a loop over all that an operation finds.
pub(crate) fn of_step(run: Lane, loops: &[String], step: &str) -> Lane {
    if run == Lane::Bulk || (!loops.is_empty() && is_inside(loops, step)) { Lane::Bulk } else { Lane::Live }
}

fn is_inside(loops: &[String], step: &str) -> bool {
    let mut address = String::with_capacity(step.len());
    for part in step.split('/').skip(1) {
        address.push('/');
        address.push_str(part.split_once('#').map_or(part, |(before, _)| before));
        if loops.contains(&address) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_loop_over_an_operation_does_is_bulk_and_nothing_else() {
        let loops = ["/steps/1".to_owned(), "/steps/2/then/0".to_owned()];
        let lane = |step| of_step(Lane::Live, &loops, step);
        for step in ["/steps/1", "/steps/1#3/do/0", "/steps/2/then/0#12/do/1#1/do/0"] {
            assert_eq!(lane(step), Lane::Bulk, "{step}");
        }
        for step in ["/steps/0", "/steps/10", "/steps/2", "/steps/2/then/1"] {
            assert_eq!(lane(step), Lane::Live, "{step}");
        }
        assert_eq!(of_step(Lane::Bulk, &[], "/steps/0"), Lane::Bulk);
    }

    #[test]
    fn what_many_turns_call_and_what_was_missed_is_bulk() {
        assert_eq!(of_called(Lane::Live, "/steps/0"), Lane::Live);
        assert_eq!(of_called(Lane::Bulk, "/steps/0"), Lane::Bulk);
        assert_eq!(of_called(Lane::Live, "/steps/0#4/do/0"), Lane::Bulk);
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(of_firing(at(0), at(30)), Lane::Live);
        assert_eq!(of_firing(at(0), at(3_600)), Lane::Bulk);
        let seconds = "contact_created c1 1764000000";
        let milliseconds = "contact_updated c 1 1764000000500";
        for (event, delivery) in [("contact_created", seconds), ("contact_updated", milliseconds)] {
            assert_eq!(of_delivery(event, delivery, at(1_764_000_590)), Lane::Live);
            assert_eq!(of_delivery(event, delivery, at(1_764_000_601)), Lane::Bulk);
        }
        for delivery in ["w1", "task_created t1", "task_created", "contact_created c1 1764000000"] {
            assert_eq!(of_delivery("task_created", delivery, at(1_800_000_000)), Lane::Live, "{delivery}");
        }
    }
}
