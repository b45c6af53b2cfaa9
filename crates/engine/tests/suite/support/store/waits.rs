//! What runs wait for, the plain way: everything is looked through each time.

use bellhop_journal::{Await, Awaited, NewRun, Only, RunId, RunStatus, Signal, StoredEvent, Turn};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Image;

impl Image {
    /// Whether an earlier run of the recipe has the same key; if not, it is this run's from now on.
    pub(super) fn is_repeated(&mut self, run: &NewRun, now: Timestamp) -> bool {
        let Some(once) = &run.once else { return false };
        let key = (run.recipe.clone(), once.key.clone());
        let last = self.keys.get(&key).copied();
        if last.is_some_and(|last| once.since.is_none_or(|since| last >= since)) {
            return true;
        }
        self.keys.insert(key, now);
        false
    }

    /// Leaves signals to the runs that wait for such an event.
    pub(super) fn tell_of_event(&mut self, event: &StoredEvent) -> Vec<RunId> {
        let mut woken = Vec::new();
        for at in 0..self.runs.len() {
            let steps = self.runs[at].awaits.iter().filter(|wait| fits(wait, event));
            let steps: Vec<String> = steps.map(|wait| wait.step.clone()).collect();
            if !steps.is_empty() {
                woken.push(self.runs[at].run.id.clone());
            }
            for step in steps {
                self.signal(at, step, event.data.clone());
            }
        }
        woken
    }

    fn signal(&mut self, at: usize, step: String, data: Value) {
        self.signals += 1;
        self.runs[at].signals.push(Signal { number: self.signals, step, data });
        self.due_at_once(at);
    }

    /// It is due at once, if it rests.
    pub(super) fn due_at_once(&mut self, at: usize) {
        let run = &mut self.runs[at].run;
        if matches!(run.status, RunStatus::Sleeping | RunStatus::Waiting) {
            run.wake_at = Some(Timestamp::UNIX_EPOCH);
        }
    }

    /// What a turn means for what the run waits for, and for those that wait for it.
    pub(super) fn settle_awaits(&mut self, at: usize, turn: &Turn) -> Vec<RunId> {
        let id = self.runs[at].run.id.clone();
        if turn.status.is_over() {
            self.runs[at].awaits.clear();
            self.runs[at].signals.clear();
            return self.tell_of_end(&id, turn.status, &turn.summary);
        }
        if let Some(awaits) = &turn.awaits {
            let kept = std::mem::take(&mut self.runs[at].awaits);
            self.runs[at]
                .signals
                .retain(|signal| kept.iter().any(|wait| wait.step == signal.step && awaits.contains(wait)));
            self.runs[at].awaits.clone_from(awaits);
            for new in awaits.iter().filter(|wait| !kept.contains(wait)) {
                self.look_back(at, new);
            }
        }
        self.runs[at].signals.retain(|signal| signal.number > turn.heard);
        if self.runs[at].signals.is_empty() { Vec::new() } else { vec![id] }
    }

    fn tell_of_end(&mut self, id: &RunId, status: RunStatus, summary: &str) -> Vec<RunId> {
        let mut woken = Vec::new();
        for at in 0..self.runs.len() {
            let is_it = |wait: &&Await| matches!(&wait.what, Awaited::Run { run, .. } if run == id);
            let steps: Vec<String> =
                self.runs[at].awaits.iter().filter(is_it).map(|wait| wait.step.clone()).collect();
            if !steps.is_empty() {
                woken.push(self.runs[at].run.id.clone());
            }
            for step in steps {
                self.signal(at, step, end(id, status, summary));
            }
        }
        woken
    }

    fn look_back(&mut self, at: usize, wait: &Await) {
        match &wait.what {
            Awaited::Approval { .. } => {}
            Awaited::Run { run, .. } => {
                let over = self.runs.iter().find(|kept| kept.run.id == *run && kept.run.status.is_over());
                if let Some(data) = over.map(|over| end(run, over.run.status, &over.run.summary)) {
                    self.signal(at, wait.step.clone(), data);
                }
            }
            Awaited::Event(sought) => {
                let own = self.runs[at].run.event.clone();
                let later = self.order.iter().skip_while(|event| **event != own).skip(1);
                let found: Vec<Value> = later
                    .map(|event| &self.events[event])
                    .filter(|event| event.received_at >= sought.since && fits(wait, event))
                    .map(|event| event.data.clone())
                    .collect();
                for data in found {
                    self.signal(at, wait.step.clone(), data);
                }
            }
        }
    }
}

fn fits(wait: &Await, event: &StoredEvent) -> bool {
    let Awaited::Event(sought) = &wait.what else { return false };
    sought.name == event.origin.name
        && sought.connection.as_ref().is_none_or(|wanted| *wanted == event.origin.source)
        && match &sought.only {
            None => true,
            Some(Only::Record { record }) => event.record.as_ref() == Some(record),
            Some(Only::Field { pointer, text }) => {
                event.data.pointer(pointer).and_then(Value::as_str) == Some(text)
            }
        }
}

fn end(run: &RunId, status: RunStatus, summary: &str) -> Value {
    json!({ "run": run, "status": status.name(), "summary": summary })
}
