//! Who lives beside the process and outlives it: the contacts who answer what they are asked, and the person who decides.
//! Both act when their time has come, again and again until it was taken, as the tale says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bellhop_clock::Clock as _;
use bellhop_connector::Event;
use bellhop_engine::{Decision, Engine, PersonError};
use bellhop_journal::{Awaited, EventId, Only, RunId, RunStatus, StepId, StepState};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::disk;
use super::tale::{Reply, Tale};
use crate::support::{Bench, created};

/// The bodies of a contact's messages: one that is no answer, the answer, and one that comes too late to be it.
pub(super) const BODIES: [&str; 3] = ["perhaps", ANSWER, "yes again"];
/// The answer that is to be heard.
pub(crate) const ANSWER: &str = "yes";
/// The pause before a person asks once more of a run that was busy.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// How long before the end of a wait the last moment is.
const BEFORE: SignedDuration = SignedDuration::from_secs(1);

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
    due: Due,
    taken: usize,
}

/// When an answer is given.
#[derive(Clone)]
enum Due {
    At(Timestamp),
    /// When the wait for it is all but over, which has not begun.
    Sometime,
    /// So, now that this run waits until then.
    Before(Timestamp, RunId),
}

impl Due {
    fn at(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Sometime => None,
            Self::Before(until, _) => Some(*until - BEFORE),
        }
    }
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
        let answers =
            self.answers.values().filter(|one| one.taken < BODIES.len()).filter_map(|one| one.due.at());
        let decisions = self.decisions.iter().filter(|(key, _)| self.open.contains(*key));
        answers.chain(decisions.filter_map(|(_, due)| due.as_ref()).map(|(at, _)| *at)).min()
    }

    /// Whether nobody has to say anything any more.
    pub(crate) fn is_silent(&self) -> bool {
        self.next().is_none()
    }

    /// Whether every answer to what was asked has been taken.
    pub(crate) fn is_heard(&self) -> bool {
        self.answers.values().all(|one| BODIES[..one.taken].contains(&ANSWER))
    }

    /// The process has died. What it had not written is gone.
    pub(crate) fn outlive(&mut self, bench: &Bench) {
        self.read.clear();
        self.open.clear();
        self.see(bench);
        let untaken = self.answers.values_mut().filter(|one| one.taken < BODIES.len());
        for one in untaken.filter(|one| matches!(one.due, Due::Before(..))) {
            one.due = Due::Sometime;
        }
    }

    /// What the contacts see of what has been done.
    fn see(&mut self, bench: &Bench) {
        let effects = bench.crm.effects_from(self.seen);
        self.seen += effects.len();
        for effect in effects {
            let text = effect.split_once(' ').map_or("", |(_, text)| text);
            let Some(reply) = self.tale.reply(text) else { continue };
            let contact = event_of(text).map_or("", |event| self.tale.contacts[event]);
            let due = match reply {
                Reply::After(seconds) => Due::At(bench.clock.now() + SignedDuration::from_secs(seconds)),
                Reply::Last => Due::Sometime,
            };
            let answering = Answering { contact: contact.to_owned(), due, taken: 0 };
            self.answers.entry(text.to_owned()).or_insert(answering);
        }
    }

    /// Everybody looks, and does what is due; whether anybody did anything, so that there may be more to see.
    pub(crate) async fn go_on(&mut self, bench: &Bench, engine: &Arc<Engine>) -> bool {
        self.see(bench);
        if self.tale.approvals > 0 || self.answers.values().any(|one| one.due.at().is_none()) {
            self.read_histories(bench).await;
        }
        let now = bench.clock.now();
        let mut acted = false;
        let is_due = |one: &Answering| one.taken < BODIES.len() && one.due.at().is_some_and(|at| at <= now);
        let due: Vec<String> =
            self.answers.iter().filter(|(_, one)| is_due(one)).map(|(text, _)| text.clone()).collect();
        for text in due {
            let passes = self.may_pass(&text);
            let Some(one) = self.answers.get_mut(&text) else { continue };
            while let Some(body) = BODIES.get(one.taken) {
                acted = true;
                let event = answer(&text, &one.contact, body);
                if let Some((until, run)) = passes.as_ref().filter(|_| *body == ANSWER) {
                    let id = EventId::of("crm", &event.delivery_id);
                    bench.store.lets_time_pass(id, run, &bench.clock, *until);
                }
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

    /// The end of the wait for this answer, if it is given at the last moment and nobody else must be heard until then.
    fn may_pass(&self, text: &str) -> Option<(Timestamp, RunId)> {
        let Due::Before(until, run) = &self.answers.get(text)?.due else { return None };
        let says_more = |(other, one): (&String, &Answering)| {
            let is_near = matches!(one.due, Due::Before(of, _) if of - BEFORE <= *until);
            other != text && one.taken < BODIES.len() && is_near
        };
        (!self.answers.iter().any(says_more)).then(|| (*until, run.clone()))
    }

    /// Reads what is asked, and until when answers are waited for.
    async fn read_histories(&mut self, bench: &Bench) {
        for run in disk::runs(bench).await {
            if !matches!(run.status, RunStatus::Waiting | RunStatus::Ready) {
                continue;
            }
            let length = bench.store.entries_of(&run.id);
            if self.read.insert(run.id.clone(), length) == Some(length) {
                continue;
            }
            for (step, state) in bench.state(&run.id).await.steps {
                if let StepState::Awaiting { what: Awaited::Event(sought), until: Some(until) } = &state
                    && let Some(Only::Field { text, .. }) = &sought.only
                    && let Some(one) = self.answers.get_mut(text)
                    && matches!(one.due, Due::Sometime)
                {
                    one.due = Due::Before(*until, run.id.clone());
                }
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

/// The message of a contact who was asked that.
pub(super) fn answer(text: &str, contact: &str, body: &str) -> Event {
    let data = json!({ "contact": contact, "key": text, "body": body, "words": format!("{text} {body}") });
    let delivery = format!("{text} {body}");
    Event { name: "message_received".into(), ..created(&delivery, contact, data) }
}
