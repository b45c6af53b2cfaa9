//! Which runs and calls are live and which are bulk: what happens just now goes before work on many records and what is
//! made up for.

use bellhop_connector::Lane;
use bellhop_journal::StoredEvent;
use bellhop_recipe::{Action, Items, Plan};
use jiff::{SignedDuration, Timestamp};

/// A firing that is not older than this is not a missed one.
pub(crate) const GRACE: SignedDuration = SignedDuration::from_mins(1);
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
        Ok(firing) if source.starts_with(SCHEDULE) => of_firing(firing, event.received_at),
        _ => Lane::Live,
    }
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
    }
}
