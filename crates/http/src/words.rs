//! Sentences about failed calls, and the evidence that goes with them: which app, which operation, which record, what
//! the app said, what to do. Nothing leaves this file with a secret in it.

use bellhop_connector::{Call, Evidence, Failure, FailureClass, Manifest, Operation, read_json};
use bellhop_vault::{MASK, Redactor};
use serde_json::Value;

use crate::{
    answer::{Reason, short},
    request::record_of,
    transport::Received,
};

/// How much of a body is kept as evidence.
const MOST_EVIDENCE: usize = 4096;

/// What a failure is about.
pub(crate) struct Subject<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) operation: &'a Operation,
    pub(crate) call: &'a Call,
    pub(crate) redactor: &'a Redactor,
}

impl Subject<'_> {
    /// A failure that the app's answer shows.
    pub(crate) fn answered(&self, class: FailureClass, reason: &Reason, answer: &Received) -> Failure {
        let app = &self.manifest.title;
        let reason = match reason {
            Reason::App(text) => format!("{app} says: {}", short(text)),
            Reason::Manifest(text) => short(text),
            Reason::Status(status) => format!("{app} answered {status}"),
            Reason::Odd(what) => format!("{app} cannot be understood: {what}"),
            Reason::Elsewhere(what) => format!(
                "{app} points to another address, {what}, and Bellhop does not follow it there. If that is the right \
                 one, put it in the place of the address in use"
            ),
        };
        let mut failure = self.failed(class, &reason);
        failure.evidence = Some(self.evidence(answer));
        failure
    }

    /// A failure in a sentence; `reason` is put after what could not be done.
    pub(crate) fn failed(&self, class: FailureClass, reason: &str) -> Failure {
        let reason = reason.trim_end().trim_end_matches('.');
        let text = format!("Could not {}: {reason}.{}", self.deed(), self.advice(&class));
        Failure::new(redacted(class, self.redactor), self.redactor.redact(&text))
    }

    /// `add tags to contact abc`.
    fn deed(&self) -> String {
        let mut letters = self.operation.title.chars();
        let rest = letters.as_str();
        let all_capitals = rest
            .split_whitespace()
            .next()
            .is_some_and(|word| word.len() > 1 && word.chars().all(char::is_uppercase));
        let deed: String = match letters.next() {
            Some(first) if !all_capitals => first.to_lowercase().chain(letters).collect(),
            _ => rest.to_owned(),
        };
        let Some((kind, id)) = record_of(self.operation, &self.call.input) else { return deed };
        let id = short(&id);
        if deed.split_whitespace().next_back() == Some(kind.as_str()) {
            return format!("{deed} {id}");
        }
        let preposition = match deed.split_whitespace().next() {
            Some("add") => "to",
            Some("remove") => "from",
            _ => "for",
        };
        format!("{deed} {preposition} {kind} {id}")
    }

    fn advice(&self, class: &FailureClass) -> String {
        let connection = &self.call.connection.name;
        match class {
            FailureClass::Unauthorised => format!(" Check the credentials of the connection {connection}."),
            FailureClass::Forbidden { scope: Some(scope) } => {
                format!(" Grant {scope} to the connection {connection}.")
            }
            FailureClass::Unclear => " It may or may not have happened.".into(),
            _ => String::new(),
        }
    }

    fn evidence(&self, answer: &Received) -> Evidence {
        let body = match read_json(&answer.body) {
            Ok(mut value) => {
                self.mask(&mut value);
                value.to_string()
            }
            Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
        };
        let headers =
            answer.headers.iter().filter(|(name, _)| worth_keeping(name.as_str())).map(|(name, value)| {
                let value = if self.is_hidden(name.as_str()) {
                    MASK.to_owned()
                } else {
                    self.redactor.redact(&String::from_utf8_lossy(value.as_bytes())).into_owned()
                };
                (name.as_str().to_owned(), value)
            });
        Evidence {
            status: Some(answer.status),
            body: cut(&self.redactor.redact(&body)),
            headers: headers.collect(),
        }
    }

    fn is_hidden(&self, name: &str) -> bool {
        self.manifest.redact.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    fn mask(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if self.is_hidden(name) {
                        *member = Value::from(MASK);
                    } else {
                        self.mask(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            _ => {}
        }
    }
}

/// What apps repeat of a call in their complaints must not lead a secret out either.
fn redacted(class: FailureClass, redactor: &Redactor) -> FailureClass {
    match class {
        FailureClass::Invalid { fields } => FailureClass::Invalid {
            fields: fields.iter().map(|field| redactor.redact(&short(field)).into_owned()).collect(),
        },
        FailureClass::Conflict { mut existing } => {
            redactor.redact_json(&mut existing);
            FailureClass::Conflict { existing }
        }
        other => other,
    }
}

/// Trace ids, and what is said about budgets and kinds.
fn worth_keeping(name: &str) -> bool {
    ["trace", "request-id", "ratelimit", "rate-limit", "retry-after", "content-type"]
        .iter()
        .any(|part| name.contains(part))
}

fn cut(text: &str) -> String {
    if text.len() <= MOST_EVIDENCE {
        return text.to_owned();
    }
    let mut end = MOST_EVIDENCE - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
