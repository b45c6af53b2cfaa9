//! A made-up tale: recipes of any shape, the events that start them, what goes wrong at the app on the way, and who answers
//! what. It ends in one way only, whenever and however often the process dies; so nothing is in it whose end hangs on how
//! long something took, such as a `stop` beside calls under way. How its recipes are written: `teller`.

use std::collections::{BTreeSet, HashSet};

use bellhop_connector::FailureClass;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::dice::Dice;
use super::teller::Teller;
use crate::support::crm::{Crm, Fault};

/// The lists that loops go over, by number, as events bring them.
pub(crate) const LISTS: [&[&str]; 4] = [&[], &["a"], &["a", "b"], &["a", "b", "c"]];

/// What happens in a simulated world, but for the deaths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tale {
    /// By id, each with its text: the recipe that events start, and after it those that are called.
    pub(crate) recipes: Vec<(String, String)>,
    /// The events, in the order of their sending: each one's contact.
    pub(crate) contacts: Vec<&'static str>,
    /// Each event's own key, where it has one.
    keys: Vec<Option<&'static str>>,
    /// Whether of the events of one key only the first starts a run.
    pub(crate) once_per_key: bool,
    /// By the call's text: what goes wrong with it, one time after the other.
    pub(crate) faults: Vec<(String, Vec<Fault>)>,
    /// By the call's text: how often it cannot be looked up.
    pub(crate) blind: Vec<(String, usize)>,
    /// How the texts of the calls begin that ask the contact something (`n5`).
    pub(crate) asks: BTreeSet<String>,
    /// Those whose answer is waited for no longer than some seconds.
    pub(crate) hurried: BTreeSet<String>,
    /// How many steps ask a person for approval.
    pub(crate) approvals: usize,
    /// Whether runs of one contact may overlap: one of them lies down to wait, or a person helps it later.
    pub(crate) overlaps: bool,
    /// After so many entries what a history comes to is kept anew.
    pub(crate) fold_every: u64,
    /// Whether the clock stands still at nothing that only the engine itself waits for, and for as long as anything is under
    /// way. Where it goes on meanwhile, as for a process that is slow, nothing need be in time.
    pub(crate) leaps: bool,
    seed: u64,
}

/// When a contact answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reply {
    /// So many seconds after it was asked.
    After(i64),
    /// When the time of the wait is all but up.
    Last,
}

impl Tale {
    /// The tale of that number.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let contacts: Vec<_> = (0..=dice.below(3)).map(|_| dice.pick(&["c0", "c0", "c1"])).collect();
        let keys = contacts.iter().map(|_| dice.pick(&[None, Some("k0"), Some("k0"), Some("k1")])).collect();
        let empty = Self {
            contacts,
            keys,
            once_per_key: dice.one_in(4),
            fold_every: dice.pick(&[1_000, 1_000, 1, 4, 9]),
            leaps: !dice.one_in(4),
            seed,
            ..Self::default()
        };
        Teller::tell(empty, dice)
    }

    /// Has the app fail as the tale says.
    pub(crate) fn spoil(&self, crm: &Crm) {
        for (text, faults) in &self.faults {
            crm.fail(text, faults.iter().cloned());
        }
        for (text, times) in &self.blind {
            crm.blind(text, vec![FailureClass::Transient; *times]);
        }
    }

    /// What an event brings.
    pub(crate) fn data(&self, event: usize) -> Value {
        json!({
            "id": self.contacts[event], "mark": format!("e{event}"), "yes": true, "no": false, "lists": LISTS,
            "key": self.keys[event],
        })
    }

    /// Whether an event starts a run: not where it is passed over for an earlier one of its key.
    pub(crate) fn starts(&self, event: usize) -> bool {
        let mut earlier = self.keys[..event].iter().flatten().collect::<HashSet<_>>();
        !self.once_per_key || self.keys[event].as_ref().is_none_or(|key| earlier.insert(key))
    }

    /// When the contact answers what a call of this text asked; none: it never does, or nothing was asked.
    pub(crate) fn reply(&self, text: &str) -> Option<Reply> {
        let first = text.split(' ').next().filter(|first| self.asks.contains(*first))?;
        let mut dice = self.dice(text);
        if dice.one_in(3) {
            return None;
        }
        Some(if self.hurried.contains(first) {
            dice.pick(&[Reply::After(0), Reply::After(1), Reply::Last, Reply::Last, Reply::Last])
        } else {
            dice.pick(&[Reply::After(0), Reply::After(0), Reply::After(1), Reply::After(40)])
        })
    }

    /// What a person says to a question, and after how long; none: nothing, which only a question with a limit bears.
    pub(crate) fn decision(&self, ask: &str) -> Option<(bool, SignedDuration)> {
        let mut dice = self.dice(ask);
        let says = !(ask.starts_with("may ") && dice.one_in(3));
        says.then(|| (dice.one_in(2), SignedDuration::from_secs(dice.pick(&[0, 0, 1, 40]))))
    }

    /// Whether a person ends this run where it has failed for good, rather than to leave it as it is.
    pub(crate) fn gives_up(&self, recipe: &str, inputs: &Value) -> bool {
        self.dice(&format!("{recipe} {inputs}")).one_in(2)
    }

    fn dice(&self, text: &str) -> Dice {
        let mixed = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Dice::new(text.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, mixed))
    }
}
