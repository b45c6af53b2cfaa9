//! Looking through a list that changes meanwhile, that learns of things late, and by clocks that jump: nothing is skipped,
//! and what is found twice is found under the same id.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

/// How long a change may stay out of the list, and how far our clock may be ahead of the app's: together less than is
/// asked for again.
const LATEST: i64 = 60;
const AHEAD: i64 = 55;
const SIZE: usize = 3;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn spec() -> PollSpec {
    let spec = json!({"operation": "list", "id": ["id"], "at": "at", "overlap": "2 minutes"});
    serde_json::from_value(spec).unwrap()
}

/// An app whose records change, each change shown by its list some time later; and one who looks through it.
struct Stage {
    /// Seconds by the app's clock.
    time: i64,
    /// How far our clock is ahead of it.
    ahead: i64,
    /// Id, time of the change, and when the list begins to show it.
    changes: Vec<(String, i64, i64)>,
    cursor: Value,
    found: Vec<Found>,
}

impl Stage {
    fn new(ahead: i64) -> Self {
        let cursor = serde_json::to_value(Cursor::begin(at(ahead))).unwrap();
        Self { time: 0, ahead, changes: Vec::new(), cursor, found: Vec::new() }
    }

    fn change(&mut self, id: &str, time: i64, late: i64) {
        self.changes.push((id.to_owned(), time, self.time + late));
    }

    /// What the list shows after a place, from a time on.
    fn page(&self, since: Timestamp, after: Option<&Value>) -> (Vec<Value>, Option<Value>) {
        let mut shown: BTreeMap<&str, i64> = BTreeMap::new();
        for (id, time, _) in self.changes.iter().filter(|(_, _, shown)| *shown <= self.time) {
            shown.insert(id, *time);
        }
        let after: Option<(i64, String)> = after.map(|place| serde_json::from_value(place.clone()).unwrap());
        let mut list: Vec<(i64, String)> =
            shown.into_iter().map(|(id, time)| (time, id.to_owned())).collect();
        list.sort();
        list.retain(|place| at(place.0) >= since && after.as_ref().is_none_or(|after| place > after));
        list.truncate(SIZE);
        let next = list.last().filter(|_| list.len() == SIZE).map(|place| json!(place));
        let record = |(time, id): &(i64, String)| json!({ "id": id, "at": at(*time).as_millisecond() });
        (list.iter().map(record).collect(), next)
    }

    /// Reads a page; whether it was the last of its look. What was found of a page that is lost is taken in, and where the
    /// look stood is forgotten: the process died in between.
    fn look(&mut self, grace: Option<i64>, lost: bool) -> bool {
        let spec = spec();
        let mut cursor: Cursor = serde_json::from_value(self.cursor.clone()).unwrap();
        let now = at(self.time + self.ahead);
        if cursor.place.is_none() {
            cursor.open(now);
        }
        let place = cursor.place.take();
        let (items, next) = self.page(overlapped(cursor.since, &spec), place.as_ref());
        let until = grace.map_or(Timestamp::MAX, |grace| now - SignedDuration::from_secs(grace));
        self.found.extend(cursor.news(&spec, "changed", items, until));
        let ended = next.is_none();
        cursor.place = next;
        if ended {
            cursor.end(&spec);
        }
        if !lost {
            self.cursor = serde_json::to_value(cursor).unwrap();
        }
        ended
    }

    /// Looks through all of the list twice, long after everything.
    fn finish(&mut self) {
        self.time += 3_600;
        for _ in 0..2 {
            while !self.look(None, false) {}
        }
    }

    fn found(&self, id: &str, time: i64) -> bool {
        self.found.iter().any(|found| found.id == id && found.at == at(time))
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Change { id: u8, late: i64 },
    Wait(i64),
    Look { lost: bool },
    Clock(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => (0..9_u8, prop_oneof![Just(0), 0..=LATEST]).prop_map(|(id, late)| Deed::Change { id, late }),
        2 => (0..90_i64).prop_map(Deed::Wait),
        5 => prop::bool::weighted(0.2).prop_map(|lost| Deed::Look { lost }),
        1 => (-900..=AHEAD).prop_map(Deed::Clock),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn the_last_change_of_every_record_is_found(
        deeds in prop::collection::vec(deed(), 1..60),
        ahead in -300..=AHEAD,
        grace in prop_oneof![Just(None), Just(Some(600_i64))],
    ) {
        let mut stage = Stage::new(ahead);
        for deed in &deeds {
            match deed {
                // A record does not change again before its last change can be seen: the list shows changes in order.
                Deed::Change { id, late } => {
                    let (id, time) = (id.to_string(), stage.time);
                    if !stage.changes.iter().any(|change| change.0 == id && change.2 >= time) {
                        stage.change(&id, time, *late);
                    }
                }
                Deed::Wait(seconds) => stage.time += seconds,
                Deed::Look { lost } => drop(stage.look(grace, *lost)),
                Deed::Clock(ahead) => stage.ahead = *ahead,
            }
        }
        stage.finish();
        let last: BTreeMap<&String, i64> = stage.changes.iter().map(|(id, time, _)| (id, *time)).collect();
        for (id, time) in last.into_iter().filter(|(_, time)| *time >= ahead) {
            prop_assert!(stage.found(id, time), "{id} at {time}");
        }
        let ids: BTreeSet<&str> = stage.found.iter().map(|found| found.delivery_id.as_str()).collect();
        let changes: BTreeSet<(&str, Timestamp)> =
            stage.found.iter().map(|found| (found.id.as_str(), found.at)).collect();
        prop_assert_eq!(ids.len(), changes.len(), "one id for each change");
    }
}

#[test]
fn records_of_one_moment_at_the_edge_of_a_page_are_all_found() {
    let mut stage = Stage::new(0);
    for number in 0..=3 * SIZE {
        stage.change(&number.to_string(), 5, 0);
    }
    stage.time = 60;
    while !stage.look(None, false) {}
    assert_eq!(stage.found.len(), 3 * SIZE + 1);
    while !stage.look(None, false) {}
    assert_eq!(stage.found.len(), 3 * SIZE + 1, "and not again");
}

#[test]
fn a_page_that_a_crash_has_wiped_out_is_found_again_under_the_same_ids() {
    let mut stage = Stage::new(0);
    for number in 0..SIZE {
        stage.change(&number.to_string(), 5, 0);
    }
    stage.time = 60;
    stage.look(None, true);
    let before: Vec<String> = stage.found.drain(..).map(|found| found.delivery_id).collect();
    while !stage.look(None, false) {}
    let after: Vec<String> = stage.found.iter().map(|found| found.delivery_id.clone()).collect();
    assert_eq!((before.len(), before), (SIZE, after));
}

#[test]
fn what_the_list_shows_late_is_found_though_later_things_were_found_before() {
    let mut stage = Stage::new(0);
    stage.change("late", 5, 100);
    stage.time = 60;
    stage.change("soon", 60, 0);
    while !stage.look(None, false) {}
    assert!(stage.found("soon", 60) && !stage.found("late", 5));
    stage.time = 100;
    while !stage.look(None, false) {}
    assert!(stage.found("late", 5));
}

#[test]
fn a_time_that_is_still_to_come_has_nothing_looked_past() {
    let mut stage = Stage::new(0);
    stage.change("wrong clock", 90_000_000, 0);
    stage.time = 60;
    while !stage.look(None, false) {}
    stage.time = 600;
    stage.change("after it", 600, 0);
    while !stage.look(None, false) {}
    assert!(stage.found("wrong clock", 90_000_000) && stage.found("after it", 600));
    while !stage.look(None, false) {}
    assert_eq!(stage.found.len(), 2);
}

#[test]
fn a_clock_that_told_a_time_to_come_is_forgiven_once_it_is_set_back() {
    let mut stage = Stage::new(90_000_000);
    stage.ahead = 0;
    stage.time = 60;
    while !stage.look(None, false) {}
    stage.time = 120;
    stage.change("after it", 120, 0);
    while !stage.look(None, false) {}
    assert!(stage.found("after it", 120));
}

#[test]
fn what_a_list_without_times_shows_is_found_once_however_often_it_is_looked_at() {
    let spec: PollSpec = serde_json::from_value(json!({"operation": "list", "id": ["id"]})).unwrap();
    let grace = SignedDuration::from_mins(10);
    for every in [1, 5, 9, 10, 15, 60] {
        let mut cursor = Cursor::begin(at(0));
        let mut found = Vec::new();
        for minute in (0..240_i64).step_by(every) {
            let now = at(60 * minute);
            cursor.open(now);
            let there = [("old", 0), ("one", 7), ("two", 8), ("three", 100)];
            let items = there.iter().filter(|(_, since)| *since <= minute).map(|(id, _)| json!({"id": id}));
            found.extend(cursor.news(&spec, "made", items.collect(), now - grace));
            cursor.end(&spec);
        }
        let ids: Vec<_> = found.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(ids, ["one", "two", "three"], "looked at every {every} minutes");
        let (one, three) = (found[0].at, found[2].at);
        assert!(one <= at(7 * 60) && three > at(7 * 60) && three <= at(100 * 60), "every {every}: {found:?}");
    }
}
