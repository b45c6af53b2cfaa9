//! The engine from outside: events in, journal and calls out, on a clock that the tests hold.

#[cfg(test)]
mod called;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod doubts;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fake_store;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod journeys;
mod lanes;
#[cfg(test)]
mod late_answers;
#[cfg(test)]
mod looks;
mod loops;
#[cfg(test)]
mod meanwhile;
#[cfg(test)]
mod next_steps;
#[cfg(test)]
mod on_failure;
#[cfg(test)]
mod order;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod store_troubles;
#[cfg(test)]
mod support;
#[cfg(test)]
mod two_failures;
#[cfg(test)]
mod waits;
#[cfg(test)]
mod waits_crashes;
