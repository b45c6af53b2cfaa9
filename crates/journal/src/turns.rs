//! A loop under way: the items whose turns have not ended, and how far its pages have been read. What has ended is
//! counted and forgotten, so that a loop takes the same room however long it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StepId;

/// Where a loop stands. Turns are numbered from 0, on through all pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turns {
    /// When it began. What it asks for means the same for every page.
    pub opened: Timestamp,
    /// How many items are known so far.
    pub known: u64,
    /// The items whose turns have not ended.
    #[serde(with = "numbered")]
    pub open: BTreeMap<u64, Arc<Value>>,
    /// The items whose turns failed and can be tried again.
    #[serde(with = "numbered")]
    pub failed: BTreeMap<u64, Arc<Value>>,
    /// Turns that failed and are not tried again, because the loop's `on_error` speaks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<GivenUp>,
    /// What is still to be read.
    pub ahead: Ahead,
    /// How it stands with the reading of the next page.
    pub reading: Reading,
}

/// What of a loop's items is still to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ahead {
    /// Nothing.
    Nothing,
    /// The first page.
    First,
    /// The page that follows, as the connector said.
    After(Value),
}

/// How it stands with the reading of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It has not begun.
    Idle,
    /// It was begun.
    Started {
        /// From 1.
        attempt: u32,
        /// When the first attempt began.
        since: Timestamp,
    },
    /// It failed and is tried again.
    Retrying {
        /// Attempts made so far; one that the app's rate limit turned away does not count.
        attempt: u32,
        /// When the first attempt began.
        since: Timestamp,
        /// When the next is due.
        at: Timestamp,
        /// What the last failure was.
        message: String,
    },
    /// It failed for good.
    Failed {
        /// The failure's class.
        class: String,
        /// What happened.
        message: String,
    },
}

/// Why a turn failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnFailure {
    /// The step in it that failed.
    pub step: StepId,
    /// The failure's class.
    pub class: String,
    /// A sentence that names the step and says what happened.
    pub message: String,
    /// How many steps of the turn failed.
    pub count: u64,
    /// Whether nobody will try it again: the loop's `on_error` speaks for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

/// The failures of turns that are not tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The first of them speaks for all.
    pub first: TurnFailure,
    /// How many steps failed in all.
    pub count: u64,
}

impl Turns {
    /// A loop that begins with these items.
    pub(crate) fn open(opened: Timestamp, items: &[Value], by_page: bool) -> Self {
        let mut turns = Self {
            opened,
            known: 0,
            open: BTreeMap::new(),
            failed: BTreeMap::new(),
            given_up: None,
            ahead: if by_page { Ahead::First } else { Ahead::Nothing },
            reading: Reading::Idle,
        };
        turns.add(items);
        turns
    }

    /// A page has been read.
    pub(crate) fn page(&mut self, items: &[Value], next: Option<&Value>) {
        self.add(items);
        self.ahead = next.map_or(Ahead::Nothing, |next| Ahead::After(next.clone()));
        self.reading = Reading::Idle;
    }

    fn add(&mut self, items: &[Value]) {
        for item in items {
            self.open.insert(self.known, Arc::new(item.clone()));
            self.known += 1;
        }
    }

    /// A turn has ended.
    pub(crate) fn end(&mut self, turn: u64, failure: Option<&TurnFailure>) {
        let item = self.open.remove(&turn).or_else(|| self.failed.remove(&turn));
        let Some(failure) = failure else { return };
        if !failure.given_up {
            self.failed.extend(item.map(|item| (turn, item)));
            return;
        }
        match &mut self.given_up {
            Some(given_up) => given_up.count = given_up.count.saturating_add(failure.count),
            None => self.given_up = Some(GivenUp { first: failure.clone(), count: failure.count }),
        }
    }
}

/// Numbers with their items as a list of pairs: a key of a JSON object is a text.
mod numbered {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    type Items = BTreeMap<u64, Arc<Value>>;

    pub(super) fn serialize<S: Serializer>(items: &Items, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(items)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Items, D::Error> {
        Ok(Vec::<(u64, Arc<Value>)>::deserialize(deserializer)?.into_iter().collect())
    }
}
