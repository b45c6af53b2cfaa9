//! After an unclear end: looks whether a call took effect, by the look-up that its operation names. It never guesses:
//! what cannot be told is said to be so.

use std::borrow::Cow;

use bellhop_connector::{
    Call, CallNames, Confirm, Confirmation, Connector as _, Failure, FailureClass, FieldKind, Lookup, dotted,
    fill, read_time,
};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::ManifestConnector;

/// The app's clock and ours may differ by this much.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

pub(crate) async fn confirm(connector: &ManifestConnector, call: &Call, since: Timestamp) -> Confirmation {
    let operation = connector.manifest().operations.get(&call.operation);
    let Some(confirm) = operation.and_then(|operation| operation.confirm.as_ref()) else {
        return Confirmation::CannotTell;
    };
    let names = CallNames::of(call, since);
    let wanted = filled(&confirm.matching, &names);
    let is_given = |field: &String| dotted(&call.input, field).is_some_and(|value| !value.is_null());
    if wanted.is_empty() || !confirm.needs.iter().all(is_given) {
        return Confirmation::CannotTell;
    }
    let look = Look { connector, call, confirm, wanted: &wanted, since };
    let found = look.once().await;
    let Some(settles) = confirm.settles().filter(|_| found == Confirmation::DidNotHappen) else {
        return found;
    };
    let clock = connector.runtime.clock();
    let again = clock.now().checked_add(settles).unwrap_or(Timestamp::MAX);
    if again >= call.deadline {
        let app = &connector.manifest().title;
        let message = format!("{app} may not show yet what was made; there was no time to look again.");
        return Confirmation::Failed(Failure::new(FailureClass::Transient, message));
    }
    clock.sleep_until(again).await;
    look.once().await
}

/// Names with what stands for them.
type Filled = Vec<(String, Value)>;

/// One look-up.
struct Look<'a> {
    connector: &'a ManifestConnector,
    call: &'a Call,
    confirm: &'a Confirm,
    wanted: &'a [(String, Value)],
    since: Timestamp,
}

impl Look<'_> {
    async fn once(&self) -> Confirmation {
        let names = CallNames::of(self.call, self.since);
        let Some(through) = &self.confirm.through else {
            return self.at(filled(&self.confirm.input, &names)).await;
        };
        let first = match self.read(&through.operation, filled(&through.input, &names)).await {
            Ok(Value::Array(items)) => items,
            Ok(Value::Null) => Vec::new(),
            Ok(_) => return Confirmation::CannotTell,
            Err(failure) if failure.class == FailureClass::NotFound => Vec::new(),
            Err(failure) => return Confirmation::Failed(failure),
        };
        let wanted = filled(&through.matching, &names);
        let mut unclear = false;
        for found in first.iter().filter(|item| equals(item, &wanted)) {
            match self.at(filled(&self.confirm.input, &Names { call: names, found })).await {
                Confirmation::DidNotHappen => {}
                Confirmation::CannotTell => unclear = true,
                other => return other,
            }
        }
        if unclear { Confirmation::CannotTell } else { Confirmation::DidNotHappen }
    }

    async fn at(&self, input: Filled) -> Confirmation {
        let operation = &self.confirm.operation;
        let lists = self.connector.manifest().operations.get(operation);
        let lists = lists.is_some_and(|operation| operation.output.kind == FieldKind::Array);
        match self.read(operation, input).await {
            // Not the shape that is known: nothing can be proved by what is not understood.
            Ok(found) if lists && !found.is_array() && !found.is_null() => Confirmation::CannotTell,
            Ok(found) => judge(self.confirm, self.wanted, found, self.since),
            Err(failure) if failure.class == FailureClass::NotFound => Confirmation::DidNotHappen,
            Err(failure) => Confirmation::Failed(failure),
        }
    }

    async fn read(&self, operation: &str, input: Filled) -> Result<Value, Failure> {
        let call = Call {
            operation: operation.to_owned(),
            input: Value::Object(input.into_iter().collect()),
            ..self.call.clone()
        };
        self.connector.outcome(&call).await
    }
}

/// The names of a call, and `found.` for an item of the list that leads to the look-up.
struct Names<'a> {
    call: CallNames<'a>,
    found: &'a Value,
}

impl Lookup for Names<'_> {
    fn find(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name.strip_prefix("found.") {
            Some(path) if !self.found.is_null() => dotted(self.found, path).map(Cow::Borrowed),
            _ => self.call.find(name),
        }
    }
}

/// What stands for what; what has a name that stands for nothing is left out.
fn filled(values: &IndexMap<String, Value>, names: &dyn Lookup) -> Filled {
    values.iter().filter_map(|(name, value)| Some((name.clone(), fill(value, names)?))).collect()
}

fn equals(item: &Value, wanted: &[(String, Value)]) -> bool {
    wanted.iter().all(|(path, value)| dotted(item, path).is_some_and(|found| same(found, value)))
}

fn judge(confirm: &Confirm, wanted: &[(String, Value)], found: Value, since: Timestamp) -> Confirmation {
    let items = match found {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let earliest = since.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
    let mut undated = false;
    for item in items.into_iter().filter(|item| equals(item, wanted)) {
        match &confirm.made_at {
            None => return Confirmation::Happened(item),
            Some(path) => match dotted(&item, path).and_then(read_time) {
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
