//! Judges what came of a test: every expectation that does not hold, with what happened instead.

use bellhop_connector::Catalogue;
use bellhop_journal::RunStatus;
use bellhop_source::Span;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::matching::{Difference, Viewpoint, differences};
use crate::shown::shown;
use crate::{Ends, RecordExpected, Story, Told, Trial, WriteExpected};

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it stands in the file of tests.
    pub span: Span,
    /// What was expected and is not so: one sentence.
    pub message: String,
    /// What happened instead, line by line.
    pub notes: Vec<String>,
}

/// Everything of a test that does not hold; none: it passes.
pub fn judge(trial: &Trial, story: &Story, catalogue: &Catalogue, zone: &TimeZone) -> Vec<Failure> {
    let mut failures: Vec<Failure> = story
        .troubles
        .iter()
        .map(|trouble| Failure { span: trial.span, message: trouble.clone(), notes: Vec::new() })
        .collect();
    failures.extend(ending(trial, story));
    let calls = story.calls(catalogue);
    let court = Court { calls: &calls, zone };
    court.writes(trial, &mut failures);
    for never in &trial.expect.never {
        failures.extend(court.never(never));
    }
    let from = Viewpoint { now: trial.given.now, zone: zone.clone() };
    failures.extend(trial.expect.records.iter().filter_map(|expected| record(expected, story, &from)));
    failures
}

fn ending(trial: &Trial, story: &Story) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut runs: Vec<(Ends, &str)> =
        story.runs.iter().map(|run| (Ends::As(run.run.status), run.run.summary.as_str())).collect();
    if runs.is_empty() {
        runs.push((Ends::NotStarted, &story.reason));
    }
    for (ends, reason) in &runs {
        match &trial.expect.run {
            Some((wanted, span)) if wanted != ends => failures.push(Failure {
                span: *span,
                message: format!("The run was to end as `{}`, and it {}.", wanted.name(), ended(*ends)),
                notes: why(story, reason),
            }),
            // A test that says nothing of the end does not mean that the run breaks down.
            None if matches!(ends.name(), "failed" | "needs_attention" | "waiting") => {
                failures.push(Failure {
                    span: trial.span,
                    message: format!("The run {}, and the test does not say that it should.", ended(*ends)),
                    notes: why(story, reason),
                });
            }
            _ => {}
        }
    }
    if let Some((part, span)) = &trial.expect.reason
        && !runs.iter().any(|(_, reason)| reason.to_lowercase().contains(&part.to_lowercase()))
    {
        let reason = runs.first().map_or("", |(_, reason)| reason);
        let mut notes = why(story, reason);
        if reason.is_empty() {
            notes.insert(0, "It gave no reason.".to_owned());
        }
        failures.push(Failure {
            span: *span,
            message: format!("The run's reason was to have “{part}” in it."),
            notes,
        });
    }
    if let Some((wanted, span)) = trial.expect.runs {
        let count = story.runs.len();
        if count != wanted {
            let message =
                format!("The events were to start {}, and they started {}.", many(wanted), many(count));
            failures.push(Failure { span, message, notes: why(story, &story.reason) });
        }
    }
    failures
}

fn many(runs: usize) -> String {
    match runs {
        0 => "no run".to_owned(),
        1 => "one run".to_owned(),
        more => format!("{more} runs"),
    }
}

/// Why a run ended as it did, and what the recipes say that it called.
fn why(story: &Story, reason: &str) -> Vec<String> {
    let mut why = Vec::new();
    if !reason.is_empty() {
        why.push(format!("Because: {reason}"));
    }
    let troubled = story.called.iter().map(|called| &called.run);
    for run in troubled.filter(|run| matches!(run.status, RunStatus::Failed | RunStatus::NeedsAttention)) {
        why.push(format!(
            "The called recipe `{}` {}: {}",
            run.recipe,
            ended(Ends::As(run.status)),
            run.summary
        ));
    }
    why
}

fn ended(ends: Ends) -> String {
    match ends {
        Ends::NotStarted => "did not start".to_owned(),
        Ends::As(RunStatus::Waiting) => "still waits".to_owned(),
        Ends::As(_) => format!("ended as `{}`", ends.name()),
    }
}

struct Court<'a> {
    calls: &'a [Told],
    zone: &'a TimeZone,
}

impl Court<'_> {
    /// The expected writes in their order, others between them; and that there are no others, where that is said.
    fn writes(&self, trial: &Trial, failures: &mut Vec<Failure>) {
        let mut next = 0;
        let mut met = Vec::new();
        for expected in &trial.expect.writes {
            let found = (next..self.calls.len()).find(|at| self.is_met(expected, &self.calls[*at]));
            if let Some(at) = found {
                met.push(at);
                next = at + 1;
            } else {
                failures.push(self.missing(expected, next));
            }
        }
        let Some(span) = trial.expect.no_other_writes else { return };
        let others: Vec<_> = self
            .calls
            .iter()
            .enumerate()
            .filter(|(at, call)| call.writes && !met.contains(at))
            .map(|(_, call)| line(call))
            .collect();
        if !others.is_empty() {
            let message = if trial.expect.writes.is_empty() {
                "No writes were to happen, and these did."
            } else {
                "No other writes were to happen, and these did."
            };
            failures.push(Failure { span, message: message.to_owned(), notes: others });
        }
    }

    fn is_met(&self, expected: &WriteExpected, call: &Told) -> bool {
        is_of(expected, call) && self.differences(expected, call).is_empty()
    }

    fn differences(&self, expected: &WriteExpected, call: &Told) -> Vec<Difference> {
        let from = Viewpoint { now: call.at, zone: self.zone.clone() };
        expected
            .fields
            .as_ref()
            .map(|fields| differences(fields, Some(&call.input), &from))
            .unwrap_or_default()
    }

    fn missing(&self, expected: &WriteExpected, next: usize) -> Failure {
        let name = words(expected);
        let mut notes = Vec::new();
        let message = if self.calls[..next].iter().any(|call| self.is_met(expected, call)) {
            format!("The write {name} was to happen at this place, and it happened earlier.")
        } else {
            format!("The write {name} was to happen, and it did not.")
        };
        if self.calls.iter().any(|call| call.writes) {
            notes.push("These writes happened:".to_owned());
        } else {
            notes.push("No writes happened.".to_owned());
        }
        for call in self.calls.iter().filter(|call| call.writes) {
            notes.push(format!("  {}", line(call)));
            if is_of(expected, call) {
                let found = self.differences(expected, call);
                notes.extend(found.iter().map(|difference| format!("    {difference}")));
            }
        }
        Failure { span: expected.span, message, notes }
    }

    fn never(&self, never: &WriteExpected) -> Option<Failure> {
        let happened: Vec<_> = self.calls.iter().filter(|call| self.is_met(never, call)).map(line).collect();
        (!happened.is_empty()).then(|| Failure {
            span: never.span,
            message: format!("{} was never to happen, and it did.", words(never)),
            notes: happened,
        })
    }
}

fn is_of(expected: &WriteExpected, call: &Told) -> bool {
    expected.connector == call.connector && expected.operation == call.operation
}

fn line(call: &Told) -> String {
    format!("{}.{} {}", call.connector, call.operation, shown(&call.input))
}

fn words(expected: &WriteExpected) -> String {
    let name = format!("{}.{}", expected.connector, expected.operation);
    match &expected.fields {
        Some(fields) => format!("{name} {}", shown(&fields.to_json())),
        None => name,
    }
}

fn record(expected: &RecordExpected, story: &Story, from: &Viewpoint) -> Option<Failure> {
    let RecordExpected { kind, id, fields, span } = expected;
    let name = format!("{kind}.{id}");
    let fail = |message, notes| Some(Failure { span: *span, message, notes });
    match (fields, story.record(kind, id)) {
        (None, None) => None,
        (None, Some(found)) => fail(
            format!("The record {name} was to be gone, and it is there."),
            vec![format!("{name} {}", shown(&found))],
        ),
        (Some(_), None) => {
            let ids = story.ids(kind);
            let note = match ids.as_slice() {
                [] => format!("There are no {kind}."),
                ids => format!("There are: {}.", ids.join(", ")),
            };
            fail(format!("The record {name} was to be there, and it is not."), vec![note])
        }
        (Some(fields), Some(found)) => {
            let found: Option<&Value> = Some(&found);
            let differ: Vec<_> = differences(fields, found, from).iter().map(ToString::to_string).collect();
            if differ.is_empty() {
                return None;
            }
            fail(format!("The record {name} is not as expected."), differ)
        }
    }
}

#[cfg(test)]
mod tests {
    use bellhop_connector::Catalogue;
    use bellhop_journal::RunStatus;
    use bellhop_source::{Node, Source, Span, parse};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::judge;
    use crate::story::tests::{ended, started, story};
    use crate::{Ends, Expect, Given, RecordExpected, Start, Story, Trial, WriteExpected};

    fn node(text: &str) -> Node {
        parse(&Source::new("t", text)).0.expect("a document")
    }

    fn write(operation: &str, fields: Option<&str>) -> WriteExpected {
        WriteExpected {
            connector: "contacts".to_owned(),
            operation: operation.to_owned(),
            fields: fields.map(node),
            span: Span::default(),
        }
    }

    fn told(expect: Expect, story: &Story) -> Vec<String> {
        let given = Given {
            now: Timestamp::UNIX_EPOCH,
            records: json!({}),
            inputs: serde_json::Map::new(),
            faults: Vec::new(),
            answers: Vec::new(),
            recipes: Vec::new(),
        };
        let trial = Trial {
            name: "it".to_owned(),
            span: Span::default(),
            given,
            start: Start::Schedule,
            meanwhile: Vec::new(),
            expect,
        };
        judge(&trial, story, &Catalogue::default(), &TimeZone::UTC)
            .into_iter()
            .map(|failure| format!("{} | {}", failure.message, failure.notes.join(" | ")))
            .collect()
    }

    fn two_writes() -> Story {
        story(vec![
            started("/steps/0", 1, "add_tags", json!({"contactId": "c1", "tags": ["warm lead"]})),
            ended("/steps/0"),
            started("/steps/1", 1, "create_note", json!({"contactId": "c1", "body": "Hello"})),
            ended("/steps/1"),
        ])
    }

    #[test]
    fn a_missing_write_shows_those_that_happened_and_what_differs() {
        let expect =
            Expect { writes: vec![write("add_tags", Some("{ tags: [hot lead] }"))], ..Expect::default() };
        assert_eq!(
            told(expect, &two_writes()),
            [
                "The write contacts.add_tags { tags: [hot lead] } was to happen, and it did not. | These writes happened: | \
              \u{20}\u{20}contacts.add_tags { contactId: c1, tags: [warm lead] } | \
              \u{20}\u{20}\u{20}\u{20}`tags`: expected [hot lead], found [warm lead] | \
              \u{20}\u{20}contacts.create_note { contactId: c1, body: Hello }"
            ]
        );
    }

    #[test]
    fn writes_stand_in_their_order_with_others_between_them() {
        let in_order = vec![write("add_tags", None), write("create_note", Some("{ body: Hello }"))];
        assert_eq!(
            told(Expect { writes: in_order, ..Expect::default() }, &two_writes()),
            Vec::<String>::new()
        );
        let reversed = vec![write("create_note", None), write("add_tags", None)];
        let told = told(Expect { writes: reversed, ..Expect::default() }, &two_writes());
        assert!(told[0].contains("it happened earlier"), "{told:?}");
    }

    #[test]
    fn what_is_never_to_happen_and_what_is_one_too_many_is_told() {
        let expect = Expect {
            never: vec![write("create_note", None)],
            writes: vec![write("add_tags", None)],
            no_other_writes: Some(Span::default()),
            ..Expect::default()
        };
        let told = told(expect, &two_writes());
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("No other writes were to happen") && told[0].contains("Hello"),
            "{told:?}"
        );
        assert!(told[1].starts_with("contacts.create_note was never to happen"), "{told:?}");
    }

    #[test]
    fn the_end_and_its_reason_are_told() {
        let mut story = two_writes();
        story.runs[0].run.status = RunStatus::Stopped;
        story.runs[0].run.summary = "The lead was called".to_owned();
        let expect = Expect {
            run: Some((Ends::As(RunStatus::Succeeded), Span::default())),
            reason: Some(("appointment".to_owned(), Span::default())),
            ..Expect::default()
        };
        assert_eq!(
            told(expect, &story),
            [
                "The run was to end as `succeeded`, and it ended as `stopped`. | Because: The lead was called",
                "The run's reason was to have “appointment” in it. | Because: The lead was called",
            ]
        );
        story.runs[0].run.status = RunStatus::NeedsAttention;
        assert!(told(Expect::default(), &story)[0].contains("does not say that it should"));
    }

    #[test]
    fn records_are_compared_and_missed() {
        let record = |id: &str, fields: Option<&str>| RecordExpected {
            kind: "contacts".to_owned(),
            id: id.to_owned(),
            fields: fields.map(node),
            span: Span::default(),
        };
        let records = vec![
            record("c1", Some("{ tags: [vip], custom_fields: { lead_score: 7 } }")),
            record("c1", Some("{ tags: [] }")),
            record("c9", Some("{ tags: [] }")),
            record("c1", None),
            record("c9", None),
        ];
        let told = told(Expect { records, ..Expect::default() }, &two_writes());
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], "The record contacts.c1 is not as expected. | `tags`: expected [], found [vip]");
        assert_eq!(told[1], "The record contacts.c9 was to be there, and it is not. | There are: c1.");
        assert!(told[2].starts_with("The record contacts.c1 was to be gone"), "{told:?}");
    }
}
