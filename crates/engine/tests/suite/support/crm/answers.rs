//! How the made-up app answers calls, searches and looks.

use bellhop_connector::{Call, Confirmation, Evidence, Failure, FailureClass, Outcome, Page};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Crm, Fault, Inner};

impl Crm {
    /// Death came in the middle of a call: it happened, or it did not. One that would have been refused did not.
    fn struck(&self, call: Call) {
        let mut inner = self.lock();
        inner.parity += 1;
        let next = inner.faults.get(&name(&call.input)).and_then(|faults| faults.first());
        let refused = matches!(next, Some(Fault::Class(_) | Fault::Refused(false)));
        if inner.parity.is_multiple_of(2) && !refused {
            inner.effects.push((call.operation, call.input));
        }
    }

    pub(super) fn look(&self, call: &Call, since: Timestamp) -> Confirmation {
        let mut inner = self.lock();
        inner.looks.push((call.idempotency_key.clone(), since));
        let text = name(&call.input);
        if let Some(faults) = inner.blind.get_mut(&text).filter(|faults| !faults.is_empty()) {
            return Confirmation::Failed(Failure::new(faults.remove(0), "The CRM could not be asked."));
        }
        if call.operation == "send" {
            return Confirmation::CannotTell;
        }
        let is_it =
            |(operation, input): &(String, Value)| *operation == call.operation && *input == call.input;
        if inner.effects.iter().any(is_it) {
            Confirmation::Happened(output(call))
        } else {
            Confirmation::DidNotHappen
        }
    }

    /// A page of a search: so many items as its input counts, `size` at a time, or two. Its failures are told by the text, or
    /// by the text and the number of its first item (`a@4`).
    pub(super) async fn turn_page(&self, call: Call, after: Option<Value>) -> Result<Page, Failure> {
        let text = name(&call.input);
        let turns = self.lock().turns(&text);
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        if self.death.comes() {
            return std::future::pending().await;
        }
        let first = after.as_ref().and_then(Value::as_u64).unwrap_or(0);
        let mut inner = self.lock();
        inner.calls.push(call.clone());
        for key in [text.clone(), format!("{text}@{first}")] {
            let faults = inner.faults.get_mut(&key).filter(|faults| !faults.is_empty());
            match faults.map(|faults| faults.remove(0)) {
                None => {}
                Some(Fault::Class(class)) => {
                    return Err(Failure::new(class, format!("The CRM would not search {key}.")));
                }
                Some(_) => return Err(Failure::new(FailureClass::Unclear, "The answer was lost.")),
            }
        }
        let count = call.input["count"].as_u64().unwrap_or(0);
        let next = (first + call.input["size"].as_u64().unwrap_or(2)).min(count);
        inner.pages.push((text, first));
        let items = (first..next).map(|number| Value::from(format!("i{number}"))).collect();
        Ok(Page { items, next: (next < count).then(|| next.into()) })
    }

    pub(super) async fn act(&self, call: Call) -> Outcome {
        let text = name(&call.input);
        let turns = self.lock().turns(&text);
        {
            let mut inner = self.lock();
            inner.calls.push(call.clone());
            inner.under_way += 1;
            inner.most_under_way = inner.most_under_way.max(inner.under_way);
        }
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        self.lock().under_way -= 1;
        if self.death.comes() {
            self.struck(call);
            return std::future::pending().await;
        }
        let fault = {
            let mut inner = self.lock();
            let faults = inner.faults.get_mut(&text).filter(|faults| !faults.is_empty());
            faults.map(|faults| faults.remove(0))
        };
        match fault {
            Some(Fault::Class(class)) => {
                return Outcome::Failed(Failure::new(class, format!("The CRM would not do {text}.")));
            }
            Some(Fault::Refused(false)) => return refused(&text),
            Some(Fault::Panic) => panic!("the CRM's connector is broken"),
            Some(Fault::Hangs) => {
                self.hung.notify_one();
                return std::future::pending().await;
            }
            Some(Fault::InLine) => {
                let told = call.standing.told.clone().expect("an engine");
                told.stands();
                self.line.notified().await;
                told.goes();
            }
            Some(Fault::LostAnswer | Fault::Refused(true)) | None => {}
        }
        let output = output(&call);
        self.lock().effects.push((call.operation, call.input));
        match fault {
            Some(Fault::LostAnswer) => {
                Outcome::Failed(Failure::new(FailureClass::Unclear, "The answer was lost."))
            }
            Some(Fault::Refused(_)) => refused(&text),
            _ => Outcome::Done(output),
        }
    }
}

impl Inner {
    /// How many turns of the executor a call takes.
    fn turns(&self, text: &str) -> u64 {
        match (self.slow, self.pace) {
            (true, _) => 7,
            (false, 0) => 0,
            (false, pace) => {
                let mixed = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                text.bytes().fold(pace, mixed) % 9
            }
        }
    }
}

/// The CRM says no, and may have done it all the same.
fn refused(text: &str) -> Outcome {
    let class = FailureClass::Invalid { fields: vec!["text".into()] };
    let mut failure = Failure::new(class, format!("The CRM refused {text}."));
    failure.evidence = Some(Evidence { status: Some(422), ..Evidence::default() });
    Outcome::Failed(failure.unproven())
}

/// What a call gives: a function of what it was called with.
fn output(call: &Call) -> Value {
    match call.operation.as_str() {
        "list_tasks" => json!([{"id": "t1"}, {"id": "t2"}]),
        "get_contact" => json!({"id": call.input["id"], "score": 91, "tags": ["vip"]}),
        _ => json!({"id": format!("made {}", name(&call.input))}),
    }
}

/// By what a call is known: its input's `text`, or `id`.
pub(crate) fn name(input: &Value) -> String {
    let text = input.get("text").or_else(|| input.get("id"));
    text.map_or_else(String::new, |text| text.as_str().map_or_else(|| text.to_string(), str::to_owned))
}
