//! A run's history in words: one line for each thing that happened. `demo`, `run` and `runs show` all print these.

use std::collections::{HashMap, HashSet};

use anstyle::{AnsiColor, Style};
use bellhop_connector::Catalogue;
use bellhop_journal::{Awaited, CallNote, Entry, Resolution, Run, RunStatus, Stamped, StoredEvent};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde_json::Value;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WAIT: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// Turns entries into lines, one after the other, as they happen.
pub(crate) struct Narrator<'a> {
    catalogue: &'a Catalogue,
    zone: &'a TimeZone,
    calls: HashMap<String, CallNote>,
    /// Steps that ask a person.
    asked: HashSet<String>,
    /// How many entries have passed.
    passed: u64,
}

impl<'a> Narrator<'a> {
    /// For one run; times are shown in `zone`.
    pub(crate) fn new(catalogue: &'a Catalogue, zone: &'a TimeZone) -> Self {
        Self { catalogue, zone, calls: HashMap::new(), asked: HashSet::new(), passed: 0 }
    }

    /// The line for an entry; none where the entry says nothing to a person.
    pub(crate) fn line(&mut self, stamped: &Stamped) -> Option<String> {
        self.passed += 1;
        match &stamped.entry {
            Entry::StepStarted { step, call, .. } => {
                self.calls.insert(step.clone(), call.clone());
                None
            }
            Entry::StepEnded { step, output } if self.asked.remove(step) => {
                Some(mark(FAINT, "↺", step, &decision_words(output)))
            }
            Entry::StepEnded { step, .. } => {
                let call = self.calls.remove(step)?;
                Some(mark(GOOD, "✓", step, &self.call_words(&call)))
            }
            Entry::StepFailed { step, message, retry_at, handled, .. } => {
                let after = match (retry_at, handled) {
                    (Some(at), _) => format!(" Tries again at {}.", self.clock(*at)),
                    (None, true) => " The recipe goes on all the same.".to_owned(),
                    (None, false) => String::new(),
                };
                Some(mark(BAD, "✗", step, &format!("{}{after}", on_one_line(message))))
            }
            Entry::StepRefused { step, refused } => {
                let message = on_one_line(&refused.message);
                Some(mark(WAIT, "?", step, &format!("{message} Looks whether it happened all the same.")))
            }
            Entry::NotHappened { step } => {
                Some(mark(WAIT, "?", step, "Looked: it had not happened, so it is done again."))
            }
            Entry::StepSkipped { step } => Some(mark(FAINT, "–", step, "passed over: its `if` says no")),
            Entry::Branched { step, branch } => Some(mark(FAINT, "→", step, &branch_words(branch))),
            Entry::LoopOpened { by_page: true, .. } => None,
            Entry::LoopOpened { step, items, .. } => {
                Some(mark(FAINT, "↻", step, &format!("for each of {}", many(items.len()))))
            }
            Entry::PageRead { step, items, next } => {
                self.calls.remove(step);
                let more = if next.is_some() { "" } else { "; these were the last" };
                Some(mark(FAINT, "↻", step, &format!("for each of {} more{more}", many(items.len()))))
            }
            // The failed step has said it.
            Entry::TurnEnded { .. } => None,
            Entry::Folded { state } => {
                let before = std::mem::replace(&mut self.passed, state.entries + 1);
                let left_out = state.entries.checked_sub(before - 1).filter(|left_out| *left_out > 0)?;
                Some(format!(
                    "  {FAINT}… {left_out} entries of this long history are left out here …{FAINT:#}"
                ))
            }
            Entry::Slept { step, until } => {
                Some(mark(WAIT, "…", step, &format!("waits until {}", self.day(*until))))
            }
            Entry::Awaited { step, what, until } => {
                if let Awaited::Approval { .. } = what {
                    self.asked.insert(step.clone());
                }
                let until = until.map_or_else(String::new, |until| format!(", until {}", self.day(until)));
                Some(mark(WAIT, "…", step, &format!("{}{until}", on_one_line(&what.words()))))
            }
            Entry::Halted { step, message } => {
                Some(mark(BAD, "!", step, &format!("Needs a person: {}", on_one_line(message))))
            }
            Entry::RetryRequested { by, .. } => {
                Some(format!("  {FAINT}↺ {} asked for another try{FAINT:#}", who(by.as_deref())))
            }
            Entry::Resolved { step, resolution, by } => {
                let how = match resolution {
                    Resolution::Happened(_) => "it happened",
                    Resolution::DidNotHappen => "it did not happen",
                };
                Some(mark(FAINT, "↺", step, &format!("{} said that {how}", who(by.as_deref()))))
            }
            Entry::RunEnded { status, reason, by } => {
                let style = if *status == RunStatus::Failed { BAD } else { GOOD };
                let reason = match by {
                    Some(by) => format!(": Ended by {}.", on_one_line(by)),
                    None if reason.is_empty() => String::new(),
                    None => format!(": {}", on_one_line(reason)),
                };
                Some(format!("  {style}■ {}{reason}{style:#}", status_words(*status)))
            }
        }
    }

    fn call_words(&self, call: &CallNote) -> String {
        let title = self
            .catalogue
            .operation(&call.connector, &call.operation)
            .map_or_else(|| format!("{}.{}", call.connector, call.operation), |found| found.title.clone());
        let details = details(&call.input);
        if details.is_empty() { title } else { format!("{title} {FAINT}({details}){FAINT:#}") }
    }

    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%a %d %b %Y %H:%M").to_string()
    }
}

/// So many items, in words.
fn many(items: usize) -> String {
    if items == 1 { "1 item".to_owned() } else { format!("{items} items") }
}

/// The most of what a run is about that is shown, in characters. Ids of apps are shorter; a sender may have sent anything.
pub(crate) const ABOUT: usize = 80;

/// The head of a run's story: which recipe, about whom.
pub(crate) fn head(run: &Run, event: &StoredEvent, recipe_name: &str) -> String {
    let bold = Style::new().bold();
    let about =
        person(&event.data).or_else(|| run.record.clone()).unwrap_or_else(|| event.origin.name.clone());
    format!("{bold}{recipe_name}{bold:#} — {} {FAINT}{}{FAINT:#}", cut(&about, ABOUT), run.id)
}

/// A run's status in words.
pub(crate) fn status_words(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "waits for its turn",
        RunStatus::Ready => "under way",
        RunStatus::Sleeping => "waits",
        RunStatus::Waiting => "waits for something",
        RunStatus::NeedsAttention => "needs a person",
        RunStatus::Succeeded => "done",
        RunStatus::Stopped => "stopped as the recipe says",
        RunStatus::Failed => "failed as the recipe says",
        RunStatus::Cancelled => "cancelled",
    }
}

/// Where an unfinished run stands, in words: also what it waits for, and how to answer what it asks.
pub(crate) fn standing(run: &Run) -> String {
    match run.status {
        RunStatus::Waiting if !run.summary.is_empty() => on_one_line(&run.summary),
        RunStatus::Sleeping if !run.summary.is_empty() => {
            format!("{}. {}", status_words(run.status), on_one_line(&run.summary))
        }
        _ => status_words(run.status).to_owned(),
    }
}

/// Whoever decided something about a run.
fn who(name: Option<&str>) -> &str {
    name.unwrap_or("a person")
}

/// What a person decided.
fn decision_words(output: &Value) -> String {
    let text = |name: &str| output.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let yes = |name: &str| output.get(name).and_then(Value::as_bool).unwrap_or_default();
    if yes("timed_out") {
        return "nobody decided in time".to_owned();
    }
    let who = who(text("by"));
    let what = if yes("approved") { "approved it" } else { "did not approve it" };
    match text("comment") {
        Some(comment) => format!("{who} {what}: {}", on_one_line(comment)),
        None => format!("{who} {what}"),
    }
}

/// How long ago, or in how long, in words.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    let (ago, seconds) = (seconds >= 0, seconds.abs());
    let of = |unit: i64, word: &str| {
        let count = (seconds + unit / 2) / unit;
        if count == 1 || matches!(word, "s" | "min") {
            format!("{count} {word}")
        } else {
            format!("{count} {word}s")
        }
    };
    let words = match seconds {
        0..=59 => of(1, "s"),
        60..=3_569 => of(60, "min"),
        3_570..=84_599 => of(3_600, "hour"),
        _ => of(86_400, "day"),
    };
    if ago { format!("{words} ago") } else { format!("in {words}") }
}

/// The person an event is about, where its data has a name.
fn person(data: &Value) -> Option<String> {
    let text = |name: &str| data.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = match (text("firstName"), text("lastName")) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (Some(first), None) => Some(first.to_owned()),
        _ => text("name").or_else(|| text("title")).map(str::to_owned),
    }?;
    Some(name)
}

fn mark(style: Style, sign: &str, step: &str, text: &str) -> String {
    let depth = step.matches("/then/").count()
        + step.matches("/else/").count()
        + step.matches("/do/").count()
        + step.matches("/otherwise/").count()
        + step.matches("/parallel/").count()
        + step.matches("/on_error/").count();
    format!("  {}{style}{sign}{style:#} {text}", "  ".repeat(depth))
}

fn branch_words(branch: &str) -> String {
    match branch {
        "then" => "yes".into(),
        "else" => "no".into(),
        "otherwise" => "none of the cases fits".into(),
        "" => "no, nothing to do".into(),
        other => match other.split('/').nth(1).and_then(|index| index.parse::<usize>().ok()) {
            Some(index) => format!("case {}", index + 1),
            None => other.to_owned(),
        },
    }
}

/// The fields that say most about a call: all but ids, short.
fn details(input: &Value) -> String {
    let Some(fields) = input.as_object() else { return String::new() };
    let shown: Vec<String> = fields
        .iter()
        .filter(|(name, value)| !name.ends_with("Id") && !value.is_null())
        .map(|(name, value)| format!("{name}: {}", short(value)))
        .collect();
    cut(&shown.join(", "), 90)
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text, 50),
        Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", short(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

/// The text in one line, with nothing in it that a terminal would obey: senders and apps may have chosen it.
pub(crate) fn on_one_line(text: &str) -> String {
    // Besides the control characters: what ends lines, and what turns the direction of reading round.
    let obeyed = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|letter| if obeyed(letter) { ' ' } else { letter }).collect()
}

/// The text, or its beginning with an ellipsis, in at the most `most` characters and one line.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let line = on_one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A duration between two moments in milliseconds or seconds.
pub(crate) fn took(from: Timestamp, to: Timestamp) -> String {
    let milliseconds =
        to.since(from).ok().and_then(|span| span.total(Unit::Millisecond).ok()).unwrap_or_default();
    if milliseconds < 1_000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_senders_wrote_does_nothing_to_a_terminal() {
        let catalogue = Catalogue::new([]);
        let zone = TimeZone::UTC;
        let mut narrator = Narrator::new(&catalogue, &zone);
        let bad = "a\u{1b}[31mred\u{1b}]0;title\u{7}\r\nforged";
        let step = "/steps/0".to_owned();
        for entry in [
            Entry::Halted { step: step.clone(), message: bad.to_owned() },
            Entry::RunEnded { status: RunStatus::Stopped, reason: bad.to_owned(), by: None },
        ] {
            let line = narrator.line(&Stamped { at: Timestamp::UNIX_EPOCH, entry }).expect("a line");
            assert!(line.contains("a [31mred ]0;title   forged"), "{line:?}");
        }
    }

    #[test]
    fn details_leave_ids_out_and_stay_short() {
        let input =
            json!({"contactId": "c1", "tags": ["hot lead", "vip"], "note": null, "title": "x".repeat(200)});
        let words = details(&input);
        assert!(words.starts_with("tags: hot lead, vip, title: xxx"), "{words}");
        assert!(words.chars().count() <= 90);
        assert!(!words.contains("c1"));
    }

    #[test]
    fn times_are_told_in_the_nearest_unit() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let told = |seconds: i64| when(Timestamp::from_second(1_000_000 + seconds).expect("a time"), now);
        assert_eq!(told(-1), "1 s ago");
        assert_eq!(told(172_798), "in 2 days");
        assert_eq!(told(86_400), "in 1 day");
        assert_eq!(told(-5_400), "2 hours ago");
        assert_eq!(told(-600), "10 min ago");
    }

    #[test]
    fn branches_are_said_in_words() {
        assert_eq!(branch_words("choose/1/do"), "case 2");
        assert_eq!(branch_words("then"), "yes");
    }
}
