//! The work that is under way while the engine is killed: recipes with every kind of step, the events that start them,
//! and what each event must have led to in the end. Whatever an event's run writes carries a mark of its own,
//! `(E00042 first)`: the event's number and the step's name.

use bellhop_journal::RunStatus;
use bellhop_sandbox::{Data, Running};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::recipes::ORDER;

/// How many contacts the events are about.
const CONTACTS: u64 = 24;

/// How many of them the events are about that must be handled in order: few, so that one comes while another is handled.
/// A multiple of the number of senders, so that each of them has one sender as well.
const IN_TURN: u64 = 8;

/// How many contacts a search finds: more than a page has.
const PAGED: u64 = 130;
/// For which of those something is written: the first and the last of each page, and one in the middle.
const MARKED: [u64; 5] = [0, 41, 99, 100, 129];

/// One event, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Errand(pub(crate) u64);

impl Errand {
    /// The recipe that it starts.
    pub(crate) fn recipe(self) -> &'static str {
        // The same for all events of a contact would leave the others' order untried.
        let number = (self.0 / CONTACTS + self.0) % ORDER.len() as u64;
        ORDER[usize::try_from(number).expect("a small number")]
    }

    /// What the author takes for the same event: one about each of two contacts, soon after each other, has one key.
    pub(crate) fn key(self) -> String {
        let contact = self.0 % CONTACTS;
        format!("{}-{}", contact / 2, (self.0 / CONTACTS + contact) / ORDER.len() as u64)
    }

    /// Whether it is one of those that are answered, approved, or lead to a failure.
    pub(crate) fn is_even(self) -> bool {
        self.0.is_multiple_of(2)
    }

    /// What a person decides about it.
    pub(crate) fn is_approved(self) -> bool {
        self.0.is_multiple_of(4)
    }

    /// The contact that it is about.
    pub(crate) fn contact(self) -> String {
        contact(self.0 % if self.recipe() == "in-turn" { IN_TURN } else { CONTACTS })
    }

    /// The sender's id of it.
    pub(crate) fn delivery(self) -> String {
        format!("delivery-{:05}", self.0)
    }

    fn mark(self) -> String {
        format!("E{:05}", self.0)
    }

    fn tags(self) -> &'static [&'static str] {
        [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]][(self.0 % 4) as usize]
    }

    /// The webhook's body.
    pub(crate) fn body(self, sandbox: &Running, now: &str) -> String {
        let kind = match self.recipe() {
            "in-turn" | "once" => "ContactUpdate",
            "newcomer" => "ContactTagUpdate",
            _ => "ContactCreate",
        };
        json!({
            "type": kind, "locationId": sandbox.location_id(), "id": self.contact(), "firstName": "Ana",
            "lastName": self.mark(), "city": if self.is_even() { "York" } else { "Leeds" },
            "source": self.recipe(), "companyName": self.key(), "tags": self.tags(), "timestamp": now, "webhookId": self.delivery(),
        })
        .to_string()
    }

    /// How its run must end: a person ends those that lie down for hours.
    pub(crate) fn end(self) -> RunStatus {
        if self.recipe() == "called-off" { RunStatus::Cancelled } else { RunStatus::Succeeded }
    }

    /// What is written only so long after something else was, whatever dies in between: both marks.
    pub(crate) fn pauses(self) -> Vec<(String, String, SignedDuration)> {
        let pauses = match self.recipe() {
            "journey" => vec![("right", "handled", 3), ("left", "handled", 3)],
            "asks" if !self.is_even() => vec![("ask", "silent", 4)],
            "caller" if self.is_even() => vec![("inside", "told", 3)],
            "caller" => vec![("inside", "after", 3)],
            _ => Vec::new(),
        };
        let mark = |name: &str| format!("({} {name})", self.mark());
        let pause = |(first, second, seconds): (&str, &str, i64)| {
            (mark(first), mark(second), SignedDuration::from_secs(seconds))
        };
        pauses.into_iter().map(pause).collect()
    }

    /// The marks that must have been written once each when its run has ended.
    pub(crate) fn once(self) -> Vec<String> {
        let mut names: Vec<String> = match self.recipe() {
            "journey" => {
                let branch = if self.is_even() { "then" } else { "else" };
                let rest = ["first", branch, "left", "right", "handled", "last"].map(str::to_owned);
                rest.into_iter().chain(self.tags().iter().map(|tag| format!("loop {tag}"))).collect()
            }
            "in-turn" => ["one", "two", "three"].map(str::to_owned).into(),
            "newcomer" => ["newcomer", "message"].map(str::to_owned).into(),
            "asks" => {
                let heard = if self.is_even() { "heard yes" } else { "silent" };
                ["ask", heard].map(str::to_owned).into()
            }
            "approves" => {
                let decided = match (self.is_even(), self.is_approved()) {
                    (true, true) => "decided true by Mara",
                    (true, false) => "decided false by Mara",
                    (false, _) => "nobody decided",
                };
                vec![decided.to_owned()]
            }
            "caller" if self.is_even() => {
                ["mapped", "inside", "told", "caught", "after"].map(str::to_owned).into()
            }
            "caller" => ["mapped", "inside", "after"].map(str::to_owned).into(),
            "called-off" => vec!["begun".to_owned()],
            "pages" => MARKED.iter().map(|number| format!("page {}", paged(*number))).collect(),
            _ => vec!["once".to_owned()],
        };
        for name in &mut names {
            *name = format!("({} {name})", self.mark());
        }
        names
    }
}

/// The mark in a text, where it has one.
pub(crate) fn mark_in(text: &str) -> Option<&str> {
    let from = text.find("(E")?;
    let length = text[from..].find(')')?;
    Some(&text[from..=from + length])
}

/// The number of the event that a mark names.
pub(crate) fn number_of(mark: &str) -> Option<u64> {
    mark.get(2..7)?.parse().ok()
}

fn paged(number: u64) -> String {
    format!("contactPaged{number:08}")
}

fn contact(number: u64) -> String {
    format!("contactKilled{number:07}")
}

/// The contacts that the events are about, and those that a search finds.
pub(crate) fn crm() -> Data {
    let contacts: Vec<Value> = (0..CONTACTS)
        .map(|number| {
            json!({
                "id": contact(number), "firstName": "Ana", "lastName": format!("Quill {number}"),
                "email": format!("ana{number}@example.com"), "phone": format!("+1555010{:04}", 1_000 + number),
            })
        })
        .chain((0..PAGED).map(|number| {
            json!({
                "id": paged(number), "firstName": "Paged", "lastName": format!("P{number:03}"),
                "city": if MARKED.contains(&number) { "York" } else { "Leeds" },
            })
        }))
        .collect();
    Data::from_json(&json!({"contacts": contacts})).expect("the records have the sandbox's form")
}
