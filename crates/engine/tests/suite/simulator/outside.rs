//! Who lives beside the process and outlives it: the contacts who answer what they are asked, and the person who decides.
//! Both act when their time has come, again and again until it was taken, as the tale says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bellhop_clock::Clock as _;
use bellhop_connector::Event;
use bellhop_engine::{Decision, Engine, PersonError};
use bellhop_journal::{Awaited, RunId, RunStatus, StepId, StepState};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::disk;
use super::tale::Tale;
use crate::support::{Bench, created};

/// The bodies of a contact's messages: one that is no answer, the answer, and one that comes too late to be it.
const BODIES: [&str; 3] = ["perhaps", ANSWER, "yes again"];
/// The answer that is to be heard.
pub(crate) const ANSWER: &str = "yes";
/// The pause before a person asks once more of a run that was busy.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The world outside.
pub(crate) struct Outside<'t> {
    tale: &'t Tale,
    /// How many of the app's effects have been seen.
    seen: usize,
    /// How long each history was that has been looked through for questions.
    read: BTreeMap<RunId, usize>,
    /// By what was asked: who, when the answer is given, and how many of its messages were taken.
    answers: BTreeMap<String, Answering>,
    /// The questions that were read in this life of the process.
    open: BTreeSet<(RunId, StepId)>,
    /// By the run and the step that asks: when it is decided, and what; none: it has been.
    decisions: BTreeMap<(RunId, StepId), Option<(Timestamp, Decision)>>,
}

struct Answering {
    contact: String,
    at: Timestamp,
    taken: usize,
}

impl<'t> Outside<'t> {
    pub(crate) fn of(tale: &'t Tale) -> Self {
        Self {
            tale,
            seen: 0,
            read: BTreeMap::new(),
            answers: BTreeMap::new(),
            open: BTreeSet::new(),
            decisions: BTreeMap::new(),
        }
    }

    /// When somebody acts next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let answers = self.answers.values().filter(|one| one.taken < BODIES.len()).map(|one| one.at);
        let decisions = self.decisions.iter().filter(|(key, _)| self.open.contains(*key));
        answers.chain(decisions.filter_map(|(_, due)| due.as_ref()).map(|(at, _)| *at)).min()
    }

    /// Whether nobody has to say anything any more.
    pub(crate) fn is_silent(&self) -> bool {
        self.next().is_none()
    }

    /// The process has died. What it had not written is gone.
    pub(crate) fn outlive(&mut self, bench: &Bench) {
        self.read.clear();
        self.open.clear();
        self.see(bench);
    }

    /// What the contacts see of what has been done.
    fn see(&mut self, bench: &Bench) {
        let effects = bench.crm.effects_from(self.seen);
        self.seen += effects.len();
        for effect in effects {
            let text = effect.split_once(' ').map_or("", |(_, text)| text);
            let Some(after) = self.tale.reply(text) else { continue };
            let contact = event_of(text).map_or("", |event| self.tale.contacts[event]);
            let at = bench.clock.now() + after;
            let answering = Answering { contact: contact.to_owned(), at, taken: 0 };
            self.answers.entry(text.to_owned()).or_insert(answering);
        }
    }

    /// Everybody looks, and does what is due; whether anybody did anything, so that there may be more to see.
    pub(crate) async fn go_on(&mut self, bench: &Bench, engine: &Arc<Engine>) -> bool {
        self.see(bench);
        if self.tale.approvals > 0 {
            self.read_questions(bench).await;
        }
        let now = bench.clock.now();
        let mut acted = false;
        for (text, one) in self.answers.iter_mut().filter(|(_, one)| one.at <= now) {
            while let Some(body) = BODIES.get(one.taken) {
                acted = true;
                let event = answer(text, &one.contact, body);
                if engine.receive("crm", event).await.is_err() {
                    break;
                }
                one.taken += 1;
            }
        }
        for (key, due) in self.decisions.iter_mut().filter(|(key, _)| self.open.contains(*key)) {
            let (run, step) = key;
            let Some((_, decision)) = due.as_ref().filter(|(at, _)| *at <= now) else { continue };
            acted = true;
            *due = match engine.approve(run, Some(step.clone()), decision.clone()).await {
                // A no: it had been taken, and the process died before it could say so.
                Ok(()) | Err(PersonError::NotPossible(_)) => None,
                Err(_) => Some((now + AGAIN, decision.clone())),
            };
        }
        acted
    }

    async fn read_questions(&mut self, bench: &Bench) {
        for run in disk::runs(bench).await {
            if !matches!(run.status, RunStatus::Waiting | RunStatus::Ready) {
                continue;
            }
            let length = bench.store.entries_of(&run.id);
            if self.read.insert(run.id.clone(), length) == Some(length) {
                continue;
            }
            for (step, state) in bench.state(&run.id).await.steps {
                let StepState::Awaiting { what: Awaited::Approval { ask, .. }, .. } = state else { continue };
                let key = (run.id.clone(), step);
                let Some((approved, after)) = self.tale.decision(&ask) else { continue };
                let decision = Decision { approved, by: Some("Mara".into()), comment: None };
                self.open.insert(key.clone());
                self.decisions.entry(key).or_insert(Some((bench.clock.now() + after, decision)));
            }
        }
    }
}

/// Which event all began with that led to this text.
pub(crate) fn event_of(text: &str) -> Option<usize> {
    text.split(" e").nth(1)?.split(' ').next()?.parse().ok()
}

fn answer(text: &str, contact: &str, body: &str) -> Event {
    let data = json!({ "contact": contact, "key": text, "body": body, "words": format!("{text} {body}") });
    let delivery = format!("{text} {body}");
    Event { name: "message_received".into(), ..created(&delivery, contact, data) }
}
