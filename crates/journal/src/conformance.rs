//! What every implementation of [`Store`] does, as checks that its tests run: each on a fresh, empty store.
//! A check panics where the store breaks its word. It knows the port alone, and passes every time itself.
//!
//! `scene.rs` has the made-up events and runs; the other files the checks, by what they are about.

mod forgetting;
mod histories;
mod holding;
mod intake;
mod interleavings;
mod keeping;
mod order;
mod scene;
mod snapshots;
mod waits;

use crate::{BoxFuture, Store};

/// One check: give it a fresh store.
pub type Check = fn(&dyn Store) -> BoxFuture<'_, ()>;

macro_rules! checks {
    ($($room:ident: $($name:ident),+;)+) => {
        /// All checks, by name.
        pub const CHECKS: &[(&str, Check)] = &[
            $($((concat!(stringify!($room), "::", stringify!($name)), |store| Box::pin($room::$name(store))),)+)+
        ];
    };
}

checks! {
    intake:
        an_event_is_kept_once,
        deliveries_at_once_make_one_run,
        an_event_without_runs_is_kept,
        a_new_run_is_held_and_can_be_read;
    histories:
        a_history_comes_back_as_it_was_written,
        only_the_holder_adds_to_a_history,
        a_writer_must_know_the_whole_history,
        what_could_not_be_kept_soon_shows_in_the_next_append,
        a_turn_changes_where_a_run_stands;
    snapshots:
        a_history_is_given_from_its_last_snapshot_on,
        a_very_long_history_is_shown_at_both_ends;
    holding:
        a_living_owner_keeps_its_runs,
        runs_of_a_gone_owner_are_taken_oldest_first,
        a_sleeper_is_taken_when_it_is_due,
        who_was_overtaken_is_refused,
        a_person_takes_one_run_unless_it_is_held,
        leaving_lets_go_of_everything;
    order:
        runs_of_a_key_take_turns,
        order_holds_under_retries,
        a_run_that_yielded_goes_on_beside_the_next,
        a_run_over_always_makes_room,
        a_queued_run_can_be_cancelled_without_passing_a_turn,
        a_turn_reaches_a_queued_run_in_a_persons_hand,
        a_crash_loses_no_turn;
    interleavings:
        any_interleaving_keeps_the_order;
    keeping:
        recipes_are_kept_by_version,
        notes_are_kept_by_name,
        lists_are_filtered_and_the_latest_first,
        runs_that_need_a_person_while_they_wait_are_listed_too,
        counts_say_how_many_stand_where;
    forgetting:
        events_are_found_by_what_they_mention_and_when,
        what_is_over_and_old_is_forgotten_and_nothing_else;
    waits:
        an_event_reaches_those_who_wait_for_it,
        only_what_is_sought_reaches_a_run,
        what_came_before_the_wait_was_known_counts,
        a_run_does_not_rest_over_a_signal,
        a_sleeper_that_waits_as_well_wakes_by_either,
        a_person_leaves_what_is_waited_for_as_it_is,
        the_end_of_a_run_reaches_who_waits_for_it,
        of_events_with_one_key_one_makes_a_run,
        no_signal_is_lost_or_comes_twice;
}
