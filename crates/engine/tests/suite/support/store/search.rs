//! What is looked for and what is forgotten: by going through everything.

use bellhop_journal::{EventFilter, Heard, RunFilter, StoredEvent, Swept};
use jiff::Timestamp;

use super::{Image, Kept};

impl Image {
    pub(super) fn heard(&self, filter: &EventFilter) -> Vec<Heard> {
        let events = self.order.iter().rev().map(|id| &self.events[id]);
        let fits = |event: &&std::sync::Arc<StoredEvent>| {
            filter.mentions.as_ref().is_none_or(|text| mentions(event, text))
                && filter.since.is_none_or(|since| event.received_at >= since)
                && filter.until.is_none_or(|until| event.received_at < until)
        };
        let heard = |event: &std::sync::Arc<StoredEvent>| Heard {
            passed_over: self.passed_over.get(&event.id).cloned().unwrap_or_default(),
            event: StoredEvent::clone(event),
        };
        events.filter(fits).take(filter.limit).map(heard).collect()
    }

    /// Whether the run's event fits what a list of runs asks of it.
    pub(super) fn is_about(&self, kept: &Kept, filter: &RunFilter) -> bool {
        let event = &self.events[&kept.run.event];
        filter.mentions.as_ref().is_none_or(|text| mentions(event, text))
            && filter.since.is_none_or(|since| kept.run.created_at >= since)
            && filter.until.is_none_or(|until| kept.run.created_at < until)
    }

    pub(super) fn prune(&mut self, before: Timestamp) -> Swept {
        let (runs, events) = (self.runs.len(), self.order.len());
        let stays = |image: &Self, id: &bellhop_journal::EventId| {
            image.events[id].received_at >= before
                || image
                    .runs
                    .iter()
                    .filter(|kept| kept.run.event == *id)
                    .any(|kept| !kept.run.status.is_over() || kept.run.updated_at >= before)
        };
        let gone: Vec<_> = self.order.iter().filter(|id| !stays(self, id)).cloned().collect();
        self.runs.retain(|kept| !gone.contains(&kept.run.event));
        self.order.retain(|id| !gone.contains(id));
        self.events.retain(|id, _| !gone.contains(id));
        let count = |before: usize, after: usize| (before - after) as u64;
        Swept { events: count(events, self.order.len()), runs: count(runs, self.runs.len()), next: None }
    }
}

/// Whether an event's data holds the text, or it is about the record of this id.
fn mentions(event: &StoredEvent, text: &str) -> bool {
    let record = event.record.as_deref().and_then(|record| record.split_once(' '));
    record.is_some_and(|(_, id)| id == text)
        || event.data.to_string().to_lowercase().contains(&text.to_lowercase())
}
