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
    let mut next = operation.and_then(|operation| operation.confirm.as_ref());
    let mut older = Value::Null;
    while let Some(confirm) = next {
        let names = Names { call: CallNames::of(call, since), found: &older };
        let wanted = filled(&confirm.matching, &names);
        let is_given = |field: &String| dotted(&call.input, field).is_some_and(|value| !value.is_null());
        if wanted.is_empty() || !confirm.needs.iter().all(is_given) {
            return Confirmation::CannotTell;
        }
        match (Look { connector, call, confirm, wanted: &wanted, since, older: &older }).settled().await {
            Seen::Happened(item) => return Confirmation::Happened(item),
            Seen::Unclear => return Confirmation::CannotTell,
            Seen::Failed(failure) => return Confirmation::Failed(failure),
            Seen::Older(item) if confirm.if_older.is_some() => {
                older = item;
                next = confirm.if_older.as_deref();
            }
            Seen::Older(_) | Seen::Nothing => return Confirmation::DidNotHappen,
        }
    }
    Confirmation::CannotTell
}

/// What a look-up sees.
enum Seen {
    /// What the call made.
    Happened(Value),
    /// Nothing like it.
    Nothing,
    /// Only what is older than the call, such as this.
    Older(Value),
    /// What cannot be told from what the call made, or is not understood.
    Unclear,
    /// It failed.
    Failed(Failure),
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
    /// What the look-up before this one found, or null.
    older: &'a Value,
}

impl Look<'_> {
    /// Looks; and again where nothing is there and the app shows late what was made.
    async fn settled(&self) -> Seen {
        let seen = self.once().await;
        let Some(settles) = self.confirm.settles().filter(|_| matches!(seen, Seen::Nothing | Seen::Older(_)))
        else {
            return seen;
        };
        let clock = self.connector.runtime.clock();
        let again = clock.now().checked_add(settles).unwrap_or(Timestamp::MAX);
        if again >= self.call.deadline {
            let app = &self.connector.manifest().title;
            let message = format!("{app} may not show yet what was made; there was no time to look again.");
            return Seen::Failed(Failure::new(FailureClass::Transient, message));
        }
        self.connector.runtime.options.pauses.sleep_until(again).await;
        self.once().await
    }

    async fn once(&self) -> Seen {
        let call = CallNames::of(self.call, self.since);
        let names = Names { call, found: self.older };
        let Some(through) = &self.confirm.through else {
            return self.at(filled(&self.confirm.input, &names)).await;
        };
        let first = match self.read(&through.operation, filled(&through.input, &names)).await {
            Ok(Value::Array(items)) => items,
            Ok(Value::Null) => Vec::new(),
            Ok(_) => return Seen::Unclear,
            Err(failure) if failure.class == FailureClass::NotFound => Vec::new(),
            Err(failure) => return Seen::Failed(failure),
        };
        let wanted = filled(&through.matching, &names);
        let mut all = Seen::Nothing;
        for found in first.iter().filter(|item| equals(item, &wanted)) {
            match (self.at(filled(&self.confirm.input, &Names { call, found })).await, &all) {
                (Seen::Nothing, _) | (Seen::Older(_), Seen::Unclear) => {}
                (seen @ (Seen::Older(_) | Seen::Unclear), _) => all = seen,
                (other, _) => return other,
            }
        }
        all
    }

    async fn at(&self, input: Filled) -> Seen {
        let operation = &self.confirm.operation;
        let lists = self.connector.manifest().operations.get(operation);
        let lists = lists.is_some_and(|operation| operation.output.kind == FieldKind::Array);
        match self.read(operation, input).await {
            // Not the shape that is known: nothing can be proved by what is not understood.
            Ok(found) if lists && !found.is_array() && !found.is_null() => Seen::Unclear,
            Ok(found) => judge(self.confirm, self.wanted, found, self.since),
            Err(failure) if failure.class == FailureClass::NotFound => Seen::Nothing,
            Err(failure) => Seen::Failed(failure),
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

/// The names of a call, and `found.` for what was found on the way to the look-up.
struct Names<'a> {
    call: CallNames<'a>,
    found: &'a Value,
}

impl Lookup for Names<'_> {
    fn find(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name.strip_prefix("found.") {
            Some(path) if !self.found.is_null() => {
                dotted(self.found, path).filter(|value| !value.is_null()).map(Cow::Borrowed)
            }
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

fn judge(confirm: &Confirm, wanted: &[(String, Value)], found: Value, since: Timestamp) -> Seen {
    let items = match found {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let earliest = since.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
    let mut best = Seen::Nothing;
    for item in items.into_iter().filter(|item| equals(item, wanted)) {
        match &confirm.made_at {
            None => return Seen::Happened(item),
            Some(path) => match dotted(&item, path).and_then(read_time) {
                Some(made) if made >= earliest => return Seen::Happened(item),
                Some(_) if matches!(best, Seen::Nothing) => best = Seen::Older(item),
                Some(_) => {}
                None => best = Seen::Unclear,
            },
        }
    }
    best
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
