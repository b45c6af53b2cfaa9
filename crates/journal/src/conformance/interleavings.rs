//! Many runs of a few order keys, two owners, and a long row of things that happen in an order nobody chose: the store
//! is compared with a model after each of them. Every seed is one story, the same each time.

use super::scene::{added, append, at, end, event, run, run_id, sleep, started, turn};
use crate::{Accepted, RunId, RunStatus, Store};

const STORIES: u64 = 6;
const DEEDS: usize = 120;
const KEYS: u64 = 3;

/// Where the model has a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Queued,
    Free,
    Held(&'static str),
    Sleeping { until: i64 },
    Attention,
    Over,
}

struct Model {
    id: RunId,
    key: u64,
    place: Place,
    /// Has the turn of its key.
    turn: bool,
    entries: u64,
}

pub(super) async fn any_interleaving_keeps_the_order(store: &dyn Store) {
    for seed in 1..=STORIES {
        let mut tale = Story { store, seed, dice: seed, now: 0, runs: Vec::new(), begun: Vec::new() };
        for _ in 0..DEEDS {
            tale.deed().await;
        }
        tale.play_out().await;
    }
}

struct Story<'a> {
    store: &'a dyn Store,
    seed: u64,
    dice: u64,
    now: i64,
    runs: Vec<Model>,
    /// Runs in the order in which they first got a turn.
    begun: Vec<usize>,
}

impl Story<'_> {
    /// A number below `sides`, by Marsaglia's xorshift.
    fn throw(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % sides
    }

    fn owner(&mut self) -> &'static str {
        if self.throw(2) == 0 { "a" } else { "b" }
    }

    async fn deed(&mut self) {
        match self.throw(10) {
            0..=2 => self.accept().await,
            3..=6 => self.work().await,
            7 => self.claim().await,
            8 => self.leave().await,
            _ => self.help().await,
        }
    }

    async fn accept(&mut self) {
        let (owner, key) = (self.owner(), self.throw(KEYS));
        let delivery = format!("{}-{}", self.seed, self.runs.len());
        let id = run_id(&delivery, "route");
        let waits = self.runs.iter().any(|run| run.key == key && run.turn);
        let order_key = format!("{}/{key}", self.seed);
        let new = run(&delivery, "route", Some(&order_key));
        let accepted = self.store.accept(owner, event(&delivery), vec![new]).await;
        let expected = if waits { Vec::new() } else { vec![id.clone()] };
        assert_eq!(accepted, Ok(Accepted::ready(expected)), "story {}", self.seed);
        let place = if waits { Place::Queued } else { Place::Held(owner) };
        if !waits {
            self.begun.push(self.runs.len());
        }
        self.runs.push(Model { id, key, place, turn: !waits, entries: 0 });
    }

    fn one_of(&mut self, wanted: impl Fn(Place) -> bool) -> Option<usize> {
        let places: Vec<usize> =
            (0..self.runs.len()).filter(|place| wanted(self.runs[*place].place)).collect();
        let sides = places.len() as u64;
        if sides == 0 {
            return None;
        }
        let thrown = self.throw(sides);
        usize::try_from(thrown).ok().and_then(|thrown| places.get(thrown).copied())
    }

    async fn work(&mut self) {
        let Some(place) = self.one_of(|place| matches!(place, Place::Held(_))) else { return };
        let Place::Held(owner) = self.runs[place].place else { return };
        let (id, after) = (self.runs[place].id.clone(), self.runs[place].entries);
        let until = self.now + 1 + i64::try_from(self.throw(20)).unwrap_or(0);
        let (append, to, yields) = match self.throw(6) {
            0 => {
                self.store.append_soon(append(&id, owner, after, vec![started(0, self.now)]));
                self.runs[place].entries += 1;
                return;
            }
            1 => (append(&id, owner, after, vec![started(0, self.now)]), Place::Held(owner), false),
            2 => (sleep(&id, owner, after, until, false), Place::Sleeping { until }, false),
            3 => (sleep(&id, owner, after, until, true), Place::Sleeping { until }, true),
            4 => (turn(&id, owner, after, RunStatus::NeedsAttention, true), Place::Attention, true),
            _ => (end(&id, owner, after), Place::Over, true),
        };
        self.runs[place].entries += append.entries.len() as u64;
        self.runs[place].place = to;
        let next = added(self.store, append).await.map(|next| next.run.id);
        let expected = if yields { self.pass_on(place, owner) } else { None };
        assert_eq!(next, expected, "story {}", self.seed);
    }

    /// The model's run that gets the turn when the one at `place` makes room.
    fn pass_on(&mut self, place: usize, owner: &'static str) -> Option<RunId> {
        if !std::mem::take(&mut self.runs[place].turn) {
            return None;
        }
        let key = self.runs[place].key;
        let next = self.runs.iter().position(|run| run.key == key && run.place == Place::Queued)?;
        self.begun.push(next);
        self.runs[next].turn = true;
        self.runs[next].place = Place::Held(owner);
        Some(self.runs[next].id.clone())
    }

    async fn claim(&mut self) {
        self.now += i64::try_from(self.throw(10)).unwrap_or(0);
        for owner in ["a", "b"] {
            self.store.keep_alive(owner, at(self.now + 1)).await.expect("it lives");
        }
        let owner = self.owner();
        let limit = usize::try_from(self.throw(3)).unwrap_or(0) * 2 + 1;
        let claimed = self.store.claim(owner, at(self.now), limit).await.expect("a claim");
        let can_go_on = |place: Place| match place {
            Place::Free => true,
            Place::Sleeping { until } => until <= self.now,
            _ => false,
        };
        let expected: Vec<usize> =
            (0..self.runs.len()).filter(|place| can_go_on(self.runs[*place].place)).collect();
        let claimed: Vec<RunId> = claimed.into_iter().map(|claimed| claimed.run.id).collect();
        assert_eq!(claimed.len(), expected.len().min(limit), "story {}", self.seed);
        for place in expected {
            if claimed.contains(&self.runs[place].id) {
                self.runs[place].place = Place::Held(owner);
            }
        }
        let taken = self.runs.iter().filter(|run| claimed.contains(&run.id)).count();
        assert_eq!(taken, claimed.len(), "story {}: nothing else is taken", self.seed);
    }

    async fn leave(&mut self) {
        let owner = self.owner();
        self.store.leave(owner).await.expect("it leaves");
        for run in self.runs.iter_mut().filter(|run| run.place == Place::Held(owner)) {
            run.place = Place::Free;
        }
    }

    async fn help(&mut self) {
        let Some(place) = self.one_of(|place| place == Place::Attention) else { return };
        let (owner, id, after) = (self.owner(), self.runs[place].id.clone(), self.runs[place].entries);
        self.store.claim_run(owner, &id, at(self.now)).await.expect("a claim").expect("nobody holds it");
        assert_eq!(added(self.store, turn(&id, owner, after, RunStatus::Ready, false)).await, None);
        self.runs[place].place = Place::Held(owner);
    }

    async fn play_out(&mut self) {
        while self.runs.iter().any(|run| run.place != Place::Over) {
            self.now += 5;
            self.leave().await;
            self.claim().await;
            self.help().await;
            self.work().await;
        }
        for run in &self.runs {
            let kept = self.store.run(run.id.as_str()).await.expect("a run is read").expect("it is there");
            assert_eq!(kept.run.status, RunStatus::Succeeded);
            assert_eq!(kept.history.len() as u64, run.entries, "story {}", self.seed);
        }
        for key in 0..KEYS {
            let begun: Vec<usize> =
                self.begun.iter().copied().filter(|place| self.runs[*place].key == key).collect();
            assert!(begun.is_sorted(), "story {}: key {key} began as {begun:?}", self.seed);
            assert_eq!(begun.len(), self.runs.iter().filter(|run| run.key == key).count());
        }
    }
}
