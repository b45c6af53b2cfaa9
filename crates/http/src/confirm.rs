//! After an unclear end: looks whether a call took effect, by the look-up that its operation names. It never guesses:
//! what cannot be told is said to be so.

use std::sync::Arc;

use bellhop_connector::{
    Call, CallNames, Confirm, Confirmation, Connector as _, FailureClass, Pattern, dotted, fill,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::ManifestConnector;

/// The app's clock and ours may differ by this much.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

pub(crate) async fn confirm(connector: &ManifestConnector, call: &Call, since: Timestamp) -> Confirmation {
    let operation = connector.manifest().operations.get(&call.operation);
    let Some(confirm) = operation.and_then(|operation| operation.confirm.as_ref()) else {
        return Confirmation::CannotTell;
    };
    let names = CallNames::of(call, since);
    let input: Map<String, Value> = confirm
        .input
        .iter()
        .filter_map(|(field, value)| Some((field.clone(), fill(value, &names)?)))
        .collect();
    let wanted: Vec<(String, Value)> = confirm
        .matching
        .iter()
        .filter_map(|(path, value)| Some((path.clone(), Pattern::parse(value).fill(&names)?.into_owned())))
        .collect();
    if wanted.is_empty() {
        return Confirmation::CannotTell;
    }
    let look_up = Call {
        operation: confirm.operation.clone(),
        input: Value::Object(input),
        connection: Arc::clone(&call.connection),
        deadline: call.deadline,
        idempotency_key: call.idempotency_key.clone(),
    };
    match connector.outcome(&look_up).await {
        Ok(found) => judge(confirm, &wanted, found, since),
        Err(failure) if failure.class == FailureClass::NotFound => Confirmation::DidNotHappen,
        Err(failure) => Confirmation::Failed(failure),
    }
}

fn judge(confirm: &Confirm, wanted: &[(String, Value)], found: Value, since: Timestamp) -> Confirmation {
    let items = match found {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let earliest = since.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
    let mut undated = false;
    for item in items.into_iter().filter(|item| {
        wanted.iter().all(|(path, value)| dotted(item, path).is_some_and(|found| same(found, value)))
    }) {
        match &confirm.made_at {
            None => return Confirmation::Happened(item),
            Some(path) => match dotted(&item, path).and_then(time) {
                Some(made) if made >= earliest => return Confirmation::Happened(item),
                Some(_) => {}
                None => undated = true,
            },
        }
    }
    if undated { Confirmation::CannotTell } else { Confirmation::DidNotHappen }
}

/// Whether an app's value is the one that was sent: apps trim texts, lower-case addresses, and write times and numbers
/// in their own way.
fn same(found: &Value, sent: &Value) -> bool {
    if found == sent {
        return true;
    }
    match (found, sent) {
        (Value::Array(found), Value::Array(sent)) => {
            found.len() == sent.len() && found.iter().zip(sent).all(|(found, sent)| same(found, sent))
        }
        (Value::String(found), Value::String(sent)) => {
            let (found, sent) = (found.trim(), sent.trim());
            let addresses = found.contains('@') && found.eq_ignore_ascii_case(sent);
            let times = || Some(found.parse::<Timestamp>().ok()? == sent.parse::<Timestamp>().ok()?);
            found == sent || addresses || times().unwrap_or(false)
        }
        (Value::String(text), other @ (Value::Number(_) | Value::Bool(_)))
        | (other @ (Value::Number(_) | Value::Bool(_)), Value::String(text)) => {
            let written = other.to_string();
            text.trim() == written
        }
        (Value::Number(found), Value::Number(sent)) => found.as_f64() == sent.as_f64(),
        _ => false,
    }
}

/// A moment as apps write it: ISO 8601, without a zone UTC is meant; or milliseconds since 1970.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok(),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<Timestamp>().ok().or_else(|| {
                let civil: jiff::civil::DateTime = text.parse().ok()?;
                Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
            })
        }
        _ => None,
    }
}
