//! What the end of a call means for its step (rule R8): done, tried again, failed for good, or in doubt.

use bellhop_connector::{Evidence, Failure, FailureClass, Outcome, Page};
use bellhop_journal::{Entry, Reading, Refused, RunId, State, StepId, StepState};
use bellhop_recipe::{CallAction, Retry, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::backoff::{after_failed_look, after_limit, backoff};
use super::walk::is_handled;
use super::words::label;

/// How long a step is tried where the author says nothing: a day.
const LONGEST_HOURS: i64 = 24;

/// What the end of a call means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Settled {
    /// This is to be recorded.
    Record(Entry),
    /// The call may or may not have happened, and again would be a duplicate: to be looked up. With what is told of it.
    Doubt(String),
}

/// What decides whether a call is tried again.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The run: pauses differ from one to the other.
    pub(crate) run: &'a RunId,
    /// The step's own rule, or the recipe's.
    pub(crate) retry: Option<&'a Retry>,
}

/// What the end of a call means for its step.
pub(crate) fn settle(
    rules: Rules<'_>,
    step: &Step,
    id: &StepId,
    call: &CallAction,
    state: &State,
    outcome: Outcome,
    now: Timestamp,
) -> Settled {
    match outcome {
        Outcome::Done(output) => Settled::Record(Entry::StepEnded { step: id.clone(), output }),
        Outcome::Failed(Failure { class: FailureClass::Unclear, message, .. })
            if !call.effect.repeatable() =>
        {
            Settled::Doubt(message)
        }
        Outcome::Failed(Failure { class: FailureClass::Unproven(class), message, evidence: said }) => {
            let refusal = Failure { class: *class, message, evidence: said };
            if call.effect.repeatable() {
                return Settled::Record(failed(rules, step, id, state, refusal, now));
            }
            let (class, message) = (refusal.class.name().to_owned(), refusal.message.clone());
            let refused = Refused { class, message, evidence: evidence(refusal) };
            Settled::Record(Entry::StepRefused { step: id.clone(), refused })
        }
        Outcome::Failed(failure) => Settled::Record(failed(rules, step, id, state, failure, now)),
    }
}

/// What the end of reading a page means for its loop.
pub(crate) fn settle_page(
    rules: Rules<'_>,
    step: &Step,
    id: &StepId,
    state: &State,
    read: Result<Page, Failure>,
    now: Timestamp,
) -> Entry {
    match read {
        Ok(Page { items, next }) => Entry::PageRead { step: id.clone(), items, next },
        Err(failure) => match failed(rules, step, id, state, failure, now) {
            // The turns under way are let finish before the loop has failed.
            Entry::StepFailed { step, class, message, evidence, retry_at, .. } => {
                Entry::StepFailed { step, class, message, evidence, retry_at, handled: false }
            }
            other => other,
        },
    }
}

/// What it means that a call in doubt has surely not happened. Where the app had refused it, the refusal stands. One that
/// was cut short is done, as far as the step may be tried again: the first time at once, because mostly it was this
/// process that was cut short.
pub(crate) fn not_happened(
    rules: Rules<'_>,
    step: &Step,
    id: &StepId,
    state: &State,
    now: Timestamp,
) -> Entry {
    if let Some(Refused { class, message, evidence }) = refusal(state, id).cloned() {
        let handled = is_handled(step);
        return Entry::StepFailed { step: id.clone(), class, message, evidence, retry_at: None, handled };
    }
    let message = "The call was cut short, and a look in the app has shown that it did not happen.";
    let failure = Failure::new(FailureClass::Transient, message);
    let entry = failed(rules, step, id, state, failure, now);
    let first = matches!(state.steps.get(id), Some(StepState::Started { attempt: 1, .. }));
    match entry {
        Entry::StepFailed { retry_at: Some(_), .. } if first => Entry::NotHappened { step: id.clone() },
        other => other,
    }
}

/// What the app said against a call that is in doubt, where it said anything.
fn refusal<'a>(state: &'a State, id: &StepId) -> Option<&'a Refused> {
    match state.steps.get(id) {
        Some(StepState::Started { refused, .. }) => refused.as_ref(),
        _ => None,
    }
}

/// What a failure means: tried again, or failed for good.
fn failed(
    rules: Rules<'_>,
    step: &Step,
    id: &StepId,
    state: &State,
    failure: Failure,
    now: Timestamp,
) -> Entry {
    let Rules { run, retry } = rules;
    let (attempt, since) = match state.steps.get(id) {
        Some(StepState::Started { attempt, since, .. }) => (*attempt, *since),
        Some(StepState::Looping(turns)) => match turns.reading {
            Reading::Started { attempt, since } => (attempt, since),
            _ => (1, now),
        },
        _ => (1, now),
    };
    let pause = match &failure.class {
        FailureClass::Transient | FailureClass::Unclear => Some(backoff(run, id, attempt)),
        FailureClass::RateLimited { after_ms } => Some(after_limit(run, id, *after_ms, since, now)),
        _ => None,
    };
    let counts = !matches!(failure.class, FailureClass::RateLimited { .. });
    let retry_at = pause
        .and_then(|pause| now.checked_add(pause).ok())
        .filter(|at| may_try_again(retry, attempt, counts, since, *at));
    let mut message = failure.message.clone();
    if pause.is_some() && retry_at.is_none() {
        let tried = if attempt > 1 { format!("It was tried {attempt} times, and") } else { "It".to_owned() };
        message = format!("{message} {tried} is not tried again by itself.");
    }
    Entry::StepFailed {
        step: id.clone(),
        class: failure.class.name().to_owned(),
        message,
        evidence: evidence(failure),
        retry_at,
        handled: retry_at.is_none() && is_handled(step),
    }
}

fn may_try_again(retry: Option<&Retry>, attempt: u32, counts: bool, since: Timestamp, at: Timestamp) -> bool {
    let longest = retry
        .and_then(|retry| retry.over)
        .map_or(SignedDuration::from_hours(LONGEST_HOURS), |over| over.elapsed());
    let times = retry.and_then(|retry| retry.times).unwrap_or(u32::MAX);
    (!counts || attempt <= times) && at.duration_since(since) <= longest
}

/// When a look-up that failed may be made again, or the sentence for a person where again would not help. `said` is what was
/// told of the call's end.
pub(crate) fn in_doubt(
    run: &RunId,
    step: &Step,
    id: &StepId,
    state: &State,
    (said, since): (Option<&str>, Timestamp),
    failure: Option<&Failure>,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let looked = match failure {
        Some(failure) => {
            let pause = match failure.class {
                FailureClass::Transient | FailureClass::Unclear => {
                    Some(after_failed_look(run, id, since, now))
                }
                FailureClass::RateLimited { after_ms } => Some(after_limit(run, id, after_ms, since, now)),
                _ => None,
            };
            let within = SignedDuration::from_hours(LONGEST_HOURS);
            if let Some(at) = pause.and_then(|pause| now.checked_add(pause).ok())
                && at.duration_since(since) <= within
            {
                return Ok(at);
            }
            format!("Looking it up failed: {}", failure.message)
        }
        None => "The app offers no way to look it up.".to_owned(),
    };
    let before = refusal(state, id).map_or_else(
        || match said.map(|said| said.trim_end_matches("It may or may not have happened.").trim_end()) {
            Some(said) => format!("it is not known whether it happened. {said}"),
            None => "the call was cut short, and it is not known whether it happened.".to_owned(),
        },
        |refused| {
            format!(
                "the app refused the call, but after such an answer it may have been done all the same, and it is not \
                 known whether it happened. {}",
                refused.message
            )
        },
    );
    Err(format!(
        "{}: {before} {looked} Either it happened, and doing it \
         again would make a duplicate; or it did not, and it is missing. Please look in the app, then say which it is: \
         `bellhop runs resolve {run} --happened` goes on with the next step, and \
         `bellhop runs resolve {run} --did-not-happen` does it now.{}",
        label(id, step),
        what_it_gave(step)
    ))
}

/// How a person says what a step in doubt gave, where later steps have a name for it.
fn what_it_gave(step: &Step) -> String {
    let (Some(name), Some(call)) = (&step.name, step.call()) else { return String::new() };
    format!(
        " What it gave is `{name}` in later steps: where it happened, say it as JSON, such as \
         `--happened '{{\"id\": \"…\"}}'` (`bellhop connectors show {}.{}` lists the fields).",
        call.connector, call.operation
    )
}

/// What the app answered, for the history.
fn evidence(failure: Failure) -> Value {
    let mut evidence = Map::new();
    if let Some(Evidence { status, body, headers }) = failure.evidence {
        if let Some(status) = status {
            evidence.insert("status".to_owned(), status.into());
        }
        if !body.is_empty() {
            evidence.insert("body".to_owned(), body.into());
        }
        if !headers.is_empty() {
            let headers = headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
            evidence.insert("headers".to_owned(), Value::Object(headers));
        }
    }
    match failure.class {
        FailureClass::Conflict { existing } => {
            evidence.insert("existing".to_owned(), existing);
        }
        FailureClass::Invalid { fields } if !fields.is_empty() => {
            evidence.insert("fields".to_owned(), fields.into());
        }
        FailureClass::Forbidden { scope: Some(scope) } => {
            evidence.insert("scope".to_owned(), scope.into());
        }
        _ => {}
    }
    if evidence.is_empty() { Value::Null } else { Value::Object(evidence) }
}
