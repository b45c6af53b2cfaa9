//! What has not been told yet, and when it may be told: a moment after the first trouble, so that a burst is one message,
//! and then not again for a while.

use std::collections::BTreeMap;

use bellhop_engine::Alert;
use jiff::{SignedDuration, Timestamp};

/// How long troubles are gathered before the first message.
pub(crate) const GATHER: SignedDuration = SignedDuration::from_secs(2);
/// The least time between two messages.
pub(crate) const QUIET: SignedDuration = SignedDuration::from_mins(5);
/// The pause before a message is tried again that could not be sent.
pub(crate) const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How many troubles of one kind are told one by one.
const EXAMPLES: usize = 3;
/// How many kinds are told one by one; of the others only how many there are.
const KINDS: usize = 20;

/// Troubles of one kind: the same recipe at the same step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kind {
    pub(crate) recipe_name: String,
    pub(crate) count: u64,
    /// The first few.
    pub(crate) examples: Vec<Alert>,
}

/// What has not been told yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    kinds: BTreeMap<(String, String), Kind>,
    /// Troubles of kinds for which there was no room.
    more: u64,
    latest: Option<Timestamp>,
    due: Option<Timestamp>,
    not_before: Option<Timestamp>,
}

/// What one message tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct News {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) more: u64,
    /// When the latest trouble of it was.
    pub(crate) latest: Timestamp,
}

impl Digest {
    /// One more trouble.
    pub(crate) fn add(&mut self, trouble: Alert, now: Timestamp) {
        self.latest = self.latest.max(Some(trouble.at));
        let gathered = now.saturating_add(GATHER).unwrap_or(Timestamp::MAX);
        let due = self.not_before.map_or(gathered, |quiet| quiet.max(gathered));
        self.due.get_or_insert(due);
        let key = (trouble.recipe.to_string(), place(&trouble.step));
        if let Some(kind) = self.kinds.get_mut(&key) {
            kind.count += 1;
            if kind.examples.len() < EXAMPLES {
                kind.examples.push(trouble);
            }
        } else if self.kinds.len() < KINDS {
            let recipe_name = trouble.recipe_name.to_string();
            self.kinds.insert(key, Kind { recipe_name, count: 1, examples: vec![trouble] });
        } else {
            self.more += 1;
        }
    }

    /// When the next message is due.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// What is to be told, where it is due.
    pub(crate) fn news(&self, now: Timestamp) -> Option<News> {
        let latest = self.latest.filter(|_| self.due.is_some_and(|due| due <= now))?;
        Some(News { kinds: self.kinds.values().cloned().collect(), more: self.more, latest })
    }

    /// It has been told.
    pub(crate) fn told(&mut self, now: Timestamp) {
        let quiet = now.saturating_add(QUIET).unwrap_or(Timestamp::MAX);
        *self = Self { not_before: Some(quiet), ..Self::default() };
    }

    /// It could not be told: later, with what has come meanwhile.
    pub(crate) fn failed(&mut self, now: Timestamp) {
        self.due = Some(now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX));
    }
}

/// A step's place in the recipe: the turns of loops are all the same place.
fn place(step: &str) -> String {
    let mut place = String::with_capacity(step.len());
    for part in step.split('/').filter(|part| !part.is_empty()) {
        place.push('/');
        place.push_str(part.split('#').next().unwrap_or(part));
    }
    place
}

#[cfg(test)]
mod tests {
    use bellhop_journal::{RunId, RunStatus};
    use proptest::prelude::*;

    use super::*;

    fn trouble(recipe: &str, step: &str, second: i64) -> Alert {
        Alert {
            run: RunId::from(format!("run_{second}").as_str()),
            recipe: recipe.into(),
            recipe_name: recipe.to_uppercase().into(),
            record: None,
            step: step.to_owned(),
            status: RunStatus::NeedsAttention,
            message: "It failed.".to_owned(),
            at: at(second),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_burst_is_one_message_and_the_next_one_waits() {
        let mut digest = Digest::default();
        for number in 0..500 {
            digest.add(trouble("a", &format!("/steps/1#{number}/do/0"), number / 250), at(number / 250));
        }
        digest.add(trouble("a", "/steps/2", 1), at(1));
        assert_eq!(digest.news(at(1)), None);
        let news = digest.news(at(2)).unwrap();
        let counts: Vec<_> = news.kinds.iter().map(|kind| (kind.count, kind.examples.len())).collect();
        assert_eq!((counts, news.more, news.latest), (vec![(500, 3), (1, 1)], 0, at(1)));
        digest.told(at(2));
        assert_eq!((digest.due(), digest.news(at(1_000))), (None, None));
        digest.add(trouble("b", "/steps/0", 20), at(20));
        assert_eq!(digest.due(), Some(at(302)));
        assert!(digest.news(at(301)).is_none() && digest.news(at(302)).is_some());
    }

    #[test]
    fn what_could_not_be_told_is_told_later_with_what_came_meanwhile() {
        let mut digest = Digest::default();
        digest.add(trouble("a", "/steps/0", 0), at(0));
        digest.failed(at(10));
        digest.add(trouble("a", "/steps/0", 30), at(30));
        assert_eq!(digest.news(at(69)), None);
        assert_eq!(digest.news(at(70)).unwrap().kinds[0].count, 2);
    }

    proptest! {
        #[test]
        fn everything_is_counted_and_little_is_kept(recipes in prop::collection::vec(0..60_u8, 1..400)) {
            let mut digest = Digest::default();
            for recipe in &recipes {
                digest.add(trouble(&recipe.to_string(), "/steps/0", 0), at(0));
            }
            let news = digest.news(at(10)).unwrap();
            prop_assert!(news.kinds.len() <= KINDS);
            prop_assert!(news.kinds.iter().all(|kind| kind.examples.len() <= EXAMPLES));
            let told: u64 = news.kinds.iter().map(|kind| kind.count).sum();
            prop_assert_eq!(told + news.more, recipes.len() as u64);
        }
    }
}
